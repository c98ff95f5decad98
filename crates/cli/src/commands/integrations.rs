//! The integrations as the server offers them: what the manifests name, and what is done with a connection.

use netgain_control::Connection;
use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, Table, WorkspaceId};
use netgain_manifest::{Auth, Manifest};
use netgain_server::{
    ConnectFailure, Disconnected, EndedGrant, EndedWebhooks, Grant, Integration, Quota, Resource,
};
use netgain_sync::{ConnectError, GrantEnd, Runner, WebhooksEnd};

use crate::commands::connecting;

/// What the integrations API offers, by platform.
pub fn all() -> Vec<Integration> {
    let manifests = netgain_providers::ids().filter_map(|id| netgain_providers::manifest(id).ok().flatten());
    let mut all: Vec<Integration> = manifests.map(of).collect();
    all.sort_by(|one, other| one.id.cmp(&other.id));
    all
}

fn of(manifest: Manifest) -> Integration {
    let category = connecting::category(&manifest).to_owned();
    let ways = [manifest.sign_in.as_ref(), Some(&manifest.auth)];
    let signs_in = ways.into_iter().flatten().any(|auth| matches!(auth, Auth::Oauth2Code(_)));
    let api = manifest.api.unwrap_or_default();
    let resource = |(name, resource): (String, netgain_manifest::Resource)| {
        let read = Resource {
            // a manifest that names another table does not pass the lint
            table: Table::from_name(&resource.table)?,
            title: resource.title,
            time: resource.time,
            only: resource.only,
            columns: resource.columns,
            measures: resource.measures,
        };
        Some((name, read))
    };
    Integration {
        id: manifest.id,
        name: manifest.name,
        category,
        aliases: api.aliases,
        signs_in,
        reads: api.reads.into_iter().filter_map(resource).collect(),
        actions: api.actions,
    }
}

/// Tests a connection; blocks until the platform has answered.
pub fn test(
    runner: &Runner,
    workspace: &WorkspaceId,
    connection: &ConnectionId,
) -> Result<Timestamp, ConnectFailure> {
    let asked = netgain_sync::test_connection(runner.control(), runner.home(), workspace, connection);
    Ok(wait(asked)?.at)
}

/// Renews the grant of a connection; blocks until the platform has answered.
pub fn renew(
    runner: &Runner,
    workspace: &WorkspaceId,
    connection: &ConnectionId,
) -> Result<Grant, ConnectFailure> {
    wait(netgain_sync::renew_grant(runner.control(), runner.home(), workspace, connection)).map(told)
}

/// Ends a connection; blocks until the platform has answered.
pub fn disconnect(
    runner: &Runner,
    workspace: &WorkspaceId,
    connection: &ConnectionId,
) -> Result<Disconnected, ConnectFailure> {
    let ended = wait(netgain_sync::disconnect(runner.control(), runner.home(), workspace, connection))?;
    Ok(Disconnected {
        grant: match ended.grant {
            GrantEnd::Revoked => EndedGrant::Revoked,
            GrantEnd::NoGrant => EndedGrant::NoGrant,
            GrantEnd::NotOffered => EndedGrant::NotOffered,
            GrantEnd::Failed(why) => EndedGrant::Failed(why),
        },
        webhooks: match ended.webhooks {
            WebhooksEnd::Ended(count) => EndedWebhooks::Ended(count),
            WebhooksEnd::None => EndedWebhooks::None,
            WebhooksEnd::ByHand => EndedWebhooks::ByHand,
            WebhooksEnd::Failed { ended, left, why } => EndedWebhooks::Failed { ended, left, why },
        },
    })
}

/// The grant of a connection.
pub fn grant(runner: &Runner, workspace: &WorkspaceId, connection: &ConnectionId) -> Option<Grant> {
    let connection = stored(runner, workspace, connection)?;
    netgain_sync::grant_state(runner.control(), &connection).ok().flatten().map(told)
}

/// What a connection has used of its platform's limits.
pub fn quota(runner: &Runner, workspace: &WorkspaceId, connection: &ConnectionId) -> Vec<Quota> {
    let Some(connection) = stored(runner, workspace, connection) else { return Vec::new() };
    // a connection of files has no platform, and so no limits
    let used = netgain_sync::limits_used(runner.control(), &connection).unwrap_or_default().into_iter();
    used.map(|used| Quota {
        counts: used.counts,
        per_s: used.per_s,
        scope: used.scope,
        call: used.call,
        used: used.used,
        allowed: used.allowed,
        left: used.left,
        resets_at: used.resets_at,
    })
    .collect()
}

fn stored(runner: &Runner, workspace: &WorkspaceId, connection: &ConnectionId) -> Option<Connection> {
    runner.control().connection(workspace, connection).ok()
}

fn told(grant: netgain_sync::GrantState) -> Grant {
    Grant { obtained_at: grant.obtained_at, expires_at: grant.expires_at, renewable: grant.renewable }
}

fn wait<T>(asked: impl Future<Output = Result<T, ConnectError>>) -> Result<T, ConnectFailure> {
    let runtime = super::runtime().map_err(|error| ConnectFailure::Failed(error.to_string()))?;
    runtime.block_on(asked).map_err(connecting::failure)
}

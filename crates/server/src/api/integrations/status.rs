//! How an integration stands.

use axum::Json;
use axum::extract::{Path, State};
use netgain_control::{Connection, Workspace};
use netgain_warehouse::ConnectionStats;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::health::{self, ConnectionHealth};
use super::place::{self, Named};
use crate::access::{Caller, Permission};
use crate::api::completeness::{self, StreamCompleteness};
use crate::app::{App, Place, Shared};
use crate::extract::Params;
use crate::integrations::Integration;
use crate::problem::Problem;

/// A platform and how its connections stand.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IntegrationStatus {
    /// The platform's id.
    platform: String,
    /// Its name.
    name: String,
    /// Its category, such as `commerce` or `advertising`.
    category: String,
    /// Other spellings of its id in addresses.
    aliases: Vec<String>,
    /// Whether a person may sign in there.
    sign_in: bool,
    /// Whether at least one connection has credentials.
    connected: bool,
    /// What can be read, below `/api/integrations/{platform}/`.
    resources: Vec<String>,
    /// What can be asked for, below `/api/integrations/{platform}/`.
    actions: Vec<String>,
    /// The workspace's connections to it, by id.
    connections: Vec<IntegrationConnection>,
}

/// A connection and how it fares.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IntegrationConnection {
    /// Its id.
    connection: String,
    /// Its name for people.
    name: String,
    /// Whose credentials it uses: `own` or `central`.
    mode: String,
    /// `never_synced`, `syncing`, `ok`, `error` or `paused`.
    state: String,
    /// The platform's ids of the accounts that it reaches.
    accounts: Vec<String>,
    /// When a sync last ended well (RFC 3339, UTC).
    last_sync_at: Option<String>,
    /// Rows stored from it, over all tables.
    rows: u64,
    /// What the last check against the platform's own counts and sums found; empty where none was made.
    completeness: Vec<StreamCompleteness>,
    /// How it fares.
    health: ConnectionHealth,
}

/// Which connections.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StatusParams {
    /// The workspace's id; may be left out where there is one only.
    workspace: Option<String>,
    /// Only this connection.
    connection: Option<String>,
}

/// How the platform's connections stand: the last test, the last sync, how often syncs fail, what is used of the
/// platform's limits, when the token runs out, how many rows there are and whether they are complete.
#[utoipa::path(get, path = "/api/integrations/{platform}/status", operation_id = "integrationStatus",
    tag = "integrations",
    params(("platform" = String, Path, description = "the platform's id, or another spelling of it"),
        ("X-Netgain-Workspace" = Option<String>, Header, description = "the workspace's id"), StatusParams),
    responses((status = 200, description = "how it stands", body = IntegrationStatus),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn status(
    State(app): State<App>,
    Path(platform): Path<String>,
    caller: Caller,
    named: Named,
    Params(params): Params<StatusParams>,
) -> Result<Json<IntegrationStatus>, Problem> {
    let named = named.or(params.workspace)?;
    app.blocking(move |shared| {
        let workspace = place::workspace(shared, &caller, Permission::Read, named.as_deref())?;
        let platform = place::platform(shared, &platform)?;
        let connections = match params.connection {
            Some(one) => vec![place::connection(shared, &workspace, &platform, Some(&one))?],
            None => place::connections(shared, &workspace, &platform)?,
        };
        of(shared, workspace, platform, connections).map(Json)
    })
    .await
}

/// How a platform and these connections to it stand.
fn of(
    shared: &Shared,
    workspace: Workspace,
    platform: Integration,
    connections: Vec<Connection>,
) -> Result<IntegrationStatus, Problem> {
    let (place, stats) = if connections.is_empty() {
        (None, Vec::new())
    } else {
        let place = shared.open(workspace)?;
        let stats = place.warehouse.connection_stats()?;
        (Some(place), stats)
    };
    described(shared, place.as_ref(), &stats, platform, connections)
}

/// A platform with its connections; the place is needed where there are some.
pub(super) fn described(
    shared: &Shared,
    place: Option<&Place>,
    stats: &[ConnectionStats],
    platform: Integration,
    connections: Vec<Connection>,
) -> Result<IntegrationStatus, Problem> {
    let mut all = Vec::with_capacity(connections.len());
    for connection in connections {
        let running = shared.runner.progress(&connection.workspace_id, &connection.id).is_some();
        let own = stats.iter().filter(|stats| stats.connection_id == connection.id.as_str());
        all.push(IntegrationConnection {
            state: if running { "syncing" } else { connection.state.name() }.to_owned(),
            rows: own.flat_map(|stats| stats.rows.values()).sum(),
            completeness: match place {
                Some(place) => completeness::of_connection(place, &connection.id)?,
                None => Vec::new(),
            },
            health: health::of(shared, &connection)?,
            connection: connection.id.to_string(),
            name: connection.name,
            mode: connection.mode.name().to_owned(),
            accounts: connection.accounts,
            last_sync_at: connection.last_sync_at.map(|at| at.to_string()),
        });
    }
    Ok(IntegrationStatus {
        connected: all.iter().any(|one| one.health.is_connected()),
        resources: platform.reads.into_keys().collect(),
        actions: platform.actions.into_keys().collect(),
        platform: platform.id,
        name: platform.name,
        category: platform.category,
        aliases: platform.aliases,
        sign_in: platform.signs_in,
        connections: all,
    })
}

//! What is done with a connection that exists: tested, its grant renewed, disconnected; and what is known of it.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use std::time::Duration;

use netgain_connector::webhooks::{Asked, Inbound};
use netgain_connector::{LimitUse, Revoked, Tokens, give_back};
use netgain_control::{Connection, ConnectionError, ConnectionState, ConnectionTest, Control};
use netgain_domain::{ConnectionId, ErrorClass, WorkspaceId};
use netgain_manifest::{Manifest, Register};

use super::{ConnectError, Nowhere, credentials};
use crate::budgets::{budget_of, recall, remember};
use crate::runner::manifest_of;
use crate::secrets::{StoredSecrets, opened};
use crate::{Error, inbox, job};

/// The grant of a connection, without its secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantState {
    /// When the access token was given out (UTC).
    pub obtained_at: Timestamp,
    /// When it runs out (UTC); none where that is not known.
    pub expires_at: Option<Timestamp>,
    /// Whether a new one can be had without a person.
    pub renewable: bool,
}

/// How long a platform is given to end webhooks, and to take a grant back: nobody waits for one that is away.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a disconnection did beside removing the secrets.
#[derive(Debug)]
pub struct Ended {
    /// The grant at the platform.
    pub grant: GrantEnd,
    /// The webhooks at the platform.
    pub webhooks: WebhooksEnd,
}

/// What became of the webhooks of a connection that was ended.
#[derive(Debug, PartialEq, Eq)]
pub enum WebhooksEnd {
    /// The platform ended so many subscriptions.
    Ended(u32),
    /// There was none.
    None,
    /// They were entered at the platform by a person, who ends them there too.
    ByHand,
    /// The platform was asked and did not end all of them: so many did end, so many did not, and why the first of those did
    /// not. What it still sends is refused here. The text holds no secret.
    Failed {
        /// Subscriptions that ended.
        ended: u32,
        /// Subscriptions that did not.
        left: u32,
        /// Why the first of these did not.
        why: String,
    },
}

/// What became of the grant of a connection that was ended.
#[derive(Debug)]
pub enum GrantEnd {
    /// The platform took the grant back.
    Revoked,
    /// There was no grant: calls were signed by a key.
    NoGrant,
    /// The platform offers no call for it.
    NotOffered,
    /// The platform was asked and did not do it; the grant is forgotten here all the same. The text holds no secret.
    Failed(String),
}

/// Asks the platform with one cheap call whether it still lets a stored connection in, and notes the answer.
///
/// # Errors
/// [`ConnectError::Refused`] when it does not.
pub async fn test_connection(
    control: &Arc<Control>,
    home: &Path,
    workspace: &WorkspaceId,
    id: &ConnectionId,
) -> Result<ConnectionTest, ConnectError> {
    let connection = control.connection(workspace, id)?;
    let manifest = described(&connection)?;
    let secrets = Arc::new(StoredSecrets::of(control, &connection));
    recall(control, &manifest, &connection);
    let asked = async {
        let engine = job::engine(&manifest, &connection, secrets, home.join("spool")).await?;
        engine.check(&Nowhere).await.map_err(Error::from)
    };
    let outcome = asked.await;
    remember(control, &manifest, &connection);
    let at = Timestamp::now();
    let test = ConnectionTest { at, error: outcome.as_ref().err().map(Error::for_connection) };
    control.note_connection_test(workspace, id, &test)?;
    match outcome {
        Ok(()) => Ok(test),
        Err(error) => {
            let fields =
                if error.is_of_credentials() { credentials(&manifest, connection.mode) } else { Vec::new() };
            Err(ConnectError::Refused { error, fields })
        }
    }
}

/// Renews the grant of a connection now.
///
/// # Errors
/// [`ConnectError::Input`] where there is nothing to renew; [`ConnectError::Refused`] when the platform does not do it.
pub async fn renew_grant(
    control: &Arc<Control>,
    home: &Path,
    workspace: &WorkspaceId,
    id: &ConnectionId,
) -> Result<GrantState, ConnectError> {
    let connection = control.connection(workspace, id)?;
    let manifest = described(&connection)?;
    let renewed = tokens(control, home, &manifest, &connection)?.renew_now().await;
    renewed.map_err(|error| match error {
        netgain_connector::Error::Setup(words) => ConnectError::Input(words),
        other => ConnectError::Refused { error: other.into(), fields: Vec::new() },
    })?;
    grant_state(control, &connection)?.ok_or_else(|| super::input("there is no grant: sign in"))
}

/// Ends a connection: its webhooks are ended and its grant is given back where the platform takes it, its secrets are
/// removed, and it waits for somebody who connects it anew. Where the platform passes on requests about persons' data, the
/// secret that proves them is kept apart for 90 days: they come when everything is over. What was read stays. What the platform does not do is told, and
/// written beside the connection; it keeps nothing from being removed here.
///
/// # Errors
/// When the control store fails; then it may be ended in part, and is ended by doing it again.
pub async fn disconnect(
    control: &Arc<Control>,
    home: &Path,
    workspace: &WorkspaceId,
    id: &ConnectionId,
) -> Result<Ended, ConnectError> {
    let connection = control.connection(workspace, id)?;
    let manifest = described(&connection)?;
    // first of all, while calls are still let in
    let webhooks = end_webhooks(control, home, &manifest, &connection).await?;
    let secrets = Arc::new(StoredSecrets::of(control, &connection));
    let grant = match job::setup(&manifest, &connection, secrets, home.join("spool")) {
        Ok(setup) => match tokio::time::timeout(PATIENCE, give_back(setup, &Nowhere)).await {
            Ok(Ok(Revoked::Yes)) => GrantEnd::Revoked,
            Ok(Ok(Revoked::NoGrant)) => GrantEnd::NoGrant,
            Ok(Ok(Revoked::NotOffered)) => GrantEnd::NotOffered,
            Ok(Err(error)) => GrantEnd::Failed(error.to_string()),
            Err(_) => GrantEnd::Failed(no_answer()),
        },
        // what cannot be reached any more must not keep its secrets here
        Err(error) => GrantEnd::Failed(error.to_string()),
    };
    inbox::keep_for_requests(control, &connection, &manifest)?;
    for name in control.secret_names(workspace, id)? {
        if !inbox::is_left_over(&name) {
            control.forget_secret(workspace, id, &name)?;
        }
    }
    control.forget_grant(workspace, id)?;
    let ended = Ended { grant, webhooks };
    control.set_state(workspace, id, ConnectionState::Paused, Some(&note(&manifest, &ended)))?;
    Ok(ended)
}

/// What stands beside a connection that was ended.
fn note(manifest: &Manifest, ended: &Ended) -> ConnectionError {
    let mut message = "a person disconnected it: its credentials are removed, what was read stays".to_owned();
    let mut cure = "connect it again to read on".to_owned();
    let name = &manifest.name;
    if let GrantEnd::Failed(why) = &ended.grant {
        message.push_str(&format!("; {name} did not take the grant back ({why})"));
        cure.push_str(&format!(
            "; to end what is left at {name}, remove the app in the account's settings there"
        ));
    }
    match &ended.webhooks {
        WebhooksEnd::Failed { left, why, .. } => {
            message.push_str(&format!("; {name} did not end {left} webhook subscriptions ({why})"));
            cure.push_str(&format!("; webhooks that {name} still sends are refused, remove them there"));
        }
        WebhooksEnd::ByHand => {
            cure.push_str(&format!("; remove the webhook that was entered at {name} there"))
        }
        WebhooksEnd::Ended(_) | WebhooksEnd::None => {}
    }
    ConnectionError { code: ConnectionError::DISCONNECTED.to_owned(), message, cure }
}

fn no_answer() -> String {
    format!("it did not answer within {} seconds", PATIENCE.as_secs())
}

/// Ends the subscriptions that were made at the platform, and forgets those that ended.
async fn end_webhooks(
    control: &Arc<Control>,
    home: &Path,
    manifest: &Arc<Manifest>,
    connection: &Connection,
) -> Result<WebhooksEnd, ConnectError> {
    let (workspace, id) = (&connection.workspace_id, &connection.id);
    let known = control.subscriptions(workspace, id)?;
    let Some(inbound) = Inbound::new(manifest).map_err(Error::from)? else { return Ok(WebhooksEnd::None) };
    if !matches!(inbound.register(), Register::Api { delete: Some(_), .. }) {
        let endpoint = control.known_endpoint(workspace, id)?;
        let sends = endpoint.is_some_and(|endpoint| endpoint.active_since.is_some());
        return Ok(if sends { WebhooksEnd::ByHand } else { WebhooksEnd::None });
    }
    if known.is_empty() {
        return Ok(WebhooksEnd::None);
    }
    let (mut ended, mut failure) = (0, None);
    let asking = async {
        let secrets = Arc::new(StoredSecrets::of(control, connection));
        let engine = job::engine(manifest, connection, secrets, home.join("spool")).await?;
        for one in &known {
            let topic = (one.topic != "*").then_some(one.topic.as_str());
            let asked = Asked { topic, address: &one.address, secret: None, id: Some(&one.id) };
            match engine.unsubscribe(&inbound, &asked, &Nowhere).await {
                Ok(()) => {}
                // the platform has dropped it by itself
                Err(error) if error.class() == ErrorClass::NotFound => {}
                Err(error) => {
                    failure.get_or_insert(error.to_string());
                    // who is not let in once is not let in for the next one either
                    if Error::from(error).is_of_credentials() {
                        break;
                    }
                    continue;
                }
            }
            control.remove_subscription(workspace, id, &one.topic)?;
            ended += 1;
        }
        Ok::<(), Error>(())
    };
    match tokio::time::timeout(PATIENCE, asking).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            failure.get_or_insert(error.to_string());
        }
        Err(_) => {
            failure.get_or_insert_with(no_answer);
        }
    }
    let left = u32::try_from(known.len()).unwrap_or(u32::MAX).saturating_sub(ended);
    Ok(match failure {
        Some(why) if left > 0 => WebhooksEnd::Failed { ended, left, why },
        _ => WebhooksEnd::Ended(ended),
    })
}

/// The grant of a connection; none where it is signed by a key.
///
/// # Errors
/// When the control store fails or the stored grant cannot be read.
pub fn grant_state(control: &Control, connection: &Connection) -> Result<Option<GrantState>, ConnectError> {
    let stored = control.grant(&connection.workspace_id, &connection.id)?;
    let grant = stored.map(|stored| opened(&stored)).transpose().map_err(super::failed)?;
    let by_itself = described(connection)?.auth.oauth2().is_some();
    Ok(grant.map(|grant| GrantState {
        obtained_at: grant.obtained_at,
        expires_at: grant.expires_at,
        renewable: grant.refresh_token.is_some() || by_itself,
    }))
}

/// How much of the platform's limits the calls of a connection have used, as far as this process and those before it know.
///
/// # Errors
/// [`Error::UnknownProvider`].
pub fn limits_used(control: &Control, connection: &Connection) -> Result<Vec<LimitUse>, Error> {
    let manifest = manifest_of(&connection.provider)?;
    recall(control, &manifest, connection);
    Ok(budget_of(&manifest, connection).used(Timestamp::now()))
}

fn described(connection: &Connection) -> Result<Arc<Manifest>, ConnectError> {
    Ok(Arc::new(manifest_of(&connection.provider)?))
}

fn tokens(
    control: &Arc<Control>,
    home: &Path,
    manifest: &Arc<Manifest>,
    connection: &Connection,
) -> Result<Tokens, ConnectError> {
    let secrets = Arc::new(StoredSecrets::of(control, connection));
    let setup = job::setup(manifest, connection, secrets, home.join("spool"))?;
    Ok(Tokens::new(&setup).map_err(Error::from)?)
}

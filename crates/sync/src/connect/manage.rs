//! What is done with a connection that exists: tested, its grant renewed, disconnected; and what is known of it.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use netgain_connector::{LimitUse, Revoked, Tokens};
use netgain_control::{Connection, ConnectionError, ConnectionState, ConnectionTest, Control};
use netgain_domain::{ConnectionId, WorkspaceId};
use netgain_manifest::Manifest;

use super::{ConnectError, Nowhere, credentials};
use crate::budgets::budget_of;
use crate::runner::manifest_of;
use crate::secrets::{StoredSecrets, opened};
use crate::{Error, job};

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

/// What a disconnection did beside removing the secrets.
#[derive(Debug)]
pub enum Ended {
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
    let asked = async {
        let engine = job::engine(&manifest, &connection, secrets, home.join("spool")).await?;
        engine.check(&Nowhere).await.map_err(Error::from)
    };
    let outcome = asked.await;
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

/// Ends a connection: its grant is given back where the platform takes it, its secrets are removed, and it waits for
/// somebody who connects it anew. What was read stays.
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
    let revoked = match tokens(control, home, &manifest, &connection) {
        Ok(tokens) => tokens.revoke().await,
        // what cannot be reached any more must not keep its secrets here
        Err(error) => Err(netgain_connector::Error::Setup(error.to_string())),
    };
    for name in control.secret_names(workspace, id)? {
        control.forget_secret(workspace, id, &name)?;
    }
    control.forget_grant(workspace, id)?;
    let error = ConnectionError {
        code: ConnectionError::DISCONNECTED.to_owned(),
        message: "a person disconnected it: its credentials are removed, what was read stays".to_owned(),
        cure: "connect it again to read on".to_owned(),
    };
    control.set_state(workspace, id, ConnectionState::Paused, Some(&error))?;
    Ok(match revoked {
        Ok(Revoked::Yes) => Ended::Revoked,
        Ok(Revoked::NoGrant) => Ended::NoGrant,
        Ok(Revoked::NotOffered) => Ended::NotOffered,
        Err(error) => Ended::Failed(error.to_string()),
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

/// How much of the platform's limits the calls of a connection have used, as far as this process knows.
///
/// # Errors
/// [`Error::UnknownProvider`].
pub fn limits_used(connection: &Connection) -> Result<Vec<LimitUse>, Error> {
    let manifest = manifest_of(&connection.provider)?;
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

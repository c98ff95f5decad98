//! A secret in memory: wiped when dropped, never printed.

use std::fmt;

use crate::db::{OptionalExtension, params};
use netgain_domain::{ConnectionId, WorkspaceId};
use zeroize::Zeroizing;

use crate::error::{Context, Error, Result};
use crate::store::Control;

/// A secret. It is wiped from memory when dropped, and prints as `***`.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text over.
    #[must_use]
    pub fn new(plain: String) -> Self {
        Self(Zeroizing::new(plain))
    }

    pub(crate) fn wrap(plain: Zeroizing<String>) -> Self {
        Self(plain)
    }

    /// The text itself, for the one who sends it to the platform.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What a sealed secret is bound to. The ids' alphabet has no slash, so two places never read the same.
fn place(workspace: &WorkspaceId, connection: &ConnectionId, name: &str) -> String {
    place_of(workspace.as_str(), connection.as_str(), name)
}

pub(crate) fn place_of(workspace: &str, connection: &str, name: &str) -> String {
    format!("{workspace}/{connection}/{name}")
}

impl Control {
    /// Keeps a secret of a connection, sealed; an earlier one of that name is replaced.
    ///
    /// # Errors
    /// [`Error::ConnectionNotFound`]; when the store fails.
    pub fn put_secret(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        name: &str,
        secret: &Secret,
    ) -> Result<()> {
        self.connection(workspace, connection)?;
        let sealed = self.seal(Some(workspace), &place(workspace, connection, name), secret.expose())?;
        self.db_of(workspace)
            .execute(
                "INSERT INTO secrets (workspace_id, connection_id, name, sealed, key_version) VALUES (?, ?, ?, ?, ?) \
                 ON CONFLICT (workspace_id, connection_id, name) DO UPDATE SET sealed = excluded.sealed, \
                 key_version = excluded.key_version",
                params![workspace.as_str(), connection.as_str(), name, sealed.bytes, sealed.version],
            )
            .doing("keep a secret")
            .map(drop)
    }

    /// A secret of a connection, opened.
    ///
    /// # Errors
    /// [`Error::SecretNotFound`]; [`Error::MasterKeyMissing`] when the master key of this store is not at hand;
    /// [`Error::Sealed`] when it was sealed for another place.
    pub fn secret(&self, workspace: &WorkspaceId, connection: &ConnectionId, name: &str) -> Result<Secret> {
        let sealed: Option<Vec<u8>> = self
            .db_of(workspace)
            .query_row(
                "SELECT sealed FROM secrets WHERE workspace_id = ? AND connection_id = ? AND name = ?",
                params![workspace.as_str(), connection.as_str(), name],
                |row| row.get(0),
            )
            .optional()
            .doing("read a secret")?;
        let (connection_name, secret_name) = (connection.to_string(), name.to_owned());
        let Some(sealed) = sealed else {
            return Err(Error::SecretNotFound { connection: connection_name, name: secret_name });
        };
        match self.open_sealed(Some(workspace), &place(workspace, connection, name), &sealed)? {
            Some(plain) => Ok(Secret(plain)),
            None => Err(Error::Sealed { connection: connection_name, name: secret_name }),
        }
    }

    /// Forgets a secret, because the connection does not need it any more.
    ///
    /// # Errors
    /// When the store fails.
    pub fn forget_secret(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        name: &str,
    ) -> Result<()> {
        self.db_of(workspace)
            .execute(
                "DELETE FROM secrets WHERE workspace_id = ? AND connection_id = ? AND name = ?",
                params![workspace.as_str(), connection.as_str(), name],
            )
            .doing("forget a secret")
            .map(drop)
    }

    /// The names of a connection's secrets.
    ///
    /// # Errors
    /// When the store fails.
    pub fn secret_names(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Result<Vec<String>> {
        const DOING: &str = "list the names of secrets";
        let db = self.db_of(workspace);
        let mut statement = db
            .prepare_cached(
                "SELECT name FROM secrets WHERE workspace_id = ? AND connection_id = ? ORDER BY name",
            )
            .doing(DOING)?;
        let names = statement.query_map([workspace.as_str(), connection.as_str()], |row| row.get(0));
        names.doing(DOING)?.collect::<std::result::Result<_, _>>().doing(DOING)
    }
}

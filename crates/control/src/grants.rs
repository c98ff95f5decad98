//! Grants of connections, sealed. A grant is an opaque text here. It is only ever replaced as a whole, by one who knew
//! the version before, so that of two who renew it at once one wins and nothing good is lost.

use crate::db::{OptionalExtension, TransactionBehavior, params};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, WorkspaceId};

use crate::error::{Context, Error, Result};
use crate::keys::seal_with;
use crate::secret::Secret;
use crate::store::Control;

/// The tables of this module.
pub(crate) const TABLES: &str = "
ALTER TABLE connections ADD COLUMN mode TEXT NOT NULL DEFAULT 'own';
CREATE TABLE grants (
    workspace_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    -- counted up with every change, also when it is forgotten
    version INTEGER NOT NULL,
    sealed BLOB,
    -- until when one process has the right to renew it
    claimed_until INTEGER,
    PRIMARY KEY (workspace_id, connection_id),
    FOREIGN KEY (workspace_id, connection_id) REFERENCES connections (workspace_id, id)
) STRICT;
CREATE TABLE sign_ins (
    state TEXT PRIMARY KEY,
    -- may be a workspace that is created when the person comes back
    workspace_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
";

/// A stored grant, opened.
#[derive(Debug, Clone)]
pub struct StoredGrant {
    /// Its version, from 1.
    pub version: u64,
    /// The grant as it was given.
    pub text: Secret,
}

fn place(workspace: &WorkspaceId, connection: &ConnectionId, version: u64) -> String {
    place_of(workspace.as_str(), connection.as_str(), &version.to_string())
}

pub(crate) fn place_of(workspace: &str, connection: &str, version: &str) -> String {
    // no name of a secret has a slash
    format!("{workspace}/{connection}/grant/{version}")
}

fn number(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

/// The row that a version means: that of a grant, or with 0 one that holds none.
const THIS: &str = "workspace_id = ?1 AND connection_id = ?2 \
    AND CASE WHEN CAST(?3 AS BIGINT) = 0 THEN sealed IS NULL ELSE sealed IS NOT NULL AND version = ?3 END";

impl Control {
    /// The grant of a connection.
    ///
    /// # Errors
    /// [`Error::Sealed`] when the key file is not the one it was sealed with; when the store fails.
    pub fn grant(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Result<Option<StoredGrant>> {
        let found: Option<(i64, Vec<u8>)> = self
            .db_of(workspace)
            .query_row(
                "SELECT version, sealed FROM grants \
                 WHERE workspace_id = ? AND connection_id = ? AND sealed IS NOT NULL",
                [workspace.as_str(), connection.as_str()],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .doing("read a grant")?;
        let Some((version, sealed)) = found else { return Ok(None) };
        let version = u64::try_from(version).unwrap_or_default();
        match self.open_sealed(Some(workspace), &place(workspace, connection, version), &sealed)? {
            Some(plain) => Ok(Some(StoredGrant { version, text: Secret::wrap(plain) })),
            None => Err(Error::Sealed { connection: connection.to_string(), name: "grant".to_owned() }),
        }
    }

    /// Takes the right to renew the grant of this version (0 where there is none) until `until`. False while another
    /// has it, or when the stored version is another.
    ///
    /// # Errors
    /// [`Error::ConnectionNotFound`]; when the store fails.
    pub fn claim_grant(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        version: u64,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool> {
        if version == 0 {
            self.make_room(workspace, connection)?;
        }
        let sql = format!(
            "UPDATE grants SET claimed_until = ?4 WHERE {THIS} \
             AND (claimed_until IS NULL OR claimed_until <= ?5)"
        );
        let (until, now) = (until.as_microsecond(), now.as_microsecond());
        let values = params![workspace.as_str(), connection.as_str(), number(version), until, now];
        self.db_of(workspace).execute(&sql, values).doing("claim a grant").map(|changed| changed == 1)
    }

    /// Gives the right to renew a grant back.
    ///
    /// # Errors
    /// When the store fails.
    pub fn release_grant(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        version: u64,
    ) -> Result<()> {
        let sql = format!("UPDATE grants SET claimed_until = NULL WHERE {THIS}");
        let values = params![workspace.as_str(), connection.as_str(), number(version)];
        self.db_of(workspace).execute(&sql, values).doing("release a grant").map(drop)
    }

    /// Puts a grant in the place of that of this version (0 where there is none); its version, or none when somebody
    /// else was first: theirs stays.
    ///
    /// # Errors
    /// [`Error::ConnectionNotFound`]; when the store fails, then the grant before stays.
    pub fn replace_grant(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        version: u64,
        text: &Secret,
    ) -> Result<Option<u64>> {
        const DOING: &str = "keep a grant";
        if version == 0 {
            self.make_room(workspace, connection)?;
        }
        // before the store is held: sealing may have to make the first data key
        let key = self.newest_key(workspace.as_str())?;
        let mut db = self.db_of(workspace);
        let step = db.transaction_with_behavior(TransactionBehavior::Immediate).doing(DOING)?;
        let values = params![workspace.as_str(), connection.as_str(), number(version)];
        let found: Option<i64> = step
            .query_row(&format!("SELECT version FROM grants WHERE {THIS}"), values, |row| row.get(0))
            .optional()
            .doing(DOING)?;
        let Some(found) = found else { return Ok(None) };
        let next = u64::try_from(found).unwrap_or_default() + 1;
        let sealed = seal_with(&key, &place(workspace, connection, next), text.expose())?;
        step.execute(
            "UPDATE grants SET version = ?, sealed = ?, key_version = ?, claimed_until = NULL \
             WHERE workspace_id = ? AND connection_id = ?",
            params![number(next), sealed.bytes, sealed.version, workspace.as_str(), connection.as_str()],
        )
        .doing(DOING)?;
        step.commit().doing(DOING)?;
        Ok(Some(next))
    }

    /// Forgets the grant of a connection, because a person connected it in another way.
    ///
    /// # Errors
    /// When the store fails.
    pub fn forget_grant(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Result<()> {
        self.db_of(workspace)
            .execute(
                "UPDATE grants SET version = version + 1, sealed = NULL, claimed_until = NULL \
                 WHERE workspace_id = ? AND connection_id = ? AND sealed IS NOT NULL",
                [workspace.as_str(), connection.as_str()],
            )
            .doing("forget a grant")
            .map(drop)
    }

    fn make_room(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Result<()> {
        self.connection(workspace, connection)?;
        self.db_of(workspace)
            .execute(
                "INSERT INTO grants (workspace_id, connection_id, version) VALUES (?, ?, 0) ON CONFLICT DO NOTHING",
                [workspace.as_str(), connection.as_str()],
            )
            .doing("make room for a grant")
            .map(drop)
    }
}

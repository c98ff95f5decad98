//! Connections: one account on one platform each, with its fields and its state.

use std::collections::BTreeMap;

use crate::db::{Db, OptionalExtension, Row, params};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, WorkspaceId};

use crate::error::{Context, Error, Result};
use crate::store::{Control, maybe_time, parsed, time, unreadable, words};

words! {
    /// Where a connection stands.
    ConnectionState {
        /// Nothing was read yet.
        NeverSynced = "never_synced",
        /// A sync is on its way.
        Syncing = "syncing",
        /// The last sync went well.
        Ok = "ok",
        /// The last sync failed; the next one may help.
        Error = "error",
        /// It waits for a person.
        Paused = "paused",
    }
}

words! {
    /// Whose credentials a connection uses.
    CredentialMode {
        /// The user's own grant or key.
        Own = "own",
        /// The operator's, from the environment of the program.
        Central = "central",
    }
}

/// Why a connection does not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionError {
    /// Stable name of the matter.
    pub code: String,
    /// What happened; never holds a secret.
    pub message: String,
    /// What helps.
    pub cure: String,
}

impl ConnectionError {
    /// The code of a connection that a person has ended: its credentials are removed, what was read stays.
    pub const DISCONNECTED: &'static str = "disconnected";
}

/// A connection to create or to change.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// Its id.
    pub id: ConnectionId,
    /// The platform, by its manifest's id.
    pub provider: String,
    /// Its name for people.
    pub name: String,
    /// Another address than the platform's own, such as a sandbox.
    pub base_url: Option<String>,
    /// Whether that address may be a private one.
    pub local: bool,
    /// Whose credentials it uses.
    pub mode: CredentialMode,
    /// What the manifest asks for beside secrets, such as the shop's name.
    pub fields: BTreeMap<String, String>,
}

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// Its id, unique in the workspace.
    pub id: ConnectionId,
    /// The platform, by its manifest's id.
    pub provider: String,
    /// Its name for people.
    pub name: String,
    /// Another address than the platform's own.
    pub base_url: Option<String>,
    /// Whether that address may be a private one.
    pub local: bool,
    /// Whose credentials it uses.
    pub mode: CredentialMode,
    /// What the manifest asks for beside secrets.
    pub fields: BTreeMap<String, String>,
    /// Where it stands.
    pub state: ConnectionState,
    /// Why it does not work, if it does not.
    pub error: Option<ConnectionError>,
    /// When a sync last ended well.
    pub last_sync_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// The ids of the accounts that it reached when it was last proved; empty where none are known.
    pub accounts: Vec<String>,
}

impl Connection {
    /// Whether a person has ended it, and nobody has connected it since.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.error.as_ref().is_some_and(|error| error.code == ConnectionError::DISCONNECTED)
    }
}

const COLUMNS: &str = "workspace_id, id, provider, name, base_url, local, fields, state, error_code, \
    error_message, error_cure, last_sync_at, created_at, mode, accounts";

fn read(row: &Row<'_>) -> crate::db::Result<Connection> {
    let fields: String = row.get(6)?;
    let accounts: String = row.get(14)?;
    let error: (Option<String>, Option<String>, Option<String>) = (row.get(8)?, row.get(9)?, row.get(10)?);
    Ok(Connection {
        workspace_id: parsed(row, 0)?,
        id: parsed(row, 1)?,
        provider: row.get(2)?,
        name: row.get(3)?,
        base_url: row.get(4)?,
        local: row.get(5)?,
        fields: serde_json::from_str(&fields).map_err(|error| unreadable(6, error))?,
        state: parsed(row, 7)?,
        error: error.0.map(|code| ConnectionError {
            code,
            message: error.1.unwrap_or_default(),
            cure: error.2.unwrap_or_default(),
        }),
        last_sync_at: maybe_time(row, 11)?,
        created_at: time(row, 12)?,
        mode: parsed(row, 13)?,
        accounts: serde_json::from_str(&accounts).map_err(|error| unreadable(14, error))?,
    })
}

/// Writes where a connection stands, also within a transaction.
pub(crate) fn put_state(
    db: &Db<'_>,
    workspace: &WorkspaceId,
    id: &ConnectionId,
    state: ConnectionState,
    error: Option<&ConnectionError>,
) -> Result<()> {
    let synced_at = (state == ConnectionState::Ok).then(|| Timestamp::now().as_microsecond());
    let changed = db
        .execute(
            "UPDATE connections SET state = ?, error_code = ?, error_message = ?, error_cure = ?, \
             last_sync_at = coalesce(?, last_sync_at) WHERE workspace_id = ? AND id = ?",
            params![
                state.name(),
                error.map(|error| &error.code),
                error.map(|error| &error.message),
                error.map(|error| &error.cure),
                synced_at,
                workspace.as_str(),
                id.as_str()
            ],
        )
        .doing("set a connection's state")?;
    if changed == 0 { Err(not_found(workspace, id)) } else { Ok(()) }
}

impl Control {
    /// Creates a connection. One of the same id and platform is changed instead: it keeps its state, its secrets
    /// and its time of creation.
    ///
    /// # Errors
    /// [`Error::WorkspaceNotFound`]; [`Error::ProviderChanged`]; when the store fails.
    pub fn create_connection(&self, workspace: &WorkspaceId, new: &NewConnection) -> Result<Connection> {
        self.workspace(workspace)?;
        let fields = serde_json::to_string(&new.fields)
            .map_err(|error| Error::Stored { column: "fields", reason: error.to_string() })?;
        let written = self
            .db_of(workspace)
            .execute(
                "INSERT INTO connections \
                 (workspace_id, id, provider, name, base_url, local, fields, state, created_at, mode) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (workspace_id, id) DO UPDATE SET name = excluded.name, \
                 base_url = excluded.base_url, local = excluded.local, fields = excluded.fields, \
                 mode = excluded.mode \
                 WHERE connections.provider = excluded.provider",
                params![
                    workspace.as_str(),
                    new.id.as_str(),
                    new.provider,
                    new.name,
                    new.base_url,
                    new.local,
                    fields,
                    ConnectionState::NeverSynced.name(),
                    Timestamp::now().as_microsecond(),
                    new.mode.name()
                ],
            )
            .doing("create a connection")?;
        let connection = self.connection(workspace, &new.id)?;
        if written == 0 {
            let provider = connection.provider;
            return Err(Error::ProviderChanged { connection: new.id.to_string(), provider });
        }
        Ok(connection)
    }

    /// Notes the accounts that a connection reaches, by which it is known when somebody connects them again.
    ///
    /// # Errors
    /// When the store fails.
    pub fn set_accounts(
        &self,
        workspace: &WorkspaceId,
        id: &ConnectionId,
        accounts: &[String],
    ) -> Result<()> {
        let accounts = serde_json::to_string(accounts)
            .map_err(|error| Error::Stored { column: "accounts", reason: error.to_string() })?;
        self.db_of(workspace)
            .execute(
                "UPDATE connections SET accounts = ? WHERE workspace_id = ? AND id = ?",
                [accounts.as_str(), workspace.as_str(), id.as_str()],
            )
            .doing("note the accounts of a connection")
            .map(drop)
    }

    /// A connection of a workspace.
    ///
    /// # Errors
    /// [`Error::ConnectionNotFound`]; when the store fails.
    pub fn connection(&self, workspace: &WorkspaceId, id: &ConnectionId) -> Result<Connection> {
        let sql = format!("SELECT {COLUMNS} FROM connections WHERE workspace_id = ? AND id = ?");
        self.db_of(workspace)
            .query_row(&sql, [workspace.as_str(), id.as_str()], read)
            .optional()
            .doing("read a connection")?
            .ok_or_else(|| not_found(workspace, id))
    }

    /// The connections of a workspace, by id.
    ///
    /// # Errors
    /// When the store fails.
    pub fn connections(&self, workspace: &WorkspaceId) -> Result<Vec<Connection>> {
        const DOING: &str = "list connections";
        let db = self.db_of(workspace);
        let sql = format!("SELECT {COLUMNS} FROM connections WHERE workspace_id = ? ORDER BY id");
        let mut statement = db.prepare_cached(&sql).doing(DOING)?;
        let rows = statement.query_map([workspace.as_str()], read).doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }

    /// Sets where a connection stands. [`ConnectionState::Ok`] also notes the time as that of the last sync; an
    /// earlier error is forgotten.
    ///
    /// # Errors
    /// [`Error::ConnectionNotFound`]; when the store fails.
    pub fn set_state(
        &self,
        workspace: &WorkspaceId,
        id: &ConnectionId,
        state: ConnectionState,
        error: Option<&ConnectionError>,
    ) -> Result<()> {
        put_state(&self.db_of(workspace), workspace, id, state, error)
    }

    /// Forgets why a connection did not work, because it was proved anew: it stands as it did before that, and the
    /// time of its last sync stays. A sync that is on its way goes on.
    ///
    /// # Errors
    /// When the store fails.
    pub fn clear_error(&self, workspace: &WorkspaceId, id: &ConnectionId) -> Result<()> {
        self.db_of(workspace)
            .execute(
                "UPDATE connections SET error_code = NULL, error_message = NULL, error_cure = NULL, \
                 state = CASE WHEN last_sync_at IS NULL THEN ? ELSE ? END \
                 WHERE workspace_id = ? AND id = ? AND state IN (?, ?)",
                params![
                    ConnectionState::NeverSynced.name(),
                    ConnectionState::Ok.name(),
                    workspace.as_str(),
                    id.as_str(),
                    ConnectionState::Error.name(),
                    ConnectionState::Paused.name()
                ],
            )
            .doing("clear a connection's error")
            .map(drop)
    }
}

pub(crate) fn not_found(workspace: &WorkspaceId, id: &ConnectionId) -> Error {
    Error::ConnectionNotFound { workspace: workspace.to_string(), connection: id.to_string() }
}

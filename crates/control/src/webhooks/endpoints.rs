//! The address under which a connection is told of events.

use crate::db::{OptionalExtension, Row, params};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, WorkspaceId};

use crate::error::{Context, Result};
use crate::files::random_hex;
use crate::store::{Control, maybe_time, parsed};

/// A connection's address for webhooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The last part of the address.
    pub key: String,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The connection.
    pub connection: ConnectionId,
    /// Since when the platform is known to send.
    pub active_since: Option<Timestamp>,
    /// Deliveries that were refused because nothing proved them.
    pub refused: u64,
    /// Deliveries of what was there already.
    pub duplicates: u64,
    /// When the platform was last asked what it still knows of.
    pub checked_at: Option<Timestamp>,
    /// What was last noted about it, in words for people.
    pub note: Option<String>,
    /// When that was.
    pub noted_at: Option<Timestamp>,
}

const COLUMNS: &str =
    "key, workspace_id, connection_id, active_since, refused, duplicates, checked_at, note, noted_at";

fn read(row: &Row<'_>) -> crate::db::Result<Endpoint> {
    Ok(Endpoint {
        key: row.get(0)?,
        workspace: parsed(row, 1)?,
        connection: parsed(row, 2)?,
        active_since: maybe_time(row, 3)?,
        refused: row.get::<_, i64>(4)?.unsigned_abs(),
        duplicates: row.get::<_, i64>(5)?.unsigned_abs(),
        checked_at: maybe_time(row, 6)?,
        note: row.get(7)?,
        noted_at: maybe_time(row, 8)?,
    })
}

impl Control {
    /// The address of a connection; one is made when there is none.
    ///
    /// # Errors
    /// [`crate::Error::ConnectionNotFound`]; when the store fails.
    pub fn endpoint(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Result<Endpoint> {
        const DOING: &str = "make a webhook address";
        self.connection(workspace, connection)?;
        let key = random_hex::<24>()?;
        let db = self.db_of(workspace);
        db.execute(
            "INSERT INTO webhook_endpoints (key, workspace_id, connection_id, created_at) VALUES (?, ?, ?, ?) \
             ON CONFLICT (workspace_id, connection_id) DO NOTHING",
            params![key, workspace.as_str(), connection.as_str(), Timestamp::now().as_microsecond()],
        )
        .doing(DOING)?;
        let sql =
            format!("SELECT {COLUMNS} FROM webhook_endpoints WHERE workspace_id = ? AND connection_id = ?");
        db.query_row(&sql, [workspace.as_str(), connection.as_str()], read).doing(DOING)
    }

    /// The address of a connection, if it has one.
    ///
    /// # Errors
    /// When the store fails.
    pub fn known_endpoint(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
    ) -> Result<Option<Endpoint>> {
        let sql =
            format!("SELECT {COLUMNS} FROM webhook_endpoints WHERE workspace_id = ? AND connection_id = ?");
        let db = self.db_of(workspace);
        let found = db.query_row(&sql, [workspace.as_str(), connection.as_str()], read).optional();
        found.doing("read a webhook address")
    }

    /// Whose address it is.
    ///
    /// # Errors
    /// When the store fails.
    pub fn endpoint_by_key(&self, key: &str) -> Result<Option<Endpoint>> {
        let sql = format!("SELECT {COLUMNS} FROM webhook_endpoints WHERE key = ?");
        self.db_of_all().query_row(&sql, [key], read).optional().doing("find a webhook address")
    }

    /// Every address.
    ///
    /// # Errors
    /// When the store fails.
    pub fn endpoints(&self) -> Result<Vec<Endpoint>> {
        const DOING: &str = "list webhook addresses";
        let sql = format!("SELECT {COLUMNS} FROM webhook_endpoints ORDER BY workspace_id, connection_id");
        let db = self.db_of_all();
        let mut statement = db.prepare_cached(&sql).doing(DOING)?;
        let rows = statement.query_map([], read).doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }

    /// Notes that the platform is known to send from now on; an earlier time stays.
    ///
    /// # Errors
    /// When the store fails.
    pub fn endpoint_active(&self, key: &str) -> Result<()> {
        let now = Timestamp::now().as_microsecond();
        let sql = "UPDATE webhook_endpoints SET active_since = ? WHERE key = ? AND active_since IS NULL";
        self.db_of_all().execute(sql, params![now, key]).doing("note a webhook address").map(drop)
    }

    /// Adds to the counts of refused deliveries and repetitions.
    ///
    /// # Errors
    /// When the store fails.
    pub fn endpoint_counts(&self, key: &str, refused: u64, duplicates: u64) -> Result<()> {
        let sql =
            "UPDATE webhook_endpoints SET refused = refused + ?, duplicates = duplicates + ? WHERE key = ?";
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        self.db_of_all()
            .execute(sql, params![number(refused), number(duplicates), key])
            .doing("count deliveries")
            .map(drop)
    }

    /// Notes that the platform was asked what it still knows of, and what came of it where that is worth a word.
    ///
    /// # Errors
    /// When the store fails.
    pub fn endpoint_checked(&self, key: &str, note: Option<&str>) -> Result<()> {
        let now = Timestamp::now().as_microsecond();
        let sql = "UPDATE webhook_endpoints SET checked_at = ?1, note = coalesce(?2, note), \
                   noted_at = CASE WHEN ?2 IS NULL THEN noted_at ELSE ?1 END WHERE key = ?3";
        self.db_of_all().execute(sql, params![now, note, key]).doing("note a webhook address").map(drop)
    }
}

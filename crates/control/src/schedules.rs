//! What people say of when a connection is read by itself, and what became of its last reading.

use crate::db::{Db, OptionalExtension, Row, params};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{Cadence, ConnectionId, QuietHours, WorkspaceId};

use crate::connections::{ConnectionState, not_found};
use crate::error::{Context, Result};
use crate::store::{Control, maybe_time, parsed, time, unreadable};

pub(crate) const TABLES: &str = "
-- a connection without a row is read as its platform's manifest says
CREATE TABLE schedules (
    workspace_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    -- none for that of the manifest
    cadence TEXT,
    quiet TEXT,
    paused INTEGER NOT NULL,
    -- of the last sync; one that has begun and not ended was cut
    began_at INTEGER,
    ended INTEGER NOT NULL,
    -- syncs in a row that came to no good end
    failures INTEGER NOT NULL,
    checked_at INTEGER,
    PRIMARY KEY (workspace_id, connection_id),
    FOREIGN KEY (workspace_id, connection_id) REFERENCES connections (workspace_id, id)
) STRICT;
";

/// What people say of a connection's schedule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schedule {
    /// How often it is read by itself; none for what the platform's manifest says.
    pub cadence: Option<Cadence>,
    /// Hours of the workspace's day in which nothing begins by itself.
    pub quiet: Option<QuietHours>,
    /// Whether a person has stopped it from being read by itself.
    pub paused: bool,
}

/// What became of a connection's last sync.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LastSync {
    /// When it began (UTC); none where there was none yet.
    pub began_at: Option<Timestamp>,
    /// Whether it ended, well or with an error. One that did not, and does not run, was cut.
    pub ended: bool,
    /// Syncs in a row that came to no good end, the last one included.
    pub failures: u32,
    /// When the last nightly check began (UTC).
    pub checked_at: Option<Timestamp>,
}

/// A connection in the timetable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// The workspace's zone (IANA).
    pub time_zone: String,
    /// The connection.
    pub connection: ConnectionId,
    /// The platform, by its manifest's id.
    pub provider: String,
    /// Where the connection stands.
    pub state: ConnectionState,
    /// When it was made (UTC).
    pub created_at: Timestamp,
    /// What people say.
    pub schedule: Schedule,
    /// What became of its last sync.
    pub last: LastSync,
    /// Whether a sync or a check of it is on its way, in whatever process.
    pub running: bool,
}

const COLUMNS: &str = "c.workspace_id, w.time_zone, c.id, c.provider, c.state, c.created_at, s.cadence, s.quiet, \
    coalesce(s.paused, 0), s.began_at, coalesce(s.ended, 1), coalesce(s.failures, 0), s.checked_at, \
    (SELECT count(*) FROM runs AS r WHERE r.workspace_id = c.workspace_id AND r.connection_id = c.id \
     AND r.state = 'running')";
const TABLE: &str = "connections AS c JOIN workspaces AS w ON w.id = c.workspace_id \
    LEFT JOIN schedules AS s ON s.workspace_id = c.workspace_id AND s.connection_id = c.id";

fn read(row: &Row<'_>) -> crate::db::Result<Slot> {
    Ok(Slot {
        workspace: parsed(row, 0)?,
        time_zone: row.get(1)?,
        connection: parsed(row, 2)?,
        provider: row.get(3)?,
        state: parsed(row, 4)?,
        created_at: time(row, 5)?,
        schedule: Schedule {
            cadence: maybe_parsed(row, 6)?,
            quiet: maybe_parsed(row, 7)?,
            paused: row.get::<_, i64>(8)? != 0,
        },
        last: LastSync {
            began_at: maybe_time(row, 9)?,
            ended: row.get::<_, i64>(10)? != 0,
            failures: u32::try_from(row.get::<_, i64>(11)?).unwrap_or(u32::MAX),
            checked_at: maybe_time(row, 12)?,
        },
        running: row.get::<_, i64>(13)? > 0,
    })
}

fn maybe_parsed<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    row: &Row<'_>,
    at: usize,
) -> crate::db::Result<Option<T>> {
    let text: Option<String> = row.get(at)?;
    text.map(|text| text.parse().map_err(|error| unreadable(at, error))).transpose()
}

/// Writes that a sync has ended, also within a transaction.
pub(crate) fn put_end(
    db: &Db<'_>,
    workspace: &WorkspaceId,
    connection: &ConnectionId,
    well: bool,
) -> Result<()> {
    db.execute(
        "UPDATE schedules SET ended = 1, failures = CASE WHEN ? = 1 THEN 0 ELSE failures + 1 END \
         WHERE workspace_id = ? AND connection_id = ?",
        params![i64::from(well), workspace.as_str(), connection.as_str()],
    )
    .doing("note the end of a sync")
    .map(drop)
}

impl Control {
    /// Every connection of the installation with its schedule and its last sync.
    ///
    /// # Errors
    /// When the store fails.
    pub fn timetable(&self) -> Result<Vec<Slot>> {
        const DOING: &str = "read the timetable";
        let db = self.db_of_all();
        let mut statement = db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM {TABLE} ORDER BY c.workspace_id, c.id"))
            .doing(DOING)?;
        let rows = statement.query_map([], read).doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }

    /// One connection with its schedule and its last sync.
    ///
    /// # Errors
    /// [`crate::Error::ConnectionNotFound`]; when the store fails.
    pub fn slot(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Result<Slot> {
        let sql = format!("SELECT {COLUMNS} FROM {TABLE} WHERE c.workspace_id = ? AND c.id = ?");
        self.db_of(workspace)
            .query_row(&sql, [workspace.as_str(), connection.as_str()], read)
            .optional()
            .doing("read a schedule")?
            .ok_or_else(|| not_found(workspace, connection))
    }

    /// Keeps what a person says of a connection's schedule.
    ///
    /// # Errors
    /// [`crate::Error::ConnectionNotFound`]; when the store fails.
    pub fn set_schedule(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        schedule: &Schedule,
    ) -> Result<()> {
        self.connection(workspace, connection)?;
        self.db_of(workspace)
            .execute(
                "INSERT INTO schedules (workspace_id, connection_id, cadence, quiet, paused, ended, failures) \
                 VALUES (?, ?, ?, ?, ?, 1, 0) ON CONFLICT (workspace_id, connection_id) DO UPDATE \
                 SET cadence = excluded.cadence, quiet = excluded.quiet, paused = excluded.paused",
                params![
                    workspace.as_str(),
                    connection.as_str(),
                    schedule.cadence.as_ref().map(ToString::to_string),
                    schedule.quiet.as_ref().map(ToString::to_string),
                    i64::from(schedule.paused)
                ],
            )
            .doing("keep a schedule")
            .map(drop)
    }

    /// Notes that a sync begins; one before it that has not ended was cut, and counts as failed.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sync_began(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        now: Timestamp,
    ) -> Result<()> {
        self.db_of(workspace)
            .execute(
                "INSERT INTO schedules (workspace_id, connection_id, paused, began_at, ended, failures) \
                 VALUES (?, ?, 0, ?, 0, 0) ON CONFLICT (workspace_id, connection_id) DO UPDATE \
                 SET failures = schedules.failures + (1 - schedules.ended), began_at = excluded.began_at, ended = 0",
                params![workspace.as_str(), connection.as_str(), now.as_microsecond()],
            )
            .doing("note the beginning of a sync")
            .map(drop)
    }

    /// Notes that a sync has ended.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sync_ended(&self, workspace: &WorkspaceId, connection: &ConnectionId, well: bool) -> Result<()> {
        put_end(&self.db_of(workspace), workspace, connection, well)
    }

    /// Notes that a nightly check begins.
    ///
    /// # Errors
    /// When the store fails.
    pub fn check_began(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        now: Timestamp,
    ) -> Result<()> {
        self.db_of(workspace)
            .execute(
                "INSERT INTO schedules (workspace_id, connection_id, paused, ended, failures, checked_at) \
                 VALUES (?, ?, 0, 1, 0, ?) ON CONFLICT (workspace_id, connection_id) DO UPDATE \
                 SET checked_at = excluded.checked_at",
                params![workspace.as_str(), connection.as_str(), now.as_microsecond()],
            )
            .doing("note a check")
            .map(drop)
    }
}

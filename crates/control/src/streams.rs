//! How far each stream of a connection is.

use crate::db::params;
use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, WorkspaceId};

use crate::error::{Context, Result};
use crate::store::{Control, maybe_time, parsed, words};

words! {
    /// Where a stream stands.
    StreamState {
        /// Nothing to do, or its turn has not come.
        Idle = "idle",
        /// Being read.
        Running = "running",
        /// Read to its end.
        Done = "done",
        /// Its last read failed.
        Error = "error",
    }
}

/// How far a stream is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamProgress {
    /// The stream, as its manifest names it.
    pub stream: String,
    /// The table that it fills.
    pub entity: String,
    /// Records read in the current or last run.
    pub rows: u64,
    /// Where it stands.
    pub state: StreamState,
    /// When it was last read to its end.
    pub last_sync_at: Option<Timestamp>,
}

impl Control {
    /// Notes how far a stream is. Without a time the last one stays.
    ///
    /// # Errors
    /// [`crate::Error::ConnectionNotFound`]; when the store fails.
    pub fn set_stream(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        progress: &StreamProgress,
    ) -> Result<()> {
        self.connection(workspace, connection)?;
        self.db_of(workspace)
            .execute(
                "INSERT INTO streams (workspace_id, connection_id, stream, entity, rows, state, last_sync_at) \
                 VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (workspace_id, connection_id, stream) DO UPDATE SET entity = excluded.entity, \
                 rows = excluded.rows, state = excluded.state, \
                 last_sync_at = coalesce(excluded.last_sync_at, streams.last_sync_at)",
                params![
                    workspace.as_str(),
                    connection.as_str(),
                    progress.stream,
                    progress.entity,
                    i64::try_from(progress.rows).unwrap_or(i64::MAX),
                    progress.state.name(),
                    progress.last_sync_at.map(Timestamp::as_microsecond)
                ],
            )
            .doing("note the progress of a stream")
            .map(drop)
    }

    /// The streams of a connection, by name.
    ///
    /// # Errors
    /// When the store fails.
    pub fn streams(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Result<Vec<StreamProgress>> {
        const DOING: &str = "list streams";
        let db = self.db_of(workspace);
        let mut statement = db
            .prepare_cached(
                "SELECT stream, entity, rows, state, last_sync_at FROM streams \
                 WHERE workspace_id = ? AND connection_id = ? ORDER BY stream",
            )
            .doing(DOING)?;
        let rows = statement
            .query_map([workspace.as_str(), connection.as_str()], |row| {
                Ok(StreamProgress {
                    stream: row.get(0)?,
                    entity: row.get(1)?,
                    rows: row.get::<_, i64>(2)?.unsigned_abs(),
                    state: parsed(row, 3)?,
                    last_sync_at: maybe_time(row, 4)?,
                })
            })
            .doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }
}

//! How far each stream of a connection is.

use crate::db::{Db, TransactionBehavior, params};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, WorkspaceId};

use crate::error::{Context, Error, Result};
use crate::runs::RunId;
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

const DOING: &str = "note the progress of a stream";

fn put(
    db: &Db<'_>,
    workspace: &WorkspaceId,
    connection: &ConnectionId,
    progress: &StreamProgress,
) -> Result<()> {
    db.execute(
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
    .doing(DOING)
    .map(drop)
}

impl Control {
    /// Notes how far a run is with a stream; without a time the last one stays. With `rows` it is noted, too, that the run
    /// is at this stream with so many rows in all. What a run that was taken over says is not kept, however late its
    /// process wakes up.
    ///
    /// # Errors
    /// [`Error::RunNotFound`], also for one that ended, and then nothing is noted; when the store fails.
    pub fn set_stream(
        &self,
        (workspace, connection): (&WorkspaceId, &ConnectionId),
        run: &RunId,
        rows: Option<u64>,
        progress: &StreamProgress,
    ) -> Result<()> {
        let mut db = self.db_of(workspace);
        let change = db.transaction_with_behavior(TransactionBehavior::Immediate).doing(DOING)?;
        // the row of the run is held until the end, so that nobody takes it over in between
        let changed = change
            .execute(
                "UPDATE runs SET stream = coalesce(?, stream), rows = coalesce(?, rows) \
                 WHERE workspace_id = ? AND id = ? AND connection_id = ? AND state = 'running'",
                params![
                    rows.map(|_| progress.stream.as_str()),
                    rows.map(|rows| i64::try_from(rows).unwrap_or(i64::MAX)),
                    workspace.as_str(),
                    run.0,
                    connection.as_str()
                ],
            )
            .doing(DOING)?;
        if changed == 0 {
            return Err(Error::RunNotFound(run.0.clone()));
        }
        put(&change, workspace, connection, progress)?;
        change.commit().doing(DOING)
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

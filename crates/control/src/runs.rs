//! Runs: one sync of one connection each.

use std::fmt;
use std::path::Path;

use crate::db::{Db, Dialect, Engine, OptionalExtension, Row, Scope, TransactionBehavior, params};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, WorkspaceId};

use crate::error::{Context, Error, Result};
use crate::files::random_hex;
use crate::store::{Control, maybe_time, parsed, time, words};
use crate::{ConnectionError, ConnectionState, connections, nodes, owner, schedules};

words! {
    /// Where a run stands.
    RunState {
        /// On its way.
        Running = "running",
        /// Ended well.
        Done = "done",
        /// Ended with an error.
        Failed = "failed",
        /// Its process died; what it committed is kept.
        Interrupted = "interrupted",
    }
}

/// The id of a run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RunId(pub String);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The connection that it reads.
    pub connection_id: ConnectionId,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Where it stands.
    pub state: RunState,
    /// The stream that it is at.
    pub stream: Option<String>,
    /// Rows it wrote so far.
    pub rows: u64,
    /// Why it failed; never holds a secret.
    pub error: Option<String>,
}

/// How a sync ended.
#[derive(Debug, Clone, Copy)]
pub struct SyncEnd<'a> {
    /// Rows it wrote.
    pub rows: u64,
    /// Why it failed; never holds a secret.
    pub error: Option<&'a str>,
    /// Where the connection stands now.
    pub state: ConnectionState,
    /// What its card says of a failure.
    pub shown: Option<&'a ConnectionError>,
}

const COLUMNS: &str = "id, connection_id, started_at, finished_at, state, stream, rows, error";

fn read(row: &Row<'_>) -> crate::db::Result<Run> {
    Ok(Run {
        id: RunId(row.get(0)?),
        connection_id: parsed(row, 1)?,
        started_at: time(row, 2)?,
        finished_at: maybe_time(row, 3)?,
        state: parsed(row, 4)?,
        stream: row.get(5)?,
        rows: row.get::<_, i64>(6)?.unsigned_abs(),
        error: row.get(7)?,
    })
}

fn count(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

impl Control {
    /// Begins a run. Of one connection at most one is on its way, over all processes.
    ///
    /// # Errors
    /// [`Error::AlreadyRunning`]; [`Error::ConnectionNotFound`]; when the store fails.
    pub fn start_run(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Result<RunId> {
        const DOING: &str = "start a run";
        self.connection(workspace, connection)?;
        let id = RunId(random_hex::<8>()?);
        let mut db = self.db_of(workspace);
        let change = db.transaction_with_behavior(TransactionBehavior::Immediate).doing(DOING)?;
        let other: Option<(String, String)> = change
            .query_row(
                "SELECT id, owner FROM runs WHERE workspace_id = ? AND connection_id = ? AND state = 'running'",
                [workspace.as_str(), connection.as_str()],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .doing(DOING)?;
        if let Some((run, owner)) = other {
            if owner == self.owner.name || lives(self.engine.dialect(), &change, &self.owners(), &owner)? {
                return Err(Error::AlreadyRunning { connection: connection.to_string(), run });
            }
            interrupt(&change, &owner)?;
        }
        // by the store's clock, so that it grows even over a store that was made anew or restored
        let now = change.clock().doing(DOING)?;
        let last: i64 = change
            .query_row(
                "SELECT coalesce(max(fence), 0) FROM runs WHERE workspace_id = ? AND connection_id = ?",
                [workspace.as_str(), connection.as_str()],
                |row| row.get(0),
            )
            .doing(DOING)?;
        change
            .execute(
                "INSERT INTO runs (workspace_id, id, connection_id, owner, started_at, state, rows, fence) \
                 VALUES (?, ?, ?, ?, ?, 'running', 0, ?)",
                params![
                    workspace.as_str(),
                    id.0,
                    connection.as_str(),
                    self.owner.name,
                    Timestamp::now().as_microsecond(),
                    now.max(last + 1)
                ],
            )
            .doing(DOING)?;
        change.commit().doing(DOING)?;
        Ok(id)
    }

    /// The number of a run: that of a later run of the same connection is higher. What keeps facts refuses whoever comes
    /// with a lower one than it has seen.
    ///
    /// # Errors
    /// [`Error::RunNotFound`], also for one that ended; when the store fails.
    pub fn run_fence(&self, workspace: &WorkspaceId, run: &RunId) -> Result<i64> {
        self.db_of(workspace)
            .query_row(
                "SELECT fence FROM runs WHERE workspace_id = ? AND id = ? AND state = 'running'",
                [workspace.as_str(), run.0.as_str()],
                |row| row.get(0),
            )
            .optional()
            .doing("read the fence of a run")?
            .ok_or_else(|| Error::RunNotFound(run.0.clone()))
    }

    /// Ends a run: well, or with the error that stopped it.
    ///
    /// # Errors
    /// [`Error::RunNotFound`], also for one that ended; when the store fails.
    pub fn finish_run(
        &self,
        workspace: &WorkspaceId,
        run: &RunId,
        rows: u64,
        error: Option<&str>,
    ) -> Result<()> {
        put_end(&self.db_of(workspace), workspace, run, rows, error)
    }

    /// Ends the run of a sync together with what its connection shows and what its schedule goes by. One that another node
    /// has taken over since changes nothing of these.
    ///
    /// # Errors
    /// [`Error::RunNotFound`], also for one that ended; when the store fails.
    pub fn end_sync(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        run: &RunId,
        end: &SyncEnd<'_>,
    ) -> Result<()> {
        const DOING: &str = "end a sync";
        let mut db = self.db_of(workspace);
        let change = db.transaction().doing(DOING)?;
        put_end(&change, workspace, run, end.rows, end.error)?;
        connections::put_state(&change, workspace, connection, end.state, end.shown)?;
        schedules::put_end(&change, workspace, connection, end.error.is_none())?;
        change.commit().doing(DOING)
    }

    /// The latest runs of a connection, newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn runs(&self, workspace: &WorkspaceId, connection: &ConnectionId, limit: usize) -> Result<Vec<Run>> {
        const DOING: &str = "list runs";
        let db = self.db_of(workspace);
        let sql = format!(
            "SELECT {COLUMNS} FROM runs WHERE workspace_id = ? AND connection_id = ? \
             ORDER BY started_at DESC, id LIMIT ?"
        );
        let mut statement = db.prepare_cached(&sql).doing(DOING)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement
            .query_map(params![workspace.as_str(), connection.as_str(), limit], read)
            .doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }
}

fn put_end(db: &Db<'_>, workspace: &WorkspaceId, run: &RunId, rows: u64, error: Option<&str>) -> Result<()> {
    let state = if error.is_some() { RunState::Failed } else { RunState::Done };
    let changed = db
        .execute(
            "UPDATE runs SET state = ?, finished_at = ?, rows = ?, error = ? \
             WHERE workspace_id = ? AND id = ? AND state = 'running'",
            params![
                state.name(),
                Timestamp::now().as_microsecond(),
                count(rows),
                error,
                workspace.as_str(),
                run.0
            ],
        )
        .doing("end a run")?;
    if changed == 0 { Err(Error::RunNotFound(run.0.clone())) } else { Ok(()) }
}

/// Whether the owner of a run lives: a node of a shared store, or a process on this machine.
fn lives(dialect: Dialect, db: &Db<'_>, owners: &Path, name: &str) -> Result<bool> {
    match dialect {
        Dialect::Sqlite => owner::lives(owners, name),
        Dialect::Postgres => nodes::lives(db, name),
    }
}

/// Marks the runs whose process or node is gone. `owners` is the folder of this machine's locks.
pub(crate) fn interrupt_orphans(engine: &Engine, owners: &Path) -> Result<()> {
    const DOING: &str = "look for interrupted runs";
    let mut db = engine.scoped(Scope::All);
    let change = db.transaction_with_behavior(TransactionBehavior::Immediate).doing(DOING)?;
    let names: Vec<String> = {
        let mut statement =
            change.prepare_cached("SELECT DISTINCT owner FROM runs WHERE state = 'running'").doing(DOING)?;
        let names = statement.query_map([], |row| row.get(0)).doing(DOING)?;
        names.collect::<std::result::Result<_, _>>().doing(DOING)?
    };
    for name in names {
        if !lives(engine.dialect(), &change, owners, &name)? {
            interrupt(&change, &name)?;
        }
    }
    change.commit().doing(DOING)
}

/// Marks the runs of a dead process, and its connections as waiting for the next sync.
fn interrupt(change: &Db<'_>, owner: &str) -> Result<()> {
    const DOING: &str = "mark interrupted runs";
    change
        .execute(
            "UPDATE connections SET state = CASE WHEN last_sync_at IS NULL THEN 'never_synced' ELSE 'ok' END \
             WHERE state = 'syncing' AND (workspace_id, id) IN \
             (SELECT workspace_id, connection_id FROM runs WHERE state = 'running' AND owner = ?)",
            [owner],
        )
        .doing(DOING)?;
    change
        .execute(
            "UPDATE runs SET state = 'interrupted', finished_at = ?, \
             error = 'the program ended during the run; what it had read is kept' \
             WHERE state = 'running' AND owner = ?",
            params![Timestamp::now().as_microsecond(), owner],
        )
        .doing(DOING)?;
    tracing::warn!(owner, "a sync was interrupted; the next one goes on where it stopped");
    Ok(())
}

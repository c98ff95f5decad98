//! Syncs that one program asks another for. The facts of a workspace in a file are open in one program at a time; where a
//! server has them, `netgain sync` leaves its request here, and the server begins it.

use crate::db::{OptionalExtension, Row, params};
use netgain_domain::jiff::{SignedDuration, Timestamp};
use netgain_domain::{ConnectionId, WorkspaceId};

use crate::error::{Context, Result};
use crate::files::random_hex;
use crate::runs::RunId;
use crate::store::{Control, parsed};

/// The table of this module.
pub(crate) const TABLE: &str = "
CREATE TABLE sync_requests (
    workspace_id TEXT NOT NULL,
    id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    whole INTEGER NOT NULL,
    paged INTEGER NOT NULL,
    asked_at INTEGER NOT NULL,
    -- whether a program has seen it
    taken INTEGER NOT NULL,
    run_id TEXT,
    -- why it does not begin
    refused TEXT,
    PRIMARY KEY (workspace_id, id)
) STRICT;
";

/// After so long nobody waits for the answer any more.
const PATIENCE: SignedDuration = SignedDuration::from_mins(1);

/// A sync that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncRequest {
    /// Its id.
    pub id: String,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The connection to read.
    pub connection: ConnectionId,
    /// Everything again instead of what is new.
    pub full: bool,
    /// Page by page also where a first load would have the platform write a file.
    pub paged: bool,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncAnswer {
    /// Nobody has seen it yet.
    Waiting,
    /// A program has taken it and is about to begin.
    Taken,
    /// It is this run.
    Begun(RunId),
    /// It does not begin, for this reason.
    Refused(String),
}

fn read(row: &Row<'_>) -> crate::db::Result<SyncRequest> {
    Ok(SyncRequest {
        workspace: parsed(row, 0)?,
        id: row.get(1)?,
        connection: parsed(row, 2)?,
        full: row.get::<_, i64>(3)? != 0,
        paged: row.get::<_, i64>(4)? != 0,
    })
}

impl Control {
    /// Asks whichever program has the workspace open to sync a connection; gives the id of the request.
    ///
    /// # Errors
    /// [`crate::Error::ConnectionNotFound`]; when the store fails.
    pub fn ask_for_sync(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        full: bool,
        paged: bool,
    ) -> Result<String> {
        const DOING: &str = "ask for a sync";
        self.connection(workspace, connection)?;
        let (id, now) = (random_hex::<8>()?, Timestamp::now());
        let db = self.db_of(workspace);
        let forgotten = (now - PATIENCE).as_microsecond();
        db.execute(
            "DELETE FROM sync_requests WHERE workspace_id = ? AND asked_at < ?",
            params![workspace.as_str(), forgotten],
        )
        .doing(DOING)?;
        db.execute(
            "INSERT INTO sync_requests (workspace_id, id, connection_id, whole, paged, asked_at, taken) \
             VALUES (?, ?, ?, ?, ?, ?, 0)",
            params![
                workspace.as_str(),
                id,
                connection.as_str(),
                i64::from(full),
                i64::from(paged),
                now.as_microsecond()
            ],
        )
        .doing(DOING)?;
        Ok(id)
    }

    /// Takes the requests that nobody has taken yet; each is given to one caller.
    ///
    /// # Errors
    /// When the store fails.
    pub fn take_sync_requests(&self) -> Result<Vec<SyncRequest>> {
        const DOING: &str = "look for syncs that were asked for";
        let db = self.db_of_all();
        let since = (Timestamp::now() - PATIENCE).as_microsecond();
        let mut open = {
            let mut statement = db
                .prepare_cached(
                    "SELECT workspace_id, id, connection_id, whole, paged FROM sync_requests \
                     WHERE taken = 0 AND asked_at >= ? ORDER BY asked_at, id",
                )
                .doing(DOING)?;
            let rows = statement.query_map([since], read).doing(DOING)?;
            rows.collect::<std::result::Result<Vec<_>, _>>().doing(DOING)?
        };
        let mut taken = Vec::new();
        for one in open.drain(..) {
            let changed = db
                .execute(
                    "UPDATE sync_requests SET taken = 1 WHERE workspace_id = ? AND id = ? AND taken = 0",
                    params![one.workspace.as_str(), one.id],
                )
                .doing(DOING)?;
            if changed == 1 {
                taken.push(one);
            }
        }
        Ok(taken)
    }

    /// Tells who asked what became of it: the run that has begun, or why none does.
    ///
    /// # Errors
    /// When the store fails.
    pub fn answer_sync_request(
        &self,
        request: &SyncRequest,
        begun: std::result::Result<&RunId, &str>,
    ) -> Result<()> {
        let (run, refused) = match begun {
            Ok(run) => (Some(&run.0), None),
            Err(why) => (None, Some(why)),
        };
        self.db_of(&request.workspace)
            .execute(
                "UPDATE sync_requests SET run_id = ?, refused = ? WHERE workspace_id = ? AND id = ?",
                params![run, refused, request.workspace.as_str(), request.id],
            )
            .doing("answer who asked for a sync")
            .map(drop)
    }

    /// What became of a request; [`SyncAnswer::Waiting`] also for one that is not there.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sync_answer(&self, workspace: &WorkspaceId, request: &str) -> Result<SyncAnswer> {
        let found: Option<(i64, Option<String>, Option<String>)> = self
            .db_of(workspace)
            .query_row(
                "SELECT taken, run_id, refused FROM sync_requests WHERE workspace_id = ? AND id = ?",
                [workspace.as_str(), request],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()
            .doing("ask what became of a sync")?;
        Ok(match found {
            Some((_, Some(run), _)) => SyncAnswer::Begun(RunId(run)),
            Some((_, _, Some(why))) => SyncAnswer::Refused(why),
            Some((1, ..)) => SyncAnswer::Taken,
            _ => SyncAnswer::Waiting,
        })
    }

    /// Takes a request back that nobody has taken; whether it was so.
    ///
    /// # Errors
    /// When the store fails.
    pub fn withdraw_sync_request(&self, workspace: &WorkspaceId, request: &str) -> Result<bool> {
        self.db_of(workspace)
            .execute(
                "DELETE FROM sync_requests WHERE workspace_id = ? AND id = ? AND taken = 0",
                [workspace.as_str(), request],
            )
            .doing("take a request back")
            .map(|changed| changed == 1)
    }
}

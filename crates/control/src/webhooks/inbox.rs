//! The inbox from the side of whoever applies it.

use crate::db::{Row, TransactionBehavior, params};
use std::time::Duration;

use netgain_domain::jiff::{SignedDuration, Timestamp};
use netgain_domain::{ConnectionId, WorkspaceId};

use crate::error::{Context, Result};
use crate::leases::Lease;
use crate::store::{Control, maybe_time, parsed, time, words};

/// How long the inbox of one connection is held, if nobody renews it.
const HELD: Duration = Duration::from_secs(20);

words! {
    /// Where an event stands.
    InboxState {
        /// To be applied.
        Waiting = "waiting",
        /// Applied.
        Done = "done",
        /// It asked for nothing.
        Ignored = "ignored",
        /// It could not be applied and is not tried again.
        Dead = "dead",
    }
}

/// A kept event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its number in the order of arrival.
    pub id: i64,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The connection.
    pub connection: ConnectionId,
    /// Its name.
    pub topic: String,
    /// The account that it is about.
    pub account: Option<String>,
    /// The event.
    pub body: Vec<u8>,
    /// When it came (UTC).
    pub received_at: Timestamp,
    /// Tries so far.
    pub attempts: u32,
}

/// What became of a try to apply an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is applied.
    Done,
    /// It asks for nothing, for this reason.
    Ignored(String),
    /// It is tried again after that time, for this reason.
    Again(SignedDuration, String),
    /// It is not tried again, for this reason.
    Dead(String),
}

/// An event that could not be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadEvent {
    /// Its name.
    pub topic: String,
    /// The stream that it is about.
    pub stream: Option<String>,
    /// The object that it is about.
    pub object: Option<String>,
    /// Why.
    pub reason: String,
    /// When it came (UTC).
    pub received_at: Timestamp,
    /// Tries.
    pub attempts: u32,
}

/// How many events of a connection stand where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InboxCounts {
    /// To be applied.
    pub waiting: u64,
    /// Of those, the ones that failed before.
    pub retried: u64,
    /// Applied.
    pub done: u64,
    /// That asked for nothing.
    pub ignored: u64,
    /// That could not be applied.
    pub dead: u64,
    /// Why the oldest of those that wait for another try does, in the words of what failed.
    pub waits_for: Option<String>,
    /// When the next of those is tried (UTC).
    pub next_try: Option<Timestamp>,
    /// When the oldest that waits came.
    pub oldest_waiting: Option<Timestamp>,
    /// When the newest came.
    pub newest: Option<Timestamp>,
}

fn read(row: &Row<'_>) -> crate::db::Result<StoredEvent> {
    Ok(StoredEvent {
        id: row.get(0)?,
        workspace: parsed(row, 1)?,
        connection: parsed(row, 2)?,
        topic: row.get(3)?,
        account: row.get(4)?,
        body: row.get(5)?,
        received_at: time(row, 6)?,
        attempts: row.get(7)?,
    })
}

impl Control {
    /// The connections that have events that are due.
    ///
    /// # Errors
    /// When the store fails.
    pub fn due_connections(&self, now: Timestamp) -> Result<Vec<(WorkspaceId, ConnectionId)>> {
        const DOING: &str = "look into its inbox";
        let db = self.db_of_all();
        let mut statement = db
            .prepare_cached(
                "SELECT DISTINCT workspace_id, connection_id FROM webhook_events \
                 WHERE state = 'waiting' AND due_at <= ?",
            )
            .doing(DOING)?;
        let rows = statement
            .query_map([now.as_microsecond()], |row| Ok((parsed(row, 0)?, parsed(row, 1)?)))
            .doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }

    /// Events of a connection that are due, oldest first, at most `most`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn due_events(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        now: Timestamp,
        most: u32,
    ) -> Result<Vec<StoredEvent>> {
        const DOING: &str = "read its inbox";
        let db = self.db_of(workspace);
        let mut statement = db
            .prepare_cached(
                "SELECT id, workspace_id, connection_id, topic, account, body, received_at, attempts \
                 FROM webhook_events WHERE state = 'waiting' AND workspace_id = ? AND connection_id = ? \
                 AND due_at <= ? ORDER BY due_at, id LIMIT ?",
            )
            .doing(DOING)?;
        let rows = statement
            .query_map(params![workspace.as_str(), connection.as_str(), now.as_microsecond(), most], read)
            .doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }

    /// Claims the inbox of a connection, so that of several who apply events one has it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn claim_inbox(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Result<Option<Lease>> {
        self.claim("inbox", &format!("{workspace}/{connection}"), HELD)
    }

    /// Notes what became of events, for one who holds the lease on them. The body of one that is finished well is not kept.
    ///
    /// # Errors
    /// [`crate::Error::LeaseLost`] when another has the inbox since; when the store fails. Then none is noted.
    pub fn settle_events(
        &self,
        lease: &Lease,
        workspace: &WorkspaceId,
        outcomes: &[(i64, Outcome)],
    ) -> Result<()> {
        const DOING: &str = "note what became of events";
        let now = Timestamp::now();
        let mut db = self.db_of(workspace);
        let step = db.transaction_with_behavior(TransactionBehavior::Writes).doing(DOING)?;
        lease.verify(&step, self.engine.dialect().hold())?;
        {
            let mut finish = step
                .prepare_cached(
                    "UPDATE webhook_events SET state = ?2, reason = ?3, finished_at = ?4, attempts = attempts + 1, \
                     body = CASE WHEN ?2 = 'dead' THEN body ELSE ?5 END \
                     WHERE workspace_id = ?6 AND id = ?1 AND state = 'waiting'",
                )
                .doing(DOING)?;
            let mut again = step
                .prepare_cached(
                    "UPDATE webhook_events SET reason = ?2, due_at = ?3, attempts = attempts + 1 \
                     WHERE workspace_id = ?4 AND id = ?1 AND state = 'waiting'",
                )
                .doing(DOING)?;
            for (id, outcome) in outcomes {
                let (state, reason) = match outcome {
                    Outcome::Done => (InboxState::Done, None),
                    Outcome::Ignored(reason) => (InboxState::Ignored, Some(reason)),
                    Outcome::Dead(reason) => (InboxState::Dead, Some(reason)),
                    Outcome::Again(after, reason) => {
                        let due = now.checked_add(*after).unwrap_or(Timestamp::MAX);
                        again
                            .execute(params![id, reason, due.as_microsecond(), workspace.as_str()])
                            .doing(DOING)?;
                        continue;
                    }
                };
                finish
                    .execute(params![
                        id,
                        state.name(),
                        reason,
                        now.as_microsecond(),
                        Vec::<u8>::new(),
                        workspace.as_str()
                    ])
                    .doing(DOING)?;
            }
        }
        step.commit().doing(DOING)
    }

    /// Has events wait for so long, without counting a try.
    ///
    /// # Errors
    /// When the store fails.
    pub fn postpone_events(
        &self,
        workspace: &WorkspaceId,
        ids: &[i64],
        time: SignedDuration,
        reason: &str,
    ) -> Result<()> {
        const DOING: &str = "postpone events";
        let due = Timestamp::now().checked_add(time).unwrap_or(Timestamp::MAX).as_microsecond();
        let mut db = self.db_of(workspace);
        let step = db.transaction_with_behavior(TransactionBehavior::Writes).doing(DOING)?;
        {
            let sql = "UPDATE webhook_events SET due_at = ?, reason = ? \
                       WHERE workspace_id = ? AND id = ? AND state = 'waiting'";
            let mut postpone = step.prepare_cached(sql).doing(DOING)?;
            for id in ids {
                postpone.execute(params![due, reason, workspace.as_str(), id]).doing(DOING)?;
            }
        }
        step.commit().doing(DOING)
    }

    /// Hands an event to another connection of its workspace, unless that one has it already; whether it was handed.
    ///
    /// # Errors
    /// When the store fails.
    pub fn hand_over_event(&self, workspace: &WorkspaceId, id: i64, to: &ConnectionId) -> Result<bool> {
        const DOING: &str = "hand an event over";
        let db = self.db_of(workspace);
        db.execute(
            "UPDATE webhook_events SET connection_id = ?1 WHERE workspace_id = ?3 AND id = ?2 AND NOT EXISTS \
             (SELECT 1 FROM webhook_events AS other WHERE other.workspace_id = ?3 AND other.connection_id = ?1 \
             AND other.dedupe = webhook_events.dedupe)",
            params![to.as_str(), id, workspace.as_str()],
        )
        .doing(DOING)
        .map(|changed| changed > 0)
    }

    /// How many events of a connection stand where.
    ///
    /// # Errors
    /// When the store fails.
    pub fn inbox_counts(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Result<InboxCounts> {
        let sql = "SELECT count(CASE WHEN state = 'waiting' THEN 1 END), \
                   count(CASE WHEN state = 'waiting' AND attempts > 0 THEN 1 END), \
                   count(CASE WHEN state = 'done' THEN 1 END), count(CASE WHEN state = 'ignored' THEN 1 END), \
                   count(CASE WHEN state = 'dead' THEN 1 END), \
                   min(CASE WHEN state = 'waiting' THEN received_at END), max(received_at), \
                   min(CASE WHEN state = 'waiting' AND reason IS NOT NULL THEN due_at END), \
                   (SELECT reason FROM webhook_events AS held WHERE held.workspace_id = ?1 \
                     AND held.connection_id = ?2 AND held.state = 'waiting' AND held.reason IS NOT NULL \
                     ORDER BY held.id LIMIT 1) \
                   FROM webhook_events WHERE workspace_id = ?1 AND connection_id = ?2";
        let count =
            |row: &Row<'_>, at| row.get::<_, Option<i64>>(at).map(|count| count.unwrap_or(0).unsigned_abs());
        self.db_of(workspace)
            .query_row(sql, [workspace.as_str(), connection.as_str()], |row| {
                Ok(InboxCounts {
                    waiting: count(row, 0)?,
                    retried: count(row, 1)?,
                    done: count(row, 2)?,
                    ignored: count(row, 3)?,
                    dead: count(row, 4)?,
                    oldest_waiting: maybe_time(row, 5)?,
                    newest: maybe_time(row, 6)?,
                    next_try: maybe_time(row, 7)?,
                    waits_for: row.get(8)?,
                })
            })
            .doing("count its inbox")
    }

    /// Events of a connection that could not be applied, newest first, at most `most`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn dead_events(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        most: u32,
    ) -> Result<Vec<DeadEvent>> {
        const DOING: &str = "list dead events";
        let db = self.db_of(workspace);
        let mut statement = db
            .prepare_cached(
                "SELECT topic, stream, object, coalesce(reason, ''), received_at, attempts FROM webhook_events \
                 WHERE workspace_id = ? AND connection_id = ? AND state = 'dead' ORDER BY id DESC LIMIT ?",
            )
            .doing(DOING)?;
        let rows = statement
            .query_map(params![workspace.as_str(), connection.as_str(), most], |row| {
                Ok(DeadEvent {
                    topic: row.get(0)?,
                    stream: row.get(1)?,
                    object: row.get(2)?,
                    reason: row.get(3)?,
                    received_at: time(row, 4)?,
                    attempts: row.get(5)?,
                })
            })
            .doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }

    /// Has dead events of a connection tried again, and says how many.
    ///
    /// # Errors
    /// When the store fails.
    pub fn revive_events(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Result<u64> {
        let sql = "UPDATE webhook_events SET state = 'waiting', attempts = 0, due_at = ?, finished_at = NULL, reason = NULL \
                   WHERE workspace_id = ? AND connection_id = ? AND state = 'dead'";
        let now = Timestamp::now().as_microsecond();
        let revived =
            self.db_of(workspace).execute(sql, params![now, workspace.as_str(), connection.as_str()]);
        revived.map(|count| count as u64).doing("try dead events again")
    }

    /// Forgets finished events that came before `before`, and what polling found before that. Dead ones stay.
    ///
    /// # Errors
    /// When the store fails.
    pub fn forget_events(&self, before: Timestamp) -> Result<()> {
        const DOING: &str = "clear its inbox";
        let db = self.db_of_all();
        let before = before.as_microsecond();
        db.execute(
            "DELETE FROM webhook_events WHERE state IN ('done', 'ignored') AND received_at < ?",
            [before],
        )
        .doing(DOING)?;
        db.execute("DELETE FROM webhook_polled WHERE found_at < ?", [before]).doing(DOING).map(drop)
    }
}

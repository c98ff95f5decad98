//! How long a workspace keeps its data by class, and which workspaces are due for the daily look after their persons' data.
//! Without a rule everything is kept. The audit is no class: it is never cut.

use netgain_domain::WorkspaceId;
use netgain_domain::jiff::{SignedDuration, Timestamp};

use crate::db::params;
use crate::error::{Context, Error, Result};
use crate::store::{Control, words};

/// The tables, and which version of its key sealed a request, so that a renewal of keys finds it.
pub(crate) const TABLES: &str = "
CREATE TABLE retention (
    workspace_id TEXT NOT NULL,
    -- raw, inbox or runs
    class TEXT NOT NULL,
    days INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, class)
) STRICT;
CREATE TABLE daily_checks (
    workspace_id TEXT NOT NULL,
    began_at INTEGER NOT NULL,
    -- none while it is under way, or where its process ended
    done_at INTEGER,
    PRIMARY KEY (workspace_id)
) STRICT;
ALTER TABLE privacy_requests ADD COLUMN key_version INTEGER NOT NULL DEFAULT 0;
";

/// The longest time that can be asked for, in days.
pub const RETENTION_LONGEST: u32 = 36_500;
/// A daily check is due so long after the last one ended.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// One that began and did not end is begun again after so long.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);

words! {
    /// A class of data with a time of its own.
    DataClass {
        /// What platforms sent: the raw archive.
        Raw = "raw",
        /// Deliveries of webhooks.
        Inbox = "inbox",
        /// The log of runs.
        Runs = "runs",
    }
}

impl DataClass {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Raw, Self::Inbox, Self::Runs];
}

/// For how long data of a class is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionRule {
    /// The class.
    pub class: DataClass,
    /// Days; what is older is deleted.
    pub days: u32,
    /// Since when the rule holds (UTC).
    pub changed_at: Timestamp,
}

impl RetentionRule {
    /// What is from before this instant is deleted.
    #[must_use]
    pub fn before(&self, now: Timestamp) -> Timestamp {
        let kept = SignedDuration::from_hours(24 * i64::from(self.days));
        now.checked_sub(kept).unwrap_or(Timestamp::MIN)
    }
}

impl Control {
    /// The rules of a workspace; classes without one are kept for ever.
    ///
    /// # Errors
    /// When the store fails.
    pub fn retention(&self, workspace: &WorkspaceId) -> Result<Vec<RetentionRule>> {
        const DOING: &str = "read how long data is kept";
        let db = self.db_of(workspace);
        let mut statement = db
            .prepare_cached(
                "SELECT class, days, changed_at FROM retention WHERE workspace_id = ? ORDER BY class",
            )
            .doing(DOING)?;
        let rows = statement
            .query_map([workspace.as_str()], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
            })
            .doing(DOING)?;
        let rows: Vec<_> = rows.collect::<std::result::Result<_, _>>().doing(DOING)?;
        let stored = |reason: String| Error::Stored { column: "retention", reason };
        rows.into_iter()
            .map(|(class, days, changed_at)| {
                Ok(RetentionRule {
                    class: class
                        .parse()
                        .map_err(|error: crate::store::UnknownWord| stored(error.to_string()))?,
                    days: u32::try_from(days).map_err(|error| stored(error.to_string()))?,
                    changed_at: Timestamp::from_microsecond(changed_at)
                        .map_err(|error| stored(error.to_string()))?,
                })
            })
            .collect()
    }

    /// Sets for how many days data of a class is kept; none takes the rule away.
    ///
    /// # Errors
    /// [`Error::Retention`] for no days at all or more than [`RETENTION_LONGEST`]; when the store fails.
    pub fn set_retention(
        &self,
        workspace: &WorkspaceId,
        class: DataClass,
        days: Option<u32>,
        now: Timestamp,
    ) -> Result<()> {
        const DOING: &str = "set how long data is kept";
        let db = self.db_of(workspace);
        let Some(days) = days else {
            let sql = "DELETE FROM retention WHERE workspace_id = ? AND class = ?";
            return db.execute(sql, params![workspace.as_str(), class.name()]).doing(DOING).map(drop);
        };
        if !(1..=RETENTION_LONGEST).contains(&days) {
            return Err(Error::Retention { class: class.name(), days });
        }
        db.execute(
            "INSERT INTO retention (workspace_id, class, days, changed_at) VALUES (?, ?, ?, ?) \
             ON CONFLICT (workspace_id, class) DO UPDATE SET \
             days = excluded.days, changed_at = excluded.changed_at",
            params![workspace.as_str(), class.name(), i64::from(days), now.as_microsecond()],
        )
        .doing(DOING)
        .map(drop)
    }

    /// Deletes the deliveries of a workspace that came before an instant, and what was counted beside them. Those that
    /// wait to be applied stay. Says how many deliveries went.
    ///
    /// # Errors
    /// When the store fails.
    pub fn cut_inbox(&self, workspace: &WorkspaceId, before: Timestamp) -> Result<u64> {
        const DOING: &str = "cut its inbox";
        let (db, before) = (self.db_of(workspace), before.as_microsecond());
        let gone = db
            .execute(
                "DELETE FROM webhook_events WHERE workspace_id = ? AND state <> 'waiting' AND received_at < ?",
                params![workspace.as_str(), before],
            )
            .doing(DOING)?;
        db.execute(
            "DELETE FROM webhook_polled WHERE workspace_id = ? AND found_at < ?",
            params![workspace.as_str(), before],
        )
        .doing(DOING)?;
        Ok(gone as u64)
    }

    /// Deletes the runs of a workspace that ended before an instant, but for the newest of each connection, by which the
    /// next one counts on. Says how many went.
    ///
    /// # Errors
    /// When the store fails.
    pub fn cut_runs(&self, workspace: &WorkspaceId, before: Timestamp) -> Result<u64> {
        let gone = self
            .db_of(workspace)
            .execute(
                "DELETE FROM runs WHERE workspace_id = ? AND state <> 'running' AND finished_at < ? \
                 AND EXISTS (SELECT 1 FROM runs AS newer WHERE newer.workspace_id = runs.workspace_id \
                 AND newer.connection_id = runs.connection_id AND newer.fence >= runs.fence \
                 AND (newer.started_at > runs.started_at \
                 OR (newer.started_at = runs.started_at AND newer.id > runs.id)))",
                params![workspace.as_str(), before.as_microsecond()],
            )
            .doing("cut the log of runs")?;
        Ok(gone as u64)
    }

    /// Takes the daily check of one workspace that is due and needs one: it has a rule of retention, somebody was erased
    /// from it, or an erasure was begun. Of several processes one gets it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn take_daily_check(&self, now: Timestamp) -> Result<Option<WorkspaceId>> {
        const DOING: &str = "look for daily checks";
        let (ended, began) = ((now - DAY).as_microsecond(), (now - PATIENCE).as_microsecond());
        let due: Vec<String> = {
            let db = self.db_of_all();
            let mut statement = db
                .prepare_cached(
                    "SELECT id FROM workspaces WHERE (\
                     EXISTS (SELECT 1 FROM retention AS r WHERE r.workspace_id = workspaces.id) \
                     OR EXISTS (SELECT 1 FROM tombstones AS t WHERE t.workspace_id = workspaces.id) \
                     OR EXISTS (SELECT 1 FROM privacy_requests AS p WHERE p.workspace_id = workspaces.id \
                     AND p.finished_at IS NULL AND p.kind <> 'export')) \
                     AND NOT EXISTS (SELECT 1 FROM daily_checks AS d WHERE d.workspace_id = workspaces.id \
                     AND (d.began_at > ?1 OR d.done_at > ?2)) ORDER BY id LIMIT 1",
                )
                .doing(DOING)?;
            let rows = statement.query_map(params![began, ended], |row| row.get(0)).doing(DOING)?;
            rows.collect::<std::result::Result<_, _>>().doing(DOING)?
        };
        let Some(id) = due.into_iter().next() else { return Ok(None) };
        let workspace: WorkspaceId = id.parse().map_err(|_| Error::Stored {
            column: "workspaces.id",
            reason: "it is no id of a workspace".to_owned(),
        })?;
        let taken = self
            .db_of(&workspace)
            .execute(
                "INSERT INTO daily_checks (workspace_id, began_at) VALUES (?, ?) \
                 ON CONFLICT (workspace_id) DO UPDATE SET began_at = excluded.began_at, done_at = NULL \
                 WHERE daily_checks.began_at <= ?",
                params![workspace.as_str(), now.as_microsecond(), began],
            )
            .doing(DOING)?;
        Ok((taken > 0).then_some(workspace))
    }

    /// Notes that a daily check has ended well.
    ///
    /// # Errors
    /// When the store fails.
    pub fn daily_check_done(&self, workspace: &WorkspaceId, now: Timestamp) -> Result<()> {
        self.db_of(workspace)
            .execute(
                "UPDATE daily_checks SET done_at = ? WHERE workspace_id = ?",
                params![now.as_microsecond(), workspace.as_str()],
            )
            .doing("end a daily check")
            .map(drop)
    }

    /// Has the daily check of a workspace begin at the next look.
    ///
    /// # Errors
    /// When the store fails.
    pub fn want_daily_check(&self, workspace: &WorkspaceId) -> Result<()> {
        self.db_of(workspace)
            .execute("DELETE FROM daily_checks WHERE workspace_id = ?", params![workspace.as_str()])
            .doing("ask for a daily check")
            .map(drop)
    }
}

//! Finding entries.

use crate::db::params;
use netgain_domain::WorkspaceId;
use netgain_domain::jiff::Timestamp;

use super::AuditEntry;
use super::entry::{COLUMNS, read};
use crate::error::{Context, Result};
use crate::store::Control;

/// Which entries are asked for; what is left out does not matter.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Of this workspace.
    pub workspace: Option<WorkspaceId>,
    /// By the actor of this id.
    pub actor: Option<String>,
    /// Whose action begins so, such as `session.` or `session.created`.
    pub action: Option<String>,
    /// From this instant on (UTC).
    pub from: Option<Timestamp>,
    /// Before this instant (UTC).
    pub to: Option<Timestamp>,
    /// With this text in the subject, the details or the actor, whatever the case of its letters.
    pub text: Option<String>,
    /// Before this number: where an earlier answer ended.
    pub before: Option<i64>,
}

impl Control {
    /// The entries that fit, the newest first, at most `limit`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn audit(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditEntry>> {
        const DOING: &str = "search the audit";
        let db = self.db_of_all();
        let mut statement = db
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM audit WHERE number < ?1 AND at >= ?2 AND at < ?3 \
                 AND (?4 = '' OR workspace_id = ?4) AND (?5 = '' OR actor_id = ?5) \
                 AND action LIKE ?6 ESCAPE '!' \
                 AND (lower(subject) LIKE ?7 ESCAPE '!' OR lower(details) LIKE ?7 ESCAPE '!' \
                      OR lower(actor_id) LIKE ?7 ESCAPE '!') \
                 ORDER BY number DESC LIMIT ?8"
            ))
            .doing(DOING)?;
        let values = params![
            filter.before.unwrap_or(i64::MAX),
            filter.from.map_or(i64::MIN, Timestamp::as_microsecond),
            filter.to.map_or(i64::MAX, Timestamp::as_microsecond),
            filter.workspace.as_ref().map_or("", WorkspaceId::as_str),
            filter.actor.as_deref().unwrap_or_default(),
            format!("{}%", plain(filter.action.as_deref().unwrap_or_default())),
            format!("%{}%", plain(&filter.text.as_deref().unwrap_or_default().to_lowercase())),
            i64::from(limit),
        ];
        let rows = statement.query_map(values, read).doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }
}

/// A text in which nothing stands for something else.
fn plain(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

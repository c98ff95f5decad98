//! Counts over the whole installation, for whoever runs it. They name nobody.

use crate::error::{Context, Result};
use crate::store::Control;

impl Control {
    /// How many workspaces there are. It is also the quickest way to see that the store answers.
    ///
    /// # Errors
    /// When the store fails.
    pub fn workspace_count(&self) -> Result<u64> {
        self.count("count workspaces", "SELECT COUNT(*) FROM workspaces")
    }

    /// How many events of all inboxes are still to be applied.
    ///
    /// # Errors
    /// When the store fails.
    pub fn waiting_event_count(&self) -> Result<u64> {
        self.count("count waiting events", "SELECT COUNT(*) FROM webhook_events WHERE state = 'waiting'")
    }

    fn count(&self, doing: &'static str, sql: &str) -> Result<u64> {
        let count: i64 = self.db_of_all().query_row(sql, [], |row| row.get(0)).doing(doing)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}

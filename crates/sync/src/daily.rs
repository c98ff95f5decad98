//! What is done once a day for a workspace by itself: erasures that were begun and not ended, persons who were erased and
//! came back, and data whose time is over.

use std::sync::Arc;

use jiff::Timestamp;
use netgain_domain::WorkspaceId;
use netgain_warehouse::Archive;

use crate::privacy::HALF_WRITTEN;
use crate::retention::{Expired, apply_retention};
use crate::{Error, Runner};

impl Runner {
    /// Begins the daily check of one workspace that is due, in the background.
    ///
    /// # Errors
    /// When the control store fails or the system gives no thread.
    pub(crate) fn begin_daily_check(self: &Arc<Self>, now: Timestamp) -> Result<(), Error> {
        let Some(workspace) = self.control().take_daily_check(now)? else { return Ok(()) };
        let this = Arc::clone(self);
        self.in_background("daily", move || match this.daily_check(&workspace, now) {
            Ok(expired) => tracing::info!(
                workspace.id = %workspace,
                segments = expired.segments,
                events = expired.events,
                runs = expired.runs,
                "a daily check ended"
            ),
            Err(error) => {
                tracing::warn!(workspace.id = %workspace, %error, "a daily check failed; it is begun again in an hour");
            }
        })
    }

    /// Finishes erasures of a workspace, erases once more whoever was erased and is named again, and deletes what is older
    /// than its rules of retention say at `now`.
    ///
    /// # Errors
    /// When a store fails; everything that is left is done by the next call.
    pub fn daily_check(&self, workspace: &WorkspaceId, now: Timestamp) -> Result<Expired, Error> {
        let (control, home) = (self.control(), self.home());
        crate::finish_erasures(control, home, workspace)?;
        // what a process that was ended has left may name anybody
        Archive::open(&home.join("workspaces"), workspace)?.sweep(HALF_WRITTEN)?;
        if control.tombstone_count(workspace)? > 0 {
            let met = crate::reapply_tombstones(control, home, workspace)?;
            if met > 0 {
                tracing::warn!(workspace.id = %workspace, met, "persons who had been erased were named again");
            }
        }
        let expired = apply_retention(control, home, workspace, now)?;
        // what was being read has its turn in an hour
        if expired.busy == 0 {
            control.daily_check_done(workspace, now)?;
        }
        Ok(expired)
    }
}

//! Key figures after events. They are sums over whole tables, so that a burst of events waits for one computation of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use netgain_domain::WorkspaceId;

use super::Webhooks;
use crate::runner::locked;

/// How long after the first event of a burst its figures are worked out.
const AFTER: SignedDuration = SignedDuration::from_secs(10);

/// Workspaces whose figures are out of date, with the first event since they were not. It is not kept on disk: the next
/// sync works out what a stop leaves.
pub(super) type Stale = Mutex<BTreeMap<WorkspaceId, Timestamp>>;

/// Workspaces whose figures are being worked out.
pub(super) type Updating = Arc<Mutex<BTreeSet<WorkspaceId>>>;

/// Notes that events changed rows of a workspace.
pub(super) fn note(webhooks: &Webhooks, workspace: &WorkspaceId) {
    locked(&webhooks.stale_figures).entry(workspace.clone()).or_insert_with(Timestamp::now);
}

/// Takes the workspaces that waited long enough, but for those that are at it.
fn due(
    stale: &mut BTreeMap<WorkspaceId, Timestamp>,
    busy: &BTreeSet<WorkspaceId>,
    now: Timestamp,
) -> Vec<WorkspaceId> {
    let due = stale
        .iter()
        .filter(|(workspace, since)| !busy.contains(*workspace) && now.duration_since(**since) >= AFTER);
    let due: Vec<WorkspaceId> = due.map(|(workspace, _)| workspace.clone()).collect();
    stale.retain(|workspace, _| !due.contains(workspace));
    due
}

/// Works out the figures of the workspaces that are due, beside the turns of events.
pub(super) fn update(webhooks: &Arc<Webhooks>, updating: &Updating, now: Timestamp) {
    let due = due(&mut locked(&webhooks.stale_figures), &locked(updating), now);
    for workspace in due {
        locked(updating).insert(workspace.clone());
        let (webhooks, updating) = (Arc::clone(webhooks), Arc::clone(updating));
        tokio::task::spawn_blocking(move || {
            if let Err(error) = webhooks.runner.refresh_kpis(&workspace) {
                tracing::warn!(workspace.id = %workspace, %error, "key figures wait for the next event or sync");
            }
            locked(&updating).remove(&workspace);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_worked_out_once_and_what_comes_meanwhile_is_not_lost() {
        let workspace: WorkspaceId = "w".parse().unwrap();
        let at = |seconds: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
        let mut stale = BTreeMap::from([(workspace.clone(), at(0))]);
        let mut busy = BTreeSet::new();
        assert!(due(&mut stale, &busy, at(9)).is_empty(), "others may come at the same time");
        assert_eq!(due(&mut stale, &busy, at(10)), std::slice::from_ref(&workspace));
        assert!(due(&mut stale, &busy, at(30)).is_empty(), "nothing came since");
        busy.insert(workspace.clone());
        stale.insert(workspace.clone(), at(11));
        assert!(due(&mut stale, &busy, at(30)).is_empty(), "it is still at it");
        busy.clear();
        assert_eq!(due(&mut stale, &busy, at(30)), [workspace]);
    }
}

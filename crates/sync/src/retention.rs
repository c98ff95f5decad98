//! The end of data's time: what a workspace's rules of retention say is too old is deleted. Facts are no class and stay, and
//! with them every figure; a payload that is gone says so wherever it is asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use netgain_control::{Control, DataClass, RunState};
use netgain_domain::{ConnectionId, WorkspaceId};
use netgain_warehouse::{Archive, Options, Store, Warehouse};
use serde::Serialize;

use crate::Error;

/// What was deleted, or would be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Expired {
    /// Segments of the raw archive.
    pub segments: u64,
    /// Deliveries of webhooks.
    pub events: u64,
    /// Runs of the log.
    pub runs: u64,
    /// Connections that are being read: their payloads are looked at the next time.
    pub busy: u64,
}

/// Deletes what is older than the workspace's rules say at `now`. Ended at any instant, the next call finishes it; called
/// twice, it finds nothing left.
///
/// Payloads stay that are in the quarantine, because a later version may map them, and those whose reading was never
/// noted: of these nobody knows how old they are.
///
/// # Errors
/// When a store fails, then what is left is deleted by the next call.
pub fn apply_retention(
    control: &Control,
    home: &Path,
    workspace: &WorkspaceId,
    now: Timestamp,
) -> Result<Expired, Error> {
    let mut done = Expired::default();
    for rule in control.retention(workspace)? {
        let before = rule.before(now);
        match rule.class {
            DataClass::Runs => done.runs = control.cut_runs(workspace, before)?,
            DataClass::Inbox => done.events = control.cut_inbox(workspace, before)?,
            DataClass::Raw => {
                let folder = home.join("workspaces");
                let warehouse = Warehouse::open(Store::chosen(&folder)?, workspace, Options::default())?;
                let archive = Archive::open(&folder, workspace)?;
                for connection in control.connections(workspace)? {
                    // what is being read may point to a segment that was there already
                    let newest = control.runs(workspace, &connection.id, 1)?;
                    if newest.iter().any(|run| run.state == RunState::Running) {
                        done.busy += 1;
                        continue;
                    }
                    for name in expired(&warehouse, &archive, &connection.id, before)? {
                        archive.retire_segment(&name, now)?;
                        done.segments += 1;
                    }
                }
            }
        }
    }
    Ok(done)
}

/// The segments of a connection that were last read before an instant and that nothing needs but a look at the past.
fn expired(
    warehouse: &Warehouse,
    archive: &Archive,
    connection: &ConnectionId,
    before: Timestamp,
) -> Result<Vec<String>, Error> {
    // the same page may have been read many times: it is as old as the last of them
    let mut read_at: BTreeMap<String, Timestamp> = BTreeMap::new();
    for name in archive.reads(connection)? {
        let read = archive.read(&name)?;
        for segment in read.pages.into_iter().filter_map(|page| page.segment) {
            let at = read_at.entry(segment).or_insert(read.observed_at);
            *at = (*at).max(read.observed_at);
        }
    }
    let quarantine = warehouse.quarantine(Some(connection))?.into_iter();
    let set_aside: BTreeSet<String> =
        quarantine.map(|row| row.record.raw_ref.split('#').next().unwrap_or_default().to_owned()).collect();
    let there: BTreeSet<String> = archive.every_segment()?.into_iter().collect();
    Ok(read_at
        .into_iter()
        .filter(|(name, at)| *at < before && there.contains(name) && !set_aside.contains(name))
        .map(|(name, _)| name)
        .collect())
}

//! Makes a connection's canonical rows again from the raw archive, without a single request.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use netgain_domain::{ConnectionId, WorkspaceId};
use netgain_manifest::Manifest;
use netgain_profit::Settings;
use netgain_warehouse::{Archive, Aside, Batch, Gone, Read, Replay, Warehouse};
use serde::Serialize;

use crate::mapped::ReadLines;
use crate::report::LISTED;
use crate::{Error, QuarantinedRecord, Runner, StartError, job, remap};

/// What a replay is made of.
pub struct ReplayJob<'a> {
    /// The provider's manifest, as it is now.
    pub manifest: &'a Manifest,
    /// The connection.
    pub connection: &'a ConnectionId,
    /// Only this stream.
    pub stream: Option<&'a str>,
    /// The workspace's warehouse.
    pub warehouse: &'a Warehouse,
    /// Its raw archive.
    pub archive: &'a Archive,
    /// Its rules of reckoning.
    pub settings: &'a Settings,
    /// Held while the workspace is written to.
    pub turn: &'a Mutex<()>,
}

/// Why rows were not made again. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// No such stream.
    #[error("connection `{connection}` has no stream `{stream}`: use one of {known}")]
    Stream {
        /// The connection.
        connection: String,
        /// The stream that was named.
        stream: String,
        /// Those that its manifest has.
        known: String,
    },
    /// Something else failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// What a replay did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReplayReport {
    /// The streams, in the manifest's order, the accounts first.
    pub streams: Vec<StreamReplay>,
    /// Rows that were there before and came from what was replayed.
    pub rows_before: u64,
    /// Rows that are there now instead.
    pub rows: u64,
    /// The first records that could not be mapped or kept.
    pub quarantine: Vec<QuarantinedRecord>,
    /// Orders whose profit was computed again.
    pub orders_computed: u64,
}

/// What became of one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StreamReplay {
    /// The stream.
    pub stream: String,
    /// Commits that were gone through.
    pub reads: u64,
    /// Records in them, repeated ones included.
    pub records: u64,
    /// Records that could not be mapped or kept.
    pub quarantined: u64,
    /// Segments with rows that were kept before the archive noted what the mapping reads beside the records (the
    /// account's currency, the time of reading). Their rows stay as they are; a sync with `--full` has them noted.
    pub segments_without_account: u64,
    /// Segments that are deleted because their retention ended. Rows that were made from them stay as they are; in a new
    /// warehouse they are missing.
    pub segments_retired: u64,
}

/// A read, and what it is replayed with.
struct Step {
    read: Read,
    /// Its name, where the warehouse does not know it yet.
    to_note: Option<String>,
}

/// Replays what the archive holds of a connection, in the order in which it was committed, in one transaction: killed
/// at any instant, nothing has changed.
///
/// A warehouse that knows of no read, such as a new one in place of one that was lost, gets all that lie in the
/// archive, with the positions of their streams.
///
/// # Errors
/// [`ReplayError::Stream`] for a stream that does not exist; otherwise when the archive is damaged or the warehouse
/// fails. Nothing is changed then.
pub fn replay_connection(job: &ReplayJob<'_>) -> Result<ReplayReport, ReplayError> {
    let mappers = job::mappers(job.manifest)?;
    let rules = remap::rules(job.manifest);
    let mut names: Vec<&str> = job.manifest.streams.iter().map(|stream| stream.name.as_str()).collect();
    if job.manifest.accounts.is_some() {
        names.insert(0, netgain_manifest::Accounts::STREAM);
    }
    if let Some(stream) = job.stream {
        if !names.contains(&stream) {
            return Err(ReplayError::Stream {
                connection: job.connection.to_string(),
                stream: stream.chars().take(64).collect(),
                known: names.join(", "),
            });
        }
        names.retain(|name| *name == stream);
    }
    let _turn = job.turn.lock().unwrap_or_else(PoisonError::into_inner);
    let mut steps = steps(job, &names)?;
    let retired = leave_retired(job, &mut steps)?;
    let pages = || steps.iter().flat_map(|step| &step.read.pages);
    let segments: BTreeSet<String> = pages().filter_map(|page| page.segment.clone()).collect();
    let mut report =
        ReplayReport { streams: summaries(job, &names, &segments, &retired)?, ..ReplayReport::default() };

    let mut left = steps.into_iter();
    let mut next = || -> Result<Option<(Batch, Vec<Gone>)>, Error> {
        let Some(step) = left.next() else { return Ok(None) };
        let mut records = Vec::new();
        let mut quarantined = Vec::new();
        let Step { read, to_note } = step;
        let gone = read.pages.iter().flat_map(|page| page.gone.iter().cloned()).collect();
        let mut lines_read = 0;
        if let (Some(mapper), Some(rules)) = (mappers.get(&read.stream), rules.get(&read.stream)) {
            for page in &read.pages {
                let Some(segment) = &page.segment else { continue };
                let lines = job.archive.lines(segment)?;
                let read = ReadLines {
                    segment,
                    lines: &lines,
                    context: &page.context,
                    observed_at: read.observed_at,
                    rules,
                };
                let (mapped, bad) = read.map(mapper);
                lines_read += lines.len() as u64;
                records.extend(mapped);
                quarantined.extend(bad);
            }
        }
        if let Some(summary) = report.streams.iter_mut().find(|one| one.stream == read.stream) {
            summary.reads += 1;
            summary.records += lines_read;
        }
        let cursor = read.cursor.filter(|_| to_note.is_some());
        let batch = Batch {
            connection: job.connection.clone(),
            source: read.source,
            stream: read.stream,
            observed_at: read.observed_at,
            records,
            cursor,
            aside: Aside { read: to_note, quarantined, mended: Vec::new() },
        };
        Ok(Some((batch, gone)))
    };
    let replay =
        Replay { connection: job.connection, streams: &names, segments: &segments, at: Timestamp::now() };
    let done = job.warehouse.replay(&replay, &mut next)?;
    report.rows_before = done.before.values().sum();
    report.rows = rows_now(job, &segments)?;
    for (stream, bad) in &done.quarantined {
        if let Some(summary) = report.streams.iter_mut().find(|one| one.stream == *stream) {
            summary.quarantined = bad.len() as u64;
        }
        let room = LISTED.saturating_sub(report.quarantine.len());
        report.quarantine.extend(bad.iter().take(room).map(|bad| QuarantinedRecord::of(stream, bad)));
    }
    let profit = crate::update_profit(job.warehouse, job.settings, &mut |_| {})?;
    report.orders_computed = profit.orders;
    crate::update_kpis(job.warehouse, job.settings, &[])?;
    Ok(report)
}

/// The reads of the streams in the order of their commits.
fn steps(job: &ReplayJob<'_>, names: &[&str]) -> Result<Vec<Step>, Error> {
    let committed = job.warehouse.committed_reads(job.connection)?;
    let new = committed.is_empty();
    let found: Vec<String> = if new {
        job.archive.reads(job.connection)?
    } else {
        let of_these = committed.into_iter().filter(|read| names.contains(&read.stream.as_str()));
        of_these.map(|read| read.name).collect()
    };
    let mut steps = Vec::with_capacity(found.len());
    for name in found {
        let read = job.archive.read(&name)?;
        if names.contains(&read.stream.as_str()) {
            steps.push(Step { read, to_note: new.then_some(name) });
        }
    }
    Ok(steps)
}

/// Takes segments whose retention ended out of the reads, so that rows made from them stay, and gives their names. What a
/// read says is gone is told all the same.
fn leave_retired(job: &ReplayJob<'_>, steps: &mut [Step]) -> Result<BTreeSet<String>, Error> {
    let gone = job.archive.retired_segments()?;
    let mut left = BTreeSet::new();
    for page in steps.iter_mut().flat_map(|step| &mut step.read.pages) {
        if let Some(segment) = page.segment.take_if(|segment| gone.contains(segment)) {
            left.insert(segment);
        }
    }
    Ok(left)
}

/// The streams, with the segments that rows point to and no read names.
fn summaries(
    job: &ReplayJob<'_>,
    names: &[&str],
    segments: &BTreeSet<String>,
    retired: &BTreeSet<String>,
) -> Result<Vec<StreamReplay>, Error> {
    let mut unknown: BTreeMap<String, u64> = BTreeMap::new();
    for segment in job.warehouse.segments_in_use(job.connection)?.keys() {
        if let Some(stream) =
            segment.split('/').nth(1).filter(|_| !segments.contains(segment) && !retired.contains(segment))
        {
            *unknown.entry(stream.to_owned()).or_default() += 1;
        }
    }
    let summary = |name: &&str| StreamReplay {
        stream: (*name).to_owned(),
        segments_without_account: unknown.get(*name).copied().unwrap_or_default(),
        segments_retired: retired.iter().filter(|one| one.split('/').nth(1) == Some(*name)).count() as u64,
        ..StreamReplay::default()
    };
    Ok(names.iter().map(summary).collect())
}

fn rows_now(job: &ReplayJob<'_>, segments: &BTreeSet<String>) -> Result<u64, Error> {
    let used = job.warehouse.segments_in_use(job.connection)?;
    Ok(used.iter().filter(|(segment, _)| segments.contains(*segment)).map(|(_, rows)| rows).sum())
}

impl Runner {
    /// Makes a connection's rows, or those of one of its streams, again from the raw archive.
    ///
    /// # Errors
    /// [`StartError::NotPossible`] for a connection without a manifest or an unknown stream; otherwise when the
    /// archive is damaged or the warehouse fails. Nothing is changed then.
    pub fn replay(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        stream: Option<&str>,
    ) -> Result<ReplayReport, StartError> {
        let open = self.open(workspace, connection)?;
        let replayed = replay_connection(&ReplayJob {
            manifest: &open.manifest,
            connection,
            stream,
            warehouse: &open.warehouse,
            archive: &open.archive,
            settings: &open.settings,
            turn: &open.turn,
        });
        replayed.map_err(|error| match error {
            ReplayError::Failed(error) => StartError::Failed(error),
            unknown @ ReplayError::Stream { .. } => StartError::NotPossible(unknown.to_string()),
        })
    }
}

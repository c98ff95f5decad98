//! Commits mapped pages in their order: small ones together, because each commit costs a write to disk.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use netgain_domain::{ConnectionId, Record};
use netgain_profit::Settings;
use netgain_warehouse::{Archive, Aside, Batch, CommitReport, Gone, Quarantined, Read, ReadPage, Warehouse};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::keeper::Item;
use crate::mapped::MappedPage;
use crate::report::LISTED;
use crate::{Error, Event, Observer, QuarantinedRecord, SyncReport, UncomputedOrder};

/// Records that are committed together.
const BATCH_RECORDS: usize = 2_000;
/// How long a page waits for others.
const PATIENCE: Duration = Duration::from_secs(1);
/// The longest time between two computations of profit during a load.
const PROFIT_EVERY: Duration = Duration::from_secs(20);
/// The first computation comes soon, so that there is something to look at.
const PROFIT_FIRST: Duration = Duration::from_secs(2);

/// What was kept since the last flush.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    pub records: u64,
    pub rows: u64,
    pub new: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub stale: u64,
    pub quarantined: u64,
    pub mended: u64,
    pub unit_costs_without_currency: u64,
}

/// The one writer of a sync.
pub(crate) struct Committer {
    pub warehouse: Warehouse,
    pub archive: Archive,
    pub connection: ConnectionId,
    pub source: String,
    /// What the field table of each stream is known by.
    pub rules: Arc<BTreeMap<String, String>>,
    pub settings: Settings,
    pub observer: Arc<dyn Observer>,
    /// Held while writing: profit that is computed while another sync changes the same orders could miss a change.
    pub turn: Arc<Mutex<()>>,
    pub state: State,
}

/// What the committer holds while it runs.
pub(crate) struct State {
    batch: Pending,
    kept: Kept,
    failed: Option<Error>,
    report: SyncReport,
    next_profit: Instant,
    pause: Duration,
    unprofited: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            batch: Pending::default(),
            kept: Kept::default(),
            failed: None,
            report: SyncReport::default(),
            next_profit: Instant::now() + PROFIT_FIRST,
            pause: PROFIT_FIRST,
            unprofited: false,
        }
    }
}

/// Pages that wait for their commit.
#[derive(Default)]
struct Pending {
    stream: String,
    observed_at: Timestamp,
    lines: u64,
    records: Vec<(Record, String)>,
    quarantined: Vec<Quarantined>,
    accounts: Vec<ReadPage>,
    cursor: Option<String>,
    /// Goes behind the records.
    gone: Vec<Gone>,
    fraction: Option<u16>,
    permits: Vec<OwnedSemaphorePermit>,
    since: Option<Instant>,
}

impl Committer {
    pub(crate) fn run(mut self, items: &Receiver<Item>, budget: &Semaphore) -> SyncReport {
        while let Some(item) = self.next(items) {
            match item {
                Waited::Long => self.commit_pending(),
                Waited::For(Item::Page(mapped, permit)) => {
                    // a mapper that is gone answers nothing
                    match mapped.recv().unwrap_or(Err(Error::Stopped)) {
                        Ok(page) if self.state.failed.is_none() => self.take(page, permit),
                        Ok(_) => {}
                        Err(error) => self.fail(error),
                    }
                }
                Waited::For(Item::Flush(tell)) => {
                    self.commit_pending();
                    let kept = std::mem::take(&mut self.state.kept);
                    let told = self.state.failed.take().map_or(Ok(kept), Err);
                    // the asker is gone when the run was stopped
                    drop(tell.send(told));
                }
                Waited::For(Item::Profit(tell)) => drop(tell.send(self.update_profit())),
            }
            if self.state.failed.is_some() {
                // pages that wait for room will never get it
                budget.close();
            } else if self.state.unprofited
                && Instant::now() >= self.state.next_profit
                && let Err(error) = self.update_profit()
            {
                self.fail(error);
            }
        }
        // what is left was read but its stream did not end; it is good all the same
        self.commit_pending();
        self.state.report
    }

    fn next(&self, items: &Receiver<Item>) -> Option<Waited> {
        let Some(since) = self.state.batch.since else { return items.recv().ok().map(Waited::For) };
        match items.recv_timeout(PATIENCE.saturating_sub(since.elapsed())) {
            Ok(item) => Some(Waited::For(item)),
            Err(RecvTimeoutError::Timeout) => Some(Waited::Long),
            Err(RecvTimeoutError::Disconnected) => None,
        }
    }

    fn fail(&mut self, error: Error) {
        self.state.batch = Pending::default();
        self.state.failed.get_or_insert(error);
    }

    fn take(&mut self, page: MappedPage, permit: OwnedSemaphorePermit) {
        let batch = &self.state.batch;
        let other = batch.stream != page.stream || batch.observed_at != page.observed_at;
        // what comes back after it was gone stays
        let after_gone = !batch.gone.is_empty() && !page.records.is_empty();
        if batch.since.is_some() && (other || after_gone) {
            // a row says when it was read: pages of different times are committed apart
            self.commit_pending();
        }
        for bad in &page.quarantined {
            self.set_aside(&page.stream, bad);
        }
        let batch = &mut self.state.batch;
        batch.quarantined.extend(page.quarantined);
        batch.accounts.extend(page.account);
        batch.stream = page.stream;
        batch.observed_at = page.observed_at;
        batch.lines += page.lines;
        batch.records.extend(page.records);
        batch.cursor = page.cursor.or(batch.cursor.take());
        batch.gone.extend(page.gone);
        batch.fraction = page.fraction.or(batch.fraction);
        batch.permits.push(permit);
        batch.since.get_or_insert_with(Instant::now);
        let held: usize = batch.permits.iter().map(OwnedSemaphorePermit::num_permits).sum();
        // half of the budget at most, so that the other half can be read meanwhile
        if batch.records.len() >= BATCH_RECORDS || held >= 4 << 10 {
            self.commit_pending();
        }
    }

    fn set_aside(&mut self, stream: &str, bad: &Quarantined) {
        self.state.kept.quarantined += 1;
        if self.state.report.quarantine.len() < LISTED {
            tracing::warn!(
                connection = %self.connection, stream, path = bad.path, reason = bad.reason,
                raw_ref = bad.raw_ref, "a record was set aside"
            );
            self.state.report.quarantine.push(QuarantinedRecord::of(stream, bad));
        }
    }

    fn commit_pending(&mut self) {
        let batch = std::mem::take(&mut self.state.batch);
        if batch.since.is_none() || self.state.failed.is_some() {
            return;
        }
        let (stream, lines, fraction) = (batch.stream.clone(), batch.lines, batch.fraction);
        if let Err(error) = self.commit(batch) {
            self.fail(error);
            return;
        }
        self.state.kept.records += lines;
        self.observer.event(&Event::Kept { stream: &stream, records: lines, fraction });
    }

    fn commit(&mut self, pending: Pending) -> Result<(), Error> {
        let turn = Arc::clone(&self.turn);
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let read = self.keep_account(&pending)?;
        let batch = Batch {
            connection: self.connection.clone(),
            source: self.source.clone(),
            stream: pending.stream,
            observed_at: pending.observed_at,
            records: pending.records,
            cursor: pending.cursor,
            aside: Aside { read, quarantined: pending.quarantined, ..Aside::default() },
        };
        let gone = pending.gone;
        let mut wrote = Vec::new();
        match self.warehouse.commit_with(&batch, &gone, &mut |table, id| wrote.push((table, id.to_owned()))) {
            Ok(report) => {
                self.count(&report);
                if !wrote.is_empty() {
                    self.observer.event(&Event::Wrote { stream: &batch.stream, records: &wrote });
                }
            }
            Err(error) if is_about_a_record(&error) => self.commit_apart(batch, &gone, &pending.accounts)?,
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Puts the account of what is about to be committed into the raw archive, and gives its name. One whose commit
    /// never comes is named by nothing.
    fn keep_account(&self, pending: &Pending) -> Result<Option<String>, Error> {
        if pending.accounts.is_empty() {
            return Ok(None);
        }
        let read = Read {
            number: self.warehouse.next_read(&self.connection)?,
            stream: pending.stream.clone(),
            source: self.source.clone(),
            observed_at: pending.observed_at,
            cursor: pending.cursor.clone(),
            pages: pending.accounts.clone(),
        };
        Ok(Some(self.archive.put_read(&self.connection, &read)?.name))
    }

    /// Commits what can be committed of a batch that was refused for one of its records: halves of halves, until the
    /// record stands alone. The cursor comes last, with what was set aside and what is gone, so that a kill in between
    /// loses nothing.
    fn commit_apart(&mut self, mut batch: Batch, gone: &[Gone], accounts: &[ReadPage]) -> Result<(), Error> {
        let cursor = batch.cursor.take();
        let mut aside = std::mem::take(&mut batch.aside);
        let mut parts = vec![std::mem::take(&mut batch.records)];
        while let Some(mut part) = parts.pop() {
            let try_this = Batch { records: std::mem::take(&mut part), ..batch.clone() };
            match self.warehouse.commit(&try_this) {
                Ok(report) => self.count(&report),
                Err(error) if is_about_a_record(&error) => {
                    let mut first = try_this.records;
                    if first.len() > 1 {
                        let second = first.split_off(first.len() / 2);
                        // the first half is taken next: the order of versions stays
                        parts.extend([second, first]);
                    } else if let Some((record, raw_ref)) = first.pop() {
                        let bad = self.unkept(&record, raw_ref, &error, &batch, accounts);
                        self.set_aside(&batch.stream, &bad);
                        aside.quarantined.push(bad);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        let last = Batch { cursor, aside, ..batch };
        let report = self.warehouse.commit_with(&last, gone, &mut |_, _| {})?;
        self.count(&report);
        Ok(())
    }

    /// How a record is set aside that was mapped but cannot be kept.
    fn unkept(
        &self,
        record: &Record,
        raw_ref: String,
        error: &netgain_warehouse::Error,
        batch: &Batch,
        accounts: &[ReadPage],
    ) -> Quarantined {
        let segment = raw_ref.split('#').next();
        let account = accounts.iter().find(|account| account.segment.as_deref() == segment);
        Quarantined {
            record_id: Some(record.root.source_id.clone()),
            raw_ref,
            path: "$".to_owned(),
            reason: error.to_string(),
            rules: self.rules.get(&batch.stream).cloned().unwrap_or_default(),
            context: account.map(|account| account.context.clone()).unwrap_or_default(),
            observed_at: batch.observed_at,
        }
    }

    fn count(&mut self, report: &CommitReport) {
        let rows = report.rows_by_table.values().sum::<u64>();
        netgain_observe::committed(&self.source, rows, 0);
        let kept = &mut self.state.kept;
        kept.rows += rows;
        kept.new += report.roots_new;
        kept.changed += report.roots_changed;
        kept.unchanged += report.unchanged;
        kept.stale += report.stale;
        kept.mended += report.mended;
        kept.unit_costs_without_currency += report.unit_costs_without_currency;
        self.state.unprofited |= !report.rows_by_table.is_empty() || report.deleted > 0;
    }

    fn update_profit(&mut self) -> Result<(), Error> {
        let began = Instant::now();
        let turn = Arc::clone(&self.turn);
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        let observer = Arc::clone(&self.observer);
        let report = crate::update_profit(&self.warehouse, &self.settings, &mut |orders| {
            observer.event(&Event::Profit { orders });
        })?;
        self.state.unprofited = false;
        self.state.report.orders_computed += report.orders;
        self.state.report.orders_uncomputed = first(report.uncomputed);
        // it grows with what is stored: a load spends no more than a ninth of its time on it
        self.state.pause = (self.state.pause * 2).min(PROFIT_EVERY);
        self.state.next_profit = Instant::now() + self.state.pause.max(began.elapsed() * 8);
        Ok(())
    }
}

/// What the committer waited for.
enum Waited {
    For(Item),
    /// Nothing came for so long that what is there is committed.
    Long,
}

fn first(mut orders: Vec<UncomputedOrder>) -> Vec<UncomputedOrder> {
    orders.truncate(1_000);
    orders
}

/// Whether leaving one record out would let the others in.
pub(crate) fn is_about_a_record(error: &netgain_warehouse::Error) -> bool {
    use netgain_warehouse::Error::{Duplicate, Owner, Precision, Row};
    matches!(error, Row { .. } | Owner { .. } | Duplicate { .. } | Precision { .. })
}

#[cfg(test)]
mod tests;

//! The completeness check: our counts and sums against the provider's own, stream by stream and day by day, and the
//! reading again of just what differs.

mod days;
mod keys;
mod spans;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use netgain_connector::{Account, BoxError, Engine, Page, Sink};
use netgain_domain::{ConnectionId, Decimal, Table, WorkspaceId};
use netgain_manifest::{Cursor, Manifest, Measure, Stream, Totals};
use netgain_mapping::Mapper;
use netgain_warehouse::{Check, CheckState, Counted};
use serde::Serialize;

use crate::job::{self, KeeperSink, SyncJob};
use crate::keeper::Keeper;
use crate::{Error, Observer, Runner, StartError};

/// How often days are read again before a difference is left as it is.
const TRIES: u32 = 3;

/// What a check of one connection found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReconcileReport {
    /// The streams, in the manifest's order.
    pub streams: Vec<StreamCheck>,
}

impl ReconcileReport {
    /// Differences that are left.
    pub fn left(&self) -> impl Iterator<Item = (&StreamCheck, &Difference)> {
        self.streams
            .iter()
            .flat_map(|stream| stream.differences.iter().map(move |one| (stream, one)))
            .filter(|(_, one)| one.state == CheckState::Differs)
    }
}

/// What a check of one stream found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StreamCheck {
    /// The stream.
    pub stream: String,
    /// `ok`, `healed`, `differs` or `not_checkable`.
    pub state: CheckState,
    /// Lines of the ledger that were written.
    pub checks: u64,
    /// How many records we hold of what was counted; none where sums were compared.
    pub ours: Option<u64>,
    /// How many the provider has.
    pub theirs: Option<u64>,
    /// Why nothing could be checked.
    pub note: Option<String>,
    /// What differed, whether it was healed or not.
    pub differences: Vec<Difference>,
}

/// A day, or a span of days, on which the two sides differed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// First day; none for all there is.
    pub day: Option<String>,
    /// Last day.
    pub until_day: Option<String>,
    /// `count`, or the column whose sum it is.
    pub measure: String,
    /// What we hold now.
    pub ours: String,
    /// What the provider says.
    pub theirs: String,
    /// `healed` or `differs`.
    pub state: CheckState,
    /// More about it.
    pub note: Option<String>,
}

/// One stream under check.
struct Checker<'a> {
    job: &'a SyncJob,
    engine: &'a Engine,
    keeper: &'a Keeper,
    sink: &'a KeeperSink<'a>,
    mapper: &'a Arc<Mapper>,
    stream: &'a Stream,
    table: Table,
    accounts: &'a [Account],
    /// Until when the stream was read.
    read_until: Timestamp,
    /// Where it stands.
    position: String,
    heal: bool,
    /// Whether another stream fills the same table.
    shared: bool,
}

impl Checker<'_> {
    fn counted(&self) -> Counted<'_> {
        Counted {
            connection: &self.job.connection.id,
            stream: self.shared.then_some(self.stream.name.as_str()),
            table: self.table,
        }
    }

    /// A line of the ledger that says why there is nothing to compare with.
    fn not_checkable(&self, why: &str) -> Check {
        not_checkable(&self.stream.name, why)
    }

    /// How many records of the stream are set aside, in words; none where there are none.
    fn set_aside(&self) -> Result<Option<String>, Error> {
        let rows = self.job.warehouse.quarantine(Some(&self.job.connection.id))?;
        let count = rows.iter().filter(|row| row.stream == self.stream.name).count();
        Ok((count > 0)
            .then(|| format!("{count} records of the stream are set aside: see `netgain quarantine`")))
    }

    async fn check(&self, totals: &Totals) -> Result<Vec<Check>, Error> {
        match totals {
            Totals::Window { .. } => spans::check(self, totals).await,
            Totals::Day { .. } => days::check(self, totals).await,
            Totals::Keys { .. } => keys::check(self, totals).await,
            Totals::All { request, path, exact, measure } => {
                let ask = netgain_connector::Ask { request, path, exact: exact.as_ref() };
                let theirs = self.engine.total(self.stream, ask, self.accounts, None, self.sink).await?;
                if !theirs.exact {
                    return Ok(vec![self.not_checkable("the provider's number is a lower bound")]);
                }
                let ours = || self.job.warehouse.measured(self.counted(), column_of(measure), None);
                let mut held = ours()?;
                let mut state = if held == theirs.value { CheckState::Ok } else { CheckState::Differs };
                // a stream that is read whole each time is simply read once more
                if self.heal && state == CheckState::Differs && matches!(self.stream.cursor, Cursor::Full {})
                {
                    self.engine.run(self.stream, self.accounts, Some(&self.position), self.sink).await?;
                    self.keeper.flush().await?;
                    held = ours()?;
                    state = if held == theirs.value { CheckState::Healed } else { CheckState::Differs };
                }
                let differs = state == CheckState::Differs;
                let hint = "read all of it again with `netgain sync --full`".to_owned();
                let check = measured(&self.stream.name, measure, (held, theirs.value), theirs.at, state);
                Ok(vec![Check { note: differs.then_some(hint), ..check }])
            }
            Totals::Nothing { reason } => Ok(vec![self.not_checkable(reason)]),
        }
    }
}

fn not_checkable(stream: &str, why: &str) -> Check {
    Check {
        stream: stream.to_owned(),
        measure: "count".to_owned(),
        day: None,
        until_day: None,
        ours_count: None,
        theirs_count: None,
        ours_sum: None,
        theirs_sum: None,
        currency: None,
        checked_at: Timestamp::now(),
        state: CheckState::NotCheckable,
        note: Some(why.to_owned()),
    }
}

fn column_of(measure: &Measure) -> Option<&str> {
    match measure {
        Measure::Count => None,
        Measure::Sum { column } => Some(column),
    }
}

/// A line of the ledger about all there is; the caller adds the days.
fn measured(
    stream: &str,
    measure: &Measure,
    (ours, theirs): (Decimal, Decimal),
    at: Timestamp,
    state: CheckState,
) -> Check {
    let count = |value: Decimal| u64::try_from(value).ok();
    let counts = matches!(measure, Measure::Count);
    Check {
        stream: stream.to_owned(),
        measure: column_of(measure).unwrap_or("count").to_owned(),
        day: None,
        until_day: None,
        ours_count: counts.then(|| count(ours)).flatten(),
        theirs_count: counts.then(|| count(theirs)).flatten(),
        ours_sum: (!counts).then_some(ours),
        theirs_sum: (!counts).then_some(theirs),
        currency: None,
        checked_at: at,
        state,
        note: None,
    }
}

/// Checks every stream of a connection and writes the ledger; with `heal`, what differs is read again.
async fn reconcile(job: SyncJob, heal: bool, observer: Arc<dyn Observer>) -> Result<ReconcileReport, Error> {
    let mappers = job::mappers(&job.manifest)?;
    let secrets = Arc::clone(&job.secrets);
    let engine = job::engine(&job.manifest, &job.connection, secrets, job.spool.clone()).await?;
    let keeper = job::start_keeper(&job, &observer)?;
    let sink = KeeperSink { keeper: &keeper, mappers: &mappers, observer: &*observer };
    let manifest = Arc::clone(&job.manifest);
    let accounts = match &manifest.accounts {
        Some(_) => engine.accounts(&sink).await?,
        None => Vec::new(),
    };
    let mut report = ReconcileReport::default();
    for stream in &manifest.streams {
        let checks = of_stream(&job, (&engine, &keeper, &sink, &mappers), stream, &accounts, heal).await?;
        job.warehouse.keep_checks(&job.connection.id, &stream.name, &checks)?;
        report.streams.push(summary(&stream.name, &checks));
    }
    keeper.flush().await?;
    if heal {
        keeper.profit().await?;
    }
    drop(keeper.finish());
    Ok(report)
}

type Tools<'a> = (&'a Engine, &'a Keeper, &'a KeeperSink<'a>, &'a HashMap<String, Arc<Mapper>>);

async fn of_stream(
    job: &SyncJob,
    (engine, keeper, sink, mappers): Tools<'_>,
    stream: &Stream,
    accounts: &[Account],
    heal: bool,
) -> Result<Vec<Check>, Error> {
    let nothing = |why: &str| Ok(vec![not_checkable(&stream.name, why)]);
    let Some(totals) = &stream.totals else {
        return nothing("the manifest names no count or sum of the provider for this stream");
    };
    let Some(cursor) = job.warehouse.cursor(&job.connection.id, &stream.name)? else {
        return nothing("it has not been read yet: sync it first");
    };
    let (Some(table), Some(mapper)) = (Table::from_name(&stream.entity), mappers.get(&stream.name)) else {
        return nothing("its table is not known");
    };
    let checker = Checker {
        job,
        engine,
        keeper,
        sink,
        mapper,
        stream,
        table,
        accounts,
        read_until: cursor.updated_at,
        position: cursor.state,
        heal,
        shared: is_shared(&job.manifest, stream),
    };
    checker.check(totals).await
}

fn is_shared(manifest: &Manifest, stream: &Stream) -> bool {
    manifest.streams.iter().filter(|other| other.entity == stream.entity).count() > 1
}

fn summary(stream: &str, checks: &[Check]) -> StreamCheck {
    let any = |state: CheckState| checks.iter().any(|check| check.state == state);
    let state = if any(CheckState::Differs) {
        CheckState::Differs
    } else if any(CheckState::Healed) {
        CheckState::Healed
    } else if checks.iter().all(|check| check.state == CheckState::NotCheckable) {
        CheckState::NotCheckable
    } else {
        CheckState::Ok
    };
    let sum = |of: fn(&Check) -> Option<u64>| {
        checks.iter().filter_map(of).fold(None, |sum: Option<u64>, one| Some(sum.unwrap_or(0) + one))
    };
    let differed =
        checks.iter().filter(|check| matches!(check.state, CheckState::Differs | CheckState::Healed));
    StreamCheck {
        stream: stream.to_owned(),
        state,
        checks: checks.len() as u64,
        ours: sum(|check| check.ours_count),
        theirs: sum(|check| check.theirs_count),
        note: checks
            .iter()
            .find(|check| check.state == CheckState::NotCheckable)
            .and_then(|check| check.note.clone()),
        differences: differed.map(difference).collect(),
    }
}

fn difference(check: &Check) -> Difference {
    let said = |count: Option<u64>, sum: Option<Decimal>| {
        let number = count.map(|count| count.to_string()).or(sum.map(|sum| sum.to_string()));
        number.unwrap_or_else(|| "0".to_owned())
    };
    Difference {
        day: check.day.map(|day| day.to_string()),
        until_day: check.until_day.or(check.day).map(|day| day.to_string()),
        measure: check.measure.clone(),
        ours: said(check.ours_count, check.ours_sum),
        theirs: said(check.theirs_count, check.theirs_sum),
        state: check.state,
        note: check.note.clone(),
    }
}

/// Collects the ids of records and keeps nothing.
struct Ids<'a> {
    mapper: &'a Mapper,
    found: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl Sink for Ids<'_> {
    async fn page(&self, page: Page) -> Result<(), BoxError> {
        let mut found = crate::runner::locked(&self.found);
        for line in &page.lines {
            let value = netgain_mapping::parse(std::str::from_utf8(line)?)?;
            found.extend(self.mapper.id(&value, &page.context));
        }
        Ok(())
    }
}

impl Runner {
    /// Holds what is stored of a connection against the provider's own counts and sums, and writes the completeness
    /// ledger. With `heal`, days that differ are read again, and those only.
    ///
    /// # Errors
    /// [`StartError`] when the connection cannot be read, is being synced, or the check fails on the way.
    pub fn reconcile(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        heal: bool,
        observer: Arc<dyn Observer>,
    ) -> Result<ReconcileReport, StartError> {
        let job = self.open(workspace, connection)?;
        // no sync may move the stream's position meanwhile
        let run = self.control.start_run(workspace, connection)?;
        let done = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(reconcile(job, heal, observer)),
            Err(error) => Err(Error::Thread(error)),
        };
        let error = done.as_ref().err().map(ToString::to_string);
        self.control.finish_run(workspace, &run, 0, error.as_deref())?;
        Ok(done?)
    }
}

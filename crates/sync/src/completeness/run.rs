//! Running the check of a connection: here or in the background, of everything or of the last days.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use netgain_connector::{Account, Engine};
use netgain_control::RunId;
use netgain_domain::{ConnectionId, Table, WorkspaceId};
use netgain_manifest::{Manifest, Stream, Totals};
use netgain_mapping::Mapper;
use netgain_warehouse::{Check, CheckState};
use tokio::sync::watch;

use super::report::{ReconcileReport, summary};
use super::{Checker, keys, not_checkable};
use crate::job::{self, KeeperSink, SyncJob};
use crate::keeper::Keeper;
use crate::runner::{Key, Unwatched, locked};
use crate::{Error, Observer, Runner, StartError, SyncReport};

/// What a check looks at, and what it does about a difference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReconcileOptions {
    /// Days that differ are read again, and those only.
    pub heal: bool,
    /// Only the last so many days (UTC); all without it.
    pub recent_days: Option<u32>,
    /// Where the provider counts nothing and records have to be listed again: only so many days back.
    pub relisted_days: Option<u32>,
    /// Only these streams; all without it.
    pub streams: Option<BTreeSet<String>>,
}

/// Days that are checked behind a sync.
const RECENT_DAYS: u32 = 3;
/// Days that are listed again behind a sync where the provider counts nothing.
const RELISTED_DAYS: u32 = 31;
/// How often everything is checked by itself, at most.
const WHOLE_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// How long a sync waits for a check that gives way to it.
const GIVES_WAY_S: u64 = 10;

/// A check in the background: one that is under way, or how the last one ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checking {
    /// Whether it is under way.
    pub running: bool,
    /// Whether it heals.
    pub heal: bool,
    /// Whether it began by itself behind a sync: then it gives way to the next one.
    pub by_itself: bool,
    /// The stream that it is at.
    pub stream: Option<String>,
    /// When it began (UTC).
    pub started_at: Timestamp,
    /// Why it failed; never holds a secret.
    pub error: Option<String>,
}

/// Checks the streams of a connection and writes the ledger.
async fn reconcile(
    job: SyncJob,
    options: &ReconcileOptions,
    observer: Arc<dyn Observer>,
    at_stream: &(dyn Fn(&str) + Sync),
    mut gives_way: watch::Receiver<bool>,
) -> Result<ReconcileReport, Error> {
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
    let mut stop = job.stop.clone();
    for stream in &manifest.streams {
        if options.streams.as_ref().is_some_and(|only| !only.contains(&stream.name)) {
            continue;
        }
        at_stream(&stream.name);
        let tools = (&engine, &keeper, &sink, &mappers);
        let checking = of_stream(&job, tools, stream, &accounts, options);
        let (checks, from) = tokio::select! {
            checked = checking => checked?,
            // the streams that were checked are in the ledger
            _ = stop.wait_for(|stop| *stop) => return Err(Error::Stopped),
            Ok(_) = gives_way.wait_for(|stop| *stop) => return Err(Error::Stopped),
        };
        job.warehouse.keep_checks(&job.connection.id, &stream.name, &checks, from)?;
        report.streams.push(summary(&stream.name, &checks));
    }
    keeper.flush().await?;
    if options.heal {
        keeper.profit().await?;
    }
    drop(keeper.finish());
    Ok(report)
}

type Tools<'a> = (&'a Engine, &'a Keeper, &'a KeeperSink<'a>, &'a HashMap<String, Arc<Mapper>>);

/// The lines of one stream, and the day from which on they take the place of others.
async fn of_stream(
    job: &SyncJob,
    (engine, keeper, sink, mappers): Tools<'_>,
    stream: &Stream,
    accounts: &[Account],
    options: &ReconcileOptions,
) -> Result<(Vec<Check>, Option<Date>), Error> {
    let nothing = |why: &str| Ok((vec![not_checkable(&stream.name, why)], None));
    let Some(totals) = &stream.totals else {
        return nothing("the manifest names no count or sum of the provider for this stream");
    };
    if let Totals::Nothing { reason } = totals {
        return nothing(reason);
    }
    let Some(cursor) = job.warehouse.cursor(&job.connection.id, &stream.name)? else {
        return nothing("it has not been read yet: sync it first");
    };
    let (Some(table), Some(mapper)) = (Table::from_name(&stream.entity), mappers.get(&stream.name)) else {
        return nothing("its table is not known");
    };
    let relisted = options.relisted_days.filter(|_| matches!(totals, Totals::Keys { .. }));
    let days = options.recent_days.or(relisted);
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
        heal: options.heal,
        shared: is_shared(&job.manifest, stream),
        from: days.map(|days| first_of(days, cursor.updated_at, totals)),
    };
    let mut checks = checker.check(totals).await?;
    let through = checker.settled();
    for check in checks.iter_mut().filter(|check| check.state != CheckState::NotCheckable) {
        check.through = Some(through);
    }
    Ok((checks, checker.from))
}

/// The first of the last so many days, or the first day of the span that it lies in.
fn first_of(days: u32, until: Timestamp, totals: &Totals) -> Date {
    let last = until.to_zoned(TimeZone::UTC).date();
    let first = last.saturating_sub(i64::from(days.max(1) - 1).days());
    match totals {
        Totals::Keys { step_days, .. } => keys::span_begin(first, *step_days),
        _ => first,
    }
}

fn is_shared(manifest: &Manifest, stream: &Stream) -> bool {
    manifest.streams.iter().filter(|other| other.entity == stream.entity).count() > 1
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
        options: &ReconcileOptions,
        observer: Arc<dyn Observer>,
    ) -> Result<ReconcileReport, StartError> {
        let job = self.open(workspace, connection)?;
        // no sync may move the stream's position meanwhile
        let run = self.control.start_run(workspace, connection)?;
        self.check(job, &run, (options, false), observer)
    }

    /// Begins a check in the background; [`Runner::checking`] tells how far it is.
    ///
    /// # Errors
    /// [`StartError`] when it cannot begin.
    pub fn start_reconcile(
        self: &Arc<Self>,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        options: ReconcileOptions,
    ) -> Result<RunId, StartError> {
        let job = self.open(workspace, connection)?;
        self.end_check(&(workspace.clone(), connection.clone()));
        let run = self.control.start_run(workspace, connection)?;
        let (this, noted) = (Arc::clone(self), run.clone());
        let begun = Checking::begun(&options, false);
        locked(&self.checks).insert((workspace.clone(), connection.clone()), KnownCheck::of(begun));
        let spawned = self.in_background("check", move || {
            let key = (job.connection.workspace_id.clone(), job.connection.id.clone());
            if let Err(error) = this.check(job, &run, (&options, false), Arc::new(Unwatched)) {
                tracing::warn!(workspace = %key.0, connection = %key.1, %error, "a check failed");
            }
        });
        if let Err(error) = spawned {
            locked(&self.checks).remove(&(workspace.clone(), connection.clone()));
            self.control.finish_run(workspace, &noted, 0, Some(&error.to_string()))?;
            return Err(error.into());
        }
        Ok(noted)
    }

    /// The check of a connection that is under way in this process, or how the last one ended; none where none ran.
    #[must_use]
    pub fn checking(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Option<Checking> {
        locked(&self.checks).get(&(workspace.clone(), connection.clone())).map(|check| check.told.clone())
    }

    /// Checks under a run that is noted already, and notes its end.
    pub(crate) fn check(
        &self,
        job: SyncJob,
        run: &RunId,
        (options, by_itself): (&ReconcileOptions, bool),
        observer: Arc<dyn Observer>,
    ) -> Result<ReconcileReport, StartError> {
        let key = (job.connection.workspace_id.clone(), job.connection.id.clone());
        let begun = KnownCheck::of(Checking::begun(options, by_itself));
        let gives_way = begun.give_way.subscribe();
        locked(&self.checks).insert(key.clone(), begun);
        let at_stream = |stream: &str| {
            if let Some(check) = locked(&self.checks).get_mut(&key) {
                check.told.stream = Some(stream.to_owned());
            }
        };
        let done = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => self
                .fenced(job, run)
                .and_then(|job| runtime.block_on(reconcile(job, options, observer, &at_stream, gives_way))),
            Err(error) => Err(Error::Thread(error)),
        };
        let error = done.as_ref().err().map(ToString::to_string);
        let gave_way = by_itself && matches!(done, Err(Error::Stopped));
        self.control.finish_run(&key.0, run, 0, error.as_deref().filter(|_| !gave_way))?;
        if let Some(check) = locked(&self.checks).get_mut(&key) {
            check.told.error = error.filter(|_| !gave_way);
            (check.told.running, check.told.stream) = (false, None);
        }
        Ok(done?)
    }

    /// Checks what a sync has just moved, the last days only; everything where that was not done for a day. Differences
    /// are written down, not healed.
    pub(crate) fn check_behind(&self, key: &Key, report: &SyncReport) {
        let moved = report.streams.iter().filter(|stream| stream.new + stream.changed > 0);
        let moved: BTreeSet<String> = moved.map(|stream| stream.stream.clone()).collect();
        if let Err(error) = self.check_moved(key, moved) {
            tracing::warn!(workspace = %key.0, connection = %key.1, %error, "the check behind a sync failed");
        }
    }

    fn check_moved(&self, key: &Key, moved: BTreeSet<String>) -> Result<(), StartError> {
        let job = self.open(&key.0, &key.1)?;
        let ledger = job.warehouse.checks(Some(&key.1), None, None).map_err(Error::from)?;
        // a check of everything writes every line anew, one of the last days leaves the older ones
        let oldest = ledger.iter().map(|(_, check)| check.checked_at).min();
        let whole = oldest.is_none_or(|at| Timestamp::now().duration_since(at) >= WHOLE_EVERY);
        let options = if whole {
            ReconcileOptions { relisted_days: Some(RELISTED_DAYS), ..ReconcileOptions::default() }
        } else if moved.is_empty() {
            return Ok(());
        } else {
            let (recent_days, streams) = (Some(RECENT_DAYS), Some(moved));
            ReconcileOptions { recent_days, streams, ..ReconcileOptions::default() }
        };
        let run = match self.control.start_run(&key.0, &key.1) {
            // the next sync has begun already
            Err(netgain_control::Error::AlreadyRunning { .. }) => return Ok(()),
            run => run?,
        };
        match self.check(job, &run, (&options, true), Arc::new(Unwatched)) {
            Ok(_) | Err(StartError::Failed(Error::Stopped)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Ends a check that began by itself, so that a sync can begin.
    pub(crate) fn end_check(&self, key: &Key) {
        let give_way = locked(&self.checks)
            .get(key)
            .filter(|check| check.told.running && check.told.by_itself)
            .map(|check| check.give_way.clone());
        let Some(give_way) = give_way else { return };
        give_way.send_replace(true);
        let patience = Instant::now() + Duration::from_secs(GIVES_WAY_S);
        let runs = || locked(&self.checks).get(key).is_some_and(|check| check.told.running);
        while runs() && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A check that this process knows of.
pub(crate) struct KnownCheck {
    told: Checking,
    give_way: watch::Sender<bool>,
}

impl KnownCheck {
    fn of(told: Checking) -> Self {
        Self { told, give_way: watch::Sender::new(false) }
    }
}

impl Checking {
    fn begun(options: &ReconcileOptions, by_itself: bool) -> Self {
        Self {
            running: true,
            heal: options.heal,
            by_itself,
            stream: None,
            started_at: Timestamp::now(),
            error: None,
        }
    }
}

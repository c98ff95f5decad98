//! Reads connections by themselves: looks at the timetable every few seconds and begins what is due.
//!
//! Nothing about the next reading is stored: it follows from the schedule and the last sync alone, so that nothing can
//! get out of step. Which of several processes begins a sync is decided by the control store, which lets one run of a
//! connection begin at a time.

mod plan;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use netgain_control::{ConnectionState, Slot};
use netgain_domain::Cadence;
use tokio::sync::watch;

use crate::runner::Key;
use crate::{Error, ReconcileOptions, Runner, StartError, SyncOptions};
use plan::{Last, Question, next_check, next_run, seed};

/// How often it is looked for syncs that another program asks for.
const ASKED: Duration = Duration::from_secs(1);
/// How often the timetable is looked at; a sync whose process was killed is gone on with by another one after this.
const TICK: Duration = Duration::from_secs(5);
/// Syncs that run at once in one process.
const TOGETHER: usize = 4;
/// Syncs of one platform that run at once in one process.
const TOGETHER_OF_ONE: usize = 2;
/// Days that a nightly check looks at; all of them are checked behind a sync once a day.
const NIGHTLY_DAYS: u32 = 31;

/// When a connection is read by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// What the platform's manifest says where nobody says otherwise.
    pub default: Cadence,
    /// When the next sync is due (UTC); in the past when it is overdue. None where only a person begins one.
    pub next_sync_at: Option<Timestamp>,
    /// When the next nightly check is due (UTC); none where there is none.
    pub next_check_at: Option<Timestamp>,
}

/// When a connection is read by itself, as things stand.
#[must_use]
pub fn timing(slot: &Slot, now: Timestamp) -> Timing {
    // a platform that this program does not read, such as a file, is read by hand
    let (default, counted) = usual(&slot.provider).cloned().unwrap_or((Cadence::ByHand, false));
    let cadence = slot.schedule.cadence.as_ref().unwrap_or(&default);
    let zone = TimeZone::get(&slot.time_zone).unwrap_or(TimeZone::UTC);
    let seed = seed(slot.workspace.as_str(), slot.connection.as_str());
    // what waits for a person is not tried again before that
    if slot.schedule.paused || slot.state == ConnectionState::Paused {
        return Timing { default, next_sync_at: None, next_check_at: None };
    }
    let question = Question { cadence, quiet: slot.schedule.quiet, zone: &zone, last: last(slot), seed };
    let next_sync_at = next_run(&question, now);
    let checked = slot.last.checked_at.unwrap_or(slot.created_at);
    let checks = counted && slot.last.began_at.is_some() && *cadence != Cadence::ByHand;
    let next_check_at = next_check(checked, &zone, seed).filter(|_| checks);
    Timing { default, next_sync_at, next_check_at }
}

/// What a platform's manifest says: how often it is read, and whether there is anything to check it by.
fn usual(provider: &str) -> Option<&'static (Cadence, bool)> {
    // the timetable is looked at every few seconds, and manifests are long
    static USUAL: OnceLock<BTreeMap<&'static str, (Cadence, bool)>> = OnceLock::new();
    let all = USUAL.get_or_init(|| {
        let known =
            netgain_providers::ids().filter_map(|id| Some((id, netgain_providers::manifest(id).ok()??)));
        let counted = |one: &netgain_manifest::Manifest| one.streams.iter().any(|one| one.totals.is_some());
        known.map(|(id, manifest)| (id, (manifest.schedule.clone(), counted(&manifest)))).collect()
    });
    all.get(provider)
}

fn last(slot: &Slot) -> Last {
    let last = &slot.last;
    match last.began_at {
        None => Last::Never(slot.created_at),
        Some(began) if !last.ended && !slot.running => Last::Cut(began, last.failures),
        Some(began) if last.failures > 0 => Last::Failed(began, last.failures),
        Some(began) => Last::Done(began),
    }
}

/// Begins syncs and nightly checks by itself until it is stopped.
pub struct Scheduler {
    stop: watch::Sender<bool>,
    thread: JoinHandle<()>,
}

impl Scheduler {
    /// Begins. Without `by_itself` only syncs that another program asks for are begun.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(runner: &Arc<Runner>, by_itself: bool) -> Result<Self, Error> {
        let stop = watch::Sender::new(false);
        let mut stopped = stop.subscribe();
        let runner = Arc::clone(runner);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.map_err(Error::Thread)?;
        let work = move || {
            runtime.block_on(async {
                // facts of a shared store are open to all: nobody has to ask
                let asked = !runner.control().is_shared();
                let pause = if asked { ASKED } else { TICK };
                let mut looked = None;
                while !*stopped.borrow() {
                    // the store's calls block, and this thread has nothing else to do
                    let now = Timestamp::now();
                    if asked && let Err(error) = begin_asked(&runner) {
                        tracing::error!(%error, "syncs that were asked for cannot be begun; it is tried again");
                    }
                    let due = looked.is_none_or(|at| now.duration_since(at).unsigned_abs() >= TICK);
                    if by_itself && due {
                        looked = Some(now);
                        if let Err(error) = begin_due(&runner, now) {
                            tracing::error!(%error, "the timetable cannot be read; it is tried again");
                        }
                        if let Err(error) = runner.begin_daily_check(now) {
                            tracing::error!(%error, "daily checks cannot begin; it is tried again");
                        }
                    }
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        _ = stopped.changed() => {}
                    }
                }
            });
        };
        let thread =
            std::thread::Builder::new().name("schedule".to_owned()).spawn(work).map_err(Error::Thread)?;
        Ok(Self { stop, thread })
    }

    /// Begins nothing more, and waits until nothing is being begun. What runs goes on: see [`Runner::stop`].
    pub fn stop(self) {
        self.stop.send_replace(true);
        if self.thread.join().is_err() {
            tracing::error!("the schedule ended by a panic");
        }
    }
}

/// Begins the syncs that another program asks for because this one has their workspaces open.
fn begin_asked(runner: &Arc<Runner>) -> Result<(), Error> {
    for request in runner.control().take_sync_requests()? {
        let options = SyncOptions { full: request.full, paged: request.paged };
        let begun = runner.start(&request.workspace, &request.connection, options);
        let told = begun.map_err(|error| error.to_string());
        runner.control().answer_sync_request(&request, told.as_ref().map_err(String::as_str))?;
    }
    Ok(())
}

/// Begins what is due, the longest overdue first, as far as there is room.
fn begin_due(runner: &Arc<Runner>, now: Timestamp) -> Result<(), Error> {
    let slots = runner.control().timetable()?;
    let mut room = Room::new(runner, &slots);
    let timings = slots.iter().filter(|slot| !slot.running).map(|slot| (slot, timing(slot, now)));
    let (mut due, mut checks) = (Vec::new(), Vec::new());
    for (slot, timing) in timings {
        match (timing.next_sync_at, timing.next_check_at) {
            (Some(at), _) if at <= now => due.push((at, slot)),
            (_, Some(at)) if at <= now => checks.push((at, slot)),
            _ => {}
        }
    }
    due.sort_by_key(|(at, _)| *at);
    let lag = due.first().map(|(at, _)| now.duration_since(*at).unsigned_abs());
    netgain_observe::set_schedule_lag(lag.unwrap_or_default());
    for (_, slot) in due {
        if room.take(&slot.provider) {
            begin(runner, slot, now)?;
        }
    }
    checks.sort_by_key(|(at, _)| *at);
    for (_, slot) in checks {
        if room.take(&slot.provider) {
            check(runner, slot, now)?;
        }
    }
    Ok(())
}

fn begin(runner: &Arc<Runner>, slot: &Slot, now: Timestamp) -> Result<(), Error> {
    let (workspace, connection) = (&slot.workspace, &slot.connection);
    match runner.start(workspace, connection, SyncOptions::default()) {
        // somebody was faster
        Ok(_) | Err(StartError::AlreadyRunning(_)) => Ok(()),
        Err(error) => {
            tracing::warn!(workspace.id = %workspace, %connection, %error, "a sync that is due cannot begin");
            // counts as one that failed, so that it is tried ever more rarely
            runner.control().sync_began(workspace, connection, now)?;
            Ok(runner.control().sync_ended(workspace, connection, false)?)
        }
    }
}

fn check(runner: &Arc<Runner>, slot: &Slot, now: Timestamp) -> Result<(), Error> {
    let (workspace, connection) = (&slot.workspace, &slot.connection);
    let options = ReconcileOptions {
        heal: true,
        recent_days: Some(NIGHTLY_DAYS),
        relisted_days: Some(NIGHTLY_DAYS),
        ..ReconcileOptions::default()
    };
    match runner.start_reconcile(workspace, connection, options) {
        // it is tried again at the next look
        Err(StartError::AlreadyRunning(_)) => return Ok(()),
        Err(error) => {
            tracing::warn!(workspace.id = %workspace, %connection, %error, "a nightly check cannot begin");
        }
        Ok(_) => {}
    }
    Ok(runner.control().check_began(workspace, connection, now)?)
}

/// How many more may begin.
struct Room {
    all: usize,
    by_provider: BTreeMap<String, usize>,
}

impl Room {
    fn new(runner: &Runner, slots: &[Slot]) -> Self {
        let busy: BTreeSet<Key> = runner.busy().into_iter().collect();
        let mut by_provider: BTreeMap<String, usize> = BTreeMap::new();
        for slot in
            slots.iter().filter(|slot| busy.contains(&(slot.workspace.clone(), slot.connection.clone())))
        {
            *by_provider.entry(slot.provider.clone()).or_default() += 1;
        }
        Self { all: busy.len(), by_provider }
    }

    fn take(&mut self, provider: &str) -> bool {
        let of_one = self.by_provider.entry(provider.to_owned()).or_default();
        if self.all >= TOGETHER || *of_one >= TOGETHER_OF_ONE {
            return false;
        }
        self.all += 1;
        *of_one += 1;
        true
    }
}

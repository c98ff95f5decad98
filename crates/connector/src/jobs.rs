//! Days that a platform reports: which are still to be read, newest first; a job or a listing for each window of
//! them; and a position that lets a run which was cut off go on at the window where it stood.

mod plan;
mod position;
mod watch;
mod windows;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use netgain_domain::ErrorClass;
use netgain_manifest::{Stream, Zone};
use netgain_mapping::Context;

use crate::caller::Caller;
use crate::cursor::State;
use crate::decode::Decoder;
use crate::engine::{Account, StreamReport};
use crate::gone::Gone;
use crate::pager::Pager;
use crate::pages::{Part, parts};
use crate::template::Vars;
use crate::{AccountDays, Error, Note, Page, Sink, pages};
use plan::Plan;
pub(crate) use position::Position;
use position::{Pending, Read};
use watch::{Ended, Job, Step, Watch, or_again};
use windows::{Days, Window, settle};

/// How often a window is asked for whole before it is halved.
const TRIES_BEFORE_HALVING: u32 = 2;

/// A window on its way.
struct Task {
    /// The place of its part in the list of parts.
    part: usize,
    window: Window,
    /// The instants at which it begins and has ended.
    span: (Timestamp, Timestamp),
    failures: u32,
    job: Option<Job>,
}

struct Run<'a> {
    watch: Watch<'a>,
    /// Those whose days are read, such as accounts; one without a name where the stream has none.
    parts: Vec<Part>,
    decoder: Arc<Decoder>,
    gone: Gone<'a>,
    /// Newest first; the first of them have jobs.
    tasks: VecDeque<Task>,
    state: State,
    report: StreamReport,
    days_in_all: u64,
    days_read: u64,
    /// Whether pages carry the position behind them.
    keeps_position: bool,
}

/// Checks that a stream's days could be read.
///
/// # Errors
/// [`Error::Setup`] says what is missing.
pub(crate) fn verify(stream: &Stream) -> Result<(), Error> {
    Plan::of(stream).map(drop)
}

/// Reads the days of a stream that are not final yet, or were never read.
pub(crate) async fn run(
    caller: &Caller,
    stream: &Stream,
    accounts: &[Account],
    cursor: Option<&str>,
    sink: &dyn Sink,
) -> Result<StreamReport, Error> {
    let plan = Plan::of(stream)?;
    let mut run = Run {
        parts: parts(caller, stream, accounts, sink).await?,
        watch: Watch { caller, stream, plan: &plan, sink },
        decoder: Arc::new(Decoder::of(stream)?),
        gone: Gone::of(stream)?,
        tasks: VecDeque::new(),
        state: State::read(&stream.name, cursor)?,
        report: StreamReport::default(),
        days_in_all: 0,
        days_read: 0,
        keeps_position: true,
    };
    run.prepare().await?;
    run.work().await?;
    for part in &run.parts {
        run.gone.list(caller, &part.vars, &part.context, sink).await?;
    }
    Ok(run.report)
}

/// Reads some days again, whatever the stored position says, and leaves that as it is.
pub(crate) async fn again(
    caller: &Caller,
    stream: &Stream,
    accounts: &[Account],
    days: &[AccountDays],
    sink: &dyn Sink,
) -> Result<StreamReport, Error> {
    let plan = Plan::of(stream)?;
    let mut run = Run {
        parts: parts(caller, stream, accounts, sink).await?,
        watch: Watch { caller, stream, plan: &plan, sink },
        decoder: Arc::new(Decoder::of(stream)?),
        gone: Gone::of(stream)?,
        tasks: VecDeque::new(),
        state: State::default(),
        report: StreamReport::default(),
        days_in_all: 0,
        days_read: 0,
        keeps_position: false,
    };
    run.prepare_again(days).await?;
    run.work().await?;
    Ok(run.report)
}

impl Run<'_> {
    /// Plans every account's windows; jobs of a run that was cut off are taken up again.
    async fn prepare(&mut self) -> Result<(), Error> {
        let Watch { caller, stream, sink, plan } = self.watch;
        // the platform's day counts, not this machine's
        let now = caller.call(&stream.name, &caller.manifest.check.request, &Vars::new(), sink).await?.at;
        let mut tasks = Vec::new();
        let latest = now.checked_sub(plan.end_lag).unwrap_or(now);
        for (at, part) in self.parts.iter().enumerate() {
            let zone = zone(stream, plan.zone, part)?;
            let today = latest.to_zoned(zone.clone()).date();
            let position = self.state.days.entry(part.key.clone()).or_default();
            let (clock, longest) = (caller.clock.now(), plan.longest());
            position.read.retain(|read| position::is_fresh(read.at, clock, longest));
            for window in plan.windows(today, &position.left_out()) {
                self.days_in_all += u64::from(window.days.count());
                let pending = position.job(window.days, clock, longest);
                let job = pending.map(|pending| Job { id: pending.id.clone(), created: pending.at });
                let span = span(window.days, &zone, latest);
                tasks.push(Task { part: at, window, span, failures: 0, job });
            }
        }
        // of several parts the newest days of each come before the older ones of any
        tasks.sort_by_key(|task| std::cmp::Reverse(task.window.days.until));
        self.tasks = tasks.into();
        Ok(())
    }

    /// Plans windows of the days that are asked for, and of no others.
    async fn prepare_again(&mut self, days: &[AccountDays]) -> Result<(), Error> {
        let Watch { caller, stream, sink, plan } = self.watch;
        let now = caller.call(&stream.name, &caller.manifest.check.request, &Vars::new(), sink).await?.at;
        let latest = now.checked_sub(plan.end_lag).unwrap_or(now);
        for (at, part) in self.parts.iter().enumerate() {
            let zone = zone(stream, plan.zone, part)?;
            let today = latest.to_zoned(zone.clone()).date();
            let account = part.vars.get("slice.account").map_or("", String::as_str);
            for wanted in days.iter().filter(|wanted| wanted.account == account) {
                let whole = Days { since: wanted.since, until: wanted.until };
                for window in plan.windows_of(whole, today) {
                    self.days_in_all += u64::from(window.days.count());
                    let span = span(window.days, &zone, latest);
                    self.tasks.push_back(Task { part: at, window, span, failures: 0, job: None });
                }
            }
        }
        Ok(())
    }

    async fn work(&mut self) -> Result<(), Error> {
        if self.create_ahead().await? && self.keeps_position {
            self.keep_jobs().await?;
        }
        while let Some(task) = self.tasks.front() {
            let job = task.job.clone();
            let mut vars = self.vars(0, job.as_ref());
            let read = match (&self.watch.plan.job, &job) {
                (Some(plan), Some(job)) => match self.watch.done(plan, job, &vars).await? {
                    Ok(Ended::Done(values)) => {
                        vars.extend(values);
                        self.read(vars).await?
                    }
                    Ok(Ended::Empty(at)) => {
                        self.hand_on(Vec::new(), (at, BTreeSet::new()), at, true).await?;
                        Ok(())
                    }
                    Err(why) => Err(why),
                },
                (None, _) => self.read(vars).await?,
                // it could not be asked for: that has been said
                (Some(_), None) => return Ok(()),
            };
            match read {
                Ok(()) => drop(self.tasks.pop_front()),
                Err(why) => self.ask_again(0, &why).await?,
            }
            self.create_ahead().await?;
        }
        Ok(())
    }

    /// Has as many jobs on their way as are allowed; whether any is new.
    async fn create_ahead(&mut self) -> Result<bool, Error> {
        let Some(plan) = &self.watch.plan.job else { return Ok(false) };
        let (mut created, mut at) = (false, 0);
        while at < self.tasks.len().min(self.watch.plan.max_running) {
            if self.tasks.get(at).is_some_and(|task| task.job.is_none()) {
                let vars = self.vars(at, None);
                match self.watch.create(plan, &vars).await? {
                    Ok(job) => {
                        created = true;
                        if let Some(task) = self.tasks.get_mut(at) {
                            task.job = Some(job);
                        }
                    }
                    Err(why) => {
                        self.ask_again(at, &why).await?;
                        continue;
                    }
                }
            }
            at += 1;
        }
        Ok(created)
    }

    /// Hands on the result of the first task; its last page carries the position behind it.
    async fn read(&mut self, vars: Vars) -> Result<Step<()>, Error> {
        let Watch { caller, stream, sink, plan } = self.watch;
        let (name, decoder) = (&stream.name, Arc::clone(&self.decoder));
        let pager =
            Pager::new(caller, name, plan.result, &stream.pagination, &decoder, stream.page_size, vars)?;
        let mut pager = pager.in_documents(plan.documents.as_ref());
        let mut kept = BTreeSet::new();
        let mut began = None;
        let context = self.tasks.front().map(|task| self.context(task)).unwrap_or_default();
        // a window that is listed is not lost by a refusal that would only lose a job
        let again: &[ErrorClass] = match plan.job {
            Some(_) => &[ErrorClass::TooLarge, ErrorClass::NotFound],
            None => &[ErrorClass::TooLarge],
        };
        while !pager.is_done() {
            let fetched = match pager.next(sink).await {
                Ok(fetched) => fetched,
                Err(error) => return or_again(error, again),
            };
            let lines = fetched.records.iter().map(pages::line).collect::<Result<Vec<_>, _>>();
            let lines = lines.map_err(|problem| self.watch.wrong(problem))?;
            if self.gone.sweeps() {
                for record in &fetched.records {
                    let id = self.gone.id(record, &context);
                    kept.insert(id.ok_or_else(|| self.watch.wrong("a record has no key".to_owned()))?);
                }
            }
            let last = pager.is_done();
            let kept = if last { std::mem::take(&mut kept) } else { BTreeSet::new() };
            let began = *began.get_or_insert(fetched.at);
            self.hand_on(lines, (began, kept), fetched.at, last).await?;
        }
        Ok(Ok(()))
    }

    /// Hands on records of the first task; the last of them carry the position behind it, and what is gone.
    async fn hand_on(
        &mut self,
        lines: Vec<Bytes>,
        (began, kept): (Timestamp, BTreeSet<String>),
        at: Timestamp,
        last: bool,
    ) -> Result<(), Error> {
        self.report.records += lines.len() as u64;
        let Some(task) = self.tasks.front() else { return Ok(()) };
        let (days, context) = (task.window.days, self.context(task));
        if last {
            self.days_read += u64::from(days.count());
        }
        let page = Page {
            lines,
            sweep: if last { self.gone.sweep_window(began, kept, &context) } else { None },
            cursor: (last && self.keeps_position).then(|| self.position_behind_first()),
            fraction: last.then(|| self.fraction()),
            context,
            ..Page::empty(&self.watch.stream.name, at)
        };
        self.watch.sink.page(page).await.map_err(Error::Sink)
    }

    /// A window whose job came to nothing is asked for again: whole, then in halves, and not for ever.
    async fn ask_again(&mut self, at: usize, why: &str) -> Result<(), Error> {
        let Some(mut task) = self.tasks.remove(at) else { return Ok(()) };
        task.job = None;
        task.failures += 1;
        let days = task.window.days;
        let what = format!("the window {} to {} {why}", days.since, days.until);
        let halves = days.halves().filter(|_| task.failures >= TRIES_BEFORE_HALVING);
        if halves.is_none() && task.failures > self.watch.plan.resubmit() {
            let message = format!("{what}, also when it was asked for again: try again later");
            return Err(Error::Refused { class: ErrorClass::Transient, status: 200, message });
        }
        let how = if halves.is_some() { "in two halves" } else { "again" };
        let stream = self.watch.stream.name.clone();
        self.watch.sink.note(Note::Recovered { stream, what: format!("{what}; it is asked for {how}") });
        let pause = Duration::from_secs(1 << task.failures.min(6));
        match halves {
            Some((newer, older)) => {
                let zone = match self.parts.get(task.part) {
                    Some(part) => zone(self.watch.stream, self.watch.plan.zone, part)?,
                    None => TimeZone::UTC,
                };
                for days in [older, newer] {
                    let window = Window { days, ..task.window };
                    let span = span(days, &zone, task.span.1);
                    self.tasks.insert(at, Task { part: task.part, window, span, failures: 0, job: None });
                }
            }
            None => self.tasks.insert(at, task),
        }
        self.watch.caller.clock.sleep(pause).await;
        Ok(())
    }

    /// Keeps the ids of jobs that were just asked for, so that they are not asked for twice.
    async fn keep_jobs(&mut self) -> Result<(), Error> {
        let page = Page {
            cursor: Some(self.position(0)),
            fraction: Some(self.fraction()),
            ..Page::empty(&self.watch.stream.name, self.watch.caller.clock.now())
        };
        self.watch.sink.page(page).await.map_err(Error::Sink)
    }

    /// The position once the first task is read.
    fn position_behind_first(&mut self) -> String {
        let first = self.tasks.front().map(|task| (task.part, task.window));
        if let Some((part, Window { days, provisional })) = first
            && let Some(part) = self.parts.get(part)
        {
            let position = self.state.days.entry(part.key.clone()).or_default();
            if provisional {
                let at = self.watch.caller.clock.now();
                position.read.push(Read { since: days.since, until: days.until, at });
            } else {
                settle(&mut position.settled, days);
            }
        }
        if self.tasks.len() == 1 {
            // the next run reads them again
            self.state.days.values_mut().for_each(|position| position.read.clear());
        }
        self.position(1)
    }

    /// The position with the jobs of all tasks but the first `skip`.
    fn position(&mut self, skip: usize) -> String {
        for (at, part) in self.parts.iter().enumerate() {
            let jobs = self.tasks.iter().skip(skip).filter(|task| task.part == at);
            let pending = |task: &Task| {
                let job = task.job.as_ref()?;
                let days = task.window.days;
                Some(Pending { id: job.id.clone(), since: days.since, until: days.until, at: job.created })
            };
            self.state.days.entry(part.key.clone()).or_default().jobs = jobs.filter_map(pending).collect();
        }
        self.state.text()
    }

    fn fraction(&self) -> u16 {
        let parts = self.days_read.saturating_mul(10_000) / self.days_in_all.max(1);
        u16::try_from(parts.min(10_000)).unwrap_or(10_000)
    }

    fn vars(&self, at: usize, job: Option<&Job>) -> Vars {
        let task = self.tasks.get(at);
        let part = task.and_then(|task| self.parts.get(task.part));
        let mut vars = part.map(|part| part.vars.clone()).unwrap_or_default();
        vars.extend(task.into_iter().flat_map(slice));
        vars.extend(job.map(|job| ("job.id".to_owned(), job.id.clone())));
        vars
    }

    fn context(&self, task: &Task) -> Context {
        let mut context = self.parts.get(task.part).map(|part| part.context.clone()).unwrap_or_default();
        context.extend(slice(task));
        context.insert("slice.provisional".to_owned(), task.window.provisional.to_string());
        context
    }
}

/// What a window is asked for with.
fn slice(task: &Task) -> [(String, String); 4] {
    let (begin, end) = task.span;
    [
        ("slice.since".to_owned(), task.window.days.since.to_string()),
        ("slice.until".to_owned(), task.window.days.until.to_string()),
        ("slice.begin".to_owned(), begin.to_string()),
        ("slice.end".to_owned(), end.to_string()),
    ]
}

/// The instants at which days begin and have ended, in their zone; the end is `latest` at the latest.
fn span(days: Days, zone: &TimeZone, latest: Timestamp) -> (Timestamp, Timestamp) {
    // a clock that skips midnight is read with the earlier offset; a day out of range stands for itself
    let begin = |day: Date| zone.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(latest);
    let end = days.until.tomorrow().map_or(latest, begin);
    (begin(days.since), end.min(latest))
}

fn zone(stream: &Stream, zone: Zone, part: &Part) -> Result<TimeZone, Error> {
    if zone == Zone::Utc {
        return Ok(TimeZone::UTC);
    }
    let setup = |problem: String| Error::Setup(format!("stream `{}`: {problem}", stream.name));
    let name = part.context.get("account.time_zone");
    let name = name.ok_or_else(|| setup("its account has no time_zone".to_owned()))?;
    TimeZone::get(name).map_err(|_| setup(format!("`{name}` is not a time zone")))
}

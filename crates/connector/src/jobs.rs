//! Days that a platform reports through jobs: which are still to be read, newest first; a job for each window of
//! them; and a position that lets a run which was cut off go on at the window where it stood.

mod plan;
mod position;
mod watch;
mod windows;

use std::collections::VecDeque;
use std::time::Duration;

use jiff::tz::TimeZone;
use netgain_domain::ErrorClass;
use netgain_manifest::{Stream, Zone};
use netgain_mapping::Context;

use crate::caller::Caller;
use crate::cursor::State;
use crate::engine::{Account, StreamReport};
use crate::pager::Pager;
use crate::template::Vars;
use crate::{Error, Note, Page, Sink, pages};
use plan::Plan;
pub(crate) use position::Position;
use position::{Pending, Read};
use watch::{Job, Step, Watch, or_again};
use windows::{Window, settle};

/// How often a window is asked for whole before it is halved.
const TRIES_BEFORE_HALVING: u32 = 2;

/// A window on its way.
struct Task {
    /// Its account's place in the list of accounts.
    account: usize,
    window: Window,
    failures: u32,
    job: Option<Job>,
}

struct Run<'a> {
    watch: Watch<'a>,
    /// Those whose days are read; one without a name where the connection has none.
    accounts: Vec<Account>,
    /// Newest first; the first of them have jobs.
    tasks: VecDeque<Task>,
    state: State,
    report: StreamReport,
    days_in_all: u64,
    days_read: u64,
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
    let mut accounts = accounts.to_vec();
    if !plan.by_account {
        accounts.truncate(1);
        if accounts.is_empty() {
            accounts.push(Account { id: String::new(), context: Context::new() });
        }
    }
    let mut run = Run {
        watch: Watch { caller, stream, plan: &plan, sink },
        accounts,
        tasks: VecDeque::new(),
        state: State::read(&stream.name, cursor)?,
        report: StreamReport::default(),
        days_in_all: 0,
        days_read: 0,
    };
    run.prepare().await?;
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
        for (at, account) in self.accounts.iter().enumerate() {
            let today = now.to_zoned(zone(stream, plan.zone, account)?).date();
            let position = self.state.days.entry(account.id.clone()).or_default();
            let (clock, longest) = (caller.clock.now(), plan.poll.stuck_after_s);
            position.read.retain(|read| position::is_fresh(read.at, clock, longest));
            for window in plan.windows(today, &position.left_out()) {
                self.days_in_all += u64::from(window.days.count());
                let pending = position.job(window.days, clock, longest);
                let job = pending.map(|pending| Job { id: pending.id.clone(), created: pending.at });
                tasks.push(Task { account: at, window, failures: 0, job });
            }
        }
        // of several accounts the newest days of each come before the older ones of any
        tasks.sort_by_key(|task| std::cmp::Reverse(task.window.days.until));
        self.tasks = tasks.into();
        Ok(())
    }

    async fn work(&mut self) -> Result<(), Error> {
        if self.create_ahead().await? {
            self.keep_jobs().await?;
        }
        while let Some(job) = self.tasks.front().and_then(|task| task.job.clone()) {
            let vars = self.vars(0, Some(&job));
            let read = match self.watch.done(&job, &vars).await? {
                Ok(()) => self.read(vars).await?,
                Err(why) => Err(why),
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
        let (mut created, mut at) = (false, 0);
        while at < self.tasks.len().min(self.watch.plan.max_running) {
            if self.tasks.get(at).is_some_and(|task| task.job.is_none()) {
                let vars = self.vars(at, None);
                match self.watch.create(&vars).await? {
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
        let size = stream.page_size;
        let mut pager =
            Pager::new(caller, &stream.name, plan.result, &stream.pagination, &stream.records, size, vars)?;
        while !pager.is_done() {
            let fetched = match pager.next(sink).await {
                Ok(fetched) => fetched,
                Err(error) => return or_again(error, &[ErrorClass::TooLarge, ErrorClass::NotFound]),
            };
            let lines = fetched.records.iter().map(pages::line).collect::<Result<Vec<_>, _>>();
            let lines = lines.map_err(|problem| self.watch.wrong(problem))?;
            self.report.records += lines.len() as u64;
            let Some(task) = self.tasks.front() else { break };
            let (days, context, last) = (task.window.days, self.context(task), pager.is_done());
            if last {
                self.days_read += u64::from(days.count());
            }
            let page = Page {
                stream: stream.name.clone(),
                lines,
                context,
                observed_at: fetched.at,
                cursor: last.then(|| self.position_behind_first()),
                fraction: last.then(|| self.fraction()),
            };
            sink.page(page).await.map_err(Error::Sink)?;
        }
        Ok(Ok(()))
    }

    /// A window whose job came to nothing is asked for again: whole, then in halves, and not for ever.
    async fn ask_again(&mut self, at: usize, why: &str) -> Result<(), Error> {
        let Some(mut task) = self.tasks.remove(at) else { return Ok(()) };
        task.job = None;
        task.failures += 1;
        let days = task.window.days;
        let what = format!("the job for {} to {} {why}", days.since, days.until);
        let halves = days.halves().filter(|_| task.failures >= TRIES_BEFORE_HALVING);
        if halves.is_none() && task.failures > self.watch.plan.poll.resubmit {
            let message = format!("{what}, also when it was asked for again: try again later");
            return Err(Error::Refused { class: ErrorClass::Transient, status: 200, message });
        }
        let how = if halves.is_some() { "in two halves" } else { "again" };
        let stream = self.watch.stream.name.clone();
        self.watch.sink.note(Note::Recovered { stream, what: format!("{what}; it is asked for {how}") });
        let pause = Duration::from_secs(1 << task.failures.min(6));
        match halves {
            Some((newer, older)) => {
                for days in [older, newer] {
                    let window = Window { days, ..task.window };
                    self.tasks.insert(at, Task { account: task.account, window, failures: 0, job: None });
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
            stream: self.watch.stream.name.clone(),
            lines: Vec::new(),
            context: Context::new(),
            observed_at: self.watch.caller.clock.now(),
            cursor: Some(self.position(0)),
            fraction: Some(self.fraction()),
        };
        self.watch.sink.page(page).await.map_err(Error::Sink)
    }

    /// The position once the first task is read.
    fn position_behind_first(&mut self) -> String {
        let first = self.tasks.front().map(|task| (task.account, task.window));
        if let Some((account, Window { days, provisional })) = first
            && let Some(account) = self.accounts.get(account)
        {
            let position = self.state.days.entry(account.id.clone()).or_default();
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
        for (at, account) in self.accounts.iter().enumerate() {
            let jobs = self.tasks.iter().skip(skip).filter(|task| task.account == at);
            let pending = |task: &Task| {
                let job = task.job.as_ref()?;
                let days = task.window.days;
                Some(Pending { id: job.id.clone(), since: days.since, until: days.until, at: job.created })
            };
            self.state.days.entry(account.id.clone()).or_default().jobs = jobs.filter_map(pending).collect();
        }
        self.state.text()
    }

    fn fraction(&self) -> u16 {
        let parts = self.days_read.saturating_mul(10_000) / self.days_in_all.max(1);
        u16::try_from(parts.min(10_000)).unwrap_or(10_000)
    }

    fn vars(&self, at: usize, job: Option<&Job>) -> Vars {
        let mut vars = Vars::new();
        if let Some(task) = self.tasks.get(at) {
            vars.extend(self.slice(task));
        }
        vars.extend(job.map(|job| ("job.id".to_owned(), job.id.clone())));
        vars
    }

    fn context(&self, task: &Task) -> Context {
        let mut context =
            self.accounts.get(task.account).map(|account| account.context.clone()).unwrap_or_default();
        context.extend(self.slice(task));
        context.insert("slice.provisional".to_owned(), task.window.provisional.to_string());
        context
    }

    fn slice(&self, task: &Task) -> [(String, String); 3] {
        let account = self.accounts.get(task.account).map(|account| account.id.clone()).unwrap_or_default();
        [
            ("slice.account".to_owned(), account),
            ("slice.since".to_owned(), task.window.days.since.to_string()),
            ("slice.until".to_owned(), task.window.days.until.to_string()),
        ]
    }
}

fn zone(stream: &Stream, zone: Zone, account: &Account) -> Result<TimeZone, Error> {
    if zone == Zone::Utc {
        return Ok(TimeZone::UTC);
    }
    let setup = |problem: String| Error::Setup(format!("stream `{}`: {problem}", stream.name));
    let name = account.context.get("account.time_zone");
    let name = name.ok_or_else(|| setup("its account has no time_zone".to_owned()))?;
    TimeZone::get(name).map_err(|_| setup(format!("`{name}` is not a time zone")))
}

//! The calls that count. Each takes what its labels say and nothing more, so that no caller can add a name.

use std::time::{Duration, Instant};

use metrics::{counter, gauge, histogram};

use crate::catalogue as names;

/// A request was answered. `route` is the template that matched, never the path that was asked for, and `method` one of
/// HTTP's own: both come from strangers.
pub fn answered(route: &str, method: &'static str, status: u16, time: Duration) {
    let route = route.to_owned();
    counter!(names::REQUESTS, "route" => route.clone(), "method" => method, "status" => status.to_string())
        .increment(1);
    histogram!(names::REQUEST_SECONDS, "route" => route, "method" => method).record(time.as_secs_f64());
}

/// Something that is under way until this is dropped.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub struct Running {
    what: What,
    began: Instant,
}

#[derive(Debug)]
enum What {
    Request,
    Sync { provider: String, end: SyncEnd },
}

/// How a sync ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncEnd {
    /// All was read.
    Ok,
    /// With an error.
    Failed,
    /// It was asked to end early.
    Stopped,
}

impl SyncEnd {
    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Stopped => "stopped",
        }
    }
}

/// A request has arrived.
pub fn asked() -> Running {
    gauge!(names::REQUESTS_RUNNING).increment(1.0);
    Running { what: What::Request, began: Instant::now() }
}

/// A sync begins. It counts as failed until [`Running::ended`] says something else, so that a panic is a failure.
pub fn sync_begins(provider: &str) -> Running {
    gauge!(names::SYNCS_RUNNING, "provider" => provider.to_owned()).increment(1.0);
    Running {
        what: What::Sync { provider: provider.to_owned(), end: SyncEnd::Failed },
        began: Instant::now(),
    }
}

impl Running {
    /// Since it began.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Ends it; a sync with that result.
    pub fn ended(mut self, how: SyncEnd) {
        if let What::Sync { end, .. } = &mut self.what {
            *end = how;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        match &self.what {
            What::Request => gauge!(names::REQUESTS_RUNNING).decrement(1.0),
            What::Sync { provider, end } => {
                gauge!(names::SYNCS_RUNNING, "provider" => provider.clone()).decrement(1.0);
                counter!(names::SYNCS, "provider" => provider.clone(), "result" => end.name()).increment(1);
                histogram!(names::SYNC_SECONDS, "provider" => provider.clone())
                    .record(self.began.elapsed().as_secs_f64());
            }
        }
    }
}

/// So many rows of a provider were written to facts, and so many records set aside.
pub fn committed(provider: &str, rows: u64, quarantined: u64) {
    counter!(names::ROWS, "provider" => provider.to_owned()).increment(rows);
    if quarantined > 0 {
        counter!(names::QUARANTINED, "provider" => provider.to_owned()).increment(quarantined);
    }
}

/// So many bytes were written to the raw archive.
pub fn archived(bytes: u64) {
    counter!(names::ARCHIVED_BYTES).increment(bytes);
}

/// A platform was called; `status` is none when there was no answer.
pub fn called(provider: &str, status: Option<u16>, time: Duration) {
    let class = match status {
        None => "none",
        Some(429) => "429",
        Some(200..=299) => "2xx",
        Some(300..=399) => "3xx",
        Some(400..=499) => "4xx",
        Some(_) => "5xx",
    };
    counter!(names::CALLS, "provider" => provider.to_owned(), "status" => class).increment(1);
    histogram!(names::CALL_SECONDS, "provider" => provider.to_owned()).record(time.as_secs_f64());
}

/// A call waited. `why` is a word of ours.
pub fn waited(provider: &str, why: &'static str, time: Duration) {
    histogram!(names::WAIT_SECONDS, "provider" => provider.to_owned(), "why" => why)
        .record(time.as_secs_f64());
}

/// A webhook delivery was answered. `answer` is a word of ours.
pub fn delivered(answer: &'static str) {
    counter!(names::DELIVERIES, "answer" => answer).increment(1);
}

/// So many workspaces are open.
pub fn set_open_workspaces(open: usize) {
    gauge!(names::OPEN_WORKSPACES).set(whole(open as u64));
}

/// So many events wait in the inbox.
pub fn set_waiting_events(waiting: u64) {
    gauge!(names::WAITING_EVENTS).set(whole(waiting));
}

/// The longest overdue sync of the schedule waits so long.
pub fn set_schedule_lag(lag: Duration) {
    gauge!(names::SCHEDULE_LAG).set(lag.as_secs_f64());
}

/// Whether requests can be answered.
pub fn set_ready(ready: bool) {
    gauge!(names::READY).set(if ready { 1.0 } else { 0.0 });
}

/// What this process uses of the machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Process {
    /// Memory in use, in bytes.
    pub memory_bytes: u64,
    /// Time of all cores so far.
    pub cpu: Duration,
    /// Open files and sockets.
    pub fds: u64,
    /// Files and sockets that may be open; none without a bound.
    pub max_fds: Option<u64>,
    /// Threads.
    pub threads: u64,
    /// When it began, in seconds since 1970 (UTC).
    pub started_at: u64,
}

/// Tells what this process uses.
pub fn set_process(process: &Process) {
    gauge!(names::MEMORY).set(whole(process.memory_bytes));
    counter!(names::CPU).absolute(process.cpu.as_secs());
    gauge!(names::FDS).set(whole(process.fds));
    if let Some(most) = process.max_fds {
        gauge!(names::MAX_FDS).set(whole(most));
    }
    gauge!(names::THREADS).set(whole(process.threads));
    gauge!(names::STARTED).set(whole(process.started_at));
}

/// A count as a gauge wants it. Counts here are far below the 2^53 from which it would round.
#[expect(clippy::cast_precision_loss, reason = "no count here comes near 2^53")]
fn whole(count: u64) -> f64 {
    count as f64
}

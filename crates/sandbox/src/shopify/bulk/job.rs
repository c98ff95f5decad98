//! A bulk operation's life: created, running on a thread of its own, done.
use super::lines;
use crate::AppState;
use crate::faults::Fault;
use crate::secrets::encode;
use crate::shopify::compile::Pick;
use crate::world::shop::Seconds;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How long a result can be fetched.
const KEPT: Seconds = 7 * 86_400;
const FIRST_ID: u64 = 3_100_000_000_001;

/// The platform's states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Accepted.
    Created,
    /// Being worked on.
    Running,
    /// Done.
    Completed,
    /// Given up by the platform.
    Failed,
    /// About to stop.
    Canceling,
    /// Stopped on demand.
    Canceled,
    /// Its result is no longer kept.
    Expired,
}

impl Status {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Status::Created => "CREATED",
            Status::Running => "RUNNING",
            Status::Completed => "COMPLETED",
            Status::Failed => "FAILED",
            Status::Canceling => "CANCELING",
            Status::Canceled => "CANCELED",
            Status::Expired => "EXPIRED",
        }
    }
}

/// A look at a job.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Where it stands.
    pub status: Status,
    /// When it ended, world time.
    pub completed_at: Option<Seconds>,
    /// Lines so far.
    pub objects: u64,
    /// Lines of the root connection so far.
    pub roots: u64,
    /// Bytes of the result.
    pub size: u64,
}

/// A bulk operation.
pub struct Job {
    /// Platform number.
    pub id: u64,
    /// The query as given.
    pub query: String,
    /// When it was created, world time.
    pub created_at: Seconds,
    seen: Mutex<Seen>,
    file: Mutex<Option<tempfile::NamedTempFile>>,
    cancelled: AtomicBool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Job {
    /// Where the job stands at `now`; results expire.
    pub fn look(&self, now: Seconds) -> Seen {
        let mut seen = *lock(&self.seen);
        if seen.status == Status::Completed && seen.completed_at.is_some_and(|at| now > at + KEPT) {
            seen.status = Status::Expired;
        }
        seen
    }

    /// The status at `now`.
    pub fn status(&self, now: Seconds) -> Status {
        self.look(now).status
    }

    /// Asks the job to stop; false when it already ended.
    pub fn cancel(&self) -> bool {
        let mut seen = lock(&self.seen);
        let open = matches!(seen.status, Status::Created | Status::Running | Status::Canceling);
        if open {
            seen.status = Status::Canceling;
            self.cancelled.store(true, Ordering::Relaxed);
        }
        open
    }

    /// Whether it was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Reports progress.
    pub fn progress(&self, objects: u64, roots: u64) {
        let mut seen = lock(&self.seen);
        seen.objects = objects;
        seen.roots = roots;
    }

    fn end(&self, status: Status, at: Seconds, size: u64, file: Option<tempfile::NamedTempFile>) {
        *lock(&self.file) = file;
        let mut seen = lock(&self.seen);
        seen.status = status;
        seen.completed_at = Some(at);
        seen.size = size;
    }

    /// Opens the result for reading.
    pub fn open(&self) -> Option<std::fs::File> {
        lock(&self.file).as_ref().and_then(|file| file.reopen().ok())
    }
}

/// All jobs since the start.
#[derive(Default)]
pub struct Jobs {
    all: Mutex<Vec<Arc<Job>>>,
}

impl Jobs {
    /// The jobs, oldest first.
    pub fn all(&self) -> Vec<Arc<Job>> {
        lock(&self.all).clone()
    }

    /// The job of that number.
    pub fn find(&self, id: u64) -> Option<Arc<Job>> {
        lock(&self.all).iter().find(|job| job.id == id).cloned()
    }

    /// How many have not ended.
    pub fn open(&self) -> usize {
        let ended = |job: &&Arc<Job>| {
            matches!(lock(&job.seen).status, Status::Created | Status::Running | Status::Canceling)
        };
        lock(&self.all).iter().filter(ended).count()
    }

    /// Adds a job.
    pub fn add(&self, query: &str, now: Seconds) -> Arc<Job> {
        let mut all = lock(&self.all);
        let seen = Seen { status: Status::Created, completed_at: None, objects: 0, roots: 0, size: 0 };
        let job = Arc::new(Job {
            id: FIRST_ID + all.len() as u64,
            query: query.to_owned(),
            created_at: now,
            seen: Mutex::new(seen),
            file: Mutex::new(None),
            cancelled: AtomicBool::new(false),
        });
        all.push(Arc::clone(&job));
        job
    }
}

/// The signature that lets a result be fetched without a token header.
pub fn token(app: &AppState, id: u64, partial: bool) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(app.secrets.shopify_client_secret.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("bulk {id} {partial}").as_bytes());
    encode(&mac.finalize().into_bytes())
}

/// Runs the job on a thread of its own.
pub fn start(app: Arc<AppState>, job: Arc<Job>, root: Pick, grouped: bool) {
    let fault = app.faults.hit("shopify.bulk");
    std::thread::spawn(move || {
        {
            let mut seen = lock(&job.seen);
            if seen.status == Status::Created {
                seen.status = Status::Running;
            }
        }
        let now = || app.world.now().as_second();
        if fault == Some(Fault::JobStuck) {
            while !job.is_cancelled() {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        }
        if fault == Some(Fault::BulkFail) || fault == Some(Fault::JobFailed) {
            return job.end(Status::Failed, now(), 0, None);
        }
        let part = (fault == Some(Fault::BulkPartial)).then_some(2);
        match lines::write(&app, &job, &root, grouped, part) {
            _ if job.is_cancelled() => job.end(Status::Canceled, now(), 0, None),
            Ok((file, size)) => {
                let status = if part.is_some() { Status::Failed } else { Status::Completed };
                job.end(status, now(), size, Some(file));
            }
            Err(error) => {
                tracing::error!(job = job.id, %error, "a bulk result could not be written");
                job.end(Status::Failed, now(), 0, None);
            }
        }
    });
}

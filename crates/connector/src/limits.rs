//! The budget of calls: what the platform allows, kept before it has to refuse. A call takes its part when there is
//! room for it; until then it waits, the urgent before the rest. What answers say about the budget corrects it.

mod known;
mod memory;
mod queue;
mod state;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use netgain_manifest::{Manifest, Scope};
use sonic_rs::Value;
use tokio::sync::Notify;

use crate::{Clock, Response};
use queue::{Queue, Rank};
use state::{Kept, Room, State};

pub use known::LimitUse;
pub use queue::Priority;

/// What may be called within the limits of a platform. Clones share it: whoever shares a limit shares the budget.
#[derive(Clone)]
pub struct Budget {
    shared: Arc<Shared>,
    /// Whose limits of one connection are meant.
    owner: Arc<str>,
}

struct Shared {
    limits: Vec<Kept>,
    book: Mutex<Book>,
    /// Something was given back, learnt or taken: whoever waits looks again.
    changed: Notify,
}

/// Everything that is known about the budget, and who waits for it.
#[derive(Default)]
struct Book {
    states: HashMap<Key, State>,
    queue: Queue,
}

/// Which limit, and whose.
pub(crate) type Key = (usize, String);

/// The part of the budget that a call took. It is held until the answer is there.
pub(crate) struct Taken {
    shared: Arc<Shared>,
    parts: Vec<(Key, f64)>,
}

/// The wait of a call, which leaves the queue when it ends, whatever ends it.
struct Waiting<'a> {
    shared: &'a Shared,
    rank: Rank,
}

impl Budget {
    /// The budget of a provider, which nobody has used yet.
    #[must_use]
    pub fn new(manifest: &Manifest) -> Self {
        let of_all = manifest.limits.iter().map(|limit| Kept::new(limit, None));
        let of_streams = manifest
            .streams
            .iter()
            .flat_map(|stream| stream.limits.iter().map(|limit| Kept::new(limit, Some(&stream.name))));
        Self::of(of_all.chain(of_streams).collect())
    }

    fn of(limits: Vec<Kept>) -> Self {
        let shared = Shared { limits, book: Mutex::default(), changed: Notify::new() };
        Self { shared: Arc::new(shared), owner: Arc::from("") }
    }

    /// The same budget for calls of one connection: limits of the app are shared, its own are its own.
    #[must_use]
    pub fn of_connection(&self, id: &str) -> Self {
        Self { shared: Arc::clone(&self.shared), owner: Arc::from(id) }
    }

    /// Takes the part of one call, waiting for it as long as that lasts; `heard` is told of each pause.
    ///
    /// # Errors
    /// The time to wait, when it is over `longest`.
    pub(crate) async fn take(
        &self,
        call: &str,
        priority: Priority,
        clock: &dyn Clock,
        longest: Duration,
        heard: &mut (dyn FnMut(Duration) + Send),
    ) -> Result<Taken, Duration> {
        let waiting = Waiting { shared: &self.shared, rank: self.shared.book().queue.rank(priority) };
        let keys = self.keys(call);
        loop {
            let changed = self.shared.changed.notified();
            tokio::pin!(changed);
            // from here on no change is missed
            changed.as_mut().enable();
            let wait = match self.shared.decide(waiting.rank, &keys, call, clock.now()) {
                Decision::Go(parts) => return Ok(Taken { shared: Arc::clone(&self.shared), parts }),
                Decision::Wait(wait) => wait,
            };
            match wait {
                Some(time) if time > longest => return Err(time),
                Some(time) => {
                    heard(time);
                    tokio::select! {
                        () = clock.sleep(time) => {}
                        () = changed => {}
                    }
                }
                None => changed.await,
            }
        }
    }

    /// Learns from the answer to a call, if there is one.
    pub(crate) fn settle(
        &self,
        call: &str,
        taken: Taken,
        answer: Option<(&Response, Option<&Value>)>,
        now: Timestamp,
    ) {
        let mut book = self.shared.book();
        for ((at, whose), points) in &taken.parts {
            let Some(kept) = self.shared.limits.get(*at) else { continue };
            let state = book.states.entry((*at, whose.clone())).or_default();
            kept.settle(state, call, *points, answer, now);
        }
        drop(book);
        // the slots are given back with it, and those who wait are told
        drop(taken);
    }

    fn keys(&self, call: &str) -> Vec<Key> {
        let concerned = self.shared.limits.iter().enumerate().filter(|(_, kept)| kept.concerns(call));
        concerned.map(|(at, _)| (at, self.whose(at, call))).collect()
    }

    /// Whose a limit is for a call of this connection.
    fn whose(&self, at: usize, call: &str) -> String {
        match self.shared.limits.get(at).map(Kept::scope) {
            None | Some(Scope::App) => String::new(),
            Some(Scope::Connection | Scope::Account) => self.owner.to_string(),
            Some(Scope::Endpoint) => format!("{}/{call}", self.owner),
        }
    }

    /// The call that a limit is for, where it is one for each, and nothing where it is not; none for a limit of another
    /// connection.
    fn call_of(&self, at: usize, whose: &str) -> Option<String> {
        match self.shared.limits.get(at)?.scope() {
            Scope::App => Some(String::new()),
            Scope::Connection | Scope::Account => (*whose == *self.owner).then(String::new),
            Scope::Endpoint => Some(whose.strip_prefix(&*self.owner)?.strip_prefix('/')?.to_owned()),
        }
    }
}

enum Decision {
    Go(Vec<(Key, f64)>),
    /// For a time, or until something changes.
    Wait(Option<Duration>),
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        // what it guards is whole at any instant
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn decide(&self, rank: Rank, keys: &[Key], call: &str, now: Timestamp) -> Decision {
        let mut book = self.book();
        let Book { states, queue } = &mut *book;
        let mut lacking = BTreeSet::new();
        let (mut wait, mut until_changed) = (Duration::ZERO, false);
        for key in keys {
            let Some(kept) = self.limits.get(key.0) else { continue };
            match kept.room(states.entry(key.clone()).or_default(), call, now) {
                Room::Now => {}
                Room::In(time) => {
                    wait = wait.max(time);
                    lacking.insert(key.clone());
                }
                Room::OnceGivenBack => {
                    until_changed = true;
                    lacking.insert(key.clone());
                }
            }
        }
        // what somebody more urgent waits for is not taken before him
        let awaited = queue.awaited_before(rank, keys);
        if lacking.is_empty() && awaited.is_empty() {
            queue.leave(rank);
            let take = |key: &Key| {
                let kept = self.limits.get(key.0)?;
                Some((key.clone(), kept.take(states.entry(key.clone()).or_default(), call, now)))
            };
            let parts = keys.iter().filter_map(take).collect();
            drop(book);
            self.changed.notify_waiters();
            return Decision::Go(parts);
        }
        until_changed |= !awaited.is_empty();
        lacking.extend(awaited);
        queue.wait(rank, lacking);
        Decision::Wait((!wait.is_zero() || !until_changed).then_some(wait))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.shared.book().queue.leave(self.rank) {
            self.shared.changed.notify_waiters();
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut book = self.shared.book();
        for (key, _) in &self.parts {
            if let (Some(kept), Some(state)) = (self.shared.limits.get(key.0), book.states.get_mut(key)) {
                kept.give_back(state);
            }
        }
        drop(book);
        self.shared.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests;

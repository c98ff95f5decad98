//! Webhooks of every face: who asked to be told what, and sending it signed in the platform's own way.
//!
//! A face that has a way to register calls [`Webhooks::register`]; whatever changes the world, or a call of
//! `/control/webhooks/send`, calls [`Webhooks::emit`]. Like the platforms this delivers at least once, in no order, and
//! tries again what was not answered with 2xx. Times in signatures are the real time, because receivers compare them
//! with their own clock.
pub mod bodies;
pub mod changes;
pub mod control;
mod deliver;
pub mod sign;

use bytes::Bytes;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

pub use deliver::Outcome;

/// Deliveries that are under way at once.
const AT_ONCE: usize = 32;

/// Somebody who asked to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Its number, unique in the sandbox.
    pub id: u64,
    /// The face's id, such as `stripe`.
    pub face: String,
    /// Where deliveries go; only `http://` addresses of this machine are reached.
    pub address: String,
    /// What they are signed with.
    pub secret: String,
    /// The topics, by the name that deliveries carry; `*` is every topic.
    pub topics: Vec<String>,
    /// Whether the platform has forgotten it without a word.
    pub dropped: bool,
}

impl Registration {
    fn wants(&self, topic: &str) -> bool {
        !self.dropped && self.topics.iter().any(|one| one == "*" || one == topic)
    }
}

/// An event on its way to whoever asked for it.
#[derive(Clone, Debug)]
pub struct Event {
    /// The topic, by the name that deliveries carry.
    pub topic: String,
    /// Its own id.
    pub id: String,
    /// The body.
    pub body: Bytes,
}

/// How an event is to be sent, beside being sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// How many more times than once.
    pub duplicate: u32,
    /// How long after the event.
    pub delay: Duration,
    /// Whether the body is changed after it was signed.
    pub forge: bool,
    /// How long ago it claims to have been signed.
    pub age: Duration,
    /// Whether it is tried again when it is not taken.
    pub insist: bool,
    /// Whether it goes to everybody who is registered for anything, as a topic does that the platform has just begun
    /// to send.
    pub unasked: bool,
}

/// What became of the deliveries of a face so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Tries.
    pub sent: u64,
    /// Answered with 2xx.
    pub acknowledged: u64,
    /// Answered otherwise, or not at all.
    pub refused: u64,
    /// Not sent because some are to be lost.
    pub lost: u64,
}

/// All registrations and deliveries.
pub struct Webhooks {
    inner: Arc<Inner>,
}

struct Inner {
    registrations: Mutex<Vec<Registration>>,
    counts: Mutex<BTreeMap<String, Counts>>,
    /// Part of all events that is lost, in hundredths.
    drop_percent: AtomicU64,
    next: AtomicU64,
    gate: Semaphore,
    identity: Identity,
}

/// What deliveries say of who sends them.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// The shop's name.
    pub shop: String,
    /// Seed of the key pair of faces that sign with one.
    pub key_seed: [u8; 32],
}

impl Webhooks {
    /// No registrations yet.
    pub fn new(identity: Identity) -> Webhooks {
        let inner = Inner {
            registrations: Mutex::default(),
            counts: Mutex::default(),
            drop_percent: AtomicU64::new(0),
            next: AtomicU64::new(1),
            gate: Semaphore::new(AT_ONCE),
            identity,
        };
        Webhooks { inner: Arc::new(inner) }
    }

    /// Notes who wants to be told, and returns the registration's number.
    pub fn register(&self, face: &str, address: &str, secret: &str, topics: &[&str]) -> u64 {
        let id = self.inner.next.fetch_add(1, Ordering::Relaxed);
        locked(&self.inner.registrations).push(Registration {
            id,
            face: face.to_owned(),
            address: address.to_owned(),
            secret: secret.to_owned(),
            topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
            dropped: false,
        });
        id
    }

    /// The registrations of a face that it still knows, oldest first.
    pub fn list(&self, face: &str) -> Vec<Registration> {
        let all = locked(&self.inner.registrations);
        all.iter().filter(|one| one.face == face && !one.dropped).cloned().collect()
    }

    /// Ends a registration; false when the face knows none of that number.
    pub fn remove(&self, face: &str, id: u64) -> bool {
        let mut all = locked(&self.inner.registrations);
        let before = all.len();
        all.retain(|one| one.face != face || one.id != id || one.dropped);
        all.len() < before
    }

    /// Has the face forget registrations without telling anybody; all of them where no number is given.
    pub fn forget(&self, face: &str, id: Option<u64>) -> usize {
        let mut all = locked(&self.inner.registrations);
        let mut forgotten = 0;
        for one in all.iter_mut().filter(|one| one.face == face && id.is_none_or(|id| one.id == id)) {
            forgotten += usize::from(!one.dropped);
            one.dropped = true;
        }
        forgotten
    }

    /// Sends an event to everybody who asked for its topic, in the background. It needs a Tokio runtime.
    pub fn emit(&self, face: &str, topic: &str, body: Bytes) {
        let event = Event { topic: topic.to_owned(), id: self.event_id(), body };
        drop(self.send(face, &event, Manner { insist: true, ..Manner::default() }));
    }

    /// Sends an event in that manner; the handles give what became of each first try.
    pub fn send(&self, face: &str, event: &Event, manner: Manner) -> Vec<tokio::task::JoinHandle<Outcome>> {
        let mut wanted: Vec<Registration> = locked(&self.inner.registrations)
            .iter()
            .filter(|one| one.face == face && (one.wants(&event.topic) || manner.unasked && !one.dropped))
            .cloned()
            .collect();
        if manner.unasked {
            // to one address once, however many topics it is registered for
            let mut seen = std::collections::HashSet::new();
            wanted.retain(|one| seen.insert(one.address.clone()));
        }
        let mut sent = Vec::new();
        for registration in wanted {
            if self.inner.loses() {
                self.inner.count(face, |counts| counts.lost += 1);
                continue;
            }
            for _ in 0..=manner.duplicate {
                let inner = Arc::clone(&self.inner);
                sent.push(tokio::spawn(deliver::deliver(inner, registration.clone(), event.clone(), manner)));
            }
        }
        sent
    }

    /// A new id for an event.
    pub fn event_id(&self) -> String {
        // the same for the same history of a sandbox
        let number = self.inner.next.fetch_add(1, Ordering::Relaxed);
        format!("{:08x}-0000-4000-8000-{number:012x}", number.wrapping_mul(0x9e37_79b9) & 0xffff_ffff)
    }

    /// Loses so many of a hundred events from now on.
    pub fn lose(&self, percent: u8) {
        self.inner.drop_percent.store(u64::from(percent.min(100)), Ordering::Relaxed);
    }

    /// What became of the deliveries, by face.
    pub fn counts(&self) -> BTreeMap<String, Counts> {
        locked(&self.inner.counts).clone()
    }

    /// Every registration, forgotten ones included.
    pub fn all(&self) -> Vec<Registration> {
        locked(&self.inner.registrations).clone()
    }

    /// The public key of faces that sign with one: SubjectPublicKeyInfo, base64.
    pub fn public_key(&self) -> Option<String> {
        sign::public_key(&self.inner.identity.key_seed)
    }
}

impl Inner {
    fn loses(&self) -> bool {
        let percent = self.drop_percent.load(Ordering::Relaxed);
        if percent == 0 {
            return false;
        }
        // spread evenly: the n-th event is lost when its share passes a whole number
        let at = self.next.fetch_add(1, Ordering::Relaxed);
        (at + 1) * percent / 100 > at * percent / 100
    }

    fn count(&self, face: &str, change: impl FnOnce(&mut Counts)) {
        change(locked(&self.counts).entry(face.to_owned()).or_default());
    }

    fn is_known(&self, id: u64) -> bool {
        locked(&self.registrations).iter().any(|one| one.id == id && !one.dropped)
    }

    fn give_up(&self, id: u64) {
        locked(&self.registrations).retain(|one| one.id != id);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

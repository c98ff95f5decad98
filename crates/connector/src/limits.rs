//! The budget of calls: what the platform allows, kept before it has to refuse. Each call takes its part when it
//! begins and is told how long to wait; what the answer says about the budget corrects it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use netgain_manifest::{Limit, Scope};
use sonic_rs::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Response;
use crate::look::Look;

/// The longest pause between two calls when the platform's usage lies between soft and hard.
const SLOWEST: Duration = Duration::from_secs(30);
/// The first pause at the hard bound where the platform names no time; it doubles with each further answer.
const HARD_FIRST: Duration = Duration::from_secs(60);
/// The longest pause at the hard bound where the platform names no time.
const HARD_LONGEST: Duration = Duration::from_secs(15 * 60);

/// What may be called within the limits of a platform. Whoever shares a limit shares the budget.
pub struct Budget {
    limits: Vec<Kept>,
}

/// A limit and its state.
struct Kept {
    limit: Limit,
    paths: Paths,
    slots: Option<Arc<Semaphore>>,
    /// By endpoint, or one for all.
    states: Mutex<HashMap<String, State>>,
}

#[derive(Default)]
struct Paths {
    available: Option<Look>,
    restore: Option<Look>,
    requested: Option<Look>,
    maximum: Option<Look>,
    usage: Vec<Look>,
    wait: Option<Look>,
}

#[derive(Default)]
struct State {
    /// When the last calls of a window were let go.
    sent: VecDeque<Timestamp>,
    /// Calls or points that are there; below zero they are promised already.
    level: Option<f64>,
    /// When `level` was right.
    at: Timestamp,
    /// Points a second.
    restore: f64,
    /// Size of the bucket, where known.
    maximum: Option<f64>,
    /// Points a call really asks for, by its name.
    costs: HashMap<String, f64>,
    /// Points promised to calls that have not been answered.
    promised: f64,
    /// No call before this moment.
    until: Option<Timestamp>,
    /// Answers in a row at or over the hard bound.
    hard: u32,
}

/// The part of the budget that a call took. It is held until the answer is there.
pub(crate) struct Taken {
    /// How long to wait before sending.
    pub wait: Duration,
    points: Vec<f64>,
    _slots: Vec<OwnedSemaphorePermit>,
}

impl Budget {
    /// A budget that nobody has used yet.
    #[must_use]
    pub fn new(limits: &[Limit]) -> Self {
        let keep = |limit: &Limit| {
            let mut paths = Paths::default();
            let mut slots = None;
            match limit {
                Limit::Cost { available_path, restore_path, requested_path, maximum_path, .. } => {
                    paths.available = Some(Look::at(available_path));
                    paths.restore = Some(Look::at(restore_path));
                    paths.requested = requested_path.as_deref().map(Look::at);
                    paths.maximum = maximum_path.as_deref().map(Look::at);
                }
                Limit::Usage { json_paths, wait_path, .. } => {
                    paths.usage = json_paths.iter().map(|path| Look::at(path)).collect();
                    paths.wait = wait_path.as_deref().map(Look::at);
                }
                Limit::Concurrent { max, .. } => {
                    slots = Some(Arc::new(Semaphore::new((*max).max(1) as usize)));
                }
                Limit::Window { .. }
                | Limit::Bucket { .. }
                | Limit::Reported { .. }
                | Limit::Daily { .. } => {}
            }
            Kept { limit: limit.clone(), paths, slots, states: Mutex::default() }
        };
        Self { limits: limits.iter().map(keep).collect() }
    }

    /// Takes the part of one call, waiting for others that hold a slot.
    pub(crate) async fn take(&self, call: &str, now: Timestamp) -> Taken {
        let mut slots = Vec::new();
        for kept in &self.limits {
            if let Some(all) = &kept.slots
                && let Ok(slot) = Arc::clone(all).acquire_owned().await
            {
                slots.push(slot);
            }
        }
        let mut taken = Taken { wait: Duration::ZERO, points: Vec::new(), _slots: slots };
        for kept in &self.limits {
            let (wait, points) = kept.take(call, now);
            taken.wait = taken.wait.max(wait);
            taken.points.push(points);
        }
        taken
    }

    /// Gives back a call's part and learns from its answer, if there is one.
    pub(crate) fn settle(
        &self,
        call: &str,
        taken: &Taken,
        answer: Option<(&Response, Option<&Value>)>,
        now: Timestamp,
    ) {
        for (kept, points) in self.limits.iter().zip(&taken.points) {
            kept.settle(call, *points, answer, now);
        }
    }
}

impl Kept {
    fn states(&self) -> MutexGuard<'_, HashMap<String, State>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self, call: &str) -> String {
        let (Limit::Window { scope, .. }
        | Limit::Bucket { scope, .. }
        | Limit::Cost { scope, .. }
        | Limit::Usage { scope, .. }
        | Limit::Reported { scope, .. }
        | Limit::Daily { scope, .. }
        | Limit::Concurrent { scope, .. }) = &self.limit;
        if *scope == Scope::Endpoint { call.to_owned() } else { String::new() }
    }

    /// How long the call has to wait, and the points it was promised.
    fn take(&self, call: &str, now: Timestamp) -> (Duration, f64) {
        let mut states = self.states();
        let state = states.entry(self.key(call)).or_default();
        match &self.limit {
            Limit::Window { requests, per_s, .. } => {
                let most = (*requests).max(1) as usize;
                let span = Duration::from_secs(u64::from(*per_s));
                let oldest = state.sent.len().checked_sub(most).and_then(|at| state.sent.get(at)).copied();
                let free = oldest.map_or(now, |oldest| after(oldest, span).max(now));
                state.sent.push_back(free);
                while state.sent.len() > most {
                    state.sent.pop_front();
                }
                (between(now, free), 0.0)
            }
            Limit::Bucket { capacity, refill, per_s, .. } => {
                state.maximum = Some(f64::from(*capacity));
                state.restore = f64::from(*refill) / f64::from((*per_s).max(1));
                state.level.get_or_insert(f64::from(*capacity));
                (state.spend(1.0, now), 0.0)
            }
            Limit::Cost { charge, .. } => {
                let cost = state.costs.get(call).copied().unwrap_or(f64::from(*charge));
                let cost = state.maximum.map_or(cost, |maximum| cost.min(maximum));
                state.promised += cost;
                (state.spend(cost, now), cost)
            }
            Limit::Usage { .. } => (state.until.map_or(Duration::ZERO, |until| between(now, until)), 0.0),
            Limit::Concurrent { .. } | Limit::Reported { .. } | Limit::Daily { .. } => (Duration::ZERO, 0.0),
        }
    }

    fn settle(&self, call: &str, points: f64, answer: Option<(&Response, Option<&Value>)>, now: Timestamp) {
        let mut states = self.states();
        let state = states.entry(self.key(call)).or_default();
        match &self.limit {
            Limit::Cost { .. } => {
                state.promised = (state.promised - points).max(0.0);
                let Some(body) = answer.and_then(|(_, body)| body) else { return };
                let number = |look: &Option<Look>| look.as_ref().and_then(|look| look.number(body));
                if let Some(cost) = number(&self.paths.requested) {
                    state.costs.insert(call.to_owned(), cost);
                }
                state.maximum = number(&self.paths.maximum).or(state.maximum);
                if let (Some(level), Some(restore)) =
                    (number(&self.paths.available), number(&self.paths.restore))
                {
                    // what others were promised is not in the platform's number yet
                    (state.level, state.restore, state.at) = (Some(level - state.promised), restore, now);
                }
            }
            Limit::Usage { header, soft, hard, wait_unit_s, .. } => {
                let said = answer.and_then(|(response, _)| response.header(&header.to_ascii_lowercase()));
                let Some(said) = said.and_then(|said| netgain_mapping::parse(said).ok()) else { return };
                let highest = |looks: &[Look]| {
                    looks.iter().filter_map(|look| look.highest(&said)).max_by(f64::total_cmp)
                };
                let used = highest(&self.paths.usage).unwrap_or(0.0);
                let named = self.paths.wait.as_ref().and_then(|look| look.highest(&said)).unwrap_or(0.0);
                let named =
                    Duration::try_from_secs_f64(named.max(0.0) * f64::from(*wait_unit_s)).unwrap_or_default();
                let (soft, hard) = (f64::from(*soft), f64::from(*hard));
                let over = used >= hard;
                state.hard = if over { state.hard + 1 } else { 0 };
                let pause = if !named.is_zero() {
                    named
                } else if over {
                    HARD_FIRST.saturating_mul(1 << (state.hard - 1).min(10)).min(HARD_LONGEST)
                } else if used >= soft && hard > soft {
                    SLOWEST.mul_f64((used - soft) / (hard - soft))
                } else {
                    Duration::ZERO
                };
                state.until = Some(after(now, pause));
            }
            Limit::Window { .. }
            | Limit::Bucket { .. }
            | Limit::Concurrent { .. }
            | Limit::Reported { .. }
            | Limit::Daily { .. } => {}
        }
    }
}

impl State {
    /// Takes points and says how long it lasts until they are there. Nothing is known before the first answer.
    fn spend(&mut self, points: f64, now: Timestamp) -> Duration {
        let Some(level) = self.level else { return Duration::ZERO };
        let passed = now.duration_since(self.at).as_secs_f64().max(0.0);
        let mut level = level + if self.at == Timestamp::default() { 0.0 } else { passed * self.restore };
        if let Some(maximum) = self.maximum {
            level = level.min(maximum);
        }
        level -= points;
        (self.level, self.at) = (Some(level), now);
        if level >= 0.0 || self.restore <= 0.0 {
            return Duration::ZERO;
        }
        Duration::try_from_secs_f64(-level / self.restore).unwrap_or_default()
    }
}

fn after(moment: Timestamp, span: Duration) -> Timestamp {
    moment.checked_add(span).unwrap_or(Timestamp::MAX)
}

fn between(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

#[cfg(test)]
mod tests;

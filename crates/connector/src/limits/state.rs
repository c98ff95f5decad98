//! One limit of a manifest and what is known of it: whether there is room for a call, and what answers tell.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use netgain_manifest::{Limit, ResetUnit, Scope};
use serde::{Deserialize, Serialize};
use sonic_rs::Value;

use crate::Response;
use crate::look::Look;

/// The longest pause between two calls when the platform's usage lies between soft and hard.
const SLOWEST: Duration = Duration::from_secs(30);
/// The first pause at the hard bound where the platform names no time; it doubles with each further answer.
const HARD_FIRST: Duration = Duration::from_secs(60);
/// The longest pause at the hard bound where the platform names no time.
const HARD_LONGEST: Duration = Duration::from_secs(4 * 60);
/// Less than this is no time to wait.
const NO_TIME: Duration = Duration::from_micros(100);

/// A limit with its paths compiled.
pub(super) struct Kept {
    limit: Limit,
    paths: Paths,
    /// The stream whose calls alone it holds for; none for all calls.
    stream: Option<String>,
}

#[derive(Default)]
struct Paths {
    available: Option<Look>,
    restore: Option<Look>,
    requested: Option<Look>,
    maximum: Option<Look>,
    usage: Vec<Look>,
    wait: Option<Look>,
    remaining: Option<Look>,
}

/// What is known of one limit of one owner.
#[derive(Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct State {
    /// When the last calls of a window or day were let go.
    #[serde(with = "together")]
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
    #[serde(skip)]
    promised: f64,
    /// No call before this moment, or the quota is whole again at it.
    until: Option<Timestamp>,
    /// Answers in a row at or over the hard bound.
    hard: u32,
    /// Calls on their way.
    #[serde(skip)]
    running: u32,
    /// The highest percentage that the last answer told.
    percent: Option<f64>,
}

/// Whether there is room for a call.
#[derive(Debug, PartialEq)]
pub(super) enum Room {
    Now,
    In(Duration),
    /// Once a call on its way is answered.
    OnceGivenBack,
}

impl Kept {
    pub fn new(limit: &Limit, stream: Option<&str>) -> Self {
        let mut paths = Paths::default();
        let look = |path: &Option<String>| path.as_deref().map(Look::at);
        match limit {
            Limit::Cost { available_path, restore_path, requested_path, maximum_path, .. } => {
                paths.available = Some(Look::at(available_path));
                paths.restore = Some(Look::at(restore_path));
                paths.requested = look(requested_path);
                paths.maximum = look(maximum_path);
            }
            Limit::Usage { json_paths, wait_path, .. } => {
                paths.usage = json_paths.iter().map(|path| Look::at(path)).collect();
                paths.wait = look(wait_path);
            }
            Limit::Reported { remaining_path, .. } => paths.remaining = look(remaining_path),
            Limit::Window { .. } | Limit::Bucket { .. } | Limit::Daily { .. } | Limit::Concurrent { .. } => {}
        }
        Self { limit: limit.clone(), paths, stream: stream.map(str::to_owned) }
    }

    /// Whether it holds for a call of that name.
    pub fn concerns(&self, call: &str) -> bool {
        self.stream.as_deref().is_none_or(|stream| stream == call)
    }

    pub fn limit(&self) -> &Limit {
        &self.limit
    }

    /// The stream whose calls alone it holds for.
    pub fn stream(&self) -> Option<&str> {
        self.stream.as_deref()
    }

    /// What of a state matters to the next process: calls on their way are gone with this one, and what is whole again needs
    /// no word.
    pub fn lasting(&self, state: &State, now: Timestamp) -> Option<State> {
        let since = match &self.limit {
            Limit::Window { per_s, .. } => {
                now.checked_sub(Duration::from_secs(u64::from(*per_s))).unwrap_or(now)
            }
            Limit::Daily { zone, .. } => {
                let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
                now.to_zoned(zone).start_of_day().map_or(now, |day| day.timestamp())
            }
            Limit::Concurrent { .. } => return None,
            _ => Timestamp::MIN,
        };
        let mut state = state.clone();
        state.sent.retain(|sent| *sent > since);
        let knows = !state.sent.is_empty()
            || state.level.is_some()
            || state.percent.is_some()
            || state.until.is_some_and(|until| until > now);
        // promised points come back with the process that they were promised to
        state.level = state.level.map(|level| level + state.promised);
        state.promised = 0.0;
        knows.then_some(state)
    }

    /// What shares the limit.
    pub fn scope(&self) -> Scope {
        let (Limit::Window { scope, .. }
        | Limit::Bucket { scope, .. }
        | Limit::Cost { scope, .. }
        | Limit::Usage { scope, .. }
        | Limit::Reported { scope, .. }
        | Limit::Daily { scope, .. }
        | Limit::Concurrent { scope, .. }) = &self.limit;
        *scope
    }

    /// Whether there is room for a call; takes nothing.
    pub fn room(&self, state: &mut State, call: &str, now: Timestamp) -> Room {
        match &self.limit {
            Limit::Window { requests, per_s, .. } => {
                let span = Duration::from_secs(u64::from(*per_s));
                state.room_in_log(*requests, now, |oldest| after(oldest, span))
            }
            Limit::Daily { requests, zone, .. } => {
                let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
                let midnight = |oldest: Timestamp| {
                    let day =
                        oldest.to_zoned(zone.clone()).start_of_day().and_then(|day| day.checked_add(1.day()));
                    day.map_or(now, |day| day.timestamp())
                };
                state.room_in_log(*requests, now, midnight)
            }
            Limit::Bucket { capacity, refill, per_s, .. } => {
                state.maximum = Some(f64::from(*capacity));
                state.restore = f64::from(*refill) / f64::from((*per_s).max(1));
                state.level.get_or_insert(f64::from(*capacity));
                state.room_for(1.0, now)
            }
            Limit::Cost { charge, .. } => state.room_for(state.cost(call, *charge), now),
            Limit::Usage { .. } => state.until.map_or(Room::Now, |until| room_at(now, until)),
            Limit::Reported { charge, .. } => {
                if state.until.is_some_and(|until| until <= now) {
                    // whole again; how much that is, the next answer tells
                    (state.level, state.until) = (None, None);
                }
                match (state.level, state.until) {
                    (Some(level), Some(until)) if level < f64::from(*charge) => room_at(now, until),
                    _ => Room::Now,
                }
            }
            Limit::Concurrent { max, .. } => {
                if state.running < (*max).max(1) {
                    Room::Now
                } else {
                    Room::OnceGivenBack
                }
            }
        }
    }

    /// Takes a call's part and says how many points that were.
    pub fn take(&self, state: &mut State, call: &str, now: Timestamp) -> f64 {
        match &self.limit {
            Limit::Window { requests, .. } | Limit::Daily { requests, .. } => {
                state.sent.push_back(now);
                while state.sent.len() > (*requests).max(1) as usize {
                    state.sent.pop_front();
                }
                0.0
            }
            Limit::Bucket { .. } => {
                state.spend(1.0, now);
                0.0
            }
            Limit::Cost { charge, .. } => {
                let cost = state.cost(call, *charge);
                state.promised += cost;
                state.spend(cost, now);
                cost
            }
            Limit::Reported { charge, .. } => {
                let charge = f64::from(*charge);
                state.promised += charge;
                state.level = state.level.map(|level| level - charge);
                charge
            }
            Limit::Concurrent { .. } => {
                state.running += 1;
                0.0
            }
            Limit::Usage { .. } => 0.0,
        }
    }

    /// A call is answered, or will never be.
    pub fn give_back(&self, state: &mut State) {
        if matches!(self.limit, Limit::Concurrent { .. }) {
            state.running = state.running.saturating_sub(1);
        }
    }

    /// Learns from an answer.
    pub fn settle(
        &self,
        state: &mut State,
        call: &str,
        points: f64,
        answer: Option<(&Response, Option<&Value>)>,
        now: Timestamp,
    ) {
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
                if let Some(said) = said.and_then(|said| netgain_mapping::parse(said).ok()) {
                    self.hear_usage(state, &said, (f64::from(*soft), f64::from(*hard)), *wait_unit_s, now);
                }
            }
            Limit::Reported { remaining, reset, unit, per_s, .. } => {
                state.promised = (state.promised - points).max(0.0);
                let Some((response, body)) = answer else { return };
                let told = |header: &Option<String>| {
                    let header = header.as_ref().and_then(|name| response.header(&name.to_ascii_lowercase()));
                    header.and_then(front_number)
                };
                let in_body = || self.paths.remaining.as_ref()?.number(body?);
                let Some(remaining) = told(remaining).or_else(in_body) else { return };
                state.level = Some(remaining - state.promised);
                let reset = told(reset).and_then(|reset| moment(reset, *unit, now));
                let otherwise = || after(now, Duration::from_secs(u64::from(*per_s)));
                state.until = Some(match (reset, state.until) {
                    (Some(reset), _) => reset,
                    // a quota that is counted from its first call is whole again at the same moment for all of them
                    (None, Some(until)) if until > now => until,
                    (None, _) => otherwise(),
                });
            }
            Limit::Window { .. } | Limit::Bucket { .. } | Limit::Daily { .. } | Limit::Concurrent { .. } => {}
        }
    }

    fn hear_usage(
        &self,
        state: &mut State,
        said: &Value,
        (soft, hard): (f64, f64),
        unit_s: u32,
        now: Timestamp,
    ) {
        let highest =
            |looks: &[Look]| looks.iter().filter_map(|look| look.highest(said)).max_by(f64::total_cmp);
        let used = highest(&self.paths.usage).unwrap_or(0.0);
        state.percent = Some(used);
        let named = self.paths.wait.as_ref().and_then(|look| look.highest(said)).unwrap_or(0.0);
        let named = Duration::try_from_secs_f64(named.max(0.0) * f64::from(unit_s)).unwrap_or_default();
        let over = used >= hard;
        state.hard = if over { state.hard + 1 } else { 0 };
        let pause = if !named.is_zero() {
            named
        } else if over {
            HARD_FIRST.saturating_mul(1 << (state.hard - 1).min(10)).min(HARD_LONGEST)
        } else if used >= soft && hard > soft {
            // gently at first: most of what is allowed lies close to the hard bound
            SLOWEST.mul_f64(((used - soft) / (hard - soft)).powi(3))
        } else {
            Duration::ZERO
        };
        state.until = Some(after(now, pause));
    }
}

impl State {
    /// Calls that were let go since a moment.
    pub fn sent_since(&self, since: Timestamp) -> u64 {
        self.sent.iter().filter(|sent| **sent > since).count() as u64
    }

    /// What is left, in whole calls or points.
    pub fn whole_level(&self, now: Timestamp) -> Option<u64> {
        self.level_at(now).map(whole)
    }

    /// What the platform says there is in all, in whole points.
    pub fn whole_maximum(&self) -> Option<u64> {
        self.maximum.map(whole)
    }

    /// The percentage that the platform says is used.
    pub fn percent(&self) -> Option<u64> {
        self.percent.map(|percent| whole(percent.ceil()))
    }

    /// No call before this moment, or the quota is whole again at it.
    pub fn until(&self) -> Option<Timestamp> {
        self.until
    }

    /// Calls on their way.
    pub fn running(&self) -> u64 {
        u64::from(self.running)
    }

    /// Room in a log of the last calls, of which the oldest frees its place at a moment.
    fn room_in_log(&self, most: u32, now: Timestamp, freed: impl Fn(Timestamp) -> Timestamp) -> Room {
        let oldest =
            self.sent.len().checked_sub(most.max(1) as usize).and_then(|at| self.sent.get(at)).copied();
        oldest.map_or(Room::Now, |oldest| room_at(now, freed(oldest)))
    }

    fn cost(&self, call: &str, charge: u32) -> f64 {
        let cost = self.costs.get(call).copied().unwrap_or(f64::from(charge));
        self.maximum.map_or(cost, |maximum| cost.min(maximum))
    }

    fn level_at(&self, now: Timestamp) -> Option<f64> {
        let passed = now.duration_since(self.at).as_secs_f64().max(0.0);
        let level = self.level? + if self.at == Timestamp::default() { 0.0 } else { passed * self.restore };
        Some(self.maximum.map_or(level, |maximum| level.min(maximum)))
    }

    /// Nothing is known before the first answer.
    fn room_for(&self, points: f64, now: Timestamp) -> Room {
        match self.level_at(now) {
            Some(level) if level < points && self.restore > 0.0 => {
                let time = Duration::try_from_secs_f64((points - level) / self.restore).unwrap_or_default();
                if time < NO_TIME { Room::Now } else { Room::In(time) }
            }
            _ => Room::Now,
        }
    }

    fn spend(&mut self, points: f64, now: Timestamp) {
        if let Some(level) = self.level_at(now) {
            (self.level, self.at) = (Some(level - points), now);
        }
    }
}

/// Calls as moments with how many there were: of a day's hundred thousand, those of a minute are one.
mod together {
    use std::collections::VecDeque;

    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Seconds within which calls count as one moment, the last of them: what is let go anew is never too much.
    const STEP_S: i64 = 60;

    pub fn serialize<S: Serializer>(sent: &VecDeque<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
        let mut steps: Vec<(i64, u32)> = Vec::new();
        for moment in sent {
            let micros = moment.as_microsecond();
            match steps.last_mut() {
                Some((last, count))
                    if last.div_euclid(STEP_S * 1_000_000) == micros.div_euclid(STEP_S * 1_000_000) =>
                {
                    (*last, *count) = (micros.max(*last), *count + 1);
                }
                _ => steps.push((micros, 1)),
            }
        }
        steps.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<VecDeque<Timestamp>, D::Error> {
        let steps = Vec::<(i64, u32)>::deserialize(from)?;
        let mut sent = VecDeque::new();
        for (micros, count) in steps {
            let moment = Timestamp::from_microsecond(micros).map_err(serde::de::Error::custom)?;
            sent.extend(std::iter::repeat_n(moment, count as usize));
        }
        Ok(sent)
    }
}

/// A number of calls or points without its fraction; below zero is none.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is cut off at zero and at the top"
)]
fn whole(number: f64) -> u64 {
    number.max(0.0) as u64
}

fn room_at(now: Timestamp, then: Timestamp) -> Room {
    let time = Duration::try_from(then.duration_since(now)).unwrap_or_default();
    if time.is_zero() { Room::Now } else { Room::In(time) }
}

fn after(moment: Timestamp, span: Duration) -> Timestamp {
    moment.checked_add(span).unwrap_or(Timestamp::MAX)
}

/// The number at the front of a header such as `59, 60;w=60`.
fn front_number(text: &str) -> Option<f64> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    text.get(..end)?.parse().ok()
}

fn moment(number: f64, written: ResetUnit, now: Timestamp) -> Option<Timestamp> {
    let span = |seconds: f64| Duration::try_from_secs_f64(seconds.max(0.0)).ok();
    match written {
        ResetUnit::Seconds => Some(after(now, span(number)?)),
        ResetUnit::Milliseconds => Some(after(now, span(number / 1_000.0)?)),
        ResetUnit::EpochS => Timestamp::UNIX_EPOCH.checked_add(span(number)?).ok(),
        ResetUnit::EpochMs => Timestamp::UNIX_EPOCH.checked_add(span(number / 1_000.0)?).ok(),
    }
}

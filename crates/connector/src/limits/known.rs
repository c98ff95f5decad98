//! What is known of a budget, for people: how much of each limit is used, and when it is whole again.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use netgain_manifest::{Limit, Scope};

use super::Budget;
use super::state::{Kept, State};

/// How much of one limit is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitUse {
    /// What the limit counts: `calls`, `points` or `percent`.
    pub counts: &'static str,
    /// Over how many seconds; none where the platform does not say, or counts what runs at once.
    pub per_s: Option<u32>,
    /// What shares it: `app`, `connection`, `account` or `endpoint`.
    pub scope: &'static str,
    /// The call that it holds for, where it is one for each.
    pub call: Option<String>,
    /// How much is used.
    pub used: Option<u64>,
    /// How much there is in all.
    pub allowed: Option<u64>,
    /// How much is left.
    pub left: Option<u64>,
    /// Until when calls wait (UTC), where they do; or when it is whole again.
    pub resets_at: Option<Timestamp>,
}

impl Budget {
    /// What is known of every limit that a connection of this budget has used, in the order of the description.
    #[must_use]
    pub fn used(&self, now: Timestamp) -> Vec<LimitUse> {
        let book = self.shared.book();
        let mut found: Vec<(usize, &String, LimitUse)> = book
            .states
            .iter()
            .filter_map(|((at, whose), state)| {
                let kept = self.shared.limits.get(*at)?;
                let call = match kept.scope() {
                    Scope::App => None,
                    Scope::Connection | Scope::Account if **whose == *self.owner => None,
                    Scope::Endpoint => Some(whose.strip_prefix(&*self.owner)?.strip_prefix('/')?.to_owned()),
                    Scope::Connection | Scope::Account => return None,
                };
                Some((*at, whose, kept.used(state, call, now)))
            })
            .collect();
        found.sort_by_key(|(at, whose, _)| (*at, *whose));
        found.into_iter().map(|(_, _, used)| used).collect()
    }
}

impl Kept {
    /// How much of the limit is used at `now`.
    fn used(&self, state: &State, call: Option<String>, now: Timestamp) -> LimitUse {
        let scope = match self.scope() {
            Scope::App => "app",
            Scope::Connection => "connection",
            Scope::Account => "account",
            Scope::Endpoint => "endpoint",
        };
        let of = |counts, per_s, used: Option<u64>, allowed: Option<u64>, left: Option<u64>| LimitUse {
            counts,
            per_s,
            scope,
            call: call.clone().or_else(|| self.stream().map(str::to_owned)),
            used: used.or(allowed.zip(left).map(|(allowed, left)| allowed.saturating_sub(left))),
            allowed,
            left: left.or(allowed.zip(used).map(|(allowed, used)| allowed.saturating_sub(used))),
            resets_at: state.until().filter(|until| *until > now),
        };
        match self.limit() {
            Limit::Window { requests, per_s, .. } => {
                let since = now.checked_sub(Duration::from_secs(u64::from(*per_s))).unwrap_or(now);
                of("calls", Some(*per_s), Some(state.sent_since(since)), Some(u64::from(*requests)), None)
            }
            Limit::Daily { requests, zone, .. } => {
                let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
                let midnight = now.to_zoned(zone).start_of_day().map_or(now, |day| day.timestamp());
                let used = Some(state.sent_since(midnight));
                of("calls", Some(86_400), used, Some(u64::from(*requests)), None)
            }
            Limit::Bucket { capacity, .. } => {
                of("calls", None, None, Some(u64::from(*capacity)), state.whole_level(now))
            }
            Limit::Cost { .. } => of("points", None, None, state.whole_maximum(), state.whole_level(now)),
            Limit::Usage { .. } => of("percent", None, state.percent(), Some(100), None),
            Limit::Reported { per_s, .. } => {
                let is_whole = state.until().is_some_and(|until| until <= now);
                of("calls", Some(*per_s), None, None, state.whole_level(now).filter(|_| !is_whole))
            }
            Limit::Concurrent { max, .. } => {
                of("calls", None, Some(state.running()), Some(u64::from(*max)), None)
            }
        }
    }
}

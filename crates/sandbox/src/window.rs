//! Fixed windows of real time in which a number of calls is allowed; used by faces that count calls that way.
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How full a window is after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Whether the call was allowed.
    pub allowed: bool,
    /// Calls left in the window.
    pub remaining: u64,
    /// Time until the window begins anew.
    pub left: Duration,
}

/// The windows of one kind of limit, by key (a token, an endpoint, a resource).
#[derive(Debug)]
pub struct Windows {
    limit: u64,
    length: Duration,
    begun: Mutex<HashMap<String, (Instant, u64)>>,
}

impl Windows {
    /// Allows `limit` calls in each window of `length`.
    pub fn new(limit: u64, length: Duration) -> Windows {
        Windows { limit, length, begun: Mutex::default() }
    }

    /// Calls allowed in a window.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Length of a window.
    pub fn length(&self) -> Duration {
        self.length
    }

    /// Counts a call of `key` at `now`.
    pub fn count(&self, key: &str, now: Instant) -> Level {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        let window = begun.entry(key.to_owned()).or_insert((now, 0));
        if now.duration_since(window.0) >= self.length {
            *window = (now, 0);
        }
        let allowed = window.1 < self.limit;
        window.1 += u64::from(allowed);
        let left = self.length.saturating_sub(now.duration_since(window.0));
        Level { allowed, remaining: self.limit - window.1, left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_refuses_what_is_over_and_begins_anew() {
        let windows = Windows::new(2, Duration::from_secs(10));
        let start = Instant::now();
        let call = |key: &str, after: u64| windows.count(key, start + Duration::from_secs(after));
        assert_eq!(call("a", 0).remaining, 1);
        assert!(call("a", 1).allowed);
        let refused = call("a", 4);
        assert!(!refused.allowed);
        assert_eq!(refused.left, Duration::from_secs(6));
        assert!(call("b", 4).allowed);
        assert!(call("a", 10).allowed);
    }
}

//! Fixed windows of real time in which a platform counts calls, by whatever it counts them: a token, an endpoint.
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A window's length in seconds and the calls it allows.
pub type Window = (u64, u64);

/// How full a window is after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// The window's length.
    pub length: Duration,
    /// Calls it allows.
    pub limit: u64,
    /// Calls that are left in it.
    pub remaining: u64,
    /// Time until it begins anew.
    pub reset: Duration,
}

/// When a window began and the calls made in it.
type Running = (Instant, u64);

/// Calls made in the running windows, by what they count against.
#[derive(Debug, Default)]
pub struct Windows {
    running: Mutex<HashMap<(String, u64), Running>>,
}

impl Windows {
    /// Counts a call against every window of `name` and says how full each is; the call is refused, and not
    /// counted, with the level of the first window that is full.
    pub fn count(&self, name: &str, windows: &[Window], now: Instant) -> Result<Vec<Level>, Level> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let mut levels = Vec::with_capacity(windows.len());
        for (seconds, limit) in windows {
            let length = Duration::from_secs(*seconds);
            let (began, calls) = running.entry((name.to_owned(), *seconds)).or_insert((now, 0));
            if now.duration_since(*began) >= length {
                (*began, *calls) = (now, 0);
            }
            let reset = length.saturating_sub(now.duration_since(*began));
            let level = Level { length, limit: *limit, remaining: limit.saturating_sub(*calls + 1), reset };
            if *calls >= *limit {
                return Err(level);
            }
            levels.push(level);
        }
        for (seconds, _) in windows {
            if let Some((_, calls)) = running.get_mut(&(name.to_owned(), *seconds)) {
                *calls += 1;
            }
        }
        Ok(levels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_call_is_not_counted_and_the_window_begins_anew() {
        let (windows, start) = (Windows::default(), Instant::now());
        let limits = [(1, 2), (60, 3)];
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(windows.count("a", &limits, start).unwrap()[1].remaining, 2);
        assert!(windows.count("a", &limits, start).is_ok());
        assert_eq!(windows.count("a", &limits, start).unwrap_err().length, Duration::from_secs(1));
        assert!(windows.count("b", &limits, start).is_ok());
        assert_eq!(windows.count("a", &limits, at(1)).unwrap()[1].remaining, 0);
        let full = windows.count("a", &limits, at(2)).unwrap_err();
        assert_eq!((full.length, full.reset), (Duration::from_secs(60), Duration::from_secs(58)));
        assert!(windows.count("a", &limits, at(60)).is_ok());
    }
}

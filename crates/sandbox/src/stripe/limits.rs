//! The call limits: 100 a second for the account and 25 a second for one endpoint; real time.
use super::error::StripeError;
use crate::AppState;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const GLOBAL: u64 = 100;
const ENDPOINT: u64 = 25;

/// Calls of the running second.
#[derive(Debug, Default)]
pub struct Limits {
    seconds: Mutex<HashMap<String, (Instant, u64)>>,
    requests: AtomicU64,
}

impl Limits {
    /// The number of the next answer.
    pub fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }

    /// Counts a call, or refuses it.
    pub fn admit(&self, state: &AppState, endpoint: &str) -> Result<(), StripeError> {
        if state.options.unlimited {
            return Ok(());
        }
        self.count(endpoint, Instant::now()).map_err(StripeError::rate_limited)
    }

    fn count(&self, endpoint: &str, now: Instant) -> Result<(), &'static str> {
        let mut seconds = self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
        let mut add = |name: &str, limit: u64| {
            let second = seconds.entry(name.to_owned()).or_insert((now, 0));
            if now.duration_since(second.0) >= Duration::from_secs(1) {
                *second = (now, 0);
            }
            second.1 += 1;
            second.1 <= limit
        };
        if !add("", GLOBAL) {
            return Err("global-rate");
        }
        if add(endpoint, ENDPOINT) { Ok(()) } else { Err("endpoint-rate") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_full_before_the_account_is() {
        let (limits, now) = (Limits::default(), Instant::now());
        let admitted = (0..30).filter(|_| limits.count("charges", now).is_ok()).count();
        assert_eq!(admitted, 25);
        assert_eq!(limits.count("charges", now), Err("endpoint-rate"));
        assert_eq!(limits.count("refunds", now), Ok(()));
        let refused: Vec<_> =
            (0..100).filter_map(|call| limits.count(&format!("e{call}"), now).err()).collect();
        assert!(!refused.is_empty() && refused.iter().all(|reason| *reason == "global-rate"));
        assert_eq!(limits.count("charges", now + Duration::from_secs(1)), Ok(()));
    }
}

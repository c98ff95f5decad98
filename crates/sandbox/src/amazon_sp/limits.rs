//! A token bucket for each operation, with the documented rates and bursts; real time.
use super::error::SpError;
use crate::AppState;
use axum::http::HeaderValue;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Operation, ten-thousandths of a call a second, and how many calls may come at once.
const PLANS: [(&str, u64, u64); 9] = [
    ("amazon_sp.orders", 56, 20),
    ("amazon_sp.order", 5_000, 30),
    ("amazon_sp.transactions", 5_000, 10),
    ("amazon_sp.balances", 5_000, 10),
    ("amazon_sp.sellers", 160, 15),
    ("amazon_sp.report_create", 167, 15),
    ("amazon_sp.reports", 222, 10),
    ("amazon_sp.report", 20_000, 15),
    ("amazon_sp.document", 167, 15),
];

fn plan(point: &str) -> Option<(u64, u64)> {
    PLANS.iter().find(|(name, _, _)| *name == point).map(|(_, rate, burst)| (*rate, *burst))
}

/// The value of `x-amzn-RateLimit-Limit`.
pub fn rate_header(point: &str) -> Option<HeaderValue> {
    let (rate, _) = plan(point)?;
    let text = format!("{}.{:04}", rate / 10_000, rate % 10_000);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    HeaderValue::from_str(text).ok()
}

/// How full the buckets are: when last counted, and ten-thousandths of calls left then.
#[derive(Debug, Default)]
pub struct Limits {
    buckets: Mutex<HashMap<&'static str, (Instant, u64)>>,
}

impl Limits {
    /// Takes a call from the operation's bucket, or refuses it.
    pub fn admit(&self, state: &AppState, point: &'static str) -> Result<(), SpError> {
        if state.options.unlimited || self.take(point, Instant::now()) {
            return Ok(());
        }
        Err(SpError::quota_exceeded())
    }

    fn take(&self, point: &'static str, now: Instant) -> bool {
        let Some((rate, burst)) = plan(point) else { return true };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, left) = buckets.entry(point).or_insert((now, burst * 10_000));
        let passed = u64::try_from(now.duration_since(*last).as_millis()).unwrap_or(u64::MAX);
        let gained = passed.saturating_mul(rate) / 1_000;
        // the clock only moves on when something was gained, so that slow rates do not lose their fractions
        if gained > 0 {
            *left = (*left + gained).min(burst * 10_000);
            *last = now;
        }
        let allowed = *left >= 10_000;
        if allowed {
            *left -= 10_000;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_burst_runs_out_and_comes_back_at_the_rate() {
        let (limits, now) = (Limits::default(), Instant::now());
        let admitted = (0..30).filter(|_| limits.take("amazon_sp.orders", now)).count();
        assert_eq!(admitted, 20);
        assert!(!limits.take("amazon_sp.orders", now + Duration::from_secs(100)));
        assert!(limits.take("amazon_sp.orders", now + Duration::from_secs(180)));
        assert!(!limits.take("amazon_sp.orders", now + Duration::from_secs(180)));
        assert_eq!(rate_header("amazon_sp.orders").unwrap(), "0.0056");
        assert_eq!(rate_header("amazon_sp.report").unwrap(), "2");
    }
}

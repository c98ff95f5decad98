//! How much one caller may ask for: a bucket of requests that fills by itself, for each person, key and organisation. It
//! is kept in memory; several servers each have their own.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How fast a bucket fills, and what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second, over time.
    pub per_second: u32,
    /// Requests at once.
    pub burst: u32,
}

/// How much callers may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// One person, with all their sessions.
    pub person: Rate,
    /// One API key.
    pub key: Rate,
    /// One organisation, with all its people and keys.
    pub organisation: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            // a page asks about a dozen questions at once
            person: Rate { per_second: 50, burst: 300 },
            key: Rate { per_second: 300, burst: 600 },
            organisation: Rate { per_second: 600, burst: 1_200 },
        }
    }
}

/// Buckets beyond which those that are full again are forgotten.
const MANY: usize = 10_000;
/// What one request takes, in billionths: time is counted in nanoseconds, so that nothing is rounded.
const ONE: u128 = 1_000_000_000;

/// The buckets.
#[derive(Debug, Default)]
pub(crate) struct Buckets(Mutex<HashMap<String, Bucket>>);

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: u128,
    at: Instant,
    rate: Rate,
}

impl Bucket {
    fn filled(self, now: Instant) -> Self {
        let passed = now.saturating_duration_since(self.at).as_nanos();
        let full = u128::from(self.rate.burst) * ONE;
        Self { left: (self.left + passed * u128::from(self.rate.per_second)).min(full), at: now, ..self }
    }
}

impl Buckets {
    /// Takes one request out of each bucket; or out of none, and says how long until there is one.
    pub(crate) fn take(&self, of: &[(String, Rate)], now: Instant) -> Result<(), Duration> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > MANY {
            buckets.retain(|_, bucket| bucket.filled(now).left < u128::from(bucket.rate.burst) * ONE);
        }
        let mut wait = Duration::ZERO;
        for (name, rate) in of {
            let full = Bucket { left: u128::from(rate.burst) * ONE, at: now, rate: *rate };
            let bucket = buckets.entry(name.clone()).or_insert(full);
            *bucket = bucket.filled(now);
            if bucket.left < ONE {
                let nanos = (ONE - bucket.left).div_ceil(u128::from(rate.per_second.max(1)));
                wait = wait.max(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)));
            }
        }
        if !wait.is_zero() {
            return Err(wait);
        }
        for (name, _) in of {
            if let Some(bucket) = buckets.get_mut(name) {
                bucket.left -= ONE;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_by_itself() {
        let (buckets, start) = (Buckets::default(), Instant::now());
        let one = [("person ada".to_owned(), Rate { per_second: 2, burst: 3 })];
        for _ in 0..3 {
            buckets.take(&one, start).unwrap();
        }
        assert_eq!(buckets.take(&one, start), Err(Duration::from_millis(500)));
        buckets.take(&one, start + Duration::from_millis(500)).unwrap();
        assert!(buckets.take(&one, start + Duration::from_millis(500)).is_err());
        // others have their own
        buckets.take(&[("person bob".to_owned(), one[0].1)], start).unwrap();
        // a refused request takes nothing out of the other bucket
        let both = [one[0].clone(), ("organisation".to_owned(), Rate { per_second: 1, burst: 1 })];
        assert!(buckets.take(&both, start + Duration::from_millis(500)).is_err());
        buckets.take(&both[1..], start + Duration::from_millis(500)).unwrap();
    }
}

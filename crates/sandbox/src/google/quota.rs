//! Quotas that refill at the end of a window of real time.
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One quota: so much in a window.
#[derive(Debug)]
pub struct Quota {
    limit: u64,
    length: Duration,
    state: Mutex<Option<(Instant, u64)>>,
}

impl Quota {
    /// A quota of `limit` in each `length`, begun by the first use.
    pub const fn new(limit: u64, length: Duration) -> Quota {
        Quota { limit, length, state: Mutex::new(None) }
    }

    /// Takes `amount` and tells what is left, or the time until the window ends when too little is left.
    pub fn take(&self, amount: u64, now: Instant) -> Result<u64, Duration> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (began, used) = match *state {
            Some((began, used)) if now.duration_since(began) < self.length => (began, used),
            _ => (now, 0),
        };
        let allowed = used + amount <= self.limit;
        *state = Some((began, if allowed { used + amount } else { used }));
        match allowed {
            true => Ok(self.limit - used - amount),
            false => Err(self.length.saturating_sub(now.duration_since(began))),
        }
    }

    /// Takes as much as is there: for a cost that is known only after the work is done.
    pub fn charge(&self, amount: u64, now: Instant) -> u64 {
        self.take(amount, now).unwrap_or_else(|_| {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, used)) = state.as_mut() {
                *used = self.limit;
            }
            0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_empties_and_refills() {
        let (start, minute) = (Instant::now(), Duration::from_secs(60));
        let quota = Quota::new(3, minute);
        assert_eq!(quota.take(2, start), Ok(1));
        assert_eq!(quota.take(2, start + minute / 4), Err(minute * 3 / 4));
        assert_eq!(quota.take(1, start + minute / 2), Ok(0));
        assert_eq!(quota.take(1, start + minute), Ok(2));
        assert_eq!(quota.charge(5, start + minute), 0);
        assert_eq!(quota.take(1, start + minute), Err(minute));
    }
}

//! Pauses between tries: growing, and drawn at random so that many callers do not return at the same moment.

use std::time::Duration;

use rand::Rng;

/// How long to wait before the next try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Upper bound of the first pause.
    pub first: Duration,
    /// Upper bound of any pause.
    pub longest: Duration,
    /// Tries in all, the first included.
    pub tries: u32,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_millis(500), longest: Duration::from_secs(60), tries: 8 }
    }
}

impl Backoff {
    /// The pause after the `failed`-th try (counted from 1), or none when no try is left. What the platform asked
    /// for (`Retry-After`) is the least; it is never cut short.
    pub fn pause(&self, failed: u32, asked: Option<Duration>, draw: &mut impl Rng) -> Option<Duration> {
        if failed >= self.tries {
            return None;
        }
        let doublings = failed.saturating_sub(1).min(20);
        let bound = self.first.saturating_mul(1 << doublings).min(self.longest);
        // half fixed, half drawn: never immediate, never in step
        let drawn = bound.mul_f64(draw.random_range(0.5..=1.0));
        Some(match asked {
            Some(asked) => asked + drawn.min(Duration::from_secs(1)),
            None => drawn,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    #[test]
    fn grows_within_its_bounds_and_ends() {
        let backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(10), tries: 6 };
        let mut draw = SmallRng::seed_from_u64(7);
        for (failed, bound) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 10)] {
            let pause = backoff.pause(failed, None, &mut draw).unwrap();
            let bound = Duration::from_secs(bound);
            assert!(pause >= bound / 2 && pause <= bound, "{failed}: {pause:?}");
        }
        assert_eq!(backoff.pause(6, None, &mut draw), None);
    }

    #[test]
    fn waits_at_least_as_long_as_it_was_asked_to() {
        let asked = Duration::from_secs(90);
        let pause = Backoff::default().pause(1, Some(asked), &mut SmallRng::seed_from_u64(1)).unwrap();
        assert!(pause >= asked && pause <= asked + Duration::from_secs(1));
    }
}

//! The clock of a connection: the machine's. A test of the whole program may ask for a hurried one, so that limits of
//! hours are kept within a second; that is possible only in a build for debugging and only where the connection leads to
//! this machine or a private network, so no platform ever sees more calls than its limits allow.

use std::sync::Arc;

use netgain_connector::{Clock, SystemClock};
use netgain_control::Connection;

/// The clock by which a connection waits.
pub(crate) fn clock_of(connection: &Connection) -> Arc<dyn Clock> {
    #[cfg(debug_assertions)]
    if connection.local
        && let Some(speed) = hurried::speed()
    {
        return Arc::new(hurried::Hurried::new(speed));
    }
    let _ = connection;
    Arc::new(SystemClock)
}

#[cfg(debug_assertions)]
mod hurried {
    use std::sync::{Mutex, PoisonError};
    use std::time::Duration;

    use jiff::Timestamp;
    use netgain_connector::Clock;

    /// How many times shorter each wait is.
    const VARIABLE: &str = "NETGAIN_LOCAL_SPEED";
    /// The least that is waited: whoever asks again and again lets others come in between.
    const LEAST: Duration = Duration::from_millis(1);

    /// The speed that was asked for.
    pub(super) fn speed() -> Option<u32> {
        std::env::var(VARIABLE).ok()?.parse().ok().filter(|speed| *speed > 1)
    }

    /// Waits are shorter than they read; the clock is moved on by what was left out.
    pub(super) struct Hurried {
        speed: u32,
        ahead: Mutex<Duration>,
    }

    impl Hurried {
        pub(super) fn new(speed: u32) -> Self {
            Self { speed, ahead: Mutex::default() }
        }
    }

    #[async_trait::async_trait]
    impl Clock for Hurried {
        fn now(&self) -> Timestamp {
            let ahead = *self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
            Timestamp::now().checked_add(ahead).unwrap_or(Timestamp::MAX)
        }

        async fn sleep(&self, time: Duration) {
            let end = self.now().checked_add(time).unwrap_or(Timestamp::MAX);
            tokio::time::sleep((time / self.speed).max(LEAST.min(time))).await;
            let left = Duration::try_from(end.duration_since(Timestamp::now())).unwrap_or_default();
            let mut ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
            // others may have waited longer meanwhile
            *ahead = (*ahead).max(left);
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[tokio::test]
        async fn an_hour_has_passed_after_it_was_waited_for() {
            let clock = Hurried::new(1_000_000);
            let before = clock.now();
            tokio::join!(clock.sleep(Duration::from_secs(3_600)), clock.sleep(Duration::from_secs(60)));
            let passed = clock.now().duration_since(before).as_secs();
            // both waited at the same time, so their times do not add up
            assert!((3_600..3_660).contains(&passed), "{passed}");
        }
    }
}

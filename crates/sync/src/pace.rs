//! How fast a sync is and when it will be done, from what was kept of late.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Over which time the rate is taken.
const WINDOW: Duration = Duration::from_secs(10);
/// A shorter time gives no rate worth showing.
const SHORTEST: Duration = Duration::from_millis(500);
/// All of a stream, in ten-thousandths.
const WHOLE: u16 = 10_000;

/// How far a sync is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// The stream being read.
    pub stream: String,
    /// Records kept so far in this run.
    pub records: u64,
    /// Part of the stream that is done in ten-thousandths, where its end is known.
    pub fraction: Option<u16>,
    /// Records per second of late.
    pub records_per_second: Option<u64>,
    /// Seconds to the end of the stream, where it is known.
    pub seconds_left: Option<u64>,
}

/// Follows a run.
#[derive(Debug)]
pub(crate) struct Pace {
    stream: String,
    stream_began: Instant,
    fraction: Option<u16>,
    records: u64,
    seen: VecDeque<(Instant, u64)>,
}

impl Pace {
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            stream: String::new(),
            stream_began: now,
            fraction: None,
            records: 0,
            seen: VecDeque::from([(now, 0)]),
        }
    }

    /// A stream begins.
    pub(crate) fn begin(&mut self, stream: &str, now: Instant) {
        stream.clone_into(&mut self.stream);
        self.stream_began = now;
        self.fraction = None;
    }

    /// So many more records were kept.
    pub(crate) fn add(&mut self, records: u64, fraction: Option<u16>, now: Instant) {
        self.records += records;
        self.fraction = fraction.or(self.fraction);
        self.seen.push_back((now, self.records));
        // one that is older than the window stays, as the point from which the rate is taken
        while self.seen.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= WINDOW) {
            self.seen.pop_front();
        }
    }

    /// How far it is.
    pub(crate) fn progress(&self, now: Instant) -> Progress {
        let elapsed = now.duration_since(self.stream_began);
        let left = |fraction: u16| {
            let done = u128::from(fraction.min(WHOLE));
            let to_do = u128::from(WHOLE) - done;
            (done > 0).then(|| elapsed.as_millis() * to_do / done / 1000)
        };
        let seconds_left = self.fraction.filter(|_| elapsed >= SHORTEST).and_then(left);
        Progress {
            stream: self.stream.clone(),
            records: self.records,
            fraction: self.fraction,
            records_per_second: self.rate(now),
            seconds_left: seconds_left.and_then(|seconds| u64::try_from(seconds).ok()),
        }
    }

    fn rate(&self, now: Instant) -> Option<u64> {
        let (from, before) = self.seen.front()?;
        let time = now.duration_since(*from);
        if time < SHORTEST {
            return None;
        }
        let rate = u128::from(self.records - before) * 1000 / time.as_millis().max(1);
        u64::try_from(rate).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_is_of_late_and_the_end_follows_from_the_part_done() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut pace = Pace::new(start);
        pace.begin("orders", start);
        assert_eq!(pace.progress(start).records_per_second, None);
        for second in 1..=20 {
            pace.add(100, Some(250), at(second));
        }
        for second in 21..=40 {
            pace.add(300, Some(5_000), at(second));
        }
        let progress = pace.progress(at(40));
        assert_eq!((progress.records, progress.records_per_second), (8_000, Some(300)));
        assert_eq!((progress.fraction, progress.seconds_left), (Some(5_000), Some(40)));
        // nothing came since: it slows down instead of staying at its last rate
        assert_eq!(pace.progress(at(60)).records_per_second, Some(100));
        pace.begin("customers", at(60));
        let progress = pace.progress(at(60));
        assert_eq!((progress.fraction, progress.seconds_left, progress.records), (None, None, 8_000));
    }
}

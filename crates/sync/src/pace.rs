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
pub struct Pace {
    stream: String,
    /// When a part of the stream was first said to be done, and which: a run may go on in its middle.
    first: Option<(Instant, u16)>,
    fraction: Option<u16>,
    records: u64,
    seen: VecDeque<(Instant, u64)>,
}

impl Pace {
    /// A run begins.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self {
            stream: String::new(),
            first: None,
            fraction: None,
            records: 0,
            seen: VecDeque::from([(now, 0)]),
        }
    }

    /// A stream begins.
    pub fn begin(&mut self, stream: &str) {
        stream.clone_into(&mut self.stream);
        self.first = None;
        self.fraction = None;
    }

    /// So many more records were kept.
    pub fn add(&mut self, records: u64, fraction: Option<u16>, now: Instant) {
        self.records += records;
        if let Some(fraction) = fraction {
            self.first.get_or_insert((now, fraction));
            self.fraction = Some(fraction);
        }
        self.seen.push_back((now, self.records));
        // one that is older than the window stays, as the point from which the rate is taken
        while self.seen.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= WINDOW) {
            self.seen.pop_front();
        }
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self, now: Instant) -> Progress {
        let left = |fraction: u16| {
            let (since, at_first) = self.first?;
            let elapsed = now.duration_since(since);
            let done = u128::from(fraction.saturating_sub(at_first));
            let to_do = u128::from(WHOLE.saturating_sub(fraction));
            (done > 0 && elapsed >= SHORTEST).then(|| elapsed.as_millis() * to_do / done / 1000)
        };
        let seconds_left = self.fraction.and_then(left);
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
        pace.begin("orders");
        assert_eq!(pace.progress(start).records_per_second, None);
        for second in 1..=20 {
            pace.add(100, Some(250), at(second));
        }
        for second in 21..=39 {
            pace.add(300, Some(4_000), at(second));
        }
        pace.add(300, Some(5_125), at(40));
        let progress = pace.progress(at(40));
        assert_eq!((progress.records, progress.records_per_second), (8_000, Some(300)));
        assert_eq!((progress.fraction, progress.seconds_left), (Some(5_125), Some(39)));
        // nothing came since: it slows down instead of staying at its last rate
        assert_eq!(pace.progress(at(60)).records_per_second, Some(100));
        pace.begin("customers");
        let progress = pace.progress(at(60));
        assert_eq!((progress.fraction, progress.seconds_left, progress.records), (None, None, 8_000));
    }
}

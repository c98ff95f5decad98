//! Which days are still to be read, and in which windows.

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

/// Days from `since` to `until`, both included, in the zone of their account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Days {
    pub since: Date,
    pub until: Date,
}

/// Days that one job is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub days: Days,
    /// Whether the platform may still restate them.
    pub provisional: bool,
}

fn days(count: u32) -> Span {
    i64::from(count).days()
}

impl Days {
    /// How many days there are.
    pub fn count(self) -> u32 {
        let between = self.since.until(self.until).map_or(0, |span| span.get_days());
        u32::try_from(between.saturating_add(1)).unwrap_or(0)
    }

    /// The newer and the older half; nothing for a single day.
    pub fn halves(self) -> Option<(Self, Self)> {
        if self.count() < 2 {
            return None;
        }
        let newer = self.until.saturating_sub(days(self.count() / 2 - 1));
        Some((
            Self { since: newer, until: self.until },
            Self { since: self.since, until: newer.saturating_sub(days(1)) },
        ))
    }
}

/// Adds days to a list of ranges in order, joining those that touch.
pub(crate) fn settle(settled: &mut Vec<Days>, added: Days) {
    settled.push(added);
    settled.sort_by_key(|days| days.since);
    let mut joined: Vec<Days> = Vec::with_capacity(settled.len());
    for next in settled.drain(..) {
        match joined.last_mut() {
            Some(last) if next.since <= last.until.saturating_add(days(1)) => {
                last.until = last.until.max(next.until);
            }
            _ => joined.push(next),
        }
    }
    *settled = joined;
}

/// Cuts the days of `whole` that are not settled into windows of at most `step` days, newest first. Days after
/// `last_final` are provisional and share no window with others.
pub(crate) fn plan(whole: Days, settled: &[Days], last_final: Date, step: u32) -> Vec<Window> {
    let mut windows = Vec::new();
    let mut until = whole.until;
    let mut known = settled.iter().rev().skip_while(|days| days.since > whole.until).peekable();
    while until >= whole.since {
        let mut since = whole.since.max(until.saturating_sub(days(step.max(1) - 1)));
        if let Some(next) = known.peek() {
            if next.until >= until {
                until = next.since.saturating_sub(days(1));
                known.next();
                continue;
            }
            since = since.max(next.until.saturating_add(days(1)));
        }
        let provisional = until > last_final;
        if provisional {
            since = since.max(last_final.saturating_add(days(1)));
        }
        windows.push(Window { days: Days { since, until }, provisional });
        until = since.saturating_sub(days(1));
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(since: &str, until: &str) -> Days {
        Days { since: since.parse().unwrap(), until: until.parse().unwrap() }
    }

    fn shown(windows: &[Window]) -> Vec<String> {
        let mark = |window: &Window| if window.provisional { " provisional" } else { "" };
        let text = |window: &Window| format!("{}..{}{}", window.days.since, window.days.until, mark(window));
        windows.iter().map(text).collect()
    }

    #[test]
    fn the_newest_days_come_first_and_provisional_ones_stand_alone() {
        let whole = range("2026-01-01", "2026-03-31");
        let windows = plan(whole, &[], "2026-03-02".parse().unwrap(), 30);
        assert_eq!(
            shown(&windows),
            [
                "2026-03-03..2026-03-31 provisional",
                "2026-02-01..2026-03-02",
                "2026-01-02..2026-01-31",
                "2026-01-01..2026-01-01",
            ]
        );
    }

    #[test]
    fn settled_days_are_left_out_wherever_they_are() {
        let settled = [
            range("2025-01-01", "2026-01-10"),
            range("2026-01-20", "2026-01-25"),
            range("2026-02-01", "2026-02-02"),
        ];
        let windows = plan(range("2026-01-01", "2026-02-02"), &settled, "2026-01-31".parse().unwrap(), 5);
        assert_eq!(
            shown(&windows),
            [
                "2026-01-27..2026-01-31",
                "2026-01-26..2026-01-26",
                "2026-01-15..2026-01-19",
                "2026-01-11..2026-01-14"
            ]
        );
        assert_eq!(plan(range("2025-06-01", "2025-06-30"), &settled, "2026-01-31".parse().unwrap(), 5), []);
    }

    /// Whatever was settled, every day is planned or settled, and none twice.
    #[test]
    fn no_day_is_lost_or_planned_twice() {
        let whole = range("2026-01-01", "2026-04-30");
        for seed in 0..60_i64 {
            let mut settled = Vec::new();
            for piece in 0..(seed % 5) {
                let start = whole.since.saturating_add(((seed * 17 + piece * 29) % 100).days());
                settle(&mut settled, Days { since: start, until: start.saturating_add((seed % 11).days()) });
            }
            let last_final = whole.until.saturating_sub((seed % 40).days());
            let windows = plan(whole, &settled, last_final, 1 + (seed % 31) as u32);
            let mut day = whole.since;
            while day <= whole.until {
                let holds = |days: &Days| days.since <= day && day <= days.until;
                let planned = windows.iter().filter(|window| holds(&window.days));
                let times = planned.clone().count() + settled.iter().filter(|days| holds(days)).count();
                assert_eq!(times, 1, "seed {seed}, {day}");
                assert!(planned.clone().all(|window| window.provisional == (day > last_final)));
                day = day.tomorrow().unwrap();
            }
            assert!(windows.windows(2).all(|pair| pair[0].days.since > pair[1].days.until));
        }
    }

    #[test]
    fn ranges_that_touch_become_one() {
        let mut settled = Vec::new();
        for days in [
            range("2026-02-01", "2026-02-28"),
            range("2026-04-01", "2026-04-02"),
            range("2026-03-01", "2026-03-31"),
        ] {
            settle(&mut settled, days);
        }
        assert_eq!(settled, [range("2026-02-01", "2026-04-02")]);
    }

    #[test]
    fn halves_hold_all_days_down_to_a_single_one() {
        assert_eq!(
            range("2026-01-01", "2026-01-05").halves(),
            Some((range("2026-01-04", "2026-01-05"), range("2026-01-01", "2026-01-03")))
        );
        assert_eq!(range("2026-01-01", "2026-01-02").halves().unwrap().0.count(), 1);
        assert_eq!(range("2026-01-01", "2026-01-01").halves(), None);
    }
}

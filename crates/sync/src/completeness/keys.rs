//! Where a provider counts nothing: its records are listed again, span by span, and their keys looked for among ours.

use std::collections::BTreeSet;
use std::sync::Mutex;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use netgain_connector::{Sink, Span};
use netgain_manifest::{Measure, Totals};
use netgain_warehouse::{Check, CheckState};

use super::{Checker, Ids, TRIES, measured};
use crate::Error;

/// No platform has records before.
const FIRST_DAY: Date = jiff::civil::date(1970, 1, 1);

pub(super) async fn check(this: &Checker<'_>, totals: &Totals) -> Result<Vec<Check>, Error> {
    let Totals::Keys { column, read, step_days, margin_s, max_age_days, .. } = totals else {
        return Ok(Vec::new());
    };
    let until = this.settled();
    let oldest = this.job.warehouse.oldest(this.counted(), column)?.map(day_of);
    let reaches = max_age_days.map(|days| day_of(until).saturating_sub(i64::from(days).days()));
    let margin = SignedDuration::from_secs(i64::from(*margin_s));
    let mut checks = Vec::new();
    for (first, end) in spans((oldest, reaches, this.from), *step_days, until) {
        let (since, until) = (midnight(first), midnight(end).min(until));
        let asked = Span { since: since.checked_sub(margin).unwrap_or(since), until };
        let mut listed = BTreeSet::new();
        let mut tries = 0;
        let missing = loop {
            let ids = Ids { mapper: this.mapper, found: Mutex::default() };
            let sink: &dyn Sink = &ids;
            this.engine.read_span(this.stream, read, this.accounts, asked, sink).await?;
            // what one listing left out, another one may hold
            listed.extend(ids.found.into_inner().unwrap_or_default());
            let listed: Vec<String> = listed.iter().cloned().collect();
            let missing = this.job.warehouse.absent(this.counted(), &listed)?.len();
            if missing == 0 || !this.heal || tries == TRIES {
                break missing;
            }
            tries += 1;
            this.engine.read_span(this.stream, read, this.accounts, asked, this.sink).await?;
            this.keeper.flush().await?;
        };
        let state = match (missing, tries) {
            (0, 0) => CheckState::Ok,
            (0, _) => CheckState::Healed,
            _ => CheckState::Differs,
        };
        let ours = this.job.warehouse.ids_between(this.counted(), column, since, until)?.len();
        let numbers = (ours.into(), (ours + missing).into());
        let line = measured(&this.stream.name, &Measure::Count, numbers, Timestamp::now(), state);
        let note = if state == CheckState::Differs { this.set_aside()? } else { None };
        let last = end.yesterday().unwrap_or(end).min(day_of(until));
        checks.push(Check { day: Some(first), until_day: Some(last), note, ..line });
    }
    Ok(checks)
}

/// The spans up to an instant, oldest first, each from a day to before a day: what lies before the oldest that we hold
/// in one, the rest in steps. `(oldest, reaches, from)` are the first day that we hold, the first that the provider
/// lists, and the first that is looked at.
fn spans(
    (oldest, reaches, from): (Option<Date>, Option<Date>, Option<Date>),
    step: u32,
    until: Timestamp,
) -> Vec<(Date, Date)> {
    let end = day_of(until).tomorrow().unwrap_or(Date::MAX);
    let first = reaches.max(from).map(|day| span_begin(day, step));
    let mut spans = Vec::new();
    let mut next = match (first, oldest) {
        (Some(first), _) => first,
        (None, Some(oldest)) => {
            let begin = span_begin(oldest, step);
            if begin > FIRST_DAY {
                spans.push((FIRST_DAY, begin));
            }
            begin
        }
        (None, None) => {
            spans.push((FIRST_DAY, end));
            end
        }
    };
    while next < end {
        let after = next.saturating_add(i64::from(step.max(1)).days());
        spans.push((next, after));
        next = after;
    }
    spans
}

/// The first day of the span of so many days that a day lies in; spans are counted from 1970 on, so that they stay
/// the same from one check to the next.
pub(super) fn span_begin(day: Date, step: u32) -> Date {
    let days = i64::from(FIRST_DAY.until(day).map_or(0, |span| span.get_days()));
    let step = i64::from(step.max(1));
    FIRST_DAY.saturating_add((days.max(0) / step * step).days())
}

fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_lie_side_by_side_and_stay_the_same_as_days_pass() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let all = spans((Some(day("2026-01-10")), None, None), 30, at("2026-03-31T12:00:00Z"));
        assert_eq!(all[0].0, FIRST_DAY);
        assert!(all.windows(2).all(|two| two[0].1 == two[1].0), "{all:?}");
        assert!(all[0].1 <= day("2026-01-10") && all.last().unwrap().1 > day("2026-03-31"));
        // the last days alone: the spans that they lie in, as they were before
        let recent =
            spans((Some(day("2026-01-10")), None, Some(day("2026-03-29"))), 30, at("2026-03-31T13:00:00Z"));
        assert_eq!(recent[..], all[all.len() - recent.len()..]);
        assert!(recent[0].0 <= day("2026-03-29"));
        // nothing is stored: whatever the provider has is missing
        let none = spans((None, None, None), 30, at("2026-03-31T12:00:00Z"));
        assert_eq!(none, [(FIRST_DAY, day("2026-04-01"))]);
        // and no further back than the provider lists
        let kept = spans((None, Some(day("2026-03-01")), None), 7, at("2026-03-31T12:00:00Z"));
        assert!(kept[0].0 > day("2026-02-20") && kept[0].0 <= day("2026-03-01"), "{kept:?}");
    }
}

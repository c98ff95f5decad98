//! Counts by span of time: older months whole, the last days one by one, and whatever differs in halves until it is a
//! day, whose records are then listed and read again.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use netgain_connector::{Ask, Sink, Span, Total};
use netgain_domain::Decimal;
use netgain_manifest::{Cursor, Measure, Request, Totals};
use netgain_warehouse::{Check, CheckState};

use super::{Checker, Ids, TRIES, column_of, measured};
use crate::Error;
use crate::gone::{self, Gone};

/// The last days are compared one by one; older ones by the month.
const SINGLE_DAYS: i64 = 31;
/// No platform has records before.
const FIRST_DAY: Date = jiff::civil::date(1970, 1, 1);

/// Days, both included (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Days {
    first: Date,
    last: Date,
}

/// How spans are compared.
struct Compared<'a> {
    ask: Ask<'a>,
    measure: &'a Measure,
    column: &'a str,
    read: Option<&'a Request>,
    until: Timestamp,
}

pub(super) async fn check(this: &Checker<'_>, totals: &Totals) -> Result<Vec<Check>, Error> {
    let Totals::Window { request, path, exact, column, measure, read, .. } = totals else {
        return Ok(Vec::new());
    };
    let compared = Compared {
        ask: Ask { request, path, exact: exact.as_ref() },
        measure,
        column,
        read: read.as_ref(),
        until: this.settled(),
    };
    let oldest = this.job.warehouse.oldest(this.counted(), column)?;
    let today = day_of(compared.until);
    // newest first: the stack gives the last one
    let mut left = plan(oldest.map_or(today, day_of), today, this.from);
    let mut checks = Vec::new();
    // where the records of a span cannot be listed, the whole stream is read again, once
    let whole = this.heal && compared.read.is_none() && matches!(this.stream.cursor, Cursor::Full {});
    let mut later = Vec::new();
    while let Some(days) = left.pop() {
        let (ours, theirs) = both(this, &compared, days).await?;
        let equal = theirs.exact && ours == theirs.value;
        if !equal && days.first < days.last {
            let (older, newer) = halves(days);
            left.extend([older, newer]);
        } else if !theirs.exact {
            let why = format!("the provider counts {} or more on {}", theirs.value, days.first);
            checks.push(this.not_checkable(&why));
        } else if equal {
            checks.push(line(this, &compared, days, (ours, theirs), CheckState::Ok));
        } else if whole {
            later.push(days);
        } else {
            checks.push(one_day(this, &compared, days, (ours, theirs)).await?);
        }
    }
    if !later.is_empty() {
        this.read_all_again().await?;
    }
    for days in later {
        let (ours, theirs) = both(this, &compared, days).await?;
        let state = if ours == theirs.value { CheckState::Healed } else { CheckState::Differs };
        let note = if state == CheckState::Differs { this.set_aside()? } else { None };
        checks.push(Check { note, ..line(this, &compared, days, (ours, theirs), state) });
    }
    Ok(checks)
}

/// What differs on a day, after it was read again where that is wanted.
async fn one_day(
    this: &Checker<'_>,
    compared: &Compared<'_>,
    days: Days,
    (mut ours, mut theirs): (Decimal, Total),
) -> Result<Check, Error> {
    if this.heal
        && let Some(request) = compared.read
    {
        for _ in 0..TRIES {
            let span = span_of(compared, days);
            if ours > theirs.value && matches!(compared.measure, Measure::Count) {
                forget_gone(this, compared, request, span, theirs).await?;
            } else {
                this.engine.read_span(this.stream, request, this.accounts, span, this.sink).await?;
                this.keeper.flush().await?;
            }
            (ours, theirs) = both(this, compared, days).await?;
            if ours == theirs.value {
                return Ok(line(this, compared, days, (ours, theirs), CheckState::Healed));
            }
        }
    }
    let mut note = this.set_aside()?;
    if this.heal && compared.read.is_none() {
        note = Some("its records cannot be listed by time: read all with `netgain sync --full`".to_owned());
    } else if this.heal && note.is_none() {
        note = Some(format!(
            "it was read again {TRIES} times and the provider's list still differs from its count"
        ));
    }
    let check = line(this, compared, days, (ours, theirs), CheckState::Differs);
    Ok(Check { note, ..check })
}

/// Deletes what a complete list of the span does not have: it is gone at the platform.
async fn forget_gone(
    this: &Checker<'_>,
    compared: &Compared<'_>,
    request: &Request,
    span: Span,
    theirs: Total,
) -> Result<(), Error> {
    let ids = Ids { mapper: this.mapper, found: std::sync::Mutex::default() };
    let sink: &dyn Sink = &ids;
    this.engine.read_span(this.stream, request, this.accounts, span, sink).await?;
    let mut listed = ids.found.into_inner().unwrap_or_default();
    listed.sort_unstable();
    listed.dedup();
    // a list that is shorter than the count has gaps, and then nobody knows what is gone
    if Decimal::from(listed.len()) != theirs.value {
        return Ok(());
    }
    let ours = this.job.warehouse.ids_between(this.counted(), compared.column, span.since, span.until)?;
    let gone: Vec<String> = ours.into_iter().filter(|id| listed.binary_search(id).is_err()).collect();
    if gone.is_empty() {
        return Ok(());
    }
    let _turn = crate::runner::locked(&this.job.turn);
    let from = Gone {
        warehouse: &this.job.warehouse,
        archive: &this.job.archive,
        connection: &this.job.connection.id,
        source: &this.job.manifest.id,
        stream: &this.stream.name,
        table: this.table,
    };
    gone::forget(&from, gone, theirs.at)
}

async fn both(this: &Checker<'_>, compared: &Compared<'_>, days: Days) -> Result<(Decimal, Total), Error> {
    let span = span_of(compared, days);
    let theirs = this.engine.total(this.stream, compared.ask, this.accounts, Some(span), this.sink).await?;
    let between = Some((compared.column, span.since, span.until));
    let ours = this.job.warehouse.measured(this.counted(), column_of(compared.measure), between)?;
    Ok((ours, theirs))
}

fn line(
    this: &Checker<'_>,
    compared: &Compared<'_>,
    days: Days,
    (ours, theirs): (Decimal, Total),
    state: CheckState,
) -> Check {
    let check = measured(&this.stream.name, compared.measure, (ours, theirs.value), theirs.at, state);
    Check { day: Some(days.first), until_day: Some(days.last), ..check }
}

fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

fn span_of(compared: &Compared<'_>, days: Days) -> Span {
    let end = days.last.tomorrow().map_or(Timestamp::MAX, midnight);
    Span { since: midnight(days.first), until: end.min(compared.until) }
}

/// The spans that are compared, oldest first: all before the oldest month that we know of, months, single days; with
/// `from`, single days from that one on.
fn plan(oldest: Date, today: Date, from: Option<Date>) -> Vec<Days> {
    let single = today.saturating_sub((SINGLE_DAYS - 1).days()).max(FIRST_DAY);
    let mut first = oldest.first_of_month().max(FIRST_DAY).min(single);
    let mut spans = Vec::new();
    let single = from.unwrap_or(single);
    if let Some(from) = from {
        first = from;
    } else if let Ok(last) = first.yesterday()
        && last >= FIRST_DAY
    {
        spans.push(Days { first: FIRST_DAY, last });
    }
    while first <= today {
        let last = if first < single {
            let month = first.last_of_month();
            single.yesterday().map_or(month, |end| month.min(end))
        } else {
            first
        };
        spans.push(Days { first, last });
        match last.tomorrow() {
            Ok(next) => first = next,
            Err(_) => break,
        }
    }
    spans
}

fn halves(days: Days) -> (Days, Days) {
    let between = days.first.until(days.last).map_or(0, |span| span.get_days());
    let middle = days.first.saturating_add((between / 2).days());
    let next = middle.tomorrow().unwrap_or(days.last);
    (Days { first: days.first, last: middle }, Days { first: next, last: days.last })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_cover_every_day_once_and_halves_end_at_days() {
        for (oldest, today) in
            [("2024-02-29", "2026-03-01"), ("2026-03-01", "2026-03-01"), ("2026-01-30", "2026-03-01")]
        {
            let (oldest, today): (Date, Date) = (oldest.parse().unwrap(), today.parse().unwrap());
            let spans = plan(oldest, today, None);
            assert_eq!(spans.first().map(|days| days.first), Some(FIRST_DAY));
            assert_eq!(spans.last(), Some(&Days { first: today, last: today }));
            assert!(spans.windows(2).all(|two| two[0].last.tomorrow().unwrap() == two[1].first), "{spans:?}");
            let mut single = vec![spans[0]];
            let mut left = Vec::new();
            while let Some(days) = single.pop() {
                if days.first == days.last {
                    left.push(days.first);
                    continue;
                }
                let (older, newer) = halves(days);
                assert!(older.first <= older.last && newer.first <= newer.last && newer.last == days.last);
                single.extend([newer, older]);
            }
            assert!(left.windows(2).all(|two| two[0].tomorrow().unwrap() == two[1]));
            assert_eq!(left.last(), Some(&spans[0].last));
            let from = today.yesterday().unwrap();
            let recent = plan(oldest, today, Some(from));
            assert_eq!(
                recent.iter().map(|days| (days.first, days.last)).collect::<Vec<_>>(),
                [(from, from), (today, today)]
            );
        }
    }
}

//! Exchange rates: which one holds on a day, and why. A missing rate is an error that is shown, never 1
//! (`profit.md`, section 5).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use netgain_domain::facts::{AppliedRate, RateFact};
use netgain_domain::{Currency, Decimal};

mod convert;

pub(crate) use convert::{Converted, convert};
pub use convert::{InReporting, in_reporting};

/// Days for which a published rate holds on. Central banks publish none on weekends and holidays; the longest
/// gap of Europe's reference rates (Easter, Christmas) is five days.
pub const HOLDS_DAYS: i32 = 7;

/// Significant digits of a rate that is computed from others.
const DIGITS: u32 = 12;

/// No rate is known that could hold on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error(
    "no exchange rate from {from} to {to} is known for {day} or the {HOLDS_DAYS} days before: sync a source of rates or import a file of them"
)]
pub struct MissingRate {
    /// The currency to convert.
    pub from: Currency,
    /// The currency asked for.
    pub to: Currency,
    /// The local day of the event.
    pub day: Date,
}

/// A rate that holds on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// Units of the wanted currency for one of the given; exact where published, else 12 significant digits.
    pub value: Decimal,
    /// The day for which it was published: the day asked for, or the last one before it with a rate.
    pub day: Date,
    /// Who published it.
    pub source: Arc<str>,
    /// How it follows from what was published.
    pub derived: Derived,
}

impl Rate {
    /// The rate as it is kept beside what it was applied to.
    #[must_use]
    pub fn applied(&self) -> AppliedRate {
        AppliedRate { rate: self.value, rate_day: self.day, source: Arc::clone(&self.source) }
    }
}

/// How a rate follows from published ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derived {
    /// It is the published one.
    Direct,
    /// One divided by the published one.
    Inverse,
    /// The quotient of two rates that the same day has for a third currency.
    Cross(Currency),
}

#[derive(Debug, Clone)]
struct Row {
    day: Date,
    rate: Decimal,
    source: Arc<str>,
}

/// Exchange rates by pair and day.
#[derive(Debug, Clone, Default)]
pub struct RateBook {
    pairs: BTreeMap<(Currency, Currency), Vec<Row>>,
    bases: BTreeSet<Currency>,
}

impl RateBook {
    /// Builds the book; the order of the rows does not matter. A rate that is not positive is left out, so that
    /// the day counts as without one.
    #[must_use]
    pub fn new(facts: impl IntoIterator<Item = RateFact>) -> Self {
        let mut facts: Vec<RateFact> = facts.into_iter().filter(|fact| fact.rate > Decimal::ZERO).collect();
        // the rate itself comes last, so that the order of the rows never matters
        facts.sort_by(|a, b| {
            let key = |fact: &RateFact| (fact.base, fact.quote, fact.day, fact.manual, fact.recorded_at);
            key(a).cmp(&key(b)).then_with(|| a.source.cmp(&b.source)).then_with(|| a.rate.cmp(&b.rate))
        });
        let mut book = Self::default();
        for fact in facts {
            book.bases.insert(fact.base);
            let rows = book.pairs.entry((fact.base, fact.quote)).or_default();
            let row = Row { day: fact.day, rate: fact.rate.normalize(), source: fact.source };
            match rows.last_mut() {
                Some(last) if last.day == row.day => *last = row,
                _ => rows.push(row),
            }
        }
        book
    }

    /// Whether no rate is known at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The rate that holds on a local day: the published one of the pair, else its inverse, else the quotient of
    /// two rates of one day and one base. Of several ways the one with the latest day wins, in this order.
    ///
    /// # Errors
    /// When nothing was published for the day or the week before it.
    pub fn rate(&self, from: Currency, to: Currency, day: Date) -> Result<Rate, MissingRate> {
        let missing = MissingRate { from, to, day };
        let direct = self.row(from, to, day).map(|row| row.as_rate(row.rate, Derived::Direct));
        let inverse = || {
            let row = self.row(to, from, day)?;
            Some(row.as_rate(quotient(Decimal::ONE, row.rate)?, Derived::Inverse))
        };
        let crosses = self.bases.iter().filter_map(|base| self.cross(*base, from, to, day));
        let mut best: Option<Rate> = None;
        for found in direct.into_iter().chain(inverse()).chain(crosses) {
            if best.as_ref().is_none_or(|best| found.day > best.day) {
                best = Some(found);
            }
        }
        best.ok_or(missing)
    }

    /// The latest row of a pair that still holds on a day.
    fn row(&self, base: Currency, quote: Currency, day: Date) -> Option<&Row> {
        let rows = self.pairs.get(&(base, quote))?;
        let after = rows.partition_point(|row| row.day <= day);
        let row = rows.get(after.checked_sub(1)?)?;
        (age(row.day, day) <= HOLDS_DAYS).then_some(row)
    }

    /// Through a base that prices both currencies on the same day.
    fn cross(&self, base: Currency, from: Currency, to: Currency, day: Date) -> Option<Rate> {
        if base == from || base == to {
            return None;
        }
        let mut asked = day;
        // both must be of one day, or the quotient would be a rate that never was
        for _ in 0..=HOLDS_DAYS {
            let (a, b) = (self.row(base, from, asked)?, self.row(base, to, asked)?);
            asked = a.day.min(b.day);
            if age(asked, day) > HOLDS_DAYS {
                return None;
            }
            if a.day == b.day {
                return Some(b.as_rate(quotient(b.rate, a.rate)?, Derived::Cross(base)));
            }
        }
        None
    }
}

impl Row {
    fn as_rate(&self, value: Decimal, derived: Derived) -> Rate {
        Rate { value, day: self.day, source: Arc::clone(&self.source), derived }
    }
}

fn age(of: Date, on: Date) -> i32 {
    on.since(of).map_or(i32::MAX, |span| span.get_days())
}

fn quotient(a: Decimal, b: Decimal) -> Option<Decimal> {
    Some(a.checked_div(b)?.round_sf(DIGITS)?.normalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use jiff::civil::date;

    pub(crate) fn row(base: &str, quote: &str, day: Date, rate: &str) -> RateFact {
        RateFact {
            base: base.parse().unwrap(),
            quote: quote.parse().unwrap(),
            day,
            rate: rate.parse().unwrap(),
            source: "ecb".into(),
            manual: false,
            recorded_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn asked(book: &RateBook, from: &str, to: &str, day: Date) -> Option<(String, Date, Derived)> {
        let rate = book.rate(from.parse().unwrap(), to.parse().unwrap(), day).ok()?;
        Some((rate.value.to_string(), rate.day, rate.derived))
    }

    #[test]
    fn a_weekend_has_the_rate_of_the_friday_before() {
        let friday = date(2026, 3, 6);
        let book = RateBook::new([row("EUR", "USD", friday, "1.0832")]);
        let on = |day| asked(&book, "EUR", "USD", day).map(|found| (found.0, found.1));
        assert_eq!(on(friday), Some(("1.0832".into(), friday)));
        assert_eq!(on(date(2026, 3, 8)), Some(("1.0832".into(), friday)));
        assert_eq!(on(date(2026, 3, 13)), Some(("1.0832".into(), friday)));
        // never a later day's, never one that is too old, never 1
        assert_eq!(on(date(2026, 3, 5)), None);
        assert_eq!(on(date(2026, 3, 14)), None);
        let missing = book.rate("EUR".parse().unwrap(), "GBP".parse().unwrap(), friday).unwrap_err();
        assert!(missing.to_string().contains("from EUR to GBP is known for 2026-03-06"), "{missing}");
    }

    #[test]
    fn what_was_not_published_follows_from_one_day_only() {
        let (monday, tuesday) = (date(2026, 3, 9), date(2026, 3, 10));
        let book = RateBook::new([
            row("EUR", "USD", monday, "1.10"),
            row("EUR", "JPY", monday, "165"),
            row("EUR", "JPY", tuesday, "999"),
        ]);
        assert_eq!(asked(&book, "USD", "EUR", monday).unwrap().0, "0.909090909091");
        let eur = "EUR".parse().unwrap();
        // tuesday has no rate of the dollar: both are taken from monday
        assert_eq!(asked(&book, "USD", "JPY", tuesday), Some(("150".into(), monday, Derived::Cross(eur))));
    }

    #[test]
    fn the_merchants_rate_beats_the_published_one_and_the_last_word_counts() {
        let day = date(2026, 3, 9);
        let mut mine = row("EUR", "USD", day, "1.2");
        mine.manual = true;
        let mut mended = row("EUR", "USD", day, "1.15");
        mended.recorded_at = "2026-04-01T00:00:00Z".parse().unwrap();
        let mut rows = vec![row("EUR", "USD", day, "1.1"), mended, mine];
        for _ in 0..rows.len() {
            rows.rotate_left(1);
            assert_eq!(asked(&RateBook::new(rows.clone()), "EUR", "USD", day).unwrap().0, "1.2");
            let published = rows.iter().filter(|row| !row.manual).cloned();
            assert_eq!(asked(&RateBook::new(published), "EUR", "USD", day).unwrap().0, "1.15");
        }
        assert!(RateBook::new([row("EUR", "USD", day, "0"), row("EUR", "USD", day, "-1")]).is_empty());
    }
}

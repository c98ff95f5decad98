//! A subscription as it stood from one moment on, and what it brought in a month by a definition.

use jiff::Timestamp;
use netgain_domain::{Currency, Decimal};

use super::definition::{ChurnAt, Definition, Discounts};

/// How long one period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// Days.
    Day,
    /// Weeks.
    Week,
    /// Months.
    Month,
    /// Years.
    Year,
}

impl Interval {
    /// The interval of a word.
    #[must_use]
    pub fn from_name(word: &str) -> Option<Self> {
        match word {
            "day" => Some(Self::Day),
            "week" => Some(Self::Week),
            "month" => Some(Self::Month),
            "year" => Some(Self::Year),
            _ => None,
        }
    }
}

/// How long a discount lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duration {
    /// Without an end.
    Forever,
    /// Until a moment.
    Until(Timestamp),
}

/// What a discount takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Off {
    /// An amount off one period's price.
    Amount(Decimal),
    /// A part of what the discounts before it left, 0 to 100.
    Percent(Decimal),
}

/// A discount on each period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Discount {
    /// What it takes off.
    pub off: Off,
    /// How long it lasts.
    pub duration: Duration,
}

/// A part of a subscription's price with discounts of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it adds to the price of one period.
    pub amount: Decimal,
    /// Discounts on it alone, in the order in which they are taken off, before those on the whole.
    pub discounts: Vec<Discount>,
}

/// What discounts leave of a price, one after the other; never less than nothing.
fn after<'d>(price: Decimal, discounts: impl Iterator<Item = &'d Discount>) -> Decimal {
    discounts.fold(price, |left, discount| {
        let off = match discount.off {
            Off::Amount(amount) => amount,
            Off::Percent(percent) => left.checked_mul(percent / Decimal::ONE_HUNDRED).unwrap_or_default(),
        };
        (left - off).max(Decimal::ZERO)
    })
}

/// A subscription as it stood from `at` until its next snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The row that says so, as `table/id`.
    pub row: String,
    /// The subscription.
    pub subscription_id: String,
    /// Its customer; the subscription stands for one where none is known.
    pub customer_id: String,
    /// From when on.
    pub at: Timestamp,
    /// The platform's word.
    pub status: String,
    /// Currency of the amounts.
    pub currency: Currency,
    /// Fixed price of one period: without tax, before discounts.
    pub amount: Decimal,
    /// Part of `amount` that is metered usage; it never counts.
    pub metered: Decimal,
    /// Discounts on each period of the whole, in the order in which they are taken off.
    pub discounts: Vec<Discount>,
    /// Parts of `amount` with discounts of their own; parts without any may be left out.
    pub items: Vec<Item>,
    /// The length of a period …
    pub interval: Interval,
    /// … in so many intervals; 0 counts as 1.
    pub interval_count: u32,
    /// When its cancellation was asked for.
    pub cancel_requested_at: Option<Timestamp>,
    /// When it ends or ended.
    pub ends_at: Option<Timestamp>,
}

impl Snapshot {
    /// The moments after `at` at which its value may change without a further snapshot.
    pub(super) fn turns(&self) -> impl Iterator<Item = Timestamp> + '_ {
        let own = self.items.iter().flat_map(|item| &item.discounts);
        let discounts = self.discounts.iter().chain(own).filter_map(|discount| match discount.duration {
            Duration::Until(end) => Some(end),
            Duration::Forever => None,
        });
        let turns = discounts.chain(self.cancel_requested_at).chain(self.ends_at);
        turns.filter(|turn| *turn > self.at)
    }

    /// What it brings in a month at a moment, rounded to the currency's smallest coin: an annual 2,000.00 is 166.67.
    /// Movements are differences of these rounded values, so what rounding leaves over never gets lost between them.
    #[must_use]
    pub fn mrr(&self, moment: Timestamp, definition: &Definition) -> Decimal {
        let pays = definition.paying_statuses.contains(&self.status);
        let cancelled = definition.churn_at == ChurnAt::Cancellation
            && self.cancel_requested_at.is_some_and(|asked| asked <= moment);
        if !pays || cancelled || self.ends_at.is_some_and(|end| end <= moment) {
            return Decimal::ZERO;
        }
        let counts = |discount: &&Discount| match discount.duration {
            Duration::Forever => definition.forever_discounts == Discounts::Lower,
            Duration::Until(end) => moment < end && definition.finite_discounts == Discounts::Lower,
        };
        let own = |item: &Item| item.amount - after(item.amount, item.discounts.iter().filter(counts));
        let of_items: Decimal = self.items.iter().map(own).sum();
        let fixed = (self.amount - self.metered - of_items).max(Decimal::ZERO);
        let period = after(fixed, self.discounts.iter().filter(counts));
        // a month is a twelfth of a year: months, or periods of a year / 12
        let (times, parts) = match self.interval {
            Interval::Month => (1, 1),
            Interval::Year => (1, 12),
            Interval::Week => (definition.weeks_per_year, 12),
            Interval::Day => (definition.days_per_year, 12),
        };
        let parts = Decimal::from(parts) * Decimal::from(self.interval_count.max(1));
        let monthly = period.checked_mul(Decimal::from(times)).and_then(|year| year.checked_div(parts));
        self.currency.round(monthly.unwrap_or_default())
    }
}

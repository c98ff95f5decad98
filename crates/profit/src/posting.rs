//! Postings: the single amounts of which every figure is the sum. Computing and explaining are two sinks for
//! the same postings.

use jiff::civil::Date;
use netgain_domain::Decimal;
use netgain_domain::facts::{
    Basis, CostRuleFact, DayEntry, EventFacts, FeeFacts, Ladder, Line, LineFacts, Posting, RefundLineFacts,
    SettlementFacts,
};

use crate::Cost;
use crate::settings::RefundBasis;

/// The fields of a ladder to which amounts are posted; the others follow from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    GrossSales,
    Discounts,
    Returns,
    ShippingIncome,
    OtherIncome,
    Cogs,
    ShippingCosts,
    PaymentFees,
    CogsEstimated,
    CogsEstimatedMax,
    CoveredNetSales,
    ProductNetSales,
}

impl Field {
    /// Its place in a ladder.
    pub(crate) fn of(self, ladder: &mut Ladder) -> &mut Decimal {
        match self {
            Self::GrossSales => &mut ladder.gross_sales,
            Self::Discounts => &mut ladder.discounts,
            Self::Returns => &mut ladder.returns,
            Self::ShippingIncome => &mut ladder.shipping_income,
            Self::OtherIncome => &mut ladder.other_income,
            Self::Cogs => &mut ladder.cogs,
            Self::ShippingCosts => &mut ladder.shipping_costs,
            Self::PaymentFees => &mut ladder.payment_fees,
            Self::CogsEstimated => &mut ladder.cogs_estimated,
            Self::CogsEstimatedMax => &mut ladder.cogs_estimated_max,
            Self::CoveredNetSales => &mut ladder.covered_net_sales,
            Self::ProductNetSales => &mut ladder.product_net_sales,
        }
    }
}

/// The field of the ladder that a line belongs to, and whether the line lowers it.
pub(crate) fn field_of(line: Line) -> Option<(Field, bool)> {
    Some(match line {
        Line::GrossSales => (Field::GrossSales, false),
        Line::Discounts => (Field::Discounts, false),
        Line::Returns => (Field::Returns, false),
        Line::ShippingCharged => (Field::ShippingIncome, false),
        Line::ShippingRefunded => (Field::ShippingIncome, true),
        Line::AdditionalFees | Line::ReturnFees | Line::Adjustments => (Field::OtherIncome, false),
        Line::CogsSold => (Field::Cogs, false),
        Line::CogsRestocked => (Field::Cogs, true),
        // what has no field of its own stands in the nearest one
        Line::ShippingCosts | Line::Handling | Line::ReturnHandling => (Field::ShippingCosts, false),
        Line::PaymentFees | Line::MarketplaceFees | Line::Chargebacks => (Field::PaymentFees, false),
        Line::CogsEstimated => (Field::CogsEstimated, false),
        Line::CogsEstimatedMax => (Field::CogsEstimatedMax, false),
        Line::CoveredNetSales => (Field::CoveredNetSales, false),
        Line::ProductNetSales => (Field::ProductNetSales, false),
        _ => return None,
    })
}

/// The day of something that was given back, by each basis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Back {
    pub(crate) return_day: Date,
    pub(crate) order_day: Date,
    pub(crate) cash_day: Date,
}

/// When something counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum When {
    /// On this day, by every basis.
    On(Date),
    /// On a day that depends on the basis.
    Back(Back),
}

impl When {
    /// The day by one basis.
    pub(crate) fn by(self, basis: RefundBasis) -> Date {
        match (self, basis) {
            (Self::On(day), _) => day,
            (Self::Back(back), RefundBasis::ReturnDay) => back.return_day,
            (Self::Back(back), RefundBasis::OrderDay) => back.order_day,
            (Self::Back(back), RefundBasis::CashDay) => back.cash_day,
        }
    }
}

/// Where an amount comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Origin<'f> {
    /// An entry of the ledger.
    Event(&'f EventFacts),
    /// Units sold at a recorded cost.
    Sold { event: &'f EventFacts, units: i64, cost: Cost },
    /// A line whose cost is estimated: what its net value on this day adds to the estimate.
    Estimated { line: Option<&'f LineFacts>, line_id: &'f str, ratio: Decimal, base: Decimal, units: i64 },
    /// Units back on the shelf at a recorded cost.
    Restocked { refund: &'f RefundLineFacts, units: i64, cost: Cost },
    /// Units back on the shelf of a line whose cost is estimated.
    RestockedShare { refund: &'f RefundLineFacts, units: i64, of: i64, estimate: Decimal },
    /// A fee of a payment provider.
    Fee(&'f FeeFacts),
    /// What a payment provider or a marketplace booked.
    Settled(&'f SettlementFacts),
    /// A rule of the cost book.
    Rule(&'f CostRuleFact),
    /// A dated value of the settings.
    Setting,
    /// The order's own totals.
    Order,
}

/// Takes postings.
pub(crate) trait Sink<'f> {
    fn post(&mut self, when: When, line: Line, amount: Decimal, origin: Origin<'f>);

    /// Says, before the first posting, whether the order counts. What does not count stays off the ladder.
    fn counts(&mut self, counted: bool);

    /// Keeps a posting that belongs to one basis alone and to no field of the ladder.
    fn keep(&mut self, posting: Posting);

    /// What was posted so far.
    fn postings(&self) -> &[Posting];
}

/// Keeps the postings to base lines, and adds those of the ladder up by the chosen basis's day.
#[derive(Debug)]
pub(crate) struct Days {
    basis: RefundBasis,
    /// Whether the order counts; the lines are kept either way.
    counted: bool,
    entries: Vec<DayEntry>,
    last: usize,
    pub(crate) postings: Vec<Posting>,
}

impl Days {
    pub(crate) fn new(basis: RefundBasis) -> Self {
        // most orders post no more than this
        Self { basis, counted: true, entries: Vec::new(), last: 0, postings: Vec::with_capacity(20) }
    }

    /// The field, day and amount that a posting adds to the ladder.
    pub(crate) fn on_ladder(
        &self,
        when: When,
        line: Line,
        amount: Decimal,
    ) -> Option<(Date, Field, Decimal)> {
        let (field, lowers) = field_of(line).filter(|_| self.counted)?;
        Some((when.by(self.basis), field, if lowers { Decimal::ZERO - amount } else { amount }))
    }

    /// The entry of a day. Postings come in runs of one day, so the last one found is tried first.
    pub(crate) fn entry(&mut self, day: Date) -> &mut DayEntry {
        if self.entries.get(self.last).is_none_or(|entry| entry.day != day) {
            self.last = self.entries.iter().position(|entry| entry.day == day).unwrap_or_else(|| {
                self.entries.push(DayEntry { day, orders: 0, ladder: Ladder::default() });
                self.entries.len() - 1
            });
        }
        &mut self.entries[self.last]
    }

    /// The days in order with the steps that follow from others, and their sum.
    pub(crate) fn finish(mut self) -> (Vec<DayEntry>, Ladder, Vec<Posting>) {
        for entry in &mut self.entries {
            entry.ladder.derive();
        }
        if let [only] = self.entries.as_slice() {
            let total = only.ladder;
            return (self.entries, total, self.postings);
        }
        self.entries.sort_unstable_by_key(|entry| entry.day);
        let mut total = Ladder::default();
        for entry in &self.entries {
            total += &entry.ladder;
        }
        (self.entries, total, self.postings)
    }
}

impl Sink<'_> for Days {
    fn post(&mut self, when: When, line: Line, amount: Decimal, _: Origin<'_>) {
        // nothing leaves no trace; a negated zero would even be written as -0
        if amount.is_zero() {
            return;
        }
        let mut keep = |day, basis| self.postings.push(Posting { amount, day, basis, line });
        match when {
            When::On(day) => keep(day, Basis::All),
            When::Back(back) => {
                keep(back.return_day, Basis::ReturnDay);
                keep(back.order_day, Basis::OrderDay);
                keep(back.cash_day, Basis::CashDay);
            }
        }
        let Some((day, field, amount)) = self.on_ladder(when, line, amount) else { return };
        *field.of(&mut self.entry(day).ladder) += amount;
    }

    fn counts(&mut self, counted: bool) {
        self.counted = counted;
    }

    fn keep(&mut self, posting: Posting) {
        self.postings.push(posting);
    }

    fn postings(&self) -> &[Posting] {
        &self.postings
    }
}

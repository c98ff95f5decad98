//! Postings: the single amounts of which every figure is the sum. Computing and explaining are two sinks for
//! the same postings.

use jiff::civil::Date;
use netgain_domain::Decimal;
use netgain_domain::facts::{
    CostRuleFact, DayEntry, EventFacts, FeeFacts, Ladder, LineFacts, RefundLineFacts,
};

use crate::Cost;

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
    /// A rule of the cost book.
    Rule(&'f CostRuleFact),
    /// A dated value of the settings.
    Setting,
}

/// Takes postings.
pub(crate) trait Sink<'f> {
    fn post(&mut self, day: Date, field: Field, amount: Decimal, origin: Origin<'f>);
}

/// Adds postings up by day.
#[derive(Debug, Default)]
pub(crate) struct Days {
    entries: Vec<DayEntry>,
    last: usize,
}

impl Days {
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
    pub(crate) fn finish(mut self) -> (Vec<DayEntry>, Ladder) {
        for entry in &mut self.entries {
            entry.ladder.derive();
        }
        if let [only] = self.entries.as_slice() {
            let total = only.ladder;
            return (self.entries, total);
        }
        self.entries.sort_unstable_by_key(|entry| entry.day);
        let mut total = Ladder::default();
        for entry in &self.entries {
            total += &entry.ladder;
        }
        (self.entries, total)
    }
}

impl Sink<'_> for Days {
    fn post(&mut self, day: Date, field: Field, amount: Decimal, _: Origin<'_>) {
        // nothing leaves no trace; a negated zero would even be written as -0
        if amount.is_zero() {
            return;
        }
        let ladder = &mut self.entry(day).ladder;
        let to = match field {
            Field::GrossSales => &mut ladder.gross_sales,
            Field::Discounts => &mut ladder.discounts,
            Field::Returns => &mut ladder.returns,
            Field::ShippingIncome => &mut ladder.shipping_income,
            Field::OtherIncome => &mut ladder.other_income,
            Field::Cogs => &mut ladder.cogs,
            Field::ShippingCosts => &mut ladder.shipping_costs,
            Field::PaymentFees => &mut ladder.payment_fees,
            Field::CogsEstimated => &mut ladder.cogs_estimated,
            Field::CogsEstimatedMax => &mut ladder.cogs_estimated_max,
            Field::CoveredNetSales => &mut ladder.covered_net_sales,
            Field::ProductNetSales => &mut ladder.product_net_sales,
        };
        *to += amount;
    }
}

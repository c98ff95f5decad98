//! What one order posts to the base lines, posting by posting: the last level of every figure of every definition.

use jiff::civil::Date;
use netgain_domain::Decimal;
use netgain_domain::facts::{Basis, Line, OrderFacts, OrderProfit, OrderSelection, Posting, Weighing};

use super::entry::{Arithmetic, Entry, of_origin};
use crate::posting::{Days, Origin, Sink, When};
use crate::{CostBook, Error, Settings, fx, order};

/// An order's result with every amount behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// The result.
    pub profit: OrderProfit,
    /// The amounts, in the order in which they were posted.
    pub entries: Vec<Traced>,
}

/// An amount that was posted. What is given back stands once under each basis, as in the stored base lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Traced {
    /// The line.
    pub line: Line,
    /// Whose day it is.
    pub basis: Basis,
    /// The amount with its day and the row it comes from.
    pub entry: Entry,
}

/// Traces the economics of one order, by the same postings of which [`crate::compute_order`] is the sum.
///
/// # Errors
/// As [`crate::compute_order`].
pub fn trace(facts: &OrderFacts, costs: &CostBook, settings: &Settings) -> Result<Trace, Error> {
    let days = Days::new(settings.revenue.refund_basis);
    let mut sink = Tracer { days, entries: Vec::new(), facts };
    let converted = fx::convert(facts, costs.rates(), settings);
    let outcome = order::run(&converted, costs, settings, &mut sink)?;
    let Tracer { days, entries, .. } = sink;
    Ok(Trace { profit: order::result(facts, outcome, days), entries })
}

impl Trace {
    /// What the order gives to a figure from one day to another, both included: each amount with its weight in the
    /// figure. Nothing where the figure does not count the order.
    #[must_use]
    pub fn of(
        &self,
        figure: &Weighing,
        selection: &OrderSelection,
        days: (Date, Date),
    ) -> Vec<(i32, &Traced)> {
        let selected = match selection {
            OrderSelection::Counted => self.profit.included,
            OrderSelection::Classes(classes) => classes.contains(&self.profit.class),
        };
        let Weighing::Lines(weights) = figure else { return Vec::new() };
        let within = |entry: &&Traced| selected && (days.0..=days.1).contains(&entry.entry.day);
        let weight_of = |entry: &Traced| -> i32 {
            let own = weights.iter().filter(|one| (one.line, one.basis) == (entry.line, entry.basis));
            own.map(|one| one.weight).sum()
        };
        let weighed = self.entries.iter().filter(within).map(|entry| (weight_of(entry), entry));
        weighed.filter(|(weight, _)| *weight != 0).collect()
    }
}

struct Tracer<'f> {
    days: Days,
    entries: Vec<Traced>,
    facts: &'f OrderFacts,
}

impl Tracer<'_> {
    fn note(&mut self, line: Line, basis: Basis, day: Date, amount: Decimal, origin: Origin<'_>) {
        let entry = of_origin(origin, day, amount, arithmetic(line), self.facts);
        self.entries.push(Traced { line, basis, entry });
    }
}

impl<'f> Sink<'f> for Tracer<'_> {
    fn post(&mut self, when: When, line: Line, amount: Decimal, origin: Origin<'f>) {
        self.days.post(when, line, amount, origin);
        if amount.is_zero() {
            return;
        }
        match when {
            When::On(day) => self.note(line, Basis::All, day, amount, origin),
            When::Back(back) => {
                self.note(line, Basis::ReturnDay, back.return_day, amount, origin);
                self.note(line, Basis::OrderDay, back.order_day, amount, origin);
                self.note(line, Basis::CashDay, back.cash_day, amount, origin);
            }
        }
    }

    fn counts(&mut self, counted: bool) {
        self.days.counts(counted);
    }

    fn keep(&mut self, posting: Posting) {
        self.days.keep(posting);
        self.note(posting.line, posting.basis, posting.day, posting.amount, Origin::Order);
    }

    fn postings(&self) -> &[Posting] {
        self.days.postings()
    }
}

fn arithmetic(line: Line) -> Arithmetic {
    match line {
        Line::GrossSales | Line::LeftOutGrossSales => Arithmetic::BeforeDiscount,
        Line::Returns
        | Line::LeftOutReturns
        | Line::ShippingRefunded
        | Line::TipsRefunded
        | Line::DutiesRefunded
        | Line::GiftCardsRefunded => Arithmetic::Back,
        Line::ShippingCharged
        | Line::AdditionalFees
        | Line::ReturnFees
        | Line::Adjustments
        | Line::Tips
        | Line::Duties
        | Line::GiftCardSales
        | Line::CoveredNetSales
        | Line::ProductNetSales => Arithmetic::Net,
        _ => Arithmetic::Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_fits_the_sign_of_its_line() {
        assert_eq!(arithmetic(Line::Returns), Arithmetic::Back);
        assert_eq!(arithmetic(Line::TaxesCollected), Arithmetic::Silent);
        assert_eq!(arithmetic(Line::ProductNetSales), Arithmetic::Net);
    }
}

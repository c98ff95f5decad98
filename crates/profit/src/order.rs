//! From an order's facts to its ladder, day by day.

use jiff::civil::Date;
use netgain_domain::Decimal;
use netgain_domain::facts::{
    CogsSource, CostKind, EventAction, EventFacts, EventKind, EventReason, ExcludedReason, Flag, Flags, Line,
    OrderClass, OrderFacts, OrderProfit, OrderRate, Postings,
};

use crate::class::{self, gives_back, is_credit_note};
use crate::clock::Clock;
use crate::fx::{self, Converted};
use crate::goods::{Goods, LineCost};
use crate::posting::{Days, Origin, Sink, When};
use crate::{CostBook, Error, Settings, amount, cost_rules, naive};

/// Computes the economics of one order.
///
/// Sales count on the order's day, edits on their own, what is given back on the day it was (or on the order's,
/// by `revenue.refund_basis`), fees on the day they were charged. What is not in the reporting currency is converted by
/// the book's rates, each amount at the rate of its own day. An order that does not count, or that cannot be counted
/// honestly (a rate that is missing, a cost that must be known), comes back with `included` false and the
/// reason; its ladder is empty. A credit note is included with its money and counts as no order. The postings to
/// the base lines are there for every order whose rates are known, so that another definition may count it.
///
/// # Errors
/// An amount or a quantity too large for exact arithmetic.
pub fn compute_order(
    facts: &OrderFacts,
    costs: &CostBook,
    settings: &Settings,
) -> Result<OrderProfit, Error> {
    let converted = fx::convert(facts, costs.rates(), settings);
    let mut days = Days::new(settings.revenue.refund_basis);
    let outcome = run(&converted, costs, settings, &mut days)?;
    Ok(result(facts, outcome, days))
}

/// Puts the result together.
pub(crate) fn result(facts: &OrderFacts, outcome: Outcome, mut days: Days) -> OrderProfit {
    if outcome.excluded.is_none() {
        days.entry(outcome.day).orders = i64::from(!outcome.flags.contains(Flag::CreditNote));
    }
    let (days, total, all) = days.finish();
    let placed = outcome.told.then(|| (outcome.day, i64::from(!outcome.flags.contains(Flag::CreditNote))));
    OrderProfit {
        connection_id: facts.connection_id.clone(),
        order_id: facts.order_id.clone(),
        name: facts.name.clone(),
        day: outcome.day,
        channel: facts.channel.clone(),
        version: facts.version,
        total,
        days,
        cogs_source: outcome.cogs_source,
        flags: outcome.flags,
        included: outcome.excluded.is_none(),
        excluded_reason: outcome.excluded,
        class: outcome.class,
        postings: Postings { placed, all },
        rates: outcome.rates,
    }
}

/// What is known of an order beside its postings.
pub(crate) struct Outcome {
    pub(crate) day: Date,
    pub(crate) cogs_source: CogsSource,
    pub(crate) flags: Flags,
    pub(crate) excluded: Option<ExcludedReason>,
    pub(crate) class: OrderClass,
    /// Whether its amounts can be told in the reporting currency.
    pub(crate) told: bool,
    /// The rates that were looked up.
    pub(crate) rates: Vec<OrderRate>,
}

/// Posts everything that an order earns and costs. One that does not count keeps off the ladder; one whose amounts
/// cannot be told in the reporting currency posts nothing.
pub(crate) fn run<'f>(
    converted: &'f Converted<'_>,
    costs: &'f CostBook,
    settings: &Settings,
    sink: &mut impl Sink<'f>,
) -> Result<Outcome, Error> {
    let facts: &OrderFacts = &converted.facts;
    let clock = Clock::new(facts, settings);
    let mut flags = Flags::default();
    if !converted.applied.is_empty() {
        flags.insert(Flag::ForeignCurrency);
    }
    if facts.is_test {
        flags.insert(Flag::Test);
    }
    if facts.cancelled_at.is_some() {
        flags.insert(Flag::Cancelled);
    }
    if is_credit_note(facts) {
        flags.insert(Flag::CreditNote);
    }
    let mut outcome = Outcome {
        day: clock.order_day,
        cogs_source: CogsSource::None,
        flags,
        excluded: class::excluded(facts, settings),
        class: class::of(facts),
        told: class::is_ours(facts, settings),
        rates: converted.applied.clone(),
    };
    if !outcome.told {
        return Ok(outcome);
    }
    // the remarks of an order that does not count are about why it does not
    let mut flags = outcome.flags;
    let mut goods = Goods::new(facts, costs, settings, clock.order_day, &mut flags, &mut outcome.rates);
    if outcome.excluded.is_none() && goods.lacks_required_cost() {
        flags.insert(Flag::MissingCost);
        (outcome.excluded, outcome.flags) = (Some(ExcludedReason::MissingCost), flags);
    }
    sink.counts(outcome.excluded.is_none());
    for event in &facts.events {
        post_event(facts, event, &clock, &mut goods, &mut flags, sink)?;
    }
    goods.post_costs(&clock, &mut flags, sink)?;

    cost_rules::post(facts, costs, settings, &clock, &goods, &mut flags, &mut outcome.rates, sink)?;
    naive::post(facts, &goods, settings, clock.order_day, sink)?;
    if outcome.excluded.is_none() {
        (outcome.flags, outcome.cogs_source) = (flags, goods.source());
    }
    Ok(outcome)
}

/// Posts one entry of the ledger. All amounts are without tax: it is collected for the state.
fn post_event<'f>(
    facts: &'f OrderFacts,
    event: &'f EventFacts,
    clock: &Clock<'_>,
    goods: &mut Goods<'f, '_>,
    flags: &mut Flags,
    sink: &mut impl Sink<'f>,
) -> Result<(), Error> {
    let checked = |field, value| amount::check(&facts.order_id, &event.event_id, field, value);
    let total = checked("total_amount", event.total_amount)?;
    let tax = checked("tax_amount", event.tax_amount)?;
    let discount = checked("discount_amount", event.discount_amount)?;
    let net = total - tax;
    if event.reason == EventReason::Edit {
        flags.insert(Flag::Edited);
    }
    if event.action == EventAction::Unknown {
        flags.insert(Flag::UnknownEvent);
    }
    let returns = gives_back(event);
    if returns {
        flags.insert(Flag::Refunded);
    }
    let origin = Origin::Event(event);
    let when = clock.event(event);
    let mut post = |(sold, given_back), amount| match returns {
        true => sink.post(when, given_back, Decimal::ZERO - amount, origin),
        false => sink.post(when, sold, amount, origin),
    };
    if event.kind != EventKind::Unknown {
        post((Line::TaxesCollected, Line::TaxesRefunded), tax);
    }
    match event.kind {
        EventKind::Product => {
            return post_goods(facts, event, when, (net, tax, discount), goods, flags, sink);
        }
        EventKind::Shipping => post((Line::ShippingCharged, Line::ShippingRefunded), net),
        EventKind::Fee | EventKind::AdditionalFee => match when {
            When::On(_) => sink.post(when, Line::AdditionalFees, net, origin),
            When::Back(_) => sink.post(when, Line::ReturnFees, net, origin),
        },
        EventKind::Adjustment => sink.post(when, Line::Adjustments, net, origin),
        EventKind::GiftCard => {
            flags.insert(Flag::GiftCard);
            post((Line::GiftCardSales, Line::GiftCardsRefunded), net);
        }
        // passed through to staff and customs
        EventKind::Tip => post((Line::Tips, Line::TipsRefunded), net),
        EventKind::Duty => post((Line::Duties, Line::DutiesRefunded), net),
        // may be a liability: shown, not counted
        EventKind::Unknown => flags.insert(Flag::UnknownEvent),
    }
    Ok(())
}

/// Posts an entry of the ledger that is about goods: its amounts without tax, its tax and its discount.
fn post_goods<'f>(
    facts: &'f OrderFacts,
    event: &'f EventFacts,
    when: When,
    (net, tax, discount): (Decimal, Decimal, Decimal),
    goods: &mut Goods<'f, '_>,
    flags: &mut Flags,
    sink: &mut impl Sink<'f>,
) -> Result<(), Error> {
    let origin = Origin::Event(event);
    let returns = gives_back(event);
    let slot = goods.slot_of(event.line_id.as_deref());
    let cost = goods.line_cost(slot);
    match cost {
        LineCost::GiftCard => {
            flags.insert(Flag::GiftCard);
            if returns {
                sink.post(when, Line::GiftCardsRefunded, Decimal::ZERO - net, origin);
            } else {
                sink.post(when, Line::GiftCardSales, net, origin);
            }
            return Ok(());
        }
        LineCost::Free => {}
        _ => sink.post(when, Line::ProductNetSales, net, origin),
    }
    if matches!(cost, LineCost::Recorded(cost) if cost.kind != CostKind::Estimate) {
        sink.post(when, Line::CoveredNetSales, net, origin);
    }
    goods.note(slot, event, when, returns, net, discount)?;
    let (gross_sales, discounts, given_back) = match cost {
        LineCost::Excluded => (Line::LeftOutGrossSales, Line::LeftOutDiscounts, Line::LeftOutReturns),
        _ => (Line::GrossSales, Line::Discounts, Line::Returns),
    };
    if returns {
        sink.post(when, given_back, Decimal::ZERO - net, origin);
    } else {
        sink.post(when, gross_sales, net + discount, origin);
        sink.post(when, discounts, discount, origin);
    }
    if facts.taxes_included {
        if returns {
            sink.post(when, Line::IncludedTaxesRefunded, Decimal::ZERO - tax, origin);
        } else {
            sink.post(when, Line::IncludedTaxes, tax, origin);
            if let Some(list) = list_price(facts, slot, event).filter(|_| !discount.is_zero()) {
                sink.post(when, Line::DiscountTaxes, list - (net + discount) - tax, origin);
            }
        }
    }
    Ok(())
}

/// The displayed price of the units that an entry sold, where it says how many and their price is known.
fn list_price(facts: &OrderFacts, slot: usize, event: &EventFacts) -> Option<Decimal> {
    let units = event.quantity.filter(|units| *units > 0)?;
    let price = facts.lines.get(slot)?.unit_price?;
    price.checked_mul(Decimal::from(units)).filter(|list| amount::is_exact(*list))
}

/// Whether an amount is positive; zero is not.
pub(crate) fn is_positive(amount: Decimal) -> bool {
    amount.is_sign_positive() && !amount.is_zero()
}

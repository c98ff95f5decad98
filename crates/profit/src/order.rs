//! From an order's facts to its ladder, day by day.

use jiff::Timestamp;
use jiff::civil::Date;
use netgain_domain::Decimal;
use netgain_domain::facts::{
    CogsSource, CostKind, EventAction, EventFacts, EventKind, EventReason, ExcludedReason, Flag, Flags,
    OrderFacts, OrderProfit,
};

use crate::goods::{Goods, LineCost};
use crate::posting::{Days, Field, Origin, Sink};
use crate::settings::{OrderDay, RefundBasis};
use crate::{CostBook, Error, Settings, amount, cost_rules};

/// Computes the economics of one order.
///
/// Sales count on the order's day, edits on their own, what is given back on the day it was (or on the order's,
/// by `revenue.refund_basis`), fees on the day they were charged. An order that does not count, or that cannot be
/// counted honestly (another currency, a cost that must be known), comes back with `included` false and the
/// reason; its ladder is empty. A credit note is included with its money and counts as no order.
///
/// # Errors
/// An amount or a quantity too large for exact arithmetic.
pub fn compute_order(
    facts: &OrderFacts,
    costs: &CostBook,
    settings: &Settings,
) -> Result<OrderProfit, Error> {
    let mut days = Days::default();
    let outcome = run(facts, costs, settings, &mut days)?;
    Ok(result(facts, &outcome, days))
}

/// Puts the result together.
pub(crate) fn result(facts: &OrderFacts, outcome: &Outcome, mut days: Days) -> OrderProfit {
    if outcome.excluded.is_none() {
        days.entry(outcome.day).orders = i64::from(!outcome.flags.contains(Flag::CreditNote));
    }
    let (days, total) = days.finish();
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
    }
}

/// What is known of an order beside its postings.
pub(crate) struct Outcome {
    pub(crate) day: Date,
    pub(crate) cogs_source: CogsSource,
    pub(crate) flags: Flags,
    pub(crate) excluded: Option<ExcludedReason>,
}

/// The local days on which things count.
pub(crate) struct Clock<'s> {
    settings: &'s Settings,
    placed: (Timestamp, Date),
    pub(crate) order_day: Date,
}

impl<'s> Clock<'s> {
    fn new(facts: &OrderFacts, settings: &'s Settings) -> Self {
        let local = |at| settings.zone().to_datetime(at).date();
        let placed = (facts.placed_at, local(facts.placed_at));
        let order_day = match (settings.revenue.order_day, facts.created_at) {
            (OrderDay::CreatedAt, Some(created)) => local(created),
            _ => placed.1,
        };
        Self { settings, placed, order_day }
    }

    /// The local day of an instant. Most things happen the moment the order is placed.
    pub(crate) fn local(&self, at: Timestamp) -> Date {
        if at == self.placed.0 { self.placed.1 } else { self.settings.zone().to_datetime(at).date() }
    }

    /// The day on which something given back counts.
    pub(crate) fn back(&self, at: Timestamp) -> Date {
        match self.settings.revenue.refund_basis {
            RefundBasis::ReturnDay => self.local(at),
            RefundBasis::OrderDay => self.order_day,
        }
    }

    /// The day on which a ledger entry counts. What belongs to the placing of the order counts on the order's
    /// day even where it was recorded later, as with imported orders.
    pub(crate) fn event(&self, event: &EventFacts) -> Date {
        match (event.reason, event.action) {
            (EventReason::Refund | EventReason::Return, _) | (_, EventAction::Return) => {
                self.back(event.happened_at)
            }
            (EventReason::Order, _) | (EventReason::Unknown, EventAction::Order) => self.order_day,
            _ => self.local(event.happened_at),
        }
    }
}

/// Why an order does not count, if so. Costs are not looked at here.
fn excluded(facts: &OrderFacts, settings: &Settings) -> Option<ExcludedReason> {
    if facts.is_test && !settings.orders.count_tests {
        return Some(ExcludedReason::Test);
    }
    if let Some(status) = &facts.financial_status
        && !settings.orders.financial_statuses.iter().any(|counted| counted == status)
    {
        return Some(ExcludedReason::FinancialStatus);
    }
    let ours = settings.currency;
    if facts.currency != ours || facts.events.iter().any(|event| event.currency != ours) {
        return Some(ExcludedReason::Currency);
    }
    None
}

/// Posts everything that an order earns and costs. An order that does not count posts nothing.
pub(crate) fn run<'f>(
    facts: &'f OrderFacts,
    costs: &'f CostBook,
    settings: &Settings,
    sink: &mut impl Sink<'f>,
) -> Result<Outcome, Error> {
    let clock = Clock::new(facts, settings);
    let mut flags = Flags::default();
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
        excluded: excluded(facts, settings),
    };
    if outcome.excluded == Some(ExcludedReason::Currency) {
        outcome.flags.insert(Flag::ForeignCurrency);
    }
    if outcome.excluded.is_some() {
        return Ok(outcome);
    }

    let mut goods = Goods::new(facts, costs, settings, clock.order_day, &mut outcome.flags);
    if goods.lacks_required_cost() {
        outcome.flags.insert(Flag::MissingCost);
        outcome.excluded = Some(ExcludedReason::MissingCost);
        return Ok(outcome);
    }
    for event in &facts.events {
        post_event(facts, event, &clock, &mut goods, &mut outcome.flags, sink)?;
    }
    goods.post_costs(&clock, &mut outcome.flags, sink)?;
    outcome.cogs_source = goods.source();

    cost_rules::post(facts, costs, settings, &clock, &goods, &mut outcome.flags, sink)?;
    Ok(outcome)
}

/// Whether an entry of the ledger gives something back. One of an unknown action does if its net amount is negative.
pub(crate) fn gives_back(event: &EventFacts) -> bool {
    match event.action {
        EventAction::Return => true,
        EventAction::Order | EventAction::Update => false,
        EventAction::Unknown => event.total_amount < event.tax_amount,
    }
}

/// Whether money was only ever given back here. It lowers sales, but nobody placed an order. Without any money, as
/// where stock was written off or a gift was sent back, it stays what the source calls it: an order.
fn is_credit_note(facts: &OrderFacts) -> bool {
    facts.events.iter().all(gives_back)
        && facts.events.iter().any(|event| event.total_amount != event.tax_amount)
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
    let day = clock.event(event);
    match event.kind {
        EventKind::Product => {
            let slot = goods.slot_of(event.line_id.as_deref());
            let cost = goods.line_cost(slot);
            match cost {
                LineCost::GiftCard => {
                    flags.insert(Flag::GiftCard);
                    return Ok(());
                }
                LineCost::Free => {}
                _ => sink.post(day, Field::ProductNetSales, net, origin),
            }
            if matches!(cost, LineCost::Recorded(cost) if cost.kind != CostKind::Estimate) {
                sink.post(day, Field::CoveredNetSales, net, origin);
            }
            goods.note(slot, event, day, returns, net, discount)?;
            if let LineCost::Excluded = cost {
                return Ok(());
            }
            if returns {
                sink.post(day, Field::Returns, -net, origin);
            } else {
                sink.post(day, Field::GrossSales, net + discount, origin);
                if !discount.is_zero() {
                    sink.post(day, Field::Discounts, discount, origin);
                }
            }
        }
        EventKind::Shipping => sink.post(day, Field::ShippingIncome, net, origin),
        EventKind::Fee | EventKind::AdditionalFee | EventKind::Adjustment => {
            sink.post(day, Field::OtherIncome, net, origin);
        }
        EventKind::GiftCard => flags.insert(Flag::GiftCard),
        // passed through to staff and customs
        EventKind::Tip | EventKind::Duty => {}
        // may be a liability: shown, not counted
        EventKind::Unknown => flags.insert(Flag::UnknownEvent),
    }
    Ok(())
}

/// Whether an amount is positive; zero is not.
pub(crate) fn is_positive(amount: Decimal) -> bool {
    amount.is_sign_positive() && !amount.is_zero()
}

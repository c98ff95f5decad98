//! An order's facts in the reporting currency: each amount at the rate of its own day.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use netgain_domain::facts::{OrderFacts, OrderRate};
use netgain_domain::{Currency, Decimal};

use super::{MissingRate, Rate, RateBook};
use crate::Settings;

/// An order in the reporting currency.
#[derive(Debug, Clone)]
pub struct InReporting<'f> {
    /// The facts; fees, payments and prices without a rate stay in their own currency.
    pub facts: Cow<'f, OrderFacts>,
    /// What was converted, and what could not be, in the order of the facts.
    pub applied: Vec<OrderRate>,
}

/// Converts an order that is not in the reporting currency. Each ledger entry is converted at the rate of its own
/// local day, a fee at that of the day it was charged, a payment at that of the day it went through, a booking at that of its own, and
/// rounded to
/// the smallest coin, so that the sum of what is shown is the sum. A refund at another rate than its sale leaves the
/// difference in sales: that is what it cost.
///
/// # Errors
/// When a ledger entry has no rate, or an amount times its rate is beyond exact arithmetic: the order cannot be
/// counted honestly. A fee without a rate stays as it is.
pub fn in_reporting<'f>(
    facts: &'f OrderFacts,
    rates: &RateBook,
    settings: &Settings,
) -> Result<InReporting<'f>, MissingRate> {
    let Converted { facts, applied, missing } = convert(facts, rates, settings);
    match missing {
        Some(missing) => Err(missing),
        None => Ok(InReporting { facts, applied }),
    }
}

/// An order as far as its rates are known.
pub(crate) struct Converted<'f> {
    pub facts: Cow<'f, OrderFacts>,
    pub applied: Vec<OrderRate>,
    /// The first rate whose lack keeps the order from being counted; the facts are then as they came.
    pub missing: Option<MissingRate>,
}

/// As [`in_reporting`], with the rates that were looked up even where one is missing.
pub(crate) fn convert<'f>(facts: &'f OrderFacts, rates: &RateBook, settings: &Settings) -> Converted<'f> {
    let to = settings.currency;
    let foreign = facts.currency != to
        || facts.events.iter().any(|event| event.currency != to)
        || facts.fees.iter().any(|fee| fee.currency != to)
        || facts.payments.iter().any(|payment| payment.currency != to)
        || facts.settlements.iter().any(|settled| settled.currency != to);
    if !foreign {
        return Converted { facts: Cow::Borrowed(facts), applied: Vec::new(), missing: None };
    }
    let mut desk = Desk { rates, settings, last: None, applied: Vec::new(), missing: None };
    let mut out = facts.clone();
    for event in out.events.iter_mut().filter(|event| event.currency != to) {
        let (from, at) = (event.currency, event.happened_at);
        let Some(rate) = desk.needed(&event.event_id, from, event.total_amount, at) else { continue };
        let tax = times(to, event.tax_amount, &rate);
        let net = times(to, event.total_amount - event.tax_amount, &rate);
        let discount = times(to, event.discount_amount, &rate);
        let (Some(tax), Some(net), Some(discount)) = (tax, net, discount) else {
            desk.lacks(from, at);
            continue;
        };
        event.discount_amount = discount;
        event.tax_amount = tax;
        event.total_amount = net + tax;
        event.currency = to;
    }
    for fee in out.fees.iter_mut().filter(|fee| fee.currency != to) {
        let at = fee.charged_at.unwrap_or(facts.placed_at);
        let Some(rate) = desk.rate(&fee.fee_id, fee.currency, fee.amount, at) else { continue };
        let Some(amount) = times(to, fee.amount, &rate) else { continue };
        fee.amount = amount;
        fee.tax_amount = fee.tax_amount.and_then(|tax| times(to, tax, &rate));
        fee.currency = to;
    }
    // a fee may be reckoned on it by rule
    for payment in out.payments.iter_mut().filter(|payment| payment.currency != to) {
        let at = payment.processed_at.unwrap_or(facts.placed_at);
        let Some(rate) = desk.rate(&payment.payment_id, payment.currency, payment.amount, at) else {
            continue;
        };
        let Some(amount) = times(to, payment.amount, &rate) else { continue };
        payment.amount = amount;
        payment.currency = to;
    }
    for settled in out.settlements.iter_mut().filter(|settled| settled.currency != to) {
        let (from, at) = (settled.currency, settled.booked_at);
        let Some(rate) = desk.rate(&settled.settlement_id, from, settled.gross, at) else { continue };
        let (Some(gross), Some(fee)) = (times(to, settled.gross, &rate), times(to, settled.fee, &rate))
        else {
            continue;
        };
        (settled.gross, settled.fee, settled.currency) = (gross, fee, to);
    }
    if facts.currency != to {
        let shown = facts.total_price.unwrap_or_default();
        if let Some(rate) = desk.needed(&facts.order_id, facts.currency, shown, facts.placed_at) {
            for line in &mut out.lines {
                line.unit_price = line.unit_price.and_then(|price| times(to, price, &rate));
            }
            out.total_price = out.total_price.and_then(|price| times(to, price, &rate));
            out.total_tax = out.total_tax.and_then(|tax| times(to, tax, &rate));
            out.currency = to;
        }
    }
    let Desk { applied, missing, .. } = desk;
    let facts = if missing.is_some() { Cow::Borrowed(facts) } else { Cow::Owned(out) };
    Converted { facts, applied, missing }
}

/// Finds rates; an order's entries mostly share one day.
struct Desk<'a> {
    rates: &'a RateBook,
    settings: &'a Settings,
    last: Option<(Currency, Date, Rate)>,
    applied: Vec<OrderRate>,
    missing: Option<MissingRate>,
}

impl Desk<'_> {
    /// The rate for a row's amount, noted with it.
    fn rate(&mut self, row_id: &str, from: Currency, amount: Decimal, at: Timestamp) -> Option<Rate> {
        let day = self.day(at);
        let known = self.last.as_ref().filter(|(currency, known, _)| (*currency, *known) == (from, day));
        let rate = match known {
            Some((_, _, rate)) => Some(rate.clone()),
            None => self.rates.rate(from, self.settings.currency, day).ok(),
        };
        let applied = rate.as_ref().map(Rate::applied);
        self.applied.push(OrderRate { row_id: row_id.to_owned(), from, amount, day, applied });
        self.last = rate.clone().map(|rate| (from, day, rate));
        rate
    }

    /// As [`Desk::rate`] for an amount without which the order cannot be counted.
    fn needed(&mut self, row_id: &str, from: Currency, amount: Decimal, at: Timestamp) -> Option<Rate> {
        let rate = self.rate(row_id, from, amount, at);
        if rate.is_none() {
            self.lacks(from, at);
        }
        rate
    }

    fn lacks(&mut self, from: Currency, at: Timestamp) {
        let missing = MissingRate { from, to: self.settings.currency, day: self.day(at) };
        self.missing.get_or_insert(missing);
    }

    fn day(&self, at: Timestamp) -> Date {
        self.settings.zone().to_datetime(at).date()
    }
}

/// An amount at a rate in the smallest coin; none beyond exact arithmetic. Nothing stays nothing.
fn times(to: Currency, amount: Decimal, rate: &Rate) -> Option<Decimal> {
    Some(to.round(amount.checked_mul(rate.value)?))
}

//! An order's facts in the reporting currency: each amount at the rate of its own day.

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use netgain_domain::facts::OrderFacts;
use netgain_domain::{Currency, Decimal};

use super::{MissingRate, Rate, RateBook};
use crate::Settings;

/// The rate at which a row of an order was converted, for its explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedRate {
    /// Source id of the ledger entry or fee.
    pub row_id: String,
    /// The currency in which the source wrote it.
    pub from: Currency,
    /// The amount as the source wrote it: with tax for ledger entries, without for fees.
    pub amount: Decimal,
    /// Units of the reporting currency for one of `from`.
    pub rate: Decimal,
    /// The day for which the rate was published.
    pub rate_day: Date,
    /// Who published it.
    pub source: Arc<str>,
}

/// An order in the reporting currency.
#[derive(Debug, Clone)]
pub struct InReporting<'f> {
    /// The facts; fees and prices without a rate stay in their own currency.
    pub facts: Cow<'f, OrderFacts>,
    /// What was converted, in the order of the facts.
    pub applied: Vec<AppliedRate>,
}

/// Converts an order that is not in the reporting currency. Each ledger entry is converted at the rate of its own
/// local day, a fee at that of the day it was charged, and rounded to the smallest coin, so that the sum of what
/// is shown is the sum. A refund at another rate than its sale leaves the difference in sales: that is what it
/// cost.
///
/// # Errors
/// When a ledger entry has no rate, or an amount times its rate is beyond exact arithmetic: the order cannot be
/// counted honestly. A fee without a rate stays as it is.
pub fn in_reporting<'f>(
    facts: &'f OrderFacts,
    rates: &RateBook,
    settings: &Settings,
) -> Result<InReporting<'f>, MissingRate> {
    let to = settings.currency;
    let foreign = facts.currency != to
        || facts.events.iter().any(|event| event.currency != to)
        || facts.fees.iter().any(|fee| fee.currency != to)
        || facts.payments.iter().any(|payment| payment.currency != to);
    if !foreign {
        return Ok(InReporting { facts: Cow::Borrowed(facts), applied: Vec::new() });
    }
    let mut desk = Desk { rates, settings, last: None, applied: Vec::new() };
    let mut out = facts.clone();
    for event in &mut out.events {
        if event.currency == to {
            continue;
        }
        let (from, written) = (event.currency, event.total_amount);
        let rate = desk.rate(from, event.happened_at)?;
        let missing = || desk.missing(from, event.happened_at);
        let tax = times(to, event.tax_amount, &rate).ok_or_else(missing)?;
        let net = times(to, event.total_amount - event.tax_amount, &rate).ok_or_else(missing)?;
        event.discount_amount = times(to, event.discount_amount, &rate).ok_or_else(missing)?;
        event.tax_amount = tax;
        event.total_amount = net + tax;
        event.currency = to;
        desk.applied.push(applied(&event.event_id, from, written, &rate));
    }
    for fee in &mut out.fees {
        let (from, written) = (fee.currency, fee.amount);
        if from == to {
            continue;
        }
        let Ok(rate) = desk.rate(from, fee.charged_at.unwrap_or(facts.placed_at)) else { continue };
        let Some(amount) = times(to, fee.amount, &rate) else { continue };
        fee.amount = amount;
        fee.tax_amount = fee.tax_amount.and_then(|tax| times(to, tax, &rate));
        fee.currency = to;
        desk.applied.push(applied(&fee.fee_id, from, written, &rate));
    }
    // only what a fee is reckoned on by rule; the payment itself is no figure, so its rate is not told
    for payment in out.payments.iter_mut().filter(|payment| payment.currency != to) {
        let at = payment.processed_at.unwrap_or(facts.placed_at);
        let Ok(rate) = desk.rate(payment.currency, at) else { continue };
        let Some(amount) = times(to, payment.amount, &rate) else { continue };
        (payment.amount, payment.currency) = (amount, to);
    }
    if facts.currency != to {
        let rate = desk.rate(facts.currency, facts.placed_at)?;
        for line in &mut out.lines {
            line.unit_price = line.unit_price.and_then(|price| times(to, price, &rate));
        }
        out.total_price = out.total_price.and_then(|price| times(to, price, &rate));
        out.total_tax = out.total_tax.and_then(|tax| times(to, tax, &rate));
        out.currency = to;
    }
    Ok(InReporting { facts: Cow::Owned(out), applied: desk.applied })
}

/// Finds rates; an order's entries mostly share one day.
struct Desk<'a> {
    rates: &'a RateBook,
    settings: &'a Settings,
    last: Option<(Currency, Date, Rate)>,
    applied: Vec<AppliedRate>,
}

impl Desk<'_> {
    fn rate(&mut self, from: Currency, at: Timestamp) -> Result<Rate, MissingRate> {
        let day = self.settings.zone().to_datetime(at).date();
        if let Some((currency, known, rate)) = &self.last
            && (*currency, *known) == (from, day)
        {
            return Ok(rate.clone());
        }
        let rate = self.rates.rate(from, self.settings.currency, day)?;
        self.last = Some((from, day, rate.clone()));
        Ok(rate)
    }

    fn missing(&self, from: Currency, at: Timestamp) -> MissingRate {
        let day = self.settings.zone().to_datetime(at).date();
        MissingRate { from, to: self.settings.currency, day }
    }
}

/// An amount at a rate in the smallest coin; none beyond exact arithmetic. Nothing stays nothing.
fn times(to: Currency, amount: Decimal, rate: &Rate) -> Option<Decimal> {
    Some(to.round(amount.checked_mul(rate.value)?))
}

fn applied(row: &str, from: Currency, amount: Decimal, rate: &Rate) -> AppliedRate {
    AppliedRate {
        row_id: row.to_owned(),
        from,
        amount,
        rate: rate.value,
        rate_day: rate.day,
        source: Arc::clone(&rate.source),
    }
}

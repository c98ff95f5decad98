//! What being paid costs. For each payment one of these counts, the first that is there: the fee that the shop's own
//! platform tells, the fee that a payment provider booked on the merchant's balance, the cost book's rule. So nothing
//! counts twice, and an estimate makes way as soon as the actual fee arrives.

use netgain_domain::Decimal;
use netgain_domain::facts::{
    CostRuleKind, Flag, Line, OrderFacts, PaymentFacts, SettlementFacts, SettlementKind,
};

use super::{Applied, Asked, Reckon, fixed, percent};
use crate::posting::{Origin, Sink, When};
use crate::{Error, amount};

/// Paid with a voucher that was sold before: no payment provider takes part.
const GIFT_CARD: &str = "gift_card";

/// Whether the platform that sold the order has booked its own fee.
pub(super) fn is_settled_by_seller(facts: &OrderFacts) -> bool {
    facts.settlements.iter().any(|one| one.by_seller && one.kind == SettlementKind::Charge)
}

/// Where the fee of a payment is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Not known.
    No,
    /// The shop's platform tells it.
    Told,
    /// The shop's platform tells it, and a booking of it was seen.
    Both,
    /// A booking tells it.
    Booked,
}

impl<'f, S: Sink<'f>> Reckon<'_, 'f, '_, '_, S> {
    /// Payment fees and what was called back.
    pub(super) fn payments(&mut self) -> Result<(), Error> {
        let facts = self.facts;
        let paid: Vec<&PaymentFacts> = facts.payments.iter().filter(|payment| !payment.is_refund).collect();
        let mut known = vec![Known::No; paid.len()];
        self.told(&paid, &mut known)?;
        let booked = self.booked(&paid, &mut known)?;
        if self.book.rules().of_kind(CostRuleKind::PaymentFee).is_empty() {
            return Ok(());
        }
        for (payment, known) in paid.iter().zip(&known) {
            if *known == Known::No {
                self.payment(payment)?;
            }
        }
        if facts.payments.is_empty() && facts.fees.is_empty() && !booked {
            self.unknown_payment()?;
        }
        Ok(())
    }

    /// The fees that the shop's platform tells. One that names no payment stands for all of them.
    fn told(&mut self, paid: &[&PaymentFacts], known: &mut [Known]) -> Result<(), Error> {
        let facts = self.facts;
        for fee in &facts.fees {
            let of = fee.transaction_id.as_deref();
            match of.filter(|id| facts.payments.iter().any(|payment| payment.payment_id == *id)) {
                Some(id) => {
                    for (payment, known) in paid.iter().zip(known.iter_mut()) {
                        if payment.payment_id == id {
                            *known = Known::Told;
                        }
                    }
                }
                None => known.fill(Known::Told),
            }
            if fee.currency != self.settings.currency {
                self.flags.insert(Flag::FeeCurrency);
                continue;
            }
            let day = fee.charged_at.map_or(self.clock.order_day, |at| self.clock.local(at));
            let cost = amount::check(&facts.order_id, &fee.fee_id, "amount", fee.amount)?;
            self.sink.post(When::On(day), Line::PaymentFees, cost, Origin::Fee(fee));
        }
        Ok(())
    }

    /// What was booked on the merchant's balance. Returns whether the fee of a payment was among it.
    fn booked(&mut self, paid: &[&PaymentFacts], known: &mut [Known]) -> Result<bool, Error> {
        let facts = self.facts;
        let mut any = false;
        let mut settlements: Vec<&SettlementFacts> = facts.settlements.iter().collect();
        settlements.sort_by_key(|one| (one.booked_at, one.settlement_id.as_str()));
        for settled in settlements {
            let checked = |field, value| amount::check(&facts.order_id, &settled.settlement_id, field, value);
            let (gross, fee) = (checked("gross", settled.gross)?, checked("fee", settled.fee)?);
            let foreign = settled.currency != self.settings.currency;
            let (line, cost) = match settled.kind {
                SettlementKind::Dispute => (Line::Chargebacks, fee - gross),
                _ if settled.by_seller => (Line::MarketplaceFees, fee),
                SettlementKind::Charge => {
                    any = true;
                    if !self.claims(settled, paid, known) {
                        continue;
                    }
                    (Line::PaymentFees, fee)
                }
                // a fee that the provider gives back or takes for a refund
                SettlementKind::Refund if facts.fees.is_empty() => (Line::PaymentFees, fee),
                SettlementKind::Refund => continue,
            };
            if foreign {
                self.flags.insert(Flag::FeeCurrency);
                continue;
            }
            let when = match settled.kind {
                SettlementKind::Refund => self.clock.back(settled.booked_at),
                _ => When::On(self.clock.local(settled.booked_at)),
            };
            self.sink.post(when, line, cost, Origin::Settled(settled));
        }
        Ok(any)
    }

    /// Finds the payment that a booking is of, and says whether its fee is not known yet. Amounts decide, and where the
    /// platform tells the same fee, it is that payment; what fits none is of the first that is left.
    fn claims(&self, settled: &SettlementFacts, paid: &[&PaymentFacts], known: &mut [Known]) -> bool {
        if paid.is_empty() {
            return self.facts.fees.is_empty();
        }
        let same =
            |payment: &PaymentFacts| payment.amount == settled.gross && payment.currency == settled.currency;
        let told = |payment: &PaymentFacts| {
            let mut fees = self.facts.fees.iter();
            fees.any(|fee| {
                fee.transaction_id.as_deref() == Some(&payment.payment_id)
                    && fee.amount + fee.tax_amount.unwrap_or_default() == settled.fee
            })
        };
        let plain = |payment: &PaymentFacts| payment.gateway.as_deref() != Some(GIFT_CARD);
        let find = |open: Known, fits: &dyn Fn(&PaymentFacts) -> bool| {
            let mut seats = paid.iter().zip(known.iter());
            seats.position(|(payment, known)| *known == open && fits(payment))
        };
        let found = find(Known::Told, &|payment| same(payment) && told(payment))
            .or_else(|| find(Known::No, &same))
            .or_else(|| find(Known::Told, &same))
            .or_else(|| find(Known::No, &plain))
            .or_else(|| find(Known::Told, &plain));
        let Some(known) = found.and_then(|at| known.get_mut(at)) else { return false };
        let counts = *known == Known::No;
        *known = if counts { Known::Booked } else { Known::Both };
        counts
    }

    /// The fee of a payment by rule.
    fn payment(&mut self, payment: &'f PaymentFacts) -> Result<(), Error> {
        if payment.gateway.as_deref() == Some(GIFT_CARD) {
            return Ok(());
        }
        let facts = self.facts;
        let day = payment.processed_at.map_or(self.clock.order_day, |at| self.clock.local(at));
        let (gateway, method) = (payment.gateway.as_deref(), payment.method.as_deref());
        let asked = Asked { day, gateway, method, ..self.asked() };
        let Some(Applied { rule, terms }) = self.rule(CostRuleKind::PaymentFee, &asked) else {
            return Ok(());
        };
        if payment.currency != self.settings.currency {
            self.flags.insert(Flag::FeeCurrency);
            return Ok(());
        }
        let currency = self.settings.currency;
        let paid = amount::check(&facts.order_id, &payment.payment_id, "amount", payment.amount)?;
        let fee = currency.round(fixed(&terms) + percent(&terms, paid));
        self.flags.insert(Flag::EstimatedFees);
        self.sink.post(When::On(day), Line::PaymentFees, fee, Origin::Rule(rule));
        if !terms.refundable || paid.is_zero() {
            return Ok(());
        }
        let mut refunds: Vec<&PaymentFacts> = facts
            .payments
            .iter()
            .filter(|other| other.is_refund && other.currency == currency)
            .filter(|other| self.is_of(other, payment))
            .collect();
        refunds.sort_by_key(|refund| (refund.processed_at, refund.payment_id.as_str()));
        // the part of all that went back so far, so that a payment given back in full gives its whole fee back
        let mut back = Decimal::ZERO;
        let mut given = Decimal::ZERO;
        for refund in refunds {
            back += amount::check(&facts.order_id, &refund.payment_id, "amount", refund.amount)?;
            let so_far = currency.round(fee * (back.min(paid) / paid));
            let order_day = When::On(self.clock.order_day);
            let when = refund.processed_at.map_or(order_day, |at| self.clock.back(at));
            self.sink.post(when, Line::PaymentFees, given - so_far, Origin::Rule(rule));
            given = so_far;
        }
        Ok(())
    }

    /// Whether a refund gives back that payment; one that names none, the only payment there is.
    fn is_of(&self, refund: &PaymentFacts, payment: &PaymentFacts) -> bool {
        match &refund.parent_id {
            Some(parent) => *parent == payment.payment_id,
            None => self.facts.payments.iter().filter(|other| !other.is_refund).count() == 1,
        }
    }

    /// The fee of an order whose source tells of no payments: on all that was charged for it at first.
    fn unknown_payment(&mut self) -> Result<(), Error> {
        let facts = self.facts;
        let asked = self.asked();
        let Some(Applied { rule, terms }) = self.rule(CostRuleKind::PaymentFee, &asked) else {
            return Ok(());
        };
        let mut paid = Decimal::ZERO;
        for event in facts.events.iter().filter(|event| !crate::class::gives_back(event)) {
            paid += amount::check(&facts.order_id, &event.event_id, "total_amount", event.total_amount)?;
        }
        if crate::order::is_positive(paid) {
            let fee = self.settings.currency.round(fixed(&terms) + percent(&terms, paid));
            self.flags.insert(Flag::EstimatedFees);
            self.sink.post(When::On(self.clock.order_day), Line::PaymentFees, fee, Origin::Rule(rule));
        }
        Ok(())
    }
}

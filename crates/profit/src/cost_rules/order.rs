//! What an order costs by rule. An actual fee of the order takes the place of the rule's.

use netgain_domain::facts::{
    CostRuleFact, CostRuleKind, EventKind, Flag, Flags, Line, OrderFacts, PaymentFacts, RuleTerms,
};
use netgain_domain::{Currency, Decimal};

use super::Asked;
use crate::clock::Clock;
use crate::goods::Goods;
use crate::posting::{Origin, Sink, When};
use crate::settings::on;
use crate::{CostBook, Error, Settings, amount};

const HUNDRED: Decimal = Decimal::ONE_HUNDRED;
const KILOGRAM: Decimal = Decimal::ONE_THOUSAND;
/// Paid with a voucher that was sold before: no payment provider takes part.
const GIFT_CARD: &str = "gift_card";

/// Posts what sending, packing, paying, selling over a marketplace and taking back cost.
pub(crate) fn post<'f>(
    facts: &'f OrderFacts,
    book: &'f CostBook,
    settings: &Settings,
    clock: &Clock<'_>,
    goods: &Goods<'_, '_>,
    flags: &mut Flags,
    sink: &mut impl Sink<'f>,
) -> Result<(), Error> {
    let mut reckon = Reckon { facts, book, settings, clock, flags, sink };
    if goods.were_sent() {
        reckon.parcel(goods);
    }
    reckon.payments()?;
    reckon.marketplace()?;
    reckon.returns()
}

struct Reckon<'r, 'f, 's, 'c, S> {
    facts: &'f OrderFacts,
    book: &'f CostBook,
    settings: &'s Settings,
    clock: &'r Clock<'c>,
    flags: &'r mut Flags,
    sink: &'r mut S,
}

impl<'f, S: Sink<'f>> Reckon<'_, 'f, '_, '_, S> {
    fn asked(&self) -> Asked<'f> {
        Asked {
            day: self.clock.order_day,
            country: self.facts.shipping_country.as_deref(),
            channel: &self.facts.channel,
            gateway: None,
            method: None,
            grams: None,
        }
    }

    /// The rule that applies, if it is in the reporting currency: without a rate it says nothing.
    fn rule(&mut self, kind: CostRuleKind, asked: &Asked<'_>) -> Option<&'f CostRuleFact> {
        let rule = self.book.rules().find(kind, asked)?;
        if rule.currency == self.settings.currency {
            return Some(rule);
        }
        self.flags.insert(Flag::CostCurrency);
        None
    }

    fn parcel(&mut self, goods: &Goods<'_, '_>) {
        let day = self.clock.order_day;
        let asked = Asked { grams: goods.grams(), ..self.asked() };
        let units = Decimal::from(goods.units_sent());
        if let Some(rule) = self.rule(CostRuleKind::Shipping, &asked) {
            let cost = of_parcel(&rule.terms, units, asked.grams, self.settings.currency);
            self.sink.post(When::On(day), Line::ShippingCosts, cost, Origin::Rule(rule));
        } else {
            let cost = on(&self.settings.shipping.cost_per_order, day).map(|row| row.value);
            if let Some(cost) = cost.filter(|cost| !cost.is_zero()) {
                self.sink.post(When::On(day), Line::ShippingCosts, cost, Origin::Setting);
            }
        }
        if let Some(rule) = self.rule(CostRuleKind::Handling, &asked) {
            let cost = of_parcel(&rule.terms, units, asked.grams, self.settings.currency);
            self.sink.post(When::On(day), Line::Handling, cost, Origin::Rule(rule));
        }
    }

    /// Payment fees: the actual ones where there are any, else by rule.
    fn payments(&mut self) -> Result<(), Error> {
        let facts = self.facts;
        for fee in &facts.fees {
            if fee.currency != self.settings.currency {
                self.flags.insert(Flag::FeeCurrency);
                continue;
            }
            let day = fee.charged_at.map_or(self.clock.order_day, |at| self.clock.local(at));
            let cost = amount::check(&facts.order_id, &fee.fee_id, "amount", fee.amount)?;
            self.sink.post(When::On(day), Line::PaymentFees, cost, Origin::Fee(fee));
        }
        if !facts.fees.is_empty() || self.book.rules().of_kind(CostRuleKind::PaymentFee).is_empty() {
            return Ok(());
        }
        for payment in facts.payments.iter().filter(|payment| !payment.is_refund) {
            self.payment(payment)?;
        }
        if facts.payments.is_empty() {
            self.unknown_payment()?;
        }
        Ok(())
    }

    fn payment(&mut self, payment: &'f PaymentFacts) -> Result<(), Error> {
        if payment.gateway.as_deref() == Some(GIFT_CARD) {
            return Ok(());
        }
        let facts = self.facts;
        let day = payment.processed_at.map_or(self.clock.order_day, |at| self.clock.local(at));
        let (gateway, method) = (payment.gateway.as_deref(), payment.method.as_deref());
        let asked = Asked { day, gateway, method, ..self.asked() };
        let Some(rule) = self.rule(CostRuleKind::PaymentFee, &asked) else { return Ok(()) };
        if payment.currency != self.settings.currency {
            self.flags.insert(Flag::FeeCurrency);
            return Ok(());
        }
        let currency = self.settings.currency;
        let paid = amount::check(&facts.order_id, &payment.payment_id, "amount", payment.amount)?;
        let fee = currency.round(fixed(&rule.terms) + percent(&rule.terms, paid));
        self.flags.insert(Flag::EstimatedFees);
        self.sink.post(When::On(day), Line::PaymentFees, fee, Origin::Rule(rule));
        if !rule.terms.refundable || paid.is_zero() {
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
        let Some(rule) = self.rule(CostRuleKind::PaymentFee, &self.asked()) else { return Ok(()) };
        let mut paid = Decimal::ZERO;
        for event in facts.events.iter().filter(|event| !crate::class::gives_back(event)) {
            paid += amount::check(&facts.order_id, &event.event_id, "total_amount", event.total_amount)?;
        }
        if crate::order::is_positive(paid) {
            let fee = self.settings.currency.round(fixed(&rule.terms) + percent(&rule.terms, paid));
            self.flags.insert(Flag::EstimatedFees);
            self.sink.post(When::On(self.clock.order_day), Line::PaymentFees, fee, Origin::Rule(rule));
        }
        Ok(())
    }

    /// What the marketplace takes of goods and delivery, without tax.
    fn marketplace(&mut self) -> Result<(), Error> {
        let Some(rule) = self.rule(CostRuleKind::MarketplaceFee, &self.asked()) else { return Ok(()) };
        let facts = self.facts;
        let currency = self.settings.currency;
        let mut sold = Decimal::ZERO;
        for event in &facts.events {
            if !matches!(event.kind, EventKind::Product | EventKind::Shipping) {
                continue;
            }
            let checked = |field, value| amount::check(&facts.order_id, &event.event_id, field, value);
            let net = checked("total_amount", event.total_amount)? - checked("tax_amount", event.tax_amount)?;
            if !crate::class::gives_back(event) {
                sold += net;
            } else if rule.terms.refundable {
                let back = currency.round(percent(&rule.terms, net));
                self.sink.post(self.clock.event(event), Line::MarketplaceFees, back, Origin::Rule(rule));
            }
        }
        if crate::order::is_positive(sold) {
            let fee = currency.round(fixed(&rule.terms) + percent(&rule.terms, sold));
            self.sink.post(When::On(self.clock.order_day), Line::MarketplaceFees, fee, Origin::Rule(rule));
        }
        Ok(())
    }

    /// What taking goods back costs: for each return, and for each unit.
    fn returns(&mut self) -> Result<(), Error> {
        let facts = self.facts;
        if facts.refund_lines.is_empty() || self.book.rules().return_handling.is_empty() {
            return Ok(());
        }
        let mut lines: Vec<_> = facts.refund_lines.iter().filter(|line| line.quantity > 0).collect();
        lines.sort_by_key(|line| line.refunded_at);
        for together in lines.chunk_by(|a, b| a.refunded_at == b.refunded_at) {
            let [first, ..] = together else { continue };
            let asked = Asked { day: self.clock.local(first.refunded_at), ..self.asked() };
            let Some(rule) = self.rule(CostRuleKind::ReturnHandling, &asked) else { continue };
            let mut units = 0;
            for line in together {
                units += amount::check_quantity(&facts.order_id, &line.refund_line_id, line.quantity)?;
            }
            let cost = of_parcel(&rule.terms, Decimal::from(units), None, self.settings.currency);
            self.sink.post(
                self.clock.back(first.refunded_at),
                Line::ReturnHandling,
                cost,
                Origin::Rule(rule),
            );
        }
        Ok(())
    }
}

fn fixed(terms: &RuleTerms) -> Decimal {
    terms.fixed.unwrap_or_default()
}

fn percent(terms: &RuleTerms, of: Decimal) -> Decimal {
    terms.percent.map_or(Decimal::ZERO, |percent| of * percent / HUNDRED)
}

fn of_parcel(terms: &RuleTerms, units: Decimal, grams: Option<Decimal>, currency: Currency) -> Decimal {
    let by_weight = match (terms.per_kg, grams) {
        (Some(per_kg), Some(grams)) => per_kg * grams / KILOGRAM,
        _ => Decimal::ZERO,
    };
    currency.round(fixed(terms) + terms.per_item.unwrap_or_default() * units + by_weight)
}

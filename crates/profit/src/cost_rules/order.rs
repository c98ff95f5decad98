//! What an order costs by rule. An actual fee of the order takes the place of the rule's.

use std::borrow::Cow;

use netgain_domain::facts::{
    CostRuleFact, CostRuleKind, EventKind, Flag, Flags, Line, OrderFacts, OrderRate, RuleTerms,
};
use netgain_domain::{Currency, Decimal};

use super::Asked;
use crate::clock::Clock;
use crate::goods::Goods;
use crate::posting::{Origin, Sink, When};
use crate::settings::on;
use crate::{CostBook, Error, Rate, Settings, amount};

mod payments;

const HUNDRED: Decimal = Decimal::ONE_HUNDRED;
const KILOGRAM: Decimal = Decimal::ONE_THOUSAND;

/// Posts what sending, packing, paying, selling over a marketplace and taking back cost.
#[allow(clippy::too_many_arguments, reason = "one order's whole context")]
pub(crate) fn post<'f>(
    facts: &'f OrderFacts,
    book: &'f CostBook,
    settings: &Settings,
    clock: &Clock<'_>,
    goods: &Goods<'_, '_>,
    flags: &mut Flags,
    rates: &mut Vec<OrderRate>,
    sink: &mut impl Sink<'f>,
) -> Result<(), Error> {
    let mut reckon = Reckon { facts, book, settings, clock, flags, rates, sink };
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
    /// The rates that were looked up.
    rates: &'r mut Vec<OrderRate>,
    sink: &'r mut S,
}

/// A rule with its amounts in the reporting currency.
struct Applied<'f> {
    rule: &'f CostRuleFact,
    terms: Cow<'f, RuleTerms>,
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

    /// The rule that applies, its amounts at the rate of the day that is asked for. Without a rate it says nothing, which
    /// a flag tells.
    fn rule(&mut self, kind: CostRuleKind, asked: &Asked<'_>) -> Option<Applied<'f>> {
        let rule = self.book.rules().find(kind, asked)?;
        let to = self.settings.currency;
        // a percentage is the same in any currency
        let own = [rule.terms.fixed, rule.terms.per_item, rule.terms.per_kg];
        let Some(amount) = own.into_iter().flatten().next().filter(|_| rule.currency != to) else {
            return Some(Applied { rule, terms: Cow::Borrowed(&rule.terms) });
        };
        let rate = self.book.rates().rate(rule.currency, to, asked.day).ok();
        let applied = rate.as_ref().map(Rate::applied);
        let row_id = rule.rule_id.clone();
        self.rates.push(OrderRate { row_id, from: rule.currency, amount, day: asked.day, applied });
        let mut terms = rule.terms.clone();
        let converted = rate.and_then(|rate| {
            for amount in [&mut terms.fixed, &mut terms.per_item, &mut terms.per_kg].into_iter().flatten() {
                // kept finer than a coin, since it is multiplied by units and weight
                *amount = amount.checked_mul(rate.value)?.round_dp(crate::amount::MAX_SCALE);
            }
            Some(Applied { rule, terms: Cow::Owned(terms) })
        });
        if converted.is_none() {
            self.flags.insert(Flag::CostCurrency);
        }
        converted
    }

    fn parcel(&mut self, goods: &Goods<'_, '_>) {
        let day = self.clock.order_day;
        let asked = Asked { grams: goods.grams(), ..self.asked() };
        let units = Decimal::from(goods.units_sent());
        if let Some(Applied { rule, terms }) = self.rule(CostRuleKind::Shipping, &asked) {
            let cost = of_parcel(&terms, units, asked.grams, self.settings.currency);
            self.sink.post(When::On(day), Line::ShippingCosts, cost, Origin::Rule(rule));
        } else {
            let cost = on(&self.settings.shipping.cost_per_order, day).map(|row| row.value);
            if let Some(cost) = cost.filter(|cost| !cost.is_zero()) {
                self.sink.post(When::On(day), Line::ShippingCosts, cost, Origin::Setting);
            }
        }
        if let Some(Applied { rule, terms }) = self.rule(CostRuleKind::Handling, &asked) {
            let cost = of_parcel(&terms, units, asked.grams, self.settings.currency);
            self.sink.post(When::On(day), Line::Handling, cost, Origin::Rule(rule));
        }
    }

    /// What the marketplace takes of goods and delivery, without tax, until it has booked its fee.
    fn marketplace(&mut self) -> Result<(), Error> {
        if payments::is_settled_by_seller(self.facts) {
            return Ok(());
        }
        let asked = self.asked();
        let Some(Applied { rule, terms }) = self.rule(CostRuleKind::MarketplaceFee, &asked) else {
            return Ok(());
        };
        self.flags.insert(Flag::EstimatedFees);
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
            } else if terms.refundable {
                let back = currency.round(percent(&terms, net));
                self.sink.post(self.clock.event(event), Line::MarketplaceFees, back, Origin::Rule(rule));
            }
        }
        if crate::order::is_positive(sold) {
            let fee = currency.round(fixed(&terms) + percent(&terms, sold));
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
            let Some(Applied { rule, terms }) = self.rule(CostRuleKind::ReturnHandling, &asked) else {
                continue;
            };
            let mut units = 0;
            for line in together {
                units += amount::check_quantity(&facts.order_id, &line.refund_line_id, line.quantity)?;
            }
            let cost = of_parcel(&terms, Decimal::from(units), None, self.settings.currency);
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

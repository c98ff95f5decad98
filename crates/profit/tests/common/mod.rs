//! A small language for orders in tests.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]
#![allow(dead_code, reason = "each test file uses its part")]

use netgain_domain::facts::*;
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;
use netgain_domain::{Currency, Decimal};
use netgain_profit::{CostBook, Dated, OrderProfit, Settings, compute_order};

pub mod shop;

pub fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

pub fn settings(code: &str, zone: &str) -> Settings {
    Settings::new(currency(code), zone.parse().unwrap())
}

/// Pounds, London, a label of 4.50.
pub fn british() -> Settings {
    let mut settings = settings("GBP", "Europe/London");
    settings.shipping.cost_per_order = vec![Dated { valid_from: None, value: dec("4.50") }];
    settings
}

pub const PLACED: &str = "2026-03-10T12:00:00Z";

pub fn order(code: &str) -> OrderFacts {
    OrderFacts {
        connection_id: "shop".into(),
        order_id: "o1".into(),
        name: "#1001".into(),
        placed_at: at(PLACED),
        created_at: Some(at(PLACED)),
        cancelled_at: None,
        channel: "web".into(),
        customer_id: None,
        financial_status: Some("paid".into()),
        is_test: false,
        currency: currency(code),
        taxes_included: true,
        version: 7,
        lines: Vec::new(),
        events: Vec::new(),
        refund_lines: Vec::new(),
        fees: Vec::new(),
        shipping_country: None,
        total_grams: None,
        payments: Vec::new(),
        settlements: Vec::new(),
        total_price: None,
        total_tax: None,
    }
}

/// Adds things to an order.
pub trait Build: Sized {
    fn line(self, id: &str, variant: Option<&str>, quantity: i64) -> Self;
    fn gift_card(self, id: &str) -> Self;
    /// A sale at the order's time: total with tax, tax, discount.
    fn sold(self, line: &str, quantity: i64, total: &str, tax: &str, discount: &str) -> Self;
    fn event(self, kind: EventKind, action: EventAction, at: &str, total: &str, tax: &str) -> Self;
    fn returned(self, line: &str, quantity: i64, at: &str, total: &str, tax: &str) -> Self;
    fn edited(self, line: &str, quantity: i64, at: &str, total: &str, tax: &str) -> Self;
    fn restocked(self, line: &str, quantity: i64, at: &str) -> Self;
    fn fee(self, amount: &str) -> Self;
    /// A payment to the customer; of how much does not matter.
    fn paid_back(self, at: Timestamp) -> Self;
}

impl Build for OrderFacts {
    fn line(mut self, id: &str, variant: Option<&str>, quantity: i64) -> Self {
        self.lines.push(LineFacts {
            line_id: id.into(),
            product_id: None,
            variant_id: variant.map(Into::into),
            sku: None,
            vendor: None,
            product_type: None,
            lot: None,
            weight_grams: None,
            requires_shipping: None,
            product_tags: None,
            title: format!("Thing {id}"),
            quantity,
            unit_price: None,
            is_gift_card: false,
        });
        self
    }

    fn gift_card(self, id: &str) -> Self {
        let mut order = self.line(id, Some("card"), 1);
        order.lines.last_mut().unwrap().is_gift_card = true;
        order
    }

    fn sold(mut self, line: &str, quantity: i64, total: &str, tax: &str, discount: &str) -> Self {
        self = self.event(EventKind::Product, EventAction::Order, PLACED, total, tax);
        let event = self.events.last_mut().unwrap();
        event.line_id = Some(line.into());
        event.quantity = Some(quantity);
        event.discount_amount = dec(discount);
        event.happened_at = self.placed_at;
        self
    }

    fn event(mut self, kind: EventKind, action: EventAction, when: &str, total: &str, tax: &str) -> Self {
        let reason = match action {
            EventAction::Order => EventReason::Order,
            EventAction::Update => EventReason::Edit,
            EventAction::Return => EventReason::Refund,
            EventAction::Unknown => EventReason::Unknown,
        };
        self.events.push(EventFacts {
            event_id: format!("e{}", self.events.len()),
            line_id: None,
            happened_at: at(when),
            reason,
            action,
            kind,
            quantity: None,
            total_amount: dec(total),
            tax_amount: dec(tax),
            discount_amount: Decimal::ZERO,
            currency: self.currency,
        });
        self
    }

    fn returned(mut self, line: &str, quantity: i64, when: &str, total: &str, tax: &str) -> Self {
        self = self.event(EventKind::Product, EventAction::Return, when, total, tax);
        let event = self.events.last_mut().unwrap();
        (event.line_id, event.quantity) = (Some(line.into()), Some(quantity));
        self
    }

    fn edited(mut self, line: &str, quantity: i64, when: &str, total: &str, tax: &str) -> Self {
        self = self.event(EventKind::Product, EventAction::Update, when, total, tax);
        let event = self.events.last_mut().unwrap();
        (event.line_id, event.quantity) = (Some(line.into()), Some(quantity));
        self
    }

    fn restocked(mut self, line: &str, quantity: i64, when: &str) -> Self {
        self.refund_lines.push(RefundLineFacts {
            refund_line_id: format!("r{}", self.refund_lines.len()),
            line_id: line.into(),
            refunded_at: at(when),
            quantity,
            restocked: true,
        });
        self
    }

    fn fee(mut self, amount: &str) -> Self {
        self.fees.push(FeeFacts {
            fee_id: format!("f{}", self.fees.len()),
            charged_at: Some(self.placed_at),
            amount: dec(amount),
            tax_amount: None,
            currency: self.currency,
            gateway: Some("card".into()),
            transaction_id: None,
        });
        self
    }

    fn paid_back(mut self, at: Timestamp) -> Self {
        self.payments.push(PaymentFacts {
            payment_id: format!("p{}", self.payments.len()),
            parent_id: None,
            processed_at: Some(at),
            is_refund: true,
            amount: Decimal::ONE,
            currency: self.currency,
            gateway: None,
            method: None,
        });
        self
    }
}

pub fn cost(variant: &str, unit_cost: &str, code: &str) -> UnitCostFact {
    UnitCostFact::new(CostScope::Variant, variant, dec(unit_cost), currency(code))
}

pub fn profit(order: &OrderFacts, costs: &[UnitCostFact], settings: &Settings) -> OrderProfit {
    compute_order(order, &CostBook::new(costs.iter().cloned()), settings).unwrap()
}

/// The ladder of a day; zero if the order has none.
pub fn on(profit: &OrderProfit, text: &str) -> Ladder {
    let found = profit.days.iter().find(|entry| entry.day == day(text));
    found.map(|entry| entry.ladder).unwrap_or_default()
}

/// Item 120.00 with 20 % VAT inside, shipping 6.00 with VAT inside, fee 3.95.
pub fn parcel() -> OrderFacts {
    order("GBP")
        .line("l1", Some("coat"), 1)
        .sold("l1", 1, "120.00", "20.00", "0")
        .event(EventKind::Shipping, EventAction::Order, PLACED, "6.00", "1.00")
        .fee("3.95")
}

/// A rule of costs in pounds, since ever.
pub fn rule(kind: CostRuleKind, terms: RuleTerms) -> CostRuleFact {
    CostRuleFact {
        rule_id: format!("{kind:?}/{terms:?}"),
        kind,
        currency: currency("GBP"),
        valid_from: None,
        valid_to: None,
        recorded_at: Timestamp::UNIX_EPOCH,
        source: "api".into(),
        replaces: None,
        withdrawn: false,
        terms,
    }
}

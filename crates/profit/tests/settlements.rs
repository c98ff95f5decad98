//! Actual fees take the place of estimates, and nothing counts twice: what the shop's platform tells, what a payment
//! provider booked, what a rule reckons.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

mod common;

use std::sync::Arc;

use common::*;
use netgain_domain::facts::*;
use netgain_domain::jiff::Timestamp;
use netgain_profit::{CostBook, RateBook, compute_order, explain};

const CARD: &str = "2.9";

fn book() -> CostBook {
    let percent = |percent: &str| RuleTerms { percent: Some(dec(percent)), ..RuleTerms::default() };
    CostBook::new([cost("coat", "35", "GBP")]).with_rules([
        rule(CostRuleKind::PaymentFee, percent(CARD)),
        rule(CostRuleKind::MarketplaceFee, percent("10")),
    ])
}

fn payment(id: &str, amount: &str, is_refund: bool) -> PaymentFacts {
    PaymentFacts {
        payment_id: id.into(),
        parent_id: None,
        processed_at: Some(at(PLACED)),
        is_refund,
        amount: dec(amount),
        currency: currency("GBP"),
        gateway: Some("card".into()),
        method: None,
    }
}

fn booked(id: &str, kind: SettlementKind, when: &str, gross: &str, fee: &str) -> SettlementFacts {
    SettlementFacts {
        settlement_id: id.into(),
        kind,
        by_seller: false,
        booked_at: at(when),
        gross: dec(gross),
        fee: dec(fee),
        currency: currency("GBP"),
        provider: "bank".into(),
    }
}

/// An order of 100 without fees, paid at once.
fn unpaid_fee() -> OrderFacts {
    let mut order = parcel();
    order.fees.clear();
    order.payments.push(payment("p1", "100", false));
    order
}

fn computed(order: &OrderFacts) -> OrderProfit {
    let book = book();
    let profit = compute_order(order, &book, &british()).unwrap();
    let explained = explain(order, &book, &british()).unwrap();
    assert_eq!(explained.profit, profit);
    for step in explained.steps.iter().filter(|step| !step.entries.is_empty()) {
        let sum: netgain_domain::Decimal = step.entries.iter().map(|entry| entry.amount).sum();
        assert_eq!(sum, step.amount, "{}", step.key);
    }
    profit
}

/// The sum of a line's postings by return day.
fn line(profit: &OrderProfit, line: Line) -> String {
    let own = profit.postings.all.iter().filter(|posting| posting.line == line);
    let read = own.filter(|posting| matches!(posting.basis, Basis::All | Basis::ReturnDay));
    read.map(|posting| posting.amount).sum::<netgain_domain::Decimal>().normalize().to_string()
}

#[test]
fn the_rule_counts_until_the_booking_arrives() {
    let mut order = unpaid_fee();
    let estimated = computed(&order);
    assert_eq!(line(&estimated, Line::PaymentFees), "2.9");
    assert!(estimated.flags.contains(Flag::EstimatedFees));

    order.settlements.push(booked("b1", SettlementKind::Charge, "2026-03-11T09:00:00Z", "100", "1.75"));
    let mut settings = british();
    let mut free_of_market = book();
    free_of_market = free_of_market.with_rules([]);
    settings.profile = "netgain".into();
    let actual = compute_order(&order, &free_of_market, &settings).unwrap();
    assert!(!actual.flags.contains(Flag::EstimatedFees));
    let actual = computed(&order);
    assert_eq!(line(&actual, Line::PaymentFees), "1.75");
    let day = actual.postings.all.iter().find(|posting| posting.line == Line::PaymentFees).unwrap().day;
    assert_eq!(day.to_string(), "2026-03-11", "the day on which it was booked");
    let step = explain(&order, &book(), &british()).unwrap();
    let fees = step.steps.iter().find(|step| step.key == "payment_fees").unwrap();
    assert!(
        fees.entries
            .iter()
            .any(|entry| (entry.table, entry.source_id.as_str()) == ("balance_transactions", "b1"))
    );
}

#[test]
fn what_the_shop_tells_and_the_provider_booked_counts_once() {
    let mut order = unpaid_fee().fee("1.75");
    order.fees[0].transaction_id = Some("p1".into());
    let told = computed(&order);
    order.settlements.push(booked("b1", SettlementKind::Charge, PLACED, "100", "1.75"));
    assert_eq!(computed(&order).days, told.days);
    // a fee that names no payment stands for all of them
    order.fees[0].transaction_id = None;
    assert_eq!(computed(&order).days, told.days);
    // a second way of paying has its own fee: by rule, then as booked
    order.fees[0].transaction_id = Some("p1".into());
    order.payments.push(payment("p2", "100", false));
    assert_eq!(line(&computed(&order), Line::PaymentFees), "4.65", "1.75 + 2.9 % of 100");
    order.settlements.push(booked("b2", SettlementKind::Charge, PLACED, "100", "0.50"));
    for _ in 0..2 {
        assert_eq!(line(&computed(&order), Line::PaymentFees), "2.25", "1.75 + 0.50");
        order.settlements.reverse();
    }
    // the order of bookings does not matter even where both are of one amount
    order.settlements[0].booked_at = at("2026-03-12T00:00:00Z");
    assert_eq!(line(&computed(&order), Line::PaymentFees), "2.25");
}

#[test]
fn money_that_is_called_back_is_a_cost_until_it_is_won() {
    let mut order = unpaid_fee();
    order.settlements.push(booked("b1", SettlementKind::Charge, PLACED, "100", "1.75"));
    let before = computed(&order);
    order.settlements.push(booked("b2", SettlementKind::Dispute, "2026-04-02T10:00:00Z", "-100", "20"));
    let lost = computed(&order);
    assert_eq!(line(&lost, Line::Chargebacks), "120");
    assert_eq!(before.total.cm2 - lost.total.cm2, dec("120"), "a cost above contribution margin 2");
    assert_eq!(on(&lost, "2026-04-02").payment_fees, dec("120"));
    order.settlements.push(booked("b3", SettlementKind::Dispute, "2026-05-02T10:00:00Z", "100", "0"));
    assert_eq!(line(&computed(&order), Line::Chargebacks), "20", "won: the fee stays");
}

#[test]
fn what_the_seller_booked_takes_the_place_of_the_marketplace_rule() {
    let mut order = unpaid_fee();
    let estimated = computed(&order);
    assert_eq!(line(&estimated, Line::MarketplaceFees), "10.5", "10 % of 105 without tax");
    let mut sold = booked("b1", SettlementKind::Charge, PLACED, "126", "15.12");
    sold.by_seller = true;
    order.settlements.push(sold);
    let actual = computed(&order);
    assert_eq!(line(&actual, Line::MarketplaceFees), "15.12");
    assert_eq!(line(&actual, Line::PaymentFees), "2.9", "the payment's own rule stays");
    let mut back = booked("b2", SettlementKind::Refund, "2026-03-20T00:00:00Z", "-126", "-12.10");
    back.by_seller = true;
    order.settlements.push(back);
    assert_eq!(line(&computed(&order), Line::MarketplaceFees), "3.02");
}

#[test]
fn a_booking_in_another_currency_is_converted_at_its_day() {
    let mut order = unpaid_fee();
    let mut settled = booked("b1", SettlementKind::Charge, "2026-03-11T09:00:00Z", "125", "2.50");
    settled.currency = currency("USD");
    order.settlements.push(settled);
    let without = compute_order(&order, &book(), &british()).unwrap();
    assert!(without.flags.contains(Flag::FeeCurrency));
    assert_eq!(line(&without, Line::PaymentFees), "0", "not counted as if it were pounds");
    let rate = RateFact {
        base: currency("USD"),
        quote: currency("GBP"),
        day: day("2026-03-11"),
        rate: dec("0.80"),
        source: "bank".into(),
        manual: false,
        recorded_at: Timestamp::UNIX_EPOCH,
    };
    let book = book().with_rates(Arc::new(RateBook::new([rate])));
    let profit = compute_order(&order, &book, &british()).unwrap();
    assert_eq!(line(&profit, Line::PaymentFees), "2");
    assert!(profit.rates.iter().any(|rate| rate.row_id == "b1" && rate.applied.is_some()));
}

#[test]
fn a_rule_in_another_currency_is_converted_at_the_day_of_its_cost() {
    let mut order = parcel();
    order.lines[0].weight_grams = Some(dec("2000"));
    let terms = RuleTerms { fixed: Some(dec("5")), per_kg: Some(dec("1")), ..RuleTerms::default() };
    let sending = rule(CostRuleKind::Shipping, terms);
    let rule = CostRuleFact { rule_id: "sending".into(), currency: currency("EUR"), ..sending };
    let book = CostBook::new([cost("coat", "35", "GBP")]).with_rules([rule]);
    let without = compute_order(&order, &book, &british()).unwrap();
    assert!(without.flags.contains(Flag::CostCurrency), "a missing rate is never 1");
    assert_ne!(without.total.shipping_costs, dec("7"));
    assert!(without.rates.iter().any(|rate| rate.row_id == "sending" && rate.applied.is_none()));
    let rate = |on: &str, rate: &str| RateFact {
        base: currency("EUR"),
        quote: currency("GBP"),
        day: day(on),
        rate: dec(rate),
        source: "bank".into(),
        manual: false,
        recorded_at: Timestamp::UNIX_EPOCH,
    };
    let book =
        book.with_rates(Arc::new(RateBook::new([rate("2026-03-10", "0.85"), rate("2026-03-11", "2")])));
    let profit = compute_order(&order, &book, &british()).unwrap();
    assert_eq!(profit.total.shipping_costs, dec("5.95"), "(5 + 2 x 1) x 0.85");
    assert!(!profit.flags.contains(Flag::CostCurrency));
}

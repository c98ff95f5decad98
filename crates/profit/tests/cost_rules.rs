//! What orders cost by the rules of the cost book.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

mod common;

use common::*;
use netgain_domain::facts::*;
use netgain_profit::{CostBook, Settings, check_rule, compute_order, explain};

fn with(rules: impl IntoIterator<Item = CostRuleFact>) -> CostBook {
    CostBook::new([cost("coat", "35", "GBP")]).with_rules(rules)
}

fn computed(order: &OrderFacts, rules: &[CostRuleFact], settings: &Settings) -> OrderProfit {
    let book = with(rules.to_vec());
    let profit = compute_order(order, &book, settings).unwrap();
    let explained = explain(order, &book, settings).unwrap();
    assert_eq!(explained.profit, profit);
    for step in explained.steps.iter().filter(|step| !step.entries.is_empty()) {
        assert_eq!(
            step.entries.iter().map(|entry| entry.amount).sum::<netgain_domain::Decimal>(),
            step.amount
        );
    }
    profit
}

fn terms() -> RuleTerms {
    RuleTerms::default()
}

fn paid(mut order: OrderFacts, gateway: &str, amount: &str) -> OrderFacts {
    let payment_id = format!("p{}", order.payments.len());
    order.payments.push(PaymentFacts {
        payment_id,
        parent_id: None,
        processed_at: Some(order.placed_at),
        is_refund: false,
        amount: dec(amount),
        currency: order.currency,
        gateway: Some(gateway.into()),
        method: None,
    });
    order
}

#[test]
fn sending_follows_country_weight_and_units() {
    use CostRuleKind::Shipping;
    let british_zone = RuleTerms { countries: vec!["GB".into()], fixed: Some(dec("3")), ..terms() };
    let heavy = RuleTerms { min_grams: Some(dec("2000")), per_kg: Some(dec("1.50")), ..british_zone.clone() };
    let world = RuleTerms { fixed: Some(dec("9")), per_item: Some(dec("0.50")), ..terms() };
    let rules = [british_zone, heavy, world].map(|terms| rule(Shipping, terms));
    let settings = british();
    let mut order = parcel();
    let sent = |order: &OrderFacts| computed(order, &rules, &settings).total.shipping_costs;
    assert_eq!(sent(&order), dec("9.50"), "no country is known");
    order.shipping_country = Some("gb".into());
    assert_eq!(sent(&order), dec("3"), "no weight is known");
    order.lines[0].weight_grams = Some(dec("2500"));
    assert_eq!(sent(&order), dec("6.75"));
    order.shipping_country = Some("FR".into());
    assert_eq!(sent(&order), dec("9.50"));
    // without a rule the setting holds
    assert_eq!(computed(&order, &[], &settings).total.shipping_costs, dec("4.50"));
}

#[test]
fn rules_are_dated_and_replaced() {
    use CostRuleKind::Shipping;
    let of = |fixed: &str, from: Option<&str>, id: &str| CostRuleFact {
        valid_from: from.map(day),
        rule_id: id.into(),
        ..rule(Shipping, RuleTerms { fixed: Some(dec(fixed)), ..terms() })
    };
    let sent = |rules: &[CostRuleFact]| computed(&parcel(), rules, &british()).total.shipping_costs;
    let (old, new) = (of("2", None, "a"), of("3", Some("2026-03-10"), "b"));
    assert_eq!(sent(&[old.clone(), new.clone()]), dec("3"));
    let later = CostRuleFact { valid_from: Some(day("2026-03-11")), ..new.clone() };
    assert_eq!(sent(&[old.clone(), later]), dec("2"));
    let ended = CostRuleFact { valid_to: Some(day("2026-03-09")), ..old.clone() };
    assert_eq!(sent(&[ended]), dec("4.50"));
    let back =
        CostRuleFact { rule_id: "c".into(), replaces: Some("b".into()), withdrawn: true, ..new.clone() };
    assert_eq!(sent(&[back, new, old]), dec("2"));
}

#[test]
fn payment_fees_by_rule_until_the_actual_ones_arrive() {
    use CostRuleKind::PaymentFee;
    let card = RuleTerms {
        gateway: Some("card".into()),
        percent: Some(dec("2.9")),
        fixed: Some(dec("0.30")),
        ..terms()
    };
    let other = RuleTerms { percent: Some(dec("1")), ..terms() };
    let rules = [rule(PaymentFee, card.clone()), rule(PaymentFee, other)];
    let mut order = parcel();
    order.fees.clear();
    let order = paid(paid(paid(order, "card", "100"), "invoice", "20"), "gift_card", "6");
    let reckoned = computed(&order, &rules, &british());
    assert_eq!(reckoned.total.payment_fees, dec("3.40"), "2.90 + 0.30 + 0.20");
    assert!(reckoned.flags.contains(Flag::EstimatedFees));
    let actual = computed(&order.clone().fee("3.95"), &rules, &british());
    assert_eq!(actual.total.payment_fees, dec("3.95"));
    assert!(!actual.flags.contains(Flag::EstimatedFees));

    let mut refunded = order;
    for (number, amount) in [("r1", "33.33"), ("r2", "66.67")] {
        refunded.payments.push(PaymentFacts {
            payment_id: number.into(),
            parent_id: Some("p0".into()),
            is_refund: true,
            amount: dec(amount),
            ..refunded.payments[0].clone()
        });
    }
    assert_eq!(
        computed(&refunded, &rules, &british()).total.payment_fees,
        dec("3.40"),
        "the provider keeps it"
    );
    let given_back = [rule(PaymentFee, RuleTerms { refundable: true, ..card })];
    assert_eq!(computed(&refunded, &given_back, &british()).total.payment_fees, dec("0"));
    refunded.payments.pop();
    assert_eq!(computed(&refunded, &given_back, &british()).total.payment_fees, dec("2.13"), "3.20 - 1.07");
}

#[test]
fn an_order_without_payments_pays_on_what_was_charged() {
    let rules = [rule(CostRuleKind::PaymentFee, RuleTerms { percent: Some(dec("2")), ..terms() })];
    let mut order = parcel();
    order.fees.clear();
    assert_eq!(computed(&order, &rules, &british()).total.payment_fees, dec("2.52"));
}

#[test]
fn handling_marketplace_and_returns_lower_the_second_margin() {
    use CostRuleKind::{Handling, MarketplaceFee, ReturnHandling};
    let settings = british();
    let plain = computed(&parcel(), &[], &settings).total.cm2;
    let packed = rule(Handling, RuleTerms { fixed: Some(dec("1")), per_item: Some(dec("0.20")), ..terms() });
    assert_eq!(plain - computed(&parcel(), &[packed], &settings).total.cm2, dec("1.20"));
    let market = RuleTerms { percent: Some(dec("10")), channel: Some("web".into()), ..terms() };
    let fee = rule(MarketplaceFee, market.clone());
    assert_eq!(plain - computed(&parcel(), &[fee], &settings).total.cm2, dec("10.50"), "of 105 without tax");
    let elsewhere = rule(MarketplaceFee, RuleTerms { channel: Some("pos".into()), ..market.clone() });
    assert_eq!(computed(&parcel(), &[elsewhere], &settings).total.cm2, plain);

    let order = parcel().returned("l1", -1, "2026-04-02T00:00:00Z", "-120", "-20").restocked(
        "l1",
        1,
        "2026-04-02T00:00:00Z",
    );
    let back =
        rule(ReturnHandling, RuleTerms { fixed: Some(dec("2")), per_item: Some(dec("0.25")), ..terms() });
    let refundable = rule(MarketplaceFee, RuleTerms { refundable: true, ..market });
    let plain = on(&computed(&order, &[], &settings), "2026-04-02").cm2;
    let with = on(&computed(&order, &[back, refundable], &settings), "2026-04-02").cm2;
    assert_eq!(plain - with, dec("2.25") - dec("10"), "on the day of the return");
}

#[test]
fn a_rule_that_cannot_hold_is_refused_with_its_field() {
    let good = rule(CostRuleKind::Shipping, RuleTerms { fixed: Some(dec("1")), ..terms() });
    assert_eq!(check_rule(&good), Ok(()));
    let refused = |kind, terms| check_rule(&rule(kind, terms)).unwrap_err().field;
    assert_eq!(refused(CostRuleKind::Shipping, terms()), "fixed");
    assert_eq!(refused(CostRuleKind::Shipping, RuleTerms { percent: Some(dec("1")), ..terms() }), "percent");
    assert_eq!(
        refused(CostRuleKind::PaymentFee, RuleTerms { percent: Some(dec("101")), ..terms() }),
        "percent"
    );
    let weight = RuleTerms { min_grams: Some(dec("5")), below_grams: Some(dec("5")), ..good.terms.clone() };
    assert_eq!(refused(CostRuleKind::Shipping, weight), "below_grams");
    let rent = RuleTerms { amount: Some(dec("5")), category: Some("rent".into()), ..terms() };
    assert_eq!(refused(CostRuleKind::Operating, rent.clone()), "valid_from");
    let often = RuleTerms { every: Some("hour".into()), ..rent.clone() };
    assert_eq!(refused(CostRuleKind::Operating, often), "every");
    let monthly = rule(CostRuleKind::Operating, RuleTerms { every: Some("month".into()), ..rent });
    assert_eq!(check_rule(&monthly), Ok(()));
}

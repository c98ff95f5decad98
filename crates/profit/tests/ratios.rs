//! Goods without a recorded cost: the ratio by shop, vendor, type and variant, and what never gets one.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

mod common;

use common::*;
use netgain_domain::facts::*;
use netgain_profit::{DefaultRatio, NeverDefault, Settings};

fn ratio(scope: CostScope, id: &str, from: Option<&str>, value: &str) -> DefaultRatio {
    DefaultRatio { scope, scope_id: id.into(), valid_from: from.map(day), value: dec(value) }
}

/// One coat of 100 without tax.
fn coat() -> OrderFacts {
    let mut order = order("GBP").line("l1", Some("v1"), 1).sold("l1", 1, "100", "0", "0");
    let line = &mut order.lines[0];
    (line.vendor, line.product_type) = (Some("Weaver".into()), Some("Coats".into()));
    order
}

fn cogs(order: &OrderFacts, settings: &Settings) -> netgain_domain::Decimal {
    profit(order, &[], settings).total.cogs
}

#[test]
fn the_narrowest_ratio_that_began_holds() {
    let mut settings = british();
    let rows = [
        (CostScope::Supplier, "Weaver", "0.50"),
        (CostScope::ProductType, "Coats", "0.55"),
        (CostScope::Variant, "v1", "0.60"),
    ];
    assert_eq!(cogs(&coat(), &settings), dec("40"));
    for (scope, id, value) in rows {
        // a broader row never hides a narrower one, wherever it stands
        settings.cost.default_ratio.insert(0, ratio(scope, id, None, value));
        settings.check().unwrap();
        assert_eq!(cogs(&coat(), &settings), dec(value) * dec("100"), "{id}");
        settings.cost.default_ratio.push(ratio(scope, "another", None, "0.01"));
        assert_eq!(cogs(&coat(), &settings), dec(value) * dec("100"), "{id}");
    }
    settings.cost.default_ratio.push(ratio(CostScope::Variant, "v1", Some("2026-03-10"), "0.70"));
    settings.cost.default_ratio.push(ratio(CostScope::Variant, "v1", Some("2026-03-11"), "0.80"));
    assert_eq!(cogs(&coat(), &settings), dec("70"), "the day of the order");
    assert!(settings.asks_for_goods() && !british().asks_for_goods());
    // a recorded cost beats any ratio
    assert_eq!(profit(&coat(), &[cost("v1", "33", "GBP")], &settings).total.cogs, dec("33"));
}

#[test]
fn rows_are_written_short_for_the_shop_and_checked() {
    let base = r#"{"currency":"GBP","time_zone":"Europe/London","cost":{"default_ratio":"#;
    let read = |rows: &str| Settings::from_json(&format!("{base}{rows}}}}}"));
    let settings =
        read(r#"[{"value":"0.35"},{"scope":"supplier","scope_id":"Weaver","value":"0.5"}]"#).unwrap();
    assert_eq!(Settings::from_json(&settings.to_json().unwrap()).unwrap(), settings);
    assert_eq!(cogs(&coat(), &settings), dec("50"));
    for (rows, word) in [
        (r#"[{"value":"0.35"},{"scope":"supplier","value":"0.5"}]"#, "scope_id"),
        (r#"[{"value":"0.35","scope_id":"x"}]"#, "scope_id"),
        (r#"[{"scope":"brand","scope_id":"x","value":"0.5"}]"#, "supplier"),
        (r#"[{"scope":"supplier","scope_id":"x","value":"0.5"}]"#, "valid_from null"),
        (r#"[{"value":"0.35"},{"value":"0.36"}]"#, "two rows"),
    ] {
        let refused = read(rows).unwrap_err();
        let words = format!("{refused:?} {refused}");
        assert!(words.contains(word), "{words}");
    }
}

#[test]
fn donations_and_downloads_cost_nothing_by_default() {
    let mut settings = british();
    let mut donation = coat();
    donation.lines[0].product_tags = Some("gift, Donation".into());
    assert_eq!(cogs(&donation, &settings), dec("0"));
    let mut typed = coat();
    typed.lines[0].product_type = Some("donation".into());
    assert_eq!(cogs(&typed, &settings), dec("0"));
    let mut near = coat();
    near.lines[0].product_tags = Some("donations-welcome".into());
    assert_eq!(cogs(&near, &settings), dec("40"), "another tag");

    let mut download = coat();
    download.lines[0].requires_shipping = Some(false);
    assert_eq!(cogs(&download, &settings), dec("40"), "only where the settings say so");
    settings.cost.never_default.push(NeverDefault::Digital);
    assert_eq!(cogs(&download, &settings), dec("0"));
    assert_eq!(cogs(&coat(), &settings), dec("40"), "nothing is known about it");
    let sold = profit(&download, &[], &settings);
    assert_eq!((sold.total.net_sales, sold.total.shipping_costs), (dec("100"), dec("0")));
    // what has a recorded cost has it
    assert_eq!(profit(&download, &[cost("v1", "3", "GBP")], &settings).total.cogs, dec("3"));
}

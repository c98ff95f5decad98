//! Prices by tiers and packages, and several discounts: computed by hand.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

mod common;

use common::{at, currency, dec};
use netgain_domain::facts::*;
use netgain_profit::subscriptions::*;

fn subscription(id: &str) -> SubscriptionFacts {
    SubscriptionFacts {
        subscription_id: id.into(),
        customer_id: Some("ann".into()),
        status: "active".into(),
        currency: Some(currency("USD")),
        amount: Some(dec("100")),
        interval: Some("month".into()),
        interval_count: Some(1),
        started_at: Some(at("2026-02-01T10:00:00Z")),
        period_end: Some(at("2026-03-20T10:00:00Z")),
        trial_ends_at: None,
        cancel_at_period_end: false,
        canceled_at: None,
        ended_at: None,
        tax_included: false,
        invoiced: None,
        discounts: vec![],
        items: vec![],
    }
}

fn tier(up_to: Option<&str>, unit: &str, flat: Option<&str>) -> PriceTier {
    PriceTier { up_to: up_to.map(dec), unit_amount: Some(dec(unit)), flat_amount: flat.map(dec) }
}

fn tiered(tiers_mode: TiersMode) -> PriceFacts {
    let tiers =
        vec![tier(Some("5"), "7", Some("20")), tier(Some("10"), "6.5", None), tier(None, "6", Some("10"))];
    PriceFacts { tiers_mode: Some(tiers_mode), tiers, ..PriceFacts::default() }
}

#[test]
fn tiers_and_packages_cost_what_the_platform_defines() {
    // (quantity, graduated, volume), by hand: 5 x 7 + 20 = 55; 5 x 6.5 = 32.5; 2 x 6 + 10 = 22
    for (quantity, graduated, volume) in [
        ("0", "20", "20"),
        ("1", "27", "27"),
        ("5", "55", "55"),
        ("6", "61.5", "39"),
        ("10", "87.5", "65"),
        ("12", "109.5", "82"),
    ] {
        let price = |mode| price_of(dec(quantity), &tiered(mode)).unwrap();
        assert_eq!(price(TiersMode::Graduated), dec(graduated), "{quantity}");
        assert_eq!(price(TiersMode::Volume), dec(volume), "{quantity}");
    }
    // tiers that end before the number, or that are not known, say nothing
    let mut short = tiered(TiersMode::Graduated);
    short.tiers.truncate(2);
    assert_eq!((price_of(dec("10"), &short), price_of(dec("11"), &short)), (Some(dec("87.5")), None));
    short.tiers.clear();
    assert_eq!(price_of(dec("1"), &short), None);
    let packed = |round_up| PriceFacts {
        unit_amount: Some(dec("9")),
        package: Some(Package { size: dec("5"), round_up }),
        ..PriceFacts::default()
    };
    assert_eq!(price_of(dec("11"), &packed(true)), Some(dec("27")));
    assert_eq!(price_of(dec("11"), &packed(false)), Some(dec("18")));
}

#[test]
fn discounts_are_taken_off_one_after_the_other_items_first() {
    let off = |percent: Option<&str>, amount: Option<&str>, duration: &str, ends_at: Option<&str>| {
        SubscriptionDiscount {
            percent: percent.map(dec),
            amount: amount.map(dec),
            duration: Some(duration.into()),
            ends_at: ends_at.map(at),
        }
    };
    let item = |quantity: &str, price: PriceFacts, discounts: Vec<SubscriptionDiscount>| {
        SubscriptionItemFacts { quantity: dec(quantity), metered: false, price, discounts }
    };
    let plain = |amount: &str| PriceFacts { unit_amount: Some(dec(amount)), ..PriceFacts::default() };
    let mut one = subscription("s1");
    // what unit prices come to is not what tiers do
    one.amount = Some(dec("1"));
    one.items = vec![
        item("12", tiered(TiersMode::Graduated), vec![off(Some("10"), None, "forever", None)]),
        item("2", plain("20.25"), vec![]),
        SubscriptionItemFacts { metered: true, ..item("900", plain("3"), vec![]) },
    ];
    one.discounts = vec![
        off(Some("20"), None, "forever", None),
        off(None, Some("5"), "repeating", Some("2027-02-01T10:00:00Z")),
    ];
    let closing = |facts: &SubscriptionFacts, name: &str| {
        let history = histories(std::slice::from_ref(facts), &[]);
        assert!(history.notices.is_empty(), "{:?}", history.notices);
        history.snapshots[0].mrr(at("2026-04-01T00:00:00Z"), &Definition::named(name).unwrap()).to_string()
    };
    // 109.5 - 10 % = 98.55; + 2 x 20.25 = 139.05; - 20 % = 111.24; and 5 for a time = 106.24
    assert_eq!((closing(&one, "stripe"), closing(&one, "chartmogul")), ("111.24".into(), "106.24".into()));
    // the other way round the amount is off before the part: (139.05 - 5) x 0.8 = 107.24
    one.discounts.reverse();
    assert_eq!((closing(&one, "stripe"), closing(&one, "chartmogul")), ("111.24".into(), "107.24".into()));
    // nothing is less than nothing
    one.discounts = vec![off(None, Some("500"), "forever", None)];
    assert_eq!(closing(&one, "stripe"), "0");
    // one price that is not known leaves the whole out, and says so
    one.items[0].price.tiers.clear();
    let history = histories(std::slice::from_ref(&one), &[]);
    assert!(history.snapshots.is_empty());
    assert_eq!(history.notices[0].code, "subscription_without_price");
}

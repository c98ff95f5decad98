//! The facts of attribution, subscriptions and deals come back as they were stored.
#![allow(missing_docs, clippy::unwrap_used)]

#[macro_use]
mod common;

use common::{START, at, batch, dec, open, order, row, text};
use netgain_domain::facts::{PriceTier, TiersMode};
use netgain_domain::jiff::civil::date;
use netgain_domain::{Record, Row, Table, Value};

fn record(root: Row) -> Record {
    Record { root, children: vec![], version: 1, position: 0 }
}

/// A journey to an order with one visit; `told_by` is the connection that tells of it.
fn journey(order_id: &str, visit: &str, is_known: bool) -> Record {
    let mut journey = record(row(Table::Journeys, order_id, &[("is_known", Value::Bool(is_known))]));
    if is_known {
        let cells = [
            ("order_id", text(order_id)),
            ("occurred_at", Value::Time(at(START))),
            ("utm_source", text("fb")),
            ("landing_page", text("/?utm_campaign=1")),
            ("ad_id", text("a1")),
        ];
        // a source that lists first and last visit tells the only one twice
        journey.children = ["first", "last"]
            .map(|position| {
                let mut visit = row(Table::Touchpoints, &format!("{visit} {position}"), &cells);
                let at = Table::Touchpoints.column_index("position").unwrap();
                visit.cells[at] = text(position);
                visit
            })
            .into();
    }
    journey
}

fn visits_of_the_orders_of_a_period() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.commit(&batch(vec![order(1, 1), order(2, 1), order(3, 1)], None)).unwrap();
    let journeys = vec![journey("1", "t1", true), journey("2", "t2", true), journey("3", "t3", false)];
    store.commit(&batch(journeys, None)).unwrap();
    // a platform without orders of its own names those of the shop
    let mut told = batch(vec![journey("2", "p2", true), journey("99", "p99", true)], None);
    (told.connection, told.source) = ("pixel".parse().unwrap(), "pixel".to_owned());
    store.commit(&told).unwrap();
    // the first order was placed 600 seconds after the start, the second one 1,200
    let all = store.load_touchpoints(at(START), at(START + 1_201)).unwrap();
    let seen: Vec<_> =
        all.iter().map(|one| (one.touch_id.as_str(), one.is_own, one.source.as_str())).collect();
    let own = all[0].source.clone();
    let mut expected = vec![
        ("t1 first", true, own.as_str()),
        ("t2 first", true, own.as_str()),
        ("p2 first", false, "pixel"),
    ];
    expected.sort_unstable();
    let mut sorted = seen.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected, "each visit once, those of both sources, none of an order that nobody has");
    assert_eq!(
        all.iter().filter(|one| one.connection_id == all[0].connection_id).count(),
        3,
        "the order's own"
    );
    let one = store.load_touchpoints(at(START + 600), at(START + 1_200)).unwrap();
    assert_eq!((one.len(), one[0].touch_id.as_str(), one[0].order_id.as_str()), (1, "t1 first", "1"));
    assert_eq!((one[0].occurred_at, one[0].utm_source.as_deref()), (Some(at(START)), Some("fb")));
    assert_eq!(
        (one[0].landing_page.as_deref(), one[0].ad_id.as_deref()),
        (Some("/?utm_campaign=1"), Some("a1"))
    );
    let unlinked = store.load_unlinked_orders(at(START), at(START + 3_600)).unwrap();
    assert_eq!(unlinked, [(one[0].connection_id.clone(), "3".to_owned())]);
    // an order that is read anew keeps its visits
    store.commit(&batch(vec![order(1, 2)], None)).unwrap();
    assert_eq!(store.load_touchpoints(at(START), at(START + 1_201)).unwrap().len(), 3);
}

fn ads_are_summed_to_campaigns_with_their_rows() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let ad = |id: &str, day, spend: &str, claims: Option<&str>| {
        let cells = [
            ("day", Value::Date(day)),
            ("level", text("ad")),
            ("entity_id", text(id)),
            ("campaign_id", text("c1")),
            ("currency", text("USD")),
            ("spend", dec(spend)),
            ("conversions", claims.map_or(Value::Null, dec)),
        ];
        record(row(Table::AdDays, &format!("{id}@{day}"), &cells))
    };
    let (first, second) = (date(2026, 3, 1), date(2026, 3, 2));
    let rows =
        vec![ad("a", first, "1.10", Some("2")), ad("b", first, "2.20", None), ad("a", second, "4", None)];
    store.commit(&batch(rows, None)).unwrap();
    let days = store.load_campaign_days(first, first).unwrap();
    assert_eq!(days.len(), 1);
    assert_eq!(days[0].rows, ["a@2026-03-01", "b@2026-03-01"]);
    assert_eq!((days[0].spend, days[0].conversions), ("3.30".parse().unwrap(), "2".parse().unwrap()));
    assert_eq!(store.load_campaign_days(first, second).unwrap().len(), 2);
}

fn subscriptions_deals_and_messages() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let cells = [
        ("customer_id", text("ann")),
        ("status", text("active")),
        ("currency", text("EUR")),
        ("amount", dec("99.90")),
        ("interval", text("month")),
        ("interval_count", Value::Int(3)),
        ("started_at", Value::Time(at(START))),
    ];
    let change = [
        ("subscription_id", text("s1")),
        ("kind", text("updated")),
        ("changed_at", Value::Time(at(START + 5))),
        ("status", text("past_due")),
    ];
    let deal = [("stage_id", text("g1")), ("amount", dec("5")), ("currency", text("USD"))];
    let gone = [("stage_id", text("g1")), ("deleted", Value::Bool(true))];
    let stage = [
        ("pipeline_id", text("p")),
        ("name", text("Offer")),
        ("position", Value::Int(2)),
        ("probability", dec("0.5")),
    ];
    let message = [("campaign_id", text("m")), ("sent", Value::Int(7)), ("conversion_value", dec("12.5"))];
    let rows = vec![
        record(row(Table::Subscriptions, "s1", &cells)),
        record(row(Table::SubscriptionChanges, "e1", &change)),
        record(row(Table::Deals, "d1", &deal)),
        record(row(Table::Deals, "d2", &gone)),
        record(row(Table::DealStages, "g1", &stage)),
        record(row(Table::MessageDays, "m1", &message)),
        record(row(Table::Customers, "ann", &[("email", text("ann@example.com"))])),
    ];
    store.commit(&batch(rows, None)).unwrap();
    let one = &store.load_subscriptions().unwrap()[0];
    assert_eq!((one.amount, one.interval_count), (Some("99.90".parse().unwrap()), Some(3)));
    assert_eq!((one.currency, one.started_at), (Some("EUR".parse().unwrap()), Some(at(START))));
    let change = &store.load_subscription_changes().unwrap()[0];
    assert_eq!((change.status.as_deref(), change.amount), (Some("past_due"), None));
    let deals = store.load_deals().unwrap();
    assert_eq!((deals.len(), deals[0].amount), (1, Some("5".parse().unwrap())));
    assert_eq!(store.load_deal_stages().unwrap()[0].probability, Some("0.5".parse().unwrap()));
    let message = &store.load_message_days().unwrap()[0];
    assert_eq!((message.sent, message.cost, message.day), (7, None, None));
    assert_eq!(store.load_customers().unwrap()[0].email.as_deref(), Some("ann@example.com"));
}

/// A subscription with an item by tiers (12 pieces, 10 % off it), a plain one, and two discounts of the whole.
fn subscriptions_with_tiers_and_discounts() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let price = [
        ("currency", text("EUR")),
        ("scheme", text("tiered")),
        ("tiers_mode", text("graduated")),
        ("usage", text("licensed")),
    ];
    let mut price = record(row(Table::Prices, "p1", &price));
    let tier = |place: i64, up_to: Option<&str>, unit: &str, flat: Option<&str>| {
        let some = |amount: Option<&str>| amount.map_or(Value::Null, dec);
        let cells = [
            ("price_id", text("p1")),
            ("place", Value::Int(place)),
            ("up_to", some(up_to)),
            ("unit_amount", dec(unit)),
            ("flat_amount", some(flat)),
        ];
        row(Table::PriceTiers, &format!("p1:{place}"), &cells)
    };
    // stored out of order: their places count
    price.children = vec![
        tier(2, None, "6", Some("10")),
        tier(0, Some("5"), "7", Some("20")),
        tier(1, Some("10"), "6.5", None),
    ];
    let coupon = |id: &str, percent: Value, amount: Value, currency: &str, duration: &str| {
        let cells = [
            ("percent", percent),
            ("amount", amount),
            ("currency", text(currency)),
            ("duration", text(duration)),
        ];
        record(row(Table::Coupons, id, &cells))
    };
    let mut subscription = record(row(
        Table::Subscriptions,
        "s1",
        &[
            ("customer_id", text("ann")),
            ("status", text("active")),
            ("currency", text("EUR")),
            ("interval", text("month")),
            ("started_at", Value::Time(at(START))),
        ],
    ));
    let item = |id: &str, price: &str, quantity: &str, unit: Value, usage: &str| {
        let cells = [
            ("subscription_id", text("s1")),
            ("price_id", text(price)),
            ("quantity", dec(quantity)),
            ("unit_amount", unit),
            ("usage", text(usage)),
        ];
        row(Table::SubscriptionItems, id, &cells)
    };
    let taken = |id: &str, item: Option<&str>, place: i64, coupon: &str, ends_at: Value| {
        let cells = [
            ("subscription_id", text("s1")),
            ("item_id", item.map_or(Value::Null, text)),
            ("place", Value::Int(place)),
            ("coupon_id", text(coupon)),
            ("ends_at", ends_at),
        ];
        row(Table::SubscriptionDiscounts, id, &cells)
    };
    subscription.children = vec![
        item("i1", "p1", "12", Value::Null, "licensed"),
        item("i2", "p2", "2", dec("20.25"), "licensed"),
        item("i3", "p3", "900", dec("3"), "metered"),
        // by its id the second of the whole would come first
        taken("a", None, 1, "five", Value::Time(at(START + 100 * 86_400))),
        taken("b", None, 0, "fifth", Value::Null),
        taken("c", Some("i1"), 0, "tenth", Value::Null),
        taken("d", Some("i2"), 0, "dollars", Value::Null),
    ];
    let rows = vec![
        price,
        coupon("fifth", dec("20"), Value::Null, "EUR", "forever"),
        coupon("tenth", dec("10"), Value::Null, "EUR", "forever"),
        coupon("five", Value::Null, dec("5"), "EUR", "repeating"),
        // of another currency: nothing is taken off
        coupon("dollars", Value::Null, dec("7"), "USD", "forever"),
        subscription,
    ];
    store.commit(&batch(rows, None)).unwrap();
    let stored = store.load_subscriptions().unwrap();
    assert_eq!(stored[0].items.iter().map(|item| item.price.tiers.len()).collect::<Vec<_>>(), [3, 0, 0]);
    let items = &stored[0].items;
    assert_eq!(items.iter().map(|item| item.metered).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(items[0].price.tiers_mode, Some(TiersMode::Graduated));
    assert_eq!(
        (items[0].price.unit_amount, items[1].price.unit_amount),
        (None, Some("20.25".parse().unwrap()))
    );
    let number = |text: &str| text.parse().unwrap();
    let tier = |up_to: Option<&str>, unit, flat: Option<&str>| PriceTier {
        up_to: up_to.map(number),
        unit_amount: Some(number(unit)),
        flat_amount: flat.map(number),
    };
    assert_eq!(
        items[0].price.tiers,
        [tier(Some("5"), "7", Some("20")), tier(Some("10"), "6.5", None), tier(None, "6", Some("10"))]
    );
    let all: Vec<_> = stored[0].discounts.iter().map(|one| (one.percent, one.amount, one.ends_at)).collect();
    assert_eq!(
        all,
        [(Some(number("20")), None, None), (None, Some(number("5")), Some(at(START + 100 * 86_400)))]
    );
    assert_eq!(items[0].discounts[0].percent, Some(number("10")));
    assert_eq!((items[1].discounts[0].percent, items[1].discounts[0].amount), (None, None));
}

on_both!(
    visits_of_the_orders_of_a_period,
    ads_are_summed_to_campaigns_with_their_rows,
    subscriptions_deals_and_messages,
    subscriptions_with_tiers_and_discounts
);

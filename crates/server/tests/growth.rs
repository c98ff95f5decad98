//! Customers, subscriptions and campaigns through the real router.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;
#[path = "common/rows.rs"]
mod rows;

use common::TestApp;
use netgain_domain::{Decimal, Record, Row, Table, Value};
use rows::{commit, record, row};

const W: &str = "/api/v1/workspaces/demo";

fn amount(value: &serde_json::Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

fn add(app: &TestApp, records: Vec<Record>) {
    commit(&rows::open(app, "demo"), "billing", "billing", records);
}

fn subscription(id: &str, currency: &str, price: i64, status: &str, dates: [&str; 2]) -> Record {
    let (customer, price) = (format!("customer of {id}"), price.to_string());
    let mut cells = vec![
        ("customer_id", customer.as_str()),
        ("status", status),
        ("currency", currency),
        ("amount", &price),
        ("interval", "month"),
        ("interval_count", "1"),
        ("started_at", dates[0]),
    ];
    if !dates[1].is_empty() {
        cells.extend([("canceled_at", dates[1]), ("ended_at", dates[1])]);
    }
    record(row(Table::Subscriptions, id, &cells), vec![])
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_of_nobody_belong_to_no_cohort() {
    let app = TestApp::new();
    let answer = app.get(&format!("{W}/customers/cohorts")).await.ok();
    // the three orders name no customer
    assert_eq!(answer["rows"].as_array().unwrap().len(), 0);
    assert_eq!(answer["unassigned"]["orders"], 3);
    let ladder = app.get(&format!("{W}/profit")).await.ok();
    assert_eq!(amount(&answer["unassigned"]["cm2"]), amount(&ladder["total"]["cm2"]));
    assert_eq!(answer["notices"][0]["code"], "unknown_customers");
    app.get(&format!("{W}/customers/cohorts?measure=luck")).await.problem(400, "invalid_parameter");
}

#[tokio::test(flavor = "multi_thread")]
async fn recurring_revenue_adds_up_with_and_without_rates() {
    let app = TestApp::new();
    let begun = "2026-01-01T00:00:00Z";
    let rows = vec![
        subscription("a", "GBP", 30, "active", [begun, ""]),
        subscription("b", "GBP", 20, "canceled", [begun, "2026-03-02T12:00:00Z"]),
        subscription("c", "GBP", 50, "active", ["2026-03-03T12:00:00Z", ""]),
    ];
    add(&app, rows);
    let path = format!("{W}/subscriptions/mrr?from=2026-03-01&to=2026-03-31");
    for definition in ["stripe", "chartmogul"] {
        let answer = app.get(&format!("{path}&definition={definition}")).await.ok();
        let steps = answer["total"]["steps"].as_array().unwrap();
        let found: Vec<(&str, Decimal)> =
            steps.iter().map(|step| (step["key"].as_str().unwrap(), amount(&step["amount"]))).collect();
        let of = |key: &str| found.iter().find(|(name, _)| *name == key).unwrap().1;
        assert_eq!(
            (of("opening"), of("new"), of("churn"), of("closing")),
            (50.into(), 50.into(), 20.into(), 80.into())
        );
        let sum: Decimal = steps[1..7]
            .iter()
            .map(|step| if step["sign"] == "-" { -amount(&step["amount"]) } else { amount(&step["amount"]) })
            .sum();
        assert_eq!(of("opening") + sum, of("closing"));
        assert_eq!(answer["churn"]["customers"]["value"], "0.5000");
    }
    // another currency without a rate leaves each currency by itself
    add(&app, vec![subscription("d", "USD", 10, "active", [begun, ""])]);
    let answer = app.get(&path).await.ok();
    assert!(answer["total"].is_null());
    // heads are counted without one: a, b and d paid, b is gone
    assert_eq!(answer["churn"]["customers"]["value"], "0.3333");
    assert!(answer["churn"]["revenue"].is_null() && answer["churn"]["net_revenue"].is_null());
    let explain = |measure: &str| format!("{W}/explain?figure=mrr:{measure},from=2026-03-01,to=2026-03-31");
    let lost = app.get(&explain("customer_churn")).await.ok();
    assert_eq!(lost["value"], "0.3333");
    let sides: Vec<_> = lost["parts"].as_array().unwrap().iter().map(|part| part["value"].clone()).collect();
    assert_eq!(sides, ["1", "3"]);
    for measure in ["gone", "paying"] {
        app.get(&explain(measure)).await.ok();
    }
    let refused = app.get(&explain("revenue_churn")).await.problem(400, "invalid_parameter");
    assert!(refused["detail"].as_str().unwrap().contains("there is no total"), "{refused}");
    assert_eq!(answer["by_currency"].as_array().unwrap().len(), 2);
    assert_eq!(answer["notices"][0]["code"], "missing_rate");
    let refused = app.get(&format!("{path}&definition=mine")).await.problem(400, "invalid_parameter");
    assert_eq!(refused["field"], "definition");
}

#[tokio::test(flavor = "multi_thread")]
async fn tiers_and_two_discounts_come_through_to_the_bridge() {
    let app = TestApp::new();
    let tier = |place: &str, up_to: &str, unit: &str, flat: &str| {
        let mut cells = vec![("price_id", "p1"), ("place", place), ("unit_amount", unit)];
        cells.extend(
            [("up_to", up_to), ("flat_amount", flat)].into_iter().filter(|(_, text)| !text.is_empty()),
        );
        row(Table::PriceTiers, &format!("p1:{place}"), &cells)
    };
    let price = record(
        row(Table::Prices, "p1", &[("currency", "GBP"), ("scheme", "tiered"), ("tiers_mode", "graduated")]),
        vec![tier("0", "5", "7", "20"), tier("1", "10", "6.5", ""), tier("2", "", "6", "10")],
    );
    let coupon = |id: &str, worth: (&str, &str), duration: &str| {
        let cells = [worth, ("currency", "GBP"), ("duration", duration)];
        record(row(Table::Coupons, id, &cells), vec![])
    };
    let mut one = subscription("a", "GBP", 1, "active", ["2026-01-01T00:00:00Z", ""]);
    let item = |id: &str, more: &[(&str, &str)]| {
        row(Table::SubscriptionItems, id, &[&[("subscription_id", "a")], more].concat())
    };
    let taken = |id: &str, more: &[(&str, &str)]| {
        row(Table::SubscriptionDiscounts, id, &[&[("subscription_id", "a")], more].concat())
    };
    one.children = vec![
        item("i1", &[("price_id", "p1"), ("quantity", "12")]),
        item("i2", &[("price_id", "p2"), ("quantity", "2"), ("unit_amount", "20.25")]),
        taken("d1", &[("item_id", "i1"), ("place", "0"), ("coupon_id", "tenth")]),
        taken("d2", &[("place", "0"), ("coupon_id", "fifth")]),
        taken("d3", &[("place", "1"), ("coupon_id", "five"), ("ends_at", "2026-03-10T12:00:00Z")]),
    ];
    let coupons = [
        coupon("tenth", ("percent", "10"), "forever"),
        coupon("fifth", ("percent", "20"), "forever"),
        coupon("five", ("amount", "5"), "repeating"),
    ];
    add(&app, [price, one].into_iter().chain(coupons).collect());
    // 5 x 7 + 20 + 5 x 6.5 + 2 x 6 + 10 = 109.50; - 10 % = 98.55; + 2 x 20.25 = 139.05; - 20 % = 111.24; and in one
    // definition 5 less until the tenth, when that discount is over
    for (definition, expected) in
        [("stripe", ["111.24", "0", "111.24"]), ("chartmogul", ["106.24", "5", "111.24"])]
    {
        let path = format!("{W}/subscriptions/mrr?from=2026-03-01&to=2026-03-31&definition={definition}");
        let answer = app.get(&path).await.ok();
        let steps = answer["total"]["steps"].as_array().unwrap();
        let of = |key: &str| amount(&steps.iter().find(|step| step["key"] == key).unwrap()["amount"]);
        let expected = expected.map(|text| text.parse::<Decimal>().unwrap());
        assert_eq!([of("opening"), of("expansion"), of("closing")], expected, "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn claims_stand_beside_what_visits_support() {
    let app = TestApp::new();
    let answer = app.get(&format!("{W}/campaigns?from=2026-03-01&to=2026-03-05")).await.ok();
    let ads = app.get(&format!("{W}/ads?from=2026-03-01&to=2026-03-05")).await.ok();
    let rows = answer["rows"].as_array().unwrap();
    assert_eq!(rows.len(), ads["rows"].as_array().unwrap().len());
    let (row, ad) = (&rows[0], &ads["rows"][0]);
    assert_eq!(amount(&row["spend"]), amount(&ad["ad_spend"]));
    assert_eq!(row["roas_platform"]["value"], ad["roas"]);
    // no visit is known, so all of it is claimed too much
    assert_eq!(row["over_claimed_value"], row["claimed_value"]);
    assert!(answer["notices"].as_array().unwrap().iter().any(|one| one["code"] == "no_visits"));
    assert_eq!(answer["unsupported"][0]["reason"], "no_visit");
    assert_eq!(answer["unsupported"][0]["orders"], answer["orders"]);
    let sum = amount(&answer["spend_on_orders"]) + amount(&answer["spend_on_no_order"]);
    assert_eq!(sum, rows.iter().map(|row| amount(&row["spend"])).sum::<Decimal>());
    let ladder = app.get(&format!("{W}/profit?from=2026-03-01&to=2026-03-05")).await.ok();
    assert_eq!(answer["blended"]["mer"]["value"], ladder["total"]["mer"]);
    for wrong in ["model=best", "window=0", "clock=now"] {
        app.get(&format!("{W}/campaigns?{wrong}")).await.problem(400, "invalid_parameter");
    }
}

/// 100 x $100 a month and 50 x $600 a year are 12,500 a month, from stored rows.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_monthly_and_fifty_yearly_from_stored_rows() {
    let app = TestApp::new();
    let begun = "2026-01-01T00:00:00Z";
    let monthly = (0..100).map(|at| subscription(&format!("m{at}"), "USD", 100, "active", [begun, ""]));
    let yearly = (0..50).map(|at| {
        let mut record = subscription(&format!("y{at}"), "USD", 600, "active", [begun, ""]);
        record.root.set("interval", Value::Text("year".to_owned()));
        record
    });
    add(&app, monthly.chain(yearly).collect());
    let path = format!("{W}/subscriptions/mrr?from=2026-03-01&to=2026-03-31");
    for definition in ["stripe", "chartmogul"] {
        let answer = app.get(&format!("{path}&definition={definition}")).await.ok();
        let dollars = &answer["by_currency"].as_array().unwrap()[0];
        assert_eq!(dollars["currency"], "USD");
        let steps = dollars["steps"].as_array().unwrap();
        let closing = steps.iter().find(|step| step["key"] == "closing").unwrap();
        assert_eq!(amount(&closing["amount"]), Decimal::from(12_500), "{definition}");
    }
}

/// A visit before an order: its moment and its words.
fn visit(order: &str, at: usize, when: &str, (source, medium, campaign): (&str, &str, &str)) -> Row {
    let cells = [
        ("order_id", order),
        ("position", ["first", "last"][at]),
        ("occurred_at", when),
        ("utm_source", source),
        ("utm_medium", medium),
        ("utm_campaign", campaign),
    ];
    row(Table::Touchpoints, &format!("{order}-visit-{at}"), &cells)
}

#[tokio::test(flavor = "multi_thread")]
async fn visits_credit_each_order_once_by_every_model() {
    let app = TestApp::new();
    // both visits of the first came from one campaign, the second's last came from a search that nobody paid for
    let (paid, free) = (("facebook", "cpc", "Spring"), ("google", "organic", ""));
    let whens = ["2026-03-01T12:00:00Z", "2026-03-02T11:00:00Z"];
    let records = [("b1", [paid, paid]), ("b2", [paid, free])].into_iter().flat_map(|(id, visits)| {
        let order = rows::order(id, "2026-03-02T12:00:00Z", "100", "GBP", &[("financial_status", "paid")]);
        let visits = visits.into_iter().zip(whens).enumerate();
        let visits = visits.map(|(at, (words, when))| visit(id, at, when, words)).collect();
        [order, record(row(Table::Journeys, id, &[("is_known", "true")]), visits)]
    });
    let store = rows::open(&app, "demo");
    commit(&store, "billing", "billing", records.collect());
    let settings =
        netgain_profit::Settings::from_json(r#"{"currency":"GBP","time_zone":"Europe/London"}"#).unwrap();
    netgain_results::update_profit(&store, &settings, &mut |_| {}).unwrap();

    let models = [
        ("last", "1"),
        ("first", "2"),
        ("linear", "1.5"),
        ("position", "1.5"),
        ("last_paid", "2"),
        ("time_decay", ""),
    ];
    for (model, expected) in models {
        let path = format!("{W}/campaigns?from=2026-03-01&to=2026-03-05&model={model}");
        let answer = app.get(&path).await.ok();
        let rows = answer["rows"].as_array().unwrap();
        let supported: Decimal = rows.iter().map(|row| amount(&row["supported_orders"])).sum();
        let unsupported: u64 =
            answer["unsupported"].as_array().unwrap().iter().map(|one| one["orders"].as_u64().unwrap()).sum();
        assert!(
            supported + Decimal::from(unsupported) <= answer["orders"].as_u64().unwrap().into(),
            "{model}"
        );
        match expected {
            "" => assert!(supported > Decimal::ONE && supported < Decimal::TWO, "{model}: {supported}"),
            exact => assert_eq!(supported, exact.parse().unwrap(), "{model}"),
        }
        let spent: Decimal = rows.iter().map(|row| amount(&row["spend"])).sum();
        assert_eq!(amount(&answer["spend_on_orders"]) + amount(&answer["spend_on_no_order"]), spent);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_is_counted_by_connection_and_channel() {
    let app = TestApp::new();
    let contact = |id: &str, email: &str, at: &str| {
        let mut row = Row::empty(Table::Contacts, id.to_owned());
        row.set("email_consent", Value::Text(email.to_owned()));
        row.set("email_consent_at", Value::Time(at.parse().unwrap()));
        record(row, Vec::new())
    };
    let unknown = record(Row::empty(Table::Contacts, "4".to_owned()), Vec::new());
    add(
        &app,
        vec![
            contact("1", "subscribed", "2026-01-01T10:00:00Z"),
            contact("2", "subscribed", "2026-02-01T10:00:00Z"),
            contact("3", "unsubscribed", "2026-03-01T10:00:00Z"),
            unknown,
        ],
    );
    let told = app.get(&format!("{W}/consent")).await.ok();
    let rows: Vec<_> =
        told["rows"].as_array().unwrap().iter().filter(|row| row["connection_id"] == "billing").collect();
    let expected = [
        serde_json::json!({ "connection_id": "billing", "channel": "email", "state": "subscribed", "persons": 2,
            "last_at": "2026-02-01T10:00:00Z" }),
        serde_json::json!({ "connection_id": "billing", "channel": "email", "state": "unsubscribed", "persons": 1,
            "last_at": "2026-03-01T10:00:00Z" }),
        serde_json::json!({ "connection_id": "billing", "channel": "email", "state": null, "persons": 1, "last_at": null }),
    ];
    // of letters alone: nothing is known of the other channel
    assert_eq!(rows, expected.iter().collect::<Vec<_>>());
}

//! Customers, subscriptions and campaigns through the real router.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::TestApp;
use netgain_domain::{Decimal, Record, Row, Table, Value};
use netgain_warehouse::{Archive, Batch, Options, Warehouse};

const W: &str = "/api/v1/workspaces/demo";

fn amount(value: &serde_json::Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn time(text: &str) -> Value {
    Value::Time(text.parse().unwrap())
}

fn record(table: Table, id: &str, cells: &[(&str, Value)]) -> Record {
    let mut root = Row::empty(table, id.into());
    for (column, value) in cells {
        root.set(column, value.clone());
    }
    Record { root, children: vec![], version: 1, position: 0 }
}

/// Adds rows of a further source to the shop's.
fn add(app: &TestApp, stream: &str, records: Vec<Record>) {
    let workspace = "demo".parse().unwrap();
    let warehouse = Warehouse::open(&app.folder(), &workspace, Options::default()).unwrap();
    let archive = Archive::open(&app.folder(), &workspace).unwrap();
    let connection: netgain_domain::ConnectionId = "billing".parse().unwrap();
    let lines: Vec<_> = records.iter().map(|one| format!("\"{}\"", one.root.source_id).into()).collect();
    let segment = archive.put_page(&connection, stream, &lines).unwrap();
    let records = records.into_iter().enumerate();
    let batch = Batch {
        connection,
        source: "billing".into(),
        stream: stream.into(),
        observed_at: "2026-03-05T08:00:00Z".parse().unwrap(),
        records: records.map(|(at, record)| (record, segment.raw_ref(at))).collect(),
        cursor: Some("1".into()),
        aside: Default::default(),
    };
    warehouse.commit(&batch).unwrap();
}

fn subscription(id: &str, currency: &str, price: i64, status: &str, dates: [&str; 2]) -> Record {
    let mut cells = vec![
        ("customer_id", text(&format!("customer of {id}"))),
        ("status", text(status)),
        ("currency", text(currency)),
        ("amount", Value::Decimal(price.into())),
        ("interval", text("month")),
        ("interval_count", Value::Int(1)),
        ("started_at", time(dates[0])),
    ];
    if !dates[1].is_empty() {
        cells.push(("canceled_at", time(dates[1])));
        cells.push(("ended_at", time(dates[1])));
    }
    record(Table::Subscriptions, id, &cells)
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
    add(&app, "subscriptions", rows);
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
    add(&app, "subscriptions", vec![subscription("d", "USD", 10, "active", [begun, ""])]);
    let answer = app.get(&path).await.ok();
    assert!(answer["total"].is_null() && answer["churn"].is_null());
    assert_eq!(answer["by_currency"].as_array().unwrap().len(), 2);
    assert_eq!(answer["notices"][0]["code"], "missing_rate");
    let refused = app.get(&format!("{path}&definition=mine")).await.problem(400, "invalid_parameter");
    assert_eq!(refused["field"], "definition");
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

//! The marketplace: orders and their money from a second channel, each counted once; visits by report.

use std::collections::BTreeMap;

use netgain_domain::{Row, Table, Value};
use netgain_sandbox::amazon_sp::{empty_seller_refresh_token, narrow_refresh_token};
use rust_decimal::Decimal;
use serde_json::json;

use crate::rig::{Rig, sandbox, says};

/// That rows read step by step hold everything that a fresh reading finds; it no longer finds the oldest days.
fn assert_holds(stepwise: &Rig, fresh: &Rig, table: Table) {
    let known: BTreeMap<String, Row> =
        stepwise.rows(table).into_iter().map(|row| (row.source_id.clone(), row)).collect();
    let whole = fresh.rows(table);
    assert!(whole.len() > 1_000 && whole.len() + 100 > known.len(), "{} {}", whole.len(), known.len());
    for row in whole {
        assert_eq!(known.get(&row.source_id), Some(&row));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_come_once_and_later_only_what_changed() {
    let running = sandbox(|_| ()).await;
    let rig = Rig::new(&running, "amazon_sp", &[]);
    let first = rig.read("orders").await;
    assert!(first.new > 3_000 && first.unchanged == 0, "{first:?}");
    // the platform allows a call in three minutes
    assert!(!first.waited.is_empty());
    let again = rig.read("orders").await;
    assert_eq!((again.new, again.changed), (0, 0), "{again:?}");
    assert!(again.records < 60, "{again:?}");
    let sold = |row: &Row| !says(row, "financial_status", "voided") && *row.get("total_price") != Value::Null;
    let totals = |rig: &Rig| {
        (rig.sum(Table::Orders, "total_price", sold), rig.sum(Table::SaleEvents, "total_amount", |_| true))
    };
    let (orders, sales) = totals(&rig);
    assert!(orders > Decimal::ZERO && orders == sales, "{orders} {sales}");

    rig.advance(1).await;
    let later = rig.read("orders").await;
    assert!(later.new > 2 && later.changed > 2 && later.records < 80, "{later:?}");
    let fresh = Rig::new(&running, "amazon_sp", &[]);
    fresh.read("orders").await;
    for table in [Table::Orders, Table::OrderLines, Table::SaleEvents] {
        assert_holds(&rig, &fresh, table);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn released_money_counts_once_and_late_postings_are_found() {
    let running = sandbox(|_| ()).await;
    let rig = Rig::new(&running, "amazon_sp", &[]);
    let table = Table::BalanceTransactions;
    let first = rig.read("transactions").await;
    assert!(first.new > 3_000, "{first:?}");
    let net = rig.sum(table, "net", |_| true);
    assert_eq!(net, rig.sum(table, "gross", |_| true) - rig.sum(table, "fee", |_| true));
    assert!(rig.sum(table, "fee", |row| says(row, "kind", "charge")) > Decimal::ZERO);
    let paid_out = -rig.sum(table, "net", |row| says(row, "kind", "payout"));
    assert_eq!(paid_out, rig.sum(Table::Payouts, "amount", |_| true));
    assert!(rig.rows(Table::Payouts).len() > 40);
    assert!(rig.rows(table).iter().all(|row| says(row, "status", "RELEASED")));
    let again = rig.read("transactions").await;
    assert_eq!((again.new, again.changed), (0, 0), "{again:?}");
    rig.advance(3).await;
    rig.read("transactions").await;
    let fresh = Rig::new(&running, "amazon_sp", &[]);
    fresh.read("transactions").await;
    assert_holds(&rig, &fresh, table);
}

#[tokio::test(flavor = "multi_thread")]
async fn visits_come_by_report_and_are_restated() {
    let running = sandbox(|_| ()).await;
    let rig = Rig::new(&running, "amazon_sp", &[]);
    rig.faults(json!([
        {"point": "amazon_sp.report_create", "after": 1, "times": 1, "fault": {"kind": "job_failed"}},
        {"point": "amazon_sp.document", "first": 1, "fault": {"kind": "status", "status": 503}},
        {"point": "amazon_sp.download", "first": 1, "fault": {"kind": "reset", "after_bytes": 100}},
    ]));
    let first = rig.read("visits").await;
    rig.assert_fired();
    assert!((725..=732).contains(&first.new), "{first:?}");
    let sales = rig.sum(Table::WebDays, "revenue", |_| true);
    assert!(sales > Decimal::ZERO);
    let again = rig.read("visits").await;
    assert_eq!((again.new, again.changed), (0, 0), "{again:?}");
    rig.advance(1).await;
    let later = rig.read("visits").await;
    assert_eq!(later.new, 1, "{later:?}");
    assert!((1..=4).contains(&later.changed), "{later:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_roles_limits_and_failures() {
    let running = sandbox(|_| ()).await;
    let secrets = &running.state.secrets;
    let with = |token: String| Rig::new(&running, "amazon_sp", &[("refresh_token", token)]);
    let empty = with(empty_seller_refresh_token(secrets));
    for stream in ["orders", "transactions", "visits"] {
        assert_eq!(empty.read(stream).await.records, 0, "{stream}");
    }
    let told = with(narrow_refresh_token(secrets)).run("transactions").await.unwrap_err().to_string();
    assert!(told.contains("Finance and Accounting"), "{told}");
    let told = with("Atzr|withdrawn".to_owned()).run("orders").await.unwrap_err().to_string();
    assert!(told.contains("connect") && !told.contains("withdrawn|"), "{told}");

    let expected = Rig::new(&running, "amazon_sp", &[]);
    expected.read("transactions").await;
    let rig = Rig::new(&running, "amazon_sp", &[]);
    rig.faults(json!([
        {"point": "amazon_sp.transactions", "after": 1, "first": 2, "fault": {"kind": "throttled"}},
        {"point": "amazon_sp.transactions", "after": 4, "first": 2, "fault": {"kind": "status", "status": 500}},
        {"point": "amazon_sp.transactions", "after": 7, "first": 1, "fault": {"kind": "reset", "after_bytes": 500}},
        {"point": "amazon_sp.transactions", "after": 9, "first": 1, "fault": {"kind": "truncate"}},
        {"point": "amazon_sp.transactions", "after": 11, "first": 1, "fault": {"kind": "expired_token"}},
        {"point": "amazon_sp.transactions", "after": 13, "first": 1, "fault": {"kind": "empty_page"}},
    ]));
    let counts = rig.read("transactions").await;
    rig.assert_fired();
    assert!(counts.waited.contains(&"rate_limited"), "{counts:?}");
    assert_eq!(rig.rows(Table::BalanceTransactions), expected.rows(Table::BalanceTransactions));

    let rig = Rig::new(&running, "amazon_sp", &[]);
    let path = "payload.transactions.*.postedDate";
    rig.faults(json!([
        {"point": "amazon_sp.transactions", "first": 1, "fault": {"kind": "wrong_type", "path": path}},
    ]));
    let counts = rig.run("transactions").await.unwrap();
    assert!(!counts.quarantined.is_empty() && counts.new > 1_000, "{counts:?}");
}

//! Answers in which keyed hashes stand for persons.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;
#[path = "common/rows.rs"]
mod rows;

use common::TestApp;
use netgain_domain::Table;
use rows::{commit, order, record, row};
use serde_json::{Value, json};

const W: &str = "/api/v1/workspaces/demo";

fn filled(app: &TestApp, workspace: &str) {
    let jane = [
        ("customer_email", "Jane.Doe@example.com"),
        ("customer_name", "Jane Doe"),
        ("tags", "gift for jane doe, call +44 7700 900123 or jane.doe@EXAMPLE.com."),
    ];
    let joe = [("customer_email", "joe@example.com"), ("customer_name", "Joe O'Neill")];
    let contact = [
        ("email", "jane.doe@example.com"),
        ("first_name", "Jane"),
        ("last_name", "Doe"),
        ("phone", "+447700900123"),
    ];
    let records = vec![
        order("7001", "2026-05-01T10:00:00Z", "10", "GBP", &jane),
        order("7002", "2026-05-02T10:00:00Z", "20", "GBP", &joe),
        record(row(Table::Contacts, "c1", &contact), Vec::new()),
    ];
    commit(&rows::open(app, workspace), "billing", "billing", records);
}

async fn ask(app: &TestApp, workspace: &str, sql: &str) -> Vec<Value> {
    let body = json!({ "sql": sql, "pseudonymised": true }).to_string();
    let answer = app.post(&format!("/api/v1/workspaces/{workspace}/query"), &body).await.ok();
    answer["rows"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn persons_are_hidden_and_the_same_person_is_the_same_word() {
    let app = TestApp::new();
    app.add_workspace("other");
    filled(&app, "demo");
    filled(&app, "other");
    let sql = "SELECT customer_email, customer_name, upper(customer_name) AS loud, tags, total_price FROM orders \
               WHERE connection_id = 'billing' ORDER BY source_id";
    let orders = ask(&app, "demo", sql).await;
    let contacts =
        ask(&app, "demo", "SELECT email, phone, first_name || ' ' || last_name AS n FROM contacts").await;
    let all = format!("{orders:?}{contacts:?}").to_lowercase();
    for trace in ["jane", "doe", "joe", "neill", "7700", "example.com"] {
        assert!(!all.contains(trace), "{trace} in {all}");
    }
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    assert!(text(&orders[0][0]).starts_with("email-") && text(&orders[0][1]).starts_with("name-"), "{all}");
    assert_eq!(orders[0][0], contacts[0][0], "one address, written in two ways");
    assert_eq!(orders[0][1], orders[0][2]);
    assert_eq!(orders[0][1], contacts[0][2], "one name");
    assert_ne!(orders[0][0], orders[1][0]);
    let tags = text(&orders[0][3]);
    assert!(tags.starts_with("gift for name-") && tags.contains(&text(&orders[0][0])), "{tags}");
    // the same words tomorrow, others elsewhere
    assert_eq!(ask(&app, "demo", sql).await, orders);
    let elsewhere = ask(&app, "other", sql).await;
    assert_ne!(elsewhere[0][0], orders[0][0]);
    // what nobody asked for stays as it is
    let body = json!({ "sql": sql }).to_string();
    let open = app.post(&format!("{W}/query"), &body).await.ok();
    assert_eq!(open["rows"][0][0], "Jane.Doe@example.com");
    // nothing but persons is touched
    let plain =
        "SELECT name, channel, CAST(placed_at AS VARCHAR) AS at, currency FROM orders ORDER BY source_id";
    let body = json!({ "sql": plain }).to_string();
    let open = app.post(&format!("{W}/query"), &body).await.ok();
    assert_eq!(json!(ask(&app, "demo", plain).await), open["rows"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_orders_hides_customers() {
    let app = TestApp::new();
    let named = app.get(&format!("{W}/orders")).await.ok();
    let hidden = app.get(&format!("{W}/orders?pseudonymised=true")).await.ok();
    let mut expected = named.clone();
    let mut seen = 0;
    for (row, hidden) in
        expected["rows"].as_array_mut().unwrap().iter_mut().zip(hidden["rows"].as_array().unwrap())
    {
        if row["customer"].is_string() {
            assert!(hidden["customer"].as_str().unwrap().starts_with("name-"), "{hidden}");
            row["customer"] = hidden["customer"].clone();
            seen += 1;
        }
    }
    assert!(seen > 0 && !hidden.to_string().contains("Ada"), "{named}");
    assert_eq!(hidden, expected, "everything else is the same");
}

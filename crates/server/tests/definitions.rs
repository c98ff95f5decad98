//! Profit by other definitions and the rules that figures are made by, through the real router.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use common::TestApp;
use netgain_domain::Decimal;
use serde_json::{Value, json};

const W: &str = "/api/v1/workspaces/demo";

fn amount(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

/// The steps of a statement's row by their key.
fn steps(row: &Value) -> BTreeMap<String, Decimal> {
    let steps = row["steps"].as_array().unwrap().iter();
    steps.map(|step| (step["key"].as_str().unwrap().to_owned(), amount(&step["amount"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_definition_is_the_ladder_of_the_dashboard() {
    let app = TestApp::new();
    let ladder = app.get(&format!("{W}/profit?by=day")).await.ok();
    let statement = app.get(&format!("{W}/profit/statement?by=day")).await.ok();
    assert_eq!(statement["profile"]["id"], "netgain");
    let found = steps(&statement["total"]);
    for key in ["gross_sales", "net_sales", "net_revenue", "cogs", "cm1", "cm2", "ad_spend", "net_profit"] {
        assert_eq!(found[key], amount(&ladder["total"][key]), "{key}");
    }
    assert!(found["net_sales"] > Decimal::ZERO);
    assert_eq!(statement["total"]["orders"], ladder["total"]["orders"]);
    for by in ["day", "month", "channel"] {
        let parts = app.get(&format!("{W}/profit/statement?by={by}&profile=seed")).await.ok();
        let sum: Decimal = parts["rows"].as_array().unwrap().iter().map(|row| amount(&row["result"])).sum();
        assert_eq!(sum, amount(&parts["total"]["result"]), "{by}");
    }
    // the workspace's own basis, asked for, changes nothing; another one moves returns and keeps the whole
    for by in ["day", "channel"] {
        let plain = app.get(&format!("{W}/profit?by={by}")).await.ok();
        assert_eq!(app.get(&format!("{W}/profit?by={by}&basis=return_day")).await.ok(), plain);
        let moved = app.get(&format!("{W}/profit?by={by}&basis=order_day")).await.ok();
        assert_eq!(moved["total"]["gross_sales"], plain["total"]["gross_sales"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_headline_follows_the_definition() {
    let app = TestApp::new();
    let own = app.get(&format!("{W}/profit?by=day")).await.ok();
    assert_eq!(
        (&own["profile"], &own["definition"]["result_label"]),
        (&json!("netgain"), &json!("Net profit"))
    );
    assert_eq!(own["total"]["told"]["result"], own["total"]["net_profit"]);
    assert_eq!(own["total"]["told"]["revenue"], own["total"]["net_revenue"]);
    for profile in ["seed", "shopify", "trueprofit", "netgain"] {
        let statement = app.get(&format!("{W}/profit/statement?profile={profile}")).await.ok();
        let of_orders = app.get(&format!("{W}/profit?by=order&profile={profile}")).await.ok();
        for by in ["day", "channel", "order"] {
            let told = app.get(&format!("{W}/profit?by={by}&profile={profile}")).await.ok();
            assert_eq!(told["profile"], profile);
            for key in ["result", "revenue"] {
                let rows = told["rows"].as_array().unwrap().iter();
                let sum: Decimal = rows.map(|row| amount(&row["told"][key])).sum();
                assert_eq!(sum, amount(&told["total"]["told"][key]), "{profile} by {by}: {key}");
                assert_eq!(told["statement"][key], told["total"]["told"][key]);
                if by != "order" {
                    assert_eq!(told["statement"][key], statement["total"][key], "{profile} by {by}: {key}");
                }
            }
        }
        assert!(amount(&of_orders["total"]["told"]["revenue"]) > Decimal::ZERO);
    }
    let unknown = app.get(&format!("{W}/profit?profile=mine")).await;
    assert!(unknown.text.contains("seed"), "names the definitions: {}", unknown.text);

    let headers = [("host", "localhost:8080"), ("content-type", "application/json")];
    let body = json!({ "profile": "seed" }).to_string();
    let changed = app.send("PATCH", &format!("{W}/settings"), &headers, &body).await.ok();
    assert_eq!(changed["settings"]["profile"], "seed");
    let after = app.get(&format!("{W}/profit?by=day")).await.ok();
    assert_eq!((&after["profile"], &after["definition"]["profile"]["id"]), (&json!("seed"), &json!("seed")));
    assert_eq!(after["total"]["net_profit"], own["total"]["net_profit"], "the ladder stays what it is");
    assert_ne!(after["total"]["told"]["result"], own["total"]["told"]["result"]);
    assert_eq!(app.get(W).await.ok()["profile"], "seed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_leads_from_one_to_the_other() {
    let app = TestApp::new();
    let profiles = app.get("/api/v1/profiles").await.ok();
    let ids: Vec<&str> =
        profiles["profiles"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    for id in ["netgain", "shopify", "triple_whale", "trueprofit", "lifetimely", "fivetran", "seed"] {
        assert!(ids.contains(&id), "{ids:?}");
    }
    for first in &ids {
        for second in &ids {
            let bridge = app.get(&format!("{W}/profit/bridge?first={first}&second={second}")).await.ok();
            let steps: Decimal =
                bridge["steps"].as_array().unwrap().iter().map(|step| amount(&step["amount"])).sum();
            let ends = ["first", "second"].map(|end| amount(&bridge[end]["amount"]));
            assert_eq!(ends[0] + steps, ends[1], "{first} to {second}");
        }
    }
    for (path, field) in [
        ("profit/bridge?first=mine", "first"),
        ("profit/statement?profile=mine", "profile"),
        ("profit/statement?basis=payday", "basis"),
        ("profit?by=order&basis=order_day", "basis"),
    ] {
        let refused = app.get(&format!("{W}/{path}")).await;
        assert_eq!(refused.status, 400, "{path}");
        let problem: Value = serde_json::from_str(&refused.text).unwrap();
        assert_eq!(problem["field"], field, "{problem}");
        assert!(!problem["cure"].as_str().unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_read_changed_and_kept() {
    let app = TestApp::new();
    let path = format!("{W}/settings");
    let before = app.get(&path).await.ok();
    assert_eq!(before["version"], 1);
    assert_eq!(before["settings"]["revenue"]["refund_basis"], "return_day");
    let headers = [("host", "localhost:8080"), ("content-type", "application/json")];
    let change = async |body: Value| app.send("PATCH", &path, &headers, &body.to_string()).await;

    let changed = change(json!({ "profile": "seed", "orders": { "count_free": false } })).await.ok();
    assert_eq!((&changed["version"], &changed["settings"]["profile"]), (&json!(2), &json!("seed")));
    // what was not named stays
    assert_eq!(changed["settings"]["cost"], before["settings"]["cost"]);
    assert_eq!(app.get(&format!("{W}/profit/statement")).await.ok()["profile"]["id"], "seed");
    assert_eq!(change(json!({ "profile": "seed" })).await.ok()["version"], 2, "nothing changed");

    for (body, words) in [
        (json!({ "profile": "mine" }), ["profile `mine`", "netgain"]),
        (json!({ "revenue": { "refund_basis": "payday" } }), ["payday", "return_day"]),
        (
            json!({ "cost": { "default_ratio": [{ "value": "1.5" }] } }),
            ["cost.default_ratio", "between 0 and 1"],
        ),
        (json!({ "cost": { "missing_policy": "guess" } }), ["guess", "equal_to_net_sales"]),
        (json!({ "currency": "USD" }), ["currency", "another workspace"]),
        (json!({ "colour": 1 }), ["colour", "profile"]),
    ] {
        let refused = change(body).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert!(words.iter().all(|word| refused.text.contains(word)), "{}", refused.text);
    }
    assert_eq!(app.get(&path).await.ok()["version"], 2);
}

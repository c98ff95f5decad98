//! The cost book over HTTP: what it holds, what a change would do, and that keeping it does that.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::TestApp;
use serde_json::{Value, json};

const COSTS: &str = "/api/v1/workspaces/demo/costs";

async fn net_profit(app: &TestApp) -> String {
    let page = app.get("/api/v1/workspaces/demo/profit?from=2026-03-01&to=2026-03-31").await.ok();
    page["total"]["net_profit"].as_str().unwrap().to_owned()
}

async fn post(app: &TestApp, path: &str, body: Value) -> common::Answer {
    app.post(path, &body.to_string()).await
}

fn cents(text: &str) -> i64 {
    text.replace('.', "").parse().unwrap()
}

#[tokio::test]
async fn a_change_shows_its_effect_and_then_has_it() {
    let app = TestApp::new();
    let book = app.get(COSTS).await.ok();
    assert_eq!(book["currency"], "GBP");
    let row = &book["costs"][0];
    assert_eq!(
        (&row["scope"], &row["scope_id"], &row["unit_cost"]),
        (&json!("variant"), &json!("v1"), &json!("15.40"))
    );
    assert_eq!(
        (&row["kind"], &row["counts"], &row["source"]),
        (&json!("actual"), &json!(true), &json!("shopify"))
    );
    assert_eq!(row["valid_from"], Value::Null);

    // two orders hold two units each; one unit of the first came back, but not onto the shelf
    let before = net_profit(&app).await;
    let cost = json!({ "scope": "variant", "scope_id": "v1", "unit_cost": "16.40", "valid_from": "ever" });
    let change = json!({ "costs": [cost], "recorded_by": "Ada", "note": "invoice 7", "source": "ui" });
    let preview = post(&app, &format!("{COSTS}/preview"), change.clone()).await.ok();
    assert_eq!((&preview["orders"], &preview["net_profit"]), (&json!(2), &json!("-4.00")));
    assert_eq!(
        preview["months"],
        json!([{ "month": "2026-03-01", "orders": 2, "cogs": "4.00", "net_profit": "-4.00" }])
    );
    assert_eq!(net_profit(&app).await, before, "a preview keeps nothing");

    let saved = post(&app, COSTS, change).await.ok();
    assert_eq!((&saved["restated"], &saved["uncomputed"]), (&json!(2), &json!(0)));
    assert_eq!(cents(&net_profit(&app).await), cents(&before) - 400);
    let book = app.get(COSTS).await.ok();
    let new = book["costs"].as_array().unwrap().iter().find(|row| row["id"] == saved["ids"][0]).unwrap();
    assert_eq!(
        (&new["recorded_by"], &new["note"], &new["kind"]),
        (&json!("Ada"), &json!("invoice 7"), &json!("manual"))
    );
    let then = app.get(&format!("{COSTS}?as_known=2026-03-06T00:00:00Z")).await.ok();
    assert_eq!(then["costs"].as_array().unwrap().len(), 1);
    // the explanation tells of it
    let explained = app.get("/api/v1/workspaces/demo/orders/%231003/explain").await.ok();
    assert!(explained["rows"]["unit_costs"].as_array().unwrap().len() == 2, "{explained}");

    let back = json!({ "costs": [{ "replaces": saved["ids"][0], "withdrawn": true }] });
    post(&app, COSTS, back.clone()).await.ok();
    assert_eq!(net_profit(&app).await, before);
    assert_eq!(post(&app, COSTS, back).await.problem(422, "cost_refused")["field"], "replaces");
}

#[tokio::test]
async fn a_file_shows_its_effect_names_bad_lines_and_is_taken_once() {
    let app = TestApp::new();
    let (file, preview) = (format!("{COSTS}/file"), format!("{COSTS}/file/preview"));
    let before = net_profit(&app).await;
    let mapping = "version: 1\ncosts: {scope: variant, scope_id: id, unit_cost: cost, valid_from: from}\n";
    let csv = "id,cost,from\nv1,16.40,\nv1,none,\nv9,1.00,2026-03-01\n";
    let body = json!({ "csv": csv, "mapping": mapping, "recorded_by": "Ada", "note": "spring" });
    let would = post(&app, &preview, body.clone()).await.ok();
    assert_eq!((&would["effect"]["orders"], &would["effect"]["net_profit"]), (&json!(2), &json!("-4.00")));
    assert_eq!(net_profit(&app).await, before, "a preview keeps nothing");
    let read = &would["file"];
    assert_eq!(
        (&read["lines"], &read["new"], &read["unchanged"], &read["rejected"]),
        (&json!(3), &json!(2), &json!(0), &json!(1))
    );
    assert_eq!(
        (&read["rejects"][0]["line"], &read["rejects"][0]["column"], &read["rejects"][0]["value"]),
        (&json!(3), &json!("cost"), &json!("none"))
    );

    let done = post(&app, &file, body.clone()).await.ok();
    assert_eq!(done["recorded"]["restated"], 2);
    assert_eq!(done["recorded"]["ids"].as_array().unwrap().len(), 2);
    assert_eq!(cents(&net_profit(&app).await), cents(&before) - 400);
    let book = app.get(COSTS).await.ok();
    let row = book["costs"].as_array().unwrap().iter().find(|row| row["unit_cost"] == "16.40").unwrap();
    assert_eq!(
        (&row["source"], &row["currency"], &row["recorded_by"], &row["note"], &row["valid_from"]),
        (&json!("csv"), &json!("GBP"), &json!("Ada"), &json!("spring"), &Value::Null)
    );
    // the same file again says nothing new
    let again = post(&app, &file, body).await.ok();
    assert_eq!((&again["file"]["new"], &again["file"]["unchanged"]), (&json!(0), &json!(2)));
    assert_eq!(app.get(COSTS).await.ok(), book);

    // without a mapping the usual names do, and a currency can be said beside the file
    let plain = json!({ "csv": "SKU,Unit cost,Shelf\nX,2.50,A4\n", "currency": "EUR" });
    let done = post(&app, &file, plain).await.ok();
    assert_eq!((&done["file"]["new"], &done["file"]["not_used"]), (&json!(1), &json!(["Shelf"])));
    let book = app.get(COSTS).await.ok();
    let row = book["costs"].as_array().unwrap().iter().find(|row| row["scope"] == "sku").unwrap();
    assert_eq!((&row["scope_id"], &row["currency"]), (&json!("X"), &json!("EUR")));
    for (body, field) in [
        (json!({ "csv": "" }), "csv"),
        (json!({ "csv": "sku,price\nA,1\n" }), "csv"),
        (json!({ "csv": csv, "mapping": "version: 1\ncosts: {scope_id: no, unit_cost: cost}\n" }), "csv"),
        (json!({ "csv": csv, "mapping": "version: 2\n" }), "mapping"),
        (json!({ "csv": csv, "mapping": "version: 1\ncustomers: {customer_id: id}\n" }), "mapping"),
        (json!({ "csv": "sku,cost\nA,1\n", "currency": "euro" }), "currency"),
    ] {
        let problem = post(&app, &preview, body.clone()).await.problem(422, "cost_refused");
        assert_eq!(problem["field"], field, "{body}");
    }
    post(&app, &preview, json!({})).await.problem(400, "invalid_body");
}

#[tokio::test]
async fn a_cost_without_a_day_leaves_the_past_alone() {
    let app = TestApp::new();
    let before = net_profit(&app).await;
    let change = json!({ "costs": [{ "scope": "shop", "unit_cost": "1" }] });
    let saved = post(&app, COSTS, change).await.ok();
    assert_eq!(saved["restated"], 0);
    assert_eq!(net_profit(&app).await, before);
    let book = app.get(COSTS).await.ok();
    let new = book["costs"].as_array().unwrap().iter().find(|row| row["scope"] == "shop").unwrap();
    assert_eq!(new["valid_from"], book["today"]);
}

#[tokio::test]
async fn rules_are_kept_and_explained() {
    let app = TestApp::new();
    let before = net_profit(&app).await;
    let terms = json!({ "fixed": "2", "per_item": "0.25", "name": "Post" });
    let change = json!({ "rules": [{ "kind": "shipping", "valid_from": "2026-03-02", "terms": terms }] });
    let preview = post(&app, &format!("{COSTS}/preview"), change.clone()).await.ok();
    assert_eq!((&preview["orders"], &preview["net_profit"]), (&json!(2), &json!("-5.00")));
    let saved = post(&app, COSTS, change).await.ok();
    assert_eq!(saved["restated"], 2);
    assert_eq!(cents(&net_profit(&app).await), cents(&before) - 500);
    let explained = app.get("/api/v1/workspaces/demo/orders/%231003/explain").await.ok();
    let steps = explained["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["key"] == "shipping_costs").unwrap();
    assert_eq!((&step["amount"], &step["entries"][0]["label"]), (&json!("2.50"), &json!("Post")));
    assert_eq!(step["entries"][0]["source_id"], saved["ids"][0]);
}

#[tokio::test]
async fn what_cannot_be_names_its_field() {
    let app = TestApp::new();
    for (change, field) in [
        (json!({ "costs": [{ "unit_cost": "1" }] }), "scope"),
        (json!({ "costs": [{ "scope": "sku", "scope_id": "s" }] }), "unit_cost"),
        (json!({ "costs": [{ "scope": "sku", "scope_id": "s", "unit_cost": "1e5" }] }), "unit_cost"),
        (json!({ "costs": [{ "scope": "sku", "unit_cost": "1" }] }), "scope_id"),
        (json!({ "costs": [{ "scope": "shop", "unit_cost": "1", "country": "England" }] }), "country"),
        (json!({ "costs": [{ "scope": "shop", "unit_cost": "1", "kind": "actual" }] }), "kind"),
        (json!({ "costs": [{ "withdrawn": true }] }), "replaces"),
        (json!({ "rules": [{ "kind": "shipping" }] }), "fixed"),
        (json!({ "rules": [{ "kind": "operating", "terms": { "amount": "5" } }] }), "category"),
    ] {
        let problem =
            post(&app, &format!("{COSTS}/preview"), change.clone()).await.problem(422, "cost_refused");
        assert_eq!(problem["field"], field, "{change}");
    }
    // a bare number has been a float already
    let number = json!({ "costs": [{ "scope": "shop", "unit_cost": 1.5 }] });
    post(&app, COSTS, number).await.problem(400, "invalid_body");
    post(&app, COSTS, json!({})).await.problem(400, "invalid_body");
    app.get(&format!("{COSTS}?as_known=april")).await.problem(400, "invalid_parameter");
}

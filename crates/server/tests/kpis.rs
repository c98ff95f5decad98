//! Key figures through the real router: the list, a metric, overrides and the list of changes.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{Answer, TestApp};
use netgain_domain::facts::KpiRead;
use netgain_domain::{Record, Row, Table, Value};
use netgain_profit::Settings;
use netgain_results::{note_kpi_reads, update_kpis};
use netgain_warehouse::{Batch, Warehouse};

const W: &str = "/api/v1/workspaces/demo";

fn warehouse(app: &TestApp) -> (Warehouse, Settings) {
    let settings = Settings::from_json(r#"{"currency":"GBP","time_zone":"Europe/London"}"#).unwrap();
    (app.warehouse("demo"), settings)
}

/// A sheet with points of its own beside the shop's ads and orders, and everything worked out.
fn fill(app: &TestApp) {
    let (warehouse, settings) = warehouse(app);
    let point = |id: &str, at: &str, value: &str, metadata: &str| {
        let mut root = Row::empty(Table::KpiPoints, id.into());
        root.set("metric", Value::Text("packing hours".into()));
        root.set("value", Value::Decimal(value.parse().unwrap()));
        root.set("timestamp", Value::Time(at.parse().unwrap()));
        root.set("metadata", Value::Json(metadata.into()));
        Record { root, children: vec![], version: 1, position: 0 }
    };
    let records = vec![
        point("1", "2026-03-01T00:00:00Z", "41.25", "\"two people ill\""),
        point("2", "2026-03-02T00:00:00Z", "38", r#"{"team":"north"}"#),
    ];
    let records = records.into_iter().map(|record| (record, "sheet/kpis/0#0".to_owned())).collect();
    let batch = Batch {
        connection: "sheet".parse().unwrap(),
        source: "sheets".into(),
        stream: "kpis".into(),
        observed_at: "2026-03-05T08:00:00Z".parse().unwrap(),
        records,
        cursor: None,
        aside: Default::default(),
    };
    warehouse.commit(&batch).unwrap();
    update_kpis(&warehouse, &settings).unwrap();
}

async fn put(app: &TestApp, path: &str, body: &str) -> Answer {
    let headers = [("host", "localhost:8080"), ("content-type", "application/json")];
    app.send("PUT", &format!("{W}/kpis/{path}"), &headers, body).await
}

async fn delete(app: &TestApp, path: &str) -> Answer {
    app.send("DELETE", &format!("{W}/kpis/{path}"), &[("host", "localhost:8080")], "").await
}

fn kpi<'v>(page: &'v serde_json::Value, source: &str, metric: &str) -> &'v serde_json::Value {
    let sources = page["sources"].as_array().unwrap();
    let source = sources.iter().find(|one| one["connection_id"] == source).unwrap();
    source["kpis"].as_array().unwrap().iter().find(|one| one["metric"] == metric).unwrap()
}

#[tokio::test]
async fn the_list_has_what_is_worked_out_and_what_is_given() {
    let app = TestApp::new();
    fill(&app);
    let page = app.get(&format!("{W}/kpis")).await.ok();
    assert_eq!((&page["currency"], &page["time_zone"]), (&"GBP".into(), &"Europe/London".into()));
    let hours = kpi(&page, "sheet", "packing hours");
    assert_eq!((&hours["value"], &hours["origin"]), (&"38".into(), &"given".into()));
    assert_eq!(hours["unit"], serde_json::Value::Null);
    assert_eq!(hours["points"].as_array().unwrap().len(), 2);
    assert_eq!(hours["provisional"], false);
    let orders = kpi(&page, "shop", "orders");
    assert_eq!((&orders["origin"], &orders["unit"]), (&"computed".into(), &"count".into()));
    let roas = page["catalogue"].as_array().unwrap().iter().find(|one| one["metric"] == "roas").unwrap();
    assert_eq!((&roas["group"], &roas["table"]), (&"Advertising".into(), &"ad_days".into()));
    let short = app.get(&format!("{W}/kpis?points=1")).await.ok();
    assert_eq!(kpi(&short, "sheet", "packing hours")["points"].as_array().unwrap().len(), 1);
    app.get(&format!("{W}/kpis?points=0")).await.problem(400, "invalid_parameter");
}

#[tokio::test]
async fn figures_by_day_are_those_of_the_profit_table() {
    let app = TestApp::new();
    fill(&app);
    let range = "from=2026-02-01&to=2026-03-31";
    let days = app.get(&format!("{W}/profit?by=day&{range}")).await.ok();
    let orders = app.get(&format!("{W}/kpis/orders?{range}")).await.ok();
    let sum = |rows: &serde_json::Value, of: &dyn Fn(&serde_json::Value) -> i64| -> i64 {
        rows.as_array().unwrap().iter().map(of).sum()
    };
    let by_profit = sum(&days["rows"], &|row| row["orders"].as_i64().unwrap());
    let by_kpi = sum(&orders["series"][0]["points"], &|row| row["value"].as_str().unwrap().parse().unwrap());
    assert!(by_profit > 0);
    assert_eq!(by_profit, by_kpi);
}

#[tokio::test]
async fn a_point_has_value_timestamp_metadata_source_and_workspace() {
    let app = TestApp::new();
    fill(&app);
    let path = format!("{W}/kpis/packing%20hours");
    let one = app.get(&format!("{path}?from=2026-03-01&to=2026-03-01")).await.ok();
    let point = &one["series"][0]["points"][0];
    assert_eq!(point["value"], "41.25");
    assert_eq!(point["timestamp"], "2026-03-01T00:00:00Z");
    assert_eq!(point["metadata"]["note"], "two people ill");
    assert_eq!((&point["source"], &point["workspace_id"]), (&"sheets".into(), &"demo".into()));
    // without days the last thirty up to the newest point
    let newest = app.get(&path).await.ok();
    assert_eq!((&newest["from"], &newest["to"]), (&"2026-02-01".into(), &"2026-03-02".into()));
    assert_eq!(newest["series"][0]["points"][1]["metadata"]["team"], "north");
    // a standard metric without points is known, another is not
    let none = app.get(&format!("{W}/kpis/mrr")).await.ok();
    assert_eq!(none["series"].as_array().unwrap().len(), 0);
    app.get(&format!("{W}/kpis/nothing")).await.problem(404, "kpi_not_found");
    let wrong = app.get(&format!("{path}?source=shop")).await.problem(400, "invalid_parameter");
    assert_eq!(wrong["cure"], "write one of sheet");
    app.get(&format!("{path}?from=tomorrow")).await.problem(400, "invalid_parameter");
}

#[tokio::test]
async fn an_override_lives_until_the_next_reading_and_is_audited() {
    let app = TestApp::new();
    fill(&app);
    let path = "packing%20hours/overrides/2026-03-02";
    let body = r#"{"value":"40.50","by":"Ada","reason":"recounted"}"#;
    let set = put(&app, path, body).await.ok();
    assert_eq!((&set["entry"]["old"], &set["entry"]["new"]), (&"38".into(), &"40.5".into()));
    let page = app.get(&format!("{W}/kpis")).await.ok();
    let hours = kpi(&page, "sheet", "packing hours");
    assert_eq!((&hours["value"], &hours["overridden"]), (&"40.5".into(), &true.into()));
    let one = app.get(&format!("{W}/kpis/packing%20hours?source=sheets")).await.ok();
    let point = &one["series"][0]["points"][1];
    assert_eq!((&point["value"], &point["source_value"]), (&"40.5".into(), &"38".into()));
    assert_eq!(
        (&point["override"]["by"], &point["override"]["reason"]),
        (&"Ada".into(), &"recounted".into())
    );

    let (warehouse, settings) = warehouse(&app);
    let read = KpiRead {
        connection_id: "sheet".into(),
        entity: "kpi_points".into(),
        read_at: netgain_domain::jiff::Timestamp::now(),
    };
    assert_eq!(note_kpi_reads(&warehouse, &settings, &[read]).unwrap(), 1);
    let page = app.get(&format!("{W}/kpis")).await.ok();
    let hours = kpi(&page, "sheet", "packing hours");
    assert_eq!((&hours["value"], &hours["overridden"]), (&"38".into(), &false.into()));
    delete(&app, path).await.problem(404, "kpi_not_found");

    let audit = app.get(&format!("{W}/kpis/audit?metric=packing%20hours")).await.ok();
    let entries = audit["entries"].as_array().unwrap();
    let actions: Vec<_> = entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["replaced_by_sync", "set"]);
    assert_eq!(entries[0]["actor"], "sync of sheet");
    assert_eq!((&entries[0]["old"], &entries[0]["new"]), (&"40.5".into(), &"38".into()));
}

#[tokio::test]
async fn a_metric_of_ones_own_stands_and_can_be_taken_back() {
    let app = TestApp::new();
    fill(&app);
    put(&app, "nps/overrides/2026-03-02", r#"{"value":"61"}"#).await.ok();
    let page = app.get(&format!("{W}/kpis")).await.ok();
    let nps = kpi(&page, "manual", "nps");
    assert_eq!((&nps["value"], &nps["origin"]), (&"61".into(), &"manual".into()));
    let gone = delete(&app, "nps/overrides/2026-03-02?by=Ada&reason=a%20mistake").await.ok();
    assert_eq!((&gone["entry"]["action"], &gone["entry"]["actor"]), (&"removed".into(), &"Ada".into()));
    assert_eq!((&gone["entry"]["old"], &gone["entry"]["new"]), (&"61".into(), &serde_json::Value::Null));
    delete(&app, "nps/overrides/2026-03-02").await.problem(404, "kpi_not_found");
    // it is known still, and the list leaves it out
    let one = app.get(&format!("{W}/kpis/nps?source=manual&from=2026-03-01")).await.ok();
    assert_eq!(one["series"][0]["points"].as_array().unwrap().len(), 0);
    let page = app.get(&format!("{W}/kpis")).await.ok();
    assert!(page["sources"].as_array().unwrap().iter().all(|source| source["connection_id"] != "manual"));
}

#[tokio::test]
async fn what_cannot_be_meant_is_a_problem_with_its_field() {
    let app = TestApp::new();
    fill(&app);
    let problem =
        put(&app, "nps/overrides/2026-03-02", r#"{"value":"6,1"}"#).await.problem(400, "invalid_body");
    assert_eq!(problem["field"], "value");
    put(&app, "nps/overrides/2026-03-02", r#"{"value":61}"#).await.problem(400, "invalid_body");
    put(&app, "nps/overrides/yesterday", r#"{"value":"6"}"#).await.problem(400, "invalid_parameter");
    let body = r#"{"value":"6","source":"elsewhere"}"#;
    let problem = put(&app, "nps/overrides/2026-03-02", body).await.problem(422, "kpi_refused");
    assert_eq!(problem["field"], "source");
    let body = r#"{"value":"6","colour":"red"}"#;
    put(&app, "nps/overrides/2026-03-02", body).await.problem(400, "invalid_body");
    assert_eq!(app.get(&format!("{W}/kpis/audit")).await.ok()["entries"].as_array().unwrap().len(), 0);
    // another workspace has none of it
    app.add_workspace("other");
    let other = app.get("/api/v1/workspaces/other/kpis").await.ok();
    assert_eq!(other["sources"].as_array().unwrap().len(), 0);
}

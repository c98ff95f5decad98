//! What is done through the API is in the audit, and what only looks or was refused is not.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::TestApp;
use serde_json::json;

const W: &str = "/api/v1/workspaces/demo";

#[tokio::test(flavor = "multi_thread")]
async fn deeds_are_kept_and_looks_are_not() {
    let app = TestApp::new();
    let headers = [("host", "localhost:8080"), ("content-type", "application/json")];
    app.get(&format!("{W}/profit")).await.ok();
    let change = r#"{"revenue":{"refund_basis":"order_day"}}"#;
    app.send("PATCH", &format!("{W}/settings"), &headers, change).await.ok();
    app.send("PATCH", &format!("{W}/settings"), &headers, r#"{"nonsense":1}"#)
        .await
        .problem(400, "invalid_body");
    app.post(&format!("{W}/query"), r#"{"sql":"SELECT 1 AS n"}"#).await.ok();
    let value = r#"{"value":"61"}"#;
    app.send("PUT", &format!("{W}/kpis/nps/overrides/2026-03-01"), &headers, value).await.ok();
    assert_eq!(app.post(&format!("{W}/connections/shop/sync"), "{}").await.status, 202);
    let page = app.get(&format!("{W}/audit")).await.ok();
    let told: Vec<_> = page["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| (entry["action"].as_str().unwrap(), entry["subject"].as_str().unwrap()))
        .collect();
    let expected = [
        ("sync.started", "shop"),
        ("kpi.set", "nps/2026-03-01"),
        ("data.queried", ""),
        ("settings.changed", ""),
    ];
    assert_eq!(told, expected);
    let next = app.get(&format!("{W}/audit?action=kpi.&limit=1")).await.ok();
    assert_eq!((next["next"].clone(), next["entries"][0]["number"].clone()), (json!(3), json!(3)));
    let older = app.get("/api/v1/audit?before=4&limit=2").await.ok();
    assert_eq!((older["entries"][1]["number"].clone(), older["next"].clone()), (json!(2), json!(2)));
    let checked = app.get("/api/v1/audit/verify").await.ok();
    assert_eq!((checked["whole"].clone(), checked["fault"].clone()), (json!(true), json!(null)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_sees_its_own_entries_only() {
    let app = TestApp::new();
    app.add_workspace("other");
    let sql = r#"{"sql":"SELECT 1 AS n"}"#;
    app.post(&format!("{W}/query"), sql).await.ok();
    app.post("/api/v1/workspaces/other/query", sql).await.ok();
    let of = async |path: &str| app.get(path).await.ok()["entries"].as_array().unwrap().len();
    assert_eq!(of("/api/v1/workspaces/other/audit?action=data.queried").await, 1);
    assert_eq!(of("/api/v1/audit?action=data.queried").await, 2);
    app.get("/api/v1/workspaces/none/audit").await.problem(404, "workspace_not_found");
    for (query, field) in [("before=0", "before"), ("from=soon", "from"), ("limit=0", "limit")] {
        let problem = app.get(&format!("{W}/audit?{query}")).await.problem(400, "invalid_parameter");
        assert!(problem["detail"].as_str().unwrap().starts_with(field), "{problem}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tampered_entry_is_named() {
    let app = TestApp::new();
    for _ in 0..3 {
        app.post(&format!("{W}/query"), r#"{"sql":"SELECT 1 AS n"}"#).await.ok();
    }
    if let Some(server) = netgain_testkit::instead_of(app.home()) {
        server.psql(
            "ALTER TABLE netgain_control.audit DISABLE TRIGGER ALL; \
             UPDATE netgain_control.audit SET actor_id = 'me' WHERE number = 2",
        );
    } else {
        let db = rusqlite::Connection::open(app.folder().join("../control.sqlite")).unwrap();
        db.execute_batch(
            "DROP TRIGGER audit_is_not_changed; UPDATE audit SET actor_id = 'me' WHERE number = 2",
        )
        .unwrap();
    }
    let checked = app.get("/api/v1/audit/verify").await.ok();
    assert_eq!((checked["whole"].clone(), checked["fault"]["number"].clone()), (json!(false), json!(2)));
}

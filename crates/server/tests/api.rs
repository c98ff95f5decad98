//! The API through the real router, on a small workspace filled by real commits.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{TestApp, connection};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn bodies() {
    let app = TestApp::new();
    assert_json_snapshot!("health", app.get("/healthz").await.ok());
    assert_json_snapshot!("workspaces", app.get("/api/v1/workspaces").await.ok());
    let w = "/api/v1/workspaces/demo";
    assert_json_snapshot!("workspace", app.get(w).await.ok());
    assert_json_snapshot!("profit_by_day", app.get(&format!("{w}/profit")).await.ok());
    assert_json_snapshot!("profit_by_channel", app.get(&format!("{w}/profit?by=channel")).await.ok());
    assert_json_snapshot!("profit_by_order", app.get(&format!("{w}/profit?by=order")).await.ok());
    assert_json_snapshot!("orders", app.get(&format!("{w}/orders?limit=2")).await.ok());
    assert_json_snapshot!("ads", app.get(&format!("{w}/ads")).await.ok());
    assert_json_snapshot!("connections", app.get(&format!("{w}/connections")).await.ok());
    let token = app.get(&format!("{w}/orders?q=%231001")).await.ok()["rows"][0]["order_id"].clone();
    let explained = app.get(&format!("{w}/orders/{}/explain", token.as_str().unwrap())).await;
    // numbers of the payload keep the digits that the platform sent
    assert!(explained.text.contains(r#""total":120.10"#), "{}", explained.text);
    assert_json_snapshot!("explain", explained.ok());
    let by_name = app.get(&format!("{w}/orders/%231001/explain")).await.ok();
    assert_eq!(by_name["order"], explained.ok()["order"]);
    let answer =
        app.post(&format!("{w}/query"), r#"{"sql":"SELECT sum(net_sales) AS n FROM daily_pnl"}"#).await;
    assert_json_snapshot!("query", answer.ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_agree_with_each_other() {
    let app = TestApp::new();
    let w = "/api/v1/workspaces/demo";
    let total = |answer: &Value, key: &str| answer["total"][key].as_str().unwrap().parse::<f64>().unwrap();
    let day = app.get(&format!("{w}/profit?by=day")).await.ok();
    let channel = app.get(&format!("{w}/profit?by=channel")).await.ok();
    let order = app.get(&format!("{w}/profit?by=order")).await.ok();
    assert_eq!(day["total"], channel["total"]);
    assert_eq!(order["total"]["ad_spend"], json!("0.00"));
    assert_eq!(order["total"]["cm2"], day["total"]["cm2"]);
    assert!(total(&day, "net_sales") > 0.0);
    let explained = app.get(&format!("{w}/orders/%231001/explain")).await.ok();
    let listed = app.get(&format!("{w}/orders?q=%231001")).await.ok();
    assert_eq!(explained["order"], listed["rows"][0]);
    for step in explained["steps"].as_array().unwrap() {
        assert_eq!(step["amount"], explained["order"][step["key"].as_str().unwrap()], "{step}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_is_on_exactly_one_page_whatever_the_sort() {
    let app = TestApp::new();
    for sort in ["placed_at", "net_profit", "net_revenue"] {
        for dir in ["asc", "desc"] {
            let base = format!("/api/v1/workspaces/demo/orders?sort={sort}&dir={dir}&limit=1");
            let (mut names, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = app.get(&format!("{base}{cursor}")).await.ok();
                assert_eq!(page["total_count"], 3);
                names.push(page["rows"][0][if sort == "placed_at" { "day" } else { sort }].clone());
                match page["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            let mut keys: Vec<String> = names.iter().map(|name| name.as_str().unwrap().to_owned()).collect();
            if dir == "desc" {
                keys.reverse();
            }
            assert_eq!(keys.len(), 3, "{sort} {dir}");
            let number = |text: &String| text.parse::<f64>().unwrap_or(0.0);
            let sorted = if sort == "placed_at" {
                keys.is_sorted()
            } else {
                keys.iter().map(number).collect::<Vec<_>>().is_sorted()
            };
            assert!(sorted, "{sort} {dir}: {keys:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn profit_by_order_comes_in_pages_with_one_total() {
    let app = TestApp::new();
    let base = "/api/v1/workspaces/demo/profit?by=order";
    let whole = app.get(base).await.ok();
    assert_eq!(whole.get("next"), None);
    let (mut rows, mut after, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let page = app.get(&format!("{base}&limit=2{after}")).await.ok();
        assert_eq!(page["total"], whole["total"]);
        rows.extend(page["rows"].as_array().unwrap().clone());
        pages += 1;
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!((pages, json!(rows)), (2, whole["rows"].clone()));
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_name_the_field_and_the_cure() {
    let app = TestApp::new();
    let w = "/api/v1/workspaces/demo";
    for (path, status, code, field) in [
        (format!("{w}/profit?from=2026-13-01"), 400, "invalid_parameter", Some("from")),
        (format!("{w}/profit?from=2026-03-09&to=2026-03-01"), 400, "invalid_parameter", Some("from")),
        (format!("{w}/profit?by=week"), 400, "invalid_parameter", Some("by")),
        (format!("{w}/profit?colour=1"), 400, "invalid_parameter", None),
        (format!("{w}/profit?by=order&limit=10001"), 400, "invalid_parameter", Some("limit")),
        (format!("{w}/profit?by=order&after=abc"), 400, "invalid_parameter", Some("after")),
        (format!("{w}/profit?by=day&limit=5"), 400, "invalid_parameter", Some("limit")),
        (format!("{w}/profit?by=channel&after=abc"), 400, "invalid_parameter", Some("after")),
        (format!("{w}/orders?limit=201"), 400, "invalid_parameter", Some("limit")),
        (format!("{w}/orders?limit=0"), 400, "invalid_parameter", Some("limit")),
        (format!("{w}/orders?sort=name"), 400, "invalid_parameter", Some("sort")),
        (format!("{w}/orders?cursor=abc"), 400, "invalid_parameter", Some("cursor")),
        (format!("{w}/orders/none/explain"), 404, "order_not_found", None),
        ("/api/v1/workspaces/none".to_owned(), 404, "workspace_not_found", None),
        ("/api/v1/workspaces/..%2Fetc/profit".to_owned(), 404, "workspace_not_found", None),
        ("/api/v2/x".to_owned(), 404, "not_found", None),
    ] {
        let answer = app.get(&path).await;
        let problem = answer.problem(status, code);
        assert_eq!(problem.get("field").and_then(Value::as_str), field, "{path}: {problem}");
        assert!(problem["cure"].as_str().is_some_and(|cure| !cure.is_empty()), "{path}");
    }
    let other = app.get(&format!("{w}/orders?limit=1&sort=net_profit")).await.ok();
    let cursor = other["next_cursor"].as_str().unwrap();
    app.get(&format!("{w}/orders?cursor={cursor}")).await.problem(400, "invalid_parameter");
    let query = format!("{w}/query");
    app.post(&query, r#"{"sql":"DROP TABLE orders"}"#).await.problem(403, "query_refused");
    app.post(&query, r#"{"sql":"SELECT * FROM read_text('/etc/passwd')"}"#)
        .await
        .problem(403, "query_refused");
    app.post(&query, r#"{"sql":"SELECT nothing FROM orders"}"#).await.problem(422, "query_mistake");
    app.post(&query, "{").await.problem(400, "invalid_body");
    assert_eq!(app.post(&query, "{}").await.problem(400, "invalid_body")["field"], "sql");
    app.post(&query, &format!("{{\"sql\":\"{}\"}}", "x".repeat(1 << 20)))
        .await
        .problem(413, "body_too_large");
    app.post(w, "{}").await.problem(405, "method_not_allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn syncs_start_once_and_show_their_progress() {
    let app = TestApp::new();
    let w = "/api/v1/workspaces/demo";
    let path = format!("{w}/connections/{}/sync", connection());
    let started = app.post(&path, r#"{"full":true}"#).await;
    assert_eq!(started.status, 202, "{}", started.text);
    assert_eq!(started.json()["state"], "running");
    app.post(&path, "").await.problem(409, "sync_running");
    let listed = app.get(&format!("{w}/connections")).await.ok();
    assert_eq!(listed["connections"][0]["state"], "syncing");
    assert_eq!(listed["connections"][0]["progress"]["fraction"], "0.4200");
    app.post(&format!("{w}/connections/none/sync"), "{}").await.problem(404, "connection_not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_start_once_and_what_differs_can_be_asked_for_alone() {
    let app = TestApp::new();
    let w = "/api/v1/workspaces/demo";
    let path = format!("{w}/connections/{}/reconcile", connection());
    let listed = app.get(&format!("{w}/connections")).await.ok();
    assert_eq!(listed["connections"][0]["check"], Value::Null);
    let started = app.post(&path, r#"{"heal":true}"#).await;
    assert_eq!((started.status, &started.json()["state"]), (202, &json!("running")), "{}", started.text);
    app.post(&path, "").await.problem(409, "sync_running");
    let listed = app.get(&format!("{w}/connections")).await.ok();
    let check = &listed["connections"][0]["check"];
    assert_eq!((&check["state"], &check["heal"]), (&json!("running"), &json!(true)), "{check}");
    assert_eq!(check["stream"], "orders");
    app.post(&path, r#"{"heel":true}"#).await.problem(400, "invalid_body");
    app.post(&format!("{w}/connections/none/reconcile"), "{}").await.problem(404, "connection_not_found");
    app.get(&format!("{w}/completeness?state=differs")).await.ok();
    app.get(&format!("{w}/completeness?state=lost")).await.problem(400, "invalid_parameter");
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_hosts_and_pages_are_refused() {
    let app = TestApp::new();
    let list = "/api/v1/workspaces";
    app.send("GET", list, &[("host", "evil.example")], "").await.problem(421, "host_not_allowed");
    app.send("GET", list, &[("host", "evil.example:8080")], "").await.problem(421, "host_not_allowed");
    for host in ["127.0.0.1:8080", "[::1]:8080", "LOCALHOST", "shop.example"] {
        assert_eq!(app.send("GET", list, &[("host", host)], "").await.status, 200, "{host}");
    }
    let path = "/api/v1/workspaces/demo/query";
    let body = r#"{"sql":"SELECT 1"}"#;
    let json = ("content-type", "application/json");
    let host = ("host", "localhost:8080");
    for origin in ["https://evil.example", "null", "http://localhost:9090", "http://localhost"] {
        let answer = app.send("POST", path, &[host, json, ("origin", origin)], body).await;
        answer.problem(403, "origin_not_allowed");
    }
    let own = app.send("POST", path, &[host, json, ("origin", "http://localhost:8080")], body).await;
    assert_eq!(own.status, 200, "{}", own.text);
    let plain = app.send("POST", path, &[host, ("content-type", "text/plain")], body).await;
    plain.problem(415, "unsupported_media_type");
    for (name, part) in [
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "frame-ancestors 'none'"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
    ] {
        assert!(own.header(name).contains(part), "{name}: {}", own.header(name));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_answers_its_own_paths_only() {
    let app = TestApp::new();
    for path in ["/", "/demo/orders", "/index.html"] {
        let page = app.get(path).await;
        assert_eq!((page.status, page.header("cache-control").as_str()), (200, "no-cache"), "{path}");
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(page.header("content-security-policy").contains("default-src 'self'"));
    }
    app.get("/assets/none.js").await.problem(404, "not_found");
    app.get("/none.png").await.problem(404, "not_found");
    app.get("/../Cargo.toml").await.problem(404, "not_found");
    app.post("/demo", "{}").await.problem(405, "method_not_allowed");
    let description = app.get("/api/openapi.json").await.ok();
    assert_eq!(description["openapi"], "3.1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn long_answers_are_compressed_for_who_takes_it() {
    let app = TestApp::new();
    let host = ("host", "localhost");
    let packed = [host, ("accept-encoding", "gzip, br")];
    let path = "/api/v1/workspaces/demo/profit";
    let long = app.send("GET", path, &packed, "").await;
    assert_eq!((long.status, long.header("content-encoding").as_str()), (200, "gzip"));
    assert!(long.header("vary").contains("accept-encoding") && long.header("cache-control") == "no-store");
    assert_eq!(app.send("GET", path, &[host], "").await.header("content-encoding"), "");
    let short = app.send("GET", "/healthz", &packed, "").await;
    assert_eq!((short.header("content-encoding").as_str(), short.ok()["status"].as_str()), ("", Some("ok")));
    let page = app.get("/").await;
    let known = [host, ("if-none-match", &page.header("etag"))];
    let again = app.send("GET", "/demo", &known, "").await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_on_a_socket_and_ends_when_told() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let app = TestApp::new();
    let listener = tokio::net::TcpListener::bind(netgain_server::default_address(0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    assert!(address.ip().is_loopback());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async move { drop(stopped.await) };
    let server = tokio::spawn(netgain_server::serve(app.app.clone(), listener, shutdown));
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"status\":\"ok\""), "{answer}");
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_cannot_be_says_why() {
    let app = TestApp::new();
    let start = format!("/api/v1/workspaces/demo/connections/{}/oauth/start", connection());
    app.post(&start, "{}").await.problem(422, "sign_in_not_offered");
    app.post(&start, r#"{"colour": 1}"#).await.problem(400, "invalid_body");
    let elsewhere = "/api/v1/workspaces/..%2F/connections/x/oauth/start";
    app.post(elsewhere, "{}").await.problem(404, "workspace_not_found");
    let back = "/oauth/callback?code=c&state=%3Cb%3Emade-up";
    app.get(back).await.problem(400, "sign_in_unknown");
    let browser = [("host", "localhost:8080"), ("accept", "text/html,*/*")];
    let page = app.send("GET", back, &browser, "").await;
    assert_eq!((page.status, page.header("content-type").as_str()), (400, "text/html; charset=utf-8"));
    assert!(
        page.text.contains("sign_in_unknown") && page.text.contains("begin the sign-in again"),
        "{}",
        page.text
    );
    assert!(!page.text.contains("<b>"), "{}", page.text);
}

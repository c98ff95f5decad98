//! Requests have ids, readiness has reasons, and metrics are for whom they are meant.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::Request;
use common::TestApp;
use netgain_control::Secret;
use netgain_server::{MetricsAccess, Observed};
use tower::ServiceExt as _;

const LOCAL: [(&str, &str); 1] = [("host", "localhost:8080")];

struct Process(Vec<String>);

impl Observed for Process {
    fn not_ready(&self) -> Vec<String> {
        self.0.clone()
    }

    fn metrics(&self) -> String {
        "netgain_ready 1\n".to_owned()
    }
}

#[tokio::test]
async fn every_answer_names_its_request() {
    let app = TestApp::new();
    let given = [LOCAL[0], ("x-request-id", "abc-1.2_Z")];
    let answer = app.send("GET", "/api/v1/workspaces/nobody", &given, "").await;
    let problem = answer.problem(404, "workspace_not_found");
    assert_eq!(problem["request_id"], "abc-1.2_Z");
    assert_eq!(answer.header("x-request-id"), "abc-1.2_Z");

    // what could break a log line is replaced, and two requests never share what is drawn
    let mut drawn = Vec::new();
    for bad in ["a b", "a\"b", "{x}"] {
        let answer = app.send("GET", "/api/v1/nothing", &[LOCAL[0], ("x-request-id", bad)], "").await;
        let id = answer.header("x-request-id");
        assert_eq!(answer.problem(404, "not_found")["request_id"], id.as_str());
        assert!(id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        drawn.push(id);
    }
    drawn.dedup();
    assert_eq!(drawn.len(), 3);

    // refused before any handler, by a handler, by a reader of parameters: all of them
    let elsewhere = app.send("GET", "/api/v1/workspaces", &[("host", "evil.example")], "").await;
    assert_eq!(elsewhere.problem(421, "host_not_allowed")["request_id"], "of-a-test");
    let unread = app.get("/api/v1/workspaces/demo/profit?from=x").await;
    assert_eq!(unread.json()["request_id"], "of-a-test");
}

#[tokio::test]
async fn readiness_names_what_is_missing_and_ends_before_the_server_does() {
    let app = TestApp::new();
    assert_eq!(app.get("/readyz").await.ok()["status"], "ready");
    app.app.stopping();
    let answer = app.get("/readyz").await;
    let problem = answer.problem(503, "not_ready");
    assert!(problem["detail"].as_str().unwrap().contains("about to end"), "{problem}");
    assert_eq!(answer.header("retry-after"), "5");
    // the process is alive, and what comes all the same is answered
    app.get("/healthz").await.ok();
    app.get("/api/v1/workspaces").await.ok();

    let app = TestApp::new();
    let reasons = vec!["the disk is full: make room".to_owned(), "the moon is down".to_owned()];
    let router = app.observed(Arc::new(Process(reasons)), MetricsAccess::default());
    let (status, body) = ask(&router, "/readyz", None, &[]).await;
    assert_eq!(status, 503);
    assert!(body.contains("the disk is full: make room; the moon is down"), "{body}");
}

#[tokio::test]
async fn metrics_are_for_this_machine_or_for_the_bearer_of_the_token() {
    let app = TestApp::new();
    app.get("/metrics").await.problem(403, "metrics_closed");

    let open = app.observed(Arc::new(Process(Vec::new())), MetricsAccess::default());
    assert_eq!(ask(&open, "/metrics", Some("127.0.0.1:1"), &[]).await, (200, "netgain_ready 1\n".to_owned()));
    assert_eq!(ask(&open, "/metrics", Some("192.0.2.7:1"), &[]).await.0, 403);
    assert_eq!(ask(&open, "/metrics", Some("127.0.0.1:1"), &[("x-forwarded-for", "192.0.2.7")]).await.0, 403);

    let token = Some(Secret::new("0123456789abcdef".to_owned()));
    let closed = app.observed(Arc::new(Process(Vec::new())), MetricsAccess { token, behind_proxy: false });
    assert_eq!(ask(&closed, "/metrics", Some("127.0.0.1:1"), &[]).await.0, 403);
    let bearer = [("authorization", "Bearer 0123456789abcdef")];
    assert_eq!(ask(&closed, "/metrics", Some("192.0.2.7:1"), &bearer).await.0, 200);
    let (status, body) =
        ask(&closed, "/metrics", None, &[("authorization", "Bearer 0123456789abcdee")]).await;
    assert_eq!(status, 403);
    assert!(!body.contains("0123456789abcde"), "{body}");
}

async fn ask(
    router: &axum::Router,
    path: &str,
    from: Option<&str>,
    headers: &[(&str, &str)],
) -> (u16, String) {
    let mut request = Request::get(path).header("host", "localhost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(from) = from {
        request = request.extension(ConnectInfo(from.parse::<SocketAddr>().unwrap()));
    }
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

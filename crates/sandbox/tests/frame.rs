//! The frame around the faces: the ready line, the clock, faults on the wire, counts of calls.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on must stop")]
use netgain_sandbox::{Brand, Options, Running, start};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use std::io::Write;

struct Sandbox {
    running: Running,
    client: Client,
}

impl Sandbox {
    async fn golden() -> Sandbox {
        let options = Options { brand: Brand::Golden, ..Options::default() };
        Sandbox { running: start(options).await.unwrap(), client: Client::new() }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.running.ready.address)
    }

    async fn json(&self, path: &str) -> Value {
        self.client.get(self.url(path)).send().await.unwrap().json().await.unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> Response {
        self.client.post(self.url(path)).json(&body).send().await.unwrap()
    }

    async fn graphql(&self) -> Response {
        let shopify = &self.running.ready.platforms["shopify"];
        self.client
            .post(format!("{}/admin/api/2026-10/graphql.json", shopify.base_url))
            .header("x-shopify-access-token", &shopify.secrets["access_token"])
            .json(&json!({"query": "query Names { orders(first: 5) { nodes { id name } } }"}))
            .send()
            .await
            .unwrap()
    }
}

#[tokio::test]
async fn the_ready_line_says_how_to_connect() {
    let sandbox = Sandbox::golden().await;
    let ready = serde_json::to_value(&sandbox.running.ready).unwrap();
    assert_eq!(ready["ready"], true);
    assert_eq!(ready["platforms"]["shopify"]["fields"]["shop"], "golden");
    assert_eq!(ready["platforms"]["meta_ads"]["fields"]["account_id"], "1234567890");
    assert_eq!(ready["world"]["currency"], "GBP");
    assert_eq!(ready["world"]["from"], "2026-03-10");
    assert!(ready["address"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert_eq!(sandbox.json("/control/ready").await, ready);
}

#[tokio::test]
async fn a_file_of_real_orders_has_no_advertising() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"customer_id date number_of_cds dollar_value\n 00001 19970101 1 11.77\n").unwrap();
    let options = Options { orders: Some(file.path().to_owned()), ..Options::default() };
    let sandbox = Sandbox { running: start(options).await.unwrap(), client: Client::new() };
    assert_eq!(sandbox.running.ready.platforms.keys().collect::<Vec<_>>(), [&"shopify"]);
    let meta = sandbox.client.get(sandbox.url("/meta/v26.0/me")).send().await.unwrap();
    assert_eq!(meta.status(), 404);
}

#[tokio::test]
async fn a_taken_port_is_told_with_its_cure() {
    let sandbox = Sandbox::golden().await;
    let port = sandbox.running.ready.address.rsplit(':').next().unwrap().parse().unwrap();
    let error = start(Options { port, brand: Brand::Golden, ..Options::default() }).await.err().unwrap();
    assert!(error.to_string().contains("choose another port"), "{error}");
}

#[tokio::test]
async fn the_clock_moves_forward_only_and_dates_every_answer() {
    let sandbox = Sandbox::golden().await;
    let first = sandbox.graphql().await;
    assert_eq!(first.headers()["date"], "Tue, 31 Mar 2026 12:00:00 GMT");
    let moved = sandbox.post("/world/clock", json!({"now": "2026-04-02T08:30:00Z"})).await;
    assert_eq!(moved.json::<Value>().await.unwrap()["today"], "2026-04-02");
    assert_eq!(sandbox.graphql().await.headers()["date"], "Thu, 02 Apr 2026 08:30:00 GMT");
    for body in [
        json!({"now": "2026-04-01T00:00:00Z"}),
        json!({}),
        json!({"now": "2027-01-01T00:00:00Z", "advance_days": 1}),
    ] {
        assert_eq!(sandbox.post("/world/clock", body).await.status(), 422);
    }
}

#[tokio::test]
async fn faults_damage_the_wire_and_nothing_else() {
    let sandbox = Sandbox::golden().await;
    let whole = sandbox.graphql().await.text().await.unwrap();
    let rule = |fault: Value| json!({"point": "shopify.graphql", "times": 1, "fault": fault});
    let faults = json!({"rules": [
        rule(json!({"kind": "status", "status": 429, "retry_after": 7, "headers": {"x-why": "test"}, "body": "later"})),
        rule(json!({"kind": "throttled"})),
        rule(json!({"kind": "expired_token"})),
        rule(json!({"kind": "truncate"})),
        rule(json!({"kind": "reset", "after_bytes": 12})),
        rule(json!({"kind": "wrong_type", "path": "data.orders.nodes.*.name"})),
        rule(json!({"kind": "drop_records", "percent": 100})),
    ]});
    assert_eq!(sandbox.post("/control/faults", faults).await.status(), 200);

    let limited = sandbox.graphql().await;
    assert_eq!((limited.status().as_u16(), &limited.headers()["retry-after"]), (429, &"7".parse().unwrap()));
    assert_eq!(limited.headers()["x-why"], "test");
    assert_eq!(limited.text().await.unwrap(), "later");
    let throttled = sandbox.graphql().await;
    assert_eq!(throttled.status(), 200);
    assert_eq!(throttled.json::<Value>().await.unwrap()["errors"][0]["extensions"]["code"], "THROTTLED");
    assert_eq!(sandbox.graphql().await.status(), 401);
    let half = sandbox.graphql().await.text().await.unwrap();
    assert!(whole.starts_with(&half[..20]) && serde_json::from_str::<Value>(&half).is_err());
    let cut = sandbox.graphql().await;
    assert!(cut.content_length().unwrap() > 12 && cut.text().await.is_err());
    let wrong: Value = sandbox.graphql().await.json().await.unwrap();
    assert_eq!(wrong["data"]["orders"]["nodes"][0]["name"], json!({"unexpected": true}));
    let dropped: Value = sandbox.graphql().await.json().await.unwrap();
    assert_eq!(dropped["data"]["orders"]["nodes"], json!([]));

    let nodes = |text: &str| serde_json::from_str::<Value>(text).unwrap()["data"].clone();
    assert_eq!(nodes(&sandbox.graphql().await.text().await.unwrap()), nodes(&whole));
    let rules = sandbox.json("/control/faults").await;
    assert!(rules["rules"].as_array().unwrap().iter().all(|rule| rule["fired"] == 1), "{rules}");
    let calls = sandbox.json("/control/calls").await;
    assert_eq!(calls["total"], 9);
    let count = |operation: &str, status: u64| -> u64 {
        let all = calls["calls"].as_array().unwrap().iter();
        let mine = all.filter(|call| call["operation"] == operation && call["status"] == status);
        mine.map(|call| call["count"].as_u64().unwrap()).sum()
    };
    assert_eq!(count("fault", 429), 1);
    assert_eq!(count("orders", 200), 6, "{calls}");
}

#[tokio::test]
async fn fault_rules_come_from_a_yaml_file_too() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(
        file,
        "rules:\n  - point: shopify.*\n    every: 2\n    fault:\n      kind: status\n      status: 503\n"
    )
    .unwrap();
    let options =
        Options { brand: Brand::Golden, faults: Some(file.path().to_owned()), ..Options::default() };
    let sandbox = Sandbox { running: start(options).await.unwrap(), client: Client::new() };
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(sandbox.graphql().await.status().as_u16());
    }
    assert_eq!(seen, [200, 503, 200, 503]);
    writeln!(file, "  - point: nonsense").unwrap();
    let options = Options { faults: Some(file.path().to_owned()), ..Options::default() };
    assert!(start(options).await.err().unwrap().to_string().contains("rule 2"));
}

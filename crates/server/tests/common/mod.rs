//! A server over a small shop: three orders (one refunded, one without recorded cost) and an ad campaign.
#![allow(missing_docs, clippy::expect_used)]
#![allow(dead_code, reason = "each test file uses its part")]

pub mod guests;
pub mod place;

use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use netgain_control::{CredentialMode, NewConnection, NewWorkspace, RunId};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, Record, Row, Table, Value, WorkspaceId};
use netgain_profit::{CostBook, Settings, compute_order};
use netgain_server::{
    App, AppOptions, Check, MetricsAccess, Observed, Progress, ProviderInfo, RestatedDays, StartError,
    SyncRunner, router,
};
use netgain_warehouse::{Archive, Batch, Rebuild, Warehouse};
use tower::ServiceExt as _;

pub struct TestApp {
    pub app: App,
    router: axum::Router,
    home: tempfile::TempDir,
    // after what uses it
    _database: place::Forget,
}

pub struct Answer {
    pub status: u16,
    pub text: String,
    headers: HeaderMap,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).expect("a JSON body")
    }

    pub fn ok(&self) -> serde_json::Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    pub fn problem(&self, status: u16, code: &str) -> serde_json::Value {
        let body = self.json();
        assert_eq!((self.status, body["code"].as_str()), (status, Some(code)), "{body}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(body["status"], status);
        body
    }

    pub fn headers(&self, name: &str) -> Vec<String> {
        let all = self.headers.get_all(name).into_iter();
        all.filter_map(|value| value.to_str().ok()).map(ToOwned::to_owned).collect()
    }

    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }
}

impl TestApp {
    pub fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let control = place::control(home.path());
        let workspace: WorkspaceId = "demo".parse().expect("an id");
        let settings =
            Settings::from_json(r#"{"currency":"GBP","time_zone":"Europe/London"}"#).expect("valid");
        let new = NewWorkspace {
            id: workspace.clone(),
            name: "Demo brand".into(),
            currency: settings.currency,
            time_zone: settings.time_zone.to_string(),
            settings: settings.to_json().expect("JSON"),
        };
        control.create_workspace(&new).expect("created");
        let shop = NewConnection {
            id: connection(),
            provider: "shopify".into(),
            name: "The shop".into(),
            base_url: None,
            local: false,
            mode: CredentialMode::Own,
            fields: [("shop".to_owned(), "demo".to_owned())].into(),
        };
        control.create_connection(&workspace, &shop).expect("connected");
        fill(home.path(), &workspace, &settings);
        let options = AppOptions {
            hosts: vec!["shop.example".into()],
            open: true,
            store: Some(place::store(home.path())),
            ..AppOptions::default()
        };
        let runner = Arc::new(Runner::default());
        let app = App::new(Arc::new(control), home.path().to_owned(), runner, options);
        let _database = place::Forget(home.path().to_owned());
        Self { router: router(app.clone()), app, home, _database }
    }

    /// The same installation with somebody who knows its process.
    pub fn observed(&self, observed: Arc<dyn Observed>, metrics: MetricsAccess) -> axum::Router {
        let control = Arc::new(place::control(self.home.path()));
        let store = Some(place::store(self.home.path()));
        let options = AppOptions { metrics, open: true, store, ..AppOptions::default() };
        let runner = Arc::new(Runner::default());
        let home = self.home.path().to_owned();
        router(App::observed(control, home, runner, options, Some(observed)))
    }

    /// Adds a workspace without data.
    pub fn add_workspace(&self, id: &str) {
        self.add_workspace_in(id, "EUR", "Europe/Berlin");
    }

    /// Adds a workspace without data, of that currency and zone.
    pub fn add_workspace_in(&self, id: &str, currency: &str, time_zone: &str) -> Settings {
        let control = place::control(self.home.path());
        let settings = format!(r#"{{"currency":"{currency}","time_zone":"{time_zone}"}}"#);
        let settings = Settings::from_json(&settings).expect("valid");
        let new = NewWorkspace {
            id: id.parse().expect("an id"),
            name: format!("Brand {id}"),
            currency: settings.currency,
            time_zone: settings.time_zone.to_string(),
            settings: settings.to_json().expect("JSON"),
        };
        control.create_workspace(&new).expect("created");
        settings
    }

    /// The facts of a workspace.
    pub fn warehouse(&self, workspace: &str) -> Warehouse {
        place::warehouse(self.home.path(), &workspace.parse().expect("an id"))
    }

    /// Where archives lie, and warehouses that are files.
    pub fn folder(&self) -> std::path::PathBuf {
        self.home.path().join("workspaces")
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[("host", "localhost:8080")], "").await
    }

    pub async fn post(&self, path: &str, body: &str) -> Answer {
        let headers = [("host", "localhost:8080"), ("content-type", "application/json")];
        self.send("POST", path, &headers, body).await
    }

    /// The folder of the installation.
    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        send(&self.router, method, path, headers, body).await
    }
}

/// Asks a router.
pub async fn send(
    router: &axum::Router,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    if !headers.iter().any(|(name, _)| *name == "x-request-id") {
        // one that is drawn would be another in each snapshot
        request = request.header("x-request-id", "of-a-test");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_owned())).expect("a request");
    let response = router.clone().oneshot(request).await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = to_bytes(response.into_body(), 16 << 20).await.expect("a body");
    Answer { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
}

pub fn connection() -> ConnectionId {
    "shop".parse().expect("an id")
}

/// Starts nothing, but remembers what it was asked for.
#[derive(Default)]
struct Runner(Mutex<Vec<ConnectionId>>);

impl SyncRunner for Runner {
    fn start(&self, _: &WorkspaceId, connection: &ConnectionId, _: bool) -> Result<RunId, StartError> {
        let mut running = self.0.lock().expect("not poisoned");
        if running.contains(connection) {
            return Err(StartError::AlreadyRunning(connection.to_string()));
        }
        running.push(connection.clone());
        Ok(RunId("run-1".into()))
    }

    fn progress(&self, _: &WorkspaceId, connection: &ConnectionId) -> Option<Progress> {
        let running = self.0.lock().expect("not poisoned").contains(connection);
        running.then(|| Progress {
            stream: "orders".into(),
            rows: 42,
            fraction: Some(4_200),
            rows_per_second: Some(1_200),
            seconds_left: Some(7),
        })
    }

    fn start_check(&self, w: &WorkspaceId, connection: &ConnectionId, _: bool) -> Result<RunId, StartError> {
        self.start(w, connection, false)
    }

    fn check(&self, _: &WorkspaceId, connection: &ConnectionId) -> Option<Check> {
        let running = self.0.lock().expect("not poisoned").contains(connection);
        running.then(|| Check {
            running,
            heal: true,
            stream: Some("orders".into()),
            started_at: Timestamp::UNIX_EPOCH,
            error: None,
        })
    }

    fn provider_info(&self, id: &str) -> Option<ProviderInfo> {
        let none = RestatedDays::default();
        let (name, category, restated) = match id {
            "shopify" => ("Shopify", "commerce", none),
            "meta_ads" => ("Meta Ads", "advertising", RestatedDays { ads: Some(28), ..none }),
            "klaviyo" => ("Klaviyo", "messaging", RestatedDays { messages: Some(30), ..none }),
            "amazon_sp" => ("Amazon", "commerce", RestatedDays { bookings: Some(3), ..none }),
            _ => return None,
        };
        Some(ProviderInfo { name: name.into(), category: category.into(), restated })
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn dec(text: &str) -> Value {
    Value::Decimal(text.parse().expect("a decimal"))
}

fn time(text: &str) -> Value {
    Value::Time(text.parse().expect("an instant"))
}

fn row(table: Table, id: &str, cells: &[(&str, Value)]) -> Row {
    let mut row = Row::empty(table, id.into());
    for (column, value) in cells {
        row.set(column, value.clone());
    }
    row
}

fn event(order: &str, id: &str, when: &str, action: &str, units: i64, amounts: (&str, &str)) -> Row {
    let cells = [
        ("order_id", text(order)),
        ("line_id", text(&format!("{order}-line"))),
        ("happened_at", time(when)),
        ("reason", text(if action == "order" { "order" } else { "refund" })),
        ("action", text(action)),
        ("kind", text("product")),
        ("quantity", Value::Int(units)),
        ("total_amount", dec(amounts.0)),
        ("tax_amount", dec(amounts.1)),
        ("discount_amount", dec("0")),
        ("currency", text("GBP")),
    ];
    row(Table::SaleEvents, id, &cells)
}

fn order(number: i64, channel: &str, when: &str, total: &str, tax: &str, variant: &str) -> Record {
    let id = format!("gid://shopify/Order/{number}");
    let root = [
        ("name", text(&format!("#{number}"))),
        ("placed_at", time(when)),
        ("channel", text(channel)),
        ("customer_name", text("Ada Example")),
        ("financial_status", text("paid")),
        ("is_test", Value::Bool(false)),
        ("currency", text("GBP")),
        ("taxes_included", Value::Bool(true)),
        ("total_price", dec(total)),
    ];
    let line = [
        ("order_id", text(&id)),
        ("variant_id", text(variant)),
        ("title", text("Linen shirt")),
        ("quantity", Value::Int(2)),
        ("is_gift_card", Value::Bool(false)),
        ("currency", text("GBP")),
    ];
    let fee = [("order_id", text(&id)), ("amount", dec("1.90")), ("currency", text("GBP"))];
    let children = vec![
        row(Table::OrderLines, &format!("{id}-line"), &line),
        event(&id, &format!("{id}-sale"), when, "order", 2, (total, tax)),
        row(Table::PaymentFees, &format!("{id}-fee"), &fee),
    ];
    Record { root: row(Table::Orders, &id, &root), children, version: 1, position: 0 }
}

fn fill(home: &std::path::Path, workspace: &WorkspaceId, settings: &Settings) {
    let warehouse = place::warehouse(home, workspace);
    let archive = Archive::open(&home.join("workspaces"), workspace).expect("opens");
    let commit = |stream: &str, source: &str, connection: ConnectionId, records: Vec<(Record, String)>| {
        let lines: Vec<_> = records.iter().map(|(_, payload)| payload.clone().into()).collect();
        let segment = archive.put_page(&connection, stream, &lines).expect("archived");
        let records = records.into_iter().enumerate();
        let batch = Batch {
            connection,
            source: source.into(),
            stream: stream.into(),
            observed_at: "2026-03-05T08:00:00Z".parse().expect("an instant"),
            records: records.map(|(at, (record, _))| (record, segment.raw_ref(at))).collect(),
            cursor: Some(r#"{"at":"2026-03-05"}"#.into()),
            aside: Default::default(),
        };
        warehouse.commit(&batch).expect("committed");
    };
    let variant = [
        ("product_id", text("p1")),
        ("title", text("M")),
        ("unit_cost", dec("15.40")),
        ("unit_cost_currency", text("GBP")),
    ];
    let variant =
        Record { root: row(Table::Variants, "v1", &variant), children: vec![], version: 1, position: 0 };
    commit("variants", "shopify", connection(), vec![(variant, r#"{"id":"v1","unitCost":15.40}"#.into())]);
    let mut first = order(1001, "web", "2026-03-01T10:00:00Z", "120.10", "20.02", "v1");
    let id = first.root.source_id.clone();
    let refund =
        event(&id, &format!("{id}-back"), "2026-03-03T09:00:00Z", "return", -1, ("-60.05", "-10.01"));
    first.children.push(refund);
    let second = order(1002, "web", "2026-03-02T23:30:00Z", "48.00", "8.00", "v2");
    let third = order(1003, "pos", "2026-03-03T12:00:00Z", "240.00", "40.00", "v1");
    let orders = [(first, "120.10"), (second, "48.00"), (third, "240.00")];
    let payload = |total: &str| format!(r#"{{"total":{total},"currencyCode":"GBP"}}"#);
    let orders = orders.into_iter().map(|(record, total)| (record, payload(total))).collect();
    commit("orders", "shopify", connection(), orders);
    let ad = [
        ("day", Value::Date("2026-03-02".parse().expect("a day"))),
        ("level", text("ad")),
        ("entity_id", text("ad1")),
        ("campaign_id", text("c1")),
        ("campaign_name", text("Spring")),
        ("currency", text("GBP")),
        ("spend", dec("30.00")),
        ("impressions", Value::Int(9_000)),
        ("clicks", Value::Int(120)),
        ("conversions", dec("2")),
        ("conversion_value", dec("168.10")),
        ("provisional", Value::Bool(true)),
    ];
    let ad =
        Record { root: row(Table::AdDays, "ad1@2026-03-02", &ad), children: vec![], version: 1, position: 0 };
    commit("insights", "meta_ads", "ads".parse().expect("an id"), vec![(ad, r#"{"spend":"30.00"}"#.into())]);

    let key = settings.key().expect("a key");
    let stale = warehouse.find_stale_orders(&key).expect("found").next_run(100).expect("read");
    let costs = CostBook::new(warehouse.load_unit_costs().expect("loaded"));
    let facts = warehouse.load_order_facts(&stale).expect("loaded");
    let profits: Vec<_> =
        facts.iter().map(|facts| compute_order(facts, &costs, settings).expect("computed")).collect();
    assert_eq!(profits.len(), 3);
    warehouse.write_profit(&profits, &key).expect("written");
    warehouse.rebuild_daily(Rebuild::Changed, settings.currency).expect("rebuilt");
}

//! Shopify by pages against the emulated shop: faults, limits, nested lists and caps change nothing of what arrives.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use netgain_connector::{
    Clock, Engine, Error, HttpTransport, Limits, Note, Reach, Setup, StreamReport, SystemClock,
};
use netgain_domain::ErrorClass;
use netgain_manifest::Manifest;
use netgain_sandbox::{Brand, Options, Running, start};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use support::{Kept, Secrets, TestClock};

const MANIFEST: &str = include_str!("../../providers/shopify/manifest.yaml");
const STREAMS: [&str; 4] = ["orders", "customers", "products", "variants"];

/// A shop, and an engine connected to it.
struct Rig {
    running: Running,
    manifest: Arc<Manifest>,
    engine: Engine,
}

impl Rig {
    /// `changes` are made to the manifest's text, which always reads by pages.
    async fn new(options: Options, changes: &[(&str, &str)], clock: Arc<dyn Clock>) -> Self {
        let running = start(Options { port: 0, ..options }).await.unwrap();
        let mut text = MANIFEST.to_owned();
        for (old, new) in changes {
            assert!(text.contains(old), "{old}");
            text = text.replace(old, new);
        }
        let mut manifest = Manifest::from_yaml(&text).unwrap();
        manifest.streams.iter_mut().for_each(|stream| stream.first_load = None);
        let manifest = Arc::new(manifest);
        let platform = &running.ready.platforms["shopify"];
        let fields =
            platform.fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let engine = Engine::new(Setup {
            manifest: Arc::clone(&manifest),
            fields,
            base_url: Some(platform.base_url.clone()),
            transport: Arc::new(HttpTransport::new(Reach::Local, Limits::default()).unwrap()),
            secrets: Secrets::new(&[("access_token", &[&platform.secrets["access_token"]])]),
            clock,
            spool: std::env::temp_dir(),
        })
        .unwrap();
        Self { running, manifest, engine }
    }

    async fn golden(changes: &[(&str, &str)]) -> Self {
        let options = Options { brand: Brand::Golden, unlimited: true, ..Options::default() };
        Self::new(options, changes, TestClock::new()).await
    }

    async fn run(&self, stream: &str, cursor: Option<&str>, sink: &Kept) -> Result<StreamReport, Error> {
        self.engine.run(self.manifest.stream(stream).unwrap(), &[], cursor, sink).await
    }

    /// All records of all streams by their id, and the calls it took.
    async fn everything(&self) -> (BTreeMap<String, Value>, u64) {
        let (mut found, mut calls) = (BTreeMap::new(), 0);
        for stream in STREAMS {
            let sink = Kept::default();
            calls += self.run(stream, None, &sink).await.unwrap().calls;
            found.extend(by_id(&sink));
        }
        (found, calls)
    }

    fn faults(&self, rules: Value) {
        self.running.state.faults.clear();
        self.running.state.faults.add(netgain_sandbox::faults::Faults::parse(rules).unwrap());
        self.running.state.calls.clear();
    }

    fn answered(&self) -> u64 {
        self.running.state.calls.list().iter().map(|call| call.count).sum()
    }
}

fn by_id(sink: &Kept) -> BTreeMap<String, Value> {
    sink.records().into_iter().map(|record| (record["id"].as_str().unwrap().to_owned(), record)).collect()
}

/// Pages of two, so that there are many.
const SMALL: [(&str, &str); 2] =
    [("page_size: 50\n", "page_size: 2\n"), ("page_size: 250\n", "page_size: 2\n")];

#[tokio::test]
async fn the_shop_is_the_account() {
    let rig = Rig::golden(&[]).await;
    let sink = Kept::default();
    rig.engine.check(&sink).await.unwrap();
    let accounts = rig.engine.accounts(&sink).await.unwrap();
    assert_eq!((accounts.len(), accounts[0].id.as_str()), (1, "71000000001"));
    let context = &accounts[0].context;
    assert_eq!((context["account.currency"].as_str(), context["account.kind"].as_str()), ("GBP", "shop"));
    assert_eq!(context["account.time_zone"], "Europe/London");
}

#[tokio::test]
async fn faults_change_nothing_of_what_arrives() {
    let rig = Rig::golden(&SMALL).await;
    let (whole, calls) = rig.everything().await;
    assert_eq!((whole.len(), calls), (5 + 1 + 4 + 4, 3 + 1 + 2 + 2));
    let graphql = |when: Value, fault: Value| {
        let mut rule = json!({"point": "shopify.graphql", "fault": fault});
        rule.as_object_mut().unwrap().extend(when.as_object().unwrap().clone());
        rule
    };
    let faults = [
        ("retry-after", json!({"every": 2}), json!({"kind": "status", "status": 429, "retry_after": 2})),
        ("throttled", json!({"every": 2}), json!({"kind": "throttled"})),
        ("throttled as 429", json!({"every": 3}), json!({"kind": "throttled", "status": 429})),
        ("500", json!({"first": 4}), json!({"kind": "status", "status": 500})),
        ("502 with a page", json!({"every": 2}), json!({"kind": "status", "status": 502, "body": "<html>"})),
        ("reset", json!({"every": 2}), json!({"kind": "reset"})),
        ("reset at once", json!({"every": 3}), json!({"kind": "reset", "after_bytes": 0})),
        ("truncated", json!({"every": 2}), json!({"kind": "truncate"})),
        ("expired", json!({"times": 2}), json!({"kind": "expired_token"})),
        ("expired now and then", json!({"every": 3}), json!({"kind": "expired_token"})),
    ];
    for (name, when, fault) in faults {
        rig.faults(json!([graphql(when, fault)]));
        let (found, made) = rig.everything().await;
        assert!(found == whole, "{name}");
        assert!(made > calls && made <= 2 * calls + 4, "{name}: {made} calls in place of {calls}");
        assert_eq!(rig.answered(), made, "{name}: every try counts");
    }
}

#[tokio::test]
async fn all_faults_at_once_are_survived_with_a_bounded_number_of_calls() {
    let rig = Rig::golden(&SMALL).await;
    let (whole, calls) = rig.everything().await;
    let rule = |every: u64, fault: Value| json!({"point": "shopify.graphql", "every": every, "fault": fault});
    rig.faults(json!([
        rule(3, json!({"kind": "status", "status": 429, "retry_after": 1})),
        rule(4, json!({"kind": "throttled"})),
        rule(5, json!({"kind": "status", "status": 503})),
        rule(7, json!({"kind": "reset", "after_bytes": 100})),
        rule(11, json!({"kind": "expired_token"})),
    ]));
    let (found, made) = rig.everything().await;
    assert!(found == whole);
    assert!(made <= 4 * calls, "{made} calls in place of {calls}");
}

#[tokio::test]
async fn a_token_that_stays_refused_asks_for_a_person() {
    let rig = Rig::golden(&[]).await;
    rig.faults(json!([{"point": "shopify.graphql", "fault": {"kind": "expired_token"}}]));
    let error = rig.run("orders", None, &Kept::default()).await.unwrap_err();
    let Error::Refused { class, status, message } = &error else { panic!("{error:?}") };
    assert_eq!((*class, *status), (ErrorClass::AuthRevoked, 401));
    assert!(class.pauses_connection() && message.ends_with("reconnect the shop with a new access token"));
    assert_eq!(rig.answered(), 4);
}

/// Without what says where a list was cut.
fn without_page_info(mut value: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.remove("pageInfo");
                map.values_mut().for_each(strip);
            }
            Value::Array(list) => list.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut value);
    value
}

/// The last days of the demo brand's two years.
const LATE: &str = r#"{"since":"2026-10-30T00:00:00Z"}"#;

fn demo(unlimited: bool) -> Options {
    Options {
        brand: Brand::Demo,
        today: Some("2026-11-01".parse().unwrap()),
        unlimited,
        ..Options::default()
    }
}

#[tokio::test]
async fn long_orders_arrive_whole() {
    let clock = TestClock::new;
    let (whole, cut) = (Kept::default(), Kept::default());
    let rig = Rig::new(demo(true), &[], clock()).await;
    rig.run("orders", Some(LATE), &whole).await.unwrap();
    let short = [
        ("lineItems(first: 30)", "lineItems(first: 1)"),
        ("lineItems(first: 250", "lineItems(first: 2"),
        ("agreements(first: 5)", "agreements(first: 1)"),
        ("sales(first: 30)", "sales(first: 1)"),
        ("sales(first: 250", "sales(first: 2"),
    ];
    let rig = Rig::new(demo(true), &short, clock()).await;
    rig.run("orders", Some(LATE), &cut).await.unwrap();
    let plain = |sink: &Kept| sink.records().into_iter().map(without_page_info).collect::<Vec<_>>();
    let (whole, cut) = (plain(&whole), plain(&cut));
    let longest = |list: &str| {
        whole.iter().map(|order| order[list]["nodes"].as_array().unwrap().len()).max().unwrap_or_default()
    };
    assert!(whole.len() > 20, "{}", whole.len());
    assert!(longest("lineItems") > 2 && longest("agreements") > 1, "there is something to cut");
    assert!(whole == cut);
}

#[tokio::test]
async fn the_cost_budget_is_kept_and_a_page_too_dear_is_made_smaller() {
    let dear = [("page_size: 50\n", "page_size: 200\n")];
    let rig = Rig::new(demo(false), &dear, Arc::new(SystemClock)).await;
    let sink = Kept::default();
    // the bucket is worth two pages and refills in real time, 100 points a second
    let cursor = r#"{"since":"2026-10-28T12:00:00Z"}"#;
    let report = rig.run("orders", Some(cursor), &sink).await.unwrap();
    let notes = sink.notes.lock().unwrap().clone();
    assert!(
        notes.iter().any(|note| matches!(note, Note::Recovered { what, .. } if what.contains("too large"))),
        "{notes:?}"
    );
    let throttled =
        notes.iter().filter(|note| matches!(note, Note::Waiting { why: "rate_limited", .. })).count();
    assert_eq!(throttled, 0, "the platform never had to refuse: {notes:?}");
    assert!(notes.iter().any(|note| matches!(note, Note::Waiting { why: "limits", .. })), "{notes:?}");
    assert!(report.records > 100 && report.calls < 20, "{report:?}");
}

#[tokio::test]
async fn seventy_thousand_orders_are_listed_past_the_platforms_cap() {
    let shared = std::env::var_os("NETGAIN_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let orders = shared.join("data/cdnow/CDNOW_master.txt");
    if !orders.is_file() {
        println!("skipped: NETGAIN_SHARED does not lead to data/cdnow/CDNOW_master.txt");
        return;
    }
    let large = [("page_size: 50\n", "page_size: 250\n")];
    let options = Options { orders: Some(orders), unlimited: true, ..Options::default() };
    let rig = Rig::new(options, &large, TestClock::new()).await;
    let sink = Kept::default();
    let report = rig.run("orders", None, &sink).await.unwrap();
    let orders = by_id(&sink);
    let total: Decimal = orders
        .values()
        .map(|order| {
            order["totalPriceSet"]["shopMoney"]["amount"].as_str().unwrap().parse::<Decimal>().unwrap()
        })
        .sum();
    assert_eq!((orders.len(), total.to_string().as_str()), (69_659, "2500315.63"));
    let again =
        sink.notes.lock().unwrap().iter().filter(|note| matches!(note, Note::Recovered { .. })).count();
    assert_eq!(again, 2, "25,000 at a time");
    assert!(report.calls < 300, "{} calls", report.calls);
}

#[tokio::test]
async fn a_run_that_was_cut_off_reads_the_same_pages_as_one_that_was_not() {
    let rig = Rig::golden(&SMALL).await;
    let pages = |sink: &Kept| {
        let pages = sink.pages.lock().unwrap();
        pages.iter().map(|page| (page.lines.clone(), page.cursor.clone())).collect::<Vec<_>>()
    };
    for stream in STREAMS {
        let whole = Kept::default();
        rig.run(stream, None, &whole).await.unwrap();
        let whole = pages(&whole);
        for cut in 1..whole.len() {
            let (first, rest) = (Kept::default(), Kept::default());
            *first.refuse.lock().unwrap() = Some(cut);
            rig.run(stream, None, &first).await.unwrap_err();
            rig.run(stream, first.cursor().as_deref(), &rest).await.unwrap();
            let found: Vec<_> = pages(&first).into_iter().chain(pages(&rest)).collect();
            assert_eq!(found, whole, "{stream} cut behind page {cut}");
        }
    }

    // the shop does not know the page: the listing is read again from the newest time
    let first = Kept::default();
    *first.refuse.lock().unwrap() = Some(2);
    rig.run("orders", None, &first).await.unwrap_err();
    let mut cursor: Value = serde_json::from_str(&first.cursor().unwrap()).unwrap();
    cursor["reading"]["after"] = json!("bm9uc2Vuc2U=");
    let rest = Kept::default();
    rig.run("orders", Some(&cursor.to_string()), &rest).await.unwrap();
    assert!(matches!(&rest.notes.lock().unwrap()[..], [Note::Recovered { .. }]));
    let mut found = by_id(&first);
    found.extend(by_id(&rest));
    let whole = Kept::default();
    rig.run("orders", None, &whole).await.unwrap();
    assert_eq!((found, rest.cursor()), (by_id(&whole), whole.cursor()));
}

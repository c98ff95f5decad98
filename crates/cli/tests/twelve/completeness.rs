//! What the platforms themselves count or list is what is stored; and when some records are left out of their
//! lists, each of them is found and read again.

use serde_json::{Value, json};

use crate::harness::Connected;
use crate::program::http;
use crate::table::Platform;

impl Connected {
    /// Switches all faults off, whether they came about or not.
    fn stop_faults(&self) {
        http("DELETE", &self.sandbox.ready().address, "/control/faults", None);
    }
}

/// What `reconcile` prints, and its exit code.
fn reconcile(connected: &Connected, more: &[&str]) -> (Value, i32) {
    let mut args = vec!["reconcile", "--workspace", "w", "--json"];
    args.extend(more);
    let output = connected.home.output(&args);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
        panic!("{}", String::from_utf8_lossy(&output.stderr));
    });
    (found["connections"][0]["report"].clone(), output.status.code().unwrap())
}

fn streams(found: &Value) -> &Vec<Value> {
    found["streams"].as_array().unwrap()
}

/// How many records the differences name.
fn named(found: &Value) -> usize {
    let number = |one: &Value, side: &str| one[side].as_str().unwrap().parse::<usize>().unwrap();
    let differences = streams(found).iter().flat_map(|stream| stream["differences"].as_array().unwrap());
    let counts = differences.filter(|one| one["measure"] == "count");
    counts.map(|one| number(one, "theirs") - number(one, "ours")).sum()
}

/// Rows of the tables.
fn rows(connected: &Connected, tables: &[&str]) -> Vec<usize> {
    tables.iter().map(|table| connected.count(&format!("SELECT count(*) FROM {table}"))).collect()
}

/// Reads a platform that leaves records out at these points; the check must name every one that is missing from the
/// tables, and make them whole. `unchecked` are the streams that say why they cannot be checked.
fn is_made_whole(platform: &'static Platform, points: &[&str], tables: &[&str], unchecked: &[&str]) {
    // of a hundred records one in a hundred may be none
    let percent = if platform.id == "postscript" { 5 } else { 1 };
    let whole = Connected::to(platform);
    whole.sync();
    let (found, code) = reconcile(&whole, &[]);
    assert_eq!(code, 0, "{found}");
    for stream in streams(&found) {
        let name = stream["stream"].as_str().unwrap();
        let expected = if unchecked.contains(&name) { "not_checkable" } else { "ok" };
        assert_eq!(stream["state"], expected, "{stream}");
        assert_eq!(stream["note"].is_string(), unchecked.contains(&name), "{stream}");
    }

    let damaged = Connected::to(platform);
    let rules: Vec<Value> = (points.iter())
        .map(|point| json!({"point": point, "fault": {"kind": "drop_records", "percent": percent, "seed": 11}}))
        .collect();
    damaged.sandbox.faults(&json!(rules));
    damaged.sync();
    damaged.stop_faults();
    let (expected, stored) = (rows(&whole, tables), rows(&damaged, tables));
    let missing = expected.iter().sum::<usize>() - stored.iter().sum::<usize>();
    assert!(missing > 0, "nothing was left out: {stored:?}");

    let (found, code) = reconcile(&damaged, &[]);
    assert_eq!(code, 1, "{found}");
    assert_eq!(named(&found), missing, "{found}");
    let (found, code) = reconcile(&damaged, &["--heal"]);
    assert_eq!(code, 0, "{found}");
    assert_eq!(rows(&damaged, tables), expected, "{found}");
    let (found, code) = reconcile(&damaged, &[]);
    assert_eq!((code, named(&found)), (0, 0), "{found}");
}

#[test]
fn hubspot() {
    is_made_whole(
        &crate::hubspot::PLATFORM,
        &["hubspot.search_contacts", "hubspot.search_companies", "hubspot.deals"],
        &["contacts", "companies", "deals"],
        &["deal_stages", "marketing_email_results"],
    );
}

#[test]
fn klaviyo() {
    is_made_whole(
        &crate::klaviyo::PLATFORM,
        &["klaviyo.profiles", "klaviyo.events"],
        &["contacts", "profile_events"],
        &["campaign_results", "flow_days"],
    );
}

#[test]
fn stripe() {
    is_made_whole(
        &crate::stripe::PLATFORM,
        &[
            "stripe.balance_transactions",
            "stripe.payouts",
            "stripe.customers",
            "stripe.invoices",
            "stripe.subscriptions",
        ],
        &["balance_transactions", "payouts", "customers", "invoices", "subscriptions"],
        &["prices", "coupons"],
    );
}

#[test]
fn gohighlevel() {
    is_made_whole(&crate::gohighlevel::PLATFORM, &["gohighlevel.contacts"], &["contacts"], &["pipelines"]);
}

#[test]
fn amazon_sp() {
    is_made_whole(
        &crate::amazon_sp::PLATFORM,
        &["amazon_sp.orders", "amazon_sp.transactions"],
        &["orders", "balance_transactions"],
        &["visits"],
    );
}

#[test]
fn postscript() {
    is_made_whole(&crate::postscript::PLATFORM, &["postscript.subscribers"], &["contacts"], &["keywords"]);
}

/// The days of which one of the rows was left out add up to less than the platform's own report, and are read again.
fn sums_are_made_whole(platform: &'static Platform, point: &str, sums: &str, checked: &[&str]) {
    let whole = Connected::to(platform);
    whole.sync();
    let (found, code) = reconcile(&whole, &[]);
    assert_eq!(code, 0, "{found}");
    let states: Vec<&Value> =
        streams(&found).iter().filter(|stream| stream["state"] != "not_checkable").collect();
    assert!(states.iter().all(|stream| stream["state"] == "ok"), "{found}");
    assert_eq!(states.iter().map(|stream| &stream["stream"]).collect::<Vec<_>>(), checked);
    let spend = |stream: &Value| stream["checks"].as_u64().unwrap();
    assert!(states.iter().all(|stream| spend(stream) > 30), "{found}");

    let damaged = Connected::to(platform);
    let fault = json!({"kind": "drop_records", "percent": 10, "seed": 4});
    damaged.sandbox.faults(&json!([{ "point": point, "fault": fault }]));
    damaged.sync();
    damaged.stop_faults();
    assert_ne!(damaged.home.query(sums), whole.home.query(sums), "nothing was left out");
    let (found, code) = reconcile(&damaged, &[]);
    assert_eq!(code, 1, "{found}");
    let (found, code) = reconcile(&damaged, &["--heal"]);
    assert_eq!(code, 0, "{found}");
    assert_eq!(damaged.home.query(sums), whole.home.query(sums));
}

#[test]
fn google_ads() {
    let sums = "SELECT count(*), sum(spend), sum(impressions), sum(clicks) FROM ad_days";
    sums_are_made_whole(&crate::google_ads::PLATFORM, "google_ads.search_stream", sums, &["campaign_days"]);
}

#[test]
fn triplewhale() {
    let sums = "SELECT level, count(*), sum(spend), sum(clicks), sum(revenue) FROM attribution_days GROUP BY level ORDER BY level";
    sums_are_made_whole(
        &crate::triplewhale::PLATFORM,
        "triplewhale.sql",
        sums,
        &["ad_days", "channel_days", "journeys"],
    );
}

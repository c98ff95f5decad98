//! A platform that fails in every way it is known to: the contents end as if it had not, with a bounded number of
//! calls.

use netgain_sandbox::Options;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Home, Sandbox, assert_same, assert_same_contents, http, order_file};

/// A small shop, since limits and pauses take real time.
fn shop(folder: &TempDir) -> Sandbox {
    let orders = Some(order_file(folder.path(), 1_500));
    Sandbox::start(Options { orders, unlimited: true, ..Options::default() })
}

fn connected(sandbox: &Sandbox, platforms: &[&str]) -> Home {
    let home = Home::new();
    for platform in platforms {
        home.stdout(&sandbox.connect_args(platform, "w"));
    }
    sandbox.calls();
    home
}

/// The home and the calls of a sync that nobody disturbs.
fn undisturbed(sandbox: &Sandbox, platforms: &[&str], sync: &[&str]) -> (Home, u64) {
    let home = connected(sandbox, platforms);
    home.stdout(sync);
    let calls = sandbox.calls();
    (home, calls)
}

/// The home and the calls of a sync under these faults; it must succeed, and every fault must have come about.
fn disturbed(sandbox: &Sandbox, platforms: &[&str], sync: &[&str], rules: &Value) -> (Home, u64) {
    let home = connected(sandbox, platforms);
    sandbox.faults(rules);
    home.stdout(sync);
    let calls = sandbox.calls();
    for rule in sandbox.get("/control/faults")["rules"].as_array().unwrap() {
        assert!(rule["fired"].as_u64().unwrap() > 0, "never came about: {rule}");
    }
    (home, calls)
}

fn assert_withstands(sandbox: &Sandbox, platforms: &[&str], sync: &[&str], rules: &Value) {
    let (expected, few) = undisturbed(sandbox, platforms, sync);
    let (found, many) = disturbed(sandbox, platforms, sync, rules);
    assert_same(&found.digest(), &expected.digest());
    assert!(many <= 2 * few + 30, "{many} calls instead of {few}");
}

#[test]
fn paging_withstands_limits_failures_and_cut_answers() {
    let folder = TempDir::new().unwrap();
    let rules = json!({"rules": [
        {"point": "shopify.graphql", "after": 3, "first": 1, "fault": {"kind": "status", "status": 429, "retry_after": 1}},
        {"point": "shopify.graphql", "after": 6, "first": 2, "fault": {"kind": "throttled"}},
        {"point": "shopify.graphql", "after": 12, "first": 3, "fault": {"kind": "status", "status": 500}},
        {"point": "shopify.graphql", "after": 20, "first": 2, "fault": {"kind": "reset", "after_bytes": 700}},
        {"point": "shopify.graphql", "after": 28, "first": 1, "fault": {"kind": "truncate"}},
    ]});
    assert_withstands(&shop(&folder), &["shopify"], &["sync", "--workspace", "w", "--paged"], &rules);
}

#[test]
fn bulk_withstands_failed_and_partial_operations_and_cut_files() {
    let folder = TempDir::new().unwrap();
    let rules = json!({"rules": [
        {"point": "shopify.bulk", "times": 1, "fault": {"kind": "bulk_fail"}},
        {"point": "shopify.bulk", "after": 1, "times": 1, "fault": {"kind": "bulk_partial"}},
        {"point": "shopify.download", "first": 1, "fault": {"kind": "reset", "after_bytes": 40_000}},
        {"point": "shopify.graphql", "after": 2, "first": 2, "fault": {"kind": "status", "status": 502}},
    ]});
    assert_withstands(&shop(&folder), &["shopify"], &["sync", "--workspace", "w"], &rules);
}

#[test]
fn report_runs_withstand_limits_and_failed_jobs() {
    let sandbox = Sandbox::start(Options { brand: netgain_sandbox::Brand::Golden, ..Options::default() });
    let rules = json!({"rules": [
        {"point": "meta.insights_create", "times": 1, "fault": {"kind": "job_failed"}},
        {"point": "meta.insights_create", "after": 3, "first": 1, "fault": {"kind": "status", "status": 500}},
        {"point": "meta.run", "after": 4, "first": 2, "fault": {"kind": "status", "status": 503}},
        {"point": "meta.run_insights", "after": 5, "first": 1, "fault": {"kind": "reset", "after_bytes": 20}},
        {"point": "meta.campaigns", "first": 1, "fault": {"kind": "empty_page"}},
        {"point": "meta.ads", "first": 1, "fault": {"kind": "status", "status": 429, "retry_after": 1}},
    ]});
    assert_withstands(&sandbox, &["shopify", "meta_ads"], &["sync", "--workspace", "w"], &rules);
}

#[test]
fn records_that_cannot_be_read_are_set_aside_visibly_and_come_in_later() {
    let folder = TempDir::new().unwrap();
    let sandbox = shop(&folder);
    let (expected, _) = undisturbed(&sandbox, &["shopify"], &["sync", "--workspace", "w", "--paged"]);

    let home = connected(&sandbox, &["shopify"]);
    let point = json!({"point": "shopify.graphql", "after": 5, "first": 1,
        "fault": {"kind": "wrong_type", "path": "data.orders.nodes.*.name"}});
    sandbox.faults(&json!({"rules": [point]}));
    let report = home.json(&["sync", "--workspace", "w", "--paged", "--json"]);
    let connection = &report["connections"][0];
    let count = connection["quarantined"].as_u64().unwrap();
    assert!(connection["ok"] == true && count > 0, "{report}");
    let first = &connection["report"]["quarantine"][0];
    assert!(first["path"].as_str().unwrap().contains("name"), "{first}");
    let raw_ref = first["raw_ref"].as_str().unwrap();
    let archive =
        netgain_warehouse::Archive::open(&home.path().join("workspaces"), &"w".parse().unwrap()).unwrap();
    assert!(archive.get(raw_ref).unwrap().starts_with(b"{"), "what was set aside is kept");
    let stored = home.query("SELECT count(*) FROM orders")[0].to_string();
    assert_eq!(stored.replace(['"', '[', ']'], "").parse::<u64>().unwrap(), 1_500 - count);

    http("DELETE", &sandbox.ready().address, "/control/faults", None);
    home.stdout(&["sync", "--workspace", "w", "--paged", "--full"]);
    assert_same_contents(&home.contents(), &expected.contents());
}

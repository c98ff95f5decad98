//! A platform that leaves records out of its lists without a word: the check names every day that is not whole, and
//! reads again just those.

use netgain_sandbox::Options;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Home, Sandbox, assert_same, http, order_file};

const SYNC: [&str; 4] = ["sync", "--workspace", "w", "--paged"];

/// What `reconcile` prints, and its exit code.
fn reconcile(home: &Home, more: &[&str]) -> (Value, i32) {
    let mut args = vec!["reconcile", "--workspace", "w", "--json"];
    args.extend(more);
    let output = home.output(&args);
    let found = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
        panic!("{}", String::from_utf8_lossy(&output.stderr));
    });
    (found, output.status.code().unwrap())
}

fn stream<'a>(found: &'a Value, connection: usize, name: &str) -> &'a Value {
    let streams = found["connections"][connection]["report"]["streams"].as_array().unwrap();
    streams.iter().find(|stream| stream["stream"] == name).unwrap()
}

fn stop_faults(sandbox: &Sandbox) {
    http("DELETE", &sandbox.ready().address, "/control/faults", None);
}

#[test]
fn every_order_that_a_list_left_out_is_found_and_read_again() {
    let folder = TempDir::new().unwrap();
    let orders = Some(order_file(folder.path(), 3_000));
    let sandbox = Sandbox::start(Options { orders, unlimited: true, ..Options::default() });
    let whole = Home::new();
    whole.stdout(&sandbox.connect_args("shopify", "w"));
    whole.stdout(&SYNC);
    let (found, code) = reconcile(&whole, &[]);
    assert_eq!((code, &found["differences_left"]), (0, &json!(0)), "{found}");
    let checked = stream(&found, 0, "orders");
    assert_eq!((&checked["ours"], &checked["theirs"]), (&json!(3_000), &json!(3_000)), "{checked}");

    let home = Home::new();
    home.stdout(&sandbox.connect_args("shopify", "w"));
    sandbox.faults(
        &json!([{"point": "shopify.graphql", "fault": {"kind": "drop_records", "percent": 1, "seed": 5}}]),
    );
    home.stdout(&SYNC);
    let stored = home.query("SELECT count(*) FROM orders")[0][0].as_u64().unwrap();
    let missing = 3_000 - stored;
    assert!((10..=60).contains(&missing), "{missing} orders were left out");

    // every one is named by its day
    let (found, code) = reconcile(&home, &[]);
    assert_eq!(code, 1);
    let named: u64 = stream(&found, 0, "orders")["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            assert!(one["day"].is_string() && one["day"] == one["until_day"], "{one}");
            let number = |side: &str| one[side].as_str().unwrap().parse::<u64>().unwrap();
            number("theirs") - number("ours")
        })
        .sum();
    assert_eq!(named, missing);

    // while the platform leaves them out, healing says what is left and pretends nothing
    let (found, code) = reconcile(&home, &["--heal"]);
    assert_eq!(code, 1);
    assert!(found["differences_left"].as_u64().unwrap() > 0, "{found}");

    stop_faults(&sandbox);
    sandbox.calls();
    let (found, code) = reconcile(&home, &["--heal"]);
    let calls = sandbox.calls();
    assert_eq!((code, &found["differences_left"]), (0, &json!(0)), "{found}");
    assert_eq!(stream(&found, 0, "orders")["state"], "healed");
    assert!(calls < 1_200, "{calls} calls for {missing} orders");
    let sums = "SELECT count(*), sum(total_price), sum(total_refunded) FROM orders";
    assert_eq!(home.query(sums), whole.query(sums));
    let profit = "SELECT count(*), sum(net_sales) FROM order_profit";
    assert_eq!(home.query(profit), whole.query(profit));

    // what was healed is replayed as well
    let before = home.digest();
    home.stdout(&["replay", "--workspace", "w", "--connection", "shopify"]);
    assert_same(&home.digest(), &before);
}

#[test]
fn every_day_of_ads_that_does_not_add_up_is_found_and_read_again() {
    let sandbox = Sandbox::start(Options { unlimited: true, ..Options::default() });
    let home = Home::new();
    home.stdout(&sandbox.connect_args("meta_ads", "w"));
    sandbox.faults(
        &json!([{"point": "meta.run_insights", "fault": {"kind": "drop_records", "percent": 1, "seed": 2}}]),
    );
    home.stdout(&SYNC);
    let rows =
        |home: &Home| home.query("SELECT count(*), sum(spend), sum(impressions), sum(clicks) FROM ad_days");
    let damaged = rows(&home);
    stop_faults(&sandbox);
    let whole = Home::new();
    whole.stdout(&sandbox.connect_args("meta_ads", "w"));
    whole.stdout(&SYNC);
    assert_ne!(damaged, rows(&whole), "nothing was left out");

    let (found, code) = reconcile(&home, &[]);
    assert_eq!(code, 1, "{found}");
    let (found, code) = reconcile(&home, &["--heal"]);
    assert_eq!((code, &found["differences_left"]), (0, &json!(0)), "{found}");
    let insights = stream(&found, 0, "insights");
    assert_eq!(insights["state"], "healed");
    assert!(
        insights["differences"].as_array().unwrap().iter().all(|one| one["state"] == "healed"),
        "{insights}"
    );
    assert_eq!(rows(&home), rows(&whole));
    assert_eq!(stream(&found, 0, "campaigns")["state"], "not_checkable");
    // nothing is left to do
    let (found, code) = reconcile(&home, &["--heal"]);
    assert_eq!((code, &stream(&found, 0, "insights")["state"]), (0, &json!("ok")), "{found}");
}

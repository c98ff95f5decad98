//! The canonical rows made again from the raw archive alone, while no platform can be reached.

use std::process::Stdio;
use std::time::Duration;

use netgain_sandbox::{Brand, Options};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{Home, Killed, Sandbox, assert_same, http, order_file};

/// A shop and its ads, read twice with a day between.
fn synced(mode: &[&str]) -> Home {
    let sandbox = Sandbox::start(Options { brand: Brand::Golden, unlimited: true, ..Options::default() });
    read_twice(&sandbox, &["shopify", "meta_ads"], mode)
}

/// A shop with some thousand orders.
fn larger_shop() -> Home {
    let folder = TempDir::new().unwrap();
    let orders = Some(order_file(folder.path(), 3_000));
    let sandbox = Sandbox::start(Options { orders, unlimited: true, ..Options::default() });
    read_twice(&sandbox, &["shopify"], &["--paged"])
}

fn read_twice(sandbox: &Sandbox, platforms: &[&str], mode: &[&str]) -> Home {
    let home = Home::new();
    let sync: Vec<&str> = ["sync", "--workspace", "w"].iter().chain(mode).copied().collect();
    for platform in platforms {
        home.stdout(&sandbox.connect_args(platform, "w"));
    }
    home.stdout(&sync);
    http("POST", &sandbox.ready().address, "/world/clock", Some(&json!({"advance_days": 1})));
    home.stdout(&sync);
    home
}

fn replay(home: &Home, connection: &str) -> serde_json::Value {
    home.json(&["replay", "--workspace", "w", "--connection", connection, "--json"])["report"].clone()
}

#[test]
fn a_replay_gives_the_rows_that_the_syncs_gave() {
    for mode in [&[][..], &["--paged"][..]] {
        let home = synced(mode);
        let expected = home.digest();
        for connection in ["shopify", "meta-ads"] {
            let report = replay(&home, connection);
            assert_eq!(report["rows"], report["rows_before"], "{report}");
            assert!(report["rows"].as_u64().unwrap() > 0, "{report}");
            for stream in report["streams"].as_array().unwrap() {
                assert_eq!(stream["segments_without_account"], 0, "{stream}");
            }
            assert_same(&home.digest(), &expected);
        }
        // one stream alone
        home.stdout(&["replay", "--workspace", "w", "--connection", "shopify", "--stream", "variants"]);
        assert_same(&home.digest(), &expected);
    }
}

#[test]
fn a_replay_that_is_killed_has_changed_nothing_or_all() {
    let home = larger_shop();
    let expected = home.digest();
    for millis in [15, 40, 80, 160, 320] {
        let args = ["replay", "--workspace", "w", "--connection", "shopify"];
        let child = home.command(&args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut child = Killed(child);
        std::thread::sleep(Duration::from_millis(millis));
        child.kill();
    }
    replay(&home, "shopify");
    assert_same(&home.digest(), &expected);
}

#[test]
fn a_warehouse_that_is_lost_comes_back_from_the_archive() {
    let home = synced(&["--paged"]);
    let expected = home.digest();
    std::fs::remove_file(home.path().join("workspaces/w/facts.duckdb")).unwrap();
    for connection in ["shopify", "meta-ads"] {
        replay(&home, connection);
    }
    assert_same(&home.digest(), &expected);
}

#[test]
fn a_stream_that_does_not_exist_is_named_with_those_that_do() {
    let home = larger_shop();
    let output = home.output(&["replay", "--workspace", "w", "--connection", "shopify", "--stream", "order"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("`order`") && said.contains("orders, customers"), "{said}");
}

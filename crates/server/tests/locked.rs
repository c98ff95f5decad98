//! A workspace that another process has open is listed, and hides no other.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use common::TestApp;
use netgain_warehouse::{Options, Warehouse};

const CHILD: &str = "NETGAIN_TEST_LOCKING_CHILD";

/// Not a test of its own: the process that has the workspace open, until its input ends.
#[test]
#[ignore = "run by the other test, in a process of its own"]
fn child() {
    if let Some(folder) = std::env::var_os(CHILD) {
        let _open = Warehouse::open(&folder, &"busy".parse().unwrap(), Options::default()).unwrap();
        println!("\nopen");
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_workspace_is_listed_as_such() {
    if netgain_testkit::stores_are_databases() {
        println!("skipped: a database is open to many processes at once");
        return;
    }
    let app = TestApp::new();
    app.add_workspace("busy");
    let mut other = Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--ignored", "--nocapture"])
        .env(CHILD, app.folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(other.stdout.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap() == "open"), "the other process opened it");

    let listed = app.get("/api/v1/workspaces").await.ok();
    let state = |listed: &serde_json::Value, at: usize| {
        let one = &listed["workspaces"][at];
        (one["id"].clone(), one["state"].clone(), one["last_day"].is_null())
    };
    assert_eq!(state(&listed, 0), ("busy".into(), "locked".into(), true));
    assert_eq!(state(&listed, 1), ("demo".into(), "ready".into(), false));
    assert_eq!(app.get("/api/v1/workspaces/busy").await.ok()["state"], "locked");
    app.get("/api/v1/workspaces/busy/profit").await.problem(409, "workspace_locked");

    drop(other.stdin.take());
    other.wait().unwrap();
    let listed = app.get("/api/v1/workspaces").await.ok();
    assert_eq!(state(&listed, 0), ("busy".into(), "ready".into(), true));
}

//! Data whose time is over is deleted, also by one who is killed on the way; figures stay, and what is gone says so.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::privacy::{copied, figures, filled};
use crate::program::{Home, Killed, assert_same};

/// The objects of the raw archive, and what the marks of deleted ones say.
fn archive(home: &Home) -> BTreeSet<(PathBuf, String)> {
    let root = home.path().join("workspaces/w/raw");
    let (mut found, mut folders) = (BTreeSet::new(), vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            // what a killed process has left half written goes with a later daily check
            if path.to_string_lossy().contains('#') {
                continue;
            }
            let said = match path.extension().is_some_and(|end| end == "retired") {
                true => std::fs::read_to_string(&path).unwrap(),
                false => String::new(),
            };
            found.insert((path.strip_prefix(&root).unwrap().to_owned(), said));
        }
    }
    found
}

/// What the platform sent of an order, and why it is not there.
fn payloads(home: &Home, order: &str) -> Vec<Value> {
    let told = home.json(&["explain", "order", order, "--workspace", "w", "--raw", "--json"]);
    told["raw"].as_array().unwrap().clone()
}

#[test]
fn what_is_too_old_is_deleted_and_figures_stay() {
    let (sandbox, home) = filled();
    // a second run of each connection: the newest stays
    home.stdout(&["sync", "--workspace", "w"]);
    let before = figures(&home);
    let digest = home.digest();
    let order =
        home.query("SELECT name FROM orders ORDER BY placed_at LIMIT 1")[0][0].as_str().unwrap().to_owned();
    assert!(payloads(&home, &order).iter().any(|one| one["payload"].is_object()));

    let retention = ["privacy", "retention", "--workspace", "w", "--json"];
    let all = json!({ "raw": null, "inbox": null, "runs": null });
    assert_eq!(home.json(&retention)["days"], all, "nothing is deleted unasked");
    for wrong in ["raw=0", "raw=x", "audit=3", "raw"] {
        let output = home.output(&[&retention[..], &["--keep", wrong]].concat());
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
    let kept = home
        .json(&[&retention[..], &["--keep", "raw=30", "--keep", "runs=30", "--keep", "inbox=7"]].concat());
    assert_eq!(kept["days"], json!({ "raw": 30, "inbox": 7, "runs": 30 }));
    let none = home.json(&[&retention[..], &["--apply"]].concat());
    assert_eq!(none["deleted"], json!({ "segments": 0, "events": 0, "runs": 0, "busy": 0 }));

    // many days later
    let late = [&retention[..], &["--apply", "--on", "2030-01-01"]].concat();
    let killed = Home::at(home.path().with_extension("killed")).hurried(20_000);
    copied(home.path(), killed.path());
    let done = home.json(&late);
    let segments = done["deleted"]["segments"].as_u64().unwrap();
    assert!(segments > 3 && done["deleted"]["runs"].as_u64().unwrap() > 0, "{done}");
    assert_eq!(home.json(&late)["deleted"], json!({ "segments": 0, "events": 0, "runs": 0, "busy": 0 }));
    let marks = |home: &Home| archive(home).iter().filter(|(_, said)| !said.is_empty()).count() as u64;
    assert_eq!(marks(&home), segments);

    // killed at each mark in turn, as long as it lasts
    let mut cut = 0;
    for wanted in [1, 2, segments / 2, segments] {
        let child = killed.command(&late).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut child = Killed(child);
        while child.0.try_wait().unwrap().is_none() {
            if marks(&killed) >= wanted {
                cut += 1;
                break;
            }
        }
        child.kill();
    }
    println!("{cut} calls were cut");
    assert!(cut > 0, "none was cut");
    killed.json(&late);
    assert_eq!(archive(&killed), archive(&home));

    for one in [&home, &killed] {
        assert_eq!(figures(one), before);
        assert_same(&one.digest(), &digest);
        let told = payloads(one, &order);
        let missing = |one: &Value| one["missing"].as_str().unwrap_or_default().to_owned();
        assert!(!told.is_empty() && told.iter().all(|one| one["payload"].is_null()), "{told:?}");
        assert!(told.iter().all(|one| missing(one).contains("retention")), "{told:?}");
    }
    std::fs::remove_dir_all(killed.path()).unwrap();
    // a replay leaves what it cannot make again, and says so
    let told = home.stdout(&["replay", "--workspace", "w", "--connection", "shopify"]);
    assert!(told.contains("retention ended"), "{told}");
    assert_eq!(figures(&home), before);
    assert_same(&home.digest(), &digest);
    let verified = home.output(&["audit", "verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    // reading goes on, and what the platform still has comes back
    home.stdout(&["sync", "--workspace", "w", "--full"]);
    assert_eq!(figures(&home), before);
    assert!(payloads(&home, &order).iter().any(|one| one["payload"].is_object()));
    drop(sandbox);
}

//! What every platform's test does: connect, sync, look at the rows.

use std::collections::BTreeMap;

use netgain_sandbox::Options;
use serde_json::{Value, json};

use crate::program::{Home, Sandbox, http};

/// A sandbox without limits whose demo brand has reached 21 November 2026.
pub fn sandbox() -> Sandbox {
    Sandbox::start(Options {
        seed: 3,
        today: Some("2026-11-21".parse().unwrap()),
        unlimited: true,
        ..Options::default()
    })
}

/// An installation that is connected to a platform.
pub fn connected(sandbox: &Sandbox, platform: &str) -> Home {
    let home = Home::new();
    home.stdout(&sandbox.connect_args(platform, "w"));
    home
}

/// An installation that is connected with another value of one secret.
pub fn connected_with(sandbox: &Sandbox, platform: &str, secret: &str, value: &str) -> Home {
    let home = Home::new();
    let name = format!("{secret}=");
    let args: Vec<String> = (sandbox.connect_args(platform, "w").into_iter())
        .map(|arg| if arg.starts_with(&name) { format!("{name}{value}") } else { arg })
        .collect();
    home.stdout(&args);
    home
}

/// Records, rows, new, changed and unchanged of each stream of a sync that must succeed.
pub fn sync(home: &Home) -> BTreeMap<String, Value> {
    let report = home.json(&["sync", "--workspace", "w", "--json"]);
    let connection = &report["connections"][0];
    assert_eq!(connection["ok"], true, "{report}");
    let streams = connection["report"]["streams"].as_array().unwrap();
    streams.iter().map(|stream| (stream["stream"].as_str().unwrap().to_owned(), stream.clone())).collect()
}

/// What a sync that must fail says on its error output.
pub fn sync_refused(home: &Home) -> String {
    let output = home.output(&["sync", "--workspace", "w"]);
    assert!(!output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

/// A figure over all streams.
pub fn all(streams: &BTreeMap<String, Value>, figure: &str) -> u64 {
    streams.values().map(|stream| stream[figure].as_u64().unwrap()).sum()
}

/// A figure of one stream.
pub fn one(streams: &BTreeMap<String, Value>, stream: &str, figure: &str) -> u64 {
    streams[stream][figure].as_u64().unwrap()
}

/// Lets days pass in the sandbox.
pub fn advance(sandbox: &Sandbox, days: u16) {
    http("POST", &sandbox.ready().address, "/world/advance", Some(&json!({ "days": days })));
}

/// The one value of a query, as a number of hundredths where it is an amount.
pub fn value(home: &Home, sql: &str) -> String {
    let text = home.query(sql)[0].to_string();
    let value = text.rsplit(':').next().unwrap_or("");
    value.replace(['"', '[', ']', '{', '}'], "")
}

/// An amount in hundredths.
pub fn hundredths(home: &Home, sql: &str) -> i64 {
    let text = value(home, sql);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = format!("{}{:0<2.2}", whole.trim_start_matches('-'), fraction);
    digits.parse::<i64>().unwrap_or_else(|_| panic!("{sql}: {text}"))
        * if text.starts_with('-') { -1 } else { 1 }
}

/// Switches all faults off.
pub fn clear_faults(sandbox: &Sandbox) {
    http("DELETE", &sandbox.ready().address, "/control/faults", None);
}

/// That every fault came about.
pub fn assert_fired(sandbox: &Sandbox) {
    for rule in sandbox.get("/control/faults")["rules"].as_array().unwrap() {
        assert!(rule["fired"].as_u64().unwrap() > 0, "never came about: {rule}");
    }
}

//! Webhooks that come to several nodes: each event is kept by whoever takes it and applied by one, also when that one is
//! killed.

use std::collections::BTreeSet;
use std::time::Instant;

use netgain_sandbox::Options;
use serde_json::{Value, json};

use super::cluster::{Cluster, Node, wait_for};
use super::spread::Spread;
use crate::support::{Home, Sandbox, http};

const WORKSPACE: &str = "w";

fn numbers(cluster: &Cluster, sql: &str) -> Vec<u64> {
    cluster.database.psql(sql).split(['|', '\n']).filter_map(|cell| cell.parse().ok()).collect()
}

/// Events that wait, and those that were applied or needed nothing.
fn inbox(cluster: &Cluster) -> (u64, u64) {
    let counts = numbers(
        cluster,
        "SELECT count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state IN ('done', 'ignored')) \
         FROM netgain_control.webhook_events",
    );
    (counts[0], counts[1])
}

/// The process that applies events at this moment.
fn applying(cluster: &Cluster) -> Option<u32> {
    let holder = cluster.database.psql(
        "SELECT holder FROM netgain_control.leases WHERE kind = 'inbox' \
         AND expires_at > extract(epoch FROM clock_timestamp()) * 1000000",
    );
    holder.split_once('-')?.0.parse().ok()
}

#[test]
fn events_that_come_to_several_nodes_are_applied_once_also_when_one_is_killed() {
    let Some(cluster) = Cluster::new() else { return };
    let sandbox = Sandbox::start(Options {
        seed: 3,
        today: Some("2026-11-21".parse().unwrap()),
        days: Some(20),
        unlimited: true,
        ..Options::default()
    });
    let operator = cluster.home();
    cluster.connect(&operator, &sandbox, "shopify", WORKSPACE);
    cluster.stdout(&operator, &["sync", "--workspace", WORKSPACE]);
    let spread = Spread::start();
    let mut nodes: Vec<Node> =
        (0..3).map(|_| Node::start(&cluster, &["--no-schedule", "--public-url", &spread.address])).collect();
    spread.to(nodes.iter().map(|node| &node.address));
    let known = || {
        let all = sandbox.get("/control/webhooks")["registrations"].clone();
        let known = all.as_array().unwrap().iter().filter(|one| one["forgotten"] == false);
        known.map(|one| one["topics"].to_string()).collect::<Vec<String>>()
    };
    wait_for("the registration", || (known().len() >= 10).then_some(()));

    // a day of news, and news of everything there is, each twice, while the platform is slow
    sandbox.faults(&json!([{"point": "shopify*", "fault": {"kind": "slow", "ms": 150}}]));
    http("POST", &sandbox.ready().address, "/world/advance", Some(&json!({ "days": 1 })));
    let orders = cluster
        .database
        .psql(&format!("SELECT source_id FROM netgain_facts.orders WHERE workspace_id = '{WORKSPACE}'"));
    let orders: Vec<&str> = orders.lines().collect();
    let event = json!({"face": "shopify", "topic": "orders/updated", "objects": orders, "duplicate": 1});
    let address = sandbox.ready().address.clone();
    let burst = std::thread::spawn(move || http("POST", &address, "/control/webhooks/send", Some(&event)));
    let pid = wait_for("events in work", || {
        let (waiting, done) = inbox(&cluster);
        applying(&cluster).filter(|_| waiting > 20 && done > 0)
    });
    let (waited, before) = inbox(&cluster);
    let at = nodes.iter().position(|node| node.pid() == pid).unwrap();
    let killed = Instant::now();
    nodes.remove(at).child.kill();
    spread.to(nodes.iter().map(|node| &node.address));
    let next = wait_for("another's turn", || applying(&cluster).filter(|next| *next != pid));
    println!(
        "{waited} events waited and {before} were applied; another node went on after {:.1} s",
        killed.elapsed().as_secs_f32()
    );
    assert!(nodes.iter().any(|node| node.pid() == next));

    // what was acknowledged is kept, once
    let sent = burst.join().unwrap()["deliveries"].as_array().unwrap().clone();
    let taken: BTreeSet<String> =
        sent.iter().filter(|one| one["status"] == 200).map(|one| one["event"].to_string()).collect();
    assert!(taken.len() > orders.len() / 2, "{} of {}", taken.len(), orders.len());
    http("DELETE", &sandbox.ready().address, "/control/faults", None);
    let settled = std::cell::Cell::new(0);
    wait_for("the end of the news", || {
        let acknowledged =
            sandbox.get("/control/webhooks")["counts"]["shopify"]["acknowledged"].as_u64().unwrap();
        std::thread::sleep(std::time::Duration::from_secs(2));
        (settled.replace(acknowledged) == acknowledged && inbox(&cluster).0 == 0).then_some(())
    });
    let (_, done) = inbox(&cluster);
    assert!(done >= taken.len() as u64, "{done} were applied, {} were acknowledged", taken.len());
    let dead = numbers(&cluster, "SELECT count(*) FROM netgain_control.webhook_events WHERE state = 'dead'");
    assert_eq!(dead, [0]);
    // three nodes looked after the registrations, and made each once
    let topics: BTreeSet<String> = known().into_iter().collect();
    assert_eq!(topics.len(), known().len(), "{:?}", known());
    drop(nodes);

    // and the facts are those that a program of its own reads
    let rows = "SELECT string_agg(source_id || ' ' || content_hash, chr(10) ORDER BY source_id) FROM orders";
    let found = cluster.stdout(&operator, &["query", "--workspace", WORKSPACE, rows, "--json"]);
    let found: Value = serde_json::from_str(&found).unwrap();
    let fresh = Home::new();
    fresh.stdout(&sandbox.connect_args("shopify", WORKSPACE));
    fresh.stdout(&["sync", "--workspace", WORKSPACE]);
    let lines = |rows: &Value| {
        let text = rows[0][0].as_str().unwrap().to_owned();
        text.lines().map(str::to_owned).collect::<BTreeSet<String>>()
    };
    let (found, expected) = (lines(&found["rows"]), lines(&fresh.query(rows)));
    let differing: Vec<_> = found.symmetric_difference(&expected).take(4).collect();
    assert!(differing.is_empty() && expected.len() > orders.len(), "{differing:?}");
}

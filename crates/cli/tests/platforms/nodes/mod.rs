//! Three nodes on one PostgreSQL: work is shared, one of them is killed, and nothing is lost or done twice.

mod cluster;
mod hooks;
mod spread;

use std::time::Instant;

use netgain_sandbox::Options;
use netgain_sandbox::options::MetaOptions;
use netgain_warehouse::TableDigest;
use serde_json::json;

use crate::support::{Home, Sandbox, assert_same};
use cluster::{Cluster, Node, Run, by_process, wait_for};

const WORKSPACES: [&str; 3] = ["ash", "birch", "cedar"];
const PLATFORMS: [&str; 3] = ["shopify", "meta_ads", "stripe"];
/// The connections that come of them.
const CONNECTIONS: [&str; 3] = ["shopify", "meta-ads", "stripe"];

/// A small shop whose payments are listed a few at a time, and slowly, so that there is time to kill somebody.
fn shop() -> Sandbox {
    let sandbox = Sandbox::start(Options {
        seed: 3,
        today: Some("2026-11-21".parse().unwrap()),
        days: Some(20),
        page_cap: Some(20),
        unlimited: true,
        meta: MetaOptions { job_ms: 0, ..MetaOptions::default() },
        ..Options::default()
    });
    sandbox.faults(&json!([{"point": "stripe*", "fault": {"kind": "slow", "ms": 200}}]));
    sandbox
}

/// What one program with files of its own reads of the same shop, undisturbed.
fn undisturbed_of(sandbox: &Sandbox, workspace: &str, platforms: &[&str]) -> Vec<TableDigest> {
    let home = Home::new().hurried(20_000);
    for platform in platforms {
        home.stdout(&sandbox.connect_args(platform, workspace));
    }
    home.stdout(&["sync", "--workspace", workspace]);
    home.digest_of(workspace)
}

fn is_settled(runs: &[Run]) -> bool {
    let is_done = |workspace: &str, connection: &str| {
        let mut of = runs.iter().filter(|run| run.workspace == workspace && run.connection == connection);
        of.next_back().is_some_and(|run| run.state == "done")
    };
    WORKSPACES.iter().all(|workspace| CONNECTIONS.iter().all(|connection| is_done(workspace, connection)))
}

/// Waits for a sync of payments that is in the middle of its work.
fn in_the_middle(cluster: &Cluster, nodes: usize) -> Run {
    wait_for("work of all nodes", || {
        let runs = cluster.runs();
        let middle =
            runs.iter().find(|run| run.connection == "stripe" && run.state == "running" && run.rows > 0);
        (by_process(&runs).len() == nodes).then(|| middle.cloned()).flatten()
    })
}

/// Waits until another process goes on with a run.
fn taken_over(cluster: &Cluster, cut: &Run) -> Run {
    wait_for("taking over", || {
        let of_it = |run: &Run| (&run.workspace, &run.connection) == (&cut.workspace, &cut.connection);
        cluster.runs().into_iter().find(|run| of_it(run) && run.pid != cut.pid)
    })
}

#[test]
fn three_nodes_share_the_work_and_what_a_killed_one_did_is_gone_on_with() {
    let Some(cluster) = Cluster::new() else { return };
    let sandbox = shop();
    let operator = cluster.home();
    for workspace in WORKSPACES {
        for platform in PLATFORMS {
            cluster.connect(&operator, &sandbox, platform, workspace);
        }
    }
    let mut nodes: Vec<Node> = (0..3).map(|_| Node::start(&cluster, &[])).collect();
    cluster.make_all_due();
    // one that is in the middle of a sync, with others beside it
    let cut = in_the_middle(&cluster, nodes.len());
    let killed = Instant::now();
    let at = nodes.iter().position(|node| node.pid() == cut.pid).unwrap();
    let theirs: Vec<Run> =
        cluster.runs().into_iter().filter(|run| run.pid == cut.pid && run.state == "running").collect();
    nodes.remove(at).child.kill();
    let next = taken_over(&cluster, &cut);
    println!(
        "{} runs were cut; `{}` of `{}` was gone on with after {:.1} s",
        theirs.len(),
        cut.connection,
        cut.workspace,
        killed.elapsed().as_secs_f32()
    );
    assert_ne!(next.id, cut.id);
    wait_for("the end of all syncs", || is_settled(&cluster.runs()).then_some(()));
    let runs = cluster.runs();
    println!("runs by process: {:?}", by_process(&runs));
    assert_eq!(cluster.overlapping_runs(), "");
    let interrupted = runs.iter().filter(|run| run.state == "interrupted");
    assert!(interrupted.clone().all(|run| run.pid == cut.pid), "{runs:#?}");
    assert!(interrupted.count() >= 1, "{runs:#?}");
    drop(nodes);
    for workspace in WORKSPACES {
        assert_same(&cluster.digest(workspace), &undisturbed_of(&sandbox, workspace, &PLATFORMS));
    }
}

#[test]
fn a_node_that_slept_through_its_work_does_nothing_when_it_wakes() {
    let Some(cluster) = Cluster::new() else { return };
    let sandbox = shop();
    let operator = cluster.home();
    cluster.connect(&operator, &sandbox, "stripe", "ash");
    cluster.connect(&operator, &sandbox, "meta_ads", "ash");
    let nodes: Vec<Node> = (0..2).map(|_| Node::start(&cluster, &[])).collect();
    cluster.make_all_due();
    let cut = in_the_middle(&cluster, 1);
    let sleeper = nodes.iter().find(|node| node.pid() == cut.pid).unwrap();
    sleeper.signal("STOP");
    let slept = Instant::now();
    let next = taken_over(&cluster, &cut);
    println!("what a sleeping node did was gone on with after {:.1} s", slept.elapsed().as_secs_f32());
    let state_of = |id: &str| cluster.runs().into_iter().find(|run| run.id == id).unwrap().state;
    wait_for("the end of all syncs", || {
        let none_runs = cluster.runs().iter().all(|run| run.state != "running");
        (none_runs && state_of(&next.id) == "done").then_some(())
    });
    let (facts, shown) = (cluster.digest("ash"), cluster.shown("ash"));
    sleeper.signal("CONT");
    // its connections were ended, its number is not the newest, and it says so
    wait_for("the sleeper's end of its run", || sleeper.has_said("a sync failed").then_some(()));
    assert_eq!(cluster.digest("ash"), facts, "it wrote facts");
    assert_eq!(cluster.shown("ash"), shown, "it changed what is shown");
    assert_eq!(state_of(&cut.id), "interrupted");
    assert_eq!(cluster.overlapping_runs(), "");
    // and it is a node like any other again
    wait_for("the sleeper's beat", || cluster.lives(sleeper.pid()).then_some(()));
    drop(nodes);
    let reference = undisturbed_of(&sandbox, "ash", &["stripe", "meta_ads"]);
    for table in ["balance_transactions", "ad_days", "payouts"] {
        let of = |digest: &[TableDigest]| digest.iter().find(|one| one.table == table).cloned();
        assert_eq!(of(&facts), of(&reference), "{table}");
    }
}

#[test]
fn a_node_with_another_master_key_is_refused_and_told_what_helps() {
    let Some(cluster) = Cluster::new() else { return };
    let sandbox = shop();
    let home = cluster.home();
    cluster.connect(&home, &sandbox, "stripe", "ash");
    for args in [&["serve", "--open", "--port", "0"][..], &["schedule", "list", "--workspace", "ash"]] {
        let mut other = cluster.command(&cluster.home(), args);
        // it makes a key of its own
        let refused = other.env_remove("NETGAIN_MASTER_KEY").output().unwrap();
        let words = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success(), "{args:?}");
        assert!(words.contains("sealed with master key") && words.contains("NETGAIN_MASTER_KEY"), "{words}");
        assert!(!words.contains(cluster::MASTER_KEY), "{words}");
    }
    cluster.stdout(&cluster.home(), &["schedule", "list", "--workspace", "ash"]);
}

#[test]
fn what_is_done_at_a_terminal_is_in_the_audit_of_the_store_in_use() {
    let Some(cluster) = Cluster::new() else { return };
    let sandbox = shop();
    let home = cluster.home();
    cluster.connect(&home, &sandbox, "stripe", "ash");
    cluster.stdout(&home, &["schedule", "pause", "--workspace", "ash", "--connection", "stripe"]);
    let kept = cluster.database.psql("SELECT action FROM netgain_control.audit ORDER BY number");
    assert!(kept.contains("connection.connected") && kept.contains("schedule.paused"), "{kept}");
    assert!(!home.path().join("control.sqlite").exists(), "another store was made beside it");
    // from another machine, too
    let shown = cluster.stdout(&cluster.home(), &["audit", "verify"]);
    assert!(!shown.is_empty());
}

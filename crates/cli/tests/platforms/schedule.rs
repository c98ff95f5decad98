//! Connections are read by themselves: what is due begins, what was cut is gone on with by the next process, what a
//! person has paused stays so, and being asked to end loses nothing.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use netgain_control::Control;
use netgain_sandbox::Options;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Home, Killed, Log, Sandbox, assert_same, http, order_file, serve};

/// A running `netgain serve` with its schedule.
pub struct Server {
    child: Killed,
    address: String,
    _log: Log,
}

impl Server {
    pub fn start(home: &Home) -> Self {
        let (child, address, log) = serve(home.command(&["serve", "--open", "--port", "0"]));
        Self { child, address, _log: log }
    }

    pub fn card(&self) -> Value {
        http("GET", &self.address, "/api/v1/workspaces/w/connections", None)["connections"][0].clone()
    }

    fn wait(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let card = self.card();
            if is_so(&card) {
                return card;
            }
            assert!(began.elapsed() < Duration::from_secs(240), "{what} did not happen: {card}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Has it open the workspace, as a look at its pages does.
    pub fn look(&self) -> Value {
        let question = json!({ "sql": "SELECT count(*) FROM orders" });
        http("POST", &self.address, "/api/v1/workspaces/w/query", Some(&question))
    }

    /// Asks it to end, as a service manager does, and waits until it has.
    pub fn terminate(mut self) {
        let id = self.child.0.id().to_string();
        assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(self.child.0.wait().unwrap().success());
    }
}

fn at(card: &Value) -> Option<Timestamp> {
    card["next_sync_at"].as_str().map(|at| at.parse().unwrap())
}

#[test]
fn what_was_cut_or_asked_to_end_is_gone_on_with_and_what_is_due_begins() {
    let folder = TempDir::new().unwrap();
    let file = order_file(folder.path(), 6_000);
    let sandbox = Sandbox::start(Options { orders: Some(file), unlimited: true, ..Options::default() });
    let undisturbed = Home::new();
    undisturbed.stdout(&sandbox.connect_args("shopify", "w"));
    undisturbed.stdout(&["sync", "--workspace", "w"]);

    let home = Home::new();
    home.stdout(&sandbox.connect_args("shopify", "w"));
    let server = Server::start(&home);
    // nobody has read it yet: it waits for the person who made it, not for long
    let soon = at(&server.card()).unwrap().duration_since(Timestamp::now());
    assert!(soon <= SignedDuration::from_mins(2), "{soon}");
    http("POST", &server.address, "/api/v1/workspaces/w/connections/shopify/sync", Some(&json!({})));
    server.wait("a first page", |card| card["rows"].as_u64().unwrap_or(0) > 0);
    drop(server);

    // killed: the next process goes on without being asked, until it is asked to end
    let server = Server::start(&home);
    server
        .wait("the sync that was cut", |card| card["state"] == "syncing" || card["last_sync_at"].is_string());
    server.terminate();

    // and the one after it, unless a person says otherwise
    let paused = home.json(&["schedule", "pause", "--workspace", "w", "--connection", "shopify", "--json"]);
    assert_eq!((&paused["paused"], &paused["next_sync_at"]), (&json!(true), &Value::Null), "{paused}");
    let server = Server::start(&home);
    std::thread::sleep(Duration::from_secs(6));
    assert!(at(&server.card()).is_none());
    let resumed =
        http("POST", &server.address, "/api/v1/workspaces/w/connections/shopify/resume", Some(&json!({})));
    assert_eq!(resumed["paused"], false);
    let read = server.wait("the end of it", |card| card["state"] == "ok" && card["last_sync_at"].is_string());
    // by what the manifest says, spread over a tenth of an hour
    let next = at(&read).unwrap().duration_since(Timestamp::now());
    assert!(next > SignedDuration::from_mins(50) && next <= SignedDuration::from_mins(66), "{next}");
    server.terminate();
    assert_same(&home.digest(), &undisturbed.digest());

    // an hour and a half later: overdue, and begun at once
    let control = Control::open(home.path()).unwrap();
    let (workspace, connection) = ("w".parse().unwrap(), "shopify".parse().unwrap());
    let long_ago = Timestamp::now() - SignedDuration::from_mins(90);
    control.sync_began(&workspace, &connection, long_ago).unwrap();
    control.sync_ended(&workspace, &connection, true).unwrap();
    let server = Server::start(&home);
    let before = read["last_sync_at"].clone();
    server.wait("the sync that was due", |card| card["state"] == "ok" && card["last_sync_at"] != before);
    server.terminate();
    let slot = control.slot(&workspace, &connection).unwrap();
    assert!(slot.last.ended && slot.last.failures == 0 && slot.last.began_at.unwrap() > long_ago, "{slot:?}");
    assert_same(&home.digest(), &undisturbed.digest());
}

#[test]
fn schedules_are_changed_in_the_terminal_and_wrong_ones_are_refused() {
    let sandbox = Sandbox::start(Options { unlimited: true, ..Options::default() });
    let home = Home::new();
    home.stdout(&sandbox.connect_args("meta_ads", "w"));
    let list = home.json(&["schedule", "list", "--workspace", "w", "--json"]);
    let id = list["connections"][0]["connection"].as_str().unwrap();
    let one = ["--workspace", "w", "--connection", id, "--json"];
    let set = |more: &[&str]| home.json(&[&["schedule", "set"], &one[..], more].concat());
    assert_eq!(list["connections"][0]["cadence"], "every 4h", "{list}");
    let changed = set(&["--cadence", "daily 16:30", "--quiet", "22:00-06:30"]);
    assert_eq!(changed["cadence"], "daily 16:30");
    assert_eq!((&changed["default_cadence"], &changed["quiet"]), (&json!("every 4h"), &json!("22:00-06:30")));
    // what is left out stays
    let changed = set(&["--cadence", "by hand"]);
    assert_eq!((&changed["quiet"], &changed["next_sync_at"]), (&json!("22:00-06:30"), &Value::Null));
    let changed = set(&["--default-cadence", "--no-quiet"]);
    assert_eq!((&changed["cadence"], &changed["quiet"]), (&json!("every 4h"), &Value::Null));
    let refused = home.output(&[&["schedule", "set"], &one[..], &["--cadence", "hourly"]].concat());
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("write `every 15m`"));
    let absent = home.output(&["schedule", "pause", "--workspace", "w", "--connection", "nobody"]);
    assert_eq!(absent.status.code(), Some(4));
}

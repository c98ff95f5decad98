//! One platform of a sandbox in this process, connected to a workspace `w` of the program.

#![allow(dead_code, reason = "each platform uses its part")]

use netgain_domain::Decimal;
use netgain_sandbox::{AppState, Brand, Options, Running};
use serde_json::{Value, json};

use crate::program::{Home, http};

/// The day on which the demo brand's world stands.
pub const TODAY: &str = "2026-11-21";

/// A demo brand without limits, whose faults and days are the test's.
pub fn demo() -> Options {
    Options { today: Some(TODAY.parse().unwrap()), unlimited: true, ..Options::default() }
}

/// A brand of which most platforms know nothing.
pub fn golden() -> Options {
    Options { brand: Brand::Golden, unlimited: true, ..Options::default() }
}

/// A sandbox of which one platform is read.
pub struct World {
    id: &'static str,
    running: Option<Running>,
    runtime: tokio::runtime::Runtime,
}

impl World {
    pub fn start(id: &'static str, options: Options) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let running = runtime.block_on(netgain_sandbox::start(Options { port: 0, ..options })).unwrap();
        Self { id, running: Some(running), runtime }
    }

    fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    pub fn state(&self) -> &AppState {
        &self.running().state
    }

    pub fn field(&self, name: &str) -> &str {
        &self.running().ready.platforms[self.id].fields[name]
    }

    pub fn secret(&self, name: &str) -> &str {
        &self.running().ready.platforms[self.id].secrets[name]
    }

    pub fn post(&self, path: &str, body: &Value) -> Value {
        http("POST", &self.running().ready.address, path, Some(body))
    }

    pub fn advance(&self, days: u16) {
        self.post("/world/advance", &json!({ "days": days }));
    }

    pub fn faults(&self, rules: &Value) {
        self.post("/control/faults", &json!({ "rules": rules }));
    }

    /// Switches all faults off; each must have come about.
    pub fn end_faults(&self) {
        let rules = http("GET", &self.running().ready.address, "/control/faults", None);
        for rule in rules["rules"].as_array().unwrap() {
            assert!(rule["fired"].as_u64().unwrap() > 0, "never came about: {rule}");
        }
        http("DELETE", &self.running().ready.address, "/control/faults", None);
    }

    /// Calls answered since the last time this was asked.
    pub fn calls(&self) -> u64 {
        let address = &self.running().ready.address;
        let calls = http("GET", address, "/control/calls", None)["total"].as_u64().unwrap();
        http("DELETE", address, "/control/calls", None);
        calls
    }

    pub fn connect_args(&self, changed: &[(&str, &str)]) -> Vec<String> {
        let access = &self.running().ready.platforms[self.id];
        let world = &self.running().ready.world;
        let mut args: Vec<String> = ["connect", self.id, "--workspace", "w"].map(str::to_owned).into();
        args.extend(["--base-url".to_owned(), access.base_url.clone()]);
        args.extend(["--currency".to_owned(), world.currency.clone()]);
        args.extend(["--time-zone".to_owned(), world.time_zone.clone()]);
        for (name, value) in &access.fields {
            let value =
                changed.iter().find(|(one, _)| one == name).map_or(value.as_str(), |(_, value)| value);
            args.extend(["--field".to_owned(), format!("{name}={value}")]);
        }
        for (name, value) in &access.secrets {
            args.extend(["--secret".to_owned(), format!("{name}={value}")]);
        }
        args
    }

    /// A workspace with this platform connected and nothing read yet.
    pub fn connected(&self) -> Home {
        let home = Home::new();
        home.stdout(&self.connect_args(&[]));
        self.calls();
        home
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            // what a test leaves unread must not keep it from ending
            drop(self.runtime.block_on(async {
                tokio::time::timeout(std::time::Duration::from_secs(1), running.stop()).await
            }));
        }
    }
}

/// A sync's report of the one connection; it must succeed.
pub fn sync(home: &Home) -> Value {
    let report = home.json(&["sync", "--workspace", "w", "--json"]);
    let connection = report["connections"][0].clone();
    assert_eq!(connection["ok"], true, "{connection}");
    connection
}

/// Root rows of a stream that a sync wrote: new ones and changed ones.
pub fn moved(report: &Value, stream: &str) -> (u64, u64) {
    let streams = report["report"]["streams"].as_array().unwrap();
    let found = streams.iter().find(|one| one["stream"] == stream).unwrap_or_else(|| panic!("{report}"));
    (found["new"].as_u64().unwrap(), found["changed"].as_u64().unwrap())
}

/// A sync right after another writes nothing.
pub fn assert_nothing_moves(home: &Home) {
    let report = sync(home);
    for stream in report["report"]["streams"].as_array().unwrap() {
        let name = stream["stream"].as_str().unwrap();
        assert_eq!(moved(&report, name), (0, 0), "{stream}");
        assert_eq!(stream["rows"], 0, "{stream}");
    }
}

/// The single value that a query gives, as text.
pub fn value(home: &Home, sql: &str) -> String {
    let cell = home.query(sql)[0][0].clone();
    cell.as_str().map_or_else(|| cell.to_string(), str::to_owned)
}

/// The single number that a query gives; nothing counts as zero.
pub fn amount(home: &Home, sql: &str) -> Decimal {
    let text = value(home, sql);
    if text == "null" { Decimal::ZERO } else { text.parse::<Decimal>().unwrap().normalize() }
}

/// Under these faults the contents become what they become without, with a bounded number of calls.
pub fn assert_withstands(world: &World, rules: &Value) {
    let undisturbed = world.connected();
    sync(&undisturbed);
    let few = world.calls();
    let home = world.connected();
    world.faults(rules);
    sync(&home);
    let many = world.calls();
    world.end_faults();
    let (found, expected) = (home.contents(), undisturbed.contents());
    let differing: Vec<_> = found.symmetric_difference(&expected).take(6).collect();
    assert!(differing.is_empty(), "{differing:#?}");
    assert!(expected.len() > 20, "nothing was compared: {} rows", expected.len());
    assert!(many <= 2 * few + 30, "{many} calls instead of {few}");
}

/// A sync ends with the connection paused and words that say what to do; connected again it goes on.
pub fn assert_paused(home: &Home, connection: &str, cure: &str) {
    let output = home.output(&["sync", "--workspace", "w"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains(cure), "{told}");
    let control = netgain_control::Control::open(home.path()).unwrap();
    let connection =
        control.connection(&"w".parse().unwrap(), &connection.replace('_', "-").parse().unwrap()).unwrap();
    assert_eq!(connection.state.name(), "paused", "{told}");
    assert_eq!(connection.error.unwrap().code, "auth_revoked");
}

/// One record of the wrong type is set aside with its path, and comes in with the next whole reading.
pub fn assert_set_aside(world: &World, point: &str, path: &str, field: &str) {
    let undisturbed = world.connected();
    sync(&undisturbed);
    let home = world.connected();
    let rule = json!([{"point": point, "times": 1, "fault": {"kind": "wrong_type", "path": path}}]);
    world.faults(&rule);
    let report = sync(&home);
    world.end_faults();
    assert!(report["quarantined"].as_u64().unwrap() > 0, "{report}");
    let first = &report["report"]["quarantine"][0];
    assert!(first["path"].as_str().unwrap().contains(field), "{first}");
    home.stdout(&["sync", "--workspace", "w", "--full"]);
    let (found, expected) = (home.contents(), undisturbed.contents());
    let differing: Vec<_> = found.symmetric_difference(&expected).take(6).collect();
    assert!(differing.is_empty(), "{differing:#?}");
}

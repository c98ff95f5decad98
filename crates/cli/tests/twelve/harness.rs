//! What every platform is put through.

use netgain_sandbox::{Brand, Options};
use serde_json::{Value, json};

use crate::program::{Home, Sandbox, http};

/// A platform of a sandbox, connected to the workspace `w` of a home.
pub struct Connected {
    pub sandbox: Sandbox,
    pub home: Home,
}

/// Rows of a sync by what became of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Moved {
    pub new: u64,
    pub changed: u64,
    pub unchanged: u64,
}

pub fn sandbox(brand: Brand) -> Sandbox {
    let today = Some("2026-11-21".parse().unwrap());
    Sandbox::start(Options { brand, today, unlimited: true, ..Options::default() })
}

impl Connected {
    pub fn to(platform: &'static str, brand: Brand) -> Connected {
        Connected::with(platform, sandbox(brand), &[])
    }

    /// Connected with some fields or secrets of another value.
    pub fn with(platform: &'static str, sandbox: Sandbox, other: &[(&str, &str)]) -> Connected {
        let home = Home::new();
        let mut args = sandbox.connect_args(platform, "w");
        for (name, value) in other {
            let prefix = format!("{name}=");
            let arg = args.iter_mut().find(|arg| arg.starts_with(&prefix)).unwrap();
            *arg = format!("{prefix}{value}");
        }
        home.stdout(&args);
        Connected { sandbox, home }
    }

    /// Syncs; it must succeed.
    pub fn sync(&self) -> Value {
        let report = self.home.json(&["sync", "--workspace", "w", "--json"]);
        let one = report["connections"][0].clone();
        assert_eq!(one["ok"], true, "{report}");
        one
    }

    /// Syncs everything; nothing may be set aside.
    pub fn moved(&self) -> Moved {
        let report = self.sync();
        assert_eq!(report["quarantined"], 0, "{report}");
        let streams = report["report"]["streams"].as_array().unwrap();
        let sum = |name: &str| streams.iter().map(|stream| stream[name].as_u64().unwrap()).sum();
        Moved { new: sum("new"), changed: sum("changed"), unchanged: sum("unchanged") }
    }

    pub fn advance(&self, days: u16) {
        http("POST", &self.sandbox.ready().address, "/world/advance", Some(&json!({ "days": days })));
    }

    pub fn no_faults(&self) {
        http("DELETE", &self.sandbox.ready().address, "/control/faults", None);
    }

    /// The one value of a query.
    pub fn one(&self, sql: &str) -> String {
        let rows = self.home.query(sql);
        let row = rows[0].as_array().cloned().unwrap_or_else(|| vec![rows[0].clone()]);
        let value = row.first().unwrap();
        let value = value.as_object().map_or(value, |object| object.values().next().unwrap());
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    }

    pub fn count(&self, sql: &str) -> u64 {
        self.one(sql).parse().unwrap()
    }

    /// A number in hundredths.
    pub fn cents(&self, sql: &str) -> i64 {
        let text = self.one(sql);
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let part = format!("{part:0<2}");
        whole.parse::<i64>().unwrap() * 100 + part[..2].parse::<i64>().unwrap()
    }
}

/// All of it, then nothing, then what a day brings, then nothing again; `check` holds the rows against the world.
pub fn follows_the_world(platform: &'static str, check: impl Fn(&Connected)) {
    let connected = Connected::to(platform, Brand::Demo);
    let first = connected.moved();
    assert!(first.new > 0 && first.changed == 0, "{first:?}");
    check(&connected);
    let second = connected.moved();
    assert_eq!((second.new, second.changed), (0, 0), "nothing happened, and yet rows moved");
    connected.advance(1);
    let third = connected.moved();
    assert!(third.new + third.changed > 0, "{third:?}");
    assert!(
        third.new + third.changed < first.new / 2,
        "only what the day brought may move: {third:?} of {first:?}"
    );
    check(&connected);
    let fourth = connected.moved();
    assert_eq!((fourth.new, fourth.changed), (0, 0));
}

/// The platform's own "slow down", failures, cut and broken answers change nothing of what is read in the end.
pub fn withstands(platform: &'static str, point: &str) {
    let expected = Connected::to(platform, Brand::Golden);
    expected.moved();
    let connected = Connected::to(platform, Brand::Golden);
    let rule = |after: u64, fault: Value| json!({"point": point, "after": after, "times": 1, "fault": fault});
    connected.sandbox.faults(&json!({"rules": [
        rule(0, json!({"kind": "throttled"})),
        rule(1, json!({"kind": "status", "status": 500})),
        rule(2, json!({"kind": "status", "status": 503})),
        rule(3, json!({"kind": "reset", "after_bytes": 7})),
        rule(4, json!({"kind": "truncate"})),
    ]}));
    connected.moved();
    for rule in connected.sandbox.get("/control/faults")["rules"].as_array().unwrap() {
        assert_eq!(rule["fired"], 1, "never came about: {rule}");
    }
    // an account that only the connection knows carries the moment at which it was written down
    let read = |connected: &Connected| -> Vec<_> {
        connected.home.digest().into_iter().filter(|table| table.table != "accounts").collect()
    };
    assert_eq!(read(&connected), read(&expected));
}

/// A key that is refused pauses the connection and says what to do; connected anew it goes on.
pub fn pauses_when_revoked(platform: &'static str, cure: &str) {
    let connected = Connected::to(platform, Brand::Golden);
    connected
        .sandbox
        .faults(&json!({"rules": [{"point": format!("{platform}.*"), "fault": {"kind": "expired_token"}}]}));
    let output = connected.home.output(&["sync", "--workspace", "w"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains(cure), "{told}");
    let control = netgain_control::Control::open(connected.home.path()).unwrap();
    let connection = control.connection(&"w".parse().unwrap(), &platform.parse().unwrap()).unwrap();
    assert_eq!(connection.state.name(), "paused");
    drop(control);
    connected.no_faults();
    connected.home.stdout(&connected.sandbox.connect_args(platform, "w"));
    connected.moved();
}

/// Records with a value of another type are set aside by their path, and come in when the platform has mended them.
pub fn sets_aside(platform: &'static str, point: &str, path: &str, named: &str) {
    let expected = Connected::to(platform, Brand::Golden);
    expected.moved();
    let connected = Connected::to(platform, Brand::Golden);
    // several times: the call that only asks the time may be of the same kind
    let fault = json!({"kind": "wrong_type", "path": path});
    connected.sandbox.faults(&json!({"rules": [{"point": point, "times": 8, "fault": fault}]}));
    let report = connected.sync();
    assert!(report["quarantined"].as_u64().unwrap() > 0, "{report}");
    let first = &report["report"]["quarantine"][0];
    assert!(first["path"].as_str().unwrap().contains(named), "{first}");
    connected.no_faults();
    connected.home.stdout(&["sync", "--workspace", "w", "--full"]);
    let rows = |connected: &Connected| -> Vec<(String, u64)> {
        let digest = connected.home.digest();
        digest.iter().map(|table| (table.table.to_string(), table.rows)).collect()
    };
    assert_eq!(rows(&connected), rows(&expected));
}

/// An account in which nothing ever happened is read without an error and brings no rows.
pub fn reads_an_empty_account(platform: &'static str, other: &[(&str, &str)], tables: &[&str]) {
    let connected = Connected::with(platform, sandbox(Brand::Demo), other);
    connected.moved();
    for table in tables {
        assert_eq!(connected.count(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
}

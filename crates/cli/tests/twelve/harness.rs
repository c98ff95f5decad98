//! One platform of a sandbox in this process, connected to the workspace `w` of a program in others.

use std::collections::BTreeSet;
use std::time::Duration;

use netgain_domain::Decimal;
use netgain_sandbox::options::MetaOptions;
use netgain_sandbox::{AppState, Options};
use serde_json::{Value, json};

use crate::program::{Home, Sandbox, http};
use crate::table::Platform;

/// How many times shorter the program waits: limits of hours are kept, and take a second.
pub const SPEED: u32 = 20_000;
/// Days that the brand has traded: enough for each platform to have something to say.
const DAYS: u16 = 35;
/// Columns that say when, from where and in which order rows were read.
const VOLATILE: [&str; 6] = ["workspace_id", "version", "observed_at", "raw_ref", "root_key", "settings_key"];

/// A small demo brand without limits; the same each time.
pub fn small() -> Options {
    Options {
        seed: 3,
        today: Some("2026-11-21".parse().unwrap()),
        days: Some(DAYS),
        unlimited: true,
        meta: MetaOptions { job_ms: 0, ..MetaOptions::default() },
        ..Options::default()
    }
}

/// An installation whose program hurries.
pub fn new_home() -> Home {
    Home::new().hurried(SPEED)
}

/// A platform of a sandbox, connected to the workspace `w` of a home.
pub struct Connected {
    pub platform: &'static Platform,
    pub sandbox: Sandbox,
    pub home: Home,
}

impl Connected {
    /// In the small world.
    pub fn to(platform: &'static Platform) -> Self {
        Self::within(platform, small(), new_home(), &[])
    }

    /// In any world and home, with some fields or secrets of another value.
    pub fn within(platform: &'static Platform, options: Options, home: Home, other: &[(&str, &str)]) -> Self {
        let connected = Self { platform, sandbox: Sandbox::start(options), home };
        connected.connect(other);
        connected
    }

    /// Connects, or connects again.
    pub fn connect(&self, other: &[(&str, &str)]) {
        let mut args = self.sandbox.connect_args(self.platform.id, "w");
        for (name, value) in other {
            let prefix = format!("{name}=");
            let arg = args.iter_mut().find(|arg| arg.starts_with(&prefix)).unwrap();
            *arg = format!("{prefix}{value}");
        }
        self.home.stdout(&args);
        self.calls();
    }

    pub fn state(&self) -> &AppState {
        self.sandbox.state()
    }

    /// Syncs in the way in which the platform's bent point is called; it must succeed.
    pub fn sync(&self) -> Report {
        self.sync_with(self.platform.mode)
    }

    pub fn sync_with(&self, more: &[&str]) -> Report {
        let args: Vec<&str> = ["sync", "--workspace", "w", "--json"].iter().chain(more).copied().collect();
        let report = self.home.json(&args)["connections"][0].clone();
        assert_eq!(report["ok"], true, "{report}");
        Report(report)
    }

    /// What a sync that must fail prints, and that it left the connection waiting for a person.
    pub fn paused(&self) -> String {
        let args: Vec<&str> =
            ["sync", "--workspace", "w"].iter().chain(self.platform.mode).copied().collect();
        let output = self.home.output(&args);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let told = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
        let control = netgain_control::Control::open(self.home.path()).unwrap();
        let id = self.platform.id.replace('_', "-");
        let connection = control.connection(&"w".parse().unwrap(), &id.parse().unwrap()).unwrap();
        assert_eq!(connection.state.name(), "paused", "{told}");
        let error = connection.error.unwrap();
        assert!(!error.cure.is_empty() && error.code.starts_with("auth_"), "{error:?}");
        for secret in self.sandbox.ready().platforms[self.platform.id].secrets.values() {
            // the last digits are enough to know it by
            let end = &secret[secret.len().saturating_sub(12)..];
            let shown = [&told, &error.message, &error.cure].iter().any(|text| text.contains(end));
            assert!(!shown, "a secret is shown: {told} {error:?}");
        }
        told
    }

    pub fn advance(&self, days: u16) {
        http("POST", &self.sandbox.ready().address, "/world/advance", Some(&json!({ "days": days })));
    }

    /// Switches a fault on.
    pub fn fault(&self, rule: Value) {
        self.sandbox.faults(&json!([rule]));
    }

    /// Switches all faults off; each must have come about.
    pub fn end_faults(&self) {
        for rule in self.sandbox.get("/control/faults")["rules"].as_array().unwrap() {
            assert!(rule["fired"].as_u64().unwrap() > 0, "never came about: {rule}");
        }
        http("DELETE", &self.sandbox.ready().address, "/control/faults", None);
    }

    /// Calls answered at a point since the calls were last forgotten.
    pub fn calls_at(&self, point: &str) -> u64 {
        let calls = self.sandbox.get("/control/calls");
        let here = calls["calls"].as_array().unwrap().iter().filter(|call| call["point"] == point);
        here.map(|call| call["count"].as_u64().unwrap()).sum()
    }

    /// Calls answered since the last time this was asked.
    pub fn calls(&self) -> u64 {
        self.sandbox.calls()
    }

    /// Statuses of the faults that were acted out since the calls were last asked for.
    pub fn statuses_of_faults(&self) -> BTreeSet<u64> {
        let calls = self.sandbox.get("/control/calls");
        let of_faults = calls["calls"].as_array().unwrap().iter().filter(|call| call["operation"] == "fault");
        of_faults.map(|call| call["status"].as_u64().unwrap()).collect()
    }

    /// The single value that a query gives, as text.
    pub fn value(&self, sql: &str) -> String {
        let answer = self.home.warehouse().query(sql, 1, Duration::from_secs(60)).unwrap();
        let cell = &answer.rows[0][0];
        cell.as_str().map_or_else(|| cell.to_string(), str::to_owned)
    }

    /// The single number that a query gives; nothing counts as zero.
    pub fn amount(&self, sql: &str) -> Decimal {
        let text = self.value(sql);
        if text == "null" { Decimal::ZERO } else { text.parse::<Decimal>().unwrap().normalize() }
    }

    pub fn count(&self, sql: &str) -> usize {
        self.value(sql).parse().unwrap()
    }

    /// The rows of all tables.
    pub fn rows(&self) -> Rows {
        Rows::of(&self.home)
    }
}

/// An amount of the world, which counts in hundredths.
pub fn hundredths(cents: i64) -> Decimal {
    Decimal::new(cents, 2).normalize()
}

/// What a sync of one connection says of itself.
#[derive(Debug, Clone)]
pub struct Report(pub Value);

impl Report {
    /// A figure over all streams.
    pub fn all(&self, figure: &str) -> u64 {
        let streams = self.0["report"]["streams"].as_array().unwrap();
        streams.iter().map(|stream| stream[figure].as_u64().unwrap()).sum()
    }

    /// A figure of one stream.
    pub fn one(&self, stream: &str, figure: &str) -> u64 {
        let streams = self.0["report"]["streams"].as_array().unwrap();
        let found = streams.iter().find(|one| one["stream"] == stream);
        found.unwrap_or_else(|| panic!("{:?}", self.0))[figure].as_u64().unwrap()
    }

    /// Records that were new or changed.
    pub fn moved(&self) -> u64 {
        self.all("new") + self.all("changed")
    }

    pub fn assert_nothing_moved(&self) {
        assert_eq!((self.moved(), self.all("rows")), (0, 0), "{:?}", self.0);
    }

    /// Records that were set aside, each under a path with this part.
    pub fn set_aside_at(&self, field: &str) -> usize {
        let listed = self.0["report"]["quarantine"].as_array().unwrap();
        for one in listed {
            assert!(one["path"].as_str().unwrap().contains(field), "{one}");
        }
        let count = self.0["quarantined"].as_u64().unwrap();
        assert!(count > 0 && !listed.is_empty(), "nothing was set aside: {:?}", self.0);
        usize::try_from(count).unwrap()
    }
}

/// A row: its table, and its columns with what they hold, but for those that say when and from where it was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    pub table: String,
    pub cells: Vec<(String, String)>,
}

impl Row {
    pub fn cell(&self, column: &str) -> Option<&str> {
        self.cells.iter().find(|(name, _)| name == column).map(|(_, value)| value.as_str())
    }

    pub fn holds(&self, value: &str) -> bool {
        self.cells.iter().any(|(_, one)| one == value)
    }
}

/// The rows of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows(pub BTreeSet<Row>);

impl Rows {
    pub fn of(home: &Home) -> Self {
        let mut dump = Vec::new();
        home.warehouse().dump(&mut dump).unwrap();
        let (mut table, mut columns, mut rows) = (String::new(), Vec::new(), BTreeSet::new());
        for line in std::str::from_utf8(&dump).unwrap().lines() {
            let Ok(cells) = serde_json::from_str::<Vec<Option<String>>>(line) else {
                let (name, names) = line.split_once(' ').unwrap();
                name.clone_into(&mut table);
                columns = names.split(',').map(|name| name.replace('"', "")).collect();
                continue;
            };
            // how far a stream was read is no row, and a fixed account carries the moment of its writing
            if matches!(table.as_str(), "cursors" | "accounts") {
                continue;
            }
            let cells = columns.iter().cloned().zip(cells);
            let kept = cells.filter_map(|(name, value)| Some((name, value?)));
            let cells = kept.filter(|(name, _)| !VOLATILE.contains(&name.as_str())).collect();
            assert!(rows.insert(Row { table: table.clone(), cells }), "a row twice: {line}");
        }
        Self(rows)
    }

    /// Those that platforms told: what is reckoned from them has no id of theirs.
    pub fn read(&self) -> Self {
        Self(self.0.iter().filter(|row| row.cell("source_id").is_some()).cloned().collect())
    }

    /// Those of all tables but one.
    pub fn but(&self, table: &str) -> Self {
        Self(self.0.iter().filter(|row| row.table != table).cloned().collect())
    }

    pub fn of_table<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a Row> {
        self.0.iter().filter(move |row| row.table == table)
    }

    /// Rows that `other` does not have.
    pub fn without(&self, other: &Self) -> Self {
        Self(self.0.difference(&other.0).cloned().collect())
    }

    /// Rows but for those of days before a day: a first reading reaches back no further.
    pub fn since(&self, day: &str) -> Self {
        let of = |row: &Row| row.cell("day").or_else(|| row.cell("timestamp")).map(str::to_owned);
        Self(self.0.iter().filter(|row| of(row).is_none_or(|at| at.as_str() >= day)).cloned().collect())
    }

    /// The first day of any row.
    pub fn first_day(&self) -> Option<&str> {
        self.0.iter().filter_map(|row| row.cell("day").or_else(|| row.cell("timestamp"))).min()
    }

    pub fn assert_same(&self, expected: &Self) {
        let (more, less) = (self.without(expected), expected.without(self));
        let few = |rows: &Self| rows.0.iter().take(3).cloned().collect::<Vec<_>>();
        assert!(
            more.0.is_empty() && less.0.is_empty(),
            "{} rows too many: {:#?}; {} missing: {:#?}",
            more.0.len(),
            few(&more),
            less.0.len(),
            few(&less)
        );
    }
}

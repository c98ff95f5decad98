//! What every platform is put through. Each case is one sync of the real program; what it must leave is what a sync that
//! nobody disturbs leaves.

use netgain_sandbox::Options;
use serde_json::{Value, json};

use crate::baseline::{self, Baseline};
use crate::harness::{Connected, new_home, small};
use crate::table::{Empty, Expiry, NEW_WORD, Platform, Unknown};

/// Everything comes over, and is what the world says.
pub fn full_sync(platform: &'static Platform) {
    let baseline = baseline::of(platform);
    let (report, rows) = (&baseline.report, &baseline.rows);
    assert_eq!(report.0["quarantined"], 0, "{report:?}");
    assert_eq!((report.all("changed"), report.all("stale")), (0, 0), "{report:?}");
    assert!(report.all("new") > 0 && !rows.0.is_empty());
    (platform.truth)(&baseline.connected);
}

/// What is known is not moved again.
pub fn second_sync(platform: &'static Platform) {
    let baseline = baseline::of(platform);
    let again = baseline.elsewhere();
    again.sync().assert_nothing_moved();
    again.rows().assert_same(&baseline.rows);
}

/// A day brings what is new and what changed; step by step the rows become what a fresh reading finds.
pub fn a_day_later(platform: &'static Platform) {
    let baseline = baseline::of(platform);
    let stepwise = baseline.elsewhere();
    stepwise.advance(1);
    let report = stepwise.sync();
    let rows = stepwise.rows();
    assert_eq!(report.0["quarantined"], 0, "{report:?}");
    let differing = rows.without(&baseline.rows).0.len() + baseline.rows.without(&rows).0.len();
    let moved = usize::try_from(report.moved()).unwrap();
    assert!(moved > 0 && moved <= differing, "{moved} records moved, {differing} rows differ: {report:?}");
    (platform.truth)(&stepwise);
    let fresh = Connected { platform, sandbox: stepwise.sandbox, home: new_home() };
    fresh.connect(&[]);
    fresh.sync();
    // a cost holds from the day on which it was first seen
    let (found, rows) = (fresh.rows().but("unit_costs"), rows.but("unit_costs"));
    rows.since(found.first_day().unwrap_or_default()).assert_same(&found);
    let again = Connected { home: stepwise.home, ..fresh };
    again.sync().assert_nothing_moved();
}

/// A day that the platform corrects is corrected.
pub fn restated_day(platform: &'static Platform) {
    let table = platform.restated.unwrap();
    let baseline = baseline::of(platform);
    let later = baseline.elsewhere();
    later.advance(1);
    later.sync();
    let rows = later.rows();
    let gone = baseline.rows.without(&rows);
    // the same days, told otherwise
    let restated: Vec<&str> = gone.of_table(table).filter_map(|row| row.cell("day")).collect();
    let last = baseline.rows.of_table(table).filter_map(|row| row.cell("day")).max().unwrap();
    assert!(restated.iter().any(|day| *day < last), "no day before the last was restated: {restated:?}");
    (platform.truth)(&later);
}

/// Under this fault the rows become what they become without, with a bounded number of calls.
fn assert_withstands(platform: &'static Platform, rule: Value) -> Connected {
    let baseline = baseline::of(platform);
    let connected = Connected::to(platform);
    connected.fault(rule);
    let report = connected.sync();
    assert_eq!(report.0["quarantined"], 0, "{report:?}");
    connected.rows().assert_same(&baseline.rows);
    connected
}

fn assert_few_calls(connected: &Connected, baseline: &Baseline, more: u64) {
    let calls = connected.calls_at(connected.platform.bent);
    let [few, ..] = baseline.calls;
    assert!(calls <= few + more, "{calls} calls instead of {few}");
    connected.end_faults();
}

/// "Slow down", said as the platform says it.
pub fn throttled(platform: &'static Platform) {
    let baseline = baseline::of(platform);
    let rule = json!({"point": platform.bent, "first": 2, "fault": {"kind": "throttled"}});
    let connected = assert_withstands(platform, rule);
    assert_eq!(connected.statuses_of_faults(), [u64::from(platform.throttled_with)].into());
    assert_few_calls(&connected, &baseline, 6);
}

/// A burst of failures.
pub fn server_errors(platform: &'static Platform) {
    let baseline = baseline::of(platform);
    let rule = json!({"point": platform.bent, "first": 3, "fault": {"kind": "status", "status": 500}});
    assert_few_calls(&assert_withstands(platform, rule), &baseline, 6);
}

/// The connection is cut in the middle of an answer.
pub fn reset_in_mid_body(platform: &'static Platform) {
    let baseline = baseline::of(platform);
    let rule = json!({"point": platform.bent, "first": 2, "fault": {"kind": "reset"}});
    assert_few_calls(&assert_withstands(platform, rule), &baseline, 6);
}

/// Half an answer that says that it is whole.
pub fn truncated_json(platform: &'static Platform) {
    let baseline = baseline::of(platform);
    let rule = json!({"point": platform.bent, "first": 2, "fault": {"kind": "truncate"}});
    assert_few_calls(&assert_withstands(platform, rule), &baseline, 6);
}

/// A token that has expired is replaced, or a person is asked for another one.
pub fn expired_token(platform: &'static Platform) {
    let baseline = baseline::of(platform);
    match platform.expiry {
        Expiry::Refreshed(point) => {
            let rule = json!({"point": platform.bent, "first": 1, "fault": {"kind": "expired_token"}});
            let connected = assert_withstands(platform, rule);
            let calls = connected.sandbox.get("/control/calls");
            let refreshed = calls["calls"].as_array().unwrap().iter().any(|call| call["point"] == point);
            assert!(refreshed, "no new token was got at {point}: {calls}");
            assert_few_calls(&connected, &baseline, 6);
        }
        Expiry::Cured(words) => {
            let connected = Connected::to(platform);
            connected.fault(json!({"point": platform.bent, "fault": {"kind": "expired_token"}}));
            assert_pauses(&connected, words, baseline.calls[2] + 6);
        }
        Expiry::Never => panic!("the table says that keys of {} never expire", platform.id),
    }
}

/// Access that was taken back pauses the connection, with words that say what to do.
pub fn revoked_token(platform: &'static Platform) {
    let connected = Connected::to(platform);
    let point = format!("{}.*", platform.face);
    connected.fault(json!({"point": point, "fault": {"kind": "revoked_token"}}));
    assert_pauses(&connected, platform.revoked, 6);
}

fn assert_pauses(connected: &Connected, words: &str, calls: u64) {
    let told = connected.paused();
    assert!(told.contains(words), "{told}");
    let asked = connected.calls();
    assert!(asked <= calls, "{asked} calls with a token that is refused");
    connected.end_faults();
    // connected again it goes on
    connected.connect(&[]);
    connected.sync();
    connected.rows().assert_same(&baseline::of(connected.platform).rows);
}

/// What cannot be read is set aside and counted, everything else arrives, and it comes in once it is mended.
pub fn wrong_type(platform: &'static Platform) {
    let baseline = baseline::of(platform);
    let spoiled = &platform.spoiled;
    let connected = Connected::to(platform);
    let fault = json!({"kind": "wrong_type", "path": spoiled.path});
    connected.fault(json!({"point": spoiled.point, "fault": fault}));
    let count = connected.sync().set_aside_at(spoiled.field);
    connected.end_faults();
    let (found, expected) = (connected.rows().read(), baseline.rows.read());
    let strange = found.without(&expected);
    assert!(strange.0.is_empty(), "rows that nobody expects: {:#?}", strange.0.iter().next());
    let missing = expected.without(&found);
    let roots: usize = spoiled.tables.iter().map(|table| missing.of_table(table).count()).sum();
    assert_eq!(roots, count, "what is missing is what was set aside");
    connected.sync_with(&[platform.mode, &["--full"]].concat());
    connected.rows().assert_same(&baseline.rows);
}

/// A word that the platform's documents do not know becomes what the field table says, or is set aside.
pub fn unknown_value(platform: &'static Platform) {
    let baseline = baseline::of(platform);
    let connected = Connected::to(platform);
    let rule = |point: &str, path: &str| json!({"point": point, "fault": {"kind": "value", "path": path, "value": NEW_WORD}});
    match platform.unknown {
        Unknown::Row { point, path, table, cells } => {
            connected.fault(rule(point, path));
            let report = connected.sync();
            assert_eq!(report.0["quarantined"], 0, "{report:?}");
            let found = connected.rows();
            assert_eq!(found.of_table(table).count(), baseline.rows.of_table(table).count());
            let changed = found.without(&baseline.rows);
            let of_table: Vec<_> = changed.of_table(table).collect();
            assert!(!of_table.is_empty(), "no row of {table} differs");
            for row in of_table {
                assert!(cells.iter().all(|cell| row.holds(cell)), "{row:?}");
            }
        }
        Unknown::SetAside { point, path, field } => {
            connected.fault(rule(point, path));
            let count = connected.sync().set_aside_at(field);
            let missing = baseline.rows.read().without(&connected.rows().read());
            assert!(missing.0.len() >= count, "{} rows are missing, {count} were set aside", missing.0.len());
            assert!(connected.rows().read().without(&baseline.rows.read()).0.is_empty());
        }
        Unknown::None => panic!("the table says that {} sends no words of a fixed list", platform.id),
    }
    connected.end_faults();
}

/// An account in which nothing has happened is read without an error and brings nothing.
pub fn empty_account(platform: &'static Platform) {
    let connected = match platform.empty {
        Empty::World(brand) => Connected::within(platform, Options { brand, ..small() }, new_home(), &[]),
        Empty::Other(name, value) => {
            let sandbox = crate::program::Sandbox::start(small());
            let value = value(sandbox.state());
            let connected = Connected { platform, sandbox, home: new_home() };
            connected.connect(&[(name, &value)]);
            connected
        }
    };
    let report = connected.sync();
    assert_eq!(report.0["quarantined"], 0, "{report:?}");
    let rows = connected.rows();
    let found: Vec<_> =
        rows.0.iter().filter(|row| !platform.never_empty.contains(&row.table.as_str())).collect();
    assert!(found.is_empty(), "{found:#?}");
    connected.sync().assert_nothing_moved();
}

/// Pages that hold fewer records than were asked for: a short page is not the last.
pub fn page_cap(platform: &'static Platform) {
    let baseline = baseline::of(platform);
    let options = Options { page_cap: Some(17), ..small() };
    let connected = Connected::within(platform, options, new_home(), &[]);
    connected.sync();
    let (calls, [_, few, _]) = (connected.calls_at(platform.paged), baseline.calls);
    assert!(calls > few, "{calls} calls, {few} without a cap");
    connected.rows().assert_same(&baseline.rows);
}

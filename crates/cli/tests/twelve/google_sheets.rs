//! Google Sheets: the rows of both sheets, blank lines and ragged rows included; rows that go are gone.

use netgain_domain::Decimal;
use netgain_sandbox::google_sheets::{Cell, sheets};
use serde_json::json;

use crate::google_ads::revoke;
use crate::support::{
    World, amount, assert_nothing_moves, assert_paused, assert_set_aside, assert_withstands, demo, golden,
    moved, sync, value,
};

const ID: &str = "google_sheets";

/// Rows with something in them below the headers, and the sum of their third column in hundredths.
fn truth(world: &World, sheet: usize) -> (u64, Decimal) {
    let state = world.state();
    let all = sheets(&state.world, state.options.seed);
    let rows = all[sheet].rows.as_ref().unwrap().iter().skip(1).filter(|row| !row.is_empty());
    rows.fold((0, Decimal::ZERO), |(count, sum), row| {
        let amount = match &row[2] {
            Cell::Money(cents) => Decimal::new(*cents, 2),
            Cell::Count(count) => Decimal::from(*count),
            other => panic!("{other:?}"),
        };
        (count + 1, sum + amount)
    })
}

#[test]
fn rows_are_those_of_the_sheets_and_only_edited_ones_move() {
    let world = World::start(ID, demo());
    let home = world.connected();
    sync(&home);
    let check = || {
        for (sheet, table, column) in [(0, "kpi_points", "value"), (1, "manual_costs", "amount")] {
            let (rows, sum) = truth(&world, sheet);
            assert_eq!(amount(&home, &format!("SELECT count(*) FROM {table}")), Decimal::from(rows));
            assert_eq!(amount(&home, &format!("SELECT sum({column}) FROM {table}")), sum.normalize());
        }
    };
    check();
    let first = "SELECT min(since) || ' ' || min(until) FROM manual_costs";
    assert_eq!(value(&home, first), "2024-11-01 2024-11-30");
    let zoned = "SELECT count(*) FROM kpi_points WHERE extract(hour FROM timestamp) NOT IN (0, 23)";
    assert_eq!(amount(&home, zoned), Decimal::ZERO, "midnight in London is 0 or 23 o'clock UTC");
    assert_nothing_moves(&home);

    // 21 November 2026 is a Saturday: two days later there is a week more, and the month's packing has grown
    world.advance(2);
    let report = sync(&home);
    check();
    assert_eq!((moved(&report, "kpis"), moved(&report, "costs")), ((3, 0), (0, 1)));
    assert_nothing_moves(&home);
}

#[test]
fn sheets_with_headers_alone_have_no_rows() {
    let world = World::start(ID, golden());
    let home = world.connected();
    sync(&home);
    assert_eq!(amount(&home, "SELECT count(*) FROM kpi_points"), Decimal::ZERO);
    assert_eq!(amount(&home, "SELECT count(*) FROM manual_costs"), Decimal::ZERO);
}

#[test]
fn refusals_and_cut_answers_change_nothing() {
    let world = World::start(ID, demo());
    assert_withstands(
        &world,
        &json!([
            {"point": "google_sheets.values", "first": 1, "fault": {"kind": "throttled"}},
            {"point": "google_sheets.values", "after": 1, "first": 2, "fault": {"kind": "status", "status": 500}},
            {"point": "google_sheets.values", "after": 3, "first": 1, "fault": {"kind": "reset", "after_bytes": 900}},
            {"point": "google_sheets.values", "after": 4, "first": 1, "fault": {"kind": "truncate"}},
            {"point": "google_sheets.values", "after": 6, "first": 1, "fault": {"kind": "expired_token"}},
        ]),
    );
    assert_set_aside(&world, "google_sheets.values", "valueRanges.0.values.4.2", "Value");
}

#[test]
fn access_that_was_taken_back_pauses_the_connection() {
    let world = World::start(ID, golden());
    let home = world.connected();
    revoke(&world, ID);
    assert_paused(&home, ID, "connect again");
}

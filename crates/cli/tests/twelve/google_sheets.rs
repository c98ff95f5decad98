//! Google Sheets: the rows of both sheets, blank lines and ragged rows included; rows that go are gone.

use netgain_domain::Decimal;
use netgain_sandbox::Brand;
use netgain_sandbox::google_sheets::{Cell, sheets};
use serde_json::json;

use crate::baseline;
use crate::harness::Connected;
use crate::table::{Empty, Expiry, Platform, Spoiled, Unknown};

pub static PLATFORM: Platform = Platform {
    id: "google_sheets",
    face: "google_sheets",
    truth,
    filled: ("kpi_points", 5),
    bent: "google_sheets.values",
    paged: "google_sheets.values",
    mode: &[],
    throttled_with: 429,
    expiry: Expiry::Refreshed("google_sheets.token"),
    revoked: "connect again",
    spoiled: Spoiled {
        point: "google_sheets.values",
        path: "valueRanges.0.values.4.2",
        field: "",
        tables: &["kpi_points", "manual_costs"],
    },
    unknown: Unknown::None,
    empty: Empty::World(Brand::Empty),
    never_empty: &[],
    restated: None,
    without: &[
        ("restated_day", "a sheet has no days that the platform would correct"),
        ("unknown_value", "cells are free text; there is no list of words"),
        ("page_cap", "a range comes in one answer; there are no pages"),
    ],
};

/// Rows with something in them below the headers, and the sum of their third column.
fn of_the_world(connected: &Connected, sheet: usize) -> (usize, Decimal) {
    let state = connected.state();
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

fn truth(connected: &Connected) {
    for (sheet, table, column) in [(0, "kpi_points", "value"), (1, "manual_costs", "amount")] {
        let (rows, sum) = of_the_world(connected, sheet);
        assert_eq!(connected.count(&format!("SELECT count(*) FROM {table}")), rows);
        assert_eq!(connected.amount(&format!("SELECT sum({column}) FROM {table}")), sum.normalize());
    }
    let zoned = "SELECT count(*) FROM kpi_points WHERE extract(hour FROM timestamp) NOT IN (0, 23)";
    assert_eq!(connected.count(zoned), 0, "midnight in London is 0 or 23 o'clock UTC");
}

#[test]
fn only_edited_rows_move() {
    // 21 November 2026 is a Saturday: two days later there is a week more, and the month's packing has grown
    let connected = baseline::of(&PLATFORM).elsewhere();
    connected.advance(2);
    let report = connected.sync();
    truth(&connected);
    let of = |stream: &str| (report.one(stream, "new"), report.one(stream, "changed"));
    assert_eq!((of("kpis"), of("costs")), ((3, 0), (0, 1)));
}

#[test]
fn a_row_that_lacks_what_tells_it_apart_is_named_and_the_others_count() {
    let connected = baseline::of(&PLATFORM).elsewhere();
    let (rows, _) = of_the_world(&connected, 1);
    // the first day of the fourth cost; the other sheets have no such cell
    let from = json!({"kind": "value", "path": "valueRanges.0.values.4.4", "value": ""});
    connected.fault(json!({"point": "google_sheets.values", "fault": from}));
    let told = connected.sync().0.to_string();
    assert!(told.contains("row 5: ") && told.contains("From"), "{told}");
    assert_eq!(connected.count("SELECT count(*) FROM manual_costs"), rows - 1);
    // it is called by its number until it can be told apart again
    let again = connected.sync().0.to_string();
    assert_eq!(again.matches("row 5: ").count(), told.matches("row 5: ").count(), "{again}");
    connected.end_faults();
    let mended = connected.sync().0.to_string();
    assert!(!mended.contains("row 5: "), "{mended}");
    truth(&connected);
}

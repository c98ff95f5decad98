//! Days are the workspace's: days of 23 and 25 hours, offsets of half and three quarters of an hour (`profit.md`, golden
//! case 6), through the pure functions and through the warehouse.
#![allow(missing_docs, clippy::unwrap_used, reason = "a failing test may panic")]

#[path = "../../profit/tests/common/mod.rs"]
mod common;
mod store;

use common::*;
use netgain_domain::facts::OrderFacts;
use netgain_domain::jiff::civil::Date;
use netgain_profit::{CostBook, compute_order};
use netgain_sync::update_profit;
use netgain_warehouse::By;
use store::{commit, record};

/// Instants on both sides of midnights, and the local day of each.
const LONDON: [(&str, &str); 8] = [
    // 29 March 2026 has 23 hours, 25 October 25
    ("2026-03-28T23:59:59Z", "2026-03-28"),
    ("2026-03-29T00:00:00Z", "2026-03-29"),
    ("2026-03-29T22:59:59Z", "2026-03-29"),
    ("2026-03-29T23:00:00Z", "2026-03-30"),
    ("2026-10-24T22:59:59Z", "2026-10-24"),
    ("2026-10-24T23:00:00Z", "2026-10-25"),
    ("2026-10-25T23:59:59Z", "2026-10-25"),
    ("2026-10-26T00:00:00Z", "2026-10-26"),
];
const KATHMANDU: [(&str, &str); 2] =
    [("2026-03-10T18:14:59Z", "2026-03-10"), ("2026-03-10T18:15:00Z", "2026-03-11")];
const ADELAIDE: [(&str, &str); 4] = [
    // +10:30 in summer, +09:30 in winter
    ("2026-01-10T13:29:59Z", "2026-01-10"),
    ("2026-01-10T13:30:00Z", "2026-01-11"),
    ("2026-07-10T14:29:59Z", "2026-07-10"),
    ("2026-07-10T14:30:00Z", "2026-07-11"),
];

fn sale(number: usize, placed: &str) -> OrderFacts {
    let mut order = order("EUR");
    (order.order_id, order.name) = (number.to_string(), format!("#{number}"));
    order.placed_at = at(placed);
    order.line("l", None, 1).sold("l", 1, "10", "0", "0")
}

fn days_of(zone: &str, cases: &[(&str, &str)]) {
    let settings = settings("EUR", zone);
    let orders: Vec<OrderFacts> =
        cases.iter().enumerate().map(|(number, (placed, _))| sale(number, placed)).collect();
    let mut expected: Vec<(Date, i64)> = Vec::new();
    for (order, (placed, local)) in orders.iter().zip(cases) {
        let profit = compute_order(order, &CostBook::default(), &settings).unwrap();
        assert_eq!(profit.day, day(local), "{placed} in {zone}");
        match expected.last_mut() {
            Some((last, count)) if *last == day(local) => *count += 1,
            _ => expected.push((day(local), 1)),
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let store = store::open(dir.path());
    commit(&store, orders.iter().map(|order| record(order, 1)).collect());
    update_profit(&store, &settings, &mut |_| {}).unwrap();
    let stored = store.pnl(day("2026-01-01"), day("2026-12-31"), By::Day).unwrap().into_iter();
    let counted: Vec<(Date, i64)> =
        stored.filter(|row| row.orders > 0).map(|row| (row.day.unwrap(), row.orders)).collect();
    assert_eq!(counted, expected, "{zone}");
}

#[test]
fn days_of_23_and_25_hours() {
    days_of("Europe/London", &LONDON);
}

#[test]
fn offsets_of_half_and_three_quarters_of_an_hour() {
    days_of("Asia/Kathmandu", &KATHMANDU);
    days_of("Australia/Adelaide", &ADELAIDE);
}

/// A rate is the local day's too: the same instant has another rate in another zone.
#[test]
fn the_rate_is_the_one_of_the_local_day() {
    let dir = tempfile::tempdir().unwrap();
    let store = store::open(dir.path());
    let settings = settings("NPR", "Asia/Kathmandu");
    let rate = |on: &str, rate: &str| {
        use netgain_domain::{Record, Table, Value};
        let cells = [
            ("day", Value::Date(day(on))),
            ("base", store::text("EUR")),
            ("quote", store::text("NPR")),
            ("rate", Value::Decimal(dec(rate))),
        ];
        Record { root: store::row(Table::FxRates, on, &cells), children: vec![], version: 1, position: 0 }
    };
    let orders = [sale(1, "2026-03-10T18:14:59Z"), sale(2, "2026-03-10T18:15:00Z")];
    let mut records: Vec<_> = orders.iter().map(|order| record(order, 1)).collect();
    records.extend([rate("2026-03-10", "133"), rate("2026-03-11", "134")]);
    commit(&store, records);
    update_profit(&store, &settings, &mut |_| {}).unwrap();
    let by_day = store.pnl(day("2026-03-10"), day("2026-03-11"), By::Day).unwrap();
    let sold: Vec<_> = by_day.iter().map(|row| row.ladder.gross_sales).collect();
    assert_eq!(sold, [dec("1330"), dec("1340")]);
}

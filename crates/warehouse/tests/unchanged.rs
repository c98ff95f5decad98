//! A record that says nothing new is left alone; one that says anything new is written, whatever its version.
#![allow(missing_docs, clippy::unwrap_used)]

#[macro_use]
mod common;

use common::{START, at, batch, dec, dump, open, order, row, text};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{Record, Table, Value};
use netgain_warehouse::{Batch, CommitReport, Warehouse};

/// The same page, read at another time and kept in another place of the archive.
fn elsewhere(records: Vec<Record>, when: Timestamp) -> Batch {
    let mut page = batch(records, None);
    page.observed_at = when;
    for (_, raw_ref) in &mut page.records {
        *raw_ref = raw_ref.replace("0123", "fedc");
    }
    page
}

fn orders(version: i64) -> Vec<Record> {
    (0..50).map(|number| order(number, version)).collect()
}

fn counts(report: &CommitReport) -> (u64, u64, u64, u64) {
    (report.roots_new, report.roots_changed, report.unchanged, report.rows_by_table.values().sum())
}

/// Cells of a query as texts.
fn ask(store: &Warehouse, sql: &str) -> String {
    format!("{:?}", store.query(sql, 100, std::time::Duration::from_secs(9)).unwrap().rows)
}

fn what_is_read_again_on_another_page_keeps_its_pointer_and_its_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.commit(&batch(orders(1), None)).unwrap();
    let before = dump(&store);
    let again = store.commit(&elsewhere(orders(1), at(START + 86_400 * 500))).unwrap();
    assert_eq!(counts(&again), (0, 0, 50, 0));
    assert_eq!(dump(&store), before);

    // one child of one order says something else under the same version
    let mut page = orders(1);
    page[7].children[0].set("quantity", Value::Int(9));
    let report = store.commit(&elsewhere(page, at(START + 86_400 * 500))).unwrap();
    assert_eq!((report.roots_changed, report.unchanged), (1, 49));
    assert_ne!(dump(&store), before);

    // a later version is kept as one even if it says the same: what comes between them must stay out
    let report = store.commit(&elsewhere(orders(5), at(START + 86_400 * 501))).unwrap();
    assert_eq!((report.roots_changed, report.unchanged), (50, 0));
    assert_eq!(store.commit(&batch(orders(3), None)).unwrap().stale, 50);
}

#[test]
fn rows_of_an_older_file_are_written_once_more() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.commit(&batch(orders(1), None)).unwrap();
    let whole = dump(&store);
    drop(store);
    let file = duckdb::Connection::open(dir.path().join("test/facts.duckdb")).unwrap();
    file.execute_batch("ALTER TABLE orders DROP COLUMN content_hash").unwrap();
    drop(file);
    let store = open(dir.path());
    assert_ne!(dump(&store), whole);
    assert_eq!(counts(&store.commit(&batch(orders(1), None)).unwrap()), (0, 50, 0, 320));
    assert_eq!(dump(&store), whole);
    assert_eq!(counts(&store.commit(&batch(orders(1), None)).unwrap()), (0, 0, 50, 0));
}

fn pages_that_are_joined_for_a_commit_leave_what_they_would_leave_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (apart, joined) = (open(&dir.path().join("a")), open(&dir.path().join("b")));
    // a listing that begins again lists some records a second time
    let first = batch((0..30).map(|number| order(number, 1)).collect(), None);
    let mut second: Vec<Record> = (20..50).map(|number| order(number, 1)).collect();
    second[3].root.set("channel", text("changed meanwhile"));
    second[4].version = 2;
    let second = elsewhere(second, first.observed_at);
    apart.commit(&first).unwrap();
    let report = apart.commit(&second).unwrap();
    assert_eq!((report.roots_new, report.roots_changed, report.unchanged), (20, 2, 8));
    let both = first.records.into_iter().chain(second.records).collect();
    let report = joined.commit(&Batch { records: both, ..batch(vec![], None) }).unwrap();
    assert_eq!((report.roots_new, report.stale), (50, 10));
    assert_eq!(dump(&joined), dump(&apart));
}

fn ad_days(when: Timestamp, spends: &[&str], provisional: bool) -> Batch {
    let day = |(number, spend): (i8, &&str)| {
        let day = netgain_domain::jiff::civil::date(2024, 1, number);
        let cells = [
            ("day", Value::Date(day)),
            ("level", text("ad")),
            ("entity_id", text("7")),
            ("currency", text("USD")),
            ("spend", dec(spend)),
            ("provisional", Value::Bool(provisional)),
        ];
        let root = row(Table::AdDays, &format!("7:{day}"), &cells);
        Record { root, children: vec![], version: when.as_microsecond(), position: 0 }
    };
    let mut page = batch((1..).zip(spends).map(day).collect(), None);
    page.observed_at = when;
    page
}

fn restated_days_that_are_the_same_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let when = |day: i64| at(START + day * 86_400);
    let dirty = || ask(&store, "SELECT DISTINCT CAST(day AS VARCHAR) FROM dirty_days ORDER BY 1");
    let rebuild = || store.rebuild_daily(netgain_warehouse::Rebuild::Changed, "USD".parse().unwrap());
    store.commit(&ad_days(when(10), &["1.00", "2.00", "3.00"], true)).unwrap();
    rebuild().unwrap();
    let before = dump(&store);

    // their version is the time of reading, which says nothing
    let report = store.commit(&ad_days(when(11), &["1", "2", "3"], true)).unwrap();
    assert_eq!(counts(&report), (0, 0, 3, 0));
    assert_eq!(dump(&store), before, "nothing to sum again either");

    let report = store.commit(&ad_days(when(12), &["1", "2.50", "3"], true)).unwrap();
    assert_eq!(counts(&report), (0, 1, 2, 1));
    assert!(dirty().contains("2024-01-02") && !dirty().contains("2024-01-03"), "{}", dirty());
    rebuild().unwrap();

    // what was provisional and is final now has changed, though its amount has not
    let report = store.commit(&ad_days(when(13), &["1"], false)).unwrap();
    assert_eq!(counts(&report), (0, 1, 0, 1));
    assert!(dirty().contains("2024-01-01"), "{}", dirty());
    // and an answer that was read before it comes too late
    assert_eq!(store.commit(&ad_days(when(10), &["9"], true)).unwrap().stale, 1);
}

fn a_cost_whose_currency_is_known_only_later_is_recorded_then() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let see = |table: Table, id: &str, cells: &[(&str, Value)], day: i64| {
        let when = at(START + day * 86_400);
        let record = Record {
            root: row(table, id, cells),
            children: vec![],
            version: when.as_microsecond(),
            position: 0,
        };
        store.commit(&elsewhere(vec![record], when)).unwrap()
    };
    let variant = [("price", dec("10")), ("unit_cost", dec("4"))];
    assert_eq!(see(Table::Variants, "v1", &variant, 1).unit_costs_without_currency, 1);
    let shop = [("kind", text("shop")), ("currency", text("USD")), ("time_zone", text("UTC"))];
    see(Table::Accounts, "1", &shop, 2);
    let report = see(Table::Variants, "v1", &variant, 3);
    assert_eq!((report.unchanged, report.unit_costs), (1, 1));
    let report = see(Table::Variants, "v1", &variant, 4);
    assert_eq!((counts(&report), report.unit_costs), ((0, 0, 1, 0), 0));
}

on_both!(
    what_is_read_again_on_another_page_keeps_its_pointer_and_its_time,
    pages_that_are_joined_for_a_commit_leave_what_they_would_leave_alone,
    restated_days_that_are_the_same_are_left_alone,
    a_cost_whose_currency_is_known_only_later_is_recorded_then
);

//! Records that are gone at the platform go with what they own, together with the page that says so.
#![allow(missing_docs, clippy::unwrap_used)]

#[macro_use]
mod common;

use common::{START, at, batch, dec, open, order, row, text};
use netgain_domain::{Record, Table, Value};
use netgain_warehouse::{Batch, Gone, Swept, Warehouse};

fn orders(numbers: std::ops::Range<i64>, stream: &str, read: i64) -> Batch {
    in_stream(batch(numbers.map(|number| order(number, 1)).collect(), None), stream, read)
}

/// The batch as a page of that stream, read at that second.
fn in_stream(mut page: Batch, stream: &str, read: i64) -> Batch {
    page.stream = stream.to_owned();
    page.observed_at = at(read);
    let prefix = format!("{}/{stream}/00", page.connection.as_str());
    for (line, (_, raw_ref)) in page.records.iter_mut().enumerate() {
        *raw_ref = format!("{prefix}#{line}");
    }
    page
}

fn count(store: &Warehouse, what: &str) -> String {
    let sql = format!("SELECT count(*) FROM {what}");
    format!("{:?}", store.query(&sql, 10, std::time::Duration::from_secs(9)).unwrap().rows[0][0])
}

fn says(store: &Warehouse, page: &Batch, gone: Gone) -> u64 {
    let empty = Batch { records: Vec::new(), cursor: Some("{\"n\":1}".to_owned()), ..page.clone() };
    store.commit_with(&empty, &[gone], &mut |_, _| {}).unwrap().deleted
}

fn named_records_go_with_their_rows_and_the_cursor_comes() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let page = orders(0..20, "orders", START);
    store.commit(&page).unwrap();
    let lines = count(&store, "order_lines");
    let ids = ["3", "4", "99"].map(str::to_owned).to_vec();
    let gone = Gone { table: Table::Orders, ids, swept: None };
    assert_eq!(says(&store, &page, gone.clone()), 2);
    assert_eq!(count(&store, "orders"), count(&store, "generate_series(1, 18)"));
    assert_ne!(count(&store, "order_lines"), lines);
    assert_eq!(
        count(&store, "order_lines WHERE order_id IN ('3', '4')"),
        count(&store, "generate_series(1, 0)")
    );
    assert_eq!(store.cursor(&page.connection, "orders").unwrap().unwrap().state, "{\"n\":1}");
    assert_eq!(says(&store, &page, gone), 0, "what is gone stays so");
}

fn a_complete_listing_takes_what_it_did_not_hold_of_its_own_stream_only() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let page = orders(0..10, "orders", START);
    store.commit(&page).unwrap();
    store.commit(&orders(10..15, "drafts", START)).unwrap();
    // came by another way while it was listed
    store.commit(&orders(15..16, "orders", START + 60)).unwrap();
    let kept = (0..8).map(|id| id.to_string()).collect();
    let swept = Swept { began: at(START + 30), kept, days: None, only: Vec::new() };
    let gone = Gone { table: Table::Orders, ids: Vec::new(), swept: Some(swept) };
    assert_eq!(says(&store, &page, gone), 2);
    assert_eq!(count(&store, "orders WHERE source_id IN ('8', '9')"), count(&store, "generate_series(1, 0)"));
    assert_eq!(count(&store, "orders"), count(&store, "generate_series(1, 14)"));
}

fn a_window_of_days_takes_its_own_days_and_slice_only_and_they_are_summed_anew() {
    let day = |number: i8, account: &str| {
        let day = netgain_domain::jiff::civil::date(2024, 1, number);
        let id = format!("{day}:{account}");
        let cells = [
            ("day", Value::Date(day)),
            ("level", text("ad")),
            ("entity_id", text("1")),
            ("account_id", text(account)),
            ("currency", text("USD")),
            ("spend", dec("1.50")),
        ];
        Record { root: row(Table::AdDays, &id, &cells), children: Vec::new(), version: 1, position: 0 }
    };
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let all = ["a", "b"].into_iter().flat_map(|account| (1..=9).map(move |number| day(number, account)));
    let page = in_stream(batch(all.collect(), None), "spend", START);
    store.commit(&page).unwrap();
    let days = |since: &str, until: &str| ("day".to_owned(), since.parse().unwrap(), until.parse().unwrap());
    let swept = Swept {
        began: at(START + 1),
        kept: vec!["2024-01-03:a".to_owned()],
        days: Some(days("2024-01-03", "2024-01-05")),
        only: vec![("account_id".to_owned(), "a".to_owned())],
    };
    let gone = Gone { table: Table::AdDays, ids: Vec::new(), swept: Some(swept.clone()) };
    assert_eq!(says(&store, &page, gone), 2);
    assert_eq!(count(&store, "ad_days WHERE account_id = 'a'"), count(&store, "generate_series(1, 7)"));
    assert_eq!(count(&store, "ad_days WHERE account_id = 'b'"), count(&store, "generate_series(1, 9)"));

    let wrong = Swept { only: vec![("1=1; --".to_owned(), "a".to_owned())], ..swept };
    let gone = Gone { table: Table::AdDays, ids: Vec::new(), swept: Some(wrong) };
    let refused = store.commit_with(&page, &[gone], &mut |_, _| {}).unwrap_err();
    assert!(refused.to_string().contains("no column"), "{refused}");
}

fn what_a_line_became_in_other_tables_goes_with_its_record() {
    let payout = |id: &str, amount: &str| {
        let cells = [("amount", dec(amount)), ("currency", text("USD"))];
        Record { root: row(Table::Payouts, id, &cells), children: Vec::new(), version: 1, position: 0 }
    };
    // each line is a movement of money and, as it says, a payout
    let line = |number: i64, gross: &str, version: i64| {
        let cells = [
            ("gross", dec(gross)),
            ("currency", text("USD")),
            ("created_at", Value::Time(at(START))),
            ("kind", text("charge")),
        ];
        let id = format!("t{number}");
        let root = row(Table::BalanceTransactions, &id, &cells);
        let moved = Record { root, children: Vec::new(), version, position: 0 };
        [moved, payout(&format!("p{number}"), "5.00")]
    };
    let page = |lines: Vec<[Record; 2]>, segment: &str, read: i64| {
        let mut page = in_stream(batch(lines.into_iter().flatten().collect(), None), "money", read);
        let prefix = format!("{}/money/{segment}", page.connection.as_str());
        for (at, (_, raw_ref)) in page.records.iter_mut().enumerate() {
            *raw_ref = format!("{prefix}#{}", at / 2);
        }
        page
    };
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let first = page((0..3).map(|number| line(number, "5.00", 1)).collect(), "00", START);
    store.commit(&first).unwrap();
    // the movement says something new, its payout does not, and still both are found by the same line
    let again = page(vec![line(1, "6.00", 2)], "01", START + 60);
    let report = store.commit(&again).unwrap();
    assert_eq!((report.roots_changed, report.unchanged), (2, 0));
    let report = store.commit(&page(vec![line(1, "6.00", 2)], "02", START + 90)).unwrap();
    assert_eq!((report.roots_changed, report.unchanged), (0, 2), "nothing new was said");
    let ids = ["t0", "t1"].map(str::to_owned).to_vec();
    let gone = Gone { table: Table::BalanceTransactions, ids, swept: None };
    assert_eq!(says(&store, &first, gone), 2);
    assert_eq!(count(&store, "balance_transactions"), count(&store, "generate_series(1, 1)"));
    assert_eq!(count(&store, "payouts"), count(&store, "generate_series(1, 1)"));
    assert_eq!(count(&store, "payouts WHERE source_id = 'p2'"), count(&store, "generate_series(1, 1)"));
}

on_both!(
    named_records_go_with_their_rows_and_the_cursor_comes,
    a_complete_listing_takes_what_it_did_not_hold_of_its_own_stream_only,
    a_window_of_days_takes_its_own_days_and_slice_only_and_they_are_summed_anew,
    what_a_line_became_in_other_tables_goes_with_its_record
);

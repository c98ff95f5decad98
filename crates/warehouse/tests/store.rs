//! The store's promises: nothing twice, nothing older over newer, nothing by halves, nothing rounded.
#![allow(missing_docs, clippy::unwrap_used)]

#[macro_use]
mod common;

use common::{at, batch, dec, dump, open, order, row, stale, text};
use netgain_domain::{Record, Table, Value};
use netgain_warehouse::{Error, Options, Warehouse};

fn orders(numbers: std::ops::Range<i64>, version: i64) -> Vec<Record> {
    numbers.map(|number| order(number, version)).collect()
}

fn a_page_committed_twice_is_stored_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let page = batch(orders(0..500, 1), Some(r#"{"after":"500"}"#));
    let first = store.commit(&page).unwrap();
    assert_eq!((first.roots_new, first.roots_changed, first.stale), (500, 0, 0));
    assert_eq!(first.rows_by_table[&Table::OrderLines], 1_000);
    let once = dump(&store);
    let second = store.commit(&page).unwrap();
    let written = (second.roots_new, second.roots_changed, second.rows_by_table.len());
    assert_eq!((written, second.unchanged, second.stale), ((0, 0, 0), 500, 0));
    assert_eq!(dump(&store), once);
    let counts = store.row_counts(&"shop".parse().unwrap()).unwrap();
    assert!(counts.contains(&(Table::Orders, 500)) && counts.contains(&(Table::SaleEvents, 1_100)));
}

fn late_versions_never_overwrite_and_the_order_of_pages_does_not_matter() {
    let dir = tempfile::tempdir().unwrap();
    let (forth, back) = (open(&dir.path().join("a")), open(&dir.path().join("b")));
    let pages = [orders(0..60, 1), orders(30..90, 2), orders(10..40, 3)].map(|page| batch(page, None));
    for page in &pages {
        forth.commit(page).unwrap();
    }
    for page in pages.iter().rev() {
        back.commit(page).unwrap();
    }
    // raw_ref differs by position in its page; everything stored is the newest version either way
    assert_eq!(dump(&forth), dump(&back));
    let report = back.commit(&pages[0]).unwrap();
    assert_eq!((report.roots_changed, report.unchanged, report.stale), (0, 10, 50));

    let both = open(&dir.path().join("c"));
    let mut mixed = orders(0..60, 1);
    mixed.extend(orders(30..90, 2));
    let report = both.commit(&batch(mixed, None)).unwrap();
    assert_eq!((report.roots_new, report.stale), (90, 30));
}

fn a_tie_within_a_page_goes_to_the_later_record() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut later = order(1, 5);
    later.root.set("channel", text("the later one"));
    store.commit(&batch(vec![order(1, 5), later, order(1, 4)], None)).unwrap();
    assert!(dump(&store).contains("the later one"));
}

fn removed_children_go_with_the_old_version() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.commit(&batch(orders(0..20, 1), None)).unwrap();
    let mut edited = order(5, 2);
    edited.children.retain(|child| child.source_id != "5-1" && child.table != Table::RefundLines);
    store.commit(&batch(vec![edited.clone()], None)).unwrap();

    let fresh = open(&dir.path().join("fresh"));
    let mut all = orders(0..20, 1);
    all[5] = edited;
    fresh.commit(&batch(all, None)).unwrap();
    let plain = |store: &Warehouse| {
        // pointers differ, since the page differs
        dump(store)
            .lines()
            .map(|line| line.split("#5\"").collect::<Vec<_>>().join("#0\""))
            .collect::<Vec<_>>()
    };
    assert_eq!(plain(&store), plain(&fresh));
    assert!(!dump(&store).contains("\"5-1\",\"1\""));
}

fn no_row_is_ever_there_twice() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for version in 1..6 {
        store.commit(&batch(orders(version * 7..version * 7 + 40, version), None)).unwrap();
    }
    let text = dump(&store);
    let mut seen = std::collections::HashSet::new();
    let mut table = "";
    for line in text.lines() {
        if line.starts_with('[') {
            let cells: Vec<Option<String>> = serde_json::from_str(line).unwrap();
            assert!(seen.insert((table, cells[1].clone(), cells[3].clone())), "{table} {line}");
        } else {
            table = line.split(' ').next().unwrap();
        }
    }
    assert!(seen.len() > 300);
}

fn rows_and_cursor_come_together_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let connection = "shop".parse().unwrap();
    store.commit(&batch(orders(0..10, 1), Some(r#"{"page":1}"#))).unwrap();
    let before = dump(&store);

    // the last row of the page has one digit too many, found when all others are appended
    let mut page = orders(5..30, 2);
    page[24].root.set("total_price", dec("0.00000000001"));
    let error = store.commit(&batch(page, Some(r#"{"page":2}"#))).unwrap_err();
    assert!(matches!(&error, Error::Precision { column, .. } if column == "total_price"), "{error}");
    assert_eq!(dump(&store), before);

    let error = store.commit(&batch(orders(10..20, 1), Some("{page"))).unwrap_err();
    assert!(matches!(error, Error::Cursor { .. }));
    assert_eq!(dump(&store), before);
    assert_eq!(store.cursor(&connection, "orders").unwrap().unwrap().state, r#"{"page":1}"#);

    store.commit(&batch(orders(10..20, 1), Some(r#"{"page":2}"#))).unwrap();
    assert_eq!(store.cursors(&connection).unwrap()[0].state, r#"{"page":2}"#);
    store.clear_cursor(&connection, None).unwrap();
    assert_eq!(store.cursor(&connection, "orders").unwrap(), None);
}

fn rows_that_do_not_belong_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut foreign = order(1, 1);
    foreign.children[0].set("order_id", text("2"));
    assert!(matches!(store.commit(&batch(vec![foreign], None)), Err(Error::Owner { .. })));
    let mut twice = order(1, 1);
    let copy = twice.children[0].clone();
    twice.children.push(copy);
    assert!(matches!(store.commit(&batch(vec![twice], None)), Err(Error::Duplicate { .. })));
    let mut nameless = order(1, 1);
    nameless.root.set("name", Value::Null);
    assert!(matches!(store.commit(&batch(vec![nameless], None)), Err(Error::Row { .. })));
}

fn amounts_keep_every_digit() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let kept = ["12345678901234567.89", "0.1", "19.990", "-0.0000000001", "9999999999999999999999999999"];
    for (number, amount) in kept.iter().enumerate() {
        let mut record = order(i64::try_from(number).unwrap(), 1);
        record.root.set("total_price", dec(amount));
        store.commit(&batch(vec![record], None)).unwrap();
    }
    let text = dump(&store);
    for stored in [
        "\"12345678901234567.8900000000\"",
        "\"0.1000000000\"",
        "\"19.9900000000\"",
        "\"-0.0000000001\"",
        "\"9999999999999999999999999999.0000000000\"",
    ] {
        assert!(text.contains(stored), "{stored}");
    }
}

fn variant(id: &str, cost: Option<&str>, currency: Option<&str>, version: i64) -> Record {
    let mut cells = vec![("price", dec("10"))];
    cells.extend(cost.map(|cost| ("unit_cost", dec(cost))));
    cells.extend(currency.map(|currency| ("unit_cost_currency", text(currency))));
    Record { root: row(Table::Variants, id, &cells), children: vec![], version, position: 0 }
}

fn the_cost_book_keeps_each_change_with_its_day() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let see = |day: i64, cost: Option<&str>, currency: Option<&str>| {
        let mut page = batch(vec![variant("v1", cost, currency, day)], None);
        page.observed_at = at(common::START + day * 86_400);
        store.commit(&page).unwrap()
    };
    assert_eq!(see(0, None, None).unit_costs, 0);
    assert_eq!(see(1, Some("4.00"), None).unit_costs_without_currency, 1);
    assert_eq!(see(1, Some("4.00"), Some("USD")).unit_costs, 1);
    assert_eq!(see(2, Some("4"), Some("USD")).unit_costs, 0);
    assert_eq!(see(3, Some("4.5"), Some("USD")).unit_costs, 1);
    assert_eq!(see(3, Some("4.75"), Some("USD")).unit_costs, 1);
    assert_eq!(see(9, Some("4.75"), Some("EUR")).unit_costs, 1);
    let text = dump(&store);
    let book: Vec<&str> = text.lines().filter(|line| line.contains("\"v1@")).collect();
    // nothing is overwritten, also not within a day
    assert_eq!(book.len(), 4, "{book:#?}");
    assert!(book.iter().any(|row| row.contains("v1@since-ever") && row.contains("4.0000000000")));
    assert!(book.iter().any(|row| row.contains("v1@2024-01-04\"") && row.contains("4.5000000000")));
    assert!(book.iter().any(|row| row.contains("v1@2024-01-04.") && row.contains("4.7500000000")));
    assert!(book.iter().any(|row| row.contains("v1@2024-01-10") && row.contains("EUR")));
}

#[test]
fn a_second_opening_shares_the_first_and_the_file_is_private() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path());
    first.commit(&batch(orders(0..3, 1), None)).unwrap();
    let second = open(dir.path());
    assert_eq!(dump(&first), dump(&second));
    drop((first, second));
    let again = Warehouse::open(dir.path(), &"test".parse().unwrap(), Options::default()).unwrap();
    assert!(again.row_counts(&"shop".parse().unwrap()).unwrap().contains(&(Table::Orders, 3)));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode =
            |name: &str| std::fs::metadata(dir.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("test"), mode("test/facts.duckdb")), (0o700, 0o600));
    }
}

fn readers_and_writers_share_one_handle() {
    fn shared<T: Clone + Send + Sync>(_: &T) {}
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    shared(&store);
    let connection = "shop".parse().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let store = store.clone();
            scope.spawn(move || {
                for page in 0..5 {
                    let first = writer * 100 + page * 20;
                    store.commit(&batch(orders(first..first + 20, 1), Some("{}"))).unwrap();
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..40 {
                let counts = store.row_counts(&connection).unwrap();
                let of = |table: Table| counts.iter().find(|(other, _)| *other == table).unwrap().1;
                assert_eq!(of(Table::Orders) % 20, 0, "a page is seen whole or not at all");
            }
        });
    });
    let counts = store.row_counts(&connection).unwrap();
    assert!(counts.contains(&(Table::Orders, 400)) && counts.contains(&(Table::OrderLines, 800)));
}

fn ids_that_are_no_numbers_are_found_again_too() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let named = |number: i64, version: i64| {
        let mut record = order(number, version);
        let id = format!("ord-{number}-x");
        record.root.source_id.clone_from(&id);
        record.children.iter_mut().for_each(|child| child.set("order_id", text(&id)));
        record
    };
    store.commit(&batch((0..200).map(|number| named(number, 1)).collect(), None)).unwrap();
    let report = store.commit(&batch((0..150).map(|number| named(number, 2)).collect(), None)).unwrap();
    assert_eq!((report.roots_new, report.roots_changed), (0, 150));
    let counts = store.row_counts(&"shop".parse().unwrap()).unwrap();
    assert!(counts.contains(&(Table::Orders, 200)) && counts.contains(&(Table::OrderLines, 400)));
    let keys = stale(&store, "s");
    assert_eq!(keys.len(), 200);
    assert!(store.load_order_facts(&keys).unwrap().iter().all(|facts| facts.lines.len() == 2));
}

#[test]
fn a_workspace_of_a_later_version_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    let file = duckdb::Connection::open(dir.path().join("test/facts.duckdb")).unwrap();
    file.execute_batch("INSERT INTO schema_version VALUES (99)").unwrap();
    drop(file);
    let refused = Warehouse::open(dir.path(), &"test".parse().unwrap(), Options::default()).unwrap_err();
    assert!(matches!(refused, Error::NewerSchema { found: 99, .. }), "{refused}");
}

#[test]
fn a_column_that_is_new_to_the_program_is_added() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.commit(&batch(orders(0..3, 1), None)).unwrap();
    drop(store);
    let file = duckdb::Connection::open(dir.path().join("test/facts.duckdb")).unwrap();
    file.execute_batch("ALTER TABLE orders DROP COLUMN total_tax").unwrap();
    drop(file);
    let store = open(dir.path());
    store.commit(&batch(orders(2..5, 2), None)).unwrap();
    assert!(store.row_counts(&"shop".parse().unwrap()).unwrap().contains(&(Table::Orders, 5)));
}

on_both!(
    a_page_committed_twice_is_stored_once,
    late_versions_never_overwrite_and_the_order_of_pages_does_not_matter,
    a_tie_within_a_page_goes_to_the_later_record,
    removed_children_go_with_the_old_version,
    no_row_is_ever_there_twice,
    rows_and_cursor_come_together_or_not_at_all,
    rows_that_do_not_belong_are_refused,
    amounts_keep_every_digit,
    the_cost_book_keeps_each_change_with_its_day,
    readers_and_writers_share_one_handle,
    ids_that_are_no_numbers_are_found_again_too
);

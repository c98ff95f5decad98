//! Parts of a connection's rows come page by page, each row once, and add up by day and currency.
#![allow(missing_docs, clippy::unwrap_used)]

#[macro_use]
mod common;

use std::collections::BTreeMap;

use common::{START, at, batch, dec, open, row, text};
use netgain_domain::jiff::civil::{Date, date};
use netgain_domain::{Record, Table, Value};
use netgain_warehouse::{Error, ResourceFilter, Warehouse};

/// Ads of three days, two of them at one day in two currencies, one ad set; another connection has one too.
fn filled(dir: &std::path::Path) -> Warehouse {
    let store = open(dir);
    let day = |id: &str, day: Date, level: &str, currency: &str, spend: &str| Record {
        root: row(
            Table::AdDays,
            id,
            &[
                ("day", Value::Date(day)),
                ("level", text(level)),
                ("entity_id", text("ad")),
                ("currency", text(currency)),
                ("spend", dec(spend)),
                ("clicks", Value::Int(2)),
            ],
        ),
        children: Vec::new(),
        version: 1,
        position: 0,
    };
    let rows = vec![
        day("c", date(2026, 3, 2), "ad", "EUR", "1.10"),
        day("a", date(2026, 3, 1), "ad", "EUR", "2.20"),
        day("b", date(2026, 3, 1), "ad", "USD", "3.30"),
        day("d", date(2026, 3, 3), "ad_set", "EUR", "9"),
        day("e", date(2026, 3, 9), "ad", "EUR", "4.40"),
    ];
    store.commit(&batch(rows, None)).unwrap();
    let mut other = batch(vec![day("x", date(2026, 3, 1), "ad", "EUR", "100")], None);
    other.connection = "other".parse().unwrap();
    store.commit(&other).unwrap();
    // a campaign's results in all belong to no day
    let sent = |id: &str, day: Option<Date>, sent: i64| Record {
        root: row(
            Table::MessageDays,
            id,
            &[
                ("day", day.map_or(Value::Null, Value::Date)),
                ("campaign_id", text("k")),
                ("sent", Value::Int(sent)),
            ],
        ),
        children: Vec::new(),
        version: 1,
        position: 0,
    };
    let rows = vec![
        sent("m2", Some(date(2026, 3, 2)), 5),
        sent("m0", None, 70),
        sent("m1", None, 80),
        sent("m3", Some(date(2026, 4, 1)), 6),
    ];
    store.commit(&batch(rows, None)).unwrap();
    store
}

fn pages(store: &Warehouse, filter: &ResourceFilter<'_>, limit: usize) -> Vec<String> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = store.resource_rows(filter, &["campaign_id"], after.as_ref(), limit);
        let page = page.or_else(|_| store.resource_rows(filter, &["spend"], after.as_ref(), limit)).unwrap();
        let Some(last) = page.last() else { return ids };
        after = Some(last.place.clone());
        ids.extend(page.into_iter().map(|row| row.source_id));
    }
}

fn every_row_stands_on_one_page_by_its_day() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(dir.path());
    let shop = "shop".parse().unwrap();
    let only = BTreeMap::from([("level".to_owned(), vec!["ad".to_owned(), "it's".to_owned()])]);
    let all = ResourceFilter {
        connection: &shop,
        table: Table::AdDays,
        only: &only,
        time: Some("day"),
        days: Some((date(2026, 3, 1), date(2026, 3, 8))),
    };
    for limit in [1, 2, 3, 10] {
        assert_eq!(pages(&store, &all, limit), ["a", "b", "c"], "{limit}");
    }
    // without a time they come by their id, all of them
    let none = BTreeMap::new();
    let by_id = ResourceFilter { only: &none, time: None, days: None, ..all.clone() };
    assert_eq!(pages(&store, &by_id, 2), ["a", "b", "c", "d", "e"]);
    // what belongs to no day comes first, and always
    let messages = ResourceFilter { table: Table::MessageDays, only: &none, ..all.clone() };
    for limit in [1, 2, 3] {
        assert_eq!(pages(&store, &messages, limit), ["m0", "m1", "m2"], "{limit}");
    }
    let row = store.resource_rows(&all, &["spend", "day"], None, 1).unwrap().remove(0);
    let day = Value::Date(date(2026, 3, 1));
    assert_eq!(row.cells, [Value::Decimal("2.20".parse().unwrap()), day]);
    assert_eq!(row.observed_at, at(START + 86_400 * 400));
}

fn sums_are_by_currency_and_leave_out_what_has_no_day() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(dir.path());
    let shop = "shop".parse().unwrap();
    let only = BTreeMap::from([("level".to_owned(), vec!["ad".to_owned()])]);
    let filter = ResourceFilter {
        connection: &shop,
        table: Table::AdDays,
        only: &only,
        time: Some("day"),
        days: Some((date(2026, 3, 1), date(2026, 3, 8))),
    };
    let sums = |by_day| {
        let all = store.resource_sums(&filter, &["spend", "clicks", "impressions"], by_day).unwrap();
        let told = all.into_iter().map(|sum| {
            let values: Vec<String> = sum
                .sums
                .iter()
                .map(|sum| sum.map_or("-".to_owned(), |sum| sum.normalize().to_string()))
                .collect();
            let day = sum.day.map_or("-".to_owned(), |day| day.to_string());
            format!("{day} {} {} {}", sum.currency.unwrap(), values.join(" "), sum.rows)
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(sums(false), ["- EUR 3.3 4 - 2", "- USD 3.3 2 - 1"]);
    assert_eq!(
        sums(true),
        ["2026-03-01 EUR 2.2 2 - 1", "2026-03-01 USD 3.3 2 - 1", "2026-03-02 EUR 1.1 2 - 1"]
    );
    let none = BTreeMap::new();
    let messages = ResourceFilter { table: Table::MessageDays, only: &none, days: None, ..filter.clone() };
    let sent = store.resource_sums(&messages, &["sent"], false).unwrap();
    assert_eq!(sent[0].sums[0].unwrap().to_string(), "11");
}

fn a_name_that_is_no_column_goes_into_no_query() {
    let dir = tempfile::tempdir().unwrap();
    let store = filled(dir.path());
    let shop = "shop".parse().unwrap();
    let none = BTreeMap::new();
    let filter =
        ResourceFilter { connection: &shop, table: Table::AdDays, only: &none, time: None, days: None };
    let evil = "spend\" FROM ad_days; --";
    assert!(matches!(store.resource_rows(&filter, &[evil], None, 1), Err(Error::Stored { .. })));
    assert!(matches!(store.resource_sums(&filter, &[evil], false), Err(Error::Stored { .. })));
    let only = BTreeMap::from([(evil.to_owned(), Vec::new())]);
    let narrowed = ResourceFilter { only: &only, ..filter.clone() };
    assert!(store.resource_rows(&narrowed, &["spend"], None, 1).is_err());
    assert_eq!(store.observed_at(&shop, Table::AdDays, "' OR 1=1 --").unwrap(), None);
    assert_eq!(store.observed_at(&shop, Table::AdDays, "a").unwrap(), Some(at(START + 86_400 * 400)));
    assert_eq!(store.observed_at(&"other".parse().unwrap(), Table::AdDays, "a").unwrap(), None);
}

on_both!(
    every_row_stands_on_one_page_by_its_day,
    sums_are_by_currency_and_leave_out_what_has_no_day,
    a_name_that_is_no_column_goes_into_no_query,
);

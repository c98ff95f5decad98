//! The Selling Partner manifest has no faults, and its samples become the rows that they show.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

use netgain_domain::{Record, Row, Table, Value};
use netgain_manifest::{Manifest, lint};
use netgain_mapping::{Context, Mapper, parse};
use netgain_providers::manifest;

fn amazon() -> Manifest {
    manifest("amazon_sp").unwrap().unwrap()
}

fn map(stream: &str, sample: &str) -> Vec<Record> {
    let manifest = amazon();
    let mapper = Mapper::compile(manifest.stream(stream).unwrap()).unwrap();
    let known = [
        ("account.currency", "GBP"),
        ("account.time_zone", "Europe/London"),
        ("slice.account", "A1F83G8C2ARO7P"),
        ("slice.provisional", "true"),
    ];
    let context: Context = known.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let mapped = mapper.page(&parse(sample).unwrap(), 0, &context);
    assert_eq!(mapped.quarantined, []);
    mapped.records
}

fn text(row: &Row, column: &str) -> String {
    match row.get(column) {
        Value::Text(text) => text.clone(),
        Value::Decimal(amount) => amount.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Date(day) => day.to_string(),
        Value::Null => "nothing".to_owned(),
        other => format!("{other:?}"),
    }
}

fn texts<const N: usize>(row: &Row, columns: [&str; N]) -> [String; N] {
    columns.map(|column| text(row, column))
}

#[test]
fn the_manifest_has_no_faults_and_every_stream_a_sample() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/amazon_sp/samples");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let samples: BTreeSet<_> =
        files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(lint(&amazon(), &samples), []);
}

#[test]
fn a_sale_counts_when_it_is_paid_for_and_not_cancelled() {
    let orders = map("orders", include_str!("../amazon_sp/samples/orders.json"));
    let [sold, pending, cancelled] = orders.as_slice() else { panic!("{}", orders.len()) };
    let columns = ["financial_status", "currency", "total_price", "total_tax", "total_discounts"];
    assert_eq!(texts(&sold.root, columns), ["paid", "GBP", "55.98", "9.33", "2.00"]);
    assert_eq!(texts(&pending.root, columns), ["pending", "GBP", "nothing", "nothing", "nothing"]);
    assert_eq!(text(&cancelled.root, "financial_status"), "voided");
    let rows = |record: &Record, table: Table| -> Vec<Row> {
        record.children.iter().filter(|row| row.table == table).cloned().collect()
    };
    assert_eq!(rows(pending, Table::OrderLines).len(), 1);
    assert!(rows(pending, Table::SaleEvents).is_empty() && rows(cancelled, Table::SaleEvents).is_empty());
    let sale = &rows(sold, Table::SaleEvents)[0];
    assert_eq!(texts(sale, ["total_amount", "tax_amount", "discount_amount"]), ["55.98", "9.33", "2.00"]);
}

#[test]
fn fees_are_kept_apart_from_what_was_sold() {
    let moves = map("transactions", include_str!("../amazon_sp/samples/transactions.json"));
    let columns = ["kind", "gross", "fee", "net", "order_ref"];
    assert_eq!(texts(&moves[0].root, columns), ["charge", "55.98", "14.3", "41.68", "203-5550001-1110001"]);
    assert_eq!(texts(&moves[1].root, ["kind", "gross", "fee"]), ["payout", "-41.68", "0"]);
}

#[test]
fn visits_are_days_of_the_marketplace() {
    let days = map("visits", include_str!("../amazon_sp/samples/visits.json"));
    let columns = ["day", "time_zone", "sessions", "page_views", "transactions", "revenue"];
    assert_eq!(texts(&days[0].root, columns), ["2026-03-10", "Europe/London", "41", "66", "1", "55.98"]);
}

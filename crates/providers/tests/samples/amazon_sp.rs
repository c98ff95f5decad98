//! The Selling Partner API: a second channel's orders, fees and visits.

use netgain_domain::{Record, Row, Table};

use crate::support::{records, text, texts};

const ID: &str = "amazon_sp";

fn map(stream: &str) -> Vec<Record> {
    records(ID, stream)
}

#[test]
fn a_sale_counts_when_it_is_paid_for_and_not_cancelled() {
    let orders = map("orders");
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
    let moves = map("transactions");
    let columns = ["kind", "gross", "fee", "net", "order_ref"];
    assert_eq!(texts(&moves[0].root, columns), ["charge", "55.98", "14.3", "41.68", "203-5550001-1110001"]);
    assert_eq!(texts(&moves[1].root, ["kind", "gross", "fee"]), ["payout", "-41.68", "0"]);
}

#[test]
fn visits_are_days_of_the_marketplace() {
    let days = map("visits");
    let columns = ["day", "time_zone", "sessions", "page_views", "transactions", "revenue"];
    assert_eq!(texts(&days[0].root, columns), ["2026-03-10", "Europe/London", "41", "66", "1", "55.98"]);
}

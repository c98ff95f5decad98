//! The Shopify manifest has no faults, and its samples become the rows that they show.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;

use netgain_domain::{Row, Table, Value};
use netgain_manifest::lint;
use netgain_mapping::{Context, Mapped, Mapper, parse};
use netgain_providers::manifest;

fn map(stream: &str, sample: &str) -> Mapped {
    let manifest = manifest("shopify").unwrap().unwrap();
    let mapper = Mapper::compile(manifest.stream(stream).unwrap()).unwrap();
    mapper.page(&parse(sample).unwrap(), 0, &Context::new())
}

fn amount(row: &Row, column: &str) -> String {
    let Value::Decimal(amount) = row.get(column) else { panic!("{column}") };
    amount.to_string()
}

#[test]
fn the_manifest_has_no_faults_and_every_stream_a_sample() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/shopify/samples");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let samples: BTreeSet<_> =
        files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(lint(&manifest("shopify").unwrap().unwrap(), &samples), []);
    assert!(manifest("nobody").unwrap().is_none());
}

#[test]
fn an_order_brings_its_lines_ledger_refunds_payments_and_fees() {
    let mapped = map("orders", include_str!("../shopify/samples/orders.json"));
    assert_eq!(mapped.quarantined, []);
    let [order] = mapped.records.as_slice() else { panic!("{}", mapped.records.len()) };
    assert_eq!(order.root.source_id, "1001");
    assert_eq!(order.root.get("tags"), &Value::Text("first, gift".into()));
    let of = |table| order.children.iter().filter(|row| row.table == table).collect::<Vec<_>>();
    assert_eq!(of(Table::OrderLines)[0].source_id, "11");
    let [sale, refund] = of(Table::SaleEvents)[..] else { panic!("two events") };
    assert_eq!(
        (amount(sale, "total_amount").as_str(), amount(refund, "total_amount").as_str()),
        ("59.97", "-19.99")
    );
    assert_eq!(refund.get("reason"), &Value::Text("refund".into()));
    assert_eq!(refund.get("happened_at"), &Value::Time("2026-03-04T09:00:00Z".parse().unwrap()));
    assert_eq!(of(Table::RefundLines)[0].get("line_id"), &Value::Text("11".into()));
    assert_eq!(of(Table::PaymentTransactions)[0].source_id, "51");
    assert_eq!(amount(of(Table::PaymentFees)[0], "amount"), "2.04");
    assert_eq!(of(Table::PaymentFees)[0].get("transaction_id"), &Value::Text("51".into()));
}

#[test]
fn a_customer_is_known_by_the_id_that_orders_name() {
    let mapped = map("customers", include_str!("../shopify/samples/customers.json"));
    assert_eq!(mapped.quarantined, []);
    assert_eq!(mapped.records[0].root.source_id, "7");
    assert_eq!(mapped.records[0].root.get("email"), &Value::Text("ada@example.com".into()));
}

#[test]
fn variants_name_their_product_and_an_unknown_cost_stays_unknown() {
    let products = map("products", include_str!("../shopify/samples/products.json"));
    assert_eq!(products.quarantined, []);
    let variants = map("variants", include_str!("../shopify/samples/variants.json"));
    assert_eq!(variants.quarantined, []);
    let [known, unknown] = variants.records.as_slice() else { panic!("{}", variants.records.len()) };
    assert_eq!(known.root.get("product_id"), &Value::Text(products.records[0].root.source_id.clone()));
    assert_eq!(
        (amount(&known.root, "price").as_str(), amount(&known.root, "unit_cost").as_str()),
        ("19.90", "6.20")
    );
    assert!(unknown.root.get("unit_cost").is_null() && unknown.root.get("sku").is_null());
}

//! Shopify: orders with their ledger, customers, products and variants.

use netgain_domain::{Record, Table, Value};

use crate::support::{records, text};

const ID: &str = "shopify";

fn map(stream: &str) -> Vec<Record> {
    records(ID, stream)
}

#[test]
fn an_order_brings_its_lines_ledger_refunds_payments_and_fees() {
    let mapped = map("orders");
    let [order] = mapped.as_slice() else { panic!("{}", mapped.len()) };
    assert_eq!(order.root.source_id, "1001");
    assert_eq!(order.root.get("customer_email"), &Value::Text("ada@example.com".into()));
    assert_eq!(order.root.get("tags"), &Value::Text("first, gift".into()));
    let of = |table| order.children.iter().filter(|row| row.table == table).collect::<Vec<_>>();
    assert_eq!(of(Table::OrderLines)[0].source_id, "11");
    let [sale, refund] = of(Table::SaleEvents)[..] else { panic!("two events") };
    assert_eq!(
        (text(sale, "total_amount").as_str(), text(refund, "total_amount").as_str()),
        ("59.97", "-19.99")
    );
    assert_eq!(refund.get("reason"), &Value::Text("refund".into()));
    assert_eq!(refund.get("happened_at"), &Value::Time("2026-03-04T09:00:00Z".parse().unwrap()));
    assert_eq!(of(Table::RefundLines)[0].get("line_id"), &Value::Text("11".into()));
    assert_eq!(of(Table::PaymentTransactions)[0].source_id, "51");
    assert_eq!(text(of(Table::PaymentFees)[0], "amount"), "2.04");
    assert_eq!(of(Table::PaymentFees)[0].get("transaction_id"), &Value::Text("51".into()));
}

#[test]
fn a_journey_brings_its_visits_and_says_whether_more_are_to_come() {
    let mapped = map("journeys");
    let known: Vec<String> = mapped.iter().map(|one| text(&one.root, "is_known")).collect();
    assert_eq!(known, ["true", "false", "true"], "linked, not linked yet, sold at a till");
    assert_eq!(mapped[0].root.source_id, map("orders")[0].root.source_id);
    let [ad, direct] = &mapped[0].children[..] else { panic!("two visits") };
    assert_eq!((ad.table, ad.source_id.as_str()), (Table::Touchpoints, "81"));
    assert_eq!(
        ["order_id", "utm_campaign", "utm_content", "referrer_source"].map(|column| text(ad, column)),
        ["1001", "spring", "120220000000000031", "Facebook"]
    );
    assert!(text(ad, "landing_page").contains("utm_id=120200000000000011"));
    assert!(direct.get("utm_source").is_null());
    assert_eq!(direct.get("occurred_at"), &Value::Time("2026-03-01T09:41:00Z".parse().unwrap()));
    assert!(mapped[1].children.is_empty() && mapped[2].children.is_empty());
}

#[test]
fn a_customer_is_known_by_the_id_that_orders_name() {
    let mapped = map("customers");
    assert_eq!(mapped[0].root.source_id, "7");
    assert_eq!(mapped[0].root.get("email"), &Value::Text("ada@example.com".into()));
}

#[test]
fn variants_name_their_product_and_an_unknown_cost_stays_unknown() {
    let products = map("products");
    let variants = map("variants");
    let [known, unknown] = variants.as_slice() else { panic!("{}", variants.len()) };
    assert_eq!(known.root.get("product_id"), &Value::Text(products[0].root.source_id.clone()));
    assert_eq!(
        (text(&known.root, "price").as_str(), text(&known.root, "unit_cost").as_str()),
        ("19.90", "6.20")
    );
    assert!(unknown.root.get("unit_cost").is_null() && unknown.root.get("sku").is_null());
}

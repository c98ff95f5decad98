//! What others booked for orders, as stored: it finds its order, and touches that one alone.
#![allow(missing_docs, clippy::unwrap_used)]

#[macro_use]
mod common;

use common::{at, batch, dec, open, order, row, settle, text};
use netgain_domain::facts::SettlementKind;
use netgain_domain::{Record, Table, Value};
use netgain_warehouse::{Batch, OrderKey, Warehouse};

const START: i64 = common::START;

fn booking(id: &str, kind: &str, fee: &str, order: Option<&str>, payment: &str) -> Record {
    let mut cells = vec![
        ("kind", text(kind)),
        ("gross", dec("100")),
        ("fee", dec(fee)),
        ("currency", text("USD")),
        ("created_at", Value::Time(at(START + 86_400))),
        ("payment_ref", text(payment)),
    ];
    cells.extend(order.map(|order| ("order_ref", text(order))));
    Record {
        root: row(Table::BalanceTransactions, id, &cells),
        children: Vec::new(),
        version: 1,
        position: Default::default(),
    }
}

/// A page of another platform.
fn of_bank(records: Vec<Record>) -> Batch {
    let mut page = batch(records, None);
    page.connection = "bank".parse().unwrap();
    page.source = "bank".to_owned();
    page.stream = "bookings".to_owned();
    page
}

fn booked(store: &Warehouse, key: &OrderKey) -> Vec<(String, SettlementKind, bool)> {
    let facts = store.load_order_facts(std::slice::from_ref(key)).unwrap();
    let own = facts[0].settlements.iter();
    own.map(|one| (one.settlement_id.clone(), one.kind, one.by_seller)).collect()
}

fn a_booking_finds_its_order_and_touches_no_other() {
    use SettlementKind::{Charge, Dispute};
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.commit(&batch((1..=3).map(|number| order(number, 1)).collect(), None)).unwrap();
    let all = settle(&store);
    assert_eq!(all.len(), 3);
    assert!(settle(&store).is_empty());
    let keys = store.find_orders(&all[1]).unwrap();
    let facts = store.load_order_facts(&keys).unwrap();
    let (key, name) = (&keys[0], facts[0].name.clone());

    // by name, by id, and by the payment alone
    store.commit(&of_bank(vec![booking("b1", "charge", "2.50", Some(&name), "pay1")])).unwrap();
    assert_eq!(settle(&store), std::slice::from_ref(&key.order_id));
    store.commit(&of_bank(vec![booking("b2", "dispute", "20", None, "pay1")])).unwrap();
    assert_eq!(settle(&store), std::slice::from_ref(&key.order_id));
    let found = booked(&store, key);
    assert_eq!(found, [("b1".to_owned(), Charge, false), ("b2".to_owned(), Dispute, false)]);
    assert!(store.order_rows(key).unwrap().iter().any(|row| row.table == Table::BalanceTransactions));

    // what belongs to no order, a payout, and a payment without a fee yet touch nothing
    let other = [
        booking("b3", "charge", "1", Some("#none"), "pay3"),
        booking("b4", "payout", "1", Some(&name), "pay4"),
        booking("b5", "charge", "0", Some(&name), "pay5"),
    ];
    store.commit(&of_bank(other.to_vec())).unwrap();
    assert!(settle(&store).is_empty());
    assert_eq!(booked(&store, key).len(), 2);

    // the same page again says nothing new
    store.commit(&of_bank(vec![booking("b1", "charge", "2.50", Some(&name), "pay1")])).unwrap();
    assert!(settle(&store).is_empty());
    let mut dearer = booking("b1", "charge", "2.75", Some(&name), "pay1");
    dearer.version = 2;
    store.commit(&of_bank(vec![dearer])).unwrap();
    assert_eq!(settle(&store), std::slice::from_ref(&key.order_id));

    // the shop's own bookings are a marketplace's
    store.commit(&batch(vec![booking("b6", "charge", "3", Some(&key.order_id), "pay6")], None)).unwrap();
    assert_eq!(settle(&store), std::slice::from_ref(&key.order_id));
    assert!(booked(&store, key).contains(&("b6".to_owned(), Charge, true)));
}

fn a_name_that_two_shops_use_is_nobodys() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.commit(&batch(vec![order(1, 1)], None)).unwrap();
    let mut twin = batch(vec![order(1, 1)], None);
    twin.connection = "shop-2".parse().unwrap();
    store.commit(&twin).unwrap();
    settle(&store);
    let key = OrderKey {
        connection_id: "shop-2".to_owned(),
        ..store.find_orders(&order(1, 1).root.source_id).unwrap()[0].clone()
    };
    let name = store.load_order_facts(std::slice::from_ref(&key)).unwrap()[0].name.clone();
    assert_ne!(name, key.order_id);
    store.commit(&of_bank(vec![booking("b1", "charge", "2", Some(&name), "pay1")])).unwrap();
    assert!(booked(&store, &key).is_empty());
    let mut own = of_bank(vec![booking("b2", "charge", "2", Some(&name), "pay2")]);
    own.connection = "shop-2".parse().unwrap();
    store.commit(&own).unwrap();
    assert_eq!(booked(&store, &key).len(), 1, "its own platform means its own order");
}

on_both!(a_booking_finds_its_order_and_touches_no_other, a_name_that_two_shops_use_is_nobodys);

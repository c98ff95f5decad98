//! Facts as a platform's mapping hands them over, for a warehouse.
#![allow(dead_code, reason = "each test file uses its part")]

use netgain_domain::facts::*;
use netgain_domain::jiff::Timestamp;
use netgain_domain::{Record, Row, Table, Value};
use netgain_warehouse::{Aside, Batch, Database, Options, Store, Warehouse};
use rust_decimal::Decimal;

use crate::common::day;

/// The store of a folder: a file in it, or with `NETGAIN_TEST_STORES=postgres` the database that stands for it.
fn place(dir: &std::path::Path) -> Store {
    match netgain_testkit::instead_of(dir) {
        None => dir.into(),
        Some(server) => {
            let (app, owner) = (server.app_url(), server.owner_url());
            Store::Postgres(Database::connect(&app, Some(&owner)).unwrap())
        }
    }
}

/// The facts of the workspace `w` in a folder.
pub fn open(dir: &std::path::Path) -> Warehouse {
    Warehouse::open(place(dir), &"w".parse().unwrap(), Options::default()).unwrap()
}

pub fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub fn maybe<T>(value: Option<T>, form: impl Fn(T) -> Value) -> Value {
    value.map_or(Value::Null, form)
}

pub fn row(table: Table, id: &str, cells: &[(&str, Value)]) -> Row {
    let mut row = Row::empty(table, id.to_owned());
    cells.iter().for_each(|(column, value)| row.set(column, value.clone()));
    row
}

/// An order as a platform's mapping hands it over.
pub fn record(order: &OrderFacts, version: i64) -> Record {
    let id = order.order_id.as_str();
    let own = |part: &str| format!("{id}-{part}");
    let money = |amount| Value::Decimal(amount);
    let code = text(order.currency.code());
    let root = row(
        Table::Orders,
        id,
        &[
            ("name", text(&order.name)),
            ("placed_at", Value::Time(order.placed_at)),
            ("cancelled_at", maybe(order.cancelled_at, Value::Time)),
            ("channel", text(&order.channel)),
            ("financial_status", maybe(order.financial_status.as_deref(), text)),
            ("is_test", Value::Bool(order.is_test)),
            ("currency", code.clone()),
            ("taxes_included", Value::Bool(order.taxes_included)),
            ("total_price", maybe(order.total_price, Value::Decimal)),
            ("total_tax", maybe(order.total_tax, Value::Decimal)),
        ],
    );
    let order_id = ("order_id", text(id));
    let mut children = Vec::new();
    for line in &order.lines {
        let cells = [
            order_id.clone(),
            ("variant_id", maybe(line.variant_id.as_deref(), text)),
            ("title", text(&line.title)),
            ("quantity", Value::Int(line.quantity)),
            ("unit_price", maybe(line.unit_price, Value::Decimal)),
            ("is_gift_card", Value::Bool(line.is_gift_card)),
        ];
        children.push(row(Table::OrderLines, &own(&line.line_id), &cells));
    }
    for event in &order.events {
        let cells = [
            order_id.clone(),
            ("line_id", maybe(event.line_id.as_deref(), |line| text(&own(line)))),
            ("happened_at", Value::Time(event.happened_at)),
            ("reason", text(event.reason.name())),
            ("action", text(event.action.name())),
            ("kind", text(event.kind.name())),
            ("quantity", maybe(event.quantity, Value::Int)),
            ("total_amount", money(event.total_amount)),
            ("tax_amount", money(event.tax_amount)),
            ("discount_amount", money(event.discount_amount)),
            ("currency", text(event.currency.code())),
        ];
        children.push(row(Table::SaleEvents, &own(&event.event_id), &cells));
    }
    for refund in &order.refund_lines {
        let cells = [
            order_id.clone(),
            ("line_id", text(&own(&refund.line_id))),
            ("refunded_at", Value::Time(refund.refunded_at)),
            ("quantity", Value::Int(refund.quantity)),
            ("restocked", Value::Bool(refund.restocked)),
        ];
        children.push(row(Table::RefundLines, &own(&refund.refund_line_id), &cells));
    }
    for fee in &order.fees {
        let cells = [
            order_id.clone(),
            ("charged_at", maybe(fee.charged_at, Value::Time)),
            ("amount", money(fee.amount)),
            ("currency", text(fee.currency.code())),
        ];
        children.push(row(Table::PaymentFees, &own(&fee.fee_id), &cells));
    }
    for payment in &order.payments {
        // a payment that failed moved no money
        let happened = payment.processed_at.unwrap();
        for (status, when) in [("success", happened), ("failure", order.placed_at)] {
            let cells = [
                order_id.clone(),
                ("processed_at", Value::Time(when)),
                ("kind", text("refund")),
                ("status", text(status)),
                ("amount", money(payment.amount)),
                ("currency", text(payment.currency.code())),
            ];
            let id = own(&format!("{status}-{}", payment.payment_id));
            children.push(row(Table::PaymentTransactions, &id, &cells));
        }
    }
    Record { root, children, version, position: 0 }
}

/// What a campaign spent on 10 March.
pub fn spend(amount: Decimal, version: i64) -> Record {
    let cells = [
        ("day", Value::Date(day("2026-03-10"))),
        ("level", text("campaign")),
        ("entity_id", text("c1")),
        ("currency", text("GBP")),
        ("spend", Value::Decimal(amount)),
    ];
    Record { root: row(Table::AdDays, "c1@2026-03-10", &cells), children: vec![], version, position: 0 }
}

pub fn unit_cost(fact: &UnitCostFact) -> Record {
    let cells = [
        ("scope", text(fact.scope.name())),
        ("scope_id", text(&fact.scope_id)),
        ("unit_cost", Value::Decimal(fact.unit_cost)),
        ("currency", text(fact.currency.code())),
        ("kind", text(fact.kind.name())),
        ("recorded_at", Value::Time(fact.recorded_at)),
    ];
    Record { root: row(Table::UnitCosts, "cost", &cells), children: vec![], version: 1, position: 0 }
}

/// Commits records as a shop's connection does.
pub fn commit(store: &Warehouse, records: Vec<Record>) {
    let batch = Batch {
        connection: "shop".parse().unwrap(),
        source: "shop".into(),
        stream: "orders".into(),
        observed_at: Timestamp::UNIX_EPOCH,
        records: records.into_iter().map(|record| (record, "shop/orders/0#0".to_owned())).collect(),
        cursor: None,
        aside: Aside::default(),
    };
    store.commit(&batch).unwrap();
}

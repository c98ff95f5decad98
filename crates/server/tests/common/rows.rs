//! Rows written as texts: what a cell holds follows from its column.
#![allow(dead_code, missing_docs, clippy::expect_used, clippy::panic)]

use netgain_domain::jiff::Timestamp;
use netgain_domain::{Kind, Record, Row, Table, Value};
use netgain_warehouse::{Batch, Warehouse};

use crate::common::TestApp;

fn value(table: Table, name: &str, text: &str) -> Value {
    let column = table.columns().iter().find(|column| column.name == name);
    let column = column.unwrap_or_else(|| panic!("{table:?} has no column {name}"));
    match column.kind {
        Kind::Text => Value::Text(text.to_owned()),
        Kind::Json => Value::Json(text.to_owned()),
        Kind::Int => Value::Int(text.parse().expect("a whole number")),
        Kind::Decimal => Value::Decimal(text.parse().expect("a decimal")),
        Kind::Bool => Value::Bool(text.parse().expect("true or false")),
        Kind::Time => Value::Time(text.parse().expect("an instant")),
        Kind::Date => Value::Date(text.parse().expect("a day")),
    }
}

pub fn row(table: Table, id: &str, cells: &[(&str, &str)]) -> Row {
    let mut row = Row::empty(table, id.to_owned());
    for (column, text) in cells {
        row.set(column, value(table, column, text));
    }
    row
}

pub fn record(root: Row, children: Vec<Row>) -> Record {
    Record { root, children, version: 1, position: 0 }
}

/// What a sale, or with a minus a return, of one order amounts to; without tax.
pub fn sale(order: &str, at: &str, amount: &str, currency: &str) -> Row {
    let cells = [
        ("order_id", order),
        ("happened_at", at),
        ("reason", "order"),
        ("action", "order"),
        ("kind", "product"),
        ("total_amount", amount),
        ("tax_amount", "0"),
        ("discount_amount", "0"),
        ("currency", currency),
    ];
    row(Table::SaleEvents, &format!("{order}-sale"), &cells)
}

/// An order of one sale; `more` are further cells.
pub fn order(id: &str, placed: &str, amount: &str, currency: &str, more: &[(&str, &str)]) -> Record {
    let mut cells = vec![("name", id), ("placed_at", placed), ("currency", currency), ("channel", "web")];
    cells.extend(more);
    record(row(Table::Orders, id, &cells), vec![sale(id, placed, amount, currency)])
}

pub fn open(app: &TestApp, workspace: &str) -> Warehouse {
    app.warehouse(workspace)
}

/// Adds rows of a source that tells them without payloads.
pub fn commit(store: &Warehouse, connection: &str, source: &str, records: Vec<Record>) {
    let batch = Batch {
        connection: connection.parse().expect("an id"),
        source: source.into(),
        stream: "all".into(),
        observed_at: Timestamp::UNIX_EPOCH,
        records: records.into_iter().map(|record| (record, format!("{connection}/all/0#0"))).collect(),
        cursor: None,
        aside: Default::default(),
    };
    store.commit(&batch).expect("committed");
}

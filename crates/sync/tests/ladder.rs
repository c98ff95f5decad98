//! The shop of twenty orders through the warehouse: every definition of profit reads from it what the pure functions
//! say, and says so again after a change.
#![allow(missing_docs, clippy::unwrap_used, reason = "a failing test may panic")]

#[path = "../../profit/tests/common/mod.rs"]
mod common;

use common::shop::{costs, facts, shop};
use common::{british, day};
use netgain_domain::facts::*;
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;
use netgain_domain::{Record, Row, Table, Value};
use netgain_profit::bridge::{Figure, bridge};
use netgain_profit::profile::{self, Cell, Cells, Statement};
use netgain_profit::{CostBook, RefundBasis, Settings, compute_order};
use netgain_sync::update_profit;
use netgain_warehouse::{Aside, Batch, By, Options, Warehouse};
use rust_decimal::Decimal;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn maybe<T>(value: Option<T>, form: impl Fn(T) -> Value) -> Value {
    value.map_or(Value::Null, form)
}

fn row(table: Table, id: &str, cells: &[(&str, Value)]) -> Row {
    let mut row = Row::empty(table, id.to_owned());
    cells.iter().for_each(|(column, value)| row.set(column, value.clone()));
    row
}

/// An order as a platform's mapping hands it over.
fn record(order: &OrderFacts, version: i64) -> Record {
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

fn spend(amount: Decimal, version: i64) -> Record {
    let cells = [
        ("day", Value::Date(day("2026-03-10"))),
        ("level", text("campaign")),
        ("entity_id", text("c1")),
        ("currency", text("GBP")),
        ("spend", Value::Decimal(amount)),
    ];
    Record { root: row(Table::AdDays, "c1@2026-03-10", &cells), children: vec![], version, position: 0 }
}

fn unit_cost(fact: &UnitCostFact) -> Record {
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

fn commit(store: &Warehouse, records: Vec<Record>) {
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

const AD_SPEND: Decimal = Decimal::from_parts(7_000, 0, 0, false, 2);

/// The cells by the pure functions.
fn pure(orders: &[OrderFacts], settings: &Settings, from: Date, to: Date) -> Vec<Cell> {
    let mut cells = Cells::default();
    for order in orders {
        cells.add_order(&compute_order(order, &CostBook::new(costs()), settings).unwrap(), from, to);
    }
    if (from..=to).contains(&day("2026-03-10")) {
        cells.add_cost(Line::AdSpend, AD_SPEND);
    }
    cells.into_vec()
}

fn assert_same(store: &Warehouse, orders: &[OrderFacts], settings: &Settings) {
    for (from, to) in
        [("2026-03-01", "2026-03-31"), ("2026-04-01", "2026-05-31"), ("2026-01-01", "2026-12-31")]
    {
        let (from, to) = (day(from), day(to));
        let stored: Vec<Cell> =
            store.line_sums(from, to, By::Total).unwrap().into_iter().map(|row| row.cell).collect();
        let expected = pure(orders, settings, from, to);
        for by in [By::Day, By::Month, By::Channel] {
            let mut sum = Decimal::ZERO;
            for row in store.line_sums(from, to, by).unwrap() {
                sum += row.cell.lines.values().iter().sum::<Decimal>();
            }
            assert_eq!(sum, stored.iter().flat_map(|cell| cell.lines.values()).sum());
        }
        let readings: Vec<_> =
            profile::all().iter().map(|one| settings.reading(Some(&one.id), None).unwrap()).collect();
        for reading in &readings {
            let found = Statement::of(reading, &stored);
            assert_eq!(found, Statement::of(reading, &expected), "{}", reading.profile.id);
            for other in &readings {
                let bridge = bridge(reading, other, Figure::Result, &stored);
                let steps: Decimal = bridge.steps.iter().map(|step| step.amount).sum();
                assert_eq!(bridge.from + steps, bridge.to);
            }
        }
        // the tables of the dashboard say the same as the default definition
        let default = Statement::of(&settings.reading(None, None).unwrap(), &stored);
        let pnl = store.pnl(from, to, By::Total).unwrap().remove(0);
        assert_eq!(default.orders, pnl.orders);
        for (key, amount) in Ladder::FIELDS.iter().zip(pnl.ladder.values()).take(14) {
            assert_eq!(default.amount(key), Some(amount), "{key}");
        }
    }
}

#[test]
fn every_definition_reads_the_same_from_the_warehouse() {
    let dir = tempfile::tempdir().unwrap();
    let store = Warehouse::open(dir.path(), &"w".parse().unwrap(), Options::default()).unwrap();
    let mut orders: Vec<OrderFacts> = shop().iter().enumerate().map(|(at, sale)| facts(sale, at)).collect();
    let mut records: Vec<Record> = orders.iter().map(|order| record(order, 1)).collect();
    records.push(spend(AD_SPEND, 1));
    records.extend(costs().iter().map(unit_cost));
    commit(&store, records);
    let mut settings = british();
    assert!(store.has_lines().unwrap());
    update_profit(&store, &settings, &mut |_| {}).unwrap();
    assert_same(&store, &orders, &settings);

    // an order that changes takes its old days with it, also those of another basis
    orders[9].payments[0].processed_at = Some(common::at("2026-04-20T12:00:00Z"));
    orders[0].financial_status = Some("pending".into());
    commit(&store, vec![record(&orders[9], 2), record(&orders[0], 2)]);
    assert_eq!(update_profit(&store, &settings, &mut |_| {}).unwrap().orders, 2);
    assert_same(&store, &orders, &settings);

    // what is chosen at reading computes nothing anew; what counts does
    settings.profile = "shopify".into();
    assert_eq!(update_profit(&store, &settings, &mut |_| {}).unwrap().orders, 0);
    settings.profile = profile::DEFAULT.into();
    settings.revenue.refund_basis = RefundBasis::CashDay;
    settings.orders.count_cancelled = false;
    assert_eq!(update_profit(&store, &settings, &mut |_| {}).unwrap().orders, 20);
    assert_same(&store, &orders, &settings);
}

//! The shop of twenty orders through the warehouse: every definition of profit reads from it what the pure functions
//! say, and says so again after a change.
#![allow(missing_docs, clippy::unwrap_used, reason = "a failing test may panic")]

#[path = "../../profit/tests/common/mod.rs"]
mod common;
mod store;

use common::shop::{costs, facts, shop};
use common::{british, day};
use netgain_domain::Record;
use netgain_domain::facts::*;
use netgain_domain::jiff::civil::Date;
use netgain_profit::bridge::{Figure, bridge};
use netgain_profit::profile::{self, Cell, Cells, Statement};
use netgain_profit::{CostBook, RefundBasis, Settings, compute_order};
use netgain_sync::update_profit;
use netgain_warehouse::{By, Warehouse};
use rust_decimal::Decimal;
use store::{commit, record, spend, unit_cost};

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
    let store = store::open(dir.path());
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

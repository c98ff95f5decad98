//! Orders, unit costs and ad spend in other currencies through the warehouse (`profit.md`, golden case 8): the rate of
//! each event's day is stored with its source, a missing one is named, and a new one restates only what lacked it.
#![allow(missing_docs, clippy::unwrap_used, reason = "a failing test may panic")]

#[path = "../../profit/tests/common/mod.rs"]
mod common;
mod store;

use common::*;
use netgain_domain::facts::*;
use netgain_domain::jiff::Timestamp;
use netgain_domain::{Record, Table, Value};
use netgain_profit::{CostBook, RateBook, Settings, compute_order};
use netgain_sync::update_profit;
use netgain_warehouse::{By, OrderKey, Warehouse};
use rust_decimal::Decimal;
use std::sync::Arc;
use store::{commit, open, record, row, text, unit_cost};

fn rate(base: &str, quote: &str, on: &str, rate: &str, version: i64) -> Record {
    let cells = [
        ("day", Value::Date(day(on))),
        ("base", text(base)),
        ("quote", text(quote)),
        ("rate", Value::Decimal(dec(rate))),
        ("recorded_at", Value::Time(Timestamp::UNIX_EPOCH)),
    ];
    let id = format!("{base}/{quote}@{on}");
    Record { root: row(Table::FxRates, &id, &cells), children: vec![], version, position: 0 }
}

fn spend(on: &str, code: &str, amount: &str) -> Record {
    let cells = [
        ("day", Value::Date(day(on))),
        ("level", text("campaign")),
        ("entity_id", text("c1")),
        ("currency", text(code)),
        ("spend", Value::Decimal(dec(amount))),
    ];
    let id = format!("c1@{on}");
    Record { root: row(Table::AdDays, &id, &cells), children: vec![], version: 1, position: 0 }
}

/// An order by its id, currency and day, with one line sold for that much, without tax.
fn sale(id: &str, code: &str, placed: &str, variant: Option<&str>, total: &str) -> OrderFacts {
    let mut order = order(code);
    (order.order_id, order.name, order.placed_at) = (id.into(), format!("#{id}"), at(placed));
    order.line("l", variant, 1).sold("l", 1, total, "0", "0")
}

fn key(id: &str) -> OrderKey {
    OrderKey { connection_id: "shop".into(), order_id: id.into() }
}

fn total(store: &Warehouse) -> Ladder {
    store.pnl(day("2026-01-01"), day("2026-12-31"), By::Total).unwrap()[0].ladder
}

/// Updates, and says how many orders were computed.
fn update(store: &Warehouse, settings: &Settings) -> u64 {
    let report = update_profit(store, settings, &mut |_| {}).unwrap();
    assert_eq!(report.uncomputed, []);
    report.orders
}

/// The net profit of the orders by the pure functions, from what the warehouse holds.
fn pure(store: &Warehouse, orders: &[OrderFacts], settings: &Settings) -> Decimal {
    let rates = Arc::new(RateBook::new(store.load_rates().unwrap()));
    let book = CostBook::new(store.load_unit_costs().unwrap()).with_rates(rates);
    orders.iter().map(|order| compute_order(order, &book, settings).unwrap().total.net_profit).sum()
}

#[test]
fn the_rate_of_the_events_day_is_stored_and_a_missing_one_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (store, settings) = (open(dir.path()), settings("EUR", "Europe/Berlin"));
    let orders = vec![
        // the merchant's currency, yen without coins, dinars with three digits, and one without a rate
        sale("1", "EUR", "2026-03-10T12:00:00Z", None, "100"),
        sale("2", "JPY", "2026-03-10T12:00:00Z", None, "5000"),
        sale("3", "KWD", "2026-03-10T12:00:00Z", None, "1.234"),
        sale("4", "USD", "2026-03-14T12:00:00Z", None, "50"),
        sale("5", "USD", "2026-03-20T12:00:00Z", None, "70"),
    ];
    let mut records: Vec<Record> = orders.iter().map(|order| record(order, 1)).collect();
    records.push(rate("EUR", "JPY", "2026-03-10", "165.37", 1));
    records.push(rate("EUR", "KWD", "2026-03-10", "0.33519", 1));
    commit(&store, records);
    assert_eq!(update(&store, &settings), 5);
    let sold = |store: &Warehouse| total(store).gross_sales;
    // 100 + 5000 / 165.37 + 1.234 / 0.33519
    assert_eq!(sold(&store), dec("100") + dec("30.24") + dec("3.68"));
    // the order's own prices and its one entry
    let yen = store.order_rates(&key("2")).unwrap();
    let sale = yen.iter().find(|rate| rate.row_id == "2-e0").unwrap();
    let applied = sale.applied.as_ref().unwrap();
    assert_eq!((yen.len(), sale.amount, sale.from), (2, dec("5000"), currency("JPY")));
    assert_eq!(
        (applied.rate.to_string().as_str(), applied.rate_day),
        ("0.00604704601802", day("2026-03-10"))
    );
    assert_eq!(&*applied.source, "shop");
    assert_eq!(store.order_rates(&key("1")).unwrap(), []);

    // visible, by pair and first day; never counted as equal
    let lacks = store.missing_order_rates(day("2026-03-01"), day("2026-03-31")).unwrap();
    assert_eq!(lacks.len(), 1);
    assert_eq!((lacks[0].currency, lacks[0].count), (currency("USD"), 2));
    assert_eq!((lacks[0].first_day, lacks[0].last_day), (day("2026-03-14"), day("2026-03-20")));
    assert_eq!(update(&store, &settings), 0);

    // a rate of the Friday restates the order of the Saturday alone
    commit(&store, vec![rate("EUR", "USD", "2026-03-10", "1.25", 1)]);
    assert_eq!(update(&store, &settings), 1);
    assert_eq!(sold(&store), dec("173.92"));
    // one that changes restates who used it, another pair nobody
    commit(
        &store,
        vec![rate("EUR", "USD", "2026-03-10", "1.00", 2), rate("EUR", "SEK", "2026-03-10", "11", 1)],
    );
    assert_eq!(update(&store, &settings), 1);
    assert_eq!(sold(&store), dec("183.92"));
    let still = store.missing_order_rates(day("2026-03-01"), day("2026-03-31")).unwrap();
    assert_eq!((still[0].first_day, still[0].count), (day("2026-03-20"), 1));
    assert_eq!(total(&store).net_profit, pure(&store, &orders, &settings));

    // the same tables from scratch
    let fresh_dir = tempfile::tempdir().unwrap();
    let fresh = open(fresh_dir.path());
    let mut records: Vec<Record> = orders.iter().map(|order| record(order, 1)).collect();
    records.push(rate("EUR", "JPY", "2026-03-10", "165.37", 1));
    records.push(rate("EUR", "KWD", "2026-03-10", "0.33519", 1));
    records.push(rate("EUR", "USD", "2026-03-10", "1.00", 2));
    records.push(rate("EUR", "SEK", "2026-03-10", "11", 1));
    commit(&fresh, records);
    update(&fresh, &settings);
    assert_eq!(fresh.digest().unwrap(), store.digest().unwrap());
}

#[test]
fn unit_costs_and_fees_are_converted_at_their_own_days() {
    let dir = tempfile::tempdir().unwrap();
    let (store, settings) = (open(dir.path()), settings("EUR", "UTC"));
    // a fee that the payment provider charged on the next day, at another rate
    let mut order = sale("1", "EUR", "2026-03-10T12:00:00Z", Some("v"), "100").fee("4");
    (order.fees[0].currency, order.fees[0].charged_at) = (currency("USD"), Some(at("2026-03-11T09:00:00Z")));
    let cost = UnitCostFact::new(CostScope::Variant, "v", dec("10.01"), currency("USD"));
    commit(&store, vec![record(&order, 1), unit_cost(&cost)]);
    update(&store, &settings);
    // neither is known, so the cost is estimated and the fee left out, and both are remembered
    assert_eq!((total(&store).cogs, total(&store).payment_fees), (dec("40"), Decimal::ZERO));
    assert!(store.order_rates(&key("1")).unwrap().iter().all(|rate| rate.applied.is_none()));

    commit(
        &store,
        vec![rate("USD", "EUR", "2026-03-10", "0.333333", 1), rate("USD", "EUR", "2026-03-11", "0.5", 1)],
    );
    assert_eq!(update(&store, &settings), 1);
    // 10.01 x 0.333333 = 3.33666333, to six digits
    assert_eq!((total(&store).cogs, total(&store).payment_fees), (dec("3.336663"), dec("2.00")));
    let rates = store.order_rates(&key("1")).unwrap();
    assert_eq!(rates.iter().map(|rate| rate.amount).collect::<Vec<_>>(), [dec("10.01"), dec("4")]);
    assert_eq!(total(&store).net_profit, pure(&store, &[order], &settings));
}

#[test]
fn ad_spend_is_converted_at_the_spend_day() {
    let dir = tempfile::tempdir().unwrap();
    let (store, settings) = (open(dir.path()), settings("EUR", "UTC"));
    let ads = [("2026-03-10", "USD", "10"), ("2026-03-11", "USD", "10"), ("2026-03-12", "EUR", "1")];
    let mut records: Vec<Record> = ads.iter().map(|(on, code, amount)| spend(on, code, amount)).collect();
    records.push(rate("USD", "EUR", "2026-03-10", "0.90", 1));
    commit(&store, records);
    update(&store, &settings);
    // the Wednesday holds the rate of the day before
    assert_eq!((total(&store).ad_spend, total(&store).net_profit), (dec("19.00"), dec("-19.00")));
    commit(&store, vec![rate("USD", "EUR", "2026-03-11", "0.80", 1)]);
    update(&store, &settings);
    assert_eq!(total(&store).ad_spend, dec("18.00"));
    let lines = store.line_sums(day("2026-03-11"), day("2026-03-11"), By::Total).unwrap();
    assert_eq!(lines[0].cell.lines[Line::AdSpend], dec("8.00"));
    let kept = store.ad_conversions().unwrap();
    assert_eq!(
        (kept.len(), kept[1].spend, kept[1].converted.as_ref().unwrap().0),
        (2, dec("10"), dec("8.00"))
    );

    // without a rate it is named and counts as nothing
    commit(&store, vec![spend("2026-05-01", "CHF", "7")]);
    update(&store, &settings);
    assert_eq!(total(&store).ad_spend, dec("18.00"));
    let lacks = store.missing_ad_rates(day("2026-01-01"), day("2026-12-31")).unwrap();
    assert_eq!((lacks[0].currency, lacks[0].first_day), (currency("CHF"), day("2026-05-01")));
}

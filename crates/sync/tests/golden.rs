//! The golden cases through the warehouse: each is stored as a platform's mapping hands it over, computed, and read back
//! from the stored days, lines and orders. The same cases by the pure functions stand beside the profit rules;
//! `docs/golden.md` says which test shows which case.
#![allow(missing_docs, clippy::unwrap_used, reason = "a failing test may panic")]

#[path = "../../profit/tests/common/mod.rs"]
mod common;
mod store;

use std::sync::Arc;

use common::*;
use netgain_domain::facts::*;
use netgain_domain::jiff::Timestamp;
use netgain_domain::{Record, Table, Value};
use netgain_profit::bridge::{Figure, bridge};
use netgain_profit::profile::{Cell, Statement};
use netgain_profit::{CostBook, Metrics, RateBook, RefundBasis, Settings, compute_order};
use netgain_sync::update_profit;
use netgain_warehouse::{By, OrderKey, Warehouse};
use rust_decimal::Decimal;
use store::{commit, record, row, spend, text, unit_cost};

/// A store with what a case is about, its profit computed.
struct Case {
    store: Warehouse,
    settings: Settings,
    _dir: tempfile::TempDir,
}

impl Case {
    fn new(settings: Settings, orders: &[OrderFacts], others: Vec<Record>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = store::open(dir.path());
        let mut records: Vec<Record> = orders.iter().map(|order| record(order, 1)).collect();
        records.extend(others);
        commit(&store, records);
        let case = Self { store, settings, _dir: dir };
        let report = update_profit(&case.store, &case.settings, &mut |_| {}).unwrap();
        assert_eq!((report.orders, report.uncomputed), (orders.len() as u64, vec![]));
        case.agrees_with_the_pure_functions(orders);
        case
    }

    /// What the dashboard reads is the sum of what the pure functions say of each order, less what ads cost.
    fn agrees_with_the_pure_functions(&self, orders: &[OrderFacts]) {
        let rates = Arc::new(RateBook::new(self.store.load_rates().unwrap()));
        let book = CostBook::new(self.store.load_unit_costs().unwrap()).with_rates(rates);
        let mut expected = Ladder::default();
        for order in orders {
            expected += &compute_order(order, &book, &self.settings).unwrap().total;
        }
        let total = self.total();
        expected.ad_spend = total.ad_spend;
        expected.net_profit -= total.ad_spend;
        assert_eq!(total, expected);
    }

    fn total(&self) -> Ladder {
        self.store.pnl(day("2026-01-01"), day("2026-12-31"), By::Total).unwrap().remove(0).ladder
    }

    fn on(&self, text: &str) -> Ladder {
        self.store.pnl(day(text), day(text), By::Day).unwrap().remove(0).ladder
    }

    fn cells(&self) -> Vec<Cell> {
        let rows = self.store.line_sums(day("2026-01-01"), day("2026-12-31"), By::Total).unwrap();
        rows.into_iter().map(|row| row.cell).collect()
    }

    fn by(&self, definition: &str) -> Statement {
        Statement::of(&self.settings.reading(Some(definition), None).unwrap(), &self.cells())
    }
}

fn coat() -> Vec<Record> {
    vec![unit_cost(&cost("coat", "35", "GBP"))]
}

/// The parcel of 126.00 with the totals that its shop states.
fn stated() -> OrderFacts {
    let mut order = parcel();
    (order.total_price, order.total_tax) = (Some(dec("126.00")), Some(dec("21.00")));
    order
}

fn refunded() -> OrderFacts {
    let back = "2026-03-21T12:00:00Z";
    stated().returned("l1", -1, back, "-120.00", "-20.00").restocked("l1", 1, back)
}

fn percent(statement: &Statement) -> Decimal {
    statement.margin_percent().unwrap().round_dp(1)
}

#[test]
fn rows_1_and_2_tax_in_and_out_cancels_but_lowers_the_margin() {
    let case = Case::new(british(), &[stated()], coat());
    let (naive, right) = (case.by("seed"), case.by("netgain"));
    assert_eq!((naive.result, right.result), (dec("61.55"), dec("61.55")));
    assert_eq!((percent(&naive), percent(&right)), (dec("48.8"), dec("58.6")));
    assert_eq!((naive.revenue, right.revenue), (dec("126"), dec("105")));
    assert_eq!(case.on("2026-03-10").net_profit, dec("61.55"));
}

#[test]
fn row_3_a_return_on_ad_spend_is_too_high_by_a_fifth() {
    let mut others = coat();
    others.push(spend(dec("30.00"), 1));
    let case = Case::new(british(), &[stated()], others);
    let (naive, right) = (case.by("seed"), case.by("netgain"));
    assert_eq!((naive.roas(), right.roas()), (Some(dec("4.2")), Some(dec("3.5"))));
    assert_eq!((naive.result, right.result), (dec("31.55"), dec("31.55")));
    assert_eq!(Metrics::of(&case.total()).mer.unwrap(), dec("3.5"));
}

#[test]
fn rows_4_and_5_a_refund_that_is_ignored_or_taken_with_its_tax() {
    let case = Case::new(british(), &[refunded()], coat());
    let (naive, right) = (case.by("seed"), case.by("netgain"));
    assert_eq!((naive.result, right.result), (dec("61.55"), dec("-3.45")));
    assert_eq!(naive.result - right.result, dec("65.00"));
    // the money that went back, subtracted whole: its tax counts twice and the coat's cost is forgotten
    let subtracted = naive.result - dec("120");
    assert_eq!((subtracted, subtracted - right.result), (dec("-58.45"), dec("-55.00")));
    let back = case.on("2026-03-21");
    assert_eq!((back.returns, back.cogs, back.net_profit), (dec("100"), dec("-35"), dec("-65")));
    let reading = |id| case.settings.reading(Some(id), None).unwrap();
    let bridge = bridge(&reading("netgain"), &reading("seed"), Figure::Result, &case.cells());
    let steps: Vec<_> = bridge.steps.iter().map(|step| (step.key, step.amount)).collect();
    assert_eq!(steps, [("returns", dec("100")), ("cogs", dec("-35"))]);
}

#[test]
fn row_6_an_estimated_cost_is_a_part_of_the_value_without_tax() {
    let case = Case::new(british(), &[stated()], vec![]);
    assert_eq!(case.by("seed").amount("cogs"), Some(dec("48.00")));
    assert_eq!(case.by("netgain").amount("cogs"), Some(dec("40.00")));
    let metrics = Metrics::of(&case.total());
    assert_eq!(metrics.cost_coverage.unwrap(), dec("0"));
    assert_eq!((metrics.cogs_low, metrics.cogs_high), (dec("0"), dec("100")));
}

#[test]
fn row_7_a_gift_card_is_revenue_once_and_costs_nothing() {
    let mut sale =
        order("USD").gift_card("l1").event(EventKind::GiftCard, EventAction::Order, PLACED, "50.00", "0");
    (sale.total_price, sale.lines[0].unit_price) = (Some(dec("50.00")), Some(dec("50.00")));
    let mut redeemed = order("USD").line("l1", Some("book"), 1).sold("l1", 1, "50.00", "0", "0");
    (redeemed.order_id, redeemed.total_price) = ("o2".into(), Some(dec("50.00")));
    let costs = vec![unit_cost(&cost("book", "17", "USD"))];
    let case = Case::new(settings("USD", "Europe/London"), &[sale, redeemed], costs);
    let (naive, right) = (case.by("seed"), case.by("netgain"));
    assert_eq!((naive.revenue, right.revenue), (dec("100"), dec("50")));
    // 40 % of the card's price is the phantom
    assert_eq!((naive.amount("cogs"), right.amount("cogs")), (Some(dec("37")), Some(dec("17"))));
}

fn rate(base: &str, on: &str, rate: &str) -> Record {
    let cells = [
        ("day", Value::Date(day(on))),
        ("base", text(base)),
        ("quote", text("GBP")),
        ("rate", Value::Decimal(dec(rate))),
        ("recorded_at", Value::Time(Timestamp::UNIX_EPOCH)),
    ];
    let root = row(Table::FxRates, &format!("{base}/GBP@{on}"), &cells);
    Record { root, children: vec![], version: 1, position: 0 }
}

/// Two coats of 60.00 euros with VAT and delivery of 6.00, sold in March. In April one comes back to the shelf with the
/// delivery's price and all tax, and 10.00 (8.33 without VAT) are kept; by then the euro has fallen from 0.90 to 0.80.
fn given_back_in_part() -> OrderFacts {
    let back = "2026-04-05T09:00:00Z";
    order("EUR")
        .line("l1", Some("coat"), 2)
        .sold("l1", 2, "120.00", "20.00", "0")
        .event(EventKind::Shipping, EventAction::Order, PLACED, "6.00", "1.00")
        .returned("l1", -1, back, "-60.00", "-10.00")
        .restocked("l1", 1, back)
        .event(EventKind::Shipping, EventAction::Return, back, "-6.00", "-1.00")
        .event(EventKind::Fee, EventAction::Return, back, "10.00", "1.67")
        .fee("3.95")
}

#[test]
fn a_partial_refund_with_a_restocking_fee_next_month_in_another_currency() {
    let others = vec![
        unit_cost(&cost("coat", "17.50", "GBP")),
        rate("EUR", "2026-03-10", "0.90"),
        rate("EUR", "2026-04-05", "0.80"),
    ];
    let case = Case::new(british(), &[given_back_in_part()], others);
    let (march, april) = (case.on("2026-03-10"), case.on("2026-04-05"));
    // 100 x 0.90, 5 x 0.90, 2 x 17.50, the label, 3.95 x 0.90 = 3.555 to the penny
    assert_eq!((march.gross_sales, march.returns, march.other_income), (dec("90"), dec("0"), dec("0")));
    assert_eq!((march.shipping_income, march.cogs), (dec("4.50"), dec("35")));
    assert_eq!((march.shipping_costs, march.payment_fees), (dec("4.50"), dec("3.56")));
    assert_eq!(march.net_profit, dec("51.44"));
    // 50 x 0.80, 5 x 0.80, 8.33 x 0.80 = 6.664: with tax 8.00, its tax 1.336 to the penny
    assert_eq!((april.returns, april.shipping_income), (dec("40"), dec("-4")));
    assert_eq!((april.other_income, april.cogs), (dec("6.66"), dec("-17.50")));
    assert_eq!(april.net_profit, dec("-19.84"));
    assert_eq!(case.total().net_profit, dec("31.60"));

    // by the order's day all of it is March's, at the rates that were applied
    let mut settings = british();
    settings.revenue.refund_basis = RefundBasis::OrderDay;
    let others = vec![
        unit_cost(&cost("coat", "17.50", "GBP")),
        rate("EUR", "2026-03-10", "0.90"),
        rate("EUR", "2026-04-05", "0.80"),
    ];
    let by_order = Case::new(settings, &[given_back_in_part()], others);
    assert_eq!(by_order.on("2026-03-10"), case.total());
}

#[test]
fn a_refund_without_the_rate_of_its_day_is_told_and_not_counted() {
    let others = vec![unit_cost(&cost("coat", "17.50", "GBP")), rate("EUR", "2026-03-10", "0.90")];
    let case = Case::new(british(), &[given_back_in_part()], others);
    assert!(case.total().is_zero());
    let key = OrderKey { connection_id: "shop".into(), order_id: "o1".into() };
    let missing: Vec<_> = case.store.order_rates(&key).unwrap();
    let days: Vec<_> = missing.iter().filter(|rate| rate.applied.is_none()).map(|rate| rate.day).collect();
    assert!(!days.is_empty() && days.iter().all(|on| *on == day("2026-04-05")), "{missing:?}");
}

#[test]
fn a_repeated_sale_changes_nothing_and_its_stated_total_never_counts() {
    // what a shop states as its total is looked at by the naive formula alone
    let mut wrong = stated();
    wrong.total_price = Some(dec("9999"));
    let case = Case::new(british(), &[wrong], coat());
    assert_eq!((case.by("netgain").result, case.by("seed").revenue), (dec("61.55"), dec("9999")));
    let before = case.total();
    let report = update_profit(&case.store, &case.settings, &mut |_| {}).unwrap();
    assert_eq!((report.orders, case.total()), (0, before));
}

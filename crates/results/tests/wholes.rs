//! Parts add up to wholes in the stored tables, and whatever is changed, restating ends like computing from scratch:
//! orders, the cost book, rules, operating costs, exchange rates, ads and settings.
#![allow(missing_docs, clippy::unwrap_used)]

mod shop;

use std::collections::BTreeMap;

use netgain_domain::facts::{CostRuleFact, Ladder, Lines, UnitCostFact};
use netgain_domain::jiff::civil::{Date, date};
use netgain_domain::jiff::{Timestamp, ToSpan};
use netgain_domain::{Decimal, Record, Table, Value};
use netgain_profit::profile::{self, Statement};
use netgain_profit::{CostBook, Dated, MissingPolicy, RefundBasis, Settings, compute_order, daily};
use netgain_results::{prepare_costs, update_profit};
use netgain_warehouse::{By, CostBookChange, LineRow, OrderFilter, OrderKey, OrderSort, Warehouse};
use proptest::prelude::*;
use shop::{ORDERS, cases, cents, commit, costs, order_in, row, rules, settings, store_of, text};

const FIRST: Date = date(2025, 1, 1);
const LAST: Date = date(2027, 12, 31);

/// Every ninth order is in euros.
fn currency(number: i64) -> &'static str {
    if number % 9 == 4 { "EUR" } else { "GBP" }
}

fn shop_in_two_currencies(dir: &std::path::Path) -> Warehouse {
    store_of(dir, (0..ORDERS).map(|number| order_in(number, currency(number), 0, 1)).collect())
}

fn rate(day: Date, cents_of_rate: i64) -> Record {
    let mut cells = vec![("day", Value::Date(day)), ("base", text("EUR")), ("quote", text("GBP"))];
    cells.push(("rate", cents(cents_of_rate)));
    cells.push(("recorded_at", Value::Time(Timestamp::UNIX_EPOCH)));
    // a later word about a day takes the place of the earlier one
    let id = format!("EUR/GBP@{day}");
    Record { root: row(Table::FxRates, &id, &cells), children: vec![], version: cents_of_rate, position: 0 }
}

fn ads(day: Date, spend: i64, currency: &str, version: i64) -> Record {
    let campaign = format!("{currency}@{day}");
    let cells = [
        ("day", Value::Date(day)),
        ("level", text("campaign")),
        ("entity_id", text(currency)),
        ("currency", text(currency)),
        ("spend", cents(spend)),
    ];
    Record { root: row(Table::AdDays, &campaign, &cells), children: vec![], version, position: 0 }
}

/// What may happen to a workspace.
#[derive(Debug, Clone)]
enum Step {
    Cost(UnitCostFact),
    Rule(Box<CostRuleFact>),
    Rate(Date, i64),
    Ads(Date, i64, bool),
    Order(i64, i64),
    Basis(RefundBasis),
    Missing(MissingPolicy),
    Label(Option<i64>),
    Cancelled(bool),
}

fn a_day() -> impl Strategy<Value = Date> {
    (0..120_i32).prop_map(|days| date(2025, 12, 20).saturating_add(days.days()))
}

fn step() -> impl Strategy<Value = Step> {
    use RefundBasis::{CashDay, OrderDay, ReturnDay};
    prop_oneof![
        3 => costs().prop_map(Step::Cost),
        3 => rules().prop_map(|rule| Step::Rule(Box::new(rule))),
        3 => (a_day(), 50..200_i64).prop_map(|(day, rate)| Step::Rate(day, rate)),
        2 => (a_day(), 0..9_000_i64, any::<bool>()).prop_map(|(day, spend, euros)| Step::Ads(day, spend, euros)),
        2 => (0..ORDERS, 0..900_i64).prop_map(|(number, dearer)| Step::Order(number, dearer)),
        1 => prop::sample::select(vec![OrderDay, ReturnDay, CashDay]).prop_map(Step::Basis),
        1 => prop::sample::select(vec![MissingPolicy::Zero, MissingPolicy::Exclude, MissingPolicy::Error])
            .prop_map(Step::Missing),
        1 => prop::option::of(1..900_i64).prop_map(Step::Label),
        1 => any::<bool>().prop_map(Step::Cancelled),
    ]
}

/// Does a step to a store; settings change in place.
fn apply(store: &Warehouse, settings: &mut Settings, at: i64, step: &Step) {
    let recorded_at: Timestamp = "2026-05-01T00:00:00Z".parse().unwrap();
    let recorded_at = recorded_at + at.hours();
    let mut change = CostBookChange::default();
    match step.clone() {
        Step::Cost(cost) => change.costs.push(UnitCostFact { recorded_at, ..cost }),
        Step::Rule(rule) => change.rules.push(CostRuleFact { recorded_at, ..*rule }),
        Step::Rate(day, value) => commit(store, vec![rate(day, value)]),
        Step::Ads(day, spend, euros) => {
            commit(store, vec![ads(day, spend, if euros { "EUR" } else { "GBP" }, at + 1)]);
        }
        Step::Order(number, dearer) => {
            commit(store, vec![order_in(number, currency(number), dearer, at + 2)]);
        }
        Step::Basis(basis) => settings.revenue.refund_basis = basis,
        Step::Missing(policy) => settings.cost.missing_policy = policy,
        Step::Label(cost) => {
            let cost = cost.map(|cost| Dated { valid_from: None, value: Decimal::new(cost, 2) });
            settings.shipping.cost_per_order = cost.into_iter().collect();
        }
        Step::Cancelled(count) => settings.orders.count_cancelled = count,
    }
    if change != CostBookChange::default() {
        let change = prepare_costs(store, change).unwrap();
        store.record_costs(&change).unwrap();
    }
}

fn dump(store: &Warehouse) -> String {
    let mut out = Vec::new();
    store.dump(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn sum_of_lines(rows: &[LineRow]) -> BTreeMap<(String, bool, String), (i64, Vec<Decimal>)> {
    let mut sums: BTreeMap<_, (i64, Lines)> = BTreeMap::new();
    for LineRow { cell, .. } in rows {
        let key = (cell.class.name().to_owned(), cell.counted, cell.basis.name().to_owned());
        let sum = sums.entry(key).or_default();
        sum.0 += cell.orders;
        for line in netgain_domain::facts::Line::ALL {
            sum.1[*line] += cell.lines[*line];
        }
    }
    sums.into_iter().map(|(key, (orders, lines))| (key, (orders, lines.values().to_vec()))).collect()
}

/// Orders, days, months, channels and the whole say the same.
fn assert_adds_up(store: &Warehouse, settings: &Settings) {
    let total = store.pnl(FIRST, LAST, By::Total).unwrap().remove(0);
    for by in [By::Day, By::Month, By::Channel] {
        let rows = store.pnl(FIRST, LAST, by).unwrap();
        let mut sum = Ladder::default();
        rows.iter().for_each(|row| sum += &row.ladder);
        assert_eq!(sum, total.ladder, "{by:?}");
        assert_eq!(rows.iter().map(|row| row.orders).sum::<i64>(), total.orders, "{by:?}");
    }
    // orders and what belongs to days alone
    let page = store.orders_page(&OrderFilter::default(), OrderSort::Day, true, None, 1_000).unwrap();
    assert_eq!(page.orders.len(), ORDERS as usize);
    let mut orders = Ladder::default();
    page.orders.iter().for_each(|order| orders += &order.ladder);
    assert_eq!((orders.ad_spend, orders.operating_costs), (Decimal::ZERO, Decimal::ZERO));
    (orders.ad_spend, orders.operating_costs) = (total.ladder.ad_spend, total.ladder.operating_costs);
    orders.net_profit -= orders.ad_spend + orders.operating_costs;
    assert_eq!(orders, total.ladder);
    // what ads cost, by platform and day, and no other channel has any
    let channels = store.pnl(FIRST, LAST, By::Channel).unwrap();
    for row in &channels {
        let is_ads = row.channel.as_deref().unwrap().starts_with("advertising:");
        assert!(is_ads || row.ladder.ad_spend.is_zero(), "{row:?}");
    }
    // the base lines, and every definition that is read from them
    let lines = store.line_sums(FIRST, LAST, By::Total).unwrap();
    for by in [By::Day, By::Month, By::Channel] {
        assert_eq!(sum_of_lines(&store.line_sums(FIRST, LAST, by).unwrap()), sum_of_lines(&lines), "{by:?}");
    }
    let cells: Vec<_> = lines.into_iter().map(|row| row.cell).collect();
    let by_day = store.line_sums(FIRST, LAST, By::Day).unwrap();
    for definition in profile::all() {
        let reading = settings.reading(Some(&definition.id), None).unwrap();
        let whole = Statement::of(&reading, &cells);
        let mut parts = (Decimal::ZERO, Decimal::ZERO);
        for day in by_day.chunk_by(|a, b| a.day == b.day) {
            let day = Statement::of(&reading, &day.iter().map(|row| row.cell.clone()).collect::<Vec<_>>());
            parts = (parts.0 + day.revenue, parts.1 + day.result);
        }
        assert_eq!(parts, (whole.revenue, whole.result), "{}", definition.id);
    }
    let default = Statement::of(&settings.reading(None, None).unwrap(), &cells);
    assert_eq!((default.result, default.orders), (total.ladder.net_profit, total.orders));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(10), ..ProptestConfig::default() })]
    #[test]
    fn parts_add_up_to_wholes_whatever_changes(steps in prop::collection::vec(step(), 1..6)) {
        let dir = tempfile::tempdir().unwrap();
        let restated = shop_in_two_currencies(&dir.path().join("a"));
        let fresh = shop_in_two_currencies(&dir.path().join("b"));
        let (mut ours, mut theirs) = (settings(), settings());
        update_profit(&restated, &ours, &mut |_| ()).unwrap();
        for (at, step) in (0_i64..).zip(&steps) {
            apply(&restated, &mut ours, at, step);
            update_profit(&restated, &ours, &mut |_| ()).unwrap();
            assert_adds_up(&restated, &ours);
            apply(&fresh, &mut theirs, at, step);
        }
        update_profit(&fresh, &theirs, &mut |_| ()).unwrap();
        prop_assert_eq!(dump(&restated), dump(&fresh));
    }
}

/// What several threads compute and write together is what one order after the other gives, to the bit.
#[test]
fn computing_side_by_side_is_computing_one_by_one() {
    let dir = tempfile::tempdir().unwrap();
    let settings = settings();
    let side_by_side = shop_in_two_currencies(&dir.path().join("a"));
    commit(&side_by_side, vec![rate(date(2025, 12, 31), 85), ads(date(2026, 2, 1), 700, "GBP", 1)]);
    let report = update_profit(&side_by_side, &settings, &mut |_| ()).unwrap();
    assert_eq!((report.orders, report.uncomputed), (ORDERS as u64, vec![]));

    let one_by_one = shop_in_two_currencies(&dir.path().join("b"));
    commit(&one_by_one, vec![rate(date(2025, 12, 31), 85), ads(date(2026, 2, 1), 700, "GBP", 1)]);
    let rates = std::sync::Arc::new(netgain_profit::RateBook::new(one_by_one.load_rates().unwrap()));
    let book = CostBook::new(one_by_one.load_unit_costs().unwrap()).with_rates(rates);
    let mut computed = Vec::new();
    for number in (0..ORDERS).rev() {
        let key = OrderKey { connection_id: "shop".into(), order_id: number.to_string() };
        let facts = one_by_one.load_order_facts(&[key]).unwrap().remove(0);
        computed.push(compute_order(&facts, &book, &settings).unwrap());
    }
    for order in &computed {
        one_by_one.write_profit(std::slice::from_ref(order), &settings.key().unwrap()).unwrap();
    }
    one_by_one.rebuild_daily(netgain_warehouse::Rebuild::All, settings.currency).unwrap();
    assert_eq!(dump(&side_by_side), dump(&one_by_one));

    // and the pure functions add the same days up
    let ads = one_by_one.load_ad_days().unwrap();
    let pure = daily(computed.iter(), &ads, &settings);
    for row in side_by_side.pnl(FIRST, LAST, By::Day).unwrap() {
        let day = pure.days.get(&row.day.unwrap()).map(|day| day.ladder).unwrap_or_default();
        assert_eq!(row.ladder, day, "{:?}", row.day);
    }
}

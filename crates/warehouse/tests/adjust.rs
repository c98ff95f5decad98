//! Sums of days are changed by what orders change, or made again: both end at the same tables.
#![allow(missing_docs, clippy::unwrap_used)]

#[macro_use]
mod common;

use common::{batch, dump, open, order, stale, zeros};
use netgain_domain::facts::{
    Basis, DayEntry, Ladder, Line, OrderClass, OrderFacts, OrderProfit, Posting, Postings,
};
use netgain_domain::jiff::ToSpan;
use netgain_domain::jiff::civil::Date;
use netgain_domain::{Currency, Decimal, Record};
use netgain_warehouse::{Rebuild, Sums, Warehouse};
use proptest::prelude::*;

const ORDERS: i64 = 12;

fn usd() -> Currency {
    "USD".parse().unwrap()
}

/// What an order brings: cents on its own day, and cents so many days later where there are any.
#[derive(Debug, Clone)]
struct Brings {
    number: usize,
    cents: i64,
    later: Option<(i64, i64)>,
    paid: bool,
}

fn brings() -> impl Strategy<Value = Brings> {
    let later = prop::option::of((0..4_i64, -900..900_i64));
    (0..usize::try_from(ORDERS).unwrap(), 0..900_i64, later, any::<bool>())
        .prop_map(|(number, cents, later, paid)| Brings { number, cents, later, paid })
}

fn profit(facts: &OrderFacts, brings: &Brings) -> OrderProfit {
    let none = zeros(facts);
    let entry = |day: Date, orders: i64, cents: i64| {
        let mut ladder = Ladder { gross_sales: Decimal::new(cents, 2), ..Ladder::default() };
        ladder.derive();
        DayEntry { day, orders, ladder }
    };
    let mut days = vec![entry(none.day, 1, brings.cents)];
    let mut all = vec![];
    let mut post = |day, basis, cents| {
        all.push(Posting { amount: Decimal::new(cents, 2), day, basis, line: Line::GrossSales });
    };
    post(none.day, Basis::All, brings.cents);
    if let Some((after, cents)) = brings.later {
        let day = none.day.saturating_add(after.days());
        post(day, Basis::ReturnDay, cents);
        match after {
            0 => days[0] = entry(none.day, 1, brings.cents + cents),
            _ => days.push(entry(day, 0, cents)),
        }
    }
    let mut total = Ladder::default();
    days.iter().for_each(|entry| total += &entry.ladder);
    let postings = Postings { placed: Some((none.day, 1)), all };
    let class = if brings.paid { OrderClass::Paid } else { OrderClass::Pending };
    OrderProfit { total, days, postings, class, ..none }
}

fn facts(store: &Warehouse) -> Vec<OrderFacts> {
    let records: Vec<Record> = (0..ORDERS).map(|number| order(number, 1)).collect();
    store.commit(&batch(records, None)).unwrap();
    let keys = stale(store, "none");
    store.load_order_facts(&keys).unwrap()
}

fn put(store: &Warehouse, orders: &[OrderProfit], settings: &str, sums: Sums) {
    store.write_profit_runs(std::iter::once(Ok(orders)), settings, None, sums).unwrap();
}

fn waiting(store: &Warehouse) -> usize {
    let days = store.query("SELECT DISTINCT day FROM dirty_days", 1_000, std::time::Duration::from_secs(60));
    days.unwrap().rows.len()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn changing_sums_ends_like_making_them(steps in prop::collection::vec((brings(), any::<bool>()), 1..12)) {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (one, other) = (open(one.path()), open(other.path()));
        let known = facts(&one);
        prop_assert_eq!(facts(&other).len(), known.len());
        for (brings, settle) in steps {
            let computed = [profit(&known[brings.number], &brings)];
            put(&one, &computed, "s", Sums::Adjust);
            put(&other, &computed, "s", Sums::Later);
            if settle {
                one.rebuild_daily(Rebuild::Changed, usd()).unwrap();
                other.rebuild_daily(Rebuild::Changed, usd()).unwrap();
            }
        }
        for store in [&one, &other] {
            store.rebuild_daily(Rebuild::Changed, usd()).unwrap();
        }
        prop_assert_eq!(dump(&one), dump(&other));
    }
}

fn days_are_summed_again_only_where_rows_come_or_go() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let known = facts(&store);
    let of = |cents, later| {
        let brings = Brings { number: 3, cents, later, paid: true };
        [profit(&known[3], &brings)]
    };
    put(&store, &of(500, Some((2, -100))), "s", Sums::Adjust);
    assert_eq!(waiting(&store), 2, "both days are new");
    store.rebuild_daily(Rebuild::Changed, usd()).unwrap();

    put(&store, &of(700, Some((2, -300))), "s", Sums::Adjust);
    assert_eq!(waiting(&store), 0);
    let (first, last) = store.days().unwrap().unwrap();
    let net = |store: &Warehouse| {
        let rows = store.pnl(first, last, netgain_warehouse::By::Day).unwrap();
        rows.iter().map(|row| row.ladder.net_profit).collect::<Vec<_>>()
    };
    assert_eq!(net(&store), [Decimal::new(700, 2), Decimal::ZERO, Decimal::new(-300, 2)]);

    put(&store, &of(700, None), "s", Sums::Adjust);
    assert_eq!(waiting(&store), 1, "a day lost its only row");
    store.rebuild_daily(Rebuild::Changed, usd()).unwrap();

    put(&store, &of(800, None), "other settings", Sums::Adjust);
    assert_eq!(waiting(&store), 1, "under other settings more than orders may differ");
}

on_both!(days_are_summed_again_only_where_rows_come_or_go);

//! Changes of the cost book: what a preview says is what saving does, and restating ends like computing from scratch.
#![allow(missing_docs, clippy::unwrap_used)]

mod shop;

use std::collections::BTreeMap;

use netgain_domain::Decimal;
use netgain_domain::facts::{CostRuleFact, CostScope, UnitCostFact};
use netgain_domain::jiff::civil::{Date, date};
use netgain_domain::jiff::{Timestamp, ToSpan};
use netgain_results::{
    CostPreview, compare_as_known, prepare_costs, preview_costs, save_costs, today, update_profit,
};
use netgain_warehouse::{By, CostBookChange, Warehouse};
use proptest::prelude::*;
use shop::{ORDERS, cases, cost, costs, rules, settings, store};

/// Net profit and cost of goods of each month.
fn months(store: &Warehouse) -> BTreeMap<Date, (Decimal, Decimal)> {
    let rows = store.pnl(date(2025, 1, 1), date(2027, 12, 31), By::Month).unwrap();
    rows.into_iter().map(|row| (row.day.unwrap(), (row.ladder.net_profit, row.ladder.cogs))).collect()
}

/// What the preview says must be what has come of it.
fn assert_came_true(
    preview: &CostPreview,
    before: &BTreeMap<Date, (Decimal, Decimal)>,
    after: &BTreeMap<Date, (Decimal, Decimal)>,
) {
    let said: BTreeMap<_, _> = preview.months.iter().map(|month| (month.month, month)).collect();
    for month in before.keys().chain(after.keys()) {
        let of = |months: &BTreeMap<Date, (Decimal, Decimal)>| months.get(month).copied().unwrap_or_default();
        let change = (of(after).0 - of(before).0, of(after).1 - of(before).1);
        let told = said.get(month).map(|month| (month.net_profit, month.cogs)).unwrap_or_default();
        assert_eq!(change, told, "{month}");
    }
}

/// Golden case 9 through the store.
#[test]
fn a_cost_edited_today_leaves_march_alone_unless_dated_to_march() {
    let dir = tempfile::tempdir().unwrap();
    let (store, settings) = (store(dir.path()), settings());
    assert_eq!(update_profit(&store, &settings, &mut |_| ()).unwrap().orders, ORDERS as u64);
    let march = |store: &Warehouse| months(store)[&date(2026, 3, 1)];
    let old = march(&store);

    let now = "2026-05-15T10:00:00Z";
    let mut edit = cost(CostScope::Variant, "v1", 950, now);
    edit.valid_from = Some(today(&settings, edit.recorded_at));
    assert_eq!(edit.valid_from, Some(date(2026, 5, 15)));
    let change = CostBookChange { costs: vec![edit.clone()], ..CostBookChange::default() };
    let change = prepare_costs(&store, change).unwrap();
    assert_eq!(preview_costs(&store, &settings, &change).unwrap(), CostPreview::default());
    assert_eq!(save_costs(&store, &settings, &change).unwrap().restated.orders, 0);
    assert_eq!(march(&store), old);

    edit.valid_from = Some(date(2026, 3, 1));
    let change = CostBookChange { costs: vec![edit], ..CostBookChange::default() };
    let change = prepare_costs(&store, change).unwrap();
    let before = months(&store);
    let preview = preview_costs(&store, &settings, &change).unwrap();
    let saved = save_costs(&store, &settings, &change).unwrap();
    assert_eq!(saved.recorded, 1);
    assert_came_true(&preview, &before, &months(&store));
    assert!(preview.net_profit < Decimal::ZERO && march(&store).0 < old.0);
    // returned goods of March came back in April
    assert_eq!(preview.months.first().unwrap().month, date(2026, 3, 1));
    // every second order has the variant, and a third of the time is March: nothing else is computed again
    assert_eq!((saved.restated.orders, preview.looked_at), (preview.orders, preview.orders));
    assert!(preview.orders < ORDERS as u64 / 4, "{preview:?}");

    let then = compare_as_known(&store, &settings, "2026-04-01T12:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(march(&store).0 + then.months[0].net_profit, old.0, "as known on 1 April");

    // recorded twice is recorded once
    assert_eq!(save_costs(&store, &settings, &change).unwrap().recorded, 0);
}

#[test]
fn a_row_that_does_not_count_cannot_be_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(dir.path());
    let refused = |change: CostBookChange| prepare_costs(&store, change).unwrap_err().to_string();
    let mut edit = cost(CostScope::Sku, "s1", 950, "2026-05-15T10:00:00Z");
    edit.replaces = Some("cost-book/none".to_owned());
    let change = CostBookChange { costs: vec![edit.clone()], ..CostBookChange::default() };
    assert!(refused(change).starts_with("costs[0].replaces "));
    edit.replaces = Some("shop/v1@since-ever".to_owned());
    let change = CostBookChange { costs: vec![edit.clone(), edit.clone()], ..CostBookChange::default() };
    assert!(refused(change).starts_with("costs[1].replaces "));
    let change = CostBookChange { costs: vec![edit.clone()], ..CostBookChange::default() };
    let change = prepare_costs(&store, change).unwrap();
    assert_eq!(store.record_costs(&change).unwrap(), 1);
    edit.withdrawn = true;
    assert!(refused(CostBookChange { costs: vec![edit], ..CostBookChange::default() }).contains("replaces"));
}

#[derive(Debug, Clone)]
enum Step {
    Cost(UnitCostFact),
    Rule(Box<CostRuleFact>),
    /// Take back the newest unit cost of a person.
    TakeBack,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => costs().prop_map(Step::Cost),
        2 => rules().prop_map(|rule| Step::Rule(Box::new(rule))),
        1 => Just(Step::TakeBack),
    ];
    prop::collection::vec(step, 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(12), ..ProptestConfig::default() })]
    #[test]
    fn restating_after_a_change_ends_like_computing_from_scratch(steps in steps()) {
        let (dir, settings) = (tempfile::tempdir().unwrap(), settings());
        let (restated, fresh) = (store(&dir.path().join("a")), store(&dir.path().join("b")));
        update_profit(&restated, &settings, &mut |_| ()).unwrap();
        for (at, step) in (0_i64..).zip(steps) {
            let recorded_at: Timestamp = "2026-05-01T00:00:00Z".parse().unwrap();
            let recorded_at = recorded_at + at.hours();
            let mut change = CostBookChange::default();
            match step {
                Step::Cost(cost) => change.costs.push(UnitCostFact { recorded_at, ..cost }),
                Step::Rule(rule) => change.rules.push(CostRuleFact { recorded_at, ..*rule }),
                Step::TakeBack => {
                    let known = restated.load_unit_costs().unwrap();
                    let counts = |cost: &&UnitCostFact| {
                        cost.source == "api" && !cost.withdrawn
                            && !known.iter().any(|other| other.replaces.as_ref() == Some(&cost.cost_id))
                    };
                    let Some(last) = known.iter().filter(counts).max_by_key(|cost| cost.recorded_at) else { continue };
                    let replaces = Some(last.cost_id.clone());
                    change.costs.push(UnitCostFact { recorded_at, replaces, withdrawn: true, ..last.clone() });
                }
            }
            let change = prepare_costs(&restated, change).unwrap();
            let before = months(&restated);
            let preview = preview_costs(&restated, &settings, &change).unwrap();
            let saved = save_costs(&restated, &settings, &change).unwrap();
            assert_came_true(&preview, &before, &months(&restated));
            prop_assert!(preview.orders <= saved.restated.orders);
            prop_assert_eq!(saved.restated.orders, preview.looked_at);
            fresh.record_costs(&change).unwrap();
        }
        update_profit(&fresh, &settings, &mut |_| ()).unwrap();
        let dump = |store: &Warehouse| {
            let mut out = Vec::new();
            store.dump(&mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        prop_assert_eq!(dump(&restated), dump(&fresh));
    }
}

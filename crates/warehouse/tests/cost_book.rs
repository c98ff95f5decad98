//! The cost book as stored: only ever added to, and it says what a change touches.
#![allow(missing_docs, clippy::unwrap_used)]

#[macro_use]
mod common;

use common::{at, batch, dec, dump, open, order, row, settle, settle_by, stale, text};
use netgain_domain::facts::{CostKind, CostRuleFact, CostRuleKind, CostScope, RuleTerms, UnitCostFact};
use netgain_domain::jiff::civil::date;
use netgain_domain::{Decimal, Record, Table, Value};
use netgain_warehouse::{CostBookChange, Rebuild, Warehouse};

fn cost(scope: CostScope, id: &str, unit_cost: i64) -> UnitCostFact {
    let mut cost = UnitCostFact::new(scope, id, Decimal::new(unit_cost, 2), "USD".parse().unwrap());
    cost.cost_id = format!("cost-book/{}-{id}-{unit_cost}", scope.name());
    cost.kind = CostKind::Manual;
    cost.source = "api".to_owned();
    cost.recorded_at = at(common::START + 86_400 * 500);
    cost
}

fn record(store: &Warehouse, costs: Vec<UnitCostFact>, rules: Vec<CostRuleFact>) -> u64 {
    let note = Some("a better price".to_owned());
    let change = CostBookChange { costs, rules, recorded_by: Some("Ada".to_owned()), note };
    store.record_costs(&change).unwrap()
}

fn shop(dir: &std::path::Path) -> Warehouse {
    let store = open(dir);
    let mut records: Vec<Record> = (0..400).map(|number| order(number, 1)).collect();
    let root = |root| Record { root, children: vec![], version: 1, position: 0 };
    for (id, vendor) in [("p0", "acme"), ("p1", "acme"), ("p2", "other")] {
        records.push(root(row(
            Table::Products,
            id,
            &[("vendor", text(vendor)), ("product_type", text("coat"))],
        )));
    }
    records[3].root.set("shipping_country", text("DE"));
    store.commit(&batch(records, None)).unwrap();
    assert_eq!(settle(&store).len(), 400);
    assert!(settle(&store).is_empty());
    store
}

/// Orders with a line of the product: two lines each, of the neighbouring numbers.
fn of_product(product: i64) -> Vec<String> {
    let mut ids: Vec<String> = (0..400_i64)
        .filter(|number| number % 53 == product || (number + 1) % 53 == product)
        .map(|number| number.to_string())
        .collect();
    ids.sort();
    ids
}

fn a_cost_touches_the_orders_of_its_goods_and_days_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = shop(dir.path());
    assert_eq!(record(&store, vec![cost(CostScope::Product, "p1", 500)], vec![]), 1);
    assert_eq!(settle(&store), of_product(1));
    let both: std::collections::BTreeSet<String> =
        [of_product(0), of_product(1)].concat().into_iter().collect();
    record(&store, vec![cost(CostScope::Supplier, "acme", 500)], vec![]);
    assert_eq!(settle(&store), both.into_iter().collect::<Vec<_>>());
    record(&store, vec![cost(CostScope::ProductType, "hat", 500)], vec![]);
    assert!(settle(&store).is_empty());
    // 144 orders a day
    let mut of_a_day = cost(CostScope::Shop, "", 500);
    (of_a_day.valid_from, of_a_day.valid_to) = (Some(date(2024, 1, 2)), Some(date(2024, 1, 2)));
    record(&store, vec![of_a_day.clone()], vec![]);
    assert_eq!(settle(&store).len(), 144);
    // the second line of each order is of two units, the first of one
    let mut many = cost(CostScope::Variant, "v7", 500);
    many.min_quantity = 2;
    record(&store, vec![many], vec![]);
    assert_eq!(settle(&store), ["217", "6"]);
    let mut german = cost(CostScope::Shop, "", 501);
    german.country = Some("de".to_owned());
    record(&store, vec![german], vec![]);
    assert_eq!(settle(&store), ["3"]);
    // recorded once, it is there; taking it back touches what it touched
    assert_eq!(record(&store, vec![of_a_day.clone()], vec![]), 0);
    assert!(settle(&store).is_empty());
    let mut back = cost(CostScope::Sku, "nothing", 1);
    (back.replaces, back.withdrawn) = (Some(of_a_day.cost_id), true);
    record(&store, vec![back], vec![]);
    assert_eq!(settle(&store).len(), 144);
}

fn a_rule_touches_the_orders_of_its_days_and_channel_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = shop(dir.path());
    let rule = |kind, from, channel: Option<&str>| CostRuleFact {
        rule_id: format!("{kind:?}"),
        kind,
        currency: "USD".parse().unwrap(),
        valid_from: from,
        valid_to: None,
        recorded_at: at(common::START),
        source: "api".to_owned(),
        replaces: None,
        withdrawn: false,
        terms: RuleTerms {
            fixed: Some("1.50".parse().unwrap()),
            channel: channel.map(str::to_owned),
            ..RuleTerms::default()
        },
    };
    let third = date(2024, 1, 3);
    record(&store, vec![], vec![rule(CostRuleKind::Shipping, Some(third), None)]);
    assert_eq!(settle(&store).len(), 400 - 288);
    record(&store, vec![], vec![rule(CostRuleKind::Handling, None, Some("POS"))]);
    assert_eq!(settle(&store).len(), 133);
    // returns count on their own day, 25 hours after the order
    record(&store, vec![], vec![rule(CostRuleKind::ReturnHandling, Some(date(2024, 1, 4)), None)]);
    let touched = settle(&store);
    assert!(touched.contains(&"295".to_owned()) && !touched.contains(&"5".to_owned()), "{touched:?}");
    record(&store, vec![], vec![rule(CostRuleKind::Operating, None, None)]);
    assert!(settle(&store).is_empty(), "days, not orders");
    let rules = store.recorded_cost_rules().unwrap();
    assert_eq!((rules.len(), rules[0].recorded_by.as_deref()), (4, Some("Ada")));
    assert_eq!(rules[0].fact.terms.fixed, Some("1.50".parse().unwrap()));
}

fn results_of_a_book_that_changed_meanwhile_are_out_of_date() {
    let dir = tempfile::tempdir().unwrap();
    let store = shop(dir.path());
    record(&store, vec![cost(CostScope::Product, "p1", 500)], vec![]);
    let before = store.cost_book_changes().unwrap();
    record(&store, vec![cost(CostScope::Product, "p1", 600)], vec![]);
    assert_eq!(settle_by(&store, before), of_product(1));
    assert_eq!(settle(&store), of_product(1), "they were computed from a book of before");
    assert!(settle(&store).is_empty());
}

fn another_supplier_touches_the_orders_of_the_product() {
    let dir = tempfile::tempdir().unwrap();
    let store = shop(dir.path());
    let vendor = |vendor: &str, version| {
        let root = row(Table::Products, "p2", &[("vendor", text(vendor)), ("product_type", text("coat"))]);
        store.commit(&batch(vec![Record { root, children: vec![], version, position: 0 }], None)).unwrap();
    };
    vendor("new", 2);
    assert!(settle(&store).is_empty(), "nobody asks for it");
    record(&store, vec![cost(CostScope::Supplier, "acme", 500)], vec![]);
    settle(&store);
    vendor("acme", 3);
    assert_eq!(settle(&store), of_product(2));
    let facts = store.load_order_facts(&stale(&store, "other")).unwrap();
    let line =
        facts.iter().flat_map(|order| &order.lines).find(|line| line.product_id.as_deref() == Some("p2"));
    assert_eq!(line.unwrap().vendor.as_deref(), Some("acme"));
}

/// A cost sheet, imported at an instant.
fn sheet(store: &Warehouse, unit_cost: &str, second: i64) {
    let cells = [
        ("scope", text("sku")),
        ("scope_id", text("s")),
        ("unit_cost", dec(unit_cost)),
        ("currency", text("USD")),
        ("kind", text("manual")),
        ("recorded_at", Value::Time(at(second))),
    ];
    let root = row(Table::UnitCosts, &format!("s-{unit_cost}"), &cells);
    let page = batch(vec![Record { root, children: vec![], version: 1, position: 0 }], None);
    store.commit(&page).unwrap();
}

fn a_sheet_is_never_overwritten_and_can_go_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let book = || -> Vec<(String, i64)> {
        let known = store.load_unit_costs().unwrap();
        known
            .iter()
            .map(|cost| (cost.unit_cost.normalize().to_string(), cost.recorded_at.as_second()))
            .collect()
    };
    sheet(&store, "10", 100);
    sheet(&store, "10", 200);
    assert_eq!(book(), [("10".to_owned(), 100)], "said already");
    sheet(&store, "12", 300);
    sheet(&store, "10", 400);
    assert_eq!(book().len(), 3);
    assert_eq!(book().last(), Some(&("10".to_owned(), 400)));
    let once = dump(&store);
    sheet(&store, "10", 500);
    assert_eq!(dump(&store), once);
}

fn operating_days_note_only_what_changed() {
    use netgain_domain::facts::OperatingDay;
    let dir = tempfile::tempdir().unwrap();
    let store = shop(dir.path());
    store.rebuild_daily(Rebuild::Changed, "USD".parse().unwrap()).unwrap();
    let day = |number: i8, amount: i64| OperatingDay {
        day: date(2024, 1, number),
        cost_id: "rent".to_owned(),
        category: "rent".to_owned(),
        name: None,
        channel: None,
        campaign_id: None,
        marketing: false,
        amount: Decimal::new(amount, 2),
        lacks_rate: None,
    };
    assert_eq!(store.keep_operating_days(vec![day(2, 100), day(1, 100)]).unwrap(), 2);
    assert_eq!(store.keep_operating_days(vec![day(1, 100), day(2, 100)]).unwrap(), 0);
    assert_eq!(store.keep_operating_days(vec![day(1, 100), day(2, 101), day(3, 5)]).unwrap(), 2);
    assert_eq!(store.keep_operating_days(vec![day(2, 101)]).unwrap(), 2);
    assert_eq!(store.operating_days().unwrap(), [day(2, 101)]);
}

on_both!(
    a_cost_touches_the_orders_of_its_goods_and_days_alone,
    a_rule_touches_the_orders_of_its_days_and_channel_alone,
    results_of_a_book_that_changed_meanwhile_are_out_of_date,
    another_supplier_touches_the_orders_of_the_product,
    a_sheet_is_never_overwritten_and_can_go_back,
    operating_days_note_only_what_changed
);

//! Changes of the cost book: what a preview says is what saving does, and restating ends like computing from scratch.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeMap;

use netgain_domain::facts::{CostKind, CostRuleFact, CostRuleKind, CostScope, RuleTerms, UnitCostFact};
use netgain_domain::jiff::civil::{Date, date};
use netgain_domain::jiff::{Timestamp, ToSpan};
use netgain_domain::{Decimal, Record, Row, Table, Value};
use netgain_profit::Settings;
use netgain_results::{
    CostPreview, compare_as_known, prepare_costs, preview_costs, save_costs, today, update_profit,
};
use netgain_warehouse::{Batch, By, CostBookChange, Options, Warehouse};
use proptest::prelude::*;

const ORDERS: i64 = 60;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn cents(cents: i64) -> Value {
    Value::Decimal(Decimal::new(cents, 2))
}

fn row(table: Table, id: &str, cells: &[(&str, Value)]) -> Row {
    let mut row = Row::empty(table, id.to_owned());
    for (column, value) in cells {
        row.set(column, value.clone());
    }
    row
}

fn settings() -> Settings {
    Settings::new("GBP".parse().unwrap(), "Europe/London".parse().unwrap())
}

/// One order a day and a half from January to March, of two of four variants each; some to Germany, some returned,
/// some with an actual fee.
fn order(number: i64) -> Record {
    let id = number.to_string();
    let start: Timestamp = "2026-01-01T09:00:00Z".parse().unwrap();
    let placed = Value::Time(start + (number * 36).hours());
    let mut cells = vec![
        ("name", text(&id)),
        ("placed_at", placed.clone()),
        ("channel", text(["web", "pos"][(number % 2) as usize])),
        ("financial_status", text("paid")),
        ("currency", text("GBP")),
    ];
    cells.push(("shipping_country", text(if number % 3 == 0 { "DE" } else { "GB" })));
    let mut children = Vec::new();
    for at in 0..2 {
        let (line, variant) = (format!("{id}-{at}"), (number + at) % 4);
        let amount = 3_000 + number * 17;
        children.push(row(
            Table::OrderLines,
            &line,
            &[
                ("order_id", text(&id)),
                ("variant_id", text(&format!("v{variant}"))),
                ("sku", text(&format!("s{variant}"))),
                ("quantity", Value::Int(1 + number % 3)),
            ],
        ));
        let event = |id: &str, when: Value, action: &str, sign: i64| {
            row(
                Table::SaleEvents,
                id,
                &[
                    ("order_id", text(&number.to_string())),
                    ("line_id", text(&line)),
                    ("happened_at", when),
                    ("reason", text(if sign > 0 { "order" } else { "refund" })),
                    ("action", text(action)),
                    ("kind", text("product")),
                    ("quantity", Value::Int(sign * (1 + number % 3))),
                    ("total_amount", cents(sign * amount)),
                    ("tax_amount", cents(sign * amount / 6)),
                    ("discount_amount", cents(0)),
                    ("currency", text("GBP")),
                ],
            )
        };
        children.push(event(&format!("e{line}"), placed.clone(), "order", 1));
        if number % 7 == 0 && at == 0 {
            let back = Value::Time(start + (number * 36 + 900).hours());
            children.push(event(&format!("r{line}"), back.clone(), "return", -1));
            children.push(row(
                Table::RefundLines,
                &format!("f{id}"),
                &[
                    ("order_id", text(&id)),
                    ("line_id", text(&line)),
                    ("refunded_at", back),
                    ("quantity", Value::Int(1 + number % 3)),
                    ("restocked", Value::Bool(true)),
                ],
            ));
        }
    }
    let of_order = [("order_id", text(&id)), ("currency", text("GBP"))];
    if number % 4 == 0 {
        let mut fee = row(Table::PaymentFees, &format!("fee{id}"), &of_order);
        fee.set("amount", cents(95));
        children.push(fee);
    }
    let mut paid = row(Table::PaymentTransactions, &format!("p{id}"), &of_order);
    paid.set("processed_at", placed);
    paid.set("kind", text("sale"));
    paid.set("status", text("success"));
    paid.set("gateway", text("card"));
    paid.set("amount", cents(6_000 + number * 34));
    children.push(paid);
    Record { root: row(Table::Orders, &id, &cells), children, version: 1, position: 0 }
}

fn store(dir: &std::path::Path) -> Warehouse {
    let store = Warehouse::open(dir, &"test".parse().unwrap(), Options::default()).unwrap();
    let mut records: Vec<Record> = (0..ORDERS).map(order).collect();
    let root = |root: Row| Record { root, children: vec![], version: 1, position: 0 };
    for number in 0..4 {
        let mut cells = vec![("product_id", text(&format!("p{}", number / 2)))];
        cells.push(("weight_grams", Value::Decimal(Decimal::from(200 * (number + 1)))));
        if number != 3 {
            cells.extend([("unit_cost", cents(700 + number * 100)), ("unit_cost_currency", text("GBP"))]);
        }
        records.push(root(row(Table::Variants, &format!("v{number}"), &cells)));
    }
    for number in 0..2 {
        let cells = [("vendor", text("acme")), ("product_type", text(&format!("t{number}")))];
        records.push(root(row(Table::Products, &format!("p{number}"), &cells)));
    }
    let records = records.into_iter().enumerate();
    store
        .commit(&Batch {
            connection: "shop".parse().unwrap(),
            source: "shop".to_owned(),
            stream: "orders".to_owned(),
            observed_at: "2026-04-01T00:00:00Z".parse().unwrap(),
            records: records.map(|(at, record)| (record, format!("shop/orders/0#{at}"))).collect(),
            cursor: None,
            aside: Default::default(),
        })
        .unwrap();
    store
}

fn cost(scope: CostScope, id: &str, unit_cost: i64, recorded: &str) -> UnitCostFact {
    let mut cost = UnitCostFact::new(scope, id, Decimal::new(unit_cost, 2), "GBP".parse().unwrap());
    cost.kind = CostKind::Manual;
    cost.recorded_at = recorded.parse().unwrap();
    cost.source = "api".to_owned();
    cost
}

fn rule(kind: CostRuleKind, terms: RuleTerms, recorded_at: Timestamp) -> CostRuleFact {
    CostRuleFact {
        rule_id: String::new(),
        kind,
        currency: "GBP".parse().unwrap(),
        valid_from: None,
        valid_to: None,
        recorded_at,
        source: "api".to_owned(),
        replaces: None,
        withdrawn: false,
        terms,
    }
}

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

fn a_day() -> impl Strategy<Value = Option<Date>> {
    prop::option::of((0..120_i32).prop_map(|days| date(2025, 12, 20).saturating_add(days.days())))
}

fn costs() -> impl Strategy<Value = UnitCostFact> {
    let what = (0..7_usize, 0..4_u8, 1..2_000_i64, any::<bool>());
    let when = (a_day(), a_day(), prop::option::of(any::<bool>()), 1..4_i64);
    (what, when).prop_map(|((scope, id, cents, manual), (from, to, german, min_quantity))| {
        use CostScope::{Product, ProductType, Shop, Sku, Supplier};
        let (scope, id) = match CostScope::ALL[scope] {
            Shop => (Shop, String::new()),
            Supplier => (Supplier, "acme".to_owned()),
            ProductType => (ProductType, format!("t{}", id % 2)),
            Product => (Product, format!("p{}", id % 2)),
            Sku => (Sku, format!("s{id}")),
            other => (other, format!("v{id}")),
        };
        let mut fact = cost(scope, &id, cents, "2026-05-01T00:00:00Z");
        fact.kind = if manual { CostKind::Manual } else { CostKind::Estimate };
        (fact.valid_from, fact.valid_to) = match (from, to) {
            (Some(from), Some(to)) => (Some(from.min(to)), Some(from.max(to))),
            both => both,
        };
        fact.country = german.map(|german| if german { "DE" } else { "GB" }.to_owned());
        fact.min_quantity = min_quantity;
        fact
    })
}

fn rules() -> impl Strategy<Value = CostRuleFact> {
    (0..6_usize, 1..900_i64, a_day(), any::<bool>(), any::<bool>()).prop_map(
        |(kind, cents, from, german, pos)| {
            let kind = CostRuleKind::ALL[kind];
            let amount = Some(Decimal::new(cents, 2));
            let mut terms = RuleTerms { fixed: amount, ..RuleTerms::default() };
            if german {
                terms.countries = vec!["de".to_owned()];
            }
            terms.channel = pos.then(|| "pos".to_owned());
            match kind {
                CostRuleKind::Shipping => terms.per_kg = amount,
                CostRuleKind::Operating => {
                    terms = RuleTerms { amount, every: Some("month".to_owned()), ..RuleTerms::default() };
                    (terms.category, terms.marketing) = (Some("rent".to_owned()), german);
                    terms.channel = pos.then(|| "pos".to_owned());
                }
                CostRuleKind::PaymentFee => (terms.percent, terms.refundable) = (amount, true),
                _ => {}
            }
            let mut fact = rule(kind, terms, "2026-05-01T00:00:00Z".parse().unwrap());
            fact.valid_from = from;
            fact
        },
    )
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
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
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

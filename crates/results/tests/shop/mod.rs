//! A shop of sixty orders with costs, and what may be recorded in its cost book.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "each test file uses its part")]

use netgain_domain::facts::{CostKind, CostRuleFact, CostRuleKind, CostScope, RuleTerms, UnitCostFact};
use netgain_domain::jiff::civil::{Date, date};
use netgain_domain::jiff::{Timestamp, ToSpan};
use netgain_domain::{Decimal, Record, Row, Table, Value};
use netgain_profit::Settings;
use netgain_warehouse::{Batch, Database, Options, Store, Warehouse};
use proptest::prelude::*;

pub const ORDERS: i64 = 60;

pub fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub fn cents(cents: i64) -> Value {
    Value::Decimal(Decimal::new(cents, 2))
}

pub fn row(table: Table, id: &str, cells: &[(&str, Value)]) -> Row {
    let mut row = Row::empty(table, id.to_owned());
    for (column, value) in cells {
        row.set(column, value.clone());
    }
    row
}

pub fn settings() -> Settings {
    Settings::new("GBP".parse().unwrap(), "Europe/London".parse().unwrap())
}

/// One order a day and a half from January to March, of two of four variants each; some to Germany, some returned,
/// some with an actual fee.
pub fn order(number: i64) -> Record {
    order_in(number, "GBP", 0, 1)
}

/// The same in another currency, dearer by so many cents a line, as a version of its own.
pub fn order_in(number: i64, currency: &str, dearer: i64, version: i64) -> Record {
    let id = number.to_string();
    let start: Timestamp = "2026-01-01T09:00:00Z".parse().unwrap();
    let placed = Value::Time(start + (number * 36).hours());
    let mut cells = vec![
        ("name", text(&id)),
        ("placed_at", placed.clone()),
        ("channel", text(["web", "pos"][(number % 2) as usize])),
        ("financial_status", text("paid")),
        ("currency", text(currency)),
    ];
    cells.push(("shipping_country", text(if number % 3 == 0 { "DE" } else { "GB" })));
    let mut children = Vec::new();
    for at in 0..2 {
        let (line, variant) = (format!("{id}-{at}"), (number + at) % 4);
        let amount = 3_000 + number * 17 + dearer;
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
                    ("currency", text(currency)),
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
    let of_order = [("order_id", text(&id)), ("currency", text(currency))];
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
    Record { root: row(Table::Orders, &id, &cells), children, version, position: 0 }
}

/// The store of a folder: a file in it, or with `NETGAIN_TEST_STORES=postgres` the database that stands for it.
fn place(dir: &std::path::Path) -> Store {
    match netgain_testkit::instead_of(dir) {
        None => dir.into(),
        Some(server) => {
            let (app, owner) = (server.app_url(), server.owner_url());
            Store::Postgres(Database::connect(&app, Some(&owner)).unwrap())
        }
    }
}

/// How many times a property is tried: fewer in databases, of which each try makes two. What they are to show there is that the
/// engines compute the same.
pub fn cases(in_files: u32) -> u32 {
    if netgain_testkit::stores_are_databases() { in_files.div_ceil(6) } else { in_files }
}

pub fn store(dir: &std::path::Path) -> Warehouse {
    store_of(dir, (0..ORDERS).map(order).collect())
}

/// A store with these orders and the shop's products.
pub fn store_of(dir: &std::path::Path, mut records: Vec<Record>) -> Warehouse {
    let store = Warehouse::open(place(dir), &"test".parse().unwrap(), Options::default()).unwrap();
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
    commit(&store, records);
    store
}

/// Commits records as the shop's connection does.
pub fn commit(store: &Warehouse, records: Vec<Record>) {
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
}

pub fn cost(scope: CostScope, id: &str, unit_cost: i64, recorded: &str) -> UnitCostFact {
    let mut cost = UnitCostFact::new(scope, id, Decimal::new(unit_cost, 2), "GBP".parse().unwrap());
    cost.kind = CostKind::Manual;
    cost.recorded_at = recorded.parse().unwrap();
    cost.source = "api".to_owned();
    cost
}

pub fn rule(kind: CostRuleKind, terms: RuleTerms, recorded_at: Timestamp) -> CostRuleFact {
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

pub fn a_day() -> impl Strategy<Value = Option<Date>> {
    prop::option::of((0..120_i32).prop_map(|days| date(2025, 12, 20).saturating_add(days.days())))
}

pub fn costs() -> impl Strategy<Value = UnitCostFact> {
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

pub fn rules() -> impl Strategy<Value = CostRuleFact> {
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

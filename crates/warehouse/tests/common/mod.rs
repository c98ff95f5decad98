//! Records to fill a store with: small, and the same for the same number.
#![allow(dead_code, missing_docs, clippy::expect_used)]

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use netgain_domain::facts::{CogsSource, Flags, Ladder, OrderClass, OrderFacts, OrderProfit, Postings};
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::tz::TimeZone;
use netgain_domain::{Decimal, Record, Row, Table, Value};
use netgain_warehouse::{Batch, Database, Options, OrderKey, Store, Warehouse};

/// 2024-01-01T00:00:00Z in seconds.
pub const START: i64 = 1_704_067_200;

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("in range")
}

pub fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub fn dec(text: &str) -> Value {
    Value::Decimal(text.parse::<Decimal>().expect("a decimal"))
}

pub fn row(table: Table, id: &str, cells: &[(&str, Value)]) -> Row {
    let mut row = Row::empty(table, id.to_owned());
    for (column, value) in cells {
        row.set(column, value.clone());
    }
    row
}

/// An order of two lines with a sale each and, every fifth, a refund.
pub fn order(number: i64, version: i64) -> Record {
    let id = format!("{number}");
    let placed = START + number * 600;
    let cents = |amount: i64| Value::Decimal(Decimal::new(amount, 2));
    let root = row(
        Table::Orders,
        &id,
        &[
            ("name", text(&format!("#{number}"))),
            ("placed_at", Value::Time(at(placed))),
            ("updated_at", Value::Time(at(placed + version))),
            ("channel", text(["web", "pos", "google"][(number % 3) as usize])),
            ("customer_id", text(&format!("c{}", number % 997))),
            ("customer_name", text(&format!("Customer {}", number % 997))),
            ("financial_status", text("paid")),
            ("is_test", Value::Bool(false)),
            ("currency", text("USD")),
            ("taxes_included", Value::Bool(true)),
            ("total_price", cents(3_000 + number % 5_000)),
        ],
    );
    let mut children = Vec::new();
    for line in 0..2 {
        let line_id = format!("{id}-{line}");
        children.push(row(
            Table::OrderLines,
            &line_id,
            &[
                ("order_id", text(&id)),
                ("variant_id", text(&format!("v{}", (number + line) % 211))),
                ("product_id", text(&format!("p{}", (number + line) % 53))),
                ("title", text("A thing to have")),
                ("quantity", Value::Int(1 + line)),
                ("unit_price", cents(1_000 + number % 2_500)),
                ("currency", text("USD")),
            ],
        ));
        children.push(event(&id, &format!("s{line_id}"), &line_id, placed, "order", 1_000 + number % 2_500));
    }
    if number % 5 == 0 {
        let line_id = format!("{id}-0");
        children.push(event(
            &id,
            &format!("r{line_id}"),
            &line_id,
            placed + 90_000,
            "return",
            -(1_000 + number % 2_500),
        ));
        children.push(row(
            Table::RefundLines,
            &format!("f{id}"),
            &[
                ("order_id", text(&id)),
                ("line_id", text(&line_id)),
                ("refunded_at", Value::Time(at(placed + 90_000))),
                ("quantity", Value::Int(1)),
                ("restocked", Value::Bool(true)),
            ],
        ));
    }
    children.push(row(
        Table::PaymentFees,
        &format!("fee{id}"),
        &[("order_id", text(&id)), ("amount", cents(30 + number % 90)), ("currency", text("USD"))],
    ));
    Record { root, children, version, position: 0 }
}

fn event(order: &str, id: &str, line: &str, when: i64, action: &str, cents: i64) -> Row {
    row(
        Table::SaleEvents,
        id,
        &[
            ("order_id", text(order)),
            ("agreement_id", text(&format!("a{order}"))),
            ("line_id", text(line)),
            ("happened_at", Value::Time(at(when))),
            ("reason", text(if action == "order" { "order" } else { "refund" })),
            ("action", text(action)),
            ("kind", text("product")),
            ("quantity", Value::Int(cents.signum())),
            ("total_amount", Value::Decimal(Decimal::new(cents, 2))),
            ("tax_amount", Value::Decimal(Decimal::new(cents / 6, 2))),
            ("discount_amount", Value::Decimal(Decimal::ZERO)),
            ("currency", text("USD")),
        ],
    )
}

pub fn batch(records: Vec<Record>, cursor: Option<&str>) -> Batch {
    Batch {
        connection: "shop".parse().expect("an id"),
        source: "shopify".to_owned(),
        stream: "orders".to_owned(),
        observed_at: at(START + 86_400 * 400),
        records: records
            .into_iter()
            .enumerate()
            .map(|(line, record)| (record, format!("shop/orders/0123456789abcdef0123456789abcdef#{line}")))
            .collect(),
        cursor: cursor.map(str::to_owned),
        aside: Default::default(),
    }
}

/// Opens the store of a folder: a file in it, or, inside of [`on_postgres`], a database that stands for the folder.
pub fn open(dir: &Path) -> Warehouse {
    let workspace = "test".parse().expect("an id");
    let database = DATABASES.with_borrow_mut(|databases| {
        let (_, database) = databases.as_mut()?.entry(dir.to_owned()).or_insert_with(|| {
            let fresh = netgain_testkit::postgres().expect("one was there");
            let database = Database::connect(&fresh.owner_url(), None).expect("connects");
            (fresh, database)
        });
        Some(database.clone())
    });
    match database {
        Some(database) => Warehouse::open(Store::Postgres(database), &workspace, Options::default()),
        None => Warehouse::open(dir, &workspace, Options::default()),
    }
    .expect("opens")
}

type Databases = HashMap<PathBuf, (netgain_testkit::Database, Database)>;

thread_local! {
    /// The databases of the test that runs in this thread, by the folders that they stand for.
    static DATABASES: RefCell<Option<Databases>> = const { RefCell::new(None) };
}

/// Runs a test whose stores lie in PostgreSQL.
pub fn on_postgres(test: fn()) {
    // says why where there is none
    if netgain_testkit::postgres().is_none() {
        return;
    }
    DATABASES.set(Some(HashMap::new()));
    test();
    DATABASES.set(None);
}

/// Makes two tests of each function, one on each engine.
#[allow(unused_macros)]
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {$(
        mod $test {
            #[test]
            fn duckdb() {
                super::$test();
            }
            #[test]
            fn postgres() {
                super::common::on_postgres(super::$test);
            }
        }
    )*};
}

pub fn dump(warehouse: &Warehouse) -> String {
    let mut out = Vec::new();
    warehouse.dump(&mut out).expect("dumps");
    String::from_utf8(out).expect("text")
}

/// All orders that are to be computed.
pub fn stale(store: &Warehouse, settings: &str) -> Vec<OrderKey> {
    store.find_stale_orders(settings).expect("found").next_run(10_000).expect("read")
}

/// Stands for whoever computes: writes every order that is out of date with a ladder of zeros, and returns their ids.
pub fn settle(store: &Warehouse) -> Vec<String> {
    settle_by(store, store.cost_book_changes().expect("read"))
}

/// As [`settle`], by a cost book that had changed so often.
pub fn settle_by(store: &Warehouse, changes: i64) -> Vec<String> {
    let keys = stale(store, "key");
    let facts = store.load_order_facts(&keys).expect("loaded");
    let computed: Vec<OrderProfit> = facts.iter().map(zeros).collect();
    store.write_profit_by(&computed, "key", Some(changes)).expect("written");
    let mut ids: Vec<String> = keys.into_iter().map(|key| key.order_id).collect();
    ids.sort();
    ids
}

/// An order's result without any amount.
pub fn zeros(facts: &OrderFacts) -> OrderProfit {
    OrderProfit {
        day: facts.placed_at.to_zoned(TimeZone::UTC).date(),
        connection_id: facts.connection_id.clone(),
        order_id: facts.order_id.clone(),
        name: facts.name.clone(),
        channel: facts.channel.clone(),
        version: facts.version,
        total: Ladder::default(),
        days: Vec::new(),
        cogs_source: CogsSource::None,
        flags: Flags::default(),
        included: true,
        excluded_reason: None,
        class: OrderClass::Paid,
        postings: Postings::default(),
        rates: Vec::new(),
    }
}

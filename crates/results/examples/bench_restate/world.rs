//! The made-up shop that is measured: the same for the same number of orders.

use std::error::Error;

use netgain_domain::jiff::civil::{Date, date};
use netgain_domain::jiff::{SignedDuration, Timestamp, ToSpan};
use netgain_domain::{Decimal, Record, Row, Table, Value};
use netgain_warehouse::{Batch, Warehouse};

/// Reporting currency and that of every row.
pub const CURRENCY: &str = "GBP";
/// Products, each with one variant.
pub const VARIANTS: i64 = 1_000;
/// The orders are spread over so many days.
const DAYS: i64 = 700;
/// Orders that are written together.
const PAGE: i64 = 20_000;

pub fn first_day() -> Date {
    date(2024, 1, 1)
}

pub fn order_id(number: i64) -> String {
    format!("gid://shop/Order/{}", 7_000_000_000_000 + number)
}

pub fn variant_id(number: i64) -> String {
    format!("gid://shop/ProductVariant/{}", 40_000_000_000_000 + number)
}

/// Writes the shop. Returns how many lines its orders have.
pub fn fill(store: &Warehouse, orders: i64) -> Result<i64, Box<dyn Error>> {
    let mut lines = 0;
    let mut basics: Vec<Record> = (0..VARIANTS).flat_map(goods).collect();
    basics.extend((0..DAYS).map(ad_day));
    put(store, basics)?;
    for from in (0..orders).step_by(usize::try_from(PAGE)?) {
        let page = (from..(from + PAGE).min(orders)).map(|number| order(number, orders));
        let page = page.collect::<Result<Vec<_>, _>>()?;
        let counted =
            page.iter().flat_map(|record| &record.children).filter(|row| row.table == Table::OrderLines);
        lines += i64::try_from(counted.count())?;
        put(store, page)?;
    }
    Ok(lines)
}

fn put(store: &Warehouse, records: Vec<Record>) -> Result<(), Box<dyn Error>> {
    let records = records.into_iter().enumerate();
    store.commit(&Batch {
        connection: "shop".parse()?,
        source: "shop".to_owned(),
        stream: "orders".to_owned(),
        observed_at: "2026-01-01T00:00:00Z".parse()?,
        records: records.map(|(at, record)| (record, format!("shop/orders/0#{at}"))).collect(),
        cursor: None,
        aside: Default::default(),
    })?;
    Ok(())
}

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

fn root(root: Row) -> Record {
    Record { root, children: Vec::new(), version: 1, position: 0 }
}

/// A variant's costs: one since ever, or two of which the second begins after a while.
pub fn goods(number: i64) -> Vec<Record> {
    let variant = variant_id(number);
    let row_of = |at: i64, from: Option<Date>, to: Option<Date>| {
        let date = |day: Option<Date>| day.map_or(Value::Null, Value::Date);
        root(row(
            Table::UnitCosts,
            &format!("{variant}@{at}"),
            &[
                ("scope", text("variant")),
                ("scope_id", text(&variant)),
                ("unit_cost", cents(500 + number % 700 + at * 40)),
                ("currency", text(CURRENCY)),
                ("valid_from", date(from)),
                ("valid_to", date(to)),
                ("kind", text("actual")),
                ("recorded_at", Value::Time(Timestamp::UNIX_EPOCH)),
            ],
        ))
    };
    let later = first_day().saturating_add((DAYS / 2).days());
    if number % 2 == 0 {
        vec![row_of(0, None, Some(later.saturating_sub(1.day()))), row_of(1, Some(later), None)]
    } else {
        vec![row_of(0, None, None)]
    }
}

fn ad_day(number: i64) -> Record {
    let day = first_day().saturating_add(number.days());
    root(row(
        Table::AdDays,
        &format!("{day}"),
        &[
            ("day", Value::Date(day)),
            ("level", text("campaign")),
            ("entity_id", text("c1")),
            ("spend", cents(10_000 + number % 97)),
            ("currency", text(CURRENCY)),
        ],
    ))
}

/// One to four lines, delivery and a fee; every eighth has a return nine days later that goes back on the shelf.
pub fn order(number: i64, of: i64) -> Result<Record, Box<dyn Error>> {
    let id = order_id(number);
    let start: Timestamp = "2024-01-01T00:00:00Z".parse()?;
    let placed_at =
        start.checked_add(SignedDuration::from_secs(number * (DAYS - 10) * 86_400 / of.max(1)))?;
    let placed = Value::Time(placed_at);
    let other = |kind: &str, at: i64| format!("gid://shop/{kind}/{}", 15_000_000_000_000 + number * 16 + at);
    let currency = text(CURRENCY);
    let head = row(
        Table::Orders,
        &id,
        &[
            ("name", text(&format!("#{}", 1_000 + number))),
            ("placed_at", placed.clone()),
            ("created_at", placed.clone()),
            ("channel", text(["web", "pos", "social"].get(usize::try_from(number % 3)?).unwrap_or(&"web"))),
            ("customer_id", text(&format!("gid://shop/Customer/{}", number % 300_007))),
            ("financial_status", text("paid")),
            ("is_test", Value::Bool(false)),
            ("currency", currency.clone()),
            ("taxes_included", Value::Bool(true)),
            ("shipping_country", text("GB")),
        ],
    );
    let event =
        |at: i64, line: Option<&str>, when: &Value, action: &str, kind: &str, sign: i64, amount: i64| {
            let returned = action == "return";
            let discount = if kind == "product" && !returned { amount / 20 } else { 0 };
            row(
                Table::SaleEvents,
                &other("Sale", at),
                &[
                    ("order_id", text(&id)),
                    ("line_id", line.map_or(Value::Null, text)),
                    ("happened_at", when.clone()),
                    ("reason", text(if returned { "refund" } else { "order" })),
                    ("action", text(action)),
                    ("kind", text(kind)),
                    ("quantity", if kind == "product" { Value::Int(sign) } else { Value::Null }),
                    ("total_amount", cents(amount)),
                    ("tax_amount", cents(amount / 6)),
                    ("discount_amount", cents(discount)),
                    ("currency", currency.clone()),
                ],
            )
        };
    let mut children = Vec::new();
    for at in 0..1 + number % 4 {
        let (line, units) = (other("LineItem", at), 1 + number % 2);
        let price = 1_999 + (number * 37 + at * 311) % 6_000;
        children.push(row(
            Table::OrderLines,
            &line,
            &[
                ("order_id", text(&id)),
                ("variant_id", text(&variant_id((number * 13 + at * 29) % VARIANTS))),
                ("sku", text(&format!("SKU-{}", (number * 13 + at * 29) % VARIANTS))),
                ("title", text("A thing to have")),
                ("quantity", Value::Int(units)),
                ("unit_price", cents(price)),
                ("currency", currency.clone()),
            ],
        ));
        children.push(event(at, Some(&line), &placed, "order", "product", units, price * units));
        if number % 8 == 0 && at == 0 {
            let back = Value::Time(placed_at.checked_add(SignedDuration::from_hours(24 * 9))?);
            children.push(event(9, Some(&line), &back, "return", "product", -1, -price));
            children.push(row(
                Table::RefundLines,
                &other("RefundLine", 0),
                &[
                    ("order_id", text(&id)),
                    ("line_id", text(&line)),
                    ("refunded_at", back),
                    ("quantity", Value::Int(1)),
                    ("restocked", Value::Bool(true)),
                ],
            ));
        }
    }
    children.push(event(8, None, &placed, "order", "shipping", 0, 495));
    children.push(row(
        Table::PaymentFees,
        &other("Fee", 0),
        &[
            ("order_id", text(&id)),
            ("charged_at", placed),
            ("amount", cents(125 + number % 300)),
            ("currency", currency.clone()),
        ],
    ));
    Ok(Record { root: head, children, version: 1, position: 0 })
}

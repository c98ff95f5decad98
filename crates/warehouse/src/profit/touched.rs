//! Which orders a change of the cost book can touch. They are computed again, and no others.

use crate::engine::Connection;
use netgain_domain::facts::{CostRuleFact, CostRuleKind, CostScope, UnitCostFact};
use netgain_domain::jiff::civil::{Date, date};
use netgain_domain::{Kind, Table, Value};

use super::facts::GOODS;
use super::spec;
use crate::columnar::TableWriter;
use crate::error::{Context, Result};
use crate::reading::rows;
use crate::schema::Spec;
use crate::warehouse::Warehouse;
use crate::{OrderKey, dialect};

const DOING: &str = "find the orders that a cost touches";

/// What a row of the cost book can touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Touch {
    scope: &'static str,
    /// What the scope names; of rules the sales channel, empty for all.
    scope_id: String,
    country: Option<String>,
    min_quantity: i64,
    first: Date,
    last: Date,
}

const ORDER: &str = "order";
const PAYMENT: &str = "payment";
const RETURN: &str = "return";

/// Days that stand for "since ever" and "without end": every stored day lies between.
const EVER: Date = date(1, 1, 1);
const NEVER: Date = date(9999, 12, 31);

impl Touch {
    pub(crate) fn of_cost(fact: &UnitCostFact) -> Self {
        Self {
            scope: fact.scope.name(),
            scope_id: fact.scope_id.clone(),
            country: fact.country.as_deref().map(str::to_ascii_uppercase),
            min_quantity: fact.min_quantity,
            first: fact.valid_from.unwrap_or(EVER),
            last: fact.valid_to.unwrap_or(NEVER),
        }
    }

    /// What a rule touches: an operating cost touches days, and no order.
    pub(crate) fn of_rule(fact: &CostRuleFact) -> Vec<Self> {
        let scope = match fact.kind {
            CostRuleKind::Shipping | CostRuleKind::Handling | CostRuleKind::MarketplaceFee => ORDER,
            CostRuleKind::PaymentFee => PAYMENT,
            CostRuleKind::ReturnHandling => RETURN,
            CostRuleKind::Operating => return Vec::new(),
        };
        let countries: Vec<_> = match fact.terms.countries.as_slice() {
            [] => vec![None],
            some => some.iter().map(|country| Some(country.to_ascii_uppercase())).collect(),
        };
        let touch = |country| Self {
            scope,
            scope_id: fact.terms.channel.as_deref().map(str::to_lowercase).unwrap_or_default(),
            country,
            min_quantity: 0,
            first: fact.valid_from.unwrap_or(EVER),
            last: fact.valid_to.unwrap_or(NEVER),
        };
        countries.into_iter().map(touch).collect()
    }
}

/// Fills a connection's temporary list of touches.
fn put(connection: &Connection, touches: &[Touch]) -> Result<()> {
    const TOUCHES: [Spec; 6] = [
        spec("scope", Kind::Text),
        spec("scope_id", Kind::Text),
        spec("country", Kind::Text),
        spec("min_quantity", Kind::Int),
        spec("first", Kind::Date),
        spec("last", Kind::Date),
    ];
    connection.temporary("cost_touches", &TOUCHES).doing(DOING)?;
    let mut out = TableWriter::new(connection, "cost_touches", TOUCHES.to_vec())?;
    for touch in touches {
        out.text(touch.scope)?;
        out.text(&touch.scope_id)?;
        out.text_or_null(touch.country.as_deref())?;
        out.int(touch.min_quantity)?;
        out.cell(&Value::Date(touch.first))?;
        out.cell(&Value::Date(touch.last))?;
        out.end_row()?;
    }
    out.finish()
}

/// A query of the computed orders that the touches can concern: more may be found than change, never fewer.
fn select(touches: &[Touch]) -> String {
    let named = |scope: &str| touches.iter().any(|touch| touch.scope == scope);
    let to_country = touches.iter().any(|touch| touch.country.is_some());
    let (orders, country) = if to_country {
        (
            "LEFT JOIN orders AS o ON o.connection_id = x.connection_id AND o.source_id = x.order_id",
            "AND (c.country IS NULL OR c.country = upper(o.shipping_country))",
        )
    } else {
        ("", "")
    };
    let during = "x.day BETWEEN c.\"first\" AND c.\"last\"";
    let mut parts = Vec::new();
    for scope in CostScope::ALL.iter().filter(|scope| named(scope.name())) {
        let id = match scope {
            CostScope::Shop => "''",
            CostScope::Supplier => "p.vendor",
            CostScope::ProductType => "p.product_type",
            CostScope::Product => "coalesce(t.product_id, v.product_id)",
            CostScope::Variant => "t.variant_id",
            CostScope::Sku => "t.sku",
            CostScope::Lot => "t.lot",
        };
        let goods = match scope {
            CostScope::Supplier | CostScope::ProductType | CostScope::Product => GOODS,
            _ => "",
        };
        parts.push(format!(
            "SELECT x.connection_id, x.order_id FROM order_lines AS t {goods} \
             JOIN cost_touches AS c ON c.scope = '{}' AND c.scope_id = {id} \
               AND c.min_quantity <= greatest(coalesce(t.quantity, 0), 1) \
             JOIN order_profit AS x ON x.connection_id = t.connection_id AND x.order_id = t.order_id \
               AND {during} {orders} WHERE true {country}",
            scope.name()
        ));
    }
    let channel = "(c.scope_id = '' OR c.scope_id = lower(x.channel))";
    for scope in [ORDER, PAYMENT, RETURN].into_iter().filter(|scope| named(scope)) {
        parts.push(format!(
            "SELECT x.connection_id, x.order_id FROM order_profit AS x \
             JOIN cost_touches AS c ON c.scope = '{scope}' AND {channel} AND {during} {orders} WHERE true {country}"
        ));
        // these count on days of their own; a day more on either side, since instants are UTC
        let own = match scope {
            PAYMENT => ("payment_transactions", "processed_at"),
            RETURN => ("refund_lines", "refunded_at"),
            _ => continue,
        };
        parts.push(format!(
            "SELECT x.connection_id, x.order_id FROM {table} AS t \
             JOIN cost_touches AS c ON c.scope = '{scope}' \
               AND CAST(t.{at} AS DATE) BETWEEN {before} AND {after} \
             JOIN order_profit AS x ON x.connection_id = t.connection_id AND x.order_id = t.order_id \
               AND {channel} {orders} WHERE true {country}",
            table = own.0,
            at = own.1,
            before = "c.\"first\" - INTERVAL '1 day'",
            after = "c.\"last\"",
        ));
    }
    parts.join(" UNION ")
}

/// Marks the orders that the touches can concern, so that they are computed again, and notes that the book has
/// changed.
pub(crate) fn mark(writer: &Connection, touches: &[Touch]) -> Result<()> {
    if touches.is_empty() {
        return Ok(());
    }
    note_change(writer)?;
    if !any_computed(writer)? {
        return Ok(());
    }
    put(writer, touches)?;
    dialect::planned_by_hashes(writer, || {
        writer
            .execute(
                &format!(
                    "UPDATE order_profit SET computed_version = NULL FROM ({}) AS touched \
                     WHERE order_profit.connection_id = touched.connection_id \
                     AND order_profit.order_id = touched.order_id",
                    select(touches)
                ),
                [],
            )
            .doing(DOING)
            .map(drop)
    })
}

/// Marks every computed order, where it cannot be said what a change of the book concerns.
pub(crate) fn mark_all(writer: &Connection) -> Result<()> {
    note_change(writer)?;
    writer.execute("UPDATE order_profit SET computed_version = NULL", []).doing(DOING).map(drop)
}

/// Marks the orders of the products or variants in the list of keys, where the book or the settings ask for their
/// products and suppliers, a rule for their weight, or where one is a donation.
pub(crate) fn mark_goods(writer: &Connection, connection: &str, table: Table) -> Result<()> {
    const BY_PRODUCT: &str =
        "EXISTS (SELECT 1 FROM unit_costs WHERE scope IN ('supplier', 'product_type', 'product'))";
    const BY_WEIGHT: &str =
        "EXISTS (SELECT 1 FROM cost_rules WHERE terms LIKE '%grams%' OR terms LIKE '%per_kg%')";
    const BY_SETTINGS: &str = "EXISTS (SELECT 1 FROM goods_asked)";
    const DONATED: &str = "EXISTS (SELECT 1 FROM products WHERE source_id IN (SELECT source_id FROM batch_keys) \
         AND (lower(product_type) = 'donation' OR lower(tags) LIKE '%donation%'))";
    let (column, asked) = match table {
        Table::Products => ("p.source_id", format!("{BY_PRODUCT} OR {BY_SETTINGS} OR {DONATED}")),
        _ => ("v.source_id", format!("{BY_PRODUCT} OR {BY_SETTINGS} OR {BY_WEIGHT}")),
    };
    let asked: bool = writer.query_row(&format!("SELECT {asked}"), [], |row| row.get(0)).doing(DOING)?;
    if !asked || !any_computed(writer)? {
        return Ok(());
    }
    note_change(writer)?;
    writer
        .execute(
            &format!(
                "UPDATE order_profit SET computed_version = NULL WHERE connection_id = ? AND order_id IN \
                 (SELECT t.order_id FROM order_lines AS t {GOODS} WHERE t.connection_id = ? \
                  AND {column} IN (SELECT source_id FROM batch_keys))"
            ),
            [connection, connection],
        )
        .doing(DOING)
        .map(drop)
}

fn any_computed(writer: &Connection) -> Result<bool> {
    writer
        .query_row("SELECT count(*) > 0 FROM (SELECT 1 FROM order_profit LIMIT 1) AS one", [], |row| {
            row.get(0)
        })
        .doing(DOING)
}

/// Whether the settings ask for the products of goods: one row if so, else none.
pub(crate) const GOODS_ASKED: [Spec; 1] = [spec("asked", Kind::Bool)];

impl Warehouse {
    /// Notes whether the settings by which orders are computed ask for the vendors, types or ids of their goods: only
    /// then a changed product touches orders.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn note_goods_asked(&self, asked: bool) -> Result<()> {
        let found =
            rows(&*self.reader()?, DOING, "SELECT count(*) FROM goods_asked", [], |cells| cells.int(0))?;
        if found.first().is_some_and(|count| (*count > 0) == asked) {
            return Ok(());
        }
        self.write(DOING, |writer| {
            let put = if asked { "INSERT INTO goods_asked (asked) VALUES (true)" } else { "" };
            writer.execute_batch(&format!("DELETE FROM goods_asked; {put}")).doing(DOING)
        })
    }
}

/// How often the book has changed, as one row.
pub(crate) const COST_BOOK_CHANGES: [Spec; 1] = [spec("number", Kind::Int)];

pub(super) fn note_change(writer: &Connection) -> Result<()> {
    let number = changes(writer)? + 1;
    writer
        .execute_batch(&format!(
            "DELETE FROM cost_book_changes; INSERT INTO cost_book_changes (number) VALUES ({number})"
        ))
        .doing(DOING)
}

/// How often the book has changed.
pub(crate) fn changes(connection: &Connection) -> Result<i64> {
    connection
        .query_row("SELECT coalesce(max(number), 0) FROM cost_book_changes", [], |row| row.get(0))
        .doing(DOING)
}

impl Warehouse {
    /// How often the cost book has changed. Read it before the book: results that were computed from a book that has
    /// changed meanwhile count as out of date.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn cost_book_changes(&self) -> Result<i64> {
        changes(&*self.reader()?)
    }

    /// The computed orders that these rows can touch, in no order: more may be found than change, never fewer.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn orders_touched(&self, costs: &[UnitCostFact], rules: &[CostRuleFact]) -> Result<Vec<OrderKey>> {
        let touches = of_facts(costs, rules);
        if touches.is_empty() {
            return Ok(Vec::new());
        }
        let reader = self.reader()?;
        put(&reader, &touches)?;
        let sql = format!(
            "SELECT DISTINCT connection_id, order_id FROM ({}) AS touched ORDER BY connection_id, order_id",
            select(&touches)
        );
        rows(&reader, DOING, &sql, [], |cells| {
            Ok(OrderKey { connection_id: cells.string(0)?, order_id: cells.string(1)? })
        })
    }
}

pub(crate) fn of_facts(costs: &[UnitCostFact], rules: &[CostRuleFact]) -> Vec<Touch> {
    costs.iter().map(Touch::of_cost).chain(rules.iter().flat_map(Touch::of_rule)).collect()
}

/// What stored costs of a connection touch, those in the list of keys or all.
pub(crate) fn of_stored(writer: &Connection, connection: &str) -> Result<Vec<Touch>> {
    let sql = format!(
        "SELECT scope, scope_id, country, coalesce(min_quantity, 1), {}, {} FROM unit_costs \
         WHERE connection_id = ? AND source_id IN (SELECT source_id FROM batch_keys)",
        dialect::day_number("valid_from"),
        dialect::day_number("valid_to"),
    );
    let statement = writer.prepare(&sql).doing(DOING)?;
    let found = statement
        .query_map([connection], |row| {
            let scope: String = row.get(0)?;
            let day = |number: Option<i32>| number.and_then(crate::columnar::day_of_number);
            Ok(Touch {
                // a word of another version touches everything
                scope: CostScope::from_name(&scope).map_or(ORDER, CostScope::name),
                scope_id: if CostScope::from_name(&scope).is_some() { row.get(1)? } else { String::new() },
                country: row.get::<Option<String>>(2)?.map(|country| country.to_ascii_uppercase()),
                min_quantity: row.get(3)?,
                first: day(row.get(4)?).unwrap_or(EVER),
                last: day(row.get(5)?).unwrap_or(NEVER),
            })
        })
        .doing(DOING)?;
    found.collect::<std::result::Result<_, _>>().doing(DOING)
}

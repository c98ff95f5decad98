//! What payment providers and marketplaces booked for orders on the merchant's balance. They know an order by its id or
//! its name; what went back, and what was called back, they know by the payment alone.

use crate::engine::Connection;
use netgain_domain::facts::{OrderFacts, SettlementFacts, SettlementKind};

use super::facts::owner;
use super::touched::note_change;
use super::write::put_order_keys;
use super::{OrderKey, spec};
use crate::columnar::TableWriter;
use crate::error::{Context, Result};
use crate::reading::{each_row, rows};
use crate::root_key::near;
use crate::schema::Spec;
use crate::warehouse::Warehouse;

const DOING: &str = "find the bookings of orders";

/// Bookings `b` with the order that they are of: their own, or that of their payment. A payment without a fee tells none:
/// it comes later, or on an invoice of its own.
const BOOKED: &str = "SELECT b.connection_id, b.source_id, b.source, b.kind, b.created_at, b.gross, \
      coalesce(b.fee, 0) AS fee, b.currency, coalesce(b.order_ref, c.order_ref) AS order_ref \
    FROM balance_transactions AS b LEFT JOIN (SELECT connection_id, payment_ref, min(order_ref) AS order_ref \
      FROM balance_transactions WHERE kind = 'charge' AND payment_ref IS NOT NULL AND order_ref IS NOT NULL \
      GROUP BY connection_id, payment_ref) AS c \
      ON b.order_ref IS NULL AND c.connection_id = b.connection_id AND c.payment_ref = b.payment_ref \
    WHERE b.kind IN ('charge', 'refund', 'dispute') AND (b.kind = 'dispute' OR coalesce(b.fee, 0) <> 0)";

/// The listed orders' bookings `b` with the orders' seats. Two shops may number their orders alike: what another
/// platform booked by a name belongs to nobody then.
fn of_listed(columns: &str, near: &str) -> String {
    format!(
        "WITH booked AS ({BOOKED}), \
         listed AS (SELECT k.seat, t.connection_id, t.source_id, t.name FROM orders AS t JOIN order_keys AS k \
           ON k.root_key = t.root_key AND k.connection_id = t.connection_id AND k.order_id = t.source_id \
           WHERE {near}), \
         alike AS (SELECT name FROM orders WHERE name IN (SELECT name FROM listed) \
           GROUP BY name HAVING count(*) > 1) \
         SELECT l.seat, b.connection_id = l.connection_id, {columns} FROM booked AS b \
           JOIN listed AS l ON b.order_ref = l.source_id UNION ALL \
         SELECT l.seat, b.connection_id = l.connection_id, {columns} FROM booked AS b \
           JOIN listed AS l ON b.order_ref = l.name WHERE l.name <> l.source_id \
           AND (b.connection_id = l.connection_id OR l.name NOT IN (SELECT name FROM alike))"
    )
}

/// Whether anything was booked for an order at all: most shops' books hold nothing of the kind.
fn any(connection: &Connection) -> Result<bool> {
    const SQL: &str = "SELECT count(*) > 0 FROM (SELECT 1 FROM balance_transactions WHERE order_ref IS NOT NULL LIMIT 1) AS one";
    connection.query_row(SQL, [], |row| row.get(0)).doing(DOING)
}

/// Loads the listed orders' bookings.
pub(super) fn load(reader: &Connection, near: &str, orders: &mut [Option<OrderFacts>]) -> Result<()> {
    if !any(reader)? {
        return Ok(());
    }
    let sql = of_listed("b.source_id, b.kind, b.created_at, b.gross, b.fee, b.currency, b.source", near);
    each_row(reader, DOING, &sql, [], |cells| {
        let at = usize::try_from(cells.int(0)?).unwrap_or(usize::MAX);
        let kind = cells.text(3)?.and_then(SettlementKind::from_name);
        let (Some(order), Some(kind)) = (owner(orders, at), kind) else { return Ok(()) };
        order.settlements.push(SettlementFacts {
            settlement_id: cells.string(2)?,
            kind,
            by_seller: cells.maybe_bool(1)?.unwrap_or(false),
            booked_at: cells.time(4)?,
            gross: cells.decimal(5)?,
            fee: cells.decimal(6)?,
            currency: cells.currency(7)?,
            provider: cells.string(8)?,
        });
        Ok(())
    })
}

/// Marks the orders of the bookings in the list of keys, so that they are computed again.
pub(crate) fn mark(writer: &Connection, connection: &str) -> Result<()> {
    let of_keys = format!(
        "SELECT order_ref FROM ({BOOKED}) AS booked WHERE connection_id = ? AND order_ref IS NOT NULL \
         AND source_id IN (SELECT source_id FROM batch_keys)"
    );
    const REFS: [Spec; 1] = [spec("ref", netgain_domain::Kind::Text)];
    let statement = writer.prepare(&of_keys).doing(DOING)?;
    let found = statement.query_map([connection], |row| row.get(0)).doing(DOING)?;
    let refs: Vec<String> = found.collect::<std::result::Result<_, _>>().doing(DOING)?;
    if refs.is_empty() {
        return Ok(());
    }
    writer.temporary("booked_refs", &REFS).doing(DOING)?;
    let mut out = TableWriter::new(writer, "booked_refs", REFS.to_vec())?;
    for one in &refs {
        out.text(one)?;
        out.end_row()?;
    }
    out.finish()?;
    let marked = writer
        .execute(
            "UPDATE order_profit SET computed_version = NULL \
             WHERE order_id IN (SELECT ref FROM booked_refs) OR name IN (SELECT ref FROM booked_refs)",
            [],
        )
        .doing(DOING)?;
    // who computes these orders now has not seen the bookings
    if marked > 0 { note_change(writer) } else { Ok(()) }
}

impl Warehouse {
    /// The bookings of an order by connection and id.
    pub(crate) fn bookings_of(&self, key: &OrderKey) -> Result<Vec<(String, String)>> {
        let reader = self.reader()?;
        if !any(&reader)? {
            return Ok(Vec::new());
        }
        put_order_keys(&reader, std::iter::once((key.connection_id.as_str(), key.order_id.as_str())))?;
        let near = near("t.root_key", std::iter::once(key.order_id.as_str()));
        let sql = of_listed("b.connection_id AS connection, b.source_id", &near);
        rows(&reader, DOING, &sql, [], |cells| Ok((cells.string(2)?, cells.string(3)?)))
    }
}

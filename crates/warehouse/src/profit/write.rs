//! Keeping computed orders.

use duckdb::Connection;
use netgain_domain::facts::{Ladder, OrderProfit};
use netgain_domain::{Kind, Value};

use super::{order_postings, order_profit, order_profit_days, spec, touched};
use crate::columnar::TableWriter;
use crate::error::{Context, Result};
use crate::root_key::{near, root_key};
use crate::schema::Spec;
use crate::warehouse::Warehouse;

const DOING: &str = "write the profit of orders";

impl Warehouse {
    /// Replaces the stored profit of these orders and notes their days, old and new, for the next rebuild of the
    /// daily sums. `settings_key` names everything that the results depend on beside the order itself.
    ///
    /// # Errors
    /// Nothing is written when an amount cannot be kept exactly or the engine fails.
    pub fn write_profit(&self, orders: &[OrderProfit], settings_key: &str) -> Result<()> {
        self.write_profit_by(orders, settings_key, None)
    }

    /// As [`Warehouse::write_profit`], of a cost book that had changed so often when it was read (see
    /// [`Warehouse::cost_book_changes`]). If it has changed since, the results count as out of date.
    ///
    /// # Errors
    /// Those of [`Warehouse::write_profit`].
    pub fn write_profit_by(
        &self,
        orders: &[OrderProfit],
        settings_key: &str,
        book: Option<i64>,
    ) -> Result<()> {
        if orders.is_empty() {
            return Ok(());
        }
        self.write(DOING, |writer| {
            let current = match book {
                Some(book) => touched::changes(writer)? == book,
                None => true,
            };
            let stored: bool = writer
                .query_row(
                    "SELECT count(*) > 0 FROM (SELECT 1 FROM order_profit LIMIT 1) AS one",
                    [],
                    |row| row.get(0),
                )
                .doing(DOING)?;
            if stored {
                put_order_keys(
                    writer,
                    orders.iter().map(|order| (order.connection_id.as_str(), order.order_id.as_str())),
                )?;
                forget_listed(
                    writer,
                    &near("p.root_key", orders.iter().map(|order| order.order_id.as_str())),
                )?;
            }
            append(writer, orders, settings_key, current)?;
            let of_ladder =
                |order: &OrderProfit| order.days.iter().map(|entry| entry.day).collect::<Vec<_>>();
            let of_lines = |order: &OrderProfit| {
                let placed = order.postings.placed.map(|(day, _)| day);
                order.postings.all.iter().map(|posting| posting.day).chain(placed).collect::<Vec<_>>()
            };
            let mut days: Vec<_> = orders.iter().flat_map(of_ladder).collect();
            days.extend(orders.iter().flat_map(of_lines));
            days.sort_unstable();
            days.dedup();
            mark_days(writer, days)
        })
    }

    /// Removes the stored profit of orders that are gone, noting their days. Returns how many there were.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn purge_profit_of_deleted(&self) -> Result<u64> {
        self.write("purge the profit of deleted orders", |writer| {
            writer
                .execute_batch(
                    "DELETE FROM order_keys; \
                 INSERT INTO order_keys (connection_id, order_id) \
                 SELECT p.connection_id, p.order_id FROM order_profit AS p \
                 LEFT JOIN orders AS o ON o.connection_id = p.connection_id AND o.source_id = p.order_id \
                 WHERE o.source_id IS NULL",
                )
                .doing(DOING)?;
            forget_listed(writer, "true")
        })
    }
}

/// Marks computed orders whose rows changed, so that they are computed again even if their version is the same.
pub(crate) fn mark_changed(writer: &Connection, connection: &str, near: &str) -> Result<()> {
    writer
        .execute(
            &format!(
                "UPDATE order_profit SET computed_version = NULL \
                 WHERE connection_id = ? AND {near} AND order_id IN (SELECT source_id FROM batch_keys)"
            ),
            [connection],
        )
        .doing(DOING)
        .map(drop)
}

/// Notes days whose sums must be made again.
pub(crate) fn mark_days(
    writer: &Connection,
    days: impl IntoIterator<Item = netgain_domain::jiff::civil::Date>,
) -> Result<()> {
    let mut out = TableWriter::new(writer, "dirty_days", super::DIRTY_DAYS.to_vec())?;
    for day in days {
        out.cell(&Value::Date(day))?;
        out.end_row()?;
    }
    out.finish()
}

/// Fills a connection's temporary list of orders, each with its position.
pub(super) fn put_order_keys<'a>(
    connection: &Connection,
    keys: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<()> {
    const KEYS: [Spec; 3] =
        [spec("connection_id", Kind::Text), spec("order_id", Kind::Text), spec("seat", Kind::Int)];
    connection
        .execute_batch(
            "CREATE OR REPLACE TEMPORARY TABLE order_keys (connection_id VARCHAR, order_id VARCHAR, seat BIGINT)",
        )
        .doing(DOING)?;
    let mut out = TableWriter::new(connection, "order_keys", KEYS.to_vec())?;
    for (at, (connection, order)) in (0_i64..).zip(keys) {
        out.text(connection)?;
        out.text(order)?;
        out.int(at)?;
        out.end_row()?;
    }
    out.finish()
}

/// Deletes the stored profit of the listed orders after noting their days.
fn forget_listed(writer: &Connection, near: &str) -> Result<u64> {
    for table in ["order_profit_days", "order_postings"] {
        writer
            .execute_batch(&format!(
                "INSERT INTO dirty_days (day) SELECT DISTINCT p.day FROM {table} AS p \
                 JOIN order_keys AS k ON k.connection_id = p.connection_id AND k.order_id = p.order_id WHERE {near}"
            ))
            .doing(DOING)?;
    }
    let mut gone = 0;
    for table in ["order_profit_days", "order_postings", "order_rates", "order_profit"] {
        gone = writer
            .execute(
                &format!(
                    "DELETE FROM {table} AS p USING order_keys AS k \
                     WHERE k.connection_id = p.connection_id AND k.order_id = p.order_id AND {near}"
                ),
                [],
            )
            .doing(DOING)?;
    }
    Ok(gone as u64)
}

fn append(writer: &Connection, orders: &[OrderProfit], settings_key: &str, current: bool) -> Result<()> {
    let ladder = |out: &mut TableWriter<'_>, ladder: &Ladder| {
        ladder.values().into_iter().try_for_each(|amount| out.decimal(amount))
    };
    let mut out = TableWriter::new(writer, "order_profit", order_profit())?;
    for order in orders {
        out.text(&order.connection_id)?;
        out.text(&order.order_id)?;
        out.int(root_key(&order.order_id))?;
        out.text(&order.name)?;
        out.cell(&Value::Date(order.day))?;
        out.text(&order.channel)?;
        out.cell(&Value::Bool(order.included))?;
        out.text_or_null(order.excluded_reason.map(|reason| reason.name()))?;
        out.text(order.cogs_source.name())?;
        out.text(&order.flags.to_text())?;
        out.int(order.orders())?;
        ladder(&mut out, &order.total)?;
        out.cell(&if current { Value::Int(order.version) } else { Value::Null })?;
        out.text(settings_key)?;
        out.end_row()?;
    }
    out.finish()?;
    let mut out = TableWriter::new(writer, "order_profit_days", order_profit_days())?;
    for order in orders {
        for entry in &order.days {
            out.text(&order.connection_id)?;
            out.text(&order.order_id)?;
            out.int(root_key(&order.order_id))?;
            out.cell(&Value::Date(entry.day))?;
            out.text(&order.channel)?;
            out.int(entry.orders)?;
            ladder(&mut out, &entry.ladder)?;
            out.end_row()?;
        }
    }
    out.finish()?;
    append_lines(writer, orders)?;
    super::rates::append(writer, orders)
}

fn append_lines(writer: &Connection, orders: &[OrderProfit]) -> Result<()> {
    let mut out = TableWriter::new(writer, "order_postings", order_postings())?;
    for order in orders {
        for ((basis, day), entry) in order.postings.entries() {
            out.text(&order.connection_id)?;
            out.text(&order.order_id)?;
            out.int(root_key(&order.order_id))?;
            out.cell(&Value::Date(day))?;
            out.text(&order.channel)?;
            out.text(basis.name())?;
            out.text(order.class.name())?;
            out.cell(&Value::Bool(order.included))?;
            out.int(entry.orders)?;
            entry.lines.values().iter().try_for_each(|amount| out.decimal(*amount))?;
            out.end_row()?;
        }
    }
    out.finish()
}

/// Marks every computed order of a connection, so that all are computed again.
pub(crate) fn mark_all_changed(writer: &Connection, connection: &str) -> Result<()> {
    writer
        .execute("UPDATE order_profit SET computed_version = NULL WHERE connection_id = ?", [connection])
        .doing(DOING)
        .map(drop)
}

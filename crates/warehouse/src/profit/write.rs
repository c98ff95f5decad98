//! Keeping computed orders.

use std::collections::BTreeSet;

use crate::engine::Connection;
use netgain_domain::facts::OrderProfit;
use netgain_domain::jiff::civil::Date;
use netgain_domain::{Kind, Value};

use super::adjust::Adjusting;
use super::{order_postings, order_profit, order_split_days, spec, touched};
use crate::columnar::TableWriter;
use crate::dialect::planned_by_hashes;
use crate::error::{Context, Result};
use crate::root_key::{near, root_key};
use crate::schema::Spec;
use crate::warehouse::Warehouse;

const DOING: &str = "write the profit of orders";

/// How daily sums follow what is written of orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sums {
    /// Days are noted and summed by the next rebuild: best for many orders.
    Later,
    /// Sums are changed by what the orders change, as far as that is possible: best for a few of many orders.
    Adjust,
}

/// As many rows as the engine packs into one group.
const GROUP: usize = 122_880;
/// Megabytes of the engine's memory with which the profit of a whole group of orders can be written at once: until then
/// their rows, which are wide, lie there unpacked.
const GROUP_MEMORY_MB: usize = 160;

/// Equates an order's rows `p` with the listed orders `k`. The number is compared first, and spares the engine texts.
pub(super) const LISTED: &str =
    "k.root_key = p.root_key AND k.connection_id = p.connection_id AND k.order_id = p.order_id";

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
        self.write_profit_runs(std::iter::once(Ok(orders)), settings_key, book, Sums::Later)
    }

    /// As [`Warehouse::write_profit_by`], of several runs of orders in one transaction, which begins when the first one is
    /// there. The engine packs some hundred thousand rows of one transaction directly into its file; fewer go through
    /// its log first and are packed later.
    ///
    /// # Errors
    /// Those of [`Warehouse::write_profit`], and the first one among the runs: then nothing is written of any.
    pub fn write_profit_runs<T: AsRef<[OrderProfit]>>(
        &self,
        runs: impl IntoIterator<Item = Result<T>>,
        settings_key: &str,
        book: Option<i64>,
        sums: Sums,
    ) -> Result<()> {
        let mut runs = runs.into_iter();
        let Some(mut run) = runs.next().transpose()? else { return Ok(()) };
        self.write(DOING, |writer| {
            let mut out = ProfitWriter::new(writer, settings_key, book, sums)?;
            loop {
                planned_by_hashes(writer, || out.put(run.as_ref()))?;
                run = match runs.next() {
                    Some(run) => run?,
                    None => return planned_by_hashes(writer, || out.finish()),
                };
            }
        })
    }

    /// The most orders whose profit is best written in one transaction: a whole group of the engine's, so that it goes
    /// straight into the file, or fewer where the engine has little memory.
    #[must_use]
    pub fn profit_at_once(&self) -> usize {
        let memory = self.inner.memory_limit_mb().map_or(GROUP_MEMORY_MB, |mb| mb as usize);
        GROUP * memory.clamp(1, GROUP_MEMORY_MB) / GROUP_MEMORY_MB
    }

    /// Removes the stored profit of orders that are gone, noting their days. Returns how many there were.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn purge_profit_of_deleted(&self) -> Result<u64> {
        self.write("purge the profit of deleted orders", |writer| {
            writer.temporary("order_keys", &ORDER_KEYS).doing(DOING)?;
            writer
                .execute_batch(
                    "INSERT INTO order_keys (connection_id, order_id, root_key) \
                 SELECT p.connection_id, p.order_id, p.root_key FROM order_profit AS p \
                 LEFT JOIN orders AS o ON o.root_key = p.root_key AND o.connection_id = p.connection_id \
                 AND o.source_id = p.order_id WHERE o.source_id IS NULL",
                )
                .doing(DOING)?;
            let gone: bool =
                writer.query_row("SELECT count(*) > 0 FROM order_keys", [], |row| row.get(0)).doing(DOING)?;
            if !gone {
                return Ok(0);
            }
            mark_days_of_listed(writer, "true")?;
            forget_listed(writer, "true")
        })
    }
}

/// Takes computed orders inside of one transaction.
struct ProfitWriter<'c> {
    writer: &'c Connection,
    settings_key: &'c str,
    /// Whether the cost book is still the one by which the orders were computed.
    current: bool,
    days: BTreeSet<Date>,
    adjusting: Option<Adjusting>,
    orders: TableWriter<'c>,
    split_days: TableWriter<'c>,
    postings: TableWriter<'c>,
}

impl<'c> ProfitWriter<'c> {
    fn new(writer: &'c Connection, settings_key: &'c str, book: Option<i64>, sums: Sums) -> Result<Self> {
        let current = match book {
            Some(book) => touched::changes(writer)? == book,
            None => true,
        };
        Ok(Self {
            writer,
            settings_key,
            current,
            days: BTreeSet::new(),
            adjusting: (sums == Sums::Adjust).then(Adjusting::new),
            orders: TableWriter::of_amounts(writer, "order_profit", order_profit())?,
            split_days: TableWriter::of_amounts(writer, "order_split_days", order_split_days())?,
            postings: TableWriter::new(writer, "order_postings", order_postings())?,
        })
    }

    /// Replaces the stored profit of these orders.
    fn put(&mut self, orders: &[OrderProfit]) -> Result<()> {
        let near = near("p.root_key", orders.iter().map(|order| order.order_id.as_str()));
        let any =
            format!("SELECT count(*) > 0 FROM (SELECT 1 FROM order_profit AS p WHERE {near} LIMIT 1) AS one");
        if self.writer.query_row(&any, [], |row| row.get(0)).doing(DOING)? {
            let keys = orders.iter().map(|order| (order.connection_id.as_str(), order.order_id.as_str()));
            put_order_keys(self.writer, keys)?;
            if self.other_settings(&near)? {
                self.adjust_no_more()?;
            }
            match &mut self.adjusting {
                Some(adjusting) => {
                    adjusting.take_off(self.writer, &near)?;
                    delete_listed(self.writer, "order_rates", &near)?;
                }
                None => {
                    mark_days_of_listed(self.writer, &near)?;
                    forget_listed(self.writer, &near)?;
                }
            }
        }
        for order in orders {
            self.append(order)?;
        }
        super::rates::append(self.writer, orders)
    }

    /// Whether a listed order was computed under other settings. Then more than orders may differ: the sums of ads are in
    /// another currency, for one.
    fn other_settings(&self, near: &str) -> Result<bool> {
        if self.adjusting.is_none() {
            return Ok(false);
        }
        let sql = format!(
            "SELECT count(*) > 0 FROM order_profit AS p JOIN order_keys AS k ON {LISTED} \
             WHERE {near} AND p.settings_key IS DISTINCT FROM ?"
        );
        self.writer.query_row(&sql, [self.settings_key], |row| row.get(0)).doing(DOING)
    }

    /// Notes the days of what was written so far, and of all that follows, instead of changing their sums.
    fn adjust_no_more(&mut self) -> Result<()> {
        if let Some(adjusting) = self.adjusting.take() {
            self.days.extend(adjusting.days());
        }
        Ok(())
    }

    fn append(&mut self, order: &OrderProfit) -> Result<()> {
        let key = root_key(&order.order_id);
        let head = |out: &mut TableWriter<'_>| {
            out.text(&order.connection_id)?;
            out.text(&order.order_id)?;
            out.int(key)
        };
        let out = &mut self.orders;
        head(out)?;
        out.text(&order.name)?;
        out.cell(&Value::Date(order.day))?;
        out.text(&order.channel)?;
        out.cell(&Value::Bool(order.included))?;
        out.text_or_null(order.excluded_reason.map(|reason| reason.name()))?;
        out.text(order.cogs_source.name())?;
        out.text(&order.flags.to_text())?;
        out.int(order.orders())?;
        out.decimals(&order.total.values())?;
        out.cell(&if self.current { Value::Int(order.version) } else { Value::Null })?;
        out.text(self.settings_key)?;
        // an order whose one day is its own is told in full by the row that ends here
        let split = order.days.len() != 1 || order.days.iter().any(|entry| entry.day != order.day);
        out.cell(&Value::Bool(split))?;
        out.end_row()?;

        let out = &mut self.split_days;
        for entry in &order.days {
            let amounts = entry.ladder.values();
            if split {
                head(out)?;
                out.cell(&Value::Date(entry.day))?;
                out.text(&order.channel)?;
                out.int(entry.orders)?;
                out.decimals(&amounts)?;
                out.end_row()?;
            }
            match &mut self.adjusting {
                Some(adjusting) => adjusting.add_day(entry.day, &order.channel, entry.orders, &amounts),
                None => drop(self.days.insert(entry.day)),
            }
        }
        let out = &mut self.postings;
        for ((basis, day), entry) in order.postings.entries() {
            head(out)?;
            out.cell(&Value::Date(day))?;
            out.text(&order.channel)?;
            out.text(basis.name())?;
            out.text(order.class.name())?;
            out.cell(&Value::Bool(order.included))?;
            out.int(entry.orders)?;
            out.decimals_or_null(entry.lines.values())?;
            out.end_row()?;
            match &mut self.adjusting {
                Some(adjusting) => {
                    let words = [order.channel.as_str(), basis.name(), order.class.name()];
                    adjusting.add_lines(day, words, order.included, entry.orders, entry.lines.values());
                }
                None => drop(self.days.insert(day)),
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<()> {
        self.orders.finish()?;
        self.split_days.finish()?;
        self.postings.finish()?;
        let mut days = self.days;
        if let Some(adjusting) = self.adjusting {
            days.extend(adjusting.finish(self.writer)?);
        }
        mark_days(self.writer, days)
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
pub(crate) fn mark_days(writer: &Connection, days: impl IntoIterator<Item = Date>) -> Result<()> {
    let mut out = TableWriter::new(writer, "dirty_days", super::DIRTY_DAYS.to_vec())?;
    for day in days {
        out.cell(&Value::Date(day))?;
        out.end_row()?;
    }
    out.finish()
}

/// The columns of a connection's temporary list of orders.
const ORDER_KEYS: [Spec; 4] = [
    spec("connection_id", Kind::Text),
    spec("order_id", Kind::Text),
    spec("root_key", Kind::Int),
    spec("seat", Kind::Int),
];

/// Fills a connection's temporary list of orders, each with its position.
pub(super) fn put_order_keys<'a>(
    connection: &Connection,
    keys: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<()> {
    connection.temporary("order_keys", &ORDER_KEYS).doing(DOING)?;
    let mut out = TableWriter::new(connection, "order_keys", ORDER_KEYS.to_vec())?;
    for (at, (connection, order)) in (0_i64..).zip(keys) {
        out.text(connection)?;
        out.text(order)?;
        out.int(root_key(order))?;
        out.int(at)?;
        out.end_row()?;
    }
    out.finish()
}

/// Notes the days of the listed orders' stored profit.
fn mark_days_of_listed(writer: &Connection, near: &str) -> Result<()> {
    for table in ["order_profit_days", "order_postings"] {
        writer
            .execute_batch(&format!(
                "INSERT INTO dirty_days (day) SELECT DISTINCT p.day FROM {table} AS p \
                 JOIN order_keys AS k ON {LISTED} WHERE {near}"
            ))
            .doing(DOING)?;
    }
    Ok(())
}

/// Deletes the stored profit of the listed orders. Returns how many had any.
fn forget_listed(writer: &Connection, near: &str) -> Result<u64> {
    for table in ["order_split_days", "order_postings", "order_rates"] {
        delete_listed(writer, table, near)?;
    }
    delete_listed(writer, "order_profit", near)
}

pub(super) fn delete_listed(writer: &Connection, table: &str, near: &str) -> Result<u64> {
    let sql = format!("DELETE FROM {table} AS p USING order_keys AS k WHERE {LISTED} AND {near}");
    Ok(writer.execute(&sql, []).doing(DOING)? as u64)
}

/// Marks every computed order of a connection, so that all are computed again.
pub(crate) fn mark_all_changed(writer: &Connection, connection: &str) -> Result<()> {
    writer
        .execute("UPDATE order_profit SET computed_version = NULL WHERE connection_id = ?", [connection])
        .doing(DOING)
        .map(drop)
}

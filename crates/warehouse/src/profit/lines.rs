//! The base lines by day, channel, basis and kind of order: made again where days changed, and read for any definition
//! of profit.

use crate::engine::Connection;
use netgain_domain::Currency;
use netgain_domain::facts::{Basis, Cell, OrderClass};
use netgain_domain::jiff::civil::Date;

use super::daily::ADS;
use super::write::put_order_keys;
use super::{By, OrderKey, lines_sql, operating, read_lines};
use crate::dialect::literal;
use crate::error::{Context, Error, Result};
use crate::reading::{Cells, rows};
use crate::reads::{OrderFilter, conditions};
use crate::root_key::near;
use crate::warehouse::Warehouse;

const READING: &str = "read base lines";

/// The base lines of one kind of orders under one basis, of a day, a month, a channel or the whole period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineRow {
    /// The day, or the first day of the month.
    pub day: Option<Date>,
    /// The channel, when broken down by it.
    pub channel: Option<String>,
    /// The sums.
    pub cell: Cell,
}

/// Sums the days that changed again; `dirty` is the condition that says which.
pub(super) fn rebuild(
    writer: &Connection,
    currency: Currency,
    dirty: &str,
    doing: &'static str,
) -> Result<()> {
    let names = lines_sql(str::to_owned);
    // an order's lines that are nothing are empty
    let sums = lines_sql(|line| format!("coalesce(sum({line}), 0) AS {line}"));
    let of_ads = lines_sql(|line| match line {
        "ad_spend" => "sum(spend) AS ad_spend".to_owned(),
        other => format!("CAST(0 AS DECIMAL(38,10)) AS {other}"),
    });
    let of_costs = lines_sql(|line| {
        match line {
        "operating_costs" => {
            "sum(CASE WHEN d.marketing THEN 0 ELSE d.amount END) AS operating_costs".to_owned()
        }
        "affiliate_costs" => {
            "sum(CASE WHEN d.marketing AND d.category <> 'messaging' THEN d.amount ELSE 0 END) AS affiliate_costs"
                .to_owned()
        }
        "messaging_costs" => {
            "sum(CASE WHEN d.marketing AND d.category = 'messaging' THEN d.amount ELSE 0 END) AS messaging_costs"
                .to_owned()
        }
        other => format!("CAST(0 AS DECIMAL(38,10)) AS {other}"),
    }
    });
    writer.execute_batch(&format!("DELETE FROM daily_lines WHERE {dirty}")).doing(doing)?;
    writer
        .execute(
            &format!(
                "INSERT INTO daily_lines (day, channel, basis, class, counted, orders, {names}) \
                 SELECT day, channel, basis, class, counted, sum(orders), {sums} FROM order_postings \
                 WHERE {dirty} GROUP BY day, channel, basis, class, counted UNION ALL \
                 SELECT day, 'advertising:' || source, {all}, {none}, true, 0, {of_ads} \
                 FROM ({ADS}) AS ads WHERE {dirty} GROUP BY day, source UNION ALL \
                 SELECT d.day, {channel}, {all}, {none}, true, 0, {of_costs} FROM {days} \
                 WHERE d.{dirty} GROUP BY 1, 2",
                channel = operating::CHANNEL,
                days = operating::DAYS,
                all = literal(Basis::All.name()),
                none = literal(OrderClass::None.name()),
            ),
            [currency.code()],
        )
        .doing(doing)
        .map(drop)
}

impl Warehouse {
    /// The base lines from one day to another, both included, in the order of days or channels.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn line_sums(&self, from: Date, to: Date, by: By) -> Result<Vec<LineRow>> {
        let (day, channel) = match by {
            By::Total => ("NULL", "NULL"),
            By::Day => ("day", "NULL"),
            By::Month => ("CAST(date_trunc('month', day) AS DATE)", "NULL"),
            By::Channel => ("NULL", "channel"),
        };
        let sums = lines_sql(|line| format!("sum({line})"));
        let sql = format!(
            "SELECT CAST({day} AS DATE) AS d, CAST({channel} AS VARCHAR) AS c, class, counted, basis, sum(orders), {sums} \
             FROM daily_lines WHERE day BETWEEN CAST({} AS DATE) AND CAST({} AS DATE) \
             GROUP BY d, c, class, counted, basis ORDER BY d, c, class, counted, basis",
            literal(&from.to_string()),
            literal(&to.to_string())
        );
        rows(&*self.reader()?, READING, &sql, [], |cells| {
            Ok(LineRow { day: cells.maybe_date(0)?, channel: cells.maybe_string(1)?, cell: cell(cells, 2)? })
        })
    }

    /// The base lines of these orders over all of their days, in the order of the keys.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn lines_of_orders(&self, keys: &[OrderKey]) -> Result<Vec<Vec<Cell>>> {
        let reader = self.reader()?;
        put_order_keys(&reader, keys.iter().map(|key| (key.connection_id.as_str(), key.order_id.as_str())))?;
        let sql = format!(
            "SELECT k.seat, t.class, t.counted, t.basis, sum(t.orders), {} FROM order_postings AS t \
             JOIN order_keys AS k ON k.root_key = t.root_key AND k.connection_id = t.connection_id \
             AND k.order_id = t.order_id WHERE {} \
             GROUP BY k.seat, t.class, t.counted, t.basis ORDER BY k.seat, t.class, t.counted, t.basis",
            lines_sql(|line| format!("sum(t.{line})")),
            near("t.root_key", keys.iter().map(|key| key.order_id.as_str()))
        );
        let mut found = vec![Vec::new(); keys.len()];
        for (seat, cell) in rows(&reader, READING, &sql, [], |cells| Ok((cells.int(0)?, cell(cells, 1)?)))? {
            if let Some(of_order) = usize::try_from(seat).ok().and_then(|seat| found.get_mut(seat)) {
                of_order.push(cell);
            }
        }
        Ok(found)
    }

    /// The base lines of the orders that fulfil the conditions, over all of their days.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn line_sums_of_orders(&self, filter: &OrderFilter) -> Result<Vec<Cell>> {
        let sql = format!(
            "SELECT t.class, t.counted, t.basis, sum(t.orders), {} FROM order_postings AS t \
             JOIN (SELECT connection_id, order_id FROM order_profit WHERE {}) AS p \
             ON p.connection_id = t.connection_id AND p.order_id = t.order_id \
             GROUP BY t.class, t.counted, t.basis ORDER BY t.class, t.counted, t.basis",
            lines_sql(|line| format!("sum(t.{line})")),
            conditions(filter).join(" AND ")
        );
        rows(&*self.reader()?, READING, &sql, [], |cells| cell(cells, 0))
    }

    /// How many orders were computed by other rules than these: by those of an earlier version of the program, or before
    /// a change of the settings.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn outdated_orders(&self, settings_key: &str) -> Result<u64> {
        const SQL: &str = "SELECT count(*) FROM order_profit WHERE settings_key IS DISTINCT FROM ?";
        let found = rows(&*self.reader()?, READING, SQL, [settings_key], |cells| cells.int(0))?;
        Ok(found.first().map_or(0, |count| count.unsigned_abs()))
    }

    /// Whether base lines are there for the figures that are: not so after an update of the program, until the orders
    /// were computed again.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn has_lines(&self) -> Result<bool> {
        const SQL: &str =
            "SELECT (SELECT count(*) FROM daily_lines) > 0 OR (SELECT count(*) FROM daily_pnl) = 0";
        let found = rows(&*self.reader()?, READING, SQL, [], |cells| cells.maybe_bool(0))?;
        Ok(found.into_iter().flatten().next().unwrap_or(false))
    }
}

/// A cell whose kind of order, whether it is counted, basis, orders and lines begin at a column.
fn cell(cells: &Cells<'_>, from: usize) -> Result<Cell> {
    Ok(Cell {
        class: word(cells, from, OrderClass::from_name)?,
        counted: cells.maybe_bool(from + 1)?.unwrap_or(false),
        basis: word(cells, from + 2, Basis::from_name)?,
        orders: cells.int(from + 3)?,
        lines: read_lines(cells, from + 4)?,
    })
}

fn word<T>(cells: &Cells<'_>, at: usize, read: fn(&str) -> Option<T>) -> Result<T> {
    let text = cells.string(at)?;
    read(&text).ok_or_else(|| Error::Stored {
        column: "class or basis".to_owned(),
        reason: format!("`{text}` is not a known word"),
    })
}

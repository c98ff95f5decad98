//! The daily sums as the dashboard asks for them.

use netgain_domain::facts::Ladder;
use netgain_domain::jiff::civil::Date;

use super::{ladder_sql, read_ladder};
use crate::dialect::literal;
use crate::error::Result;
use crate::reading::rows;
use crate::warehouse::Warehouse;

/// How to break a period down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Not at all: one row.
    Total,
    /// By day of the workspace's zone.
    Day,
    /// By month, keyed by its first day.
    Month,
    /// By sales channel; ad spend stands under `advertising:<platform>`.
    Channel,
}

/// One row of a profit and loss statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PnlRow {
    /// The day, or the first day of the month.
    pub day: Option<Date>,
    /// The channel, when broken down by it.
    pub channel: Option<String>,
    /// Orders placed.
    pub orders: i64,
    /// The steps, in the reporting currency.
    pub ladder: Ladder,
    /// Whether a platform may still restate some of it.
    pub provisional: bool,
}

impl Warehouse {
    /// The statement from one day to another, both included, in the order of days or channels. Days outside of
    /// [`Warehouse::days`] have no row.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn pnl(&self, from: Date, to: Date, by: By) -> Result<Vec<PnlRow>> {
        let (table, day, channel, group) = match by {
            By::Total => ("daily_pnl", "NULL", "NULL", ""),
            By::Day => ("daily_pnl", "day", "NULL", "GROUP BY day ORDER BY day"),
            By::Month => {
                ("daily_pnl", "CAST(date_trunc('month', day) AS DATE)", "NULL", "GROUP BY 1 ORDER BY 1")
            }
            By::Channel => ("daily_channel_pnl", "NULL", "channel", "GROUP BY channel ORDER BY channel"),
        };
        let sums = ladder_sql(|field| format!("sum({field})"));
        let sql = format!(
            "SELECT CAST({day} AS DATE), CAST({channel} AS VARCHAR), coalesce(sum(orders), 0), {sums}, \
             coalesce(bool_or(provisional), false) FROM {table} \
             WHERE day BETWEEN CAST({} AS DATE) AND CAST({} AS DATE) {group}",
            literal(&from.to_string()),
            literal(&to.to_string())
        );
        rows(&*self.reader()?, "read profit", &sql, [], |cells| {
            Ok(PnlRow {
                day: cells.maybe_date(0)?,
                channel: cells.maybe_string(1)?,
                orders: cells.int(2)?,
                ladder: read_ladder(cells, 3)?,
                provisional: cells.maybe_bool(3 + Ladder::FIELDS.len())?.unwrap_or(false),
            })
        })
    }

    /// The first and the last day with activity.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn days(&self) -> Result<Option<(Date, Date)>> {
        let found =
            rows(&*self.reader()?, "read profit", "SELECT min(day), max(day) FROM daily_pnl", [], |cells| {
                Ok(cells.maybe_date(0)?.zip(cells.maybe_date(1)?))
            })?;
        Ok(found.into_iter().flatten().next())
    }
}

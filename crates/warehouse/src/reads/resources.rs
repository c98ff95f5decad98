//! Parts of what is stored of one connection, as a provider's description names them: rows by page, and sums.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use netgain_domain::jiff::civil::Date;
use netgain_domain::jiff::{Timestamp, tz::TimeZone};
use netgain_domain::{Column, ConnectionId, Decimal, Kind, Table, Value};
use serde::{Deserialize, Serialize};

use crate::dialect::literal;
use crate::error::{Error, Result};
use crate::reading::rows;
use crate::schema::quoted;
use crate::warehouse::Warehouse;

/// Which rows of a connection's table.
#[derive(Debug, Clone)]
pub struct ResourceFilter<'a> {
    /// The connection.
    pub connection: &'a ConnectionId,
    /// The table.
    pub table: Table,
    /// Only rows of which each column has one of the values.
    pub only: &'a BTreeMap<String, Vec<String>>,
    /// The column of days or instants (UTC) by which rows are chosen and sorted.
    pub time: Option<&'a str>,
    /// First and last day, both included.
    pub days: Option<(Date, Date)>,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourceRow {
    /// Its place in the list.
    pub place: ResourcePlace,
    /// Its id at the platform.
    pub source_id: String,
    /// When it was read from the platform (UTC).
    pub observed_at: Timestamp,
    /// What was asked for, in that order.
    pub cells: Vec<Value>,
}

/// The place of a row in a list, to go on behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourcePlace {
    /// Its day or instant.
    at: Option<Moment>,
    /// Its id at the platform.
    id: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Moment {
    Day(Date),
    Time(Timestamp),
}

/// What rows of one currency, and of one day where that was asked for, add up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceSum {
    /// The day.
    pub day: Option<Date>,
    /// The currency (ISO 4217), where the table has one.
    pub currency: Option<String>,
    /// The sums in the order asked for; none where no row says anything.
    pub sums: Vec<Option<Decimal>>,
    /// Rows that were added up.
    pub rows: u64,
}

impl Warehouse {
    /// Rows by their time, those without one first, behind `after`.
    ///
    /// # Errors
    /// [`Error::Stored`] when a column is not one of the table; when the engine fails.
    pub fn resource_rows(
        &self,
        filter: &ResourceFilter<'_>,
        columns: &[&str],
        after: Option<&ResourcePlace>,
        limit: usize,
    ) -> Result<Vec<ResourceRow>> {
        let time = filter.time.map(|time| column(filter.table, time)).transpose()?;
        let wanted = columns
            .iter()
            .map(|name| Ok(quoted(column(filter.table, name)?.name)))
            .collect::<Result<Vec<_>>>()?;
        let at = time.map_or_else(|| "NULL".to_owned(), |time| quoted(time.name));
        let mut sql = format!(
            "SELECT source_id, observed_at, {at}{}{} FROM {} WHERE {}",
            if wanted.is_empty() { "" } else { ", " },
            wanted.join(", "),
            filter.table.name(),
            conditions(filter, time, true)?
        );
        let id = |place: &ResourcePlace| literal(&place.id);
        if let Some(place) = after {
            // writing to a text cannot fail
            let _ = match (place.at.map(sql_of), time) {
                (Some(value), Some(_)) => {
                    write!(sql, " AND ({at} > {value} OR ({at} = {value} AND source_id > {}))", id(place))
                }
                (None, Some(_)) => {
                    write!(sql, " AND (({at} IS NULL AND source_id > {}) OR {at} IS NOT NULL)", id(place))
                }
                (_, None) => write!(sql, " AND source_id > {}", id(place)),
            };
        }
        let order = time.map(|_| format!("({at} IS NOT NULL), {at}, ")).unwrap_or_default();
        let _ = write!(sql, " ORDER BY {order}source_id LIMIT {limit}");
        rows(&*self.reader()?, "read a resource", &sql, [], |cells| {
            let source_id = cells.string(0)?;
            let at = match time.map(|time| time.kind) {
                Some(Kind::Date) => cells.maybe_date(2)?.map(Moment::Day),
                Some(_) => cells.maybe_time(2)?.map(Moment::Time),
                None => None,
            };
            Ok(ResourceRow {
                place: ResourcePlace { at, id: source_id.clone() },
                source_id,
                observed_at: cells.time(1)?,
                cells: (0..columns.len()).map(|at| cells.value(at + 3)).collect::<Result<_>>()?,
            })
        })
    }

    /// What `measures` add up to, by currency and, if asked for, by day. Rows without a time are left out: nobody knows
    /// to which day they belong.
    ///
    /// # Errors
    /// [`Error::Stored`] when a column is not one of the table; when the engine fails.
    pub fn resource_sums(
        &self,
        filter: &ResourceFilter<'_>,
        measures: &[&str],
        by_day: bool,
    ) -> Result<Vec<ResourceSum>> {
        let time = filter.time.map(|time| column(filter.table, time)).transpose()?;
        let sums = measures
            .iter()
            .map(|name| Ok(format!(", sum({})", quoted(column(filter.table, name)?.name))))
            .collect::<Result<String>>()?;
        let currency = filter.table.column_index("currency").map_or("CAST(NULL AS VARCHAR)", |_| "currency");
        let day = match time.filter(|_| by_day) {
            Some(time) => format!("CAST({} AS DATE)", quoted(time.name)),
            None => "CAST(NULL AS DATE)".to_owned(),
        };
        let sql = format!(
            "SELECT {day}, {currency}, count(*){sums} FROM {} WHERE {} GROUP BY 1, 2 ORDER BY 1, 2",
            filter.table.name(),
            conditions(filter, time, false)?
        );
        rows(&*self.reader()?, "add up a resource", &sql, [], |cells| {
            Ok(ResourceSum {
                day: cells.maybe_date(0)?,
                currency: cells.maybe_string(1)?,
                rows: cells.int(2)?.unsigned_abs(),
                sums: (0..measures.len()).map(|at| cells.maybe_decimal(at + 3)).collect::<Result<_>>()?,
            })
        })
    }

    /// When a row of a connection was read from the platform (UTC); none where there is no such row.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn observed_at(
        &self,
        connection: &ConnectionId,
        table: Table,
        source_id: &str,
    ) -> Result<Option<Timestamp>> {
        let sql = format!(
            "SELECT max(observed_at) FROM {} WHERE connection_id = {} AND source_id = {}",
            table.name(),
            literal(connection.as_str()),
            literal(source_id)
        );
        let found = rows(&*self.reader()?, "look for a row", &sql, [], |cells| cells.maybe_time(0))?;
        Ok(found.into_iter().next().flatten())
    }
}

/// A column of a table, under the name that the table knows: no name goes into a query as it was given.
fn column(table: Table, name: &str) -> Result<&'static Column> {
    let found = table.column_index(name).and_then(|at| table.columns().get(at));
    found.ok_or_else(|| Error::Stored {
        column: name.chars().take(64).collect(),
        reason: format!("`{}` has no such column", table.name()),
    })
}

fn conditions(filter: &ResourceFilter<'_>, time: Option<&Column>, timeless: bool) -> Result<String> {
    let mut all = vec![format!("connection_id = {}", literal(filter.connection.as_str()))];
    for (name, values) in filter.only {
        let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
        all.push(format!("{} IN ({})", quoted(column(filter.table, name)?.name), values.join(", ")));
    }
    if let (Some(time), Some((from, to))) = (time, filter.days) {
        let name = quoted(time.name);
        let cast = if time.kind == Kind::Date { "DATE" } else { "TIMESTAMP" };
        let (from, end) = (literal(&from.to_string()), to.tomorrow().unwrap_or(to).to_string());
        let within =
            format!("{name} >= CAST({from} AS {cast}) AND {name} < CAST({} AS {cast})", literal(&end));
        all.push(if timeless { format!("({name} IS NULL OR ({within}))") } else { format!("({within})") });
    } else if let (Some(time), false) = (time, timeless) {
        all.push(format!("{} IS NOT NULL", quoted(time.name)));
    }
    Ok(all.join(" AND "))
}

fn sql_of(moment: Moment) -> String {
    match moment {
        Moment::Day(day) => format!("CAST({} AS DATE)", literal(&day.to_string())),
        Moment::Time(time) => {
            let text = time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S.%6f").to_string();
            format!("CAST({} AS TIMESTAMP)", literal(&text))
        }
    }
}

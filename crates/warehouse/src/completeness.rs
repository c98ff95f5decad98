//! The completeness ledger: for each connection, stream and day (or span of days) our count or sum beside the
//! provider's own, and what became of a difference.

use std::collections::HashSet;

use crate::engine::params;
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;
use netgain_domain::{ConnectionId, Decimal, Kind, Table, Value};

use crate::columnar::TableWriter;
use crate::dialect::{self, literal, micros};
use crate::error::{Context, Error, Result};
use crate::reading::each_row;
use crate::schema::{Spec, quoted, spec};
use crate::warehouse::Warehouse;

pub(crate) const COMPLETENESS: [Spec; 14] = [
    spec("connection_id", Kind::Text),
    spec("stream", Kind::Text),
    spec("measure", Kind::Text),
    spec("day", Kind::Date),
    spec("until_day", Kind::Date),
    spec("ours_count", Kind::Int),
    spec("theirs_count", Kind::Int),
    spec("ours_sum", Kind::Decimal),
    spec("theirs_sum", Kind::Decimal),
    spec("currency", Kind::Text),
    spec("checked_at", Kind::Time),
    spec("state", Kind::Text),
    spec("note", Kind::Text),
    spec("through", Kind::Time),
];

const DOING: &str = "keep the completeness ledger";

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// Both sides say the same.
    Ok,
    /// They do not.
    Differs,
    /// They did not, and do since the days were read again.
    Healed,
    /// The provider offers nothing to compare with; the note says why.
    NotCheckable,
    /// Both sides say the same, and the provider may still restate it.
    Provisional,
}

impl CheckState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Ok, Self::Differs, Self::Healed, Self::NotCheckable, Self::Provisional];

    /// The word as it is stored and shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Differs => "differs",
            Self::Healed => "healed",
            Self::NotCheckable => "not_checkable",
            Self::Provisional => "provisional",
        }
    }

    fn from_name(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|state| state.name() == name);
        found.ok_or_else(|| Error::Stored { column: "state".into(), reason: format!("`{name}` is no state") })
    }
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The stream.
    pub stream: String,
    /// What is compared: `count`, or the column whose sum it is.
    pub measure: String,
    /// First day of the span (UTC, or the account's zone for days that the platform reports); none for all there is.
    pub day: Option<Date>,
    /// Last day of the span, included.
    pub until_day: Option<Date>,
    /// How many we hold.
    pub ours_count: Option<u64>,
    /// How many the provider has.
    pub theirs_count: Option<u64>,
    /// The sum over what we hold, in `currency` where that is an amount.
    pub ours_sum: Option<Decimal>,
    /// The provider's sum.
    pub theirs_sum: Option<Decimal>,
    /// The currency of the sums.
    pub currency: Option<String>,
    /// When the provider was asked (UTC).
    pub checked_at: Timestamp,
    /// What was found.
    pub state: CheckState,
    /// More about it, for people.
    pub note: Option<String>,
    /// Until when records were compared (UTC); none where nothing was.
    pub through: Option<Timestamp>,
}

/// Which rows of a table are counted.
#[derive(Debug, Clone, Copy)]
pub struct Counted<'a> {
    /// The connection.
    pub connection: &'a ConnectionId,
    /// The stream that read them, for tables that several streams fill; its rows are known by their pointers.
    pub stream: Option<&'a str>,
    /// The table.
    pub table: Table,
}

/// Our side of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaySum {
    /// The day.
    pub day: Date,
    /// Sums of the columns asked for, in their order; nothing where no row has a value.
    pub sums: Vec<Decimal>,
}

impl Warehouse {
    /// How many rows of a stream there are, or the sum of a column over them; with a column of instants and a span,
    /// of those with an instant in `[since, until)`.
    ///
    /// # Errors
    /// When the table has no such column, a sum has more digits than an amount holds, or the engine fails.
    pub fn measured(
        &self,
        of: Counted<'_>,
        sum: Option<&str>,
        between: Option<(&str, Timestamp, Timestamp)>,
    ) -> Result<Decimal> {
        let what = match sum {
            None => "count(*)".to_owned(),
            Some(column) => format!("coalesce(sum({}), 0)", known(of.table, column)?),
        };
        let when = match between {
            None => "true".to_owned(),
            Some((column, since, until)) => span(of.table, column, since, until)?,
        };
        let sql = format!(
            "SELECT CAST({what} AS {}) FROM {} WHERE {} AND {when}",
            dialect::column_type(Kind::Decimal),
            of.table.name(),
            of.condition()
        );
        let mut value = Decimal::ZERO;
        each_row(&*self.reader()?, DOING, &sql, [], |cells| {
            value = cells.decimal(0)?;
            Ok(())
        })?;
        Ok(value)
    }

    /// The oldest instant of a column in a stream's rows.
    ///
    /// # Errors
    /// When the table has no such column or the engine fails.
    pub fn oldest(&self, of: Counted<'_>, column: &str) -> Result<Option<Timestamp>> {
        let column = known(of.table, column)?;
        let sql = format!("SELECT min({column}) FROM {} WHERE {}", of.table.name(), of.condition());
        let mut oldest = None;
        each_row(&*self.reader()?, DOING, &sql, [], |cells| {
            oldest = cells.maybe_time(0)?;
            Ok(())
        })?;
        Ok(oldest)
    }

    /// The ids of a stream's rows with an instant in `[since, until)`.
    ///
    /// # Errors
    /// When the table has no such column or the engine fails.
    pub fn ids_between(
        &self,
        of: Counted<'_>,
        column: &str,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<String>> {
        let sql = format!(
            "SELECT source_id FROM {} WHERE {} AND {} ORDER BY source_id",
            of.table.name(),
            of.condition(),
            span(of.table, column, since, until)?,
        );
        let mut ids = Vec::new();
        each_row(&*self.reader()?, DOING, &sql, [], |cells| {
            ids.push(cells.string(0)?);
            Ok(())
        })?;
        Ok(ids)
    }

    /// Which of these ids no row of the table has, whatever stream read it.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn absent(&self, of: Counted<'_>, ids: &[String]) -> Result<Vec<String>> {
        /// Ids in one question.
        const AT_ONCE: usize = 2_000;
        let mut absent = Vec::new();
        for ids in ids.chunks(AT_ONCE) {
            let wanted: Vec<String> = ids.iter().map(|id| literal(id)).collect();
            let sql = format!(
                "SELECT source_id FROM {} WHERE connection_id = {} AND source_id IN ({})",
                of.table.name(),
                literal(of.connection.as_str()),
                wanted.join(", ")
            );
            let mut stored = HashSet::new();
            each_row(&*self.reader()?, DOING, &sql, [], |cells| {
                stored.insert(cells.string(0)?);
                Ok(())
            })?;
            absent.extend(ids.iter().filter(|id| !stored.contains(*id)).cloned());
        }
        Ok(absent)
    }

    /// Sums of columns by day over a stream's rows, for one account or all. A day without rows is left out.
    ///
    /// # Errors
    /// When the table has no such column, a sum has more digits than an amount holds, or the engine fails.
    pub fn sums_by_day(
        &self,
        of: Counted<'_>,
        day: &str,
        columns: &[&str],
        account: Option<&str>,
    ) -> Result<Vec<DaySum>> {
        let day = known(of.table, day)?;
        let sums = columns
            .iter()
            .map(|column| {
                known(of.table, column).map(|column| {
                    format!("CAST(coalesce(sum({column}), 0) AS {})", dialect::column_type(Kind::Decimal))
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let cells: Vec<String> = std::iter::once(day.clone()).chain(sums).collect();
        let of_account = match account {
            Some(account) => format!("{} = {}", known(of.table, "account_id")?, literal(account)),
            None => "true".to_owned(),
        };
        let sql = format!(
            "SELECT {} FROM {} WHERE {} AND {of_account} AND {day} IS NOT NULL GROUP BY {day} ORDER BY {day}",
            cells.join(", "),
            of.table.name(),
            of.condition(),
        );
        let mut days = Vec::new();
        each_row(&*self.reader()?, DOING, &sql, [], |cells| {
            let day = cells.date(0)?;
            let sums = (1..=columns.len()).map(|at| cells.decimal(at)).collect::<Result<Vec<_>>>()?;
            days.push(DaySum { day, sums });
            Ok(())
        })?;
        Ok(days)
    }

    /// Writes what a check of a stream found in place of what the last one did; with `from`, of that day and later
    /// ones only.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn keep_checks(
        &self,
        connection: &ConnectionId,
        stream: &str,
        checks: &[Check],
        from: Option<Date>,
    ) -> Result<()> {
        self.write(DOING, |writer| {
            let since = from.map_or_else(
                || "true".to_owned(),
                |day| format!("(day IS NULL OR day >= DATE {})", literal(&day_text(day))),
            );
            let sql = format!("DELETE FROM completeness WHERE connection_id = ? AND stream = ? AND {since}");
            writer.execute(&sql, params![connection.as_str(), stream]).doing(DOING)?;
            let mut out = TableWriter::new(writer, "completeness", COMPLETENESS.to_vec())?;
            for check in checks {
                let count = |count: Option<u64>| {
                    count.map_or(Value::Null, |count| Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
                };
                let date = |day: Option<Date>| day.map_or(Value::Null, Value::Date);
                let amount = |sum: Option<Decimal>| sum.map_or(Value::Null, Value::Decimal);
                out.text(connection.as_str())?;
                out.text(&check.stream)?;
                out.text(&check.measure)?;
                out.cell(&date(check.day))?;
                out.cell(&date(check.until_day.or(check.day)))?;
                out.cell(&count(check.ours_count))?;
                out.cell(&count(check.theirs_count))?;
                out.cell(&amount(check.ours_sum))?;
                out.cell(&amount(check.theirs_sum))?;
                out.text_or_null(check.currency.as_deref())?;
                out.time(check.checked_at)?;
                out.text(check.state.name())?;
                out.text_or_null(check.note.as_deref())?;
                out.cell(&check.through.map_or(Value::Null, Value::Time))?;
                out.end_row()?;
            }
            out.finish()
        })
    }

    /// The ledger, of one connection or of all, of lines that touch the days from `from` to `to`; lines about all
    /// there is are always among them.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn checks(
        &self,
        connection: Option<&ConnectionId>,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<Vec<(String, Check)>> {
        let mut only = vec!["true".to_owned()];
        only.extend(connection.map(|id| format!("connection_id = {}", literal(id.as_str()))));
        only.extend(
            from.map(|day| format!("(day IS NULL OR until_day >= DATE {})", literal(&day_text(day)))),
        );
        only.extend(to.map(|day| format!("(day IS NULL OR day <= DATE {})", literal(&day_text(day)))));
        let sql = format!(
            "SELECT connection_id, stream, measure, {}, {}, ours_count, theirs_count, ours_sum, theirs_sum, currency, \
             checked_at, state, note, through FROM completeness WHERE {} ORDER BY connection_id, stream, measure, day NULLS FIRST",
            quoted("day"),
            quoted("until_day"),
            only.join(" AND "),
        );
        let mut checks = Vec::new();
        each_row(&*self.reader()?, "read the completeness ledger", &sql, [], |cells| {
            let count = |at: usize| Ok::<_, Error>(cells.maybe_int(at)?.map(i64::unsigned_abs));
            let check = Check {
                stream: cells.string(1)?,
                measure: cells.string(2)?,
                day: cells.maybe_date(3)?,
                until_day: cells.maybe_date(4)?,
                ours_count: count(5)?,
                theirs_count: count(6)?,
                ours_sum: cells.maybe_decimal(7)?,
                theirs_sum: cells.maybe_decimal(8)?,
                currency: cells.text(9)?.map(str::to_owned),
                checked_at: cells.time(10)?,
                state: CheckState::from_name(cells.text(11)?.unwrap_or_default())?,
                note: cells.text(12)?.map(str::to_owned),
                through: cells.maybe_time(13)?,
            };
            checks.push((cells.string(0)?, check));
            Ok(())
        })?;
        Ok(checks)
    }
}

impl Counted<'_> {
    fn condition(&self) -> String {
        let id = literal(self.connection.as_str());
        match self.stream {
            None => format!("connection_id = {id}"),
            Some(stream) => {
                let read_by = literal(&format!("{}/{stream}/", self.connection));
                format!("connection_id = {id} AND starts_with(raw_ref, {read_by})")
            }
        }
    }
}

fn span(table: Table, column: &str, since: Timestamp, until: Timestamp) -> Result<String> {
    let at = micros(&known(table, column)?);
    Ok(format!("{at} >= {} AND {at} < {}", since.as_microsecond(), until.as_microsecond()))
}

fn day_text(day: Date) -> String {
    day.to_string()
}

/// A column of the table, quoted.
fn known(table: Table, column: &str) -> Result<String> {
    if table.column_index(column).is_some() {
        return Ok(quoted(column));
    }
    let reason = format!("`{}` has no column `{column}`", table.name());
    Err(Error::Engine { what: DOING, reason })
}

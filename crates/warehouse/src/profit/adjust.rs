//! Daily sums after a few orders changed: what their rows said before is taken off and what they say now is added,
//! instead of summing whole days again. Sums of exact decimals end at the same figures either way.
//!
//! Whether a sum has a row at all depends on how many rows it is of. Where that number changes, the day is summed again.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Connection;
use netgain_domain::facts::{Ladder, Line};
use netgain_domain::jiff::civil::Date;
use netgain_domain::{Decimal, Kind, Value};

use super::spec;
use crate::columnar::TableWriter;
use crate::error::{Context, Result};
use crate::reading::each_row;
use crate::schema::Spec;

const DOING: &str = "adjust the daily sums";
const CHANGES: &str = "sum_changes";

/// What a daily sum is of: its day and the words of its other keys.
type Key = (Date, Vec<String>);

/// What changes of one daily sum.
struct Change {
    /// Rows added less rows taken away.
    rows: i64,
    orders: i64,
    amounts: Vec<Decimal>,
}

/// The changes of one table of daily sums.
struct Sums {
    table: &'static str,
    /// Its key columns beside the day.
    words: &'static [&'static str],
    amounts: Vec<&'static str>,
    changes: BTreeMap<Key, Change>,
}

impl Sums {
    fn new(table: &'static str, words: &'static [&'static str], amounts: Vec<&'static str>) -> Self {
        Self { table, words, amounts, changes: BTreeMap::new() }
    }

    fn add(&mut self, key: Key, rows: i64, orders: i64, amounts: impl Iterator<Item = Decimal>) {
        let width = self.amounts.len();
        let change = self.changes.entry(key).or_insert_with(|| Change {
            rows: 0,
            orders: 0,
            amounts: vec![Decimal::ZERO; width],
        });
        change.rows += rows;
        change.orders += orders;
        for (sum, amount) in change.amounts.iter_mut().zip(amounts).filter(|(_, amount)| !amount.is_zero()) {
            *sum += amount;
        }
    }

    /// Takes off what the listed orders' rows of a table say, but for those of which a column says that they are told
    /// elsewhere, and deletes all of them. They are summed before: the engine reads rows that it deletes one by one.
    fn take_off(
        &mut self,
        connection: &Connection,
        of: &str,
        near: &str,
        elsewhere: Option<&str>,
    ) -> Result<()> {
        let words: Vec<String> =
            self.words.iter().map(|word| format!(", CAST(p.{word} AS VARCHAR)")).collect();
        let amounts: String = self.amounts.iter().map(|amount| format!(", sum(p.{amount})")).collect();
        let sql = format!(
            "SELECT p.day, count(*), CAST(coalesce(sum(p.orders), 0) AS BIGINT){words}{amounts} FROM {of} AS p \
             JOIN order_keys AS k ON {LISTED} WHERE {near} AND NOT {elsewhere} GROUP BY p.day{words}",
            LISTED = super::write::LISTED,
            words = words.concat(),
            elsewhere = elsewhere.map_or("false".to_owned(), |column| format!("p.{column}")),
        );
        let (words, amounts) = (self.words.len(), self.amounts.len());
        each_row(connection, DOING, &sql, [], |cells| {
            let from = 3 + words;
            let key = (3..from).map(|at| cells.string(at)).collect::<Result<Vec<_>>>()?;
            let amounts = (from..from + amounts)
                .map(|at| Ok(Decimal::ZERO - cells.maybe_decimal(at)?.unwrap_or_default()))
                .collect::<Result<Vec<_>>>()?;
            self.add((cells.date(0)?, key), -cells.int(1)?, -cells.int(2)?, amounts.into_iter());
            Ok(())
        })?;
        super::write::delete_listed(connection, of, near).map(drop)
    }

    /// Days on which there are more rows than before, or fewer.
    fn uneven(&self) -> impl Iterator<Item = Date> {
        self.changes.iter().filter(|(_, change)| change.rows != 0).map(|((day, _), _)| *day)
    }

    /// Changes the stored sums, but not those of some days. Whether all were there to be changed.
    fn apply(&self, connection: &Connection, without: &BTreeSet<Date>) -> Result<bool> {
        let changes: Vec<_> = self
            .changes
            .iter()
            .filter(|((day, _), change)| {
                let nothing = change.orders == 0 && change.amounts.iter().all(Decimal::is_zero);
                !nothing && !without.contains(day)
            })
            .collect();
        if changes.is_empty() {
            return Ok(true);
        }
        let changed: Vec<(usize, &'static str)> = self
            .amounts
            .iter()
            .copied()
            .enumerate()
            .filter(|(at, _)| changes.iter().any(|(_, change)| !change.amounts[*at].is_zero()))
            .collect();
        let mut columns: Vec<Spec> = vec![spec("day", Kind::Date)];
        columns.extend(self.words.iter().map(|word| spec(word, Kind::Text)));
        columns.push(spec("orders", Kind::Int));
        columns.extend(changed.iter().map(|(_, amount)| spec(amount, Kind::Decimal)));
        connection.temporary_anew(CHANGES, &columns).doing(DOING)?;
        let mut out = TableWriter::new(connection, CHANGES, columns)?;
        for ((day, words), change) in &changes {
            out.cell(&Value::Date(*day))?;
            words.iter().try_for_each(|word| out.text(word))?;
            out.int(change.orders)?;
            changed.iter().try_for_each(|(at, _)| out.decimal(change.amounts[*at]))?;
            out.end_row()?;
        }
        out.finish()?;
        let mut sets = vec!["orders = s.orders + c.orders".to_owned()];
        sets.extend(changed.iter().map(|(_, amount)| format!("{amount} = s.{amount} + c.{amount}")));
        let keys: String =
            self.words.iter().map(|word| format!(" AND CAST(s.{word} AS VARCHAR) = c.{word}")).collect();
        let found = connection
            .execute(
                &format!(
                    "UPDATE {} AS s SET {} FROM {CHANGES} AS c WHERE s.day = c.day{keys}",
                    self.table,
                    sets.join(", ")
                ),
                [],
            )
            .doing(DOING)?;
        Ok(found == changes.len())
    }
}

/// What changes of all daily sums.
pub(super) struct Adjusting {
    lines: Sums,
    channels: Sums,
}

impl Adjusting {
    pub(super) fn new() -> Self {
        Self {
            lines: Sums::new(
                "daily_lines",
                &["channel", "basis", "class", "counted"],
                Line::names().collect(),
            ),
            channels: Sums::new("daily_channel_pnl", &["channel"], Ladder::FIELDS.to_vec()),
        }
    }

    /// Deletes the listed orders' rows and takes off what they said.
    pub(super) fn take_off(&mut self, connection: &Connection, near: &str) -> Result<()> {
        self.channels.take_off(connection, "order_split_days", near, None)?;
        self.channels.take_off(connection, "order_profit", near, Some("split"))?;
        self.lines.take_off(connection, "order_postings", near, None)
    }

    /// A row of `order_profit_days` that is added.
    pub(super) fn add_day(&mut self, day: Date, channel: &str, orders: i64, amounts: &[Decimal]) {
        self.channels.add((day, vec![channel.to_owned()]), 1, orders, amounts.iter().copied());
    }

    /// A row of `order_postings` that is added, by its channel, basis and class.
    pub(super) fn add_lines(
        &mut self,
        day: Date,
        words: [&str; 3],
        counted: bool,
        orders: i64,
        amounts: &[Decimal],
    ) {
        let words = words.into_iter().map(str::to_owned).chain([counted.to_string()]).collect();
        self.lines.add((day, words), 1, orders, amounts.iter().copied());
    }

    /// The days of everything that was taken off or added.
    pub(super) fn days(&self) -> BTreeSet<Date> {
        self.lines.changes.keys().chain(self.channels.changes.keys()).map(|(day, _)| *day).collect()
    }

    /// Changes the stored sums. Returns the days that must be summed again.
    pub(super) fn finish(self, connection: &Connection) -> Result<BTreeSet<Date>> {
        let mut uneven: BTreeSet<Date> = self.lines.uneven().chain(self.channels.uneven()).collect();
        let mut days = Sums::new("daily_pnl", &[], Ladder::FIELDS.to_vec());
        for ((day, _), change) in &self.channels.changes {
            days.add((*day, Vec::new()), 0, change.orders, change.amounts.iter().copied());
        }
        let mut found = true;
        for sums in [&self.lines, &self.channels, &days] {
            found &= sums.apply(connection, &uneven)?;
        }
        if !found {
            // sums that are not there yet are of days that wait to be summed; no harm if all are summed again
            uneven.extend(self.days());
        }
        Ok(uneven)
    }
}

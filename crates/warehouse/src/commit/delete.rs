//! Records that are gone at the platform.

use std::collections::BTreeSet;

use crate::engine::{Connection, Param, Params};
use netgain_domain::Table;
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Batch, DOING, mark_ad_days, put_keys, remove};
use crate::dialect;
use crate::error::{Context, Error, Result};
use crate::root_key::near;

/// Root rows that are gone at the platform, with every row they own and every record that came of the same lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    /// Their table.
    #[serde(with = "table_name")]
    pub table: Table,
    /// Their ids.
    pub ids: Vec<String>,
    /// What a complete listing did not hold.
    pub swept: Option<Swept>,
}

/// A complete listing of the batch's stream: rows that it covers and did not hold are gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swept {
    /// When it began: rows that were read later are no part of it.
    pub began: Timestamp,
    /// Ids of the rows that it held.
    pub kept: Vec<String>,
    /// It covers only rows whose column of that name lies in these days, both included.
    pub days: Option<(String, Date, Date)>,
    /// It covers only rows whose columns of these names have these texts.
    pub only: Vec<(String, String)>,
}

/// A table by its name, as the raw archive holds it.
mod table_name {
    use netgain_domain::Table;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(table: &Table, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(table.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Table, D::Error> {
        let name = String::deserialize(from)?;
        Table::from_name(&name).ok_or_else(|| de::Error::custom(format!("no table is called `{name}`")))
    }
}

/// Deletes what is gone and says how many records there were.
pub(super) fn apply(writer: &Connection, batch: &Batch, gone: &Gone) -> Result<u64> {
    let mut found = named(writer, batch, gone)?;
    if let Some(swept) = &gone.swept {
        found.extend(not_held(writer, batch, gone.table, swept)?);
    }
    if !found.is_empty() {
        let beside = beside(writer, batch, gone.table, &found)?;
        take(writer, batch, gone.table, &found)?;
        for (table, ids) in beside {
            take(writer, batch, table, &ids)?;
        }
    }
    Ok(found.len() as u64)
}

fn take(writer: &Connection, batch: &Batch, table: Table, ids: &BTreeSet<String>) -> Result<()> {
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    if table == Table::AdDays {
        mark_ad_days(writer, batch, &[], &ids)?;
    }
    if matches!(table, Table::UnitCosts | Table::BalanceTransactions) {
        super::mark_costs(writer, batch, table, ids.iter().copied())?;
    }
    remove(writer, batch, table, &ids)
}

/// Records of other tables that the lines of these records became as well. What they are of, their pointers into the
/// archive say, which are the same.
fn beside(
    writer: &Connection,
    batch: &Batch,
    table: Table,
    ids: &BTreeSet<String>,
) -> Result<Vec<(Table, BTreeSet<String>)>> {
    put_keys(writer, ids.iter().map(String::as_str))?;
    let connection = batch.connection.as_str();
    let sql = format!(
        "SELECT raw_ref FROM {} WHERE connection_id = ? AND source_id IN (SELECT source_id FROM batch_keys)",
        table.name()
    );
    let lines = texts(writer, &sql, [connection])?;
    put_keys(writer, lines.iter().map(String::as_str))?;
    let mut found = Vec::new();
    // what was paid for a product stays known when the product is gone, and an account is of the whole connection
    let others = Table::ALL.into_iter().filter(|other| {
        other.owner().is_none() && ![table, Table::UnitCosts, Table::Accounts].contains(other)
    });
    for other in others {
        let sql = format!(
            "SELECT source_id FROM {} WHERE connection_id = ? AND raw_ref IN (SELECT source_id FROM batch_keys)",
            other.name()
        );
        let ids = texts(writer, &sql, [connection])?;
        if !ids.is_empty() {
            found.push((other, ids));
        }
    }
    Ok(found)
}

/// Those of the named ids that are stored.
fn named(writer: &Connection, batch: &Batch, gone: &Gone) -> Result<BTreeSet<String>> {
    if gone.ids.is_empty() {
        return Ok(BTreeSet::new());
    }
    let ids = || gone.ids.iter().map(String::as_str);
    put_keys(writer, ids())?;
    let sql = format!(
        "SELECT source_id FROM {} WHERE connection_id = ? AND {} AND source_id IN (SELECT source_id FROM batch_keys)",
        gone.table.name(),
        near("root_key", ids())
    );
    texts(writer, &sql, [batch.connection.as_str()])
}

/// Rows of the stream that a listing covers and did not hold. Which stream a row is of, its pointer into the archive
/// says.
fn not_held(writer: &Connection, batch: &Batch, table: Table, swept: &Swept) -> Result<BTreeSet<String>> {
    let mut sql = format!(
        "SELECT source_id FROM {} WHERE connection_id = ? AND starts_with(raw_ref, ?) AND {} <= ? \
         AND source_id NOT IN (SELECT source_id FROM batch_keys)",
        table.name(),
        dialect::micros("observed_at")
    );
    let known = |column: &str| {
        let known = table.columns().iter().find(|known| known.name == column);
        known.map(|known| known.name).ok_or_else(|| Error::Engine {
            what: DOING,
            reason: format!("`{}` has no column `{column}` to sweep by", table.name()),
        })
    };
    let connection = batch.connection.as_str();
    let mut values: Vec<Param> = vec![
        Param::from(connection),
        Param::from(format!("{connection}/{}/", batch.stream)),
        Param::from(swept.began.as_microsecond()),
    ];
    if let Some((column, since, until)) = &swept.days {
        // days are text in this form everywhere
        let column = known(column)?;
        sql.push_str(&format!(" AND {column} BETWEEN CAST('{since}' AS DATE) AND CAST('{until}' AS DATE)"));
    }
    for (column, text) in &swept.only {
        sql.push_str(&format!(" AND {} = ?", known(column)?));
        values.push(Param::from(text));
    }
    put_keys(writer, swept.kept.iter().map(String::as_str))?;
    texts(writer, &sql, values)
}

fn texts(writer: &Connection, sql: &str, values: impl Params) -> Result<BTreeSet<String>> {
    let statement = writer.prepare(sql).doing(DOING)?;
    let rows = statement.query_map(values, |row| row.get(0)).doing(DOING)?;
    rows.collect::<std::result::Result<_, _>>().doing(DOING)
}

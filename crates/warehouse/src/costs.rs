//! The cost book as the shop reveals it. Shops keep one unit cost per variant and no history, so each change is
//! recorded on the day we see it, and the first cost seen counts for all the time before.

mod listing;

use std::collections::{HashMap, HashSet};

pub(crate) use listing::follow_listing;

use crate::engine::Connection;
use netgain_domain::jiff::civil::Date;
use netgain_domain::jiff::tz::TimeZone;
use netgain_domain::{Decimal, Record, Row, Table, Value};

use crate::columnar::{self, TableWriter};
use crate::commit::{Batch, Chosen, CommitReport, put_keys, write_row};
use crate::error::{Context, Result};
use crate::profit::touched;
use crate::root_key::root_key;
use crate::{dialect, schema};

const DOING: &str = "record unit costs";

struct Last {
    cost: Option<Decimal>,
    currency: String,
    valid_from: Option<Date>,
}

/// Records the unit costs of variants where they differ from the last recorded ones.
pub(crate) fn snapshot(
    writer: &Connection,
    batch: &Batch,
    variants: &[Chosen<'_>],
    report: &mut CommitReport,
) -> Result<()> {
    let costed: Vec<_> = variants.iter().filter(|one| !one.record.root.get("unit_cost").is_null()).collect();
    if costed.is_empty() {
        return Ok(());
    }
    put_keys(writer, costed.iter().map(|one| one.id()))?;
    let last = last_costs(writer, batch)?;
    let shop_currency = shop_currency(writer, batch)?;
    let today = batch.observed_at.to_zoned(TimeZone::UTC).date();

    let mut rows = Vec::new();
    for Chosen { record, raw_ref, .. } in costed {
        let variant = record.root.source_id.as_str();
        let Value::Decimal(cost) = record.root.get("unit_cost") else { continue };
        let currency = match record.root.get("unit_cost_currency") {
            Value::Text(currency) => currency.clone(),
            _ => match &shop_currency {
                Some(currency) => currency.clone(),
                None => {
                    report.unit_costs_without_currency += 1;
                    continue;
                }
            },
        };
        let valid_from = match last.get(variant) {
            None => None,
            Some(last) if last.cost == Some(*cost) && last.currency == currency => continue,
            // the last one known must also be the last one in time
            Some(last) => Some(last.valid_from.map_or(today, |day| day.max(today))),
        };
        let since = valid_from.map_or_else(|| "since-ever".to_owned(), |day| day.to_string());
        // a second change on one day stands beside the first, which was known until then
        let again = last.get(variant).is_some_and(|last| last.valid_from == valid_from);
        let at = if again { format!(".{}", batch.observed_at.as_microsecond()) } else { String::new() };
        let mut row = Row::empty(Table::UnitCosts, format!("{variant}@{since}{at}"));
        row.set("scope", Value::Text("variant".to_owned()));
        row.set("scope_id", Value::Text(variant.to_owned()));
        row.set("unit_cost", Value::Decimal(*cost));
        row.set("currency", Value::Text(currency));
        row.set("valid_from", valid_from.map_or(Value::Null, Value::Date));
        row.set("kind", Value::Text("actual".to_owned()));
        row.set("recorded_at", Value::Time(batch.observed_at));
        rows.push((row, record.version, *raw_ref));
    }
    if rows.is_empty() {
        return Ok(());
    }
    put(writer, batch, &rows, report)?;
    put_keys(writer, rows.iter().map(|(row, ..)| row.source_id.as_str()))?;
    touched::mark(writer, &touched::of_stored(writer, batch.connection.as_str())?)
}

/// Adds rows to the book, each with its version and its pointer into the raw archive.
fn put(
    writer: &Connection,
    batch: &Batch,
    rows: &[(Row, i64, &str)],
    report: &mut CommitReport,
) -> Result<()> {
    let table = Table::UnitCosts;
    let mut out = TableWriter::new(writer, table.name(), schema::canonical(table))?;
    for (row, version, raw_ref) in rows {
        write_row(&mut out, batch, row, *version, raw_ref, root_key(&row.source_id), None)?;
    }
    out.finish()?;
    report.unit_costs += rows.len() as u64;
    *report.rows_by_table.entry(table).or_default() += rows.len() as u64;
    Ok(())
}

/// Rows of the cost book that say again what was said once and taken over by another row since, by their place: as the
/// first row stays what it was, they get names of their own.
pub(crate) fn said_again(
    writer: &Connection,
    batch: &Batch,
    roots: &[Chosen<'_>],
) -> Result<Vec<(usize, Record)>> {
    put_keys(writer, roots.iter().map(Chosen::id))?;
    let sql = "WITH named AS (SELECT source_id, unit_cost, currency, valid_to, first_value(source_id) OVER (\
             PARTITION BY scope, scope_id, coalesce(country, ''), coalesce(min_quantity, 1), valid_from, kind \
             ORDER BY recorded_at DESC, source_id) AS newest FROM unit_costs WHERE connection_id = ?) \
         SELECT a.source_id FROM named AS a JOIN named AS b ON b.source_id = a.newest \
         WHERE a.source_id IN (SELECT source_id FROM batch_keys) AND (a.unit_cost <> b.unit_cost \
             OR a.currency <> b.currency OR a.valid_to IS DISTINCT FROM b.valid_to)";
    let statement = writer.prepare(sql).doing(DOING)?;
    let found = statement.query_map([batch.connection.as_str()], |row| row.get(0)).doing(DOING)?;
    let found: HashSet<String> = found.collect::<std::result::Result<_, _>>().doing(DOING)?;
    let again = roots.iter().enumerate().filter(|(_, one)| found.contains(one.id()));
    let renamed = again.map(|(at, one)| {
        let mut record = one.record.clone();
        let when = match record.root.get("recorded_at") {
            Value::Time(when) => when.as_microsecond(),
            _ => batch.observed_at.as_microsecond(),
        };
        record.root.source_id = format!("{}.{when}", record.root.source_id);
        (at, record)
    });
    Ok(renamed.collect())
}

/// The latest recorded cost of each variant in the list of keys.
fn last_costs(writer: &Connection, batch: &Batch) -> Result<HashMap<String, Last>> {
    let sql = format!(
        "SELECT scope_id, unit_cost, currency, {} FROM unit_costs \
         WHERE connection_id = ? AND scope = 'variant' AND kind = 'actual' \
         AND scope_id IN (SELECT source_id FROM batch_keys) \
         ORDER BY scope_id, valid_from NULLS FIRST, recorded_at",
        dialect::day_number("valid_from"),
    );
    let statement = writer.prepare(&sql).doing(DOING)?;
    let rows = statement
        .query_map([batch.connection.as_str()], |row| {
            let day: Option<i32> = row.get(3)?;
            let last = Last {
                cost: row.get(1)?,
                currency: row.get(2)?,
                valid_from: day.and_then(columnar::day_of_number),
            };
            Ok((row.get(0)?, last))
        })
        .doing(DOING)?;
    // later rows of a variant take the place of earlier ones
    rows.collect::<std::result::Result<_, _>>().doing(DOING)
}

fn shop_currency(writer: &Connection, batch: &Batch) -> Result<Option<String>> {
    const SQL: &str = "SELECT min(currency) FROM accounts WHERE connection_id = ? AND kind = 'shop'";
    writer.query_row(SQL, [batch.connection.as_str()], |row| row.get(0)).doing(DOING)
}

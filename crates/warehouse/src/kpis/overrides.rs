//! What people say in the place of a source, when sources were read, and the list of changes.

use std::collections::{BTreeMap, HashSet};

use crate::engine::{Connection, params};
use netgain_domain::facts::{KpiAction, KpiAudit, KpiOverride, KpiRead, KpiSeries};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{Decimal, Value};

use super::{KPI_AUDIT, KPI_OVERRIDES};
use crate::columnar::TableWriter;
use crate::dialect::{TIME_PARAMETER, literal, micros};
use crate::error::{Context, Error, Result};
use crate::reading::{Cells, rows};
use crate::warehouse::Warehouse;

const READING: &str = "read overrides of key figures";
const WRITING: &str = "record overrides of key figures";

fn series(cells: &Cells<'_>, at: usize) -> Result<KpiSeries> {
    Ok(KpiSeries {
        connection_id: cells.string(at)?,
        source: cells.string(at + 1)?,
        metric: cells.string(at + 2)?,
    })
}

fn decimal_or_null(value: Option<Decimal>) -> Value {
    value.map_or(Value::Null, Value::Decimal)
}

impl Warehouse {
    /// Every override ever recorded and every taking back of one, in the order of time.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn kpi_overrides(&self) -> Result<Vec<KpiOverride>> {
        let sql = "SELECT override_id, connection_id, source, metric, day, value, recorded_at, recorded_by, reason \
             FROM kpi_overrides ORDER BY recorded_at, override_id";
        rows(&*self.reader()?, READING, sql, [], |cells| {
            Ok(KpiOverride {
                override_id: cells.string(0)?,
                series: series(cells, 1)?,
                day: cells.date(4)?,
                value: cells.maybe_decimal(5)?,
                recorded_at: cells.time(6)?,
                recorded_by: cells.string(7)?,
                reason: cells.maybe_string(8)?,
            })
        })
    }

    /// Adds overrides and entries of the list of changes, in one transaction. What has an id that is there already is
    /// left out, so that recording twice is recording once. Returns how many entries are new.
    ///
    /// # Errors
    /// Nothing is added when a value cannot be kept exactly or the engine fails.
    pub fn record_kpi_changes(&self, overrides: &[KpiOverride], audit: &[KpiAudit]) -> Result<u64> {
        if overrides.is_empty() && audit.is_empty() {
            return Ok(0);
        }
        self.write(WRITING, |writer| {
            let known =
                ids(writer, "override_id", "kpi_overrides", overrides.iter().map(|one| &one.override_id))?;
            put_overrides(writer, overrides.iter().filter(|one| !known.contains(&one.override_id)))?;
            let known = ids(writer, "audit_id", "kpi_audit", audit.iter().map(|one| &one.audit_id))?;
            let new: Vec<&KpiAudit> = audit.iter().filter(|one| !known.contains(&one.audit_id)).collect();
            put_audit(writer, &new)?;
            Ok(new.len() as u64)
        })
    }

    /// The newest entries of the list of changes, the newest first; of one metric where one is named.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn kpi_audit(&self, metric: Option<&str>, limit: usize) -> Result<Vec<KpiAudit>> {
        let of = metric.map(|metric| format!("WHERE metric = {}", literal(metric))).unwrap_or_default();
        let sql = format!(
            "SELECT audit_id, changed_at, actor, action, connection_id, source, metric, day, old, new, reason FROM kpi_audit \
             {of} ORDER BY changed_at DESC, audit_id DESC LIMIT {limit}"
        );
        rows(&*self.reader()?, READING, &sql, [], |cells| {
            let action = cells.string(3)?;
            Ok(KpiAudit {
                audit_id: cells.string(0)?,
                at: cells.time(1)?,
                actor: cells.string(2)?,
                action: KpiAction::from_name(&action).ok_or_else(|| Error::Stored {
                    column: "action".to_owned(),
                    reason: format!("`{action}` is not a known word"),
                })?,
                series: series(cells, 4)?,
                day: cells.date(7)?,
                old: cells.maybe_decimal(8)?,
                new: cells.maybe_decimal(9)?,
                reason: cells.maybe_string(10)?,
            })
        })
    }

    /// Notes when tables were read from a connection without a failure. An earlier time never takes the place of a
    /// later one.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn note_kpi_reads(&self, reads: &[KpiRead]) -> Result<()> {
        const DOING: &str = "note when a source was read";
        let mut newest: BTreeMap<(&str, &str), Timestamp> = BTreeMap::new();
        for read in reads {
            let at = newest.entry((&read.connection_id, &read.entity)).or_insert(read.read_at);
            *at = read.read_at.max(*at);
        }
        if newest.is_empty() {
            return Ok(());
        }
        self.write(DOING, |writer| {
            for ((connection, entity), read_at) in newest {
                let known: Option<i64> = writer
                    .query_row(
                        &format!(
                            "SELECT max({}) FROM kpi_reads WHERE connection_id = ? AND entity = ?",
                            micros("read_at")
                        ),
                        [connection, entity],
                        |row| row.get(0),
                    )
                    .doing(DOING)?;
                if known.is_some_and(|known| known >= read_at.as_microsecond()) {
                    continue;
                }
                writer
                    .execute("DELETE FROM kpi_reads WHERE connection_id = ? AND entity = ?", [connection, entity])
                    .doing(DOING)?;
                writer
                    .execute(
                        &format!(
                            "INSERT INTO kpi_reads (connection_id, entity, read_at) VALUES (?, ?, {TIME_PARAMETER})"
                        ),
                        params![connection, entity, read_at.as_microsecond()],
                    )
                    .doing(DOING)?;
            }
            Ok(())
        })
    }

    /// When each table was last read from each connection.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn kpi_reads(&self) -> Result<Vec<KpiRead>> {
        let sql = "SELECT connection_id, entity, read_at FROM kpi_reads ORDER BY connection_id, entity";
        rows(&*self.reader()?, READING, sql, [], |cells| {
            Ok(KpiRead { connection_id: cells.string(0)?, entity: cells.string(1)?, read_at: cells.time(2)? })
        })
    }
}

/// Which of these ids a table has.
fn ids<'a>(
    writer: &Connection,
    column: &str,
    table: &str,
    asked: impl Iterator<Item = &'a String>,
) -> Result<HashSet<String>> {
    crate::commit::put_keys(writer, asked.map(String::as_str))?;
    let sql = format!("SELECT {column} FROM {table} WHERE {column} IN (SELECT source_id FROM batch_keys)");
    Ok(rows(writer, WRITING, &sql, [], |cells| cells.string(0))?.into_iter().collect())
}

fn put_overrides<'a>(writer: &Connection, overrides: impl Iterator<Item = &'a KpiOverride>) -> Result<()> {
    let mut out = TableWriter::new(writer, "kpi_overrides", KPI_OVERRIDES.to_vec())?;
    for one in overrides {
        out.text(&one.override_id)?;
        out.text(&one.series.connection_id)?;
        out.text(&one.series.source)?;
        out.text(&one.series.metric)?;
        out.cell(&Value::Date(one.day))?;
        out.cell(&decimal_or_null(one.value))?;
        out.time(one.recorded_at)?;
        out.text(&one.recorded_by)?;
        out.text_or_null(one.reason.as_deref())?;
        out.end_row()?;
    }
    out.finish()
}

fn put_audit(writer: &Connection, audit: &[&KpiAudit]) -> Result<()> {
    let mut out = TableWriter::new(writer, "kpi_audit", KPI_AUDIT.to_vec())?;
    for one in audit {
        out.text(&one.audit_id)?;
        out.time(one.at)?;
        out.text(&one.actor)?;
        out.text(one.action.name())?;
        out.text(&one.series.connection_id)?;
        out.text(&one.series.source)?;
        out.text(&one.series.metric)?;
        out.cell(&Value::Date(one.day))?;
        out.cell(&decimal_or_null(one.old))?;
        out.cell(&decimal_or_null(one.new))?;
        out.text_or_null(one.reason.as_deref())?;
        out.end_row()?;
    }
    out.finish()
}

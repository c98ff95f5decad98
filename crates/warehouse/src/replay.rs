//! Making the canonical rows of a connection again from batches that the raw archive gave, in one transaction: a
//! replay that is killed has changed nothing, and nobody reads half of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Connection;
use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, Record, Table, Value};

use crate::commit::{Batch, CommitReport, Gone, choose, commit_on, put_keys};
use crate::error::{Context, Error, Result};
use crate::quarantine::{self, Quarantined};
use crate::warehouse::{Warehouse, look_at_what_grew};
use crate::{decimal, profit};

const DOING: &str = "replay the raw archive";

/// What is made again.
#[derive(Debug)]
pub struct Replay<'a> {
    /// The connection.
    pub connection: &'a ConnectionId,
    /// Its streams.
    pub streams: &'a [&'a str],
    /// The segments that the batches point into. Rows from any other segment stay as they are.
    pub segments: &'a BTreeSet<String>,
    /// Now (UTC), for what leaves the quarantine.
    pub at: Timestamp,
}

/// What a replay did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Rows that were there before, by table.
    pub before: BTreeMap<Table, u64>,
    /// Rows written, by table; of a record that came several times each version that was written.
    pub written: BTreeMap<Table, u64>,
    /// Records that could not be mapped or kept, by stream.
    pub quarantined: BTreeMap<String, Vec<Quarantined>>,
}

impl Warehouse {
    /// Takes away the rows that came from the segments, then commits batch after batch until `next` has no more, all
    /// in one transaction. A record that no column can hold is set aside; the quarantine of the streams afterwards
    /// holds what failed in this replay.
    ///
    /// # Errors
    /// Nothing is changed when `next` or the engine fails.
    pub fn replay<E: From<Error>>(
        &self,
        replay: &Replay<'_>,
        next: &mut dyn FnMut() -> std::result::Result<Option<(Batch, Vec<Gone>)>, E>,
    ) -> std::result::Result<Replayed, E> {
        let connection = self.writer()?;
        // dropped on an error, which rolls it back
        let transaction = self.begin(&connection, DOING)?;
        let mut done = Replayed { before: clear(&transaction, replay)?, ..Replayed::default() };
        let mut failed: BTreeMap<String, BTreeMap<String, Quarantined>> = BTreeMap::new();
        while let Some((batch, gone)) = next()? {
            let failed = failed.entry(batch.stream.clone()).or_default();
            for report in commit_what_fits(&transaction, batch, &gone, failed)? {
                for (table, rows) in report.rows_by_table {
                    *done.written.entry(table).or_default() += rows;
                }
            }
        }
        for stream in replay.streams {
            let left: Vec<Quarantined> = failed.remove(*stream).unwrap_or_default().into_values().collect();
            quarantine::settle(&transaction, replay.connection, stream, &left, replay.at)?;
            if !left.is_empty() {
                done.quarantined.insert((*stream).to_owned(), left);
            }
        }
        transaction.commit().doing(DOING)?;
        look_at_what_grew(&connection);
        Ok(done)
    }
}

/// Deletes the rows that point into the segments, and notes that the profit reckoned from them may change.
fn clear(writer: &Connection, replay: &Replay<'_>) -> Result<BTreeMap<Table, u64>> {
    const FROM_THEM: &str =
        "connection_id = ? AND split_part(raw_ref, '#', 1) IN (SELECT source_id FROM batch_keys)";
    let id = replay.connection.as_str();
    put_keys(writer, replay.segments.iter().map(String::as_str))?;
    let days = format!("INSERT INTO dirty_days (day) SELECT DISTINCT day FROM ad_days WHERE {FROM_THEM}");
    writer.execute(&days, [id]).doing(DOING)?;
    let mut before = BTreeMap::new();
    for table in Table::ALL {
        let sql = format!("DELETE FROM {} WHERE {FROM_THEM}", table.name());
        let rows = writer.execute(&sql, [id]).doing(DOING)?;
        if rows > 0 {
            before.insert(table, rows as u64);
        }
    }
    if before.contains_key(&Table::UnitCosts) {
        profit::touched::mark_all(writer)?;
    } else if before.contains_key(&Table::Orders) {
        profit::mark_all_changed(writer, id)?;
    }
    Ok(before)
}

/// Commits a batch without the records that no column can hold, which join those that failed. What failed before and
/// is good now leaves them.
fn commit_what_fits(
    writer: &Connection,
    mut batch: Batch,
    gone: &[Gone],
    failed: &mut BTreeMap<String, Quarantined>,
) -> Result<Vec<CommitReport>> {
    for bad in std::mem::take(&mut batch.aside.quarantined) {
        failed.insert(bad.record_id.clone().unwrap_or_else(|| bad.raw_ref.clone()), bad);
    }
    let mut set_aside = |record: Record, raw_ref: String, error: &Error| {
        let bad = Quarantined {
            record_id: Some(record.root.source_id.clone()),
            raw_ref,
            path: "$".to_owned(),
            reason: error.to_string(),
            rules: String::new(),
            context: BTreeMap::new(),
            observed_at: batch.observed_at,
        };
        failed.insert(record.root.source_id, bad);
    };
    let mut fitting = Vec::with_capacity(batch.records.len());
    for (record, raw_ref) in std::mem::take(&mut batch.records) {
        match too_precise(&record) {
            Some(error) => set_aside(record, raw_ref, &error),
            None => fitting.push((record, raw_ref)),
        }
    }
    let mut parts = vec![fitting];
    let mut good = Vec::new();
    while let Some(part) = parts.pop() {
        batch.records = part;
        match choose(&batch) {
            Ok(_) => good.push(std::mem::take(&mut batch.records)),
            Err(error) => {
                let mut first = std::mem::take(&mut batch.records);
                if first.len() > 1 {
                    let second = first.split_off(first.len() / 2);
                    // the first half is taken next: the order of versions stays
                    parts.extend([second, first]);
                } else if let Some((record, raw_ref)) = first.pop() {
                    set_aside(record, raw_ref, &error);
                }
            }
        }
    }
    if good.is_empty() {
        good.push(Vec::new());
    }
    let last = good.len().saturating_sub(1);
    let (cursor, aside) = (batch.cursor.take(), std::mem::take(&mut batch.aside));
    let mut reports = Vec::new();
    for (at, records) in good.into_iter().enumerate() {
        for (record, _) in &records {
            failed.remove(&record.root.source_id);
        }
        batch.records = records;
        let gone = if at == last { gone } else { &[] };
        if at == last {
            // as in a sync, the position comes with the last of them
            (batch.cursor, batch.aside) = (cursor.clone(), aside.clone());
        }
        reports.push(commit_on(writer, &batch, choose(&batch)?, gone, &mut |_, _| {})?);
    }
    Ok(reports)
}

/// The first amount of a record that cannot be kept exactly.
fn too_precise(record: &Record) -> Option<Error> {
    let rows = std::iter::once(&record.root).chain(&record.children);
    for row in rows {
        for (column, cell) in row.table.columns().iter().zip(&row.cells) {
            if let Value::Decimal(value) = cell
                && decimal::to_stored(*value).is_none()
            {
                return Some(Error::Precision {
                    table: row.table.name().to_owned(),
                    column: column.name.to_owned(),
                    value: value.to_string(),
                });
            }
        }
    }
    None
}

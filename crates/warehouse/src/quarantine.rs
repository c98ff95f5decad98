//! Records that were set aside because they could not be mapped or kept: why, since when, and until when. A record
//! leaves when it is mapped after all, or when a later version of it is.

use std::collections::BTreeMap;

use crate::engine::{Connection, params};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, Kind, Table};

use crate::commit::{Batch, Swept, put_keys};
use crate::dialect::TIME_PARAMETER;
use crate::error::{Context, Result};
use crate::reading::each_row;
use crate::schema::{Spec, spec};
use crate::warehouse::Warehouse;

pub(crate) const QUARANTINE: [Spec; 13] = [
    spec("connection_id", Kind::Text),
    spec("stream", Kind::Text),
    spec("record_id", Kind::Text),
    spec("raw_ref", Kind::Text),
    spec("path", Kind::Text),
    spec("reason", Kind::Text),
    spec("rules", Kind::Text),
    spec("context", Kind::Json),
    spec("observed_at", Kind::Time),
    spec("first_seen", Kind::Time),
    spec("last_seen", Kind::Time),
    spec("times", Kind::Int),
    spec("resolved_at", Kind::Time),
];

const DOING: &str = "set a record aside";

/// A record to set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Its id at the platform, where that could be read.
    pub record_id: Option<String>,
    /// Its pointer into the raw archive.
    pub raw_ref: String,
    /// The path that failed, in the platform's own names.
    pub path: String,
    /// Why.
    pub reason: String,
    /// Which field table it failed with; another one gives it another chance.
    pub rules: String,
    /// What the mapping read beside it.
    pub context: BTreeMap<String, String>,
    /// When it was read (UTC).
    pub observed_at: Timestamp,
}

/// A record that is set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineRow {
    /// The connection that it came over.
    pub connection_id: String,
    /// The stream.
    pub stream: String,
    /// The record as it was met last.
    pub record: Quarantined,
    /// When it was met first (UTC).
    pub first_seen: Timestamp,
    /// How often it was met.
    pub times: u64,
}

impl Warehouse {
    /// The records that are set aside now, oldest first; of one connection or of all.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn quarantine(&self, connection: Option<&ConnectionId>) -> Result<Vec<QuarantineRow>> {
        let sql = "SELECT connection_id, stream, record_id, raw_ref, path, reason, rules, context, observed_at, \
                   first_seen, times FROM quarantine WHERE resolved_at IS NULL AND (? = '' OR connection_id = ?) \
                   ORDER BY connection_id, stream, first_seen, raw_ref";
        let id = connection.map_or("", |id| id.as_str());
        let mut rows = Vec::new();
        each_row(&*self.reader()?, "read the quarantine", sql, [id, id], |cells| {
            let record = Quarantined {
                record_id: cells.text(2)?.map(str::to_owned),
                raw_ref: cells.string(3)?,
                path: cells.string(4)?,
                reason: cells.string(5)?,
                rules: cells.string(6)?,
                context: serde_json::from_str(&cells.string(7)?).unwrap_or_default(),
                observed_at: cells.time(8)?,
            };
            rows.push(QuarantineRow {
                connection_id: cells.string(0)?,
                stream: cells.string(1)?,
                record,
                first_seen: cells.time(9)?,
                times: cells.int(10)?.unsigned_abs(),
            });
            Ok(())
        })?;
        Ok(rows)
    }

    /// How many records of a connection are set aside.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn quarantine_count(&self, connection: &ConnectionId) -> Result<u64> {
        let sql = "SELECT count(*) FROM quarantine WHERE resolved_at IS NULL AND connection_id = ?";
        let mut count = 0;
        each_row(&*self.reader()?, "count the quarantine", sql, [connection.as_str()], |cells| {
            count = cells.int(0)?.unsigned_abs();
            Ok(())
        })?;
        Ok(count)
    }

    /// Notes that a record was tried again and failed for another reason, or with other rules.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn quarantine_tried(
        &self,
        connection: &ConnectionId,
        stream: &str,
        again: &Quarantined,
    ) -> Result<()> {
        self.write(DOING, |writer| {
            writer
                .execute(
                    "UPDATE quarantine SET path = ?, reason = ?, rules = ? \
                     WHERE connection_id = ? AND stream = ? AND raw_ref = ? AND resolved_at IS NULL",
                    params![
                        again.path,
                        again.reason,
                        again.rules,
                        connection.as_str(),
                        stream,
                        again.raw_ref
                    ],
                )
                .doing(DOING)
                .map(drop)
        })
    }
}

/// Whether any record of the stream is set aside: most commits need not look further.
fn any(writer: &Connection, connection: &ConnectionId, stream: &str) -> Result<bool> {
    let sql =
        "SELECT count(*) FROM quarantine WHERE connection_id = ? AND stream = ? AND resolved_at IS NULL";
    let count: i64 = writer.query_row(sql, [connection.as_str(), stream], |row| row.get(0)).doing(DOING)?;
    Ok(count > 0)
}

/// Clears what is mapped after all: by id, or by the pointers of a second attempt.
pub(crate) fn clear<'a>(
    writer: &Connection,
    (connection, stream): (&ConnectionId, &str),
    at: Timestamp,
    ids: impl Iterator<Item = &'a str>,
    raw_refs: &[String],
) -> Result<u64> {
    if !any(writer, connection, stream)? {
        return Ok(0);
    }
    let mut cleared = 0;
    let resolve = |column: &str| {
        writer
            .execute(
                &format!(
                    "UPDATE quarantine SET resolved_at = {TIME_PARAMETER} WHERE connection_id = ? AND stream = ? \
                     AND resolved_at IS NULL AND observed_at <= {TIME_PARAMETER} \
                     AND {column} IN (SELECT source_id FROM batch_keys)"
                ),
                params![at.as_microsecond(), connection.as_str(), stream, at.as_microsecond()],
            )
            .doing(DOING)
    };
    put_keys(writer, ids)?;
    cleared += resolve("record_id")?;
    if !raw_refs.is_empty() {
        put_keys(writer, raw_refs.iter().map(String::as_str))?;
        cleared += resolve("raw_ref")?;
    }
    Ok(cleared as u64)
}

/// Clears what a complete listing of the stream does not hold any more: it is gone at the platform.
pub(crate) fn swept(writer: &Connection, batch: &Batch, table: Table, swept: &Swept) -> Result<()> {
    // records of a day or an account cannot be told apart by their ids alone
    let covers_all = swept.days.is_none() && swept.only.is_empty() && table.owner().is_none();
    if !covers_all || !any(writer, &batch.connection, &batch.stream)? {
        return Ok(());
    }
    put_keys(writer, swept.kept.iter().map(String::as_str))?;
    writer
        .execute(
            &format!(
                "UPDATE quarantine SET resolved_at = {TIME_PARAMETER} WHERE connection_id = ? AND stream = ? \
                 AND resolved_at IS NULL AND record_id IS NOT NULL AND observed_at <= {TIME_PARAMETER} \
                 AND record_id NOT IN (SELECT source_id FROM batch_keys)"
            ),
            params![
                batch.observed_at.as_microsecond(),
                batch.connection.as_str(),
                batch.stream.as_str(),
                swept.began.as_microsecond()
            ],
        )
        .doing(DOING)
        .map(drop)
}

/// Sets records aside inside the commit's transaction. One that is known, by its id or its pointer, is counted again.
pub(crate) fn put(
    writer: &Connection,
    connection: &ConnectionId,
    stream: &str,
    records: &[Quarantined],
) -> Result<()> {
    for one in records {
        let at = one.observed_at.as_microsecond();
        let context = serde_json::to_string(&one.context).unwrap_or_default();
        let known = writer
            .execute(
                &format!(
                    "UPDATE quarantine SET raw_ref = ?, path = ?, reason = ?, rules = ?, context = ?, \
                     observed_at = {TIME_PARAMETER}, last_seen = {TIME_PARAMETER}, times = times + 1, \
                     resolved_at = NULL \
                     WHERE connection_id = ? AND stream = ? AND (record_id = ? OR raw_ref = ?)"
                ),
                params![
                    one.raw_ref,
                    one.path,
                    one.reason,
                    one.rules,
                    context,
                    at,
                    at,
                    connection.as_str(),
                    stream,
                    one.record_id,
                    one.raw_ref
                ],
            )
            .doing(DOING)?;
        if known == 0 {
            writer
                .execute(
                    &format!(
                        "INSERT INTO quarantine (connection_id, stream, record_id, raw_ref, path, reason, rules, \
                         context, observed_at, first_seen, last_seen, times) \
                         VALUES (?, ?, ?, ?, ?, ?, ?, ?, {TIME_PARAMETER}, {TIME_PARAMETER}, {TIME_PARAMETER}, 1)"
                    ),
                    params![
                        connection.as_str(),
                        stream,
                        one.record_id,
                        one.raw_ref,
                        one.path,
                        one.reason,
                        one.rules,
                        context,
                        at,
                        at,
                        at
                    ],
                )
                .doing(DOING)?;
        }
    }
    Ok(())
}

/// After a replay: what failed in it is set aside, everything else that it went through is mapped. A record that was
/// set aside before keeps its times.
pub(crate) fn settle(
    writer: &Connection,
    connection: &ConnectionId,
    stream: &str,
    failed: &[Quarantined],
    at: Timestamp,
) -> Result<()> {
    // one that fails still is neither new nor met again
    let sql = "UPDATE quarantine SET times = times - 1 WHERE connection_id = ? AND stream = ? \
               AND resolved_at IS NULL AND (record_id IN (SELECT source_id FROM batch_keys) \
               OR raw_ref IN (SELECT source_id FROM batch_keys))";
    let keys = || {
        let ids = failed.iter().filter_map(|one| one.record_id.as_deref());
        ids.chain(failed.iter().map(|one| one.raw_ref.as_str()))
    };
    put_keys(writer, keys())?;
    writer.execute(sql, [connection.as_str(), stream]).doing(DOING)?;
    let resolve = format!(
        "UPDATE quarantine SET resolved_at = {TIME_PARAMETER} WHERE connection_id = ? AND stream = ? \
         AND resolved_at IS NULL AND coalesce(record_id, '') NOT IN (SELECT source_id FROM batch_keys) \
         AND raw_ref NOT IN (SELECT source_id FROM batch_keys)"
    );
    writer.execute(&resolve, params![at.as_microsecond(), connection.as_str(), stream]).doing(DOING)?;
    put(writer, connection, stream, failed)
}

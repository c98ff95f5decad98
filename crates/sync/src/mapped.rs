//! One page of a stream becomes records with their pointers into the raw archive.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use netgain_connector::{Page, Sweep};
use netgain_domain::{ConnectionId, Record};
use netgain_mapping::Mapper;
use netgain_warehouse::{Archive, Gone, Swept};

use crate::{Error, QuarantinedRecord};

/// A page that is archived and mapped.
pub(crate) struct MappedPage {
    pub stream: String,
    pub observed_at: Timestamp,
    pub lines: u64,
    pub records: Vec<(Record, String)>,
    pub quarantined: Vec<QuarantinedRecord>,
    pub cursor: Option<String>,
    /// What is gone, behind the records.
    pub gone: Option<Gone>,
    pub fraction: Option<u16>,
}

/// Archives and maps pages of one connection.
#[derive(Clone)]
pub(crate) struct PageMapper {
    pub archive: Archive,
    pub connection: ConnectionId,
}

impl PageMapper {
    /// Keeps the page's lines, then maps them. A record that cannot be mapped is set aside and stops nothing.
    pub fn map(&self, page: Page, mapper: &Arc<Mapper>) -> Result<MappedPage, Error> {
        // the lines are on disk before any row that points to them can be committed
        let segment = match page.lines.as_slice() {
            [] => None,
            lines => Some(self.archive.put_page(&self.connection, &page.stream, lines)?),
        };
        let mut mapped = MappedPage {
            stream: page.stream,
            observed_at: page.observed_at,
            lines: page.lines.len() as u64,
            records: Vec::with_capacity(page.lines.len()),
            quarantined: Vec::new(),
            cursor: page.cursor,
            gone: gone(page.deleted, page.sweep, mapper),
            fraction: page.fraction,
        };
        let read_version = page.observed_at.as_microsecond();
        for (line, text) in page.lines.iter().enumerate() {
            let raw_ref = segment.as_ref().map_or_else(String::new, |segment| segment.raw_ref(line));
            let position = u32::try_from(line).unwrap_or(u32::MAX);
            match map_line(text, position, read_version, &page.context, mapper) {
                Ok(records) => {
                    mapped.records.extend(records.into_iter().map(|record| (record, raw_ref.clone())));
                }
                Err((path, reason)) => mapped.quarantined.push(QuarantinedRecord {
                    stream: mapped.stream.clone(),
                    raw_ref,
                    path,
                    reason,
                }),
            }
        }
        Ok(mapped)
    }
}

/// What a page says is gone, in the table of its stream's root rows.
fn gone(ids: Vec<String>, sweep: Option<Sweep>, mapper: &Mapper) -> Option<Gone> {
    let swept = sweep.map(|Sweep { began, kept, days, only }| Swept { began, kept, days, only });
    let any = swept.is_some() || !ids.is_empty();
    any.then(|| Gone { table: mapper.table(), ids, swept })
}

/// The records of one line, or the path that failed and why.
fn map_line(
    text: &[u8],
    position: u32,
    read_version: i64,
    context: &netgain_mapping::Context,
    mapper: &Mapper,
) -> Result<Vec<Record>, (String, String)> {
    let whole = |reason: String| ("$".to_owned(), reason);
    let text = std::str::from_utf8(text).map_err(|_| whole("is not UTF-8".to_owned()))?;
    let value = netgain_mapping::parse(text).map_err(|error| whole(error.to_string()))?;
    let records =
        mapper.record(&value, position, read_version, context).map_err(|bad| (bad.path, bad.reason))?;
    for record in &records {
        let mut seen = HashSet::with_capacity(record.children.len());
        for child in &record.children {
            if !seen.insert((child.table, child.source_id.as_str())) {
                let reason =
                    format!("has two rows of `{}` with the id `{}`", child.table.name(), child.source_id);
                return Err(whole(reason));
            }
        }
    }
    Ok(records)
}

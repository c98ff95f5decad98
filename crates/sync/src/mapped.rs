//! One page of a stream becomes records with their pointers into the raw archive.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use netgain_connector::{Page, Sweep};
use netgain_domain::{ConnectionId, Record};
use netgain_mapping::{Context, Mapper};
use netgain_warehouse::{Archive, Gone, Quarantined, ReadPage, Swept};

use crate::Error;
use crate::privacy::Forgotten;

/// A page that is archived and mapped.
pub(crate) struct MappedPage {
    pub stream: String,
    pub observed_at: Timestamp,
    pub lines: u64,
    pub records: Vec<(Record, String)>,
    pub quarantined: Vec<Quarantined>,
    /// Its account for the raw archive; none where there is nothing to replay.
    pub account: Option<ReadPage>,
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
    pub forgotten: Forgotten,
    /// What the field table of each stream is known by.
    pub rules: Arc<BTreeMap<String, String>>,
}

impl PageMapper {
    /// Keeps the page's lines, then maps them. A record that cannot be mapped is set aside and stops nothing.
    pub fn map(&self, mut page: Page, mapper: &Arc<Mapper>) -> Result<MappedPage, Error> {
        // whoever was erased stays erased, whatever the platform still says
        page.lines = self.forgotten.clean(page.lines)?;
        // the lines are on disk before any row that points to them can be committed
        let segment = match page.lines.as_slice() {
            [] => None,
            lines => Some(self.archive.put_page(&self.connection, &page.stream, lines)?.name),
        };
        let read = ReadLines {
            segment: segment.as_deref().unwrap_or_default(),
            lines: &page.lines,
            context: &page.context,
            observed_at: page.observed_at,
            rules: self.rules.get(&page.stream).map_or("", String::as_str),
        };
        let (records, quarantined) = read.map(mapper);
        let gone = gone(page.deleted, page.sweep, mapper);
        let account = (segment.is_some() || gone.is_some()).then(|| ReadPage {
            segment,
            context: page.context.clone(),
            gone: gone.clone().into_iter().collect(),
        });
        Ok(MappedPage {
            stream: page.stream,
            observed_at: page.observed_at,
            lines: page.lines.len() as u64,
            records,
            quarantined,
            account,
            cursor: page.cursor,
            gone,
            fraction: page.fraction,
        })
    }
}

/// The lines of one page, with what the mapping reads beside them.
pub(crate) struct ReadLines<'a> {
    pub segment: &'a str,
    pub lines: &'a [Bytes],
    pub context: &'a Context,
    pub observed_at: Timestamp,
    /// What the field table is known by.
    pub rules: &'a str,
}

impl ReadLines<'_> {
    /// The records with their pointers, and the lines that could not be mapped.
    pub fn map(&self, mapper: &Mapper) -> (Vec<(Record, String)>, Vec<Quarantined>) {
        let mut mapped = Vec::with_capacity(self.lines.len());
        let mut quarantined = Vec::new();
        for (line, text) in self.lines.iter().enumerate() {
            match self.one(line, text, mapper) {
                Ok(records) => {
                    let raw_ref = self.raw_ref(line);
                    mapped.extend(records.into_iter().map(|record| (record, raw_ref.clone())));
                }
                Err(bad) => quarantined.push(*bad),
            }
        }
        (mapped, quarantined)
    }

    /// The records of one line, or how it is set aside.
    pub fn one(&self, line: usize, text: &[u8], mapper: &Mapper) -> Result<Vec<Record>, Box<Quarantined>> {
        let position = u32::try_from(line).unwrap_or(u32::MAX);
        map_line(text, position, self.observed_at.as_microsecond(), self.context, mapper).map_err(
            |(path, reason)| {
                let value = std::str::from_utf8(text).ok().and_then(|text| netgain_mapping::parse(text).ok());
                Box::new(Quarantined {
                    record_id: value.and_then(|value| mapper.id(&value, self.context)),
                    raw_ref: self.raw_ref(line),
                    path,
                    reason,
                    rules: self.rules.to_owned(),
                    context: self.context.clone(),
                    observed_at: self.observed_at,
                })
            },
        )
    }

    fn raw_ref(&self, line: usize) -> String {
        format!("{}#{line}", self.segment)
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
    context: &Context,
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

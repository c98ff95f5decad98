//! Records that were set aside get another chance when their stream's field table has changed.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use netgain_domain::ConnectionId;
use netgain_manifest::{Accounts, Manifest, Stream};
use netgain_mapping::Mapper;
use netgain_warehouse::{Archive, Aside, Batch, QuarantineRow, Warehouse};

use crate::Error;
use crate::mapped::ReadLines;

/// Raised when the mapping itself comes to read values in another way, so that what was set aside is tried again.
const MAPPING_RULES: u32 = 1;

/// What the field table of each stream is known by, that of the accounts included.
pub(crate) fn rules(manifest: &Manifest) -> BTreeMap<String, String> {
    let accounts = manifest.accounts.as_ref().map(Accounts::as_stream);
    let streams = manifest.streams.iter().chain(&accounts);
    streams.map(|stream| (stream.name.clone(), rules_of(stream))).collect()
}

fn rules_of(stream: &Stream) -> String {
    use sha2::{Digest, Sha256};
    let said = format!("{MAPPING_RULES} {} {:?} {:?}", stream.entity, stream.key, stream.map);
    let mut hex = String::new();
    for byte in Sha256::digest(said.as_bytes()).iter().take(8) {
        // writing to a string cannot fail
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Where records are tried again.
pub(crate) struct Remap<'a> {
    pub warehouse: &'a Warehouse,
    pub archive: &'a Archive,
    pub connection: &'a ConnectionId,
    pub manifest: &'a Manifest,
    pub mappers: &'a HashMap<String, Arc<Mapper>>,
    pub turn: &'a Mutex<()>,
}

/// Maps again what was set aside with another field table; how many records each stream got from it. Killed at any
/// instant and run again, it ends at the same rows.
pub(crate) fn remap(this: &Remap<'_>) -> Result<BTreeMap<String, u64>, Error> {
    let mut mended = BTreeMap::new();
    let waiting = this.warehouse.quarantine(Some(this.connection))?;
    if waiting.is_empty() {
        return Ok(mended);
    }
    let rules = rules(this.manifest);
    for row in waiting {
        let (Some(mapper), Some(rules)) = (this.mappers.get(&row.stream), rules.get(&row.stream)) else {
            // the stream is gone from the manifest
            continue;
        };
        if *rules != row.record.rules && this.one(&row, mapper, rules)? {
            *mended.entry(row.stream).or_default() += 1;
        }
    }
    Ok(mended)
}

impl Remap<'_> {
    /// Tries one record; whether it is kept now.
    fn one(&self, row: &QuarantineRow, mapper: &Mapper, rules: &str) -> Result<bool, Error> {
        let record = &row.record;
        let (segment, line) = record.raw_ref.split_once('#').unwrap_or((&record.raw_ref, "0"));
        let text = self.archive.get(&record.raw_ref)?;
        let read = ReadLines {
            segment,
            lines: &[],
            context: &record.context,
            observed_at: record.observed_at,
            rules,
        };
        let mapped = read.one(line.parse().unwrap_or_default(), &text, mapper);
        let again = match mapped {
            Ok(records) => {
                let batch = Batch {
                    connection: self.connection.clone(),
                    source: self.manifest.id.clone(),
                    stream: row.stream.clone(),
                    observed_at: record.observed_at,
                    records: records.into_iter().map(|one| (one, record.raw_ref.clone())).collect(),
                    cursor: None,
                    aside: Aside { mended: vec![record.raw_ref.clone()], ..Aside::default() },
                };
                let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
                match self.warehouse.commit(&batch) {
                    Ok(_) => return Ok(true),
                    Err(error) if crate::committer::is_about_a_record(&error) => {
                        let reason = error.to_string();
                        let (path, rules) = ("$".to_owned(), rules.to_owned());
                        netgain_warehouse::Quarantined { path, reason, rules, ..record.clone() }
                    }
                    Err(error) => return Err(error.into()),
                }
            }
            Err(again) => *again,
        };
        self.warehouse.quarantine_tried(self.connection, &row.stream, &again)?;
        Ok(false)
    }
}

#[cfg(test)]
mod tests;

//! A merchant's file becomes rows: archived first, then committed, batch by batch.

use std::io::Read;

use bytes::Bytes;
use jiff::Timestamp;
use netgain_domain::{ConnectionId, Record};
use netgain_import::{BoxError, ImportSink, Mapping, Reject, Summary, import_at};
use netgain_warehouse::{Archive, Batch, Warehouse};

use crate::Error;

/// The source name of imported rows.
const SOURCE: &str = "csv";

/// Where a file goes.
pub struct FileImport<'a> {
    /// The workspace's warehouse.
    pub warehouse: &'a Warehouse,
    /// Its raw archive; the file's own lines are kept there for every row.
    pub archive: &'a Archive,
    /// The connection that the rows belong to: the same one for the same file, so that a corrected file replaces
    /// what it loaded before.
    pub connection: ConnectionId,
    /// When the file was read (UTC).
    pub observed_at: Timestamp,
}

struct Sink<'a> {
    to: &'a FileImport<'a>,
    on_reject: &'a mut dyn FnMut(Reject) -> Result<(), BoxError>,
    on_progress: &'a mut dyn FnMut(u64),
    records: u64,
}

impl ImportSink for Sink<'_> {
    fn batch(&mut self, records: Vec<(Record, Vec<u8>)>) -> Result<(), BoxError> {
        let (records, lines): (Vec<Record>, Vec<Bytes>) =
            records.into_iter().map(|(record, line)| (record, Bytes::from(line))).unzip();
        // a row must never point at a payload that is not on disk
        let segment = self.to.archive.put_page(&self.to.connection, SOURCE, &lines)?;
        self.records += records.len() as u64;
        let records =
            records.into_iter().enumerate().map(|(line, record)| (record, segment.raw_ref(line))).collect();
        self.to.warehouse.commit(&Batch {
            connection: self.to.connection.clone(),
            source: SOURCE.to_owned(),
            stream: SOURCE.to_owned(),
            observed_at: self.to.observed_at,
            records,
            cursor: None,
            aside: Default::default(),
        })?;
        (self.on_progress)(self.records);
        Ok(())
    }

    fn reject(&mut self, reject: Reject) -> Result<(), BoxError> {
        (self.on_reject)(reject)
    }
}

/// Imports a file. Imported again, whole or after a kill, it gives the same rows.
///
/// # Errors
/// When the file cannot be read at all, the mapping does not fit it, or a store fails; rows of finished batches
/// stay. A bad row is no error: it goes to `on_reject`.
pub fn import_file(
    file: impl Read,
    mapping: &Mapping,
    to: &FileImport<'_>,
    on_reject: &mut dyn FnMut(Reject) -> Result<(), BoxError>,
    on_progress: &mut dyn FnMut(u64),
) -> Result<Summary, Error> {
    let mut sink = Sink { to, on_reject, on_progress, records: 0 };
    Ok(import_at(file, mapping, to.observed_at, &mut sink)?)
}

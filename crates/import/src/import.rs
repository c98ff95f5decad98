//! Drives an import: rows of the file to the reader of their kind, records to the sink in batches.

use std::collections::HashMap;
use std::io::Read;

use jiff::Timestamp;
use netgain_domain::{Record, Row};
use serde::ser::{Serialize, SerializeMap, Serializer};
use sha2::{Digest, Sha256};

use crate::flat::{Costs, Customers, KpiPoints};
use crate::header::Header;
use crate::mapping::Mapping;
use crate::orders::Orders;
use crate::rates::Rates;
use crate::table_reader::{Item, Line, TableReader};
use crate::{Error, ImportSink, Reject, Summary};

const BATCH_RECORDS: usize = 5_000;

/// Reads a CSV file into records. Unit costs and exchange rates are recorded as of now; everything else depends on the file and the
/// mapping alone.
///
/// # Errors
/// A file that cannot be read, a mapping that names columns the file lacks, or a sink that fails. Bad rows are
/// no errors: they go to [`ImportSink::reject`].
pub fn import(file: impl Read, mapping: &Mapping, sink: &mut dyn ImportSink) -> Result<Summary, Error> {
    import_at(file, mapping, Timestamp::now(), sink)
}

/// As [`import`], with the time at which unit costs and exchange rates count as recorded (`recorded_at`).
///
/// # Errors
/// As [`import`].
pub fn import_at(
    file: impl Read,
    mapping: &Mapping,
    recorded_at: Timestamp,
    sink: &mut dyn ImportSink,
) -> Result<Summary, Error> {
    let mut reader = TableReader::open(file, &mapping.format)?;
    let header = reader.header().clone();
    let mut kind: Box<dyn RowKind + '_> = if let Some(columns) = &mapping.orders {
        Box::new(Orders::new(mapping, columns, &header)?)
    } else if let Some(columns) = &mapping.costs {
        Box::new(Costs::new(mapping, columns, &header, recorded_at)?)
    } else if let Some(columns) = &mapping.customers {
        Box::new(Customers::new(mapping, columns, &header)?)
    } else if let Some(columns) = &mapping.rates {
        Box::new(Rates::new(mapping, columns, &header, recorded_at)?)
    } else if let Some(columns) = &mapping.kpi_points {
        Box::new(KpiPoints::new(mapping, columns, &header)?)
    } else {
        // a mapping that was read by `Mapping::from_yaml` always has one
        return Ok(Summary::default());
    };
    let mut out = Out { header: &header, sink, batch: Vec::new(), summary: Summary::default() };
    while let Some(item) = reader.next_item()? {
        out.summary.lines += 1;
        match item {
            Item::Good(line) => match kind.row(&line, &mut out)? {
                Ok(()) => out.summary.loaded += 1,
                Err(fault) => {
                    kind.bad_row(&line.fields);
                    out.reject(fault.into_reject(&header, &line))?;
                }
            },
            Item::Bad(reject, fields) => {
                kind.bad_row(&fields);
                out.reject(reject)?;
            }
        }
    }
    kind.finish(&mut out)?;
    out.flush()?;
    Ok(out.summary)
}

/// One kind of file.
pub(crate) trait RowKind {
    /// Takes a row of the right width; the inner error rejects it.
    fn row(&mut self, line: &Line, out: &mut Out<'_>) -> Result<Result<(), Fault>, Error>;
    /// Hears of a row that was rejected, with what is known of its fields.
    fn bad_row(&mut self, _fields: &[String]) {}
    /// Writes what was held back.
    fn finish(&mut self, out: &mut Out<'_>) -> Result<(), Error>;
}

/// Why a row is rejected, by the column's position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub column: Option<usize>,
    pub reason: String,
}

impl Fault {
    pub fn at(column: usize, reason: impl Into<String>) -> Self {
        Self { column: Some(column), reason: reason.into() }
    }

    fn into_reject(self, header: &Header, line: &Line) -> Reject {
        let value = self.column.and_then(|at| line.fields.get(at)).cloned().unwrap_or_default();
        let column = self.column.and_then(|at| header.name(at)).map(str::to_owned);
        Reject { line: line.number, column, value, reason: self.reason, raw: line.raw.clone() }
    }
}

/// A field without surrounding blanks; none where the column is not mapped or the field is empty.
pub(crate) fn text(fields: &[String], column: Option<usize>) -> Option<&str> {
    column.and_then(|at| fields.get(at)).map(|field| field.trim()).filter(|field| !field.is_empty())
}

/// A field that must not be empty.
pub(crate) fn required(fields: &[String], column: usize) -> Result<&str, Fault> {
    text(fields, Some(column)).ok_or_else(|| Fault::at(column, "is empty: fill it in"))
}

/// A short fingerprint of texts; no two lists of texts give the same by joining differently.
pub(crate) fn fingerprint<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

/// Tells equal rows apart by counting them.
#[derive(Default)]
pub(crate) struct Occurrences(HashMap<String, u32>);

impl Occurrences {
    /// `<key>-1` for the first row with this key, `<key>-2` for the second …
    pub fn id(&mut self, key: String) -> String {
        let count = self.0.entry(key.clone()).or_insert(0);
        *count += 1;
        format!("{key}-{count}")
    }
}

/// The way out: batches, rejects, counts.
pub(crate) struct Out<'s> {
    header: &'s Header,
    sink: &'s mut dyn ImportSink,
    batch: Vec<(Record, Vec<u8>)>,
    pub summary: Summary,
}

impl Out<'_> {
    /// Hands on a record. A file knows no versions, so every record has version 0 and the last import stays.
    pub fn push(&mut self, root: Row, children: Vec<Row>, raw: Vec<u8>) -> Result<(), Error> {
        let position = u32::try_from(self.batch.len()).unwrap_or(u32::MAX);
        self.batch.push((Record { root, children, version: 0, position }, raw));
        if self.batch.len() >= BATCH_RECORDS { self.flush() } else { Ok(()) }
    }

    /// The JSON that is kept beside a record.
    pub fn raw_json(&self, lines: &[(u64, &[String])]) -> Result<Vec<u8>, Error> {
        let lines =
            lines.iter().map(|(line, fields)| RawLine { line: *line, names: self.header.names(), fields });
        let lines: Vec<_> = lines.collect();
        Ok(serde_json::to_vec(&std::collections::BTreeMap::from([("lines", lines)]))?)
    }

    fn reject(&mut self, reject: Reject) -> Result<(), Error> {
        self.summary.rejected += 1;
        self.sink.reject(reject).map_err(Error::Sink)
    }

    fn flush(&mut self) -> Result<(), Error> {
        if self.batch.is_empty() {
            return Ok(());
        }
        self.sink.batch(std::mem::take(&mut self.batch)).map_err(Error::Sink)
    }
}

/// A line as JSON, its fields by name in the file's order.
struct RawLine<'l> {
    line: u64,
    names: &'l [String],
    fields: &'l [String],
}

impl Serialize for RawLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("line", &self.line)?;
        map.serialize_entry("fields", &Fields(self.names, self.fields))?;
        map.end()
    }
}

struct Fields<'l>(&'l [String], &'l [String]);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().zip(self.1))
    }
}

//! Manifests, their recorded answers, and the rows that these become.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use netgain_connector::read_sample;
use netgain_domain::{Record, Row, Value};
use netgain_manifest::{Manifest, Stream};
use netgain_mapping::{Context, Mapper};

/// What the engine knows beside a record.
const KNOWN: [(&str, &str); 7] = [
    ("account.currency", "GBP"),
    ("account.time_zone", "Europe/London"),
    ("slice.account", "1234567890"),
    ("slice.value", "email"),
    ("slice.since", "2026-03-10"),
    ("slice.until", "2026-03-10"),
    ("slice.provisional", "true"),
];

pub fn manifest(id: &str) -> Manifest {
    netgain_providers::manifest(id).unwrap().unwrap()
}

fn folder(id: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(id).join("samples")
}

/// The names of a platform's samples.
pub fn samples(id: &str) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder(id)).unwrap().map(|file| file.unwrap().path());
    files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// A recorded answer.
pub fn sample(id: &str, stream: &str) -> String {
    std::fs::read_to_string(folder(id).join(format!("{stream}.json"))).unwrap()
}

/// A stream of a platform, or its accounts.
pub fn stream(id: &str, name: &str) -> Stream {
    let manifest = manifest(id);
    match name {
        "accounts" => manifest.accounts.unwrap().as_stream(),
        _ => manifest.stream(name).unwrap().clone(),
    }
}

/// The rows of a recorded answer, read as a run reads it.
pub fn records(id: &str, name: &str) -> Vec<Record> {
    records_in(id, name, &[])
}

/// The same where the engine knows something else beside the records.
pub fn records_in(id: &str, name: &str, other: &[(&str, &str)]) -> Vec<Record> {
    let known = KNOWN.iter().chain(other);
    let context: Context = known.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let stream = stream(id, name);
    let mapper = Mapper::compile(&stream).unwrap();
    let read = read_sample(&stream, sample(id, name).as_bytes()).unwrap();
    assert!(read.missing.is_empty(), "{id} {name}: {:?}", read.missing);
    let rows =
        |record| mapper.record(record, 0, 0, &context).unwrap_or_else(|bad| panic!("{id} {name}: {bad:?}"));
    read.records.iter().flat_map(rows).collect()
}

/// A cell as text.
pub fn text(row: &Row, column: &str) -> String {
    if column == "source_id" {
        return row.source_id.clone();
    }
    match row.get(column) {
        Value::Text(text) => text.clone(),
        Value::Decimal(amount) => amount.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Time(time) => time.to_string(),
        Value::Date(day) => day.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null => "nothing".to_owned(),
        other => format!("{other:?}"),
    }
}

/// Cells as texts.
pub fn texts<const N: usize>(row: &Row, columns: [&str; N]) -> [String; N] {
    columns.map(|column| text(row, column))
}

//! A sink that keeps everything, and short ways to run an import.

use netgain_domain::{Decimal, Record, Table, Value};
use netgain_import::{BoxError, Error, ImportSink, Mapping, Reject, Summary, import_at};

/// Keeps what an import hands on.
#[derive(Default)]
pub struct Kept {
    pub records: Vec<(Record, Vec<u8>)>,
    pub rejects: Vec<Reject>,
}

impl ImportSink for Kept {
    fn batch(&mut self, records: Vec<(Record, Vec<u8>)>) -> Result<(), BoxError> {
        for (at, (record, _)) in records.iter().enumerate() {
            assert_eq!(record.position as usize, at);
            for row in std::iter::once(&record.root).chain(&record.children) {
                row.check()?;
            }
        }
        self.records.extend(records);
        Ok(())
    }

    fn reject(&mut self, reject: Reject) -> Result<(), BoxError> {
        self.rejects.push(reject);
        Ok(())
    }
}

impl Kept {
    pub fn of(&self, table: Table) -> impl Iterator<Item = &Record> {
        self.records.iter().map(|(record, _)| record).filter(move |record| record.root.table == table)
    }

    pub fn order(&self, id: &str) -> &Record {
        self.of(Table::Orders).find(|record| record.root.source_id == id).expect("the order is there")
    }
}

pub fn try_run(file: &[u8], mapping: &str) -> Result<(Summary, Kept), Error> {
    let mapping = Mapping::from_yaml(mapping).expect("the mapping is good");
    let mut kept = Kept::default();
    let now = "2025-01-01T00:00:00Z".parse().expect("an instant");
    let summary = import_at(file, &mapping, now, &mut kept)?;
    assert_eq!(summary.lines, summary.loaded + summary.rejected);
    assert_eq!(summary.rejected, kept.rejects.len() as u64);
    assert_eq!(summary.roots(), kept.records.len() as u64);
    Ok((summary, kept))
}

pub fn run(file: &[u8], mapping: &str) -> (Summary, Kept) {
    try_run(file, mapping).expect("the file is imported")
}

pub fn decimal(text: &str) -> Decimal {
    text.parse().expect("a number")
}

pub fn amount(value: &Value) -> Decimal {
    match value {
        Value::Decimal(amount) => *amount,
        other => panic!("not an amount: {other:?}"),
    }
}

pub fn text(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        other => panic!("not a text: {other:?}"),
    }
}

//! Tables whose values stand by position and whose names stand elsewhere: each row becomes an object.

use std::collections::BTreeSet;

use netgain_mapping::{Path, word_of};
use sonic_rs::{JsonContainerTrait, Value};

use crate::Error;

/// A table in a JSON document.
pub(super) struct Columns {
    headers: Vec<Path>,
    rows: Path,
    values: Vec<Path>,
    /// The key that a record's line gets.
    number: Option<String>,
}

impl Columns {
    pub fn new(
        headers: &[String],
        rows: &str,
        values: &[String],
        number: Option<&str>,
    ) -> Result<Self, Error> {
        let path = |text: &str| Path::compile(text).map_err(|error| Error::Setup(error.to_string()));
        Ok(Self {
            headers: headers.iter().map(|text| path(text)).collect::<Result<_, _>>()?,
            rows: path(rows)?,
            values: values.iter().map(|text| path(text)).collect::<Result<_, _>>()?,
            number: number.map(str::to_owned),
        })
    }

    /// The rows as objects by their headers. A row that ends early lacks its last values; one without any is left out.
    pub fn records(&self, body: &Value) -> Result<Vec<Value>, String> {
        let found = self.rows.first(&[body]);
        let mut rows = found.map_or(&[][..], super::list).iter();
        let names = if self.headers.is_empty() {
            let Some(first) = rows.next() else { return Ok(Vec::new()) };
            names(self.cells(first))?
        } else {
            names(self.headers.iter().flat_map(|path| path.all(body)))?
        };
        let first = if self.headers.is_empty() { 2_u64 } else { 1 };
        let mut records = Vec::new();
        for (line, row) in (first..).zip(rows) {
            let cells: Vec<&Value> = self.cells(row).collect();
            if cells.len() > names.len() {
                return Err(format!("a row has {} values for {} headers", cells.len(), names.len()));
            }
            let mut record = Value::new_object();
            for (name, cell) in names.iter().zip(cells) {
                record.insert(name, cell.clone());
            }
            if is_empty(&record) {
                continue;
            }
            if let Some(key) = &self.number {
                record.insert(key, Value::from(line));
            }
            records.push(record);
        }
        Ok(records)
    }

    fn cells<'v>(&'v self, row: &'v Value) -> Box<dyn Iterator<Item = &'v Value> + 'v> {
        if self.values.is_empty() {
            return Box::new(super::list(row).iter());
        }
        Box::new(self.values.iter().flat_map(|path| path.all(row)))
    }
}

fn is_empty(record: &Value) -> bool {
    use sonic_rs::JsonValueTrait;
    record
        .as_object()
        .is_none_or(|object| object.iter().all(|(_, value)| value.is_null() || value.as_str() == Some("")))
}

fn names<'v>(headers: impl Iterator<Item = &'v Value>) -> Result<Vec<String>, String> {
    let mut seen = BTreeSet::new();
    let mut names = Vec::new();
    for header in headers {
        let name = word_of(header).map(|word| word.trim().to_owned()).unwrap_or_default();
        if name.is_empty() {
            return Err(format!("header {} of the table is empty: give each column a name", names.len() + 1));
        }
        if !seen.insert(name.clone()) {
            return Err(format!("the header `{name}` stands twice: give each column a name of its own"));
        }
        names.push(name);
    }
    Ok(names)
}

//! A number made of everything that a record says, stored beside it: a record that says the same again is known by
//! it and left alone, without reading a single stored cell.
//!
//! It stays the same on every machine and in every run. When a later version of the program reads one more column
//! from a platform, records that have it say something new and are written again.

use netgain_domain::{Record, Row, Value};
use sha2::{Digest, Sha256};

use crate::columnar::day_number;
use crate::decimal;

/// Makes the numbers of many records with one buffer.
#[derive(Debug, Default)]
pub(crate) struct Hasher {
    bytes: Vec<u8>,
}

impl Hasher {
    /// The first 64 bits of the SHA-256 of a record's cells as they are stored, those of its children included, in
    /// whatever order those come. Version, pointer and time of reading are no part of it.
    pub fn of(&mut self, record: &Record) -> i64 {
        self.bytes.clear();
        self.row(&record.root);
        let mut children: Vec<&Row> = record.children.iter().collect();
        children.sort_unstable_by_key(|row| (row.table, row.source_id.as_str()));
        for child in children {
            self.row(child);
        }
        let digest = Sha256::digest(&self.bytes);
        let mut first = [0; 8];
        first.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        i64::from_be_bytes(first)
    }

    fn row(&mut self, row: &Row) {
        self.text(row.table.name());
        self.text(&row.source_id);
        // nulls are left out, so that a column which is added at the end of a table and stays empty changes nothing
        for (at, cell) in (0_u16..).zip(&row.cells).filter(|(_, cell)| !cell.is_null()) {
            self.bytes.extend(at.to_be_bytes());
            self.cell(cell);
        }
        self.bytes.extend(u16::MAX.to_be_bytes());
    }

    fn cell(&mut self, cell: &Value) {
        match cell {
            Value::Null => {}
            Value::Text(text) | Value::Json(text) => self.text(text),
            Value::Int(number) => self.bytes.extend(number.to_be_bytes()),
            // as stored: 4 and 4.00 are the same amount. What cannot be stored is refused before it could be compared
            Value::Decimal(amount) => {
                self.bytes.extend(decimal::to_stored(*amount).unwrap_or_default().to_be_bytes());
            }
            Value::Bool(truth) => self.bytes.push(u8::from(*truth)),
            Value::Time(time) => self.bytes.extend(time.as_microsecond().to_be_bytes()),
            Value::Date(day) => self.bytes.extend(day_number(*day).to_be_bytes()),
        }
    }

    /// With its length in front, so that no two texts can be taken for another two.
    fn text(&mut self, text: &str) {
        self.bytes.extend((text.len() as u64).to_be_bytes());
        self.bytes.extend(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use netgain_domain::Table;

    use super::*;

    fn order(cells: &[(&str, Value)], lines: &[&str]) -> Record {
        let row = |table: Table, id: &str, cells: &[(&str, Value)]| {
            let mut row = Row::empty(table, id.to_owned());
            cells.iter().for_each(|(column, value)| row.set(column, value.clone()));
            row
        };
        let children =
            lines.iter().map(|id| row(Table::OrderLines, id, &[("quantity", Value::Int(1))])).collect();
        Record { root: row(Table::Orders, "1", cells), children, version: 1, position: 0 }
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    fn amount(text: &str) -> Value {
        Value::Decimal(text.parse().unwrap())
    }

    #[test]
    fn it_is_the_same_everywhere_and_for_ever() {
        let record = order(&[("name", text("#1")), ("total_price", amount("10.00"))], &["1-1"]);
        assert_eq!(
            Hasher::default().of(&record),
            -6_065_394_258_326_509_305,
            "stored numbers would all be unknown"
        );
    }

    #[test]
    fn only_what_a_record_says_counts() {
        let mut hasher = Hasher::default();
        let base = hasher.of(&order(&[("total_price", amount("10.00"))], &["1", "2"]));
        assert_eq!(hasher.of(&order(&[("total_price", amount("10"))], &["2", "1"])), base);
        let mut later = order(&[("total_price", amount("10"))], &["1", "2"]);
        (later.version, later.position) = (9, 9);
        assert_eq!(hasher.of(&later), base);
    }

    #[test]
    fn whatever_it_says_counts() {
        let mut hasher = Hasher::default();
        let said = [
            order(&[], &[]),
            order(&[("name", text(""))], &[]),
            order(&[("name", text("ab"))], &[]),
            order(&[("name", text("a")), ("channel", text("b"))], &[]),
            order(&[("name", text("b")), ("channel", text("a"))], &[]),
            order(&[("channel", text("ab"))], &[]),
            order(&[("total_price", amount("1"))], &[]),
            order(&[("total_price", amount("-1"))], &[]),
            order(&[("total_tax", amount("1"))], &[]),
            order(&[("total_price", amount("0"))], &[]),
            order(&[("is_test", Value::Bool(false))], &[]),
            order(&[("is_test", Value::Bool(true))], &[]),
            order(&[], &["1"]),
            order(&[], &["1", "2"]),
            order(&[], &["12"]),
        ];
        let found: std::collections::HashSet<i64> = said.iter().map(|record| hasher.of(record)).collect();
        assert_eq!(found.len(), said.len());
    }
}

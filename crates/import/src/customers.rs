//! Customers met in lines of orders, each once, with what the first line that says it says.

use std::collections::HashMap;

use netgain_domain::{Row, Table, Value};

use crate::Error;
use crate::import::{Out, text};
use crate::order_line::LineReader;
use crate::table_reader::Line;

#[derive(Default)]
pub(crate) struct MetCustomers {
    by_id: HashMap<String, usize>,
    rows: Vec<(Row, Vec<u8>)>,
}

/// A cell of text, null where the file says nothing.
pub(crate) fn cell(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| Value::Text(text.to_owned()))
}

impl MetCustomers {
    /// Notes the customer of a line, if it names one.
    pub fn meet(&mut self, columns: &LineReader<'_>, line: &Line, out: &Out<'_>) -> Result<(), Error> {
        let fields = &line.fields;
        let Some(id) = text(fields, columns.customer_id) else { return Ok(()) };
        let known = self.by_id.get(id).copied();
        let at = match known {
            Some(at) => at,
            None => {
                let raw = out.raw_json(&[(line.number, fields)])?;
                self.by_id.insert(id.to_owned(), self.rows.len());
                self.rows.push((Row::empty(Table::Customers, id.to_owned()), raw));
                self.rows.len() - 1
            }
        };
        let Some((row, _)) = self.rows.get_mut(at) else { return Ok(()) };
        for (name, column) in
            [("name", columns.customer_name), ("email", columns.email), ("country", columns.country)]
        {
            if row.get(name).is_null() && column.is_some() {
                row.set(name, cell(text(fields, column)));
            }
        }
        Ok(())
    }

    /// Hands on the customers in the order in which they were met.
    pub fn finish(&mut self, out: &mut Out<'_>) -> Result<(), Error> {
        self.by_id.clear();
        for (row, raw) in std::mem::take(&mut self.rows) {
            out.summary.customers += 1;
            out.push(row, Vec::new(), raw)?;
        }
        Ok(())
    }
}

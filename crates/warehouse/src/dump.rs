//! A canonical text of everything stored, to compare two stores byte for byte.

use std::fmt::Write as _;
use std::io::Write;

use sha2::{Digest, Sha256};

use crate::dialect;
use crate::error::{Error, Result};
use crate::reading::each_row;
use crate::schema::{self, quoted};
use crate::warehouse::Warehouse;

/// The contents of one table in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDigest {
    /// The table.
    pub table: &'static str,
    /// Its rows.
    pub rows: u64,
    /// SHA-256 of its part of the dump, in hex.
    pub sha256: String,
}

impl Warehouse {
    /// Writes every table of facts: a line with its name and columns, then its rows as JSON arrays of texts, sorted. Two
    /// stores with the same contents give the same bytes, whatever the order in which they were filled.
    ///
    /// # Errors
    /// When the engine fails or `out` refuses.
    pub fn dump(&self, out: &mut dyn Write) -> Result<()> {
        for (table, columns) in schema::facts() {
            self.dump_table(table, &columns, out)?;
        }
        Ok(())
    }

    /// Rows and checksum of every table of facts.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn digest(&self) -> Result<Vec<TableDigest>> {
        schema::facts().into_iter().map(|(table, columns)| self.digest_of(table, &columns)).collect()
    }

    /// Rows and checksum of one table.
    pub(crate) fn digest_of(&self, table: &'static str, columns: &[schema::Spec]) -> Result<TableDigest> {
        let mut sha = Sha256::new();
        let rows = self.dump_table(table, columns, &mut sha)?;
        let mut hex = String::new();
        for byte in sha.finalize() {
            // writing to a string cannot fail
            let _ = write!(hex, "{byte:02x}");
        }
        Ok(TableDigest { table, rows, sha256: hex })
    }

    fn dump_table(&self, table: &str, columns: &[schema::Spec], out: &mut dyn Write) -> Result<u64> {
        const DOING: &str = "dump a table";
        let failed = |source| Error::Io { what: "write", path: "the dump".to_owned(), source };
        let names: Vec<String> = std::iter::once("workspace_id")
            .chain(columns.iter().map(|column| column.name))
            .map(quoted)
            .collect();
        writeln!(out, "{table} {}", names.join(",")).map_err(failed)?;
        let reader = self.reader()?;
        let texts: Vec<String> = names.iter().map(|name| dialect::as_text(reader.dialect(), name)).collect();
        let order: Vec<String> = (1..=texts.len()).map(|at| format!("{at} NULLS FIRST")).collect();
        let sql = format!("SELECT {} FROM {table} ORDER BY {}", texts.join(", "), order.join(", "));
        let mut count = 0;
        each_row(&reader, DOING, &sql, [], |cells| {
            let cells: Vec<Option<&str>> =
                (0..texts.len()).map(|at| cells.text(at)).collect::<Result<_>>()?;
            serde_json::to_writer(&mut *out, &cells).map_err(|error| failed(error.into()))?;
            out.write_all(b"\n").map_err(failed)?;
            count += 1;
            Ok(())
        })?;
        Ok(count)
    }
}

//! How much was written to each table of a database since the server was last asked to look at it.
//!
//! PostgreSQL plans by statistics, which its autovacuum gathers a minute or so after much was written. A first sync is read
//! by queries long before that, and without statistics a workspace counts for a handful of rows, so whole tables are joined
//! row by row. Rows are counted here as they are written; a table that has about doubled is looked at anew (PostgreSQL
//! documentation, "Updating Planner Statistics"). Tables that have grown large are left to autovacuum.

use std::collections::HashMap;
use std::sync::Mutex;

use super::duck::locked;

/// Fewer new rows are not worth a look.
const FEW: u64 = 5_000;

/// What is known of one table.
#[derive(Default)]
struct Table {
    /// Rows written since the last look.
    since: u64,
    /// Rows that the server knew of then.
    known: u64,
}

/// The rows that this process wrote to a database, by table.
#[derive(Default)]
pub(crate) struct Written {
    tables: Mutex<HashMap<String, Table>>,
}

impl Written {
    /// Counts rows that were written, whether or not they are kept: a look too many does no harm.
    pub(crate) fn add(&self, table: &str, rows: usize) {
        let mut tables = locked(&self.tables);
        let table = match tables.get_mut(table) {
            Some(table) => table,
            None => tables.entry(table.to_owned()).or_default(),
        };
        table.since = table.since.saturating_add(rows as u64);
    }

    /// The tables to be looked at, with the rows that were written to them, which count from nothing again.
    pub(crate) fn take_due(&self) -> Vec<(String, u64)> {
        let mut tables = locked(&self.tables);
        let due = tables.iter_mut().filter(|(_, table)| table.since >= FEW.max(table.known));
        due.map(|(name, table)| (name.clone(), std::mem::take(&mut table.since))).collect()
    }

    /// Notes how many rows of a table the server knows of.
    pub(crate) fn knows(&self, table: &str, rows: u64) {
        if let Some(table) = locked(&self.tables).get_mut(table) {
            table.known = rows;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_due_whenever_it_has_doubled() {
        let written = Written::default();
        written.add("orders", 4_999);
        assert_eq!(written.take_due(), []);
        written.add("orders", 1);
        written.add("products", 10);
        assert_eq!(written.take_due(), [("orders".to_owned(), 5_000)]);
        // whoever writes at the same time does not look too
        assert_eq!(written.take_due(), []);
        // another process wrote the rest
        written.knows("orders", 8_000);
        written.add("orders", 7_999);
        assert_eq!(written.take_due(), []);
        written.add("orders", 1);
        assert_eq!(written.take_due(), [("orders".to_owned(), 8_000)]);
    }
}

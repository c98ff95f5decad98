//! Canonical rows and the unit in which they are replaced.

use crate::{Kind, Table, Value};

/// A row that does not fit its table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// The number of cells differs from the table's columns.
    #[error("a row of `{table}` has {given} cells, expected {expected}")]
    Width {
        /// The table's name.
        table: &'static str,
        /// Cells given.
        given: usize,
        /// Columns of the table.
        expected: usize,
    },
    /// A required cell is empty.
    #[error("`{table}.{column}` is required but missing")]
    Missing {
        /// The table's name.
        table: &'static str,
        /// The column's name.
        column: &'static str,
    },
    /// A cell holds another kind of value than its column.
    #[error("`{table}.{column}` must be {expected:?}")]
    Kind {
        /// The table's name.
        table: &'static str,
        /// The column's name.
        column: &'static str,
        /// The column's kind.
        expected: Kind,
    },
    /// A cell says what cannot be meant.
    #[error("`{table}.{column}` {problem}")]
    Meaning {
        /// The table's name.
        table: &'static str,
        /// The column's name.
        column: &'static str,
        /// What is wrong with it, and the cure.
        problem: &'static str,
    },
}

/// One row of a canonical table: the provider's id of it and its cells in the table's column order.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Which table.
    pub table: Table,
    /// The provider's own identifier; the natural key together with workspace and connection.
    pub source_id: String,
    /// One cell for each of [`Table::columns`].
    pub cells: Vec<Value>,
}

impl Row {
    /// An empty row, all cells null.
    #[must_use]
    pub fn empty(table: Table, source_id: String) -> Self {
        Self { table, source_id, cells: vec![Value::Null; table.columns().len()] }
    }

    /// Sets a cell by column name; an unknown name is ignored only in release builds.
    pub fn set(&mut self, column: &str, value: Value) {
        let at = self.table.column_index(column);
        debug_assert!(at.is_some(), "{}.{column} does not exist", self.table.name());
        if let Some(cell) = at.and_then(|at| self.cells.get_mut(at)) {
            *cell = value;
        }
    }

    /// A cell by column name; null if there is no such column.
    #[must_use]
    pub fn get(&self, column: &str) -> &Value {
        const NULL: &Value = &Value::Null;
        self.table.column_index(column).and_then(|at| self.cells.get(at)).unwrap_or(NULL)
    }

    /// Checks width, kinds and required cells.
    ///
    /// # Errors
    /// The first cell that does not fit, by name.
    pub fn check(&self) -> Result<(), RowError> {
        let columns = self.table.columns();
        let table = self.table.name();
        if self.cells.len() != columns.len() {
            return Err(RowError::Width { table, given: self.cells.len(), expected: columns.len() });
        }
        for (column, cell) in columns.iter().zip(&self.cells) {
            if cell.is_null() {
                if column.required {
                    return Err(RowError::Missing { table, column: column.name });
                }
            } else if !column.kind.admits(cell) {
                return Err(RowError::Kind { table, column: column.name, expected: column.kind });
            }
        }
        if self.table == Table::ListedCosts { self.check_listed_cost() } else { Ok(()) }
    }

    /// A merchant's list of costs holds what people typed: the same is refused as in a file of costs.
    fn check_listed_cost(&self) -> Result<(), RowError> {
        let wrong = |column, problem| Err(RowError::Meaning { table: self.table.name(), column, problem });
        if matches!(self.get("unit_cost"), Value::Decimal(cost) if cost.is_sign_negative() && !cost.is_zero())
        {
            return wrong("unit_cost", "is negative: write what one unit costs");
        }
        if matches!(self.get("min_quantity"), Value::Int(units) if *units < 1) {
            return wrong("min_quantity", "is not a number of units: write 1 or more");
        }
        let is_country = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
        if matches!(self.get("country"), Value::Text(text) if !is_country(text)) {
            return wrong("country", "is not a country: write its two letters, such as GB");
        }
        match (self.get("valid_from"), self.get("valid_to")) {
            (Value::Date(from), Value::Date(to)) if to < from => {
                wrong("valid_to", "lies before the first day: correct one of the two")
            }
            _ => Ok(()),
        }
    }
}

/// A root row with all the rows it owns. It is replaced as a whole: a newer version of an order takes its
/// lines, ledger, refunds and fees with it, so that a removed line cannot stay behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The root row.
    pub root: Row,
    /// Rows of the tables whose [`Table::owner`] is the root's table; each names the root in its owner column.
    pub children: Vec<Row>,
    /// The provider's update time in microseconds since 1970 (UTC), or its sequence number. A record never
    /// overwrites one with a higher version.
    pub version: i64,
    /// Position of the record in its raw page, counted from 0.
    pub position: u32,
}

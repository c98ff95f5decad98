//! What can be wrong with a field table, a body or a record.

use netgain_domain::RowError;

/// A field table that cannot be compiled; `lint` of the manifest finds most of it earlier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// A path is not written in the path language.
    #[error("path `{path}` {problem}: write a.b, a[].b, a[0].b, a[?k=v].b, ^.a, $.a or @name")]
    Path {
        /// The path.
        path: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// There is no such table.
    #[error("`{0}` is not a canonical table: use a table of the warehouse")]
    Table(String),
    /// There is no such column.
    #[error("`{table}` has no column `{column}`: use a column of the table")]
    Column {
        /// The table.
        table: &'static str,
        /// The column.
        column: String,
    },
    /// A field is incomplete or contradicts itself.
    #[error("field `{field}`: {problem}")]
    Field {
        /// Table and column.
        field: String,
        /// What is wrong and what cures it.
        problem: String,
    },
}

/// A body that is not JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("body is not valid JSON: {0}")]
pub struct ParseError(pub(crate) String);

/// A record that was set aside; the others of its page go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("record {position}: `{path}`: {reason}")]
pub struct Quarantined {
    /// Position of the record in its page, counted from 0.
    pub position: u32,
    /// The path that failed, in the source's own names.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// A failed path and why, before the record's position is known.
#[derive(Debug)]
pub(crate) struct Failed {
    pub path: String,
    pub reason: String,
}

impl Failed {
    pub fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }

    /// The same failure seen from the record: `from` is the list, `at` the element.
    pub fn below(self, from: &str, at: usize) -> Self {
        Self { path: format!("{from} (element {at}): {}", self.path), reason: self.reason }
    }
}

impl From<RowError> for Failed {
    fn from(error: RowError) -> Self {
        Self::new("", error.to_string())
    }
}

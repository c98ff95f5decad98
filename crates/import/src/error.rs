//! Why a mapping or a whole file is refused. A single bad row is never an error but a [`crate::Reject`].

use crate::BoxError;

/// A mapping file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mapping line {line}: {message}")]
pub struct MappingError {
    /// Line of the mapping file, counted from 1.
    pub line: usize,
    /// What is wrong and how to cure it.
    pub message: String,
}

/// An import that stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be read.
    #[error("the file cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// The file has no line at all.
    #[error("the file is empty: expected a header line, or `format.columns` in the mapping and data lines")]
    Empty,
    /// An encoding that is not supported.
    #[error("the file is written in UTF-16: save it as UTF-8 and import it again")]
    Utf16,
    /// The header's bytes do not fit the encoding.
    #[error("the header is not valid {0}: set `format.encoding` in the mapping to the file's encoding")]
    HeaderEncoding(&'static str),
    /// The mapping names a column that the file lacks.
    #[error("`{key}` names the column `{column}`, which the file does not have: use one of {available}")]
    MissingColumn {
        /// The mapping's key, such as `orders.sku`.
        key: String,
        /// The column it names.
        column: String,
        /// The file's columns.
        available: String,
    },
    /// The receiver of the rows failed.
    #[error("the imported rows could not be kept: {0}")]
    Sink(#[source] BoxError),
    /// A record could not be written as JSON.
    #[error("a row could not be kept as json: {0}")]
    Json(#[from] serde_json::Error),
}

//! What an engine answers when it fails. Callers outside see a message alone.

use std::fmt;

/// Shorthand for results of this layer.
pub(crate) type Result<T> = std::result::Result<T, EngineError>;

/// A failure of the database engine. Its message holds no values and no password.
pub struct EngineError(Inner);

enum Inner {
    Sqlite(rusqlite::Error),
    Postgres(netgain_postgres::Error),
    NoRow,
    Unreadable { at: usize, reason: String },
}

impl EngineError {
    pub(crate) fn no_row() -> Self {
        Self(Inner::NoRow)
    }

    pub(crate) fn unreadable(at: usize, reason: impl fmt::Display) -> Self {
        Self(Inner::Unreadable { at, reason: reason.to_string() })
    }
}

impl From<rusqlite::Error> for EngineError {
    fn from(error: rusqlite::Error) -> Self {
        Self(Inner::Sqlite(error))
    }
}

impl From<netgain_postgres::Error> for EngineError {
    fn from(error: netgain_postgres::Error) -> Self {
        Self(Inner::Postgres(error))
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Sqlite(error) => error.fmt(f),
            Inner::Postgres(error) => error.fmt(f),
            Inner::NoRow => f.write_str("the query gave no row"),
            Inner::Unreadable { at, reason } => write!(f, "column {at} cannot be read: {reason}"),
        }
    }
}

impl fmt::Debug for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EngineError({self})")
    }
}

impl std::error::Error for EngineError {}

/// A row that may be missing.
pub(crate) trait OptionalExtension<T> {
    fn optional(self) -> Result<Option<T>>;
}

impl<T> OptionalExtension<T> for Result<T> {
    fn optional(self) -> Result<Option<T>> {
        match self {
            Ok(found) => Ok(Some(found)),
            Err(EngineError(Inner::NoRow)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

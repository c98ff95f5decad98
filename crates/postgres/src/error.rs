//! Everything that can go wrong between this program and PostgreSQL.

use tokio_postgres::error::SqlState;

/// Shorthand for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What kind of refusal the server's code stands for, as far as callers act on it.
/// Codes: PostgreSQL documentation, appendix A, "PostgreSQL Error Codes".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A row of that key is there (23505).
    Unique,
    /// A row that is referred to is missing (23503).
    Reference,
    /// Two transactions stood in each other's way (40001, 40P01); the same again may succeed.
    Conflict,
    /// The role lacks a right (42501), also where a row-level security policy refuses a row.
    Denied,
    /// Any other.
    Other,
}

/// A failure. No message holds a password or the values of a statement.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address cannot be understood.
    #[error(
        "the database's address cannot be read: {0}; write it as postgres://user:password@host:5432/database, with special characters percent-encoded"
    )]
    Address(String),
    /// The certificates that are to be trusted cannot be read.
    #[error(
        "the certificates in `{path}` cannot be read: {reason}; name a file of PEM certificates in sslrootcert"
    )]
    Certificates {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The server cannot be reached, or refuses the role.
    #[error(
        "cannot connect to {address}: {reason}; check that the server runs, and the role's name and password"
    )]
    Connect {
        /// The address without its password.
        address: String,
        /// Why.
        reason: String,
    },
    /// All connections stayed in use.
    #[error("all {0} connections to the database are in use: try again, or allow it more")]
    Busy(usize),
    /// The connection was lost.
    #[error("the connection to the database was lost: {0}; try again")]
    Lost(String),
    /// The server refused a statement.
    #[error("the database refused a statement with {code}: {message}")]
    Refused {
        /// The server's code.
        code: String,
        /// What kind of code it is.
        state: State,
        /// The server's message. Its details, which may hold values, are left out.
        message: String,
    },
    /// A transaction in which a statement was refused cannot hold.
    #[error("the transaction was rolled back because a statement in it was refused")]
    Aborted,
    /// A value does not fit its column.
    #[error("a value does not fit the statement: {0}")]
    Value(String),
}

impl Error {
    /// What the server's code stands for; [`State::Other`] for failures that are not the server's.
    #[must_use]
    pub fn state(&self) -> State {
        match self {
            Self::Refused { state, .. } => *state,
            _ => State::Other,
        }
    }

    pub(crate) fn connect(address: &str, error: &tokio_postgres::Error) -> Self {
        Self::Connect { address: address.to_owned(), reason: reason(error) }
    }
}

/// The error with its causes, in one line.
fn reason(error: &tokio_postgres::Error) -> String {
    if let Some(refused) = error.as_db_error() {
        return refused.message().to_owned();
    }
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        let next_text = next.to_string();
        if !text.contains(&next_text) {
            text = format!("{text}: {next_text}");
        }
        cause = next.source();
    }
    text
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(refused) = error.as_db_error() {
            let code = refused.code();
            let state = match code {
                code if *code == SqlState::UNIQUE_VIOLATION => State::Unique,
                code if *code == SqlState::FOREIGN_KEY_VIOLATION => State::Reference,
                code if *code == SqlState::T_R_SERIALIZATION_FAILURE => State::Conflict,
                code if *code == SqlState::T_R_DEADLOCK_DETECTED => State::Conflict,
                code if *code == SqlState::INSUFFICIENT_PRIVILEGE => State::Denied,
                _ => State::Other,
            };
            return Self::Refused {
                code: code.code().to_owned(),
                state,
                message: refused.message().to_owned(),
            };
        }
        if error.is_closed()
            || std::error::Error::source(&error).is_some_and(|cause| cause.is::<std::io::Error>())
        {
            return Self::Lost(reason(&error));
        }
        Self::Value(reason(&error))
    }
}

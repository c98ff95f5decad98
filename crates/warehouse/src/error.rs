//! Everything that can go wrong in the warehouse, with the cure in the message.

use netgain_domain::RowError;

/// Shorthand for results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A failure of the warehouse or the raw archive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another process has the workspace open.
    #[error(
        "workspace `{workspace}` is in use by another process{holder}: stop that one, or send the request to it instead"
    )]
    Locked {
        /// The workspace.
        workspace: String,
        /// What is known of the process, as ` (PID 12)`, or nothing.
        holder: String,
    },
    /// Work on files that a database has no part in.
    #[error(
        "the facts are in PostgreSQL: privacy requests, backup and restore work on facts in files alone; use the database's own tools, such as pg_dump and SQL"
    )]
    NotEmbedded,
    /// Another machine has taken over the work that a write was for.
    #[error(
        "the {work} of connection `{connection}` was taken over by another node: nothing was written, and that one goes on"
    )]
    Overtaken {
        /// The connection.
        connection: String,
        /// The kind of work.
        work: String,
    },
    /// The file was written by a later version of this program.
    #[error(
        "the workspace's schema version is {found}, this program knows up to {known}: use a newer netgain"
    )]
    NewerSchema {
        /// Version in the file.
        found: i64,
        /// Highest version known here.
        known: i64,
    },
    /// A row that does not fit its table.
    #[error("record `{source_id}`: {error}")]
    Row {
        /// The root's id at the platform.
        source_id: String,
        /// What does not fit.
        error: RowError,
    },
    /// A child that its root does not own.
    #[error("record `{source_id}`: its row of `{table}` does not name it as owner")]
    Owner {
        /// The root's id at the platform.
        source_id: String,
        /// The child's table.
        table: &'static str,
    },
    /// The same row twice under one id.
    #[error(
        "`{table}` row `{source_id}` occurs twice in one batch: give each row its own id in the stream's mapping"
    )]
    Duplicate {
        /// The table.
        table: &'static str,
        /// The id that occurs twice.
        source_id: String,
    },
    /// An amount with more digits than a column keeps.
    #[error(
        "`{table}.{column}` cannot keep {value} exactly: at most 28 digits before and 10 after the point fit"
    )]
    Precision {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The amount.
        value: String,
    },
    /// A cursor that is not JSON.
    #[error("the cursor of stream `{stream}` is not JSON: {reason}")]
    Cursor {
        /// The stream.
        stream: String,
        /// The parser's words.
        reason: String,
    },
    /// A user's query that is not allowed.
    #[error("the query is refused: {0}")]
    Refused(String),
    /// A user's query with a mistake in it.
    #[error("the query has a mistake: {0}")]
    Query(String),
    /// A user's query that ran too long.
    #[error("the query was stopped after {seconds} s: narrow it by dates or add a limit")]
    Timeout {
        /// Seconds it was given.
        seconds: u64,
    },
    /// A pointer into the archive that does not have the form `connection/stream/hash#line`.
    #[error("`{0}` is not a pointer into the raw archive: expected `connection/stream/hash#line`")]
    RawRef(String),
    /// A raw segment that is gone or differs from its checksum.
    #[error(
        "raw segment `{segment}` is damaged ({reason}): restore it from a backup or sync again with --full"
    )]
    Damaged {
        /// `connection/stream/hash`.
        segment: String,
        /// What was found.
        reason: String,
    },
    /// A raw segment that a rule of retention has deleted.
    #[error(
        "the retention of raw segment `{segment}` ended on {on}: its payloads are deleted, and the rows made from them stay; \
         `netgain sync --full` reads again what the platform still has"
    )]
    Retired {
        /// `connection/stream/hash`.
        segment: String,
        /// The day on which it was deleted (UTC).
        on: String,
    },
    /// A name that cannot be part of an archive path.
    #[error("stream `{0}` cannot be archived: write 1 to 64 lowercase letters, digits, `-` or `_`")]
    StreamName(String),
    /// A stored value that this program cannot read back.
    #[error("the stored value of `{column}` cannot be read: {reason}")]
    Stored {
        /// The column.
        column: String,
        /// What was found.
        reason: String,
    },
    /// The file system refused.
    #[error("cannot {what} `{path}`: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which path.
        path: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// The database engine refused.
    #[error("the warehouse failed to {what}: {reason}")]
    Engine {
        /// What was tried.
        what: &'static str,
        /// The engine's words.
        reason: String,
    },
}

/// What an engine says of its failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Its words, on one line.
    pub message: String,
    /// The code of the SQL standard, where the engine tells one.
    pub code: Option<String>,
}

impl Failure {
    pub(crate) fn of(message: &str) -> Self {
        Self { message: first_line(message), code: None }
    }

    /// As an error that says what was being tried.
    pub(crate) fn while_doing(self, what: &'static str) -> Error {
        Error::Engine { what, reason: self.message }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<duckdb::Error> for Failure {
    fn from(error: duckdb::Error) -> Self {
        Self::of(&error.to_string())
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(said) = error.as_db_error() else {
            // the cause says what the outermost words leave out
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            return Self::of(&format!("{error}{}", cause.unwrap_or_default()));
        };
        Self { message: first_line(said.message()), code: Some(said.code().code().to_owned()) }
    }
}

/// Adds to an engine's error what was being tried.
pub(crate) trait Context<T> {
    fn doing(self, what: &'static str) -> Result<T>;
}

impl<T, E: Into<Failure>> Context<T> for std::result::Result<T, E> {
    fn doing(self, what: &'static str) -> Result<T> {
        self.map_err(|error| error.into().while_doing(what))
    }
}

/// The engine appends hints over several lines; the first says what happened.
pub(crate) fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().to_owned()
}

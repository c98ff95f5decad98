//! What differs between SQL engines. Everything else keeps to the subset that DuckDB and PostgreSQL share.

use netgain_domain::Kind;

use crate::decimal::{PRECISION, SCALE};
use crate::engine::{Connection, Dialect};
use crate::error::{Context, Result};

/// The column type of a kind in DuckDB. Instants are stored without a zone and mean UTC, so that no session setting can
/// change what is read.
pub(crate) fn column_type(kind: Kind) -> String {
    match kind {
        Kind::Text | Kind::Json => "VARCHAR".to_owned(),
        Kind::Int => "BIGINT".to_owned(),
        Kind::Decimal => format!("DECIMAL({PRECISION},{SCALE})"),
        Kind::Bool => "BOOLEAN".to_owned(),
        Kind::Time => "TIMESTAMP".to_owned(),
        Kind::Date => "DATE".to_owned(),
    }
}

/// The process named in the engine's complaint about a locked file.
pub(crate) fn lock_holder(message: &str) -> Option<String> {
    if !message.contains("lock on file") {
        return None;
    }
    let pid: String = message
        .split("PID ")
        .nth(1)
        .map(|rest| rest.chars().take_while(char::is_ascii_digit).collect())
        .unwrap_or_default();
    Some(if pid.is_empty() { String::new() } else { format!(" (PID {pid})") })
}

/// Runs statements that join many rows of tables. Where PostgreSQL has no statistics of a table yet, it takes a workspace for
/// a handful of rows and would walk one table for each row of another.
pub(crate) fn planned_by_hashes<T>(connection: &Connection, run: impl FnOnce() -> Result<T>) -> Result<T> {
    const DOING: &str = "choose how tables are joined";
    let Connection::Postgres(_) = connection else { return run() };
    connection.execute_batch("SET enable_nestloop = off").doing(DOING)?;
    let done = run();
    let back = connection.execute_batch("SET enable_nestloop = on").doing(DOING);
    // in a transaction that failed nothing can be set, and what was set goes with it
    let done = done?;
    back.map(|()| done)
}

/// Quotes a text as a literal.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A date column as days since 1970-01-01.
pub(crate) fn day_number(column: &str) -> String {
    format!("CAST({column} - DATE '1970-01-01' AS INTEGER)")
}

/// An instant column as microseconds since 1970 (UTC).
pub(crate) fn micros(column: &str) -> String {
    format!("epoch_us({column})")
}

/// Microseconds of a quarter of an hour.
const QUARTER_HOUR: i64 = 900_000_000;

/// The beginning of the quarter of an hour in which an instant of a column lies, as microseconds since 1970 (UTC).
pub(crate) fn quarter_hours(column: &str) -> String {
    format!("({micros} - {micros} % {QUARTER_HOUR})", micros = micros(column))
}

/// An instant from microseconds since 1970 (UTC), given as a parameter.
pub(crate) const TIME_PARAMETER: &str = "make_timestamp(?)";

/// A query of every day (column `day`) between two dates, both included; empty if either is null.
pub(crate) fn days_between(dialect: Dialect, first: &str, last: &str) -> String {
    match dialect {
        Dialect::Duck => format!("SELECT unnest(generate_series({first}, {last}, INTERVAL 1 DAY)) AS day"),
        Dialect::Postgres => format!(
            "SELECT day FROM generate_series(CAST({first} AS timestamp), CAST({last} AS timestamp), \
             INTERVAL '1 day') AS days (day)"
        ),
    }
}

/// A column's value as text that is in the order of its bytes.
pub(crate) fn as_text(dialect: Dialect, column: &str) -> String {
    match dialect {
        Dialect::Duck => format!("CAST({column} AS VARCHAR)"),
        Dialect::Postgres => format!("CAST({column} AS text) COLLATE \"C\""),
    }
}

/// Whether a text column contains a text, in any case.
pub(crate) fn contains(column: &str, part: &str) -> String {
    let escaped = part.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("{column} ILIKE {} ESCAPE '\\'", literal(&format!("%{escaped}%")))
}

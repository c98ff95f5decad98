//! SQLite behind the calls.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::{Value as Cell, ValueRef};
use rusqlite::{Connection, ErrorCode, params_from_iter};

use super::Answer;
use super::error::{EngineError, Result};
use super::value::Value;

/// How long a call waits for another process to finish its write.
const PATIENCE: Duration = Duration::from_secs(10);
/// Statements that a connection keeps prepared.
const PREPARED: usize = 200;

/// Opens a file. Every commit is on disk before it returns.
pub(crate) fn open_sqlite(file: &Path) -> Result<Connection> {
    let db = Connection::open(file)?;
    db.busy_timeout(PATIENCE)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.set_prepared_statement_cache_capacity(PREPARED);
    Ok(db)
}

/// Brings the tables up to date by the steps that are missing, all or none. Gives the version that was found where it is
/// newer than the steps; then nothing is done. `guards` is run each time.
pub(crate) fn prepare_sqlite(db: &Connection, steps: &[&str], guards: &str) -> Result<Option<i64>> {
    begin(db)?;
    let done = (|| {
        let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
        let found: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if found > known {
            return Ok(Some(found));
        }
        for sql in steps.iter().skip(usize::try_from(found).unwrap_or(0)) {
            db.execute_batch(sql)?;
        }
        db.execute_batch(guards)?;
        db.pragma_update(None, "user_version", known)?;
        Ok(None)
    })();
    end(db, if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    done
}

/// How long one try of [`vacuum`] or [`empty_log`] waits for others. While the log is being emptied, who wants to write waits
/// too, so it must be far below [`PATIENCE`].
const ONE_TRY: Duration = Duration::from_millis(500);

/// Writes the file anew, without pages that were given up. False when others were reading or writing.
pub(crate) fn vacuum(db: &Connection) -> Result<bool> {
    trying(db, || db.execute_batch("VACUUM").map(|()| true))
}

/// Brings everything from the log into the file and empties the log. False when others were reading or writing.
pub(crate) fn empty_log(db: &Connection) -> Result<bool> {
    // that it was kept from it is told in a row, not by an error
    trying(db, || {
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map(|busy: i64| busy == 0)
    })
}

fn trying(db: &Connection, run: impl FnOnce() -> rusqlite::Result<bool>) -> Result<bool> {
    db.busy_timeout(ONE_TRY)?;
    let done = run();
    db.busy_timeout(PATIENCE)?;
    match done {
        Err(error)
            if matches!(
                error.sqlite_error_code(),
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
            ) =>
        {
            Ok(false)
        }
        done => Ok(done?),
    }
}

/// Begins a transaction that writes.
pub(super) fn begin(db: &Connection) -> Result<()> {
    Ok(db.execute_batch("BEGIN IMMEDIATE")?)
}

pub(super) fn end(db: &Connection, how: &str) -> Result<()> {
    // a failure may have ended it already
    if db.is_autocommit() { Ok(()) } else { Ok(db.execute_batch(how)?) }
}

pub(super) fn run(db: &Connection, sql: &str, values: Vec<Value>) -> Result<Answer> {
    let mut statement = db.prepare_cached(sql)?;
    let values = params_from_iter(values.into_iter().map(|value| match value {
        Value::Null => Cell::Null,
        Value::Int(number) => Cell::Integer(number),
        Value::Text(text) => Cell::Text(text),
        Value::Bytes(bytes) => Cell::Blob(bytes),
    }));
    let columns = statement.column_count();
    if columns == 0 {
        return Ok((Vec::new(), statement.execute(values)?));
    }
    let mut rows = statement.query(values)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let cells: Result<Vec<Value>> = (0..columns).map(|at| cell(row.get_ref(at)?, at)).collect();
        found.push(cells?);
    }
    let count = found.len();
    Ok((found, count))
}

fn cell(found: ValueRef<'_>, at: usize) -> Result<Value> {
    Ok(match found {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).map_err(|error| EngineError::unreadable(at, error))?;
            Value::Text(text.to_owned())
        }
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
        ValueRef::Real(_) => {
            return Err(EngineError::unreadable(at, "it is a fraction, which no column holds"));
        }
    })
}

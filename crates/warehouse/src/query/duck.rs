//! A user's question to a DuckDB file.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use duckdb::Connection;

use super::{QueryColumn, QueryResult, guard, json};
use crate::error::{Context, Error, Result, first_line};

/// The answer, and whether the connection can be used again.
pub(super) fn answer(
    file: &Connection,
    sql: &str,
    limit: usize,
    timeout: Duration,
) -> (Result<QueryResult>, bool) {
    let begun = guard::check(file, sql)
        .and_then(|()| file.execute_batch("BEGIN TRANSACTION READ ONLY").doing("begin a query"));
    if let Err(error) = begun {
        return (Err(error), true);
    }
    let expired = AtomicBool::new(false);
    let interrupt = file.interrupt_handle();
    let (done, wait) = mpsc::channel::<()>();
    let result = std::thread::scope(|scope| {
        let expired = &expired;
        scope.spawn(move || {
            if wait.recv_timeout(timeout) == Err(mpsc::RecvTimeoutError::Timeout) {
                expired.store(true, Ordering::Relaxed);
                interrupt.interrupt();
            }
        });
        let result = run(file, sql, limit);
        // ends the watch, whether or not anybody listens any more
        drop(done);
        result
    });
    if expired.load(Ordering::Relaxed) {
        // the interrupt may still be on its way and would hit the next query
        return (Err(Error::Timeout { seconds: timeout.as_secs() }), false);
    }
    (result, file.execute_batch("ROLLBACK").is_ok())
}

fn mistake(error: &duckdb::Error) -> Error {
    Error::Query(first_line(&error.to_string()))
}

fn run(file: &Connection, sql: &str, limit: usize) -> Result<QueryResult> {
    let mut statement = file.prepare(sql).map_err(|error| mistake(&error))?;
    // streamed, so that rows beyond the limit are never computed
    drop(statement.stream_arrow([]).map_err(|error| mistake(&error))?);
    let columns = statement
        .schema()
        .fields()
        .iter()
        .map(|field| QueryColumn { name: field.name().clone(), kind: json::kind(field.data_type()) })
        .collect();
    let mut rows = Vec::new();
    let mut truncated = false;
    'pieces: while let Some(piece) = statement.step().map_err(|error| mistake(&error))? {
        for row in 0..duckdb::arrow::array::Array::len(&piece) {
            if rows.len() == limit {
                truncated = true;
                break 'pieces;
            }
            rows.push(piece.columns().iter().map(|column| json::cell(column, row)).collect::<Result<_>>()?);
        }
    }
    Ok(QueryResult { columns, rows, truncated })
}

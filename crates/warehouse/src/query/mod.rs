//! A user's own question in SQL, read-only for real: the statement is checked as the engine parses it, runs in a
//! read-only transaction on an instance without access to files or settings, and is capped in rows and time.

mod guard;
mod json;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use duckdb::Connection;
use serde::Serialize;

use crate::error::{Context, Error, Result, first_line};
use crate::warehouse::Warehouse;

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QueryColumn {
    /// Name, as the query gives it.
    pub name: String,
    /// `text`, `integer`, `decimal`, `double`, `boolean`, `timestamp` (UTC), `date` or `other`.
    #[serde(rename = "type")]
    pub kind: &'static str,
}

/// The answer to a user's query.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QueryResult {
    /// The columns, in order.
    pub columns: Vec<QueryColumn>,
    /// One array for each row. Decimals and whole numbers beyond 2⁵³ are texts, so that no digit is lost.
    pub rows: Vec<Vec<serde_json::Value>>,
    /// Whether there were more rows than the limit.
    pub truncated: bool,
}

impl Warehouse {
    /// Answers one SELECT over the workspace's tables with at most `limit` rows within `timeout`.
    ///
    /// # Errors
    /// [`Error::Refused`] for anything but a single reading statement over this workspace's tables,
    /// [`Error::Query`] for a mistake in it, [`Error::Timeout`].
    pub fn query(&self, sql: &str, limit: usize, timeout: Duration) -> Result<QueryResult> {
        let reader = self.reader()?;
        guard::check(&reader, sql)?;
        reader.execute_batch("BEGIN TRANSACTION READ ONLY").doing("begin a query")?;
        let expired = AtomicBool::new(false);
        let interrupt = reader.interrupt_handle();
        let (done, wait) = mpsc::channel::<()>();
        let result = std::thread::scope(|scope| {
            let expired = &expired;
            scope.spawn(move || {
                if wait.recv_timeout(timeout) == Err(mpsc::RecvTimeoutError::Timeout) {
                    expired.store(true, Ordering::Relaxed);
                    interrupt.interrupt();
                }
            });
            let result = run(&reader, sql, limit);
            // ends the watch, whether or not anybody listens any more
            drop(done);
            result
        });
        if expired.load(Ordering::Relaxed) {
            // the interrupt may still be on its way and would hit the next query
            reader.discard();
            return Err(Error::Timeout { seconds: timeout.as_secs() });
        }
        match reader.execute_batch("ROLLBACK") {
            Ok(()) => drop(reader),
            Err(_) => reader.discard(),
        }
        result
    }
}

fn mistake(error: &duckdb::Error) -> Error {
    Error::Query(first_line(&error.to_string()))
}

fn run(reader: &Connection, sql: &str, limit: usize) -> Result<QueryResult> {
    let mut statement = reader.prepare(sql).map_err(|error| mistake(&error))?;
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

#[cfg(test)]
mod tests {
    use crate::{Options, Warehouse};

    #[test]
    fn the_engine_itself_keeps_files_and_settings_shut() {
        // the second fence: what the guard would let through by mistake must fail here
        let dir = tempfile::tempdir().unwrap();
        let store = Warehouse::open(dir.path(), &"test".parse().unwrap(), Options::default()).unwrap();
        let reader = store.reader().unwrap();
        let out = dir.path().join("out.csv");
        for sql in [
            "FROM '/etc/passwd'",
            "SELECT * FROM read_text('/etc/passwd')",
            "SELECT * FROM glob('/etc/*')",
            "ATTACH '/tmp/x.duckdb'",
            "SET threads = 1",
            "SET enable_external_access = true",
            &format!("COPY (SELECT 1) TO '{}'", out.display()),
            "INSTALL httpfs",
            "LOAD '/tmp/x.duckdb_extension'",
        ] {
            let error = reader.execute_batch(sql).unwrap_err().to_string();
            let shut = ["disabled", "locked", "does not exist"].iter().any(|word| error.contains(word));
            assert!(shut, "{sql}: {error}");
        }
        assert!(!out.exists());
        reader.execute_batch("BEGIN TRANSACTION READ ONLY").unwrap();
        assert!(reader.execute_batch("DELETE FROM orders").is_err());
    }
}

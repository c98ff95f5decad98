//! A user's own question in SQL, read-only for real: the statement is checked as the engine parses it, runs in a
//! read-only transaction on an instance without access to files or settings, and is capped in rows and time.

mod duck;
mod guard;
mod json;
mod postgres;

use std::time::Duration;

use serde::Serialize;

use crate::engine::Connection;
use crate::error::Result;
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
        let (answer, sound) = match &*reader {
            Connection::Duck(file) => duck::answer(file, sql, limit, timeout),
            Connection::Postgres(client) => postgres::answer(client, sql, limit, timeout),
        };
        if !sound {
            reader.discard();
        }
        answer
    }
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

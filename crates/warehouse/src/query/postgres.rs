//! A user's question to the shared database.
//!
//! Four fences, each of which would do alone but for the first's doubts: the statement is judged by its tree, calls none
//! but listed functions and holds no spelling that two parsers could read in two ways (`guard.rs`); it runs in a
//! transaction that only reads; it is one prepared statement, so nothing can follow it; and row-level security shows the
//! rows of one workspace to a role that cannot turn it off.

use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use tokio_postgres::types::Type;

use super::{QueryColumn, QueryResult, guard, json};
use crate::engine::duck::locked;
use crate::engine::postgres::Client;
use crate::error::{Context, Error, Failure, Result};

/// What PostgreSQL calls a statement that ran out of its time.
const CANCELED: &str = "57014";

/// A parser of its own, which holds no data at all.
fn check(sql: &str) -> Result<()> {
    static PARSER: OnceLock<std::result::Result<Mutex<duckdb::Connection>, duckdb::Error>> = OnceLock::new();
    let parser = PARSER.get_or_init(|| {
        let config = duckdb::Config::default().threads(1)?.enable_external_access(false)?;
        let parser = duckdb::Connection::open_in_memory_with_flags(config)?;
        parser.execute_batch("SET lock_configuration = true")?;
        Ok(Mutex::new(parser))
    });
    match parser {
        Ok(parser) => guard::check_strictly(&locked(parser), sql),
        Err(error) => Err(Failure::of(&error.to_string()).while_doing("parse a query")),
    }
}

/// The answer, and whether the connection can be used again.
pub(super) fn answer(
    client: &Client,
    sql: &str,
    limit: usize,
    timeout: Duration,
) -> (Result<QueryResult>, bool) {
    // a last semicolon ends the statement and would end the one around it
    let sql = sql.trim().trim_end_matches(';');
    if let Err(error) = check(sql) {
        return (Err(error), true);
    }
    let begin = format!(
        "BEGIN READ ONLY; SET LOCAL statement_timeout = {}; SET LOCAL work_mem = '32MB'",
        timeout.as_millis().max(1)
    );
    if let Err(error) = client.execute_batch(&begin).doing("begin a query") {
        return (Err(error), false);
    }
    let answer = run(client, sql, limit, timeout);
    let sound = client.execute_batch("ROLLBACK").is_ok();
    (answer, sound)
}

fn run(client: &Client, sql: &str, limit: usize, timeout: Duration) -> Result<QueryResult> {
    let mistake = |failure: Failure| match failure.code.as_deref() {
        Some(CANCELED) => Error::Timeout { seconds: timeout.as_secs() },
        _ => Error::Query(failure.message),
    };
    let found = client.columns_of(sql).map_err(mistake)?;
    let columns: Vec<QueryColumn> =
        found.iter().map(|(name, of)| QueryColumn { name: name.clone(), kind: kind(of) }).collect();
    // one beyond the limit says that there is more
    let limited = format!("SELECT * FROM (\n{sql}\n) AS asked LIMIT {}", limit.saturating_add(1));
    let mut rows = Vec::new();
    client
        .each_text(&limited, &mut |row| {
            let cells =
                columns.iter().enumerate().map(|(at, column)| json::of_text(column.kind, row.get(at)));
            rows.push(cells.collect::<Vec<_>>());
        })
        .map_err(mistake)?;
    let truncated = rows.len() > limit;
    rows.truncate(limit);
    Ok(QueryResult { columns, rows, truncated })
}

fn kind(of: &Type) -> &'static str {
    match *of {
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => "text",
        Type::INT2 | Type::INT4 | Type::INT8 => "integer",
        Type::NUMERIC => "decimal",
        Type::FLOAT4 | Type::FLOAT8 => "double",
        Type::BOOL => "boolean",
        Type::TIMESTAMP | Type::TIMESTAMPTZ => "timestamp",
        Type::DATE => "date",
        _ => "other",
    }
}

//! What users may ask, and everything that they may not.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::{batch, dec, dump, open, order};
use netgain_warehouse::{Error, QueryResult, Result, Warehouse};
use serde_json::json;

fn ask(store: &Warehouse, sql: &str) -> Result<QueryResult> {
    store.query(sql, 100, Duration::from_secs(20))
}

fn filled() -> (tempfile::TempDir, Warehouse) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut records: Vec<_> = (0..10).map(|number| order(number, 1)).collect();
    records[3].root.set("total_price", dec("12345678901234567.89"));
    records[4].root.set("total_price", dec("19.990"));
    store.commit(&batch(records, None)).unwrap();
    (dir, store)
}

#[test]
fn answers_are_exact_and_typed() {
    let (_dir, store) = filled();
    let answer = ask(
        &store,
        "SELECT name, total_price, placed_at, version, is_test, CAST(placed_at AS DATE) AS day, \
         9007199254740993 AS big, 1.5::DOUBLE AS d, NULL AS n, [1, 2] AS l \
         FROM orders WHERE source_id IN ('3', '4') ORDER BY source_id -- a remark; and one more",
    )
    .unwrap();
    let kinds: Vec<_> = answer.columns.iter().map(|column| column.kind).collect();
    assert_eq!(
        kinds[..8],
        ["text", "decimal", "timestamp", "integer", "boolean", "date", "integer", "double"]
    );
    assert_eq!(
        answer.rows[0][..9],
        [
            json!("#3"),
            json!("12345678901234567.89"),
            json!("2024-01-01T00:30:00Z"),
            json!(1),
            json!(false),
            json!("2024-01-01"),
            json!("9007199254740993"),
            json!(1.5),
            json!(null)
        ]
    );
    assert_eq!(answer.rows[1][1], json!("19.99"));
    let sum = ask(&store, "SELECT sum(total_price) AS s FROM orders WHERE source_id IN ('3','4')").unwrap();
    assert_eq!(sum.rows[0][0], json!("12345678901234587.88"));
    let few = store.query("SELECT * FROM range(1000000000)", 3, Duration::from_secs(20)).unwrap();
    assert_eq!((few.rows.len(), few.truncated), (3, true));
}

#[test]
fn useful_statements_are_allowed() {
    let (_dir, store) = filled();
    for sql in [
        "WITH t AS (SELECT channel, count(*) AS n FROM orders GROUP BY 1) SELECT * FROM t ORDER BY n DESC",
        "FROM orders SELECT name LIMIT 2",
        "VALUES (1), (2)",
        "SELECT * FROM main.orders o JOIN order_lines l ON l.order_id = o.source_id",
        "SELECT table_name FROM information_schema.tables",
        "DESCRIBE orders",
        "SELECT 'read_csv(''/etc/passwd'')' AS harmless, $$; DROP TABLE orders$$ AS too;",
        "SELECT sum(total_price) OVER (ORDER BY placed_at) FROM orders",
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT * FROM n",
        "SELECT * FROM daily_pnl UNION ALL SELECT * FROM daily_pnl",
    ] {
        ask(&store, sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    assert!(matches!(ask(&store, "SELECT nothing FROM orders"), Err(Error::Query(_))));
    assert!(matches!(ask(&store, "SELEC 1"), Err(Error::Query(_))));
}

#[test]
fn everything_else_is_refused_and_changes_nothing() {
    let (dir, store) = filled();
    let before = dump(&store);
    let out = dir.path().join("out.csv");
    let copy = format!("COPY orders TO '{}'", out.display());
    for sql in [
        "INSERT INTO orders (name) VALUES ('x')",
        "UPDATE orders SET name = 'x'",
        "DELETE FROM orders",
        "TRUNCATE orders",
        "DROP TABLE orders",
        "CREATE TABLE x AS SELECT 1",
        "CREATE TEMP VIEW x AS SELECT 1",
        "CREATE MACRO m() AS 1",
        "SELECT 1 INTO x",
        "WITH d AS (DELETE FROM orders RETURNING *) SELECT * FROM d",
        copy.as_str(),
        "EXPORT DATABASE '/tmp/x'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM \"READ_CSV\"('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/etc/passwd')",
        "SELECT * FROM parquet_scan('/etc/passwd')",
        "SELECT * FROM (SELECT * FROM sniff_csv('/etc/passwd'))",
        "SELECT (SELECT count(*) FROM read_json('/etc/passwd'))",
        "FROM '/etc/passwd'",
        "SELECT * FROM '/etc/passwd.csv'",
        "WITH \"/etc/passwd\" AS (SELECT 1) SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM query('DROP TABLE orders')",
        "SELECT * FROM query_table('orders')",
        "SELECT * FROM json_execute_serialized_sql('x')",
        "ATTACH '/tmp/other.duckdb' AS other",
        "DETACH test",
        "USE memory",
        "PRAGMA database_list",
        "PRAGMA version",
        "CALL pragma_version()",
        "SET enable_external_access = true",
        "RESET ALL",
        "INSTALL httpfs",
        "LOAD httpfs",
        "CHECKPOINT",
        "VACUUM",
        "BEGIN",
        "COMMIT",
        "EXPLAIN SELECT 1",
        "EXPLAIN ANALYZE SELECT 1",
        "PREPARE x AS SELECT 1",
        "EXECUTE x",
        "SHOW TABLES",
        "SHOW ALL TABLES",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE orders",
        "SELECT ?",
        "SELECT $x",
        "SELECT current_setting('temp_directory')",
        "SELECT CURRENT_SETTING('temp_directory')",
        "SELECT getvariable('x')",
        "SELECT sleep_ms(60000)",
        "SELECT nextval('x')",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM duckdb_secrets()",
        "SELECT * FROM duckdb_databases()",
        "SELECT * FROM pg_catalog.pg_settings",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM schema_version",
        "SELECT * FROM test.main.orders",
        "SELECT * FROM orders WHERE name IN (SELECT content FROM read_text('/etc/passwd'))",
        "SELECT list_transform([1], x -> current_setting('threads'))",
        "",
        ";",
    ] {
        let refused = ask(&store, sql);
        assert!(matches!(refused, Err(Error::Refused(_) | Error::Query(_))), "{sql}: {refused:?}");
        let message = refused.unwrap_err().to_string();
        assert!(!message.contains("root:"), "{message}");
        if !matches!(sql, "SELECT $x") {
            assert!(message.contains("refused"), "{sql}: {message}");
        }
    }
    assert!(!out.exists());
    assert_eq!(dump(&store), before);
}

#[test]
fn a_long_query_is_stopped_and_the_next_one_works() {
    let (_dir, store) = filled();
    let started = std::time::Instant::now();
    let endless = "SELECT count(*) FROM range(10000000000) a, range(1000) b";
    let stopped = store.query(endless, 10, Duration::from_millis(300));
    assert!(matches!(stopped, Err(Error::Timeout { .. })), "{stopped:?}");
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(ask(&store, "SELECT count(*) FROM orders").unwrap().rows[0][0], json!(10));
}

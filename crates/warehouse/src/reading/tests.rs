//! What is read, and what is refused.

use super::*;

#[test]
fn what_the_engine_made_a_float_is_refused_and_never_an_amount() {
    let engine = Connection::Duck(duckdb::Connection::open_in_memory().unwrap());
    let read = |sql: &str| rows(&engine, "read", sql, [], |cells| cells.decimal(0));
    assert_eq!(read("SELECT CAST('0.1' AS DECIMAL(38,10)) * 3").unwrap(), [Decimal::new(3, 1)]);
    for float in ["SELECT CAST(0.3 AS DOUBLE)", "SELECT avg(1.5)", "SELECT 1 / 2", "SELECT CAST(1 AS FLOAT)"]
    {
        let refused = read(float).unwrap_err().to_string();
        assert!(refused.contains("Float"), "{float}: {refused}");
    }
}

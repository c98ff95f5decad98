use super::*;
use crate::schema::spec;

const COLUMNS: [Spec; 4] =
    [spec("id", Kind::Int), spec("a", Kind::Decimal), spec("b", Kind::Decimal), spec("note", Kind::Text)];

/// What is stored when rows of two amounts are appended, each piece by a writer's own.
fn stored(default: &str, amounts: &[[Option<i64>; 2]], zero: bool) -> Vec<[Option<String>; 3]> {
    let connection = Connection::Duck(duckdb::Connection::open_in_memory().unwrap());
    let amount = format!("DECIMAL(38,10) {default}");
    connection
        .execute_batch(&format!("CREATE TABLE t (id BIGINT, a {amount}, b {amount}, note VARCHAR)"))
        .unwrap();
    let new = if zero { TableWriter::of_amounts } else { TableWriter::new };
    let mut out = new(&connection, "t", COLUMNS.to_vec()).unwrap();
    for (id, row) in (0..).zip(amounts) {
        out.int(id).unwrap();
        for amount in row {
            out.cell(&amount.map_or(Value::Null, |units| Value::Decimal(Decimal::new(units, 0)))).unwrap();
        }
        out.text_or_null((id % 2 == 1).then_some("odd")).unwrap();
        out.end_row().unwrap();
    }
    out.finish().unwrap();
    let sql = "SELECT CAST(CAST(a AS INTEGER) AS VARCHAR), CAST(CAST(b AS INTEGER) AS VARCHAR), note FROM t ORDER BY id";
    let statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?])).unwrap();
    rows.collect::<std::result::Result<_, _>>().unwrap()
}

fn expected(amounts: &[[Option<i64>; 2]]) -> Vec<[Option<String>; 3]> {
    let text = |amount: Option<i64>| amount.map(|amount| amount.to_string());
    let row = |(id, row): (usize, &[Option<i64>; 2])| {
        [text(row[0]), text(row[1]), (id % 2 == 1).then(|| "odd".to_owned())]
    };
    amounts.iter().enumerate().map(row).collect()
}

#[test]
fn what_is_left_to_the_engine_is_stored_as_given() {
    let (zero, null) = (Some(0), None);
    let cases: [&[[Option<i64>; 2]]; 6] = [
        &[[zero, zero], [zero, zero]],
        &[[null, null]],
        &[[zero, null], [Some(5), zero], [zero, Some(-7)], [null, zero]],
        &[[null, null], [null, Some(3)], [Some(4), null], [zero, null]],
        &[[Some(1), Some(2)]],
        &[],
    ];
    for amounts in cases {
        assert_eq!(stored("DEFAULT 0", amounts, true), expected(amounts));
        assert_eq!(stored("", amounts, false), expected(amounts));
    }
}

#[test]
fn a_column_that_is_needed_later_joins_those_that_were_given_before() {
    let rows = ROWS_PER_PIECE * 2 + 10;
    let amounts: Vec<[Option<i64>; 2]> = (0..rows)
        .map(|at| {
            let later = i64::from(at > ROWS_PER_PIECE + 5);
            [Some(i64::from(at % 3 == 0 && at < ROWS_PER_PIECE)), Some(later)]
        })
        .collect();
    assert_eq!(stored("DEFAULT 0", &amounts, true), expected(&amounts));
}

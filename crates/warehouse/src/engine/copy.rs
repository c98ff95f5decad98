//! Rows in bulk to PostgreSQL: `COPY … FROM STDIN` in its binary form (PostgreSQL documentation, "COPY", "Binary
//! Format"), so that no value passes through a text.
//!
//! The server copies into no table with row-level security ("COPY", "Notes"), so rows for such a table go to a temporary
//! one of the same columns and from there on by a statement, which the policies see.

use std::collections::HashSet;
use std::sync::OnceLock;

use bytes::{BufMut, BytesMut};
use duckdb::arrow::array::{Array, ArrayRef, AsArray};
use duckdb::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use duckdb::arrow::record_batch::RecordBatch;

use super::postgres::Client;
use super::{Answer, cells, numeric};
use crate::error::Failure;
use crate::schema::{self, Spec, quoted};

const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const END: i16 = -1;
const NULL: i32 = -1;

/// Puts rows into one table.
pub(crate) struct Copier<'c> {
    client: &'c Client,
    table: String,
    /// Makes the temporary table.
    before: Option<String>,
    statement: String,
    /// Passes on what came.
    after: Option<String>,
}

impl<'c> Copier<'c> {
    pub(crate) fn new(client: &'c Client, table: &str, columns: &[Spec]) -> Self {
        let names: Vec<String> = columns.iter().map(|column| quoted(column.name)).collect();
        let names = names.join(", ");
        let copy = |to: &str| format!("COPY {to} ({names}) FROM STDIN (FORMAT binary)");
        if !is_shared(table) {
            return Self {
                client,
                table: table.to_owned(),
                before: None,
                statement: copy(table),
                after: None,
            };
        }
        let kinds: Vec<String> = columns
            .iter()
            .map(|column| format!("{} {}", quoted(column.name), client.column_type(column.kind)))
            .collect();
        let stage = format!("pg_temp.staged_{table}");
        Self {
            client,
            table: table.to_owned(),
            before: Some(format!(
                "CREATE TEMPORARY TABLE IF NOT EXISTS staged_{table} ({})",
                kinds.join(", ")
            )),
            statement: copy(&stage),
            after: Some(format!(
                "INSERT INTO {table} ({names}) SELECT {names} FROM {stage}; TRUNCATE {stage}"
            )),
        }
    }

    /// Puts a piece of rows, whose columns are those that were named.
    pub(crate) fn put(&self, piece: &RecordBatch) -> Answer<()> {
        let mut out = BytesMut::with_capacity(piece.num_rows() * piece.num_columns() * 12);
        out.put_slice(HEADER);
        let count = i16::try_from(piece.num_columns()).map_err(|_| Failure::of("too many columns"))?;
        for row in 0..piece.num_rows() {
            out.put_i16(count);
            for column in piece.columns() {
                put_cell(&mut out, column, row)?;
            }
        }
        out.put_i16(END);
        if let Some(before) = &self.before {
            self.client.execute_batch(before)?;
        }
        self.client.copy(&self.statement, out.freeze())?;
        let Some(after) = &self.after else { return Ok(()) };
        self.client.execute_batch(after)?;
        self.client.wrote(&self.table, piece.num_rows());
        Ok(())
    }
}

/// Whether a table is one of those that workspaces share.
fn is_shared(table: &str) -> bool {
    static SHARED: OnceLock<HashSet<&'static str>> = OnceLock::new();
    SHARED.get_or_init(|| schema::tables().into_iter().map(|(table, _)| table).collect()).contains(table)
}

fn put_cell(out: &mut BytesMut, column: &ArrayRef, row: usize) -> Answer<()> {
    if column.is_null(row) {
        out.put_i32(NULL);
        return Ok(());
    }
    match column.data_type() {
        DataType::Utf8 => put_text(out, column.as_string::<i32>().value(row))?,
        DataType::Int64 => {
            out.put_i32(8);
            out.put_i64(column.as_primitive::<Int64Type>().value(row));
        }
        DataType::Decimal128(..) => numeric::write(out, column.as_primitive::<Decimal128Type>().value(row)),
        DataType::Boolean => {
            out.put_i32(1);
            out.put_u8(u8::from(column.as_boolean().value(row)));
        }
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            out.put_i32(8);
            let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
            out.put_i64(micros.saturating_sub(cells::EPOCH_MICROS));
        }
        DataType::Date32 => {
            out.put_i32(4);
            let days = column.as_primitive::<Date32Type>().value(row);
            out.put_i32(days.saturating_sub(cells::EPOCH_DAYS));
        }
        other => return Err(Failure::of(&format!("a column of {other} cannot be written"))),
    }
    Ok(())
}

/// PostgreSQL's texts hold every character but the one whose code is 0, which stands as `U+FFFD`; the raw archive has
/// it as it came.
fn put_text(out: &mut BytesMut, text: &str) -> Answer<()> {
    let clean;
    let text = if text.contains('\0') {
        clean = text.replace('\0', "\u{fffd}");
        &clean
    } else {
        text
    };
    out.put_i32(i32::try_from(text.len()).map_err(|_| Failure::of("a text is longer than two gigabytes"))?);
    out.put_slice(text.as_bytes());
    Ok(())
}

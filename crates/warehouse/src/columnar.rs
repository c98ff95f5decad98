//! Rows to the engine's columns and back. Rows are turned into columns here because appending cell by cell costs
//! several times as much.

use std::sync::Arc;

use duckdb::arrow::array::{
    Array, ArrayRef, BooleanBuilder, Date32Builder, Decimal128Array, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder, new_null_array,
};
use duckdb::arrow::buffer::NullBuffer;
use duckdb::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use duckdb::arrow::record_batch::RecordBatch;
use netgain_domain::jiff::civil::{Date, date};
use netgain_domain::jiff::{Timestamp, ToSpan};
use netgain_domain::{Decimal, Kind, Value};

use crate::decimal::{self, PRECISION, SCALE};
use crate::engine::{Connection, Copier};
use crate::error::{Context, Error, Result};
use crate::schema::Spec;

/// Rows are handed to the engine in pieces of this size; it bounds the memory of a large batch.
const ROWS_PER_PIECE: usize = 16_384;

enum Builder {
    Text(StringBuilder),
    Int(Int64Builder),
    Decimal(Decimals),
    Bool(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
    Date(Date32Builder),
}

impl Builder {
    fn new(kind: Kind, blank: Blank) -> Self {
        match kind {
            Kind::Text | Kind::Json => Self::Text(StringBuilder::new()),
            Kind::Int => Self::Int(Int64Builder::new()),
            Kind::Decimal => Self::Decimal(Decimals::new(blank)),
            Kind::Bool => Self::Bool(BooleanBuilder::new()),
            Kind::Time => Self::Time(TimestampMicrosecondBuilder::new()),
            Kind::Date => Self::Date(Date32Builder::new()),
        }
    }

    /// The cells of a piece of so many rows; none where every row has what the engine fills in by itself.
    fn finish(&mut self, rows: usize) -> Result<Option<ArrayRef>> {
        let array: ArrayRef = match self {
            Self::Text(b) => Arc::new(b.finish()),
            Self::Int(b) => Arc::new(b.finish()),
            Self::Decimal(b) => return b.finish(rows),
            Self::Bool(b) => Arc::new(b.finish()),
            Self::Time(b) => Arc::new(b.finish()),
            Self::Date(b) => Arc::new(b.finish()),
        };
        Ok((array.null_count() < array.len()).then_some(array))
    }
}

/// What the engine fills in where a column is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blank {
    Null,
    /// Zero in columns of amounts, which have it as their default; null in others.
    Zero,
}

/// A column of amounts. Nothing is done for blank cells until one is not: of an order's many lines most are nothing.
struct Decimals {
    blank: Blank,
    values: Vec<i128>,
    /// Which of them are not null.
    valid: Vec<bool>,
}

impl Decimals {
    fn new(blank: Blank) -> Self {
        Self { blank, values: Vec::new(), valid: Vec::new() }
    }

    /// Fills what was left blank before a row.
    fn fill(&mut self, row: usize) {
        self.values.resize(row, 0);
        self.valid.resize(row, self.blank == Blank::Zero);
    }

    fn put(&mut self, row: usize, value: Option<i128>) {
        let blank = match self.blank {
            Blank::Null => value.is_none(),
            Blank::Zero => value == Some(0),
        };
        if !blank {
            self.fill(row);
            self.values.push(value.unwrap_or(0));
            self.valid.push(value.is_some());
        }
    }

    fn finish(&mut self, rows: usize) -> Result<Option<ArrayRef>> {
        if self.values.is_empty() {
            return Ok(None);
        }
        self.fill(rows);
        let (values, valid) = (std::mem::take(&mut self.values), std::mem::take(&mut self.valid));
        let nulls = valid.contains(&false).then(|| NullBuffer::from(valid));
        decimals(values, nulls).map(Some)
    }
}

fn decimals(values: Vec<i128>, nulls: Option<NullBuffer>) -> Result<ArrayRef> {
    let array = Decimal128Array::new(values.into(), nulls)
        .with_precision_and_scale(PRECISION, SCALE as i8)
        .map_err(|error| Error::Engine { what: DOING, reason: error.to_string() })?;
    Ok(Arc::new(array))
}

const DOING: &str = "append rows";

fn decimal_type() -> DataType {
    DataType::Decimal128(PRECISION, SCALE as i8)
}

fn arrow_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text | Kind::Json => DataType::Utf8,
        Kind::Int => DataType::Int64,
        Kind::Decimal => decimal_type(),
        Kind::Bool => DataType::Boolean,
        Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, None),
        Kind::Date => DataType::Date32,
    }
}

/// Days since 1970-01-01.
pub(crate) fn day_number(day: Date) -> i32 {
    const EPOCH: Date = date(1970, 1, 1);
    // the span between two dates counts in days unless told otherwise, and every civil date fits
    (day - EPOCH).get_days()
}

/// The day of a number of days since 1970-01-01.
pub(crate) fn day_of_number(days: i32) -> Option<Date> {
    date(1970, 1, 1).checked_add(days.days()).ok()
}

/// Where pieces of rows go.
enum Out<'c> {
    Duck(duckdb::Appender<'c>),
    Postgres(Copier<'c>),
}

/// Appends rows to one table inside the caller's transaction.
pub(crate) struct TableWriter<'c> {
    table: &'static str,
    columns: Vec<Spec>,
    out: Out<'c>,
    builders: Vec<Builder>,
    blank: Blank,
    /// Which columns the engine is given; it fills the others by itself.
    given: Vec<bool>,
    rows: usize,
    at: usize,
}

impl<'c> TableWriter<'c> {
    pub(crate) fn new(connection: &'c Connection, table: &'static str, columns: Vec<Spec>) -> Result<Self> {
        Self::with(connection, table, columns, Blank::Null)
    }

    /// For a table whose columns of amounts have zero as their default.
    pub(crate) fn of_amounts(
        connection: &'c Connection,
        table: &'static str,
        columns: Vec<Spec>,
    ) -> Result<Self> {
        Self::with(connection, table, columns, Blank::Zero)
    }

    fn with(
        connection: &'c Connection,
        table: &'static str,
        columns: Vec<Spec>,
        blank: Blank,
    ) -> Result<Self> {
        let out = match connection {
            Connection::Duck(duck) => Out::Duck(duck.appender(table).doing(DOING)?),
            Connection::Postgres(client) => Out::Postgres(Copier::new(client, table, &columns)),
        };
        let builders = columns.iter().map(|column| Builder::new(column.kind, blank)).collect();
        // a database is given all of them: its pieces come by one statement
        let given = vec![matches!(out, Out::Postgres(_)); columns.len()];
        Ok(Self { table, columns, out, builders, blank, given, rows: 0, at: 0 })
    }

    fn mismatch(&self, given: &str) -> Error {
        let column = self.columns.get(self.at).map_or("?", |column| column.name);
        Error::Engine { what: DOING, reason: format!("{given} given for `{}.{column}`", self.table) }
    }

    /// The next cell of the row: text.
    pub(crate) fn text(&mut self, text: &str) -> Result<()> {
        match self.builders.get_mut(self.at) {
            Some(Builder::Text(b)) => b.append_value(text),
            _ => return Err(self.mismatch("text")),
        }
        self.at += 1;
        Ok(())
    }

    /// The next cell of the row: text or null.
    pub(crate) fn text_or_null(&mut self, text: Option<&str>) -> Result<()> {
        match text {
            Some(text) => self.text(text),
            None => self.cell(&Value::Null),
        }
    }

    /// The next cell of the row: a whole number.
    pub(crate) fn int(&mut self, value: i64) -> Result<()> {
        match self.builders.get_mut(self.at) {
            Some(Builder::Int(b)) => b.append_value(value),
            _ => return Err(self.mismatch("a whole number")),
        }
        self.at += 1;
        Ok(())
    }

    /// The next cell of the row: an instant.
    pub(crate) fn time(&mut self, value: Timestamp) -> Result<()> {
        match self.builders.get_mut(self.at) {
            Some(Builder::Time(b)) => b.append_value(value.as_microsecond()),
            _ => return Err(self.mismatch("an instant")),
        }
        self.at += 1;
        Ok(())
    }

    /// The next cell of the row: an exact decimal.
    pub(crate) fn decimal(&mut self, value: Decimal) -> Result<()> {
        let (row, builder) = (self.rows, self.builders.get_mut(self.at));
        let Some(Builder::Decimal(b)) = builder else {
            return Err(self.mismatch("a decimal"));
        };
        let Some(stored) = decimal::to_stored(value) else {
            let column = self.columns.get(self.at).map_or("?", |column| column.name).to_owned();
            return Err(Error::Precision { table: self.table.to_owned(), column, value: value.to_string() });
        };
        b.put(row, Some(stored));
        self.at += 1;
        Ok(())
    }

    /// The next cells of the row: exact decimals.
    pub(crate) fn decimals(&mut self, values: &[Decimal]) -> Result<()> {
        values.iter().try_for_each(|value| self.decimal(*value))
    }

    /// The next cells of the row: exact decimals, of which those that are nothing are left empty.
    pub(crate) fn decimals_or_null(&mut self, values: &[Decimal]) -> Result<()> {
        values.iter().try_for_each(|value| {
            if value.is_zero() { self.cell(&Value::Null) } else { self.decimal(*value) }
        })
    }

    /// The next cell of the row.
    pub(crate) fn cell(&mut self, value: &Value) -> Result<()> {
        if let Value::Decimal(value) = value {
            return self.decimal(*value);
        }
        match (self.builders.get_mut(self.at), value) {
            (Some(Builder::Text(b)), Value::Text(text) | Value::Json(text)) => b.append_value(text),
            (Some(Builder::Int(b)), Value::Int(value)) => b.append_value(*value),
            (Some(Builder::Bool(b)), Value::Bool(value)) => b.append_value(*value),
            (Some(Builder::Time(b)), Value::Time(value)) => b.append_value(value.as_microsecond()),
            (Some(Builder::Date(b)), Value::Date(value)) => b.append_value(day_number(*value)),
            (Some(Builder::Text(b)), Value::Null) => b.append_null(),
            (Some(Builder::Int(b)), Value::Null) => b.append_null(),
            (Some(Builder::Decimal(b)), Value::Null) => b.put(self.rows, None),
            (Some(Builder::Bool(b)), Value::Null) => b.append_null(),
            (Some(Builder::Time(b)), Value::Null) => b.append_null(),
            (Some(Builder::Date(b)), Value::Null) => b.append_null(),
            _ => return Err(self.mismatch("another kind of value")),
        }
        self.at += 1;
        Ok(())
    }

    /// Ends the row.
    pub(crate) fn end_row(&mut self) -> Result<()> {
        if self.at != self.builders.len() {
            return Err(self.mismatch("a short row"));
        }
        self.at = 0;
        self.rows += 1;
        if self.rows == ROWS_PER_PIECE { self.hand_over() } else { Ok(()) }
    }

    fn hand_over(&mut self) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.rows);
        let mut arrays = self.builders.iter_mut().map(|b| b.finish(rows)).collect::<Result<Vec<_>>>()?;
        self.give(&arrays)?;
        let mut fields = Vec::with_capacity(arrays.len());
        let mut given = Vec::with_capacity(arrays.len());
        for (at, array) in arrays.iter_mut().enumerate().filter(|(at, _)| self.given[*at]) {
            let column = &self.columns[at];
            fields.push(Field::new(column.name, arrow_type(column.kind), true));
            given.push(match array.take() {
                Some(array) => array,
                None if self.blank == Blank::Zero && column.kind == Kind::Decimal => {
                    decimals(vec![0; rows], None)?
                }
                None => new_null_array(&arrow_type(column.kind), rows),
            });
        }
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), given)
            .map_err(|error| Error::Engine { what: DOING, reason: error.to_string() })?;
        match &mut self.out {
            Out::Duck(appender) => {
                appender.append_record_batch(batch).doing(DOING)?;
                // what the engine keeps back until it has enough would be in memory twice
                appender.flush().doing(DOING)
            }
            Out::Postgres(copier) => copier.put(&batch).doing(DOING),
        }
    }

    /// Tells the engine which columns it is given, where these need one more.
    fn give(&mut self, arrays: &[Option<ArrayRef>]) -> Result<()> {
        let Out::Duck(appender) = &mut self.out else { return Ok(()) };
        let mut more = false;
        for (at, (given, array)) in self.given.iter_mut().zip(arrays).enumerate() {
            // naming none would mean all
            if !*given && (array.is_some() || at == 0) {
                (*given, more) = (true, true);
            }
        }
        if more {
            appender.clear_columns().doing(DOING)?;
            for (column, _) in self.columns.iter().zip(&self.given).filter(|(_, given)| **given) {
                appender.add_column(column.name).doing(DOING)?;
            }
        }
        Ok(())
    }

    /// Hands the last rows over. A writer that is dropped without it loses them, which only happens on the way to
    /// a rollback.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.hand_over()
    }
}

#[cfg(test)]
mod tests;

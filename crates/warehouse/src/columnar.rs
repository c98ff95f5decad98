//! Rows to the engine's columns and back. Rows are turned into columns here because appending cell by cell costs
//! several times as much.

use std::sync::Arc;

use duckdb::arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use duckdb::arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use duckdb::arrow::record_batch::RecordBatch;
use netgain_domain::jiff::civil::{Date, date};
use netgain_domain::jiff::{Timestamp, ToSpan};
use netgain_domain::{Decimal, Kind, Value};

use crate::decimal::{self, PRECISION, SCALE};
use crate::error::{Context, Error, Result};
use crate::schema::Spec;

/// Rows are handed to the engine in pieces of this size; it bounds the memory of a large batch.
const ROWS_PER_PIECE: usize = 16_384;

enum Builder {
    Text(StringBuilder),
    Int(Int64Builder),
    Decimal(Decimal128Builder),
    Bool(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
    Date(Date32Builder),
}

impl Builder {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text | Kind::Json => Self::Text(StringBuilder::new()),
            Kind::Int => Self::Int(Int64Builder::new()),
            Kind::Decimal => Self::Decimal(Decimal128Builder::new().with_data_type(decimal_type())),
            Kind::Bool => Self::Bool(BooleanBuilder::new()),
            Kind::Time => Self::Time(TimestampMicrosecondBuilder::new()),
            Kind::Date => Self::Date(Date32Builder::new()),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(b) => Arc::new(b.finish()),
            Self::Int(b) => Arc::new(b.finish()),
            Self::Decimal(b) => Arc::new(b.finish()),
            Self::Bool(b) => Arc::new(b.finish()),
            Self::Time(b) => Arc::new(b.finish()),
            Self::Date(b) => Arc::new(b.finish()),
        }
    }
}

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

/// A decimal cell of a row that was read one by one.
pub(crate) fn decimal_cell(cell: duckdb::types::ValueRef<'_>) -> Option<Decimal> {
    match cell {
        duckdb::types::ValueRef::Decimal(value) => {
            decimal::from_stored(value.value(), u32::from(value.scale()))
        }
        _ => None,
    }
}

/// Appends rows to one table inside the caller's transaction.
pub(crate) struct TableWriter<'c> {
    table: &'static str,
    columns: Vec<Spec>,
    appender: duckdb::Appender<'c>,
    schema: Arc<Schema>,
    builders: Vec<Builder>,
    rows: usize,
    at: usize,
}

impl<'c> TableWriter<'c> {
    pub(crate) fn new(
        connection: &'c duckdb::Connection,
        table: &'static str,
        columns: Vec<Spec>,
    ) -> Result<Self> {
        let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
        let appender = connection.appender_with_columns(table, &names).doing("append rows")?;
        let fields: Vec<Field> =
            columns.iter().map(|column| Field::new(column.name, arrow_type(column.kind), true)).collect();
        let builders = columns.iter().map(|column| Builder::new(column.kind)).collect();
        let schema = Arc::new(Schema::new(fields));
        Ok(Self { table, columns, appender, schema, builders, rows: 0, at: 0 })
    }

    fn mismatch(&self, given: &str) -> Error {
        let column = self.columns.get(self.at).map_or("?", |column| column.name);
        Error::Engine { what: "append rows", reason: format!("{given} given for `{}.{column}`", self.table) }
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
        let Some(Builder::Decimal(b)) = self.builders.get_mut(self.at) else {
            return Err(self.mismatch("a decimal"));
        };
        let Some(stored) = decimal::to_stored(value) else {
            let column = self.columns.get(self.at).map_or("?", |column| column.name).to_owned();
            return Err(Error::Precision { table: self.table.to_owned(), column, value: value.to_string() });
        };
        b.append_value(stored);
        self.at += 1;
        Ok(())
    }

    /// The next cells of the row: exact decimals.
    pub(crate) fn decimals(&mut self, values: &[Decimal]) -> Result<()> {
        values.iter().try_for_each(|value| self.decimal(*value))
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
            (Some(Builder::Decimal(b)), Value::Null) => b.append_null(),
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
        const DOING: &str = "append rows";
        if self.rows == 0 {
            return Ok(());
        }
        self.rows = 0;
        let arrays = self.builders.iter_mut().map(Builder::finish).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays)
            .map_err(|error| Error::Engine { what: DOING, reason: error.to_string() })?;
        self.appender.append_record_batch(batch).doing(DOING)
    }

    /// Hands the last rows over. A writer that is dropped without it loses them, which only happens on the way to
    /// a rollback.
    pub(crate) fn finish(mut self) -> Result<()> {
        self.hand_over()?;
        self.appender.flush().doing("append rows")
    }
}

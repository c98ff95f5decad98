//! Reading results in bulk: typed cells out of the engine's columns.

use duckdb::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Int32Array, Int64Array,
    StringArray, TimestampMicrosecondArray,
};
use duckdb::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use duckdb::{Connection, Params, Statement};
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;
use netgain_domain::{Currency, Decimal, Value};

use crate::columnar::day_of_number;
use crate::decimal;
use crate::error::{Context, Error, Result};

enum Column<'b> {
    Text(&'b StringArray),
    Int(&'b Int64Array),
    Int32(&'b Int32Array),
    Decimal(&'b Decimal128Array, u32),
    Bool(&'b BooleanArray),
    Time(&'b TimestampMicrosecondArray),
    Date(&'b Date32Array),
    Null,
}

impl<'b> Column<'b> {
    fn of(array: &'b ArrayRef, name: &str) -> Result<Self> {
        Ok(match array.data_type() {
            DataType::Utf8 => Self::Text(array.as_string()),
            DataType::Int64 => Self::Int(array.as_primitive::<Int64Type>()),
            DataType::Int32 => Self::Int32(array.as_primitive::<Int32Type>()),
            DataType::Decimal128(_, scale) => {
                Self::Decimal(array.as_primitive::<Decimal128Type>(), u32::try_from(*scale).unwrap_or(0))
            }
            DataType::Boolean => Self::Bool(array.as_boolean()),
            DataType::Timestamp(TimeUnit::Microsecond, None) => {
                Self::Time(array.as_primitive::<TimestampMicrosecondType>())
            }
            DataType::Date32 => Self::Date(array.as_primitive::<Date32Type>()),
            DataType::Null => Self::Null,
            other => return Err(stored(name, format!("its type is {other}"))),
        })
    }

    fn array(&self) -> Option<&dyn Array> {
        Some(match self {
            Self::Text(a) => *a,
            Self::Int(a) => *a,
            Self::Int32(a) => *a,
            Self::Decimal(a, _) => *a,
            Self::Bool(a) => *a,
            Self::Time(a) => *a,
            Self::Date(a) => *a,
            Self::Null => return None,
        })
    }
}

fn stored(column: &str, reason: impl Into<String>) -> Error {
    Error::Stored { column: column.to_owned(), reason: reason.into() }
}

/// One row of a result. Cells are read by position; a null is `None`.
pub(crate) struct Cells<'r> {
    columns: &'r [Column<'r>],
    names: &'r [String],
    row: usize,
}

impl Cells<'_> {
    fn present(&self, at: usize) -> Option<&Column<'_>> {
        let column = self.columns.get(at)?;
        column.array().filter(|array| !array.is_null(self.row)).map(|_| column)
    }

    fn name(&self, at: usize) -> &str {
        self.names.get(at).map_or("?", String::as_str)
    }

    fn wrong<T>(&self, at: usize) -> Result<T> {
        Err(stored(self.name(at), "it holds another kind of value"))
    }

    /// For cells that the schema or a check on writing guarantees.
    fn required<T>(&self, at: usize, cell: Option<T>) -> Result<T> {
        cell.ok_or_else(|| stored(self.name(at), "it is empty"))
    }

    pub(crate) fn text(&self, at: usize) -> Result<Option<&str>> {
        match self.present(at) {
            None => Ok(None),
            Some(Column::Text(a)) => Ok(Some(a.value(self.row))),
            Some(_) => self.wrong(at),
        }
    }

    pub(crate) fn string(&self, at: usize) -> Result<String> {
        let text = self.text(at)?;
        self.required(at, text.map(str::to_owned))
    }

    pub(crate) fn maybe_string(&self, at: usize) -> Result<Option<String>> {
        Ok(self.text(at)?.map(str::to_owned))
    }

    pub(crate) fn maybe_int(&self, at: usize) -> Result<Option<i64>> {
        match self.present(at) {
            None => Ok(None),
            Some(Column::Int(a)) => Ok(Some(a.value(self.row))),
            Some(Column::Int32(a)) => Ok(Some(i64::from(a.value(self.row)))),
            // sums of whole numbers are wide
            Some(Column::Decimal(a, 0)) => i64::try_from(a.value(self.row))
                .map(Some)
                .map_err(|_| stored(self.name(at), "the number is too large")),
            Some(_) => self.wrong(at),
        }
    }

    pub(crate) fn int(&self, at: usize) -> Result<i64> {
        let cell = self.maybe_int(at)?;
        self.required(at, cell)
    }

    pub(crate) fn maybe_decimal(&self, at: usize) -> Result<Option<Decimal>> {
        match self.present(at) {
            None => Ok(None),
            Some(Column::Decimal(a, scale)) => decimal::from_stored(a.value(self.row), *scale)
                .map(Some)
                .ok_or_else(|| stored(self.name(at), "the amount has more than 28 digits")),
            Some(_) => self.wrong(at),
        }
    }

    pub(crate) fn decimal(&self, at: usize) -> Result<Decimal> {
        let cell = self.maybe_decimal(at)?;
        self.required(at, cell)
    }

    pub(crate) fn maybe_bool(&self, at: usize) -> Result<Option<bool>> {
        match self.present(at) {
            None => Ok(None),
            Some(Column::Bool(a)) => Ok(Some(a.value(self.row))),
            Some(_) => self.wrong(at),
        }
    }

    pub(crate) fn maybe_time(&self, at: usize) -> Result<Option<Timestamp>> {
        match self.present(at) {
            None => Ok(None),
            Some(Column::Time(a)) => Timestamp::from_microsecond(a.value(self.row))
                .map(Some)
                .map_err(|error| stored(self.name(at), error.to_string())),
            Some(_) => self.wrong(at),
        }
    }

    pub(crate) fn time(&self, at: usize) -> Result<Timestamp> {
        let cell = self.maybe_time(at)?;
        self.required(at, cell)
    }

    pub(crate) fn maybe_date(&self, at: usize) -> Result<Option<Date>> {
        match self.present(at) {
            None => Ok(None),
            Some(Column::Date(a)) => day_of_number(a.value(self.row))
                .map(Some)
                .ok_or_else(|| stored(self.name(at), "the day is out of range")),
            Some(_) => self.wrong(at),
        }
    }

    pub(crate) fn date(&self, at: usize) -> Result<Date> {
        let cell = self.maybe_date(at)?;
        self.required(at, cell)
    }

    pub(crate) fn currency(&self, at: usize) -> Result<Currency> {
        let text = self.text(at)?;
        self.required(at, text)?.parse().map_err(|error| stored(self.name(at), format!("{error}")))
    }

    /// The cell as the kind of value that its column has.
    pub(crate) fn value(&self, at: usize) -> Result<Value> {
        Ok(match self.present(at) {
            None => Value::Null,
            Some(Column::Text(a)) => Value::Text(a.value(self.row).to_owned()),
            Some(Column::Int(_) | Column::Int32(_)) => Value::Int(self.int(at)?),
            Some(Column::Decimal(..)) => Value::Decimal(self.decimal(at)?),
            Some(Column::Bool(a)) => Value::Bool(a.value(self.row)),
            Some(Column::Time(_)) => Value::Time(self.time(at)?),
            Some(Column::Date(_)) => Value::Date(self.date(at)?),
            Some(Column::Null) => Value::Null,
        })
    }
}

/// Runs a query and hands over its rows one by one.
pub(crate) fn each_row<P: Params>(
    connection: &Connection,
    what: &'static str,
    sql: &str,
    params: P,
    mut take: impl FnMut(&Cells<'_>) -> Result<()>,
) -> Result<()> {
    let mut statement = connection.prepare(sql).doing(what)?;
    drop(statement.query_arrow(params).doing(what)?);
    drain(&statement, what, &mut take)
}

/// Hands over the rows of an executed statement.
fn drain(
    statement: &Statement<'_>,
    what: &'static str,
    take: &mut impl FnMut(&Cells<'_>) -> Result<()>,
) -> Result<()> {
    // not the iterator: it panics where this returns an error
    while let Some(piece) = statement.step().doing(what)? {
        let names: Vec<String> = piece.fields().iter().map(|field| field.name().clone()).collect();
        let columns = piece
            .columns()
            .iter()
            .zip(&names)
            .map(|(array, name)| Column::of(array, name))
            .collect::<Result<Vec<_>>>()?;
        for row in 0..piece.len() {
            take(&Cells { columns: &columns, names: &names, row })?;
        }
    }
    Ok(())
}

/// Runs a query and collects what `read` makes of each row.
pub(crate) fn rows<T, P: Params>(
    connection: &Connection,
    what: &'static str,
    sql: &str,
    params: P,
    read: impl Fn(&Cells<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut all = Vec::new();
    each_row(connection, what, sql, params, |cells| {
        all.push(read(cells)?);
        Ok(())
    })?;
    Ok(all)
}

#[cfg(test)]
mod tests;

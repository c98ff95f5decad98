//! Reading results in bulk: typed cells out of the engine's columns.

use duckdb::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Int32Array, Int64Array,
    StringArray, TimestampMicrosecondArray,
};
use duckdb::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;
use netgain_domain::{Currency, Decimal, Value};

use crate::columnar::day_of_number;
use crate::decimal;
use crate::engine::{self, Answer, CellRef, Connection, FromCell, Param, Params};
use crate::error::{Context, Error, Failure, Result};

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

    fn cell(&self, row: usize) -> CellRef<'_> {
        match self {
            Self::Text(a) if a.is_valid(row) => CellRef::Text(a.value(row)),
            Self::Int(a) if a.is_valid(row) => CellRef::Int(a.value(row)),
            Self::Int32(a) if a.is_valid(row) => CellRef::Int(i64::from(a.value(row))),
            Self::Decimal(a, scale) if a.is_valid(row) => CellRef::Decimal(a.value(row), *scale),
            Self::Bool(a) if a.is_valid(row) => CellRef::Bool(a.value(row)),
            Self::Time(a) if a.is_valid(row) => CellRef::Time(a.value(row)),
            Self::Date(a) if a.is_valid(row) => CellRef::Date(a.value(row)),
            _ => CellRef::Null,
        }
    }
}

fn stored(column: &str, reason: impl Into<String>) -> Error {
    Error::Stored { column: column.to_owned(), reason: reason.into() }
}

enum Source<'r> {
    /// A row of columns, which have these names.
    Duck(&'r [Column<'r>], &'r [String], usize),
    Postgres(&'r tokio_postgres::Row),
}

/// One row of a result. Cells are read by position; a null is `None`.
pub(crate) struct Cells<'r> {
    source: Source<'r>,
}

impl<'r> Cells<'r> {
    pub(crate) fn of_postgres(row: &'r tokio_postgres::Row) -> Self {
        Self { source: Source::Postgres(row) }
    }

    /// The cell as it lies in the result.
    pub(crate) fn cell(&self, at: usize) -> Result<CellRef<'_>> {
        match &self.source {
            Source::Duck(columns, _, row) => {
                Ok(columns.get(at).map_or(CellRef::Null, |column| column.cell(*row)))
            }
            Source::Postgres(row) => {
                engine::of_postgres(row, at).map_err(|failure| stored(self.name(at), failure.message))
            }
        }
    }

    /// The cell as whatever it is wanted as.
    pub(crate) fn get<T: FromCell>(&self, at: usize) -> Answer<T> {
        let cell = self.cell(at).map_err(|error| Failure::of(&error.to_string()))?;
        T::from_cell(cell)
            .ok_or_else(|| Failure::of(&format!("`{}` holds another kind of value", self.name(at))))
    }

    fn name(&self, at: usize) -> &str {
        match &self.source {
            Source::Duck(_, names, _) => names.get(at).map_or("?", String::as_str),
            Source::Postgres(row) => row.columns().get(at).map_or("?", |column| column.name()),
        }
    }

    fn wrong<T>(&self, at: usize) -> Result<T> {
        Err(stored(self.name(at), "it holds another kind of value"))
    }

    /// For cells that the schema or a check on writing guarantees.
    fn required<T>(&self, at: usize, cell: Option<T>) -> Result<T> {
        cell.ok_or_else(|| stored(self.name(at), "it is empty"))
    }

    pub(crate) fn text(&self, at: usize) -> Result<Option<&str>> {
        match self.cell(at)? {
            CellRef::Null => Ok(None),
            CellRef::Text(text) => Ok(Some(text)),
            _ => self.wrong(at),
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
        match self.cell(at)? {
            CellRef::Null => Ok(None),
            CellRef::Int(number) => Ok(Some(number)),
            // sums of whole numbers are wide
            CellRef::Decimal(number, 0) => {
                i64::try_from(number).map(Some).map_err(|_| stored(self.name(at), "the number is too large"))
            }
            _ => self.wrong(at),
        }
    }

    pub(crate) fn int(&self, at: usize) -> Result<i64> {
        let cell = self.maybe_int(at)?;
        self.required(at, cell)
    }

    pub(crate) fn maybe_decimal(&self, at: usize) -> Result<Option<Decimal>> {
        match self.cell(at)? {
            CellRef::Null => Ok(None),
            CellRef::Decimal(mantissa, scale) => decimal::from_stored(mantissa, scale)
                .map(Some)
                .ok_or_else(|| stored(self.name(at), "the amount has more than 28 digits")),
            _ => self.wrong(at),
        }
    }

    pub(crate) fn decimal(&self, at: usize) -> Result<Decimal> {
        let cell = self.maybe_decimal(at)?;
        self.required(at, cell)
    }

    pub(crate) fn maybe_bool(&self, at: usize) -> Result<Option<bool>> {
        match self.cell(at)? {
            CellRef::Null => Ok(None),
            CellRef::Bool(truth) => Ok(Some(truth)),
            _ => self.wrong(at),
        }
    }

    pub(crate) fn maybe_time(&self, at: usize) -> Result<Option<Timestamp>> {
        match self.cell(at)? {
            CellRef::Null => Ok(None),
            CellRef::Time(micros) => Timestamp::from_microsecond(micros)
                .map(Some)
                .map_err(|error| stored(self.name(at), error.to_string())),
            _ => self.wrong(at),
        }
    }

    pub(crate) fn time(&self, at: usize) -> Result<Timestamp> {
        let cell = self.maybe_time(at)?;
        self.required(at, cell)
    }

    pub(crate) fn maybe_date(&self, at: usize) -> Result<Option<Date>> {
        match self.cell(at)? {
            CellRef::Null => Ok(None),
            CellRef::Date(days) => {
                day_of_number(days).map(Some).ok_or_else(|| stored(self.name(at), "the day is out of range"))
            }
            _ => self.wrong(at),
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
        Ok(match self.cell(at)? {
            CellRef::Null => Value::Null,
            CellRef::Text(text) => Value::Text(text.to_owned()),
            CellRef::Int(number) => Value::Int(number),
            CellRef::Decimal(..) => Value::Decimal(self.decimal(at)?),
            CellRef::Bool(truth) => Value::Bool(truth),
            CellRef::Time(_) => Value::Time(self.time(at)?),
            CellRef::Date(_) => Value::Date(self.date(at)?),
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
    connection.each(sql, params, &mut take).doing(what)?
}

/// As [`Connection::each`], of a DuckDB file.
pub(crate) fn each_of_duck(
    connection: &duckdb::Connection,
    sql: &str,
    params: Vec<Param>,
    take: &mut dyn FnMut(&Cells<'_>) -> Result<()>,
) -> Answer<Result<()>> {
    let mut statement = connection.prepare(sql)?;
    drop(statement.query_arrow(duckdb::params_from_iter(params))?);
    drain(&statement, take)
}

/// As [`each_of_duck`], without holding the whole result.
pub(crate) fn stream_of_duck(
    connection: &duckdb::Connection,
    sql: &str,
    take: &mut dyn FnMut(&Cells<'_>) -> Result<()>,
) -> Answer<Result<()>> {
    let mut statement = connection.prepare(sql)?;
    drop(statement.stream_arrow([])?);
    drain(&statement, take)
}

fn drain(
    statement: &duckdb::Statement<'_>,
    take: &mut dyn FnMut(&Cells<'_>) -> Result<()>,
) -> Answer<Result<()>> {
    // not the iterator: it panics where this returns an error
    while let Some(piece) = statement.step()? {
        let names: Vec<String> = piece.fields().iter().map(|field| field.name().clone()).collect();
        let columns = piece.columns().iter().zip(&names).map(|(array, name)| Column::of(array, name));
        let columns = match columns.collect::<Result<Vec<_>>>() {
            Ok(columns) => columns,
            Err(error) => return Ok(Err(error)),
        };
        for row in 0..piece.len() {
            if let Err(error) = take(&Cells { source: Source::Duck(&columns, &names, row) }) {
                return Ok(Err(error));
            }
        }
    }
    Ok(Ok(()))
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

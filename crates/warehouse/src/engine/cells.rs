//! One cell of a result, whichever engine gave it.

use tokio_postgres::types::{FromSql, Type};

use super::numeric;
use crate::error::Failure;

/// Microseconds from 1970 to 2000, where PostgreSQL begins to count.
pub(super) const EPOCH_MICROS: i64 = 946_684_800_000_000;
/// Days from 1970 to 2000.
pub(super) const EPOCH_DAYS: i32 = 10_957;

/// A cell as it lies in the result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum CellRef<'r> {
    Null,
    Text(&'r str),
    Int(i64),
    /// Mantissa and scale.
    Decimal(i128, u32),
    Bool(bool),
    /// Microseconds since 1970 (UTC).
    Time(i64),
    /// Days since 1970-01-01.
    Date(i32),
}

/// The bytes of a cell as they came.
struct Raw<'r>(&'r [u8]);

impl<'r> FromSql<'r> for Raw<'r> {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A cell of a row that PostgreSQL sent.
pub(crate) fn of_postgres(row: &tokio_postgres::Row, at: usize) -> Result<CellRef<'_>, Failure> {
    let Some(column) = row.columns().get(at) else {
        return Err(Failure::of("the result has fewer columns"));
    };
    let Some(Raw(raw)) = row.try_get::<_, Option<Raw<'_>>>(at)? else {
        return Ok(CellRef::Null);
    };
    read(column.type_(), raw)
        .ok_or_else(|| Failure::of(&format!("`{}` cannot be read as {}", column.name(), column.type_())))
}

fn read<'r>(kind: &Type, raw: &'r [u8]) -> Option<CellRef<'r>> {
    Some(match *kind {
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN | Type::JSON => {
            CellRef::Text(std::str::from_utf8(raw).ok()?)
        }
        Type::INT8 => CellRef::Int(i64::from_be_bytes(raw.try_into().ok()?)),
        Type::INT4 => CellRef::Int(i64::from(i32::from_be_bytes(raw.try_into().ok()?))),
        Type::INT2 => CellRef::Int(i64::from(i16::from_be_bytes(raw.try_into().ok()?))),
        Type::NUMERIC => {
            let (mantissa, scale) = numeric::read(raw)?;
            CellRef::Decimal(mantissa, scale)
        }
        Type::BOOL => CellRef::Bool(*raw.first()? != 0),
        Type::TIMESTAMP => CellRef::Time(i64::from_be_bytes(raw.try_into().ok()?).checked_add(EPOCH_MICROS)?),
        Type::DATE => CellRef::Date(i32::from_be_bytes(raw.try_into().ok()?).checked_add(EPOCH_DAYS)?),
        // among them floats: none may become an amount
        _ => return None,
    })
}

/// What a cell can be read as.
pub(crate) trait FromCell: Sized {
    /// None where it holds another kind of value.
    fn from_cell(cell: CellRef<'_>) -> Option<Self>;
}

impl FromCell for i64 {
    fn from_cell(cell: CellRef<'_>) -> Option<Self> {
        match cell {
            CellRef::Int(number) => Some(number),
            // sums of whole numbers are wide
            CellRef::Decimal(number, 0) => Self::try_from(number).ok(),
            _ => None,
        }
    }
}

impl FromCell for i32 {
    fn from_cell(cell: CellRef<'_>) -> Option<Self> {
        i64::from_cell(cell).and_then(|number| Self::try_from(number).ok())
    }
}

impl FromCell for bool {
    fn from_cell(cell: CellRef<'_>) -> Option<Self> {
        if let CellRef::Bool(truth) = cell { Some(truth) } else { None }
    }
}

impl FromCell for String {
    fn from_cell(cell: CellRef<'_>) -> Option<Self> {
        if let CellRef::Text(text) = cell { Some(text.to_owned()) } else { None }
    }
}

impl FromCell for netgain_domain::Decimal {
    fn from_cell(cell: CellRef<'_>) -> Option<Self> {
        match cell {
            CellRef::Decimal(mantissa, scale) => crate::decimal::from_stored(mantissa, scale),
            _ => None,
        }
    }
}

impl<T: FromCell> FromCell for Option<T> {
    fn from_cell(cell: CellRef<'_>) -> Option<Self> {
        match cell {
            CellRef::Null => Some(None),
            cell => T::from_cell(cell).map(Some),
        }
    }
}

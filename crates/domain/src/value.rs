//! One cell of a canonical row.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

/// A typed cell. `Null` means the platform did not say; it is never the same as zero.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Not said by the source.
    #[default]
    Null,
    /// Text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// An exact decimal (amounts in major units).
    Decimal(Decimal),
    /// True or false.
    Bool(bool),
    /// An instant (UTC), microseconds.
    Time(Timestamp),
    /// A calendar day in the zone that the row names.
    Date(Date),
    /// A JSON text that is kept as it came.
    Json(String),
}

impl Value {
    /// Whether the source said nothing.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

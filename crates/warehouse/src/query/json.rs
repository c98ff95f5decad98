//! Cells as JSON without losing a digit.

use duckdb::arrow::array::{Array, ArrayRef, AsArray};
use duckdb::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimeUnit, TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type,
};
use duckdb::arrow::util::display::array_value_to_string;
use netgain_domain::jiff::Timestamp;
use serde_json::Value;

use crate::columnar::day_of_number;
use crate::error::{Error, Result};

/// Beyond this, JSON readers that know only floats lose digits.
const SAFE: i64 = 1 << 53;

/// The name of a type for users.
pub(super) fn kind(of: &DataType) -> &'static str {
    match of {
        DataType::Utf8 | DataType::LargeUtf8 => "text",
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => "integer",
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => "integer",
        DataType::Decimal128(_, 0) => "integer",
        DataType::Decimal128(..) => "decimal",
        DataType::Float32 | DataType::Float64 => "double",
        DataType::Boolean => "boolean",
        DataType::Timestamp(..) => "timestamp",
        DataType::Date32 => "date",
        _ => "other",
    }
}

/// One cell.
pub(super) fn cell(column: &ArrayRef, row: usize) -> Result<Value> {
    if column.is_null(row) {
        return Ok(Value::Null);
    }
    Ok(match column.data_type() {
        DataType::Utf8 => Value::from(column.as_string::<i32>().value(row)),
        DataType::Boolean => Value::from(column.as_boolean().value(row)),
        DataType::Int8 => Value::from(column.as_primitive::<Int8Type>().value(row)),
        DataType::Int16 => Value::from(column.as_primitive::<Int16Type>().value(row)),
        DataType::Int32 => Value::from(column.as_primitive::<Int32Type>().value(row)),
        DataType::UInt8 => Value::from(column.as_primitive::<UInt8Type>().value(row)),
        DataType::UInt16 => Value::from(column.as_primitive::<UInt16Type>().value(row)),
        DataType::UInt32 => Value::from(column.as_primitive::<UInt32Type>().value(row)),
        DataType::Int64 => {
            let value = column.as_primitive::<Int64Type>().value(row);
            if (-SAFE..=SAFE).contains(&value) { Value::from(value) } else { Value::from(value.to_string()) }
        }
        DataType::Decimal128(_, scale) => {
            let value = column.as_primitive::<Decimal128Type>().value(row);
            match (scale, i64::try_from(value)) {
                (0, Ok(small)) if (-SAFE..=SAFE).contains(&small) => Value::from(small),
                _ => Value::from(plain(value, usize::try_from(*scale).unwrap_or(0))),
            }
        }
        // a number that JSON cannot write becomes a text such as `NaN`
        DataType::Float32 => float(f64::from(column.as_primitive::<Float32Type>().value(row))),
        DataType::Float64 => float(column.as_primitive::<Float64Type>().value(row)),
        DataType::Date32 => day_of_number(column.as_primitive::<Date32Type>().value(row))
            .map_or(Value::Null, |day| Value::from(day.to_string())),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
            Timestamp::from_microsecond(micros).map_or(Value::Null, |time| Value::from(time.to_string()))
        }
        _ => Value::from(array_value_to_string(column, row).map_err(|error| Error::Stored {
            column: column.data_type().to_string(),
            reason: error.to_string(),
        })?),
    })
}

/// One cell that PostgreSQL wrote as text, by the name of its column's type.
pub(super) fn of_text(kind: &str, text: Option<&str>) -> Value {
    let Some(text) = text else { return Value::Null };
    match kind {
        "integer" => match text.parse::<i64>() {
            Ok(number) if (-SAFE..=SAFE).contains(&number) => Value::from(number),
            _ => Value::from(text),
        },
        "decimal" if text.contains('.') => Value::from(text.trim_end_matches('0').trim_end_matches('.')),
        "double" => text.parse().map_or_else(|_| Value::from(text), float),
        "boolean" => Value::from(text == "t"),
        "timestamp" => {
            // the session's zone is UTC
            let text = text.trim_end_matches("+00").replace(' ', "T");
            Value::from(format!("{text}Z"))
        }
        _ => Value::from(text),
    }
}

fn float(value: f64) -> Value {
    serde_json::Number::from_f64(value).map_or_else(|| Value::from(value.to_string()), Value::Number)
}

/// A scaled whole number as plain decimal text without trailing zeros.
fn plain(value: i128, scale: usize) -> String {
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = scale + 1);
    let (whole, part) = digits.split_at(digits.len() - scale);
    let part = part.trim_end_matches('0');
    let sign = if value < 0 { "-" } else { "" };
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

#[cfg(test)]
mod tests {
    use super::{of_text, plain};

    #[test]
    fn texts_become_what_they_stand_for() {
        let of = |kind, text| of_text(kind, Some(text)).to_string();
        assert_eq!(of("integer", "42"), "42");
        assert_eq!(of("integer", "9007199254740993"), "\"9007199254740993\"");
        assert_eq!(of("decimal", "19.9900000000"), "\"19.99\"");
        assert_eq!(of("decimal", "100"), "\"100\"");
        assert_eq!(of("double", "0.5"), "0.5");
        assert_eq!(of("double", "NaN"), "\"NaN\"");
        assert_eq!(of("boolean", "f"), "false");
        assert_eq!(of("timestamp", "2024-01-01 10:00:00.5"), "\"2024-01-01T10:00:00.5Z\"");
        assert_eq!(of("timestamp", "2024-01-01 10:00:00+00"), "\"2024-01-01T10:00:00Z\"");
        assert_eq!(of_text("text", None).to_string(), "null");
    }

    #[test]
    fn digits_stay() {
        assert_eq!(plain(199_900_000_000, 10), "19.99");
        assert_eq!(plain(-1, 10), "-0.0000000001");
        assert_eq!(plain(0, 10), "0");
        assert_eq!(plain(123_456_789_012_345_678_900_000_000, 10), "12345678901234567.89");
        assert_eq!(
            plain(-170_141_183_460_469_231_731_687_303_715_884_105_727, 0),
            "-170141183460469231731687303715884105727"
        );
    }
}

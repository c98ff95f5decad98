//! Values that go into statements, and rows that come out of them.

use super::error::{EngineError, Result};

pub(crate) use netgain_postgres::Value;

/// What can be given to a statement.
pub(crate) trait ToValue {
    fn to_value(&self) -> Value;
}

impl ToValue for Value {
    fn to_value(&self) -> Value {
        self.clone()
    }
}

impl ToValue for str {
    fn to_value(&self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl ToValue for String {
    fn to_value(&self) -> Value {
        Value::Text(self.clone())
    }
}

impl ToValue for Vec<u8> {
    fn to_value(&self) -> Value {
        Value::Bytes(self.clone())
    }
}

impl ToValue for [u8] {
    fn to_value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }
}

impl<const N: usize> ToValue for [u8; N] {
    fn to_value(&self) -> Value {
        Value::Bytes(self.to_vec())
    }
}

macro_rules! numbers {
    ($($kind:ty),+) => { $(
        impl ToValue for $kind {
            fn to_value(&self) -> Value {
                Value::Int(i64::from(*self))
            }
        }
    )+ };
}
numbers!(i64, i32, u32, u16, u8, bool);

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value {
        (**self).to_value()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}

/// The values of one statement, in their order.
pub(crate) trait Params {
    fn values(self) -> Vec<Value>;
}

impl Params for Vec<Value> {
    fn values(self) -> Vec<Value> {
        self
    }
}

impl Params for &[&dyn ToValue] {
    fn values(self) -> Vec<Value> {
        self.iter().map(|value| value.to_value()).collect()
    }
}

impl Params for [&'static dyn ToValue; 0] {
    fn values(self) -> Vec<Value> {
        Vec::new()
    }
}

// not for every length, so that `[]` means one type alone
macro_rules! lists {
    ($($length:literal),+) => { $(
        impl<T: ToValue> Params for [T; $length] {
            fn values(self) -> Vec<Value> {
                self.iter().map(ToValue::to_value).collect()
            }
        }
    )+ };
}
lists!(1, 2, 3, 4, 5, 6);

/// Values of several types for one statement.
macro_rules! params {
    () => { ::std::vec::Vec::<$crate::db::Value>::new() };
    ($($value:expr),+ $(,)?) => { vec![$($crate::db::ToValue::to_value(&$value)),+] };
}
pub(crate) use params;

/// One row.
pub(crate) struct Row<'r>(&'r [Value]);

impl<'r> Row<'r> {
    pub(crate) fn new(cells: &'r [Value]) -> Self {
        Self(cells)
    }

    /// The cell of a column, counted from 0.
    pub(crate) fn get<I: At, T: FromValue>(&self, at: I) -> Result<T> {
        let at = at.number();
        let cell = self.0.get(at).ok_or_else(|| EngineError::unreadable(at, "there is no such column"))?;
        T::from_value(cell).ok_or_else(|| {
            let found = match cell {
                Value::Null => "nothing",
                Value::Int(_) => "a number",
                Value::Text(_) => "a text",
                Value::Bytes(_) => "bytes",
            };
            EngineError::unreadable(at, format_args!("{found} where another type is expected"))
        })
    }
}

/// A column's number.
pub(crate) trait At {
    fn number(self) -> usize;
}

impl At for usize {
    fn number(self) -> usize {
        self
    }
}

/// What a cell can be read as.
pub(crate) trait FromValue: Sized {
    fn from_value(cell: &Value) -> Option<Self>;
}

impl FromValue for Value {
    fn from_value(cell: &Value) -> Option<Self> {
        Some(cell.clone())
    }
}

impl FromValue for i64 {
    fn from_value(cell: &Value) -> Option<Self> {
        if let Value::Int(number) = cell { Some(*number) } else { None }
    }
}

impl FromValue for u32 {
    fn from_value(cell: &Value) -> Option<Self> {
        Self::try_from(i64::from_value(cell)?).ok()
    }
}

impl FromValue for i32 {
    fn from_value(cell: &Value) -> Option<Self> {
        Self::try_from(i64::from_value(cell)?).ok()
    }
}

impl FromValue for bool {
    fn from_value(cell: &Value) -> Option<Self> {
        i64::from_value(cell).map(|number| number != 0)
    }
}

impl FromValue for String {
    fn from_value(cell: &Value) -> Option<Self> {
        if let Value::Text(text) = cell { Some(text.clone()) } else { None }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(cell: &Value) -> Option<Self> {
        if let Value::Bytes(bytes) = cell { Some(bytes.clone()) } else { None }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(cell: &Value) -> Option<Self> {
        if *cell == Value::Null { Some(None) } else { T::from_value(cell).map(Some) }
    }
}

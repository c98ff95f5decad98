//! The values of a statement's `?`.

use duckdb::types::{ToSqlOutput, Value};

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Param {
    Text(Option<String>),
    Int(i64),
}

impl From<&str> for Param {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<&&str> for Param {
    fn from(text: &&str) -> Self {
        Self::from(*text)
    }
}

impl From<&String> for Param {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&&String> for Param {
    fn from(text: &&String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<String> for Param {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<&Option<String>> for Param {
    fn from(text: &Option<String>) -> Self {
        Self::Text(text.clone())
    }
}

impl From<i64> for Param {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<&i64> for Param {
    fn from(number: &i64) -> Self {
        Self::Int(*number)
    }
}

impl duckdb::ToSql for Param {
    fn to_sql(&self) -> duckdb::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Owned(match self {
            Self::Text(Some(text)) => Value::Text(text.clone()),
            Self::Text(None) => Value::Null,
            Self::Int(number) => Value::BigInt(*number),
        }))
    }
}

/// The values of a statement, in the order of its `?`.
pub(crate) trait Params {
    fn list(self) -> Vec<Param>;
}

impl Params for Vec<Param> {
    fn list(self) -> Vec<Param> {
        self
    }
}

impl Params for [Param; 0] {
    fn list(self) -> Vec<Param> {
        Vec::new()
    }
}

macro_rules! arrays {
    ($($length:literal)*) => {$(
        impl<T: Into<Param>> Params for [T; $length] {
            fn list(self) -> Vec<Param> {
                self.into_iter().map(Into::into).collect()
            }
        }
    )*};
}
arrays!(1 2 3 4);

/// Values of several types as parameters.
macro_rules! params {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::engine::Param::from(&$value)),*]
    };
}
pub(crate) use params;

//! Provider records to canonical rows, by a manifest's field table.
//!
//! Invariant: numbers keep the digits they were written with; a bad record is set aside with the path that
//! failed and never stops its page.

#![deny(clippy::float_arithmetic)]

mod convert;
mod error;
mod field;
mod heads;
mod mapper;
mod path;

use sonic_rs::{Deserializer, Value};

pub use convert::word_of;
pub use error::{CompileError, ParseError, Quarantined};
pub use mapper::{Keyer, Mapped, Mapper};
pub use path::{Context, Path};

/// Parses a JSON body so that its numbers keep their digits.
///
/// # Errors
/// [`ParseError`] when the body is not one JSON document.
pub fn parse(body: &str) -> Result<Value, ParseError> {
    let mut stream = Deserializer::from_str(body).use_rawnumber();
    let refuse =
        |error: sonic_rs::Error| ParseError(error.to_string().lines().next().unwrap_or_default().to_owned());
    let value = stream.deserialize::<Value>().map_err(refuse)?;
    stream.end().map_err(refuse)?;
    Ok(value)
}

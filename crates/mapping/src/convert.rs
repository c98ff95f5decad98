//! One JSON value to one typed cell. Numbers are read from their digits, never through a float.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use netgain_domain::{Currency, Value as Cell};
use netgain_manifest::{As, Scale};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sonic_rs::{JsonValueTrait, Value};

/// A text, number or truth value as the source wrote it; nothing for null, lists and objects.
#[must_use]
pub fn word_of(value: &Value) -> Option<Cow<'_, str>> {
    if let Some(text) = value.as_str() {
        Some(Cow::Borrowed(text))
    } else if let Some(truth) = value.as_bool() {
        Some(Cow::Borrowed(if truth { "true" } else { "false" }))
    } else {
        value.as_raw_number().map(|number| Cow::Owned(number.as_str().to_owned()))
    }
}

/// An exact decimal from its digits.
pub(crate) fn decimal(word: &str) -> Result<Decimal, String> {
    let plain = word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E'));
    let read = if word.contains(['e', 'E']) {
        Decimal::from_scientific(word)
    } else {
        Decimal::from_str_exact(word)
    };
    match read {
        Ok(read) if plain => Ok(read),
        _ => Err(must("a decimal of at most 28 digits", word)),
    }
}

fn must(be: &str, word: &str) -> String {
    let shown: String = word.chars().take(40).collect();
    format!("must be {be}, not `{shown}`")
}

/// An amount that was written in smaller units, in major units. `own_digits` are the source's for this currency.
pub(crate) fn scaled(
    amount: Decimal,
    scale: Scale,
    currency: Option<Currency>,
    own_digits: Option<u32>,
) -> Result<Decimal, String> {
    let digits = match (scale, currency) {
        (Scale::Micros, _) => 6,
        (Scale::Cents, _) => 2,
        (Scale::CurrencyMinor, Some(currency)) => own_digits.unwrap_or_else(|| currency.minor_digits()),
        (Scale::CurrencyMinor, None) => return Err("needs its currency to be scaled".to_owned()),
    };
    // moving the point keeps every digit
    let mut moved = amount;
    moved.set_scale(amount.scale() + digits).map_err(|_| "has too many digits to be scaled".to_owned())?;
    Ok(moved)
}

/// A word as a cell. `zone` is for times that carry none.
pub(crate) fn cell(kind: As, word: &str, zone: Option<&TimeZone>) -> Result<Cell, String> {
    Ok(match kind {
        As::Text | As::Id | As::Enum => Cell::Text(word.to_owned()),
        As::Int => Cell::Int(word.parse().map_err(|_| must("a whole number", word))?),
        As::Bool => match word {
            "true" => Cell::Bool(true),
            "false" => Cell::Bool(false),
            _ => return Err(must("true or false", word)),
        },
        As::Decimal | As::Money => Cell::Decimal(decimal(word)?),
        As::Time => Cell::Time(time(word, zone)?),
        As::EpochS => Cell::Time(epoch(word, Timestamp::from_second)?),
        As::EpochMs => Cell::Time(epoch(word, Timestamp::from_millisecond)?),
        As::EpochDay => Cell::Date(epoch(word, Timestamp::from_second)?.to_zoned(TimeZone::UTC).date()),
        As::Date => Cell::Date(day(word)?),
        As::SerialDay => Cell::Date(serial_day(word)?),
        As::SerialTime => Cell::Time(serial_time(word, zone)?),
        As::Currency => {
            let currency = word.parse::<Currency>().map_err(|error| error.to_string())?;
            Cell::Text(currency.code().to_owned())
        }
        As::Json => Cell::Json(word.to_owned()),
    })
}

/// A day, or the day of a time in the offset that it is written with.
fn day(word: &str) -> Result<Date, String> {
    let begin = word.get(..10).filter(|_| word.as_bytes().get(10) == Some(&b'T'));
    begin.unwrap_or(word).parse().map_err(|_| must("a day such as 2026-03-31", word))
}

/// A spreadsheet's day: whole days since 1899-12-30.
fn serial_day(word: &str) -> Result<Date, String> {
    let refuse = || must("a spreadsheet's number of a day", word);
    let days = decimal(word)?.trunc().to_i64().ok_or_else(refuse)?;
    jiff::civil::date(1899, 12, 30).checked_add(days.days()).map_err(|_| refuse())
}

/// A spreadsheet's time: days and parts of a day since 1899-12-30, on the clock of `zone`.
fn serial_time(word: &str, zone: Option<&TimeZone>) -> Result<Timestamp, String> {
    let refuse = || must("a spreadsheet's number of a day, and its zone known", word);
    let zone = zone.ok_or_else(refuse)?;
    let number = decimal(word)?;
    let days = number.trunc().to_i64().ok_or_else(refuse)?;
    let seconds = ((number - number.trunc()) * Decimal::from(86_400)).round().to_i64().ok_or_else(refuse)?;
    let at = jiff::civil::date(1899, 12, 30).at(0, 0, 0, 0).checked_add(days.days().seconds(seconds));
    zone.to_timestamp(at.map_err(|_| refuse())?).map_err(|_| refuse())
}

fn epoch(word: &str, read: impl Fn(i64) -> Result<Timestamp, jiff::Error>) -> Result<Timestamp, String> {
    let refuse = || must("a whole number of seconds or milliseconds since 1970", word);
    read(word.parse().map_err(|_| refuse())?).map_err(|_| refuse())
}

fn time(word: &str, zone: Option<&TimeZone>) -> Result<Timestamp, String> {
    if let Ok(instant) = word.parse::<Timestamp>() {
        return Ok(instant);
    }
    let refuse = || must("a time with its offset, such as 2026-03-31T12:00:00Z", word);
    let zone = zone.ok_or_else(refuse)?;
    // a clock reading that a change of the clocks skips or repeats is read as the earlier offset
    let civil: DateTime = word.parse().map_err(|_| refuse())?;
    zone.to_timestamp(civil).map_err(|_| refuse())
}

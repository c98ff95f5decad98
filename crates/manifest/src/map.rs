//! The field table: how a provider's record becomes canonical rows.
//!
//! Paths: `a.b`, `a[].b`, `a[0].b`, `a[?k=v].b`, `a[?k!=v].b`; `^.a` reads from the enclosing element, `$.a` from the record and
//! `@account.currency` from what the engine knows about the slice. In rows of a list `@position` is the element's place in
//! it, counted from 0.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// A stream's field table.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// Removed from the front of the key's parts, such as `gid://shopify/Order/`.
    pub key_prefix: Option<String>,
    /// The record's version: a time or a sequence number. Without it the time of reading counts.
    pub version: Option<Field>,
    /// Column of the root table to its source.
    pub fields: BTreeMap<String, Field>,
    /// Rows of further tables.
    #[serde(default)]
    pub rows: Vec<Rows>,
}

/// Rows of a further table made from a list in the record. Rows of a table that the root owns are replaced
/// with it and name it by themselves; rows of any other table become records of their own.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rows {
    /// The table.
    pub into: String,
    /// Path of the elements, such as `agreements.nodes[].sales.nodes[]`.
    pub from: String,
    /// Paths that identify a row inside the connection; joined with `:`.
    pub key: Vec<String>,
    /// Removed from the front of the key's parts.
    pub key_prefix: Option<String>,
    /// Only elements of which each path has one of the values; `exists` stands for any value but null.
    #[serde(default, rename = "where")]
    pub only: BTreeMap<String, Vec<String>>,
    /// Column to its source.
    pub fields: BTreeMap<String, Field>,
}

/// Where one column's value comes from.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Field {
    /// Its path.
    pub from: Option<String>,
    /// Paths of which the first with a value counts.
    pub any_of: Vec<String>,
    /// Path of numbers that are added up; no elements add up to nothing said.
    pub sum: Option<String>,
    /// Path of what each summed number is multiplied by, from the list element that holds it; 1 where it says nothing.
    pub times: Option<String>,
    /// A fixed value.
    #[serde(rename = "const")]
    pub fixed: Option<String>,
    /// What the value is.
    #[serde(rename = "as")]
    pub kind: As,
    /// Used where the source says nothing; for an enum, also where it says an unknown word.
    pub default: Option<String>,
    /// Whether a record without it goes to quarantine.
    pub required: bool,
    /// How a number is written.
    pub scale: Option<Scale>,
    /// Whether the sign is turned: for a charge that the provider writes as a negative amount.
    pub negate: bool,
    /// Path of the amount's currency.
    pub currency: Option<String>,
    /// Decimals of the smallest coin by currency, where the source counts otherwise than ISO 4217.
    pub minor_digits: BTreeMap<String, u32>,
    /// The source's words to ours; of a truth value to `true` or `false`, where `exists` stands for any word.
    #[serde(rename = "enum")]
    pub words: BTreeMap<String, String>,
    /// Texts that mean nothing was said.
    pub null_tokens: Vec<String>,
    /// Removed from the front of an id or text.
    pub strip_prefix: Option<String>,
    /// Put between the texts of a list.
    pub join: Option<String>,
    /// The zone of times that carry none: an IANA name, or where it stands, such as `@account.time_zone`.
    pub zone: Option<String>,
}

/// What a value is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum As {
    /// Text.
    #[default]
    Text,
    /// An identifier: a text, or a number that is kept as its digits.
    Id,
    /// A whole number.
    Int,
    /// True or false.
    Bool,
    /// An exact decimal.
    Decimal,
    /// An exact amount in major units.
    Money,
    /// An instant (ISO 8601 with offset, or with `zone`).
    Time,
    /// Whole seconds since 1970, UTC.
    EpochS,
    /// Whole milliseconds since 1970, UTC.
    EpochMs,
    /// The UTC day of whole seconds since 1970.
    EpochDay,
    /// A calendar day: `2026-03-31`, `20260331`, or the day of a time as it is written.
    Date,
    /// A calendar day that a spreadsheet counts: whole days since 1899-12-30; parts of a day are left off.
    SerialDay,
    /// An instant that a spreadsheet counts: days and parts of a day since 1899-12-30, on the clock of `zone`.
    SerialTime,
    /// A currency code, in capitals whatever case it has.
    Currency,
    /// One of the words of `enum`.
    Enum,
    /// Any JSON, kept as text.
    Json,
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Millionths.
    Micros,
    /// Hundredths, whatever the currency.
    Cents,
    /// The smallest coin of `currency`.
    CurrencyMinor,
}

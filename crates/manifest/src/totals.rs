//! What a stream's own records are held against: the provider's count or sum, wherever it offers one.

use netgain_domain::{Kind, Table};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Manifest, ManifestError, Pagination, Request, Scale, Stream};

/// The provider's own word on how much there is. A stream without this section cannot be checked; one whose provider
/// offers nothing says why with `by: nothing`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
#[allow(clippy::large_enum_variant, reason = "a manifest has a handful of them, read once")]
pub enum Totals {
    /// One number for a span of time, asked for with `{window.since}` (included) and `{window.until}` (excluded),
    /// both RFC 3339. Where it differs, spans are halved until their records can be listed.
    Window {
        /// The call, once for each slice of the stream.
        request: Request,
        /// Path of the number in its answer.
        path: String,
        /// Where the number may be a lower bound: what the answer says when it is exact.
        exact: Option<Exact>,
        /// The root table's column with the time that the span cuts; the provider must mean the same.
        column: String,
        /// What the number is.
        #[serde(default)]
        measure: Measure,
        /// The call that lists the records of a span, paged and decoded as the stream is. Without it a difference is
        /// named, and healed only where the stream is read whole each time.
        read: Option<Request>,
        /// Seconds until a record that came about is counted for sure.
        #[serde(default)]
        settle_s: u32,
    },
    /// A report of the provider with one record a day for each account, asked for with `{slice.account}`,
    /// `{slice.since}` and `{slice.until}` (days, both included), against our sum of that day.
    Day {
        /// The call.
        request: Request,
        /// How the next page is asked for.
        pagination: Pagination,
        /// Path of the records.
        records: String,
        /// Path of the day in a record.
        day: String,
        /// What is compared: columns of the root table and where the record has their sum.
        measures: Vec<Compared>,
        /// The root table's column of the day.
        column: String,
        /// Most days in one call.
        step_days: u32,
    },
    /// One number for all there is.
    All {
        /// The call, once for each slice of the stream.
        request: Request,
        /// Path of the number in its answer.
        path: String,
        /// Where the number may be a lower bound: what the answer says when it is exact.
        exact: Option<Exact>,
        /// What the number is.
        #[serde(default)]
        measure: Measure,
    },
    /// No number is offered: the records of a span are listed again and their keys compared with ours.
    /// Spans begin and end at midnight UTC.
    Keys {
        /// The root table's column with the time that the span cuts.
        column: String,
        /// The call that lists the records of a span, with `{window.since}` and `{window.until}`.
        read: Request,
        /// Days in one span.
        step_days: u32,
        /// Seconds by which `{window.since}` lies before the span, where the provider knows only "later than".
        #[serde(default)]
        margin_s: u32,
        /// How many days back the records are listed; all without it.
        max_age_days: Option<u32>,
        /// Seconds until a record that came about is listed for sure, or may be asked for.
        #[serde(default)]
        settle_s: u32,
    },
    /// Nothing can be checked.
    Nothing {
        /// Why, for people.
        reason: String,
    },
}

/// What an answer says when its number is exact.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exact {
    /// Path of the word.
    pub path: String,
    /// The word.
    pub value: String,
}

/// What a number is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Measure {
    /// How many records.
    #[default]
    Count,
    /// The sum of a column of the root table.
    Sum {
        /// The column.
        column: String,
    },
}

/// A column whose sum stands in a record of a report.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Compared {
    /// The root table's column.
    pub column: String,
    /// Path of its sum in the record; absent there means none.
    pub path: String,
    /// How the sum is written; as the column has it without this. A smallest coin is not known here.
    pub scale: Option<Scale>,
    /// Decimals to which both sides are rounded, where the provider adds up in binary fractions.
    pub round: Option<u32>,
}

/// Columns that do not exist, or cannot be counted or cut by.
pub(crate) fn check(manifest: &Manifest, stream: &Stream, faults: &mut Vec<ManifestError>) {
    let (Some(totals), Some(table)) = (&stream.totals, Table::from_name(&stream.entity)) else { return };
    let mut wants = |column: &str, kinds: &[Kind], cure: &str| {
        let kind = table.columns().iter().find(|known| known.name == column).map(|known| known.kind);
        if !kind.is_some_and(|kind| kinds.contains(&kind)) {
            let line = manifest.line_of(Some(&stream.name), "totals:");
            let message = format!("`totals` of `{}` cannot use column `{column}`", stream.name);
            faults.push(ManifestError::new(line, message, cure));
        }
    };
    let (time, day, sum) = ("name a column of instants", "name a column of days", "name a column of amounts");
    let mut measured = |measure: &Measure| {
        if let Measure::Sum { column } = measure {
            wants(column, &[Kind::Decimal, Kind::Int], sum);
        }
    };
    match totals {
        Totals::Window { column, measure, .. } => {
            measured(measure);
            wants(column, &[Kind::Time], time);
        }
        Totals::Day { column, measures, .. } => {
            wants(column, &[Kind::Date], day);
            measures.iter().for_each(|one| wants(&one.column, &[Kind::Decimal, Kind::Int], sum));
        }
        Totals::All { measure, .. } => measured(measure),
        Totals::Keys { column, .. } => wants(column, &[Kind::Time], time),
        Totals::Nothing { .. } => {}
    }
    if let Totals::Day { measures, .. } = totals
        && measures.iter().any(|one| one.scale == Some(Scale::CurrencyMinor))
    {
        let line = manifest.line_of(Some(&stream.name), "totals:");
        let message = format!("`totals` of `{}` does not know a currency's coins", stream.name);
        faults.push(ManifestError::new(line, message, "use `micros` or `cents`"));
    }
}

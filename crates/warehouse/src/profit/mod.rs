//! Profit as stored: per order, per order and day, per day, per day and channel. Orders are computed elsewhere;
//! here they are found, handed over, kept and summed.
//!
//! Every step can be repeated and may be interrupted between any two: what is left to do is always found in the
//! stored rows themselves.

mod adjust;
mod costs;
mod daily;
mod day_parts;
mod facts;
mod lines;
mod open;
mod operating;
mod parts;
mod rates;
mod reads;
pub(crate) mod settlements;
pub(crate) mod touched;
mod write;

use netgain_domain::facts::{Ladder, Line, Lines};
use netgain_domain::{Decimal, Kind};

use crate::error::Result;
use crate::reading::Cells;
use crate::schema::Spec;

pub use costs::{CostBookChange, Recorded};
pub use daily::Rebuild;
pub use day_parts::{AdFilter, AdPart, AdRow, OperatingPart};
pub use facts::{OrderKey, StaleOrders};
pub use lines::LineRow;
pub use open::ProvisionalDays;
pub use operating::CostSources;
pub use parts::{OrderPart, OrderParts, PartFilter, PartRow, PartsBy};
pub use rates::{AdConversion, MissingRates, RateInUse};
pub use reads::{By, PnlRow};
pub use write::Sums;
pub(crate) use write::{mark_all_changed, mark_changed, mark_days};

const fn spec(name: &'static str, kind: Kind) -> Spec {
    Spec { name, kind }
}

fn with_ladder(before: &[Spec], after: &[Spec]) -> Vec<Spec> {
    let ladder = Ladder::FIELDS.iter().map(|name| spec(name, Kind::Decimal));
    before.iter().copied().chain(ladder).chain(after.iter().copied()).collect()
}

/// One row for each order; `computed_version` is null when its rows changed since.
pub(crate) fn order_profit() -> Vec<Spec> {
    with_ladder(
        &[
            spec("connection_id", Kind::Text),
            spec("order_id", Kind::Text),
            spec("root_key", Kind::Int),
            spec("name", Kind::Text),
            spec("day", Kind::Date),
            spec("channel", Kind::Text),
            spec("included", Kind::Bool),
            spec("excluded_reason", Kind::Text),
            spec("cogs_source", Kind::Text),
            spec("flags", Kind::Text),
            spec("orders", Kind::Int),
        ],
        &[spec("computed_version", Kind::Int), spec("settings_key", Kind::Text), spec("split", Kind::Bool)],
    )
}

/// One row for each order and day on which something happened, of orders whose profit is not all on their own day
/// (`order_profit.split`).
pub(crate) fn order_split_days() -> Vec<Spec> {
    with_ladder(
        &[
            spec("connection_id", Kind::Text),
            spec("order_id", Kind::Text),
            spec("root_key", Kind::Int),
            spec("day", Kind::Date),
            spec("channel", Kind::Text),
            spec("orders", Kind::Int),
        ],
        &[],
    )
}

/// The views of this module with their columns and what they select: `order_profit_days` has one row for each order and
/// day on which something happened. Most orders have one day, and then their row of `order_profit` says it all.
pub(crate) fn views() -> [(&'static str, Vec<Spec>, String); 1] {
    let columns = order_split_days();
    let names: Vec<&str> =
        std::iter::once("workspace_id").chain(columns.iter().map(|column| column.name)).collect();
    let names = names.join(", ");
    let sql = format!(
        "SELECT {names} FROM order_profit WHERE NOT split UNION ALL SELECT {names} FROM order_split_days"
    );
    [("order_profit_days", columns, sql)]
}

/// One row for each day from the first to the last activity, days without any included.
pub(crate) fn daily_pnl() -> Vec<Spec> {
    with_ladder(&[spec("day", Kind::Date), spec("orders", Kind::Int)], &[spec("provisional", Kind::Bool)])
}

/// One row for each day and channel with activity; ad spend stands under `advertising:<platform>`.
pub(crate) fn daily_channel_pnl() -> Vec<Spec> {
    with_ladder(
        &[spec("day", Kind::Date), spec("channel", Kind::Text), spec("orders", Kind::Int)],
        &[spec("provisional", Kind::Bool)],
    )
}

/// What an order posted to the base lines: one row for each order, day and basis, also of orders that do not count. Lines
/// to which it posted nothing are null: most of them are, and the engine handles nulls faster than zeros.
pub(crate) fn order_postings() -> Vec<Spec> {
    let before = [
        spec("connection_id", Kind::Text),
        spec("order_id", Kind::Text),
        spec("root_key", Kind::Int),
        spec("day", Kind::Date),
        spec("channel", Kind::Text),
        spec("basis", Kind::Text),
        spec("class", Kind::Text),
        spec("counted", Kind::Bool),
        spec("orders", Kind::Int),
    ];
    before.into_iter().chain(Line::names().map(|name| spec(name, Kind::Decimal))).collect()
}

/// The sums of `order_postings` with the costs of days: one row for each day, channel, basis and kind of order.
pub(crate) fn daily_lines() -> Vec<Spec> {
    let before = [
        spec("day", Kind::Date),
        spec("channel", Kind::Text),
        spec("basis", Kind::Text),
        spec("class", Kind::Text),
        spec("counted", Kind::Bool),
        spec("orders", Kind::Int),
    ];
    before.into_iter().chain(Line::names().map(|name| spec(name, Kind::Decimal))).collect()
}

/// Days whose sums are out of date.
pub(crate) const DIRTY_DAYS: [Spec; 1] = [spec("day", Kind::Date)];

/// Tables whose amounts are zero unless they are written.
pub(crate) const ZEROS: [&str; 2] = ["order_profit", "order_split_days"];

/// The tables of this module with their columns.
pub(crate) fn tables() -> Vec<(&'static str, Vec<Spec>)> {
    vec![
        ("order_profit", order_profit()),
        ("order_split_days", order_split_days()),
        ("order_postings", order_postings()),
        ("daily_pnl", daily_pnl()),
        ("daily_channel_pnl", daily_channel_pnl()),
        ("daily_lines", daily_lines()),
        ("dirty_days", DIRTY_DAYS.to_vec()),
        ("order_rates", rates::ORDER_RATES.to_vec()),
        ("ad_conversions", rates::AD_CONVERSIONS.to_vec()),
        ("cost_rules", costs::COST_RULES.to_vec()),
        ("operating_days", operating::OPERATING_DAYS.to_vec()),
    ]
}

/// The ladder's columns in SQL, each made by `form`, separated by commas.
pub(crate) fn ladder_sql(form: impl Fn(&str) -> String) -> String {
    Ladder::FIELDS.iter().map(|field| form(field)).collect::<Vec<_>>().join(", ")
}

/// As [`ladder_sql`], of the fields to which amounts are posted: all others follow from them.
pub(crate) fn posted_sql(form: impl Fn(&str) -> String) -> String {
    let posted = |field: &&&str| Ladder::DERIVED.iter().all(|step| step.field != **field);
    Ladder::FIELDS.iter().filter(posted).map(|field| form(field)).collect::<Vec<_>>().join(", ")
}

/// The base lines' columns in SQL, each made by `form`, separated by commas.
pub(crate) fn lines_sql(form: impl Fn(&str) -> String) -> String {
    Line::names().map(form).collect::<Vec<_>>().join(", ")
}

/// Reads base lines whose first column is at `from`.
pub(crate) fn read_lines(cells: &Cells<'_>, from: usize) -> Result<Lines> {
    let mut lines = Lines::default();
    for (at, line) in Line::ALL.iter().enumerate() {
        lines[*line] = cells.maybe_decimal(from + at)?.unwrap_or(Decimal::ZERO);
    }
    Ok(lines)
}

/// Reads a ladder whose first column is at `from`.
pub(crate) fn read_ladder(cells: &Cells<'_>, from: usize) -> Result<Ladder> {
    let mut values = Ladder::default().values();
    for (at, value) in values.iter_mut().enumerate() {
        *value = cells.maybe_decimal(from + at)?.unwrap_or(Decimal::ZERO);
    }
    Ok(Ladder::from_values(values))
}

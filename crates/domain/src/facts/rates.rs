//! Exchange rates as a source publishes them, and as orders were converted by them.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::Currency;

/// What one unit of a currency was worth in another on one day (`fx_rates`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateFact {
    /// The currency of which one unit is priced.
    pub base: Currency,
    /// The currency in which it is priced.
    pub quote: Currency,
    /// The day that the source gives the rate; in the source's own zone.
    pub day: Date,
    /// Units of `quote` for one of `base`, positive.
    pub rate: Decimal,
    /// Who says so: a provider's id, or `csv` for a file of the merchant.
    pub source: Arc<str>,
    /// Whether the merchant stated it; it beats what a source published for the same day.
    pub manual: bool,
    /// When it was recorded; of two statements for a day the later holds.
    pub recorded_at: Timestamp,
}

/// An amount that is not in the reporting currency, with the rate of its own day (`order_rates`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRate {
    /// Source id of the row that holds the amount: a ledger entry, a fee, a payment; of a unit cost the order line, of
    /// the order's displayed prices the order.
    pub row_id: String,
    /// The currency in which the source wrote it.
    pub from: Currency,
    /// The amount as the source wrote it: with tax for ledger entries, without for fees and unit costs.
    pub amount: Decimal,
    /// The local day of the event, for which a rate was looked up.
    pub day: Date,
    /// The rate; none where none is known, and then the amount is not counted.
    pub applied: Option<AppliedRate>,
}

/// A rate that was applied to an amount.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AppliedRate {
    /// Units of the reporting currency for one of the amount's.
    pub rate: Decimal,
    /// The day for which it was published: the event's, or the last one before it with a rate.
    pub rate_day: Date,
    /// Who published it.
    pub source: Arc<str>,
}

//! Exchange rates as a source publishes them.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::Currency;

/// What one unit of a currency was worth in another on one day (`fx_rates`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateFact {
    /// The currency of which one unit is priced (ECB: always EUR).
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

//! Merchants' own CSV files as canonical records: a mapping file says how numbers, dates and columns are written,
//! good rows become [`netgain_domain::Record`]s, bad rows become [`Reject`]s with line, column and reason.
//!
//! Invariant: nothing here knows a store or the network, and every identifier depends on the file's content alone, so
//! that a file imported twice gives the same rows. The only use of a clock is `unit_costs.recorded_at`, and
//! [`import_at`] takes even that from its caller.

#![deny(clippy::float_arithmetic)]

mod customers;
mod error;
mod flat;
mod header;
mod import;
mod line_feed;
mod mapping;
mod order_line;
mod orders;
mod rates;
mod sink;
mod suggest;
mod table_reader;
mod values;

pub use error::{Error, MappingError};
pub use import::{import, import_at};
pub use mapping::{
    CostColumns, CreditNote, CustomerColumns, DecimalMark, Delimiter, Encoding, Format, KpiColumns, Mapping,
    OrderColumns, Scope, Thousands, Zone,
};
pub use sink::{BoxError, ImportSink, Reject, Summary};
pub use suggest::{PlainCosts, cost_mapping, kpi_mapping, suggest};

//! Keeps the profit tables up to date with orders, settings and the cost book, and says what a change of the cost book
//! would do before it is kept.
//!
//! Invariant: every step is idempotent, so that work which was killed at any instant is finished by running it again.
//! No SQL and no wire format are known here.

#![deny(clippy::float_arithmetic)]

mod costs;
mod error;
mod kpis;
mod profit;
mod rates;

pub use costs::{
    COST_BOOK, CostPreview, CostSaved, MonthChange, RefusedRow, compare_as_known, prepare_costs,
    preview_costs, save_costs, today,
};
pub use error::Error;
pub use kpis::{
    KpiChange, KpiHistory, KpiLine, KpiReport, kpi_history, list_kpis, note_kpi_reads, set_kpi_override,
    unset_kpi_override, update_kpis,
};
pub use profit::{ProfitReport, UncomputedOrder, update_profit};

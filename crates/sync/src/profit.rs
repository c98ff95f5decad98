//! Bringing the profit tables up to date after rows came in.

use netgain_profit::Settings;
use netgain_results::ProfitReport;
use netgain_warehouse::Warehouse;

use crate::Error;

/// Computes what changed since the last time; see [`netgain_results::update_profit`].
///
/// # Errors
/// As [`netgain_results::update_profit`].
pub fn update_profit(
    warehouse: &Warehouse,
    settings: &Settings,
    on_progress: &mut dyn FnMut(u64),
) -> Result<ProfitReport, Error> {
    Ok(netgain_results::update_profit(warehouse, settings, on_progress)?)
}

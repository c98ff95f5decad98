//! Why results could not be kept up to date.

use crate::RefusedRow;

/// Why results could not be kept up to date.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The warehouse failed.
    #[error(transparent)]
    Warehouse(#[from] netgain_warehouse::Error),
    /// The settings are not usable.
    #[error(transparent)]
    Settings(#[from] netgain_profit::SettingsError),
    /// A row of the cost book that is refused.
    #[error("{0}")]
    CostRow(RefusedRow),
}

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
    /// A change of a key figure that is refused.
    #[error("{message}")]
    KpiRefused {
        /// The field that cannot be used.
        field: &'static str,
        /// What is wrong with it, and the cure.
        message: String,
    },
    /// There is nothing to take back.
    #[error("{0}")]
    KpiNotFound(String),
    /// The catalogue of key figures is not usable.
    #[error(transparent)]
    Catalogue(#[from] netgain_profit::kpi::CatalogueError),
    /// The definitions of recurring revenue are not usable.
    #[error(transparent)]
    Definition(#[from] netgain_profit::subscriptions::DefinitionError),
}

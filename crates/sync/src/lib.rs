//! Brings data into a workspace's warehouse and keeps its profit tables up to date: files today, platforms next.
//!
//! Invariant: every step is idempotent, so that work which was killed at any instant is finished by running it again.
//! Neither wire formats nor SQL are known here.

mod file;
mod profit;

pub use file::{FileImport, import_file};
pub use profit::{ProfitReport, UncomputedOrder, update_profit};

/// Why data could not be brought in.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The warehouse or the raw archive failed.
    #[error(transparent)]
    Warehouse(#[from] netgain_warehouse::Error),
    /// The settings are not usable.
    #[error(transparent)]
    Settings(#[from] netgain_profit::SettingsError),
    /// The file could not be imported.
    #[error(transparent)]
    Import(#[from] netgain_import::Error),
}

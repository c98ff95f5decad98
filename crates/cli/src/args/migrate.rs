//! Arguments of `netgain migrate`.

use clap::{Args, ValueEnum};
use netgain_domain::WorkspaceId;

/// Where facts lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StoreKind {
    /// In files in the data folder
    Embedded,
    /// In the database that NETGAIN_DATABASE_URL names
    Postgres,
}

#[derive(Args)]
pub struct MigrateArgs {
    /// Where the facts lie now
    #[arg(long)]
    pub from: StoreKind,
    /// Where they shall lie; what is there of these workspaces is replaced
    #[arg(long)]
    pub to: StoreKind,
    /// Only this workspace, and others if named again; default: all
    #[arg(long, value_name = "ID")]
    pub workspace: Vec<WorkspaceId>,
    /// Print what was done as JSON
    #[arg(long)]
    pub json: bool,
}

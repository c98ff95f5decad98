//! Arguments of `netgain migrate`.

use clap::{Args, ValueEnum};
use netgain_domain::WorkspaceId;

/// Where everything lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StoreKind {
    /// In files in the data folder
    Embedded,
    /// In the database that NETGAIN_DATABASE_URL names
    Postgres,
}

#[derive(Args)]
pub struct MigrateArgs {
    /// Where everything lies now
    #[arg(long)]
    pub from: StoreKind,
    /// Where it shall lie; what is there is replaced, but for an audit of its own
    #[arg(long)]
    pub to: StoreKind,
    /// Only the facts of this workspace, and of others if named again; default: everything
    #[arg(long, value_name = "ID")]
    pub workspace: Vec<WorkspaceId>,
    /// Print what was done as JSON
    #[arg(long)]
    pub json: bool,
}

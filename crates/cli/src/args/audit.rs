//! The command line of `netgain audit`.

use clap::{Args, Subcommand};
use netgain_domain::WorkspaceId;

#[derive(Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    pub what: AuditWhat,
}

#[derive(Subcommand)]
pub enum AuditWhat {
    /// Prints entries, the newest first
    List(ListArgs),
    /// Prints every entry that fits as a line of JSON, the oldest first, with the hashes
    Export(FilterArgs),
    /// Checks that no entry was changed, removed, inserted or moved; names the first that was
    Verify(VerifyArgs),
}

/// Which entries.
#[derive(Args)]
pub struct FilterArgs {
    /// Only of this workspace
    #[arg(long)]
    pub workspace: Option<WorkspaceId>,
    /// Only by this actor
    #[arg(long)]
    pub actor: Option<String>,
    /// Only actions that begin so, such as `sync.`
    #[arg(long)]
    pub action: Option<String>,
    /// From this UTC day or instant on
    #[arg(long)]
    pub from: Option<String>,
    /// Up to the end of this UTC day, or before this instant
    #[arg(long)]
    pub to: Option<String>,
    /// Only with this text in the subject, the details or the actor
    #[arg(long)]
    pub text: Option<String>,
}

#[derive(Args)]
pub struct ListArgs {
    #[command(flatten)]
    pub filter: FilterArgs,
    /// Entries at most
    #[arg(long, default_value_t = 50)]
    pub limit: u32,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct VerifyArgs {
    /// From this entry on; default: the first
    #[arg(long)]
    pub from: Option<i64>,
    /// Up to this entry; default: the end, which is then held against the noted heads too
    #[arg(long)]
    pub to: Option<i64>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

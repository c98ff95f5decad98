//! The command line of `netgain kpi`.

use clap::{Args, Subcommand};
use netgain_domain::WorkspaceId;

#[derive(Subcommand)]
pub enum KpiWhat {
    /// Lists key figures by source with their newest value
    List(ListArgs),
    /// Prints the points of one metric
    Show(ShowArgs),
    /// Sets the value of a day; it stands until its source is read again
    Set(SetArgs),
    /// Takes back what was set for a day
    Unset(UnsetArgs),
    /// Prints who or what changed which value, the newest first
    Audit(AuditArgs),
}

#[derive(Args)]
pub struct ListArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct ShowArgs {
    /// The metric, as `netgain kpi list` names it
    pub metric: String,
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// First local day, YYYY-MM-DD; without it 30 days up to the last
    #[arg(long)]
    pub from: Option<String>,
    /// Last local day, YYYY-MM-DD; without it the last one with a point
    #[arg(long)]
    pub to: Option<String>,
    /// Only this connection or platform
    #[arg(long)]
    pub source: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
#[command(
    after_help = "Example: netgain kpi set spend 2026-03-01 412.80 --workspace mine --source meta_ads \
                        --reason 'as invoiced'"
)]
pub struct SetArgs {
    /// The metric; a new name is a metric of your own
    pub metric: String,
    /// The local day, YYYY-MM-DD
    pub day: String,
    /// The value, such as 12.50
    #[arg(allow_negative_numbers = true)]
    pub value: String,
    #[command(flatten)]
    pub change: ChangeArgs,
}

#[derive(Args)]
pub struct UnsetArgs {
    /// The metric
    pub metric: String,
    /// The local day, YYYY-MM-DD
    pub day: String,
    #[command(flatten)]
    pub change: ChangeArgs,
}

/// Where a change applies, and who makes it.
#[derive(Args)]
pub struct ChangeArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// The connection or platform; without it the only one that has the metric, or manual
    #[arg(long)]
    pub source: Option<String>,
    /// Why
    #[arg(long)]
    pub reason: Option<String>,
    /// Who
    #[arg(long, default_value = "cli")]
    pub by: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct AuditArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// Only this metric
    #[arg(long)]
    pub metric: Option<String>,
    /// Entries at most
    #[arg(long)]
    pub limit: Option<u16>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

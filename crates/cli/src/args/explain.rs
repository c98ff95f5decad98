//! Arguments of `netgain explain`.

use clap::{Args, Subcommand};
use netgain_domain::WorkspaceId;

#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "A figure is a measure with filters behind commas. Examples:\n  \
                  netgain explain net_profit,day=2026-05-03,channel=web --workspace mine\n  \
                  netgain explain margin,from=2026-05-01,to=2026-05-31,profile=shopify --workspace mine\n  \
                  netgain explain order:1001 --workspace mine\n  \
                  netgain explain campaign:roas_attributed,campaign=7,model=linear --workspace mine\n  \
                  netgain explain cohort:ltv,month=2026-01,age=3 --workspace mine\n  \
                  netgain explain mrr:churn --workspace mine"
)]
pub struct ExplainArgs {
    #[command(subcommand)]
    pub what: Option<ExplainWhat>,
    #[command(flatten)]
    pub figure: Option<FigureArgs>,
}

#[derive(Subcommand)]
pub enum ExplainWhat {
    /// An order, step by step with its settings and payloads
    Order {
        /// The order's id or name
        id: String,
        #[arg(long)]
        workspace: WorkspaceId,
        /// Also what the platforms sent
        #[arg(long)]
        raw: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub struct FigureArgs {
    /// The figure; each part of an answer names its own, to be asked for in turn
    pub figure: String,
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// By what to break it down, such as days, channels or orders; the answer lists the ways
    #[arg(long)]
    pub by: Option<String>,
    /// How many levels to go down along each part, 1 to 6
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=6))]
    pub depth: u8,
    /// Parts of each figure at most, 1 to 1000
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: u16,
    /// Also what the platforms sent of the rows behind the figure
    #[arg(long)]
    pub raw: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

//! Arguments of the commands about customers, subscriptions and campaigns.

use clap::Args;
use netgain_domain::WorkspaceId;

#[derive(Args)]
pub struct CohortsArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// What the cells show: customers, repeat_rate, contribution or net_sales
    #[arg(long)]
    pub measure: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct MrrArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// First local day, YYYY-MM-DD; without it 30 days up to the last
    #[arg(long)]
    pub from: Option<String>,
    /// Last local day, YYYY-MM-DD; without it the last one with figures
    #[arg(long)]
    pub to: Option<String>,
    /// Whose definition: stripe or chartmogul
    #[arg(long)]
    pub definition: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct MessagesArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// First day, YYYY-MM-DD; without it 30 days up to the last
    #[arg(long)]
    pub from: Option<String>,
    /// Last day, YYYY-MM-DD; without it the last one with figures
    #[arg(long)]
    pub to: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct PipelineArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct CampaignsArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// First day, YYYY-MM-DD; without it 30 days up to the last
    #[arg(long)]
    pub from: Option<String>,
    /// Last day, YYYY-MM-DD; without it the last one with figures
    #[arg(long)]
    pub to: Option<String>,
    /// last, first, linear, position, time_decay, last_paid or platform_reported
    #[arg(long)]
    pub model: Option<String>,
    /// Days before an order within which visits take credit
    #[arg(long, value_name = "DAYS")]
    pub window: Option<u16>,
    /// The day on which credit counts: order_day or click_day
    #[arg(long)]
    pub clock: Option<String>,
    /// Whose word about visits goes first: shop, or a platform's id
    #[arg(long)]
    pub visits: Option<String>,
    /// Show the parts of one campaign of this platform
    #[arg(long, value_name = "PLATFORM")]
    pub provider: Option<String>,
    /// The campaign whose parts are shown, by its id; without it those of no known campaign
    #[arg(long, value_name = "ID", requires = "provider")]
    pub campaign: Option<String>,
    /// What a campaign is cut into: ad_set or ad
    #[arg(long, requires = "provider")]
    pub by: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

//! Arguments of `netgain schedule`.

use clap::{Args, Subcommand};
use netgain_domain::{Cadence, ConnectionId, QuietHours, WorkspaceId};

#[derive(Args)]
pub struct ScheduleArgs {
    #[command(subcommand)]
    pub what: ScheduleWhat,
}

#[derive(Subcommand)]
pub enum ScheduleWhat {
    /// Lists when connections are read by themselves
    List(ScheduleListArgs),
    /// Says how often a connection is read by itself; what is left out stays as it is
    #[command(after_help = "Example: netgain schedule set --workspace mine --connection shopify \
                            --cadence 'every 2h' --quiet 23:00-06:00")]
    Set(ScheduleSetArgs),
    /// Stops a connection from being read by itself
    Pause(ScheduleOneArgs),
    /// Has a connection read by itself again
    Resume(ScheduleOneArgs),
}

#[derive(Args)]
pub struct ScheduleListArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct ScheduleOneArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    #[arg(long)]
    pub connection: ConnectionId,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct ScheduleSetArgs {
    #[command(flatten)]
    pub one: ScheduleOneArgs,
    /// `every 15m`, `every 4h`, `every 1d`, `daily 16:30`, `daily 16:30 Europe/Berlin` or `by hand`
    #[arg(long)]
    pub cadence: Option<Cadence>,
    /// Back to what the platform's manifest says
    #[arg(long, conflicts_with = "cadence")]
    pub default_cadence: bool,
    /// Hours in which nothing begins by itself, in the workspace's time zone, such as 22:00-06:30
    #[arg(long)]
    pub quiet: Option<QuietHours>,
    /// No quiet hours
    #[arg(long, conflicts_with = "quiet")]
    pub no_quiet: bool,
}

//! The command line of `netgain costs`.

use clap::{Args, Subcommand};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{Currency, Decimal, WorkspaceId};

#[derive(Subcommand)]
pub enum CostsWhat {
    /// Lists unit costs and rules
    List(ListArgs),
    /// Records a unit cost and computes again what it touches
    Set(SetArgs),
    /// Records a rule: shipping, payment_fee, handling, marketplace_fee, return_handling, operating
    Rule(Box<RuleArgs>),
    /// Takes back a unit cost or a rule
    Withdraw(WithdrawArgs),
    /// Says what the cost book as it stood once would do to profit in the place of today's
    Compare(CompareArgs),
}

#[derive(Args)]
pub struct ListArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// The book as it stood at this instant, such as 2026-04-01T00:00:00Z
    #[arg(long, value_name = "INSTANT")]
    pub as_known: Option<Timestamp>,
    /// Also rows that others have taken the place of
    #[arg(long)]
    pub all: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// When a row holds and how it is recorded.
#[derive(Args)]
pub struct Recording {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// First day (yyyy-mm-dd, of the workspace's time zone), or ever; default: today, so that the past stays as it is
    #[arg(long, value_name = "DAY")]
    pub from: Option<String>,
    /// Last day; default: without end
    #[arg(long, value_name = "DAY")]
    pub to: Option<String>,
    /// Currency; default: the workspace's
    #[arg(long)]
    pub currency: Option<Currency>,
    /// Id of the row whose place it takes
    #[arg(long, value_name = "ID")]
    pub replaces: Option<String>,
    #[command(flatten)]
    pub keep: Keep,
}

/// Whether a change is kept.
#[derive(Args)]
pub struct Keep {
    /// Only say what it would do to past profit
    #[arg(long)]
    pub preview: bool,
    /// Why, for the book
    #[arg(long)]
    pub note: Option<String>,
    /// Who records it, for the book
    #[arg(long)]
    pub by: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
#[command(
    after_help = "Example: netgain costs set sku COAT-1 12.50 --workspace mine --from 2026-03-01 --preview"
)]
pub struct SetArgs {
    /// shop, supplier, product_type, product, variant, sku or lot; a narrower one wins
    pub scope: String,
    /// Which one: the vendor, type, id or stock keeping unit; \"\" for the whole shop
    pub id: String,
    /// Cost of one unit without tax
    pub unit_cost: Decimal,
    /// Only for deliveries to this country (two letters)
    #[arg(long)]
    pub country: Option<String>,
    /// Only for order lines of at least so many units
    #[arg(long, default_value_t = 1)]
    pub min_quantity: i64,
    /// It is a guess, which any record of the same scope beats
    #[arg(long)]
    pub estimate: bool,
    #[command(flatten)]
    pub recording: Recording,
}

#[derive(Args)]
#[command(
    after_help = "Examples: netgain costs rule payment_fee --percent 2.9 --fixed 0.30 --gateway card --workspace mine; \
                        netgain costs rule operating --category rent --amount 1000 --every month --workspace mine"
)]
pub struct RuleArgs {
    /// shipping, payment_fee, handling, marketplace_fee, return_handling or operating
    pub kind: String,
    /// Countries of delivery (two letters), separated by commas
    #[arg(long, value_delimiter = ',')]
    pub countries: Vec<String>,
    /// The sales channel
    #[arg(long)]
    pub channel: Option<String>,
    /// The payment provider
    #[arg(long)]
    pub gateway: Option<String>,
    /// The way of paying
    #[arg(long)]
    pub method: Option<String>,
    /// Parcels of at least so many grams
    #[arg(long)]
    pub min_grams: Option<Decimal>,
    /// Parcels of less than so many grams
    #[arg(long)]
    pub below_grams: Option<Decimal>,
    /// For each order, payment or return
    #[arg(long)]
    pub fixed: Option<Decimal>,
    /// For each unit
    #[arg(long)]
    pub per_item: Option<Decimal>,
    /// For each kilogram
    #[arg(long)]
    pub per_kg: Option<Decimal>,
    /// Percent of the payment, or of what the marketplace sold
    #[arg(long)]
    pub percent: Option<Decimal>,
    /// A refund gives the fee back in its proportion
    #[arg(long)]
    pub refundable: bool,
    /// An operating cost's amount, for each --every, or for the whole time
    #[arg(long)]
    pub amount: Option<Decimal>,
    /// day, week, month or year
    #[arg(long)]
    pub every: Option<String>,
    /// What an operating cost is for: rent, salaries, tools
    #[arg(long)]
    pub category: Option<String>,
    /// Its name for people
    #[arg(long)]
    pub name: Option<String>,
    /// The campaign that an operating cost is tied to
    #[arg(long, value_name = "ID")]
    pub campaign: Option<String>,
    /// The operating cost is spent on marketing
    #[arg(long)]
    pub marketing: bool,
    #[command(flatten)]
    pub recording: Recording,
}

#[derive(Args)]
pub struct WithdrawArgs {
    /// The row's id, as `netgain costs list` shows it
    pub id: String,
    #[arg(long)]
    pub workspace: WorkspaceId,
    #[command(flatten)]
    pub keep: Keep,
}

#[derive(Args)]
pub struct CompareArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// The book as it stood at this instant, such as 2026-04-01T00:00:00Z
    #[arg(long, value_name = "INSTANT")]
    pub as_known: Timestamp,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

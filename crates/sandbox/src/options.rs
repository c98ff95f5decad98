//! What a sandbox is started with: the world to show, the limits to enforce, the port to serve.
use clap::{Args, ValueEnum};
use jiff::civil::Date;
use std::path::PathBuf;

/// The brand whose world is generated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Brand {
    /// A plausible shop with two years of trade.
    #[default]
    Demo,
    /// A handful of orders with known results.
    Golden,
    /// A brand that has just opened: accounts in which nothing has happened yet.
    Empty,
}

/// The commerce plan, which fixes the size of the query cost bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ShopifyPlan {
    /// Restores 100 points a second.
    #[default]
    Standard,
    /// Restores 200 points a second.
    Advanced,
    /// Restores 1,000 points a second.
    Plus,
    /// Restores 2,000 points a second.
    Enterprise,
}

/// The advertising API's access tier, which fixes the calls an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MetaTier {
    /// 600 + 400 × active ads insight calls an hour.
    Limited,
    /// 190,000 + 400 × active ads insight calls an hour.
    #[default]
    Full,
}

/// The settings of the advertising face.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct MetaOptions {
    /// Access tier that the call limits follow
    #[arg(long = "meta-tier", value_enum, default_value_t = MetaTier::Full)]
    pub tier: MetaTier,
    /// Calls an account may make in one window, instead of the tier's number
    #[arg(long = "meta-calls")]
    pub calls: Option<u64>,
    /// Length of the window that calls are counted in, real seconds
    #[arg(long = "meta-window-seconds", default_value_t = 3600)]
    pub window_seconds: u64,
    /// Rows a synchronous insights request may span before it is refused as too large
    #[arg(long = "meta-sync-rows", default_value_t = 2000)]
    pub sync_rows: usize,
    /// Real time a report run takes, milliseconds
    #[arg(long = "meta-job-ms", default_value_t = 150)]
    pub job_ms: u64,
    /// Refuse calls without a valid appsecret_proof
    #[arg(long = "meta-require-proof")]
    pub require_proof: bool,
}

impl Default for MetaOptions {
    fn default() -> MetaOptions {
        MetaOptions {
            tier: MetaTier::Full,
            calls: None,
            window_seconds: 3600,
            sync_rows: 2000,
            job_ms: 150,
            require_proof: false,
        }
    }
}

/// The settings of the Google faces.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct GoogleOptions {
    /// Operations a day that Google Ads allows, instead of the 15,000 of basic access
    #[arg(long = "google-ads-operations")]
    pub ads_operations: Option<u64>,
}

/// What a sandbox is started with.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Port on 127.0.0.1; 0 takes any free port
    #[arg(long, default_value_t = 9400)]
    pub port: u16,
    /// Brand whose world is generated
    #[arg(long, value_enum, default_value_t = Brand::Demo)]
    pub brand: Brand,
    /// Seed of the generator; the same seed and day give the same world
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Last day of the world (yyyy-mm-dd); default: today in UTC
    #[arg(long)]
    pub today: Option<Date>,
    /// Days that the demo brand has traded; default two years
    #[arg(long)]
    pub days: Option<u16>,
    /// Most records on a page of any list, however many are asked for
    #[arg(long)]
    pub page_cap: Option<usize>,
    /// Real orders to serve instead of a generated brand; there is no advertising then
    #[arg(long)]
    pub orders: Option<PathBuf>,
    /// Fault rules, YAML or JSON
    #[arg(long)]
    pub faults: Option<PathBuf>,
    /// Enforce no rate limits
    #[arg(long)]
    pub unlimited: bool,
    /// Commerce plan that the query cost bucket follows
    #[arg(long, value_enum, default_value_t = ShopifyPlan::Standard)]
    pub shopify_plan: ShopifyPlan,
    /// Settings of the advertising face
    #[command(flatten)]
    pub meta: MetaOptions,
    /// Settings of the Google faces
    #[command(flatten)]
    pub google: GoogleOptions,
}

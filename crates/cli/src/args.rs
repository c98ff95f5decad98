//! The command line.

pub mod audit;
pub mod costs;
mod explain;
pub mod kpi;
mod log;
mod migrate;
pub mod people;
pub mod privacy;
pub mod schedule;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use netgain_control::CredentialMode;
use netgain_domain::{ConnectionId, Currency, WorkspaceId};

mod growth;

pub use migrate::{MigrateArgs, StoreKind};

pub use explain::{ExplainArgs, ExplainWhat, FigureArgs};
pub use growth::{CampaignsArgs, CohortsArgs, MessagesArgs, MrrArgs, PipelineArgs};
pub use log::{LogArgs, LogFormat, LogLevel};

/// Know what your shop really earns.
#[derive(Parser)]
#[command(
    name = "netgain",
    version,
    after_help = "Exit codes: 0 done; 1 failed; 2 wrong usage or input; 3 the workspace or the store is in use by another process; \
                  4 not found."
)]
pub struct Cli {
    /// Folder of all data; default: ~/.netgain
    #[arg(long, global = true, env = "NETGAIN_HOME")]
    pub home: Option<PathBuf>,
    #[command(flatten)]
    pub log: LogArgs,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Looks at everything that the installation stands on, and names cures
    Doctor(DoctorArgs),
    /// Starts the API and the web pages
    Serve(ServeArgs),
    /// Emulates the platforms on this machine, for trials and tests
    Sandbox(SandboxArgs),
    /// Shows the program at work: an emulated shop with two years of orders and advertising
    Demo(DemoArgs),
    /// Shows what platforms sent and what became of it
    Inbox(InboxArgs),
    /// About one connection
    Connection(ConnectionArgs),
    /// Connects an account of a platform to a workspace
    Connect(ConnectArgs),
    /// Reads what is new on the connected platforms
    Sync(SyncArgs),
    /// When connections are read by themselves
    Schedule(schedule::ScheduleArgs),
    /// Holds what is stored against the platforms' own counts and sums
    Reconcile(ReconcileArgs),
    /// Copies everything between files and PostgreSQL, with counts and checksums of every table
    Migrate(MigrateArgs),
    /// Makes a connection's rows again from the raw archive, without a request
    Replay(ReplayArgs),
    /// Lists the records that are set aside because they could not be mapped
    Quarantine(QuarantineArgs),
    /// Brings a merchant's own file into a workspace
    Import(ImportArgs),
    /// The cost book: what goods, orders and days cost
    Costs(CostsArgs),
    /// Prints profit by day, channel or order, by any definition, and what stands between two
    Profit(ProfitArgs),
    /// Key figures over time: what sources say, what people say instead, and who changed what
    Kpi(KpiArgs),
    /// Prints customers by the month of their first order, and what they were worth by age
    Cohorts(CohortsArgs),
    /// Prints monthly recurring revenue from the start of a period to its end
    Mrr(MrrArgs),
    /// Prints what messages to customers cost and brought, by campaign and flow
    Messages(MessagesArgs),
    /// Prints what stands in each stage of the sales pipelines, and how many deals come to the next
    Pipeline(PipelineArgs),
    /// Prints what campaigns cost, what their platforms claim and what visits support
    Campaigns(CampaignsArgs),
    /// Shows and changes a workspace's rules of reckoning
    #[command(
        after_help = "Example: netgain settings --workspace mine --set revenue.refund_basis=order_day \
                        --set 'cost.default_ratio=[{\"value\":\"0.35\"}]'"
    )]
    Settings(SettingsArgs),
    /// Shows where a figure comes from, level by level, down to the rows and payloads
    Explain(ExplainArgs),
    /// Answers one SELECT over a workspace's tables
    Query(QueryArgs),
    /// Who may use this installation
    People(people::PeopleArgs),
    /// Keys for programs
    Keys(people::KeysArgs),
    /// Who did what: searched, exported, and shown to be whole
    Audit(audit::AuditArgs),
    /// Hands out or erases what is stored of one of a shop's customers
    Privacy(privacy::PrivacyArgs),
    /// Writes everything of this installation into one file
    Backup(privacy::BackupArgs),
    /// Puts a backup into an empty data folder
    Restore(privacy::RestoreArgs),
    /// The keys that seal credentials
    Secrets(SecretsArgs),
    /// About the providers that can be connected
    Provider(ProviderArgs),
}

#[derive(Args)]
#[command(after_help = "Exit code 1 says that something does not work.")]
pub struct DoctorArgs {
    /// Ask no platform
    #[arg(long)]
    pub offline: bool,
    /// Print what was found as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct ServeArgs {
    /// Port on 127.0.0.1; 0 takes any free port
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// The address that the world reaches this server at, for webhooks
    #[arg(long, value_name = "URL", env = "NETGAIN_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Begin no sync by itself: only people do, or another process on the same data
    #[arg(long)]
    pub no_schedule: bool,
    /// Let everybody on this machine do everything without signing in; the pages say so
    #[arg(long)]
    pub open: bool,
    /// How long requests are still answered after the server was asked to end, while /readyz says so already
    #[arg(long = "drain", value_name = "SECONDS", env = "NETGAIN_DRAIN", default_value_t = 0)]
    pub drain_s: u64,
}

#[derive(Args)]
pub struct InboxArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// Have the events of this connection that could not be applied tried again
    #[arg(long, value_name = "CONNECTION")]
    pub retry: Option<ConnectionId>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct ConnectionArgs {
    #[command(subcommand)]
    pub what: ConnectionWhat,
}

#[derive(Subcommand)]
pub enum ConnectionWhat {
    /// Shows the address that the platform is to send its webhooks to
    Webhooks(ConnectionWebhooksArgs),
}

#[derive(Args)]
pub struct ConnectionWebhooksArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    #[arg(long)]
    pub connection: ConnectionId,
    /// The address that the world reaches the server at
    #[arg(long, value_name = "URL", env = "NETGAIN_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct DemoArgs {
    /// Port of the page on 127.0.0.1; 0 takes any free port
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Begin anew instead of going on with the demo's data
    #[arg(long)]
    pub fresh: bool,
    /// Which shop is made up; each has a workspace of its own
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

#[derive(Args)]
#[command(after_help = "Example: netgain connect shopify --workspace mine --field shop=my-shop \
                        --secret access_token=@SHOPIFY_TOKEN")]
pub struct ConnectArgs {
    /// The provider, such as shopify or meta_ads
    pub provider: String,
    /// Workspace to connect it to; it is created when it does not exist
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// A field that the provider asks for
    #[arg(long = "field", value_name = "NAME=VALUE")]
    pub fields: Vec<String>,
    /// A secret; VALUE - asks for it, or reads a line of standard input, @NAME from that environment variable
    #[arg(long = "secret", value_name = "NAME=VALUE")]
    pub secrets: Vec<String>,
    /// Another address than the platform's own, such as a sandbox
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Print the address at which a person grants access; `netgain serve` takes the way back
    #[arg(long)]
    pub sign_in: bool,
    /// With --sign-in: where the platform sends the person back to
    #[arg(long, value_name = "URL", default_value = "http://localhost:8080/oauth/callback")]
    pub callback: String,
    /// Whose credentials it uses: own (yours) or central (the operator's, from NETGAIN_CENTRAL_<PROVIDER>_<FIELD>;
    /// you give only the account)
    #[arg(long, value_name = "own|central")]
    pub mode: Option<CredentialMode>,
    /// The connection's name for people
    #[arg(long)]
    pub name: Option<String>,
    /// The connection's id; default: the provider's. Connecting an id again changes it
    #[arg(long, value_name = "ID")]
    pub connection: Option<ConnectionId>,
    /// Reporting currency of a workspace that is created; default: the account's
    #[arg(long)]
    pub currency: Option<Currency>,
    /// Time zone of a workspace that is created (IANA name); default: the account's
    #[arg(long)]
    pub time_zone: Option<String>,
    /// Print the connection as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct SyncArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// Only this connection; default: all that read from a platform
    #[arg(long, value_name = "ID")]
    pub connection: Option<ConnectionId>,
    /// Read everything again; rows that are there are replaced
    #[arg(long)]
    pub full: bool,
    /// Read page by page also where a first load would have the platform write a file
    #[arg(long)]
    pub paged: bool,
    /// Print what was read as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
#[command(after_help = "Exit code 1 says that differences are left.")]
pub struct ReconcileArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// Only this connection; default: all that read from a platform
    #[arg(long, value_name = "ID")]
    pub connection: Option<ConnectionId>,
    /// Read days that differ again, and those only
    #[arg(long)]
    pub heal: bool,
    /// Print what was found as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct ReplayArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// The connection whose rows are made again
    #[arg(long, value_name = "ID")]
    pub connection: ConnectionId,
    /// Only this stream; default: all
    #[arg(long, value_name = "NAME")]
    pub stream: Option<String>,
    /// Print what was done as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct QuarantineArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// Only this connection; default: all
    #[arg(long, value_name = "ID")]
    pub connection: Option<ConnectionId>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct ProviderArgs {
    #[command(subcommand)]
    pub what: ProviderWhat,
}

#[derive(Subcommand)]
pub enum ProviderWhat {
    /// Checks provider manifests: vocabulary, error rules, hosts, tables, paths against recorded samples
    Lint {
        /// Manifests, each with its samples/ beside it; default: those built in
        files: Vec<PathBuf>,
    },
    /// Lists the platforms with their streams, events, ways to sign in, and how far they are proved
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Writes a page for each platform, made from its manifest
    Docs {
        /// Where the pages go
        #[arg(default_value = "docs/providers")]
        folder: PathBuf,
        /// Write nothing; fail when a page is not up to date
        #[arg(long)]
        check: bool,
    },
}

#[derive(Args)]
pub struct SandboxArgs {
    #[command(flatten)]
    pub options: netgain_sandbox::Options,
    /// Print one JSON line when ready
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct ImportArgs {
    #[command(subcommand)]
    pub format: ImportFormat,
}

#[derive(Subcommand)]
pub enum ImportFormat {
    /// A text file with columns
    Csv(CsvArgs),
    /// A text file with points of key figures: metric, value, timestamp, and whatever else is to be kept beside them
    Kpis(KpisArgs),
}

#[derive(Args)]
#[command(after_help = "Example: netgain import kpis targets.csv --workspace mine\n\
                        with the lines: metric,value,timestamp,note / nps,61,2026-03-01,after the fair")]
pub struct KpisArgs {
    /// The file
    pub file: PathBuf,
    /// Workspace to load it into; it is created when it does not exist
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// What the file's columns mean (YAML), where they have other names or forms
    #[arg(long)]
    pub mapping: Option<PathBuf>,
    /// Where rows go that cannot be loaded; default: FILE.rejects.csv
    #[arg(long)]
    pub rejects: Option<PathBuf>,
    /// Connection that the points belong to; default: csv-<name of the file>
    #[arg(long)]
    pub connection: Option<ConnectionId>,
    /// Reporting currency of a workspace that is created
    #[arg(long)]
    pub currency: Option<Currency>,
    /// Zone of times that name none (IANA name); default: the workspace's
    #[arg(long)]
    pub time_zone: Option<String>,
    /// Print the summary as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct CsvArgs {
    /// The file
    pub file: PathBuf,
    /// Workspace to load it into; it is created when it does not exist
    #[arg(long, required_unless_present = "suggest")]
    pub workspace: Option<WorkspaceId>,
    /// What the file's columns mean (YAML)
    #[arg(long, required_unless_present = "suggest")]
    pub mapping: Option<PathBuf>,
    /// Print a mapping proposed from the file's beginning, and load nothing; with --currency for a file that does not
    /// say its own
    #[arg(long, conflicts_with_all = ["mapping", "workspace"])]
    pub suggest: bool,
    /// Where rows go that cannot be loaded; default: FILE.rejects.csv
    #[arg(long)]
    pub rejects: Option<PathBuf>,
    /// Connection that the rows belong to; default: csv-<name of the file>
    #[arg(long)]
    pub connection: Option<ConnectionId>,
    /// Reporting currency of a workspace that is created; default: the mapping's. The currency of the file is the
    /// mapping's to say; costs without one are in the reporting currency
    #[arg(long)]
    pub currency: Option<Currency>,
    /// Time zone of a workspace that is created (IANA name); default: the mapping's
    #[arg(long)]
    pub time_zone: Option<String>,
    /// Print the summary as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct CostsArgs {
    #[command(subcommand)]
    pub what: costs::CostsWhat,
}

#[derive(Args)]
pub struct KpiArgs {
    #[command(subcommand)]
    pub what: kpi::KpiWhat,
}

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ProfitArgs {
    #[command(subcommand)]
    pub what: Option<ProfitWhat>,
    #[command(flatten)]
    pub table: Option<ProfitTableArgs>,
}

#[derive(Subcommand)]
pub enum ProfitWhat {
    /// Shows what leads from one definition's figure to another's
    Bridge(BridgeArgs),
    /// Lists the definitions of profit
    Profiles {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub struct ProfitTableArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// First day (yyyy-mm-dd, of the workspace's time zone)
    #[arg(long)]
    pub from: String,
    /// Last day, included
    #[arg(long)]
    pub to: String,
    /// day, channel or order; with --profile total and month, too
    #[arg(long)]
    pub by: Option<String>,
    /// Another definition of profit than the workspace's, step by step; `netgain profit profiles` lists them
    #[arg(long, value_name = "ID")]
    pub profile: Option<String>,
    /// The day of what is given back: return_day, order_day or cash_day
    #[arg(long)]
    pub basis: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct BridgeArgs {
    /// The definition to start from
    pub first: String,
    /// The definition to arrive at
    pub second: String,
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// First day (yyyy-mm-dd, of the workspace's time zone)
    #[arg(long)]
    pub from: String,
    /// Last day, included
    #[arg(long)]
    pub to: String,
    /// result or revenue
    #[arg(long, default_value = "result")]
    pub figure: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct SettingsArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// Change a field, and compute again what depends on it
    #[arg(long = "set", value_name = "FIELD=VALUE")]
    pub set: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct QueryArgs {
    /// One SELECT
    pub sql: String,
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// Put keyed hashes in the place of persons' e-mail addresses, phone numbers and names
    #[arg(long)]
    pub pseudonymised: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct SecretsArgs {
    #[command(subcommand)]
    pub what: SecretsWhat,
}

#[derive(Subcommand)]
pub enum SecretsWhat {
    /// Makes new keys and seals everything with them, while a server runs; a call that was ended is gone on with
    #[command(
        after_help = "With NETGAIN_MASTER_KEY put the new key first: NEW,OLD. Without it a new file is made, and the old \
                        one is put aside as secret.<id>.retired: keep it for backups that were made before, or delete it."
    )]
    Rotate(RotateArgs),
}

#[derive(Args)]
pub struct RotateArgs {
    /// Only the master key
    #[arg(long, conflicts_with = "data_keys")]
    pub master: bool,
    /// Only the data keys of the workspaces, and with them every credential
    #[arg(long)]
    pub data_keys: bool,
    /// Print what was done as JSON
    #[arg(long)]
    pub json: bool,
}

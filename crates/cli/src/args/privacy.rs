//! The command line of `netgain privacy`, `backup` and `restore`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use netgain_domain::WorkspaceId;

#[derive(Args)]
pub struct PrivacyArgs {
    #[command(subcommand)]
    pub what: PrivacyWhat,
}

#[derive(Subcommand)]
pub enum PrivacyWhat {
    /// Prints everything that is stored of a person as JSON: rows by table, and the payloads of platforms
    Export(PersonArgs),
    /// Takes a person out of facts, raw archive and inbox for good; figures stay as they are
    Erase(EraseArgs),
    /// Lists requests about persons' data, also those that platforms passed on, and what became of them
    Requests(RequestsArgs),
    /// Prints what a waiting request asks for as JSON; the request is done then
    Answer(AnswerArgs),
    /// Shows and sets for how long data is kept, by class; without a rule it is kept for ever
    #[command(
        after_help = "Classes: raw (what platforms sent), inbox (deliveries of webhooks), runs (the log of runs). Facts and the \
                      audit stay. What is too old is deleted once a day by `netgain serve`, or now with --apply.\n\
                      Example: netgain privacy retention --workspace mine --keep raw=730 --keep inbox=30 --keep runs=forever"
    )]
    Retention(RetentionArgs),
    /// Prints who was erased as keyed hashes, to be kept beside backups: `netgain restore --tombstones` reads them
    Tombstones(TombstonesArgs),
}

/// Whom it is about; at least one word is given.
#[derive(Args)]
pub struct PersonArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// The person's e-mail address
    #[arg(long)]
    pub email: Option<String>,
    /// The person's phone number as the platform writes it, such as +447700900123
    #[arg(long)]
    pub phone: Option<String>,
    /// The id of the customer or contact at the platform, or the number at its end
    #[arg(long, value_name = "ID")]
    pub customer: Option<String>,
    /// Print what was done as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct EraseArgs {
    #[command(flatten)]
    pub person: PersonArgs,
    /// Only say what would be changed
    #[arg(long)]
    pub preview: bool,
}

#[derive(Args)]
pub struct RequestsArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct AnswerArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// The id that `netgain privacy requests` shows
    pub id: String,
}

#[derive(Args)]
pub struct RetentionArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
    /// For how many days a class is kept, or `forever`; several can be given
    #[arg(long, value_name = "CLASS=DAYS")]
    pub keep: Vec<String>,
    /// Delete what is too old now
    #[arg(long)]
    pub apply: bool,
    /// Reckon from this day on (UTC) in the place of today; only with --apply
    #[arg(long, value_name = "DATE", requires = "apply")]
    pub on: Option<jiff::civil::Date>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct TombstonesArgs {
    #[arg(long)]
    pub workspace: WorkspaceId,
}

#[derive(Args)]
pub struct BackupArgs {
    /// The file to write; one that is there is replaced
    pub file: PathBuf,
    /// Put the key files in too: whoever has the file then can open every credential in it
    #[arg(long)]
    pub with_keys: bool,
    /// Print what was written as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct RestoreArgs {
    /// The backup
    pub file: PathBuf,
    /// What `netgain privacy tombstones` printed after the backup was made: those persons are erased in it too
    #[arg(long, value_name = "FILE")]
    pub tombstones: Vec<PathBuf>,
    /// Print what was restored as JSON
    #[arg(long)]
    pub json: bool,
}

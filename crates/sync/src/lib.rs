//! Brings data into a workspace's warehouse and keeps its profit tables up to date: files and platforms.
//!
//! Invariant: every step is idempotent, so that work which was killed at any instant is finished by running it again.
//! Neither wire formats nor SQL are known here.

#![deny(clippy::float_arithmetic)]

mod backup;
mod budgets;
mod clock;
mod committer;
mod completeness;
mod connect;
mod daily;
mod error;
mod file;
mod gone;
pub mod inbox;
mod job;
mod keeper;
mod kpis;
mod mapped;
mod operator;
mod pace;
mod privacy;
mod profit;
mod remap;
mod replay;
mod report;
mod retention;
mod runner;
mod schedule;
mod secrets;
#[cfg(test)]
mod test_store;
mod tracker;

pub use backup::{BackupError, BackupReport, restore_backup, write_backup};
pub use completeness::{Checking, Difference, ReconcileOptions, ReconcileReport, StreamCheck};
pub use connect::{
    ConnectError, ConnectRequest, Connected, Ended, Form, FormField, FormWay, GrantEnd, GrantState,
    SignInBegun, SignInError, SignInRequest, SignInReturn, WebhooksEnd, begin_sign_in, connect,
    connect_account, disconnect, finish_sign_in, forms, grant_state, limits_used, open_sign_in, renew_grant,
    test_connection,
};
pub use error::Error;
pub use file::{FileImport, import_file};
pub use job::{Event, Observer, SyncJob, SyncOutcome, sync_connection};
pub use kpis::update_kpis;
pub use netgain_connector::LimitUse;
pub use netgain_connector::Note;
pub use netgain_results::{KpiReport, ProfitReport, UncomputedOrder};
pub use operator::Operator;
pub use pace::{Pace, Progress};
pub use privacy::{
    Erased, Forgotten, PersonRequest, answer_request, erase_person, export_person, finish_erasures,
    preview_erasure, reapply_tombstones,
};
pub use profit::update_profit;
pub use replay::{ReplayError, ReplayJob, ReplayReport, StreamReplay, replay_connection};
pub use report::{QuarantinedRecord, StreamSummary, SyncReport};
pub use retention::{Expired, apply_retention};
pub use runner::{Runner, StartError, SyncOptions};
pub use schedule::{Scheduler, Timing, timing};
pub use secrets::StoredSecrets;

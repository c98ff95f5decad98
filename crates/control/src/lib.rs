//! The control store: which workspaces exist, how each reaches its platforms, and what its syncs did.
//!
//! Facts lie elsewhere, one file for each workspace. Here every query carries the workspace, so that one cannot see
//! another's connections. The engine (SQLite, or PostgreSQL) never shows in a signature: both stand behind the
//! same calls. All calls block; asynchronous callers move them to a blocking thread.
//!
//! Invariant: no provider is known here, and no secret is kept or shown in plain text.

#![deny(clippy::float_arithmetic)]

mod audit;
mod connection_tests;
mod connections;
mod database;
mod db;
mod error;
mod files;
mod grants;
mod keys;
mod leases;
mod limits_known;
mod nodes;
mod owner;
mod people;
mod privacy;
mod pseudonyms;
mod retention;
mod runs;
mod schedules;
mod schema;
#[cfg(test)]
mod schema_tests;
mod scrub;
mod secret;
mod settings;
mod sign_ins;
mod store;
mod streams;
mod sync_requests;
mod tombstones;
mod totals;
mod transfer;
mod webhooks;
mod workspaces;

pub use audit::{Actor, ActorKind, AuditEntry, AuditFault, AuditFilter, NewEntry, Verified};
pub use connection_tests::ConnectionTest;
pub use connections::{Connection, ConnectionError, ConnectionState, CredentialMode, NewConnection};
pub use database::Database;
pub use db::EngineError;
pub use error::{Error, Result};
pub use grants::StoredGrant;
pub use keys::{LocalKey, MasterKey, MasterKeys, Rotated, Rotation, RotationStep};
pub use leases::{KeptLease, Lease};
pub use people::access::Visitor;
pub use people::factors::Enrolment;
pub use people::invitations::{INVITATION, Invitation};
pub use people::keys::{ApiKey, KEY_PREFIX, NewKey};
pub use people::links::{OWNER_LINK, PASSWORD_LINK};
pub use people::members::{Member, Membership};
pub use people::organisations::{DEFAULT_ORGANISATION, Organisation};
pub use people::outside::Identity;
pub use people::persons::Person;
pub use people::sessions::{From as SessionFrom, NewSession, SESSION_IDLE, SESSION_LONGEST, Session};
pub use people::sign_in::{Attempt, SignedInAs};
pub use people::{Refused, Role, Scope};
pub use privacy::{NewPrivacyRequest, PrivacyKind, PrivacyRequest};
pub use pseudonyms::{PersonWord, Pseudonyms};
pub use retention::{DataClass, RETENTION_LONGEST, RetentionRule};
pub use runs::{Run, RunId, RunState, SyncEnd};
pub use schedules::{LastSync, Schedule, Slot};
pub use secret::Secret;
pub use settings::SettingsVersion;
pub use sign_ins::{SignIn, SignInFor, Taken};
pub use store::Control;
pub use streams::{StreamProgress, StreamState};
pub use sync_requests::{SyncAnswer, SyncRequest};
pub use tombstones::{OpenRequest, Tombstones};
pub use transfer::{CopiedTable, Copying, TableSum};
pub use webhooks::{
    DeadEvent, Endpoint, Inbox, InboxCounts, InboxState, Kept, NewEvent, Outcome, StoredEvent, StreamLoss,
    Subscription,
};
pub use workspaces::{NewWorkspace, Workspace};

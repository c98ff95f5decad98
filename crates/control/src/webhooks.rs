//! Webhooks: the address of each connection, the inbox of events, and what the platform was told.

mod endpoints;
mod inbox;
mod meter;
mod subscriptions;
mod writer;

/// The tables.
pub(crate) const TABLES: &str = include_str!("webhooks/tables.sql");

pub use endpoints::Endpoint;
pub use inbox::{DeadEvent, InboxCounts, InboxState, Outcome, StoredEvent};
pub use meter::StreamLoss;
pub use subscriptions::Subscription;
pub use writer::{Inbox, Kept, NewEvent};

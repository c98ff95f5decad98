//! Reaching PostgreSQL: addresses whose password is never shown, TLS for every server that is not on this machine,
//! checks of roles, and blocking calls over a small pool of connections.
//!
//! What is stored there, and in which tables, belongs to the crates above. Calls block their thread and may be made from
//! any thread, one that runs asynchronous tasks included: a runtime of this crate's own does the talking.

mod address;
mod client;
mod error;
mod pool;
mod roles;
mod runtime;
mod session;
mod tls;
mod value;

pub use address::Address;
pub use client::{Client, connect};
pub use error::{Error, Result, State};
pub use pool::{Pool, Pooled};
pub use roles::{Role, role};
pub use session::session_name;
pub use value::Value;

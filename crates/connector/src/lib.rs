//! Speaks to platforms. So far: the one HTTP client that every request goes through, and the pauses between tries.
//!
//! Invariant: nothing here knows a provider's name or a store's schema, and no secret appears in an error.

mod address;
mod backoff;
mod transport;

pub use address::is_public;
pub use backoff::Backoff;
pub use transport::{HttpTransport, Limits, Method, Reach, Request, Response, Transport, TransportError};

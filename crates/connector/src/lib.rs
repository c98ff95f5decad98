//! Speaks to platforms: runs a manifest's streams over the one HTTP client that every request goes through, and hands
//! what it read to a sink, page by page, with the position behind it.
//!
//! Invariant: nothing here knows a provider's name or a store's schema, and no secret appears in an error.

mod accounts;
mod address;
mod auth;
mod backoff;
mod body;
mod bulk;
mod caller;
mod complete;
mod cursor;
mod decode;
mod document;
mod engine;
mod error;
mod events;
mod gone;
mod jobs;
mod jsonl;
mod limits;
mod look;
mod next;
mod object;
mod pager;
mod pages;
mod ports;
mod request;
mod rules;
mod sample;
mod served;
mod template;
mod totals;
mod transport;
mod way;
pub mod webhooks;

pub use address::is_public;
pub use auth::{Authorize, Grant, Grants, MemoryGrants, Replaced, Revoked, Tokens, give_back, random_word};
pub use backoff::Backoff;
pub use engine::{Account, Engine, Setup, StreamReport};
pub use error::Error;
pub use limits::{Budget, LimitUse, Priority};
pub use ports::{BoxError, Clock, Note, Page, SecretSource, Sink, Sweep, SystemClock};
pub use sample::{Sample, read_sample, verify};
pub use totals::{AccountDays, Ask, DayReport, DayTotal, Span, Total};
pub use transport::{
    Chunks, Download, HttpTransport, Limits, Method, Reach, Request, Response, Transport, TransportError,
};

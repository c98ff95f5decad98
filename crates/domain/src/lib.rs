//! The words every other crate speaks: identifiers, money, the canonical tables and their rows.
//!
//! Invariant: nothing here knows tokio, HTTP, SQL, Arrow or a JSON document type.

#![deny(clippy::float_arithmetic)]

mod cadence;
mod columns;
mod currency;
mod error_class;
pub mod facts;
mod ids;
mod row;
mod table;
mod value;

pub use cadence::{Cadence, CadenceError, QuietHours};
pub use currency::{Currency, CurrencyError, Money};
pub use error_class::ErrorClass;
pub use ids::{ConnectionId, IdError, OrganisationId, PersonId, WorkspaceId};
pub use row::{Record, Row, RowError};
pub use table::{Column, Kind, Table};
pub use value::Value;

pub use jiff;
pub use rust_decimal::Decimal;

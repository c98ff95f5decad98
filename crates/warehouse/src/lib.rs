//! The facts of one workspace in one file: canonical rows and the cursors that cover them commit together, the
//! profit tables lie beside them, and every row points into an append-only archive of what the platform sent.
//!
//! The engine (DuckDB today) never shows in a public signature, so that another one can stand behind the same
//! calls. All calls block; asynchronous callers move them to a blocking thread.

pub mod archive;
mod columnar;
mod commit;
mod content;
mod costs;
mod cursors;
mod decimal;
mod dialect;
mod dump;
mod engine;
mod error;
mod profit;
mod query;
mod reading;
mod reads;
mod root_key;
mod schema;
mod warehouse;

pub use archive::{Archive, Segment};
pub use commit::{Batch, CommitReport, Gone, Swept};
pub use cursors::Cursor;
pub use dump::TableDigest;
pub use error::{Error, Result};
pub use profit::{By, OrderKey, PnlRow, Rebuild};
pub use query::{QueryColumn, QueryResult};
pub use reads::{
    CampaignRow, ConnectionStats, OrderCursor, OrderFilter, OrderRow, OrderSort, OrdersPage, Remark,
    StoredRow,
};
pub use warehouse::{Options, Warehouse};

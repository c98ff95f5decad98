//! The facts of one workspace in one file: canonical rows and the cursors that cover them commit together, the
//! profit tables lie beside them, and every row points into an append-only archive of what the platform sent.
//!
//! The engine (DuckDB today) never shows in a public signature, so that another one can stand behind the same
//! calls. All calls block; asynchronous callers move them to a blocking thread.

#![deny(clippy::float_arithmetic)]

pub mod archive;
mod columnar;
mod commit;
mod completeness;
mod content;
mod costs;
mod cursors;
mod decimal;
mod dialect;
mod dump;
mod engine;
mod error;
mod fences;
mod kpis;
mod postgres_schema;
mod privacy;
mod profit;
mod quarantine;
mod query;
mod read_log;
mod reading;
mod reads;
mod remembered;
mod replay;
mod root_key;
mod schema;
mod transfer;
mod turn;
mod warehouse;

pub use archive::{Archive, ArchiveStorage, Read, ReadPage, Redaction, Segment, keep_archives_in};
pub use commit::{Aside, Batch, CommitReport, Gone, Swept};
pub use completeness::{Check, CheckState, Counted, DaySum};
pub use cursors::Cursor;
pub use dump::TableDigest;
pub use error::{Error, Result};
pub use kpis::KpiSummary;
pub use privacy::{Consent, ErasedRows, Person, PersonRows};
pub use profit::{
    AdConversion, AdFilter, AdPart, AdRow, By, CostBookChange, CostSources, LineRow, MissingRates,
    OperatingPart, OrderKey, OrderPart, OrderParts, PartFilter, PartRow, PartsBy, PnlRow, ProvisionalDays,
    RateInUse, Rebuild, Recorded, StaleOrders, Sums,
};
pub use quarantine::{QuarantineRow, Quarantined};
pub use query::{QueryColumn, QueryResult};
pub use read_log::CommittedRead;
pub use reads::{
    AdCurrencyRow, CampaignRow, ConnectionStats, OrderCurrencyRow, OrderCursor, OrderFilter, OrderRow,
    OrderSort, OrdersPage, PurchaseDayRow, PurchaseRow, Remark, ResourceFilter, ResourcePlace, ResourceRow,
    ResourceSum, RowPayload, StoredRow,
};
pub use replay::{Replay, Replayed};
pub use transfer::Transferred;
pub use warehouse::{Database, Options, Store, Warehouse};

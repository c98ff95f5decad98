//! What pages and commands read: orders with their profit, the rows behind one order, campaigns, connections.

mod ads;
mod connections;
mod currencies;
mod marketing;
mod orders;
mod payloads;
mod people;
mod purchases;
mod remarks;
mod resources;
mod subscriptions;

pub use ads::CampaignRow;
pub use connections::ConnectionStats;
pub use currencies::{AdCurrencyRow, OrderCurrencyRow};
pub(crate) use orders::conditions;
pub use orders::{OrderCursor, OrderFilter, OrderRow, OrderSort, OrdersPage, StoredRow};
pub use payloads::RowPayload;
pub use purchases::{PurchaseDayRow, PurchaseRow};
pub use remarks::Remark;
pub use resources::{ResourceFilter, ResourcePlace, ResourceRow, ResourceSum};

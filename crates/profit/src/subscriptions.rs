//! Monthly recurring revenue and what moved it, the value of a pipeline of deals, and what messages earned.
//!
//! What counts, when it ends and how changes are told apart differs between products, so a [`Definition`] is data.
//! Under each of them `opening + new + reactivation + expansion - contraction - churn + fx = closing`, to the coin,
//! for each currency and in total.

mod bridge;
mod daily;
mod definition;
mod facts;
mod lifecycle;
mod movement;
mod pipeline;
mod pricing;
mod snapshot;

pub use bridge::{Bridge, Bridges, Churn, CustomerChurn, Line, bridges, bridges_by_currency, customer_churn};
pub use daily::{CHURN_DAYS, RecurringDay, recurring_days};
pub use definition::{ChurnAt, ChurnWhen, Definition, DefinitionError, Discounts, Fx, NetBy};
pub use facts::{History, histories};
pub use lifecycle::{Lifecycle, lifecycle};
pub use movement::{Kind, Movement};
pub use pipeline::{Stage, StageFigures, pipeline};
pub use pricing::price_of;
pub use snapshot::{Discount, Duration, Interval, Item, Off, Snapshot};

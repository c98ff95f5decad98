//! The economics of orders and days: pure functions over typed facts, exact and explainable.
//!
//! An order's signed ledger becomes postings, each on its own local day; the postings of a day make its
//! [`Ladder`], and the same postings, kept one by one, make the [`Explanation`]. So a figure and its
//! explanation cannot differ.
//!
//! Invariant: no input or output, no clock, no float.

#![deny(clippy::float_arithmetic)]

mod amount;
pub mod attribution;
pub mod bridge;
mod class;
mod clock;
mod cost_book;
mod cost_rules;
pub mod customers;
mod daily;
mod error;
mod explain;
mod figure;
mod fx;
mod goods;
pub mod kpi;
mod metrics;
mod naive;
mod order;
mod posting;
pub mod profile;
pub mod question;
mod rate;
mod settings;
mod share;
pub mod subscriptions;

pub use cost_book::{Cost, CostBook, CostQuery};
pub use cost_rules::{CostBookError, CostRules, check_cost, check_rule, operating_days};
pub use daily::{Channel, Daily, Day, Notice, ads_in_reporting, daily, final_on};
pub use error::Error;
pub use explain::{AppliedSetting, Entry, Explanation, Sign, Step, StepKind, Trace, Traced, explain, trace};
pub use figure::{Figure, Part, Quotient};
pub use fx::{Derived, HOLDS_DAYS, InReporting, MissingRate, Rate, RateBook, in_reporting};
pub use metrics::{Metrics, roas};
pub use order::compute_order;
pub use rate::InCurrency;
pub use settings::{
    AttributionSettings, CostSettings, Dated, DefaultRatio, MissingPolicy, NeverDefault, OrderDay,
    OrderSettings, RatioBase, RefundBasis, RevenueSettings, Settings, SettingsError, ShippingSettings,
    TaxMode, Zone,
};
pub use share::{WHOLE, split};

pub use netgain_domain::facts::{Ladder, OrderProfit};

/// Raised whenever the rules themselves change, so that stored results are computed anew.
pub const RULES_VERSION: u32 = 7;

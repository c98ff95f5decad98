//! Which visits led to an order, how its money is shared among them, and what advertising earned by that.
//!
//! Visits become [`Touchpoint`]s by a table of rules; a [`Model`] shares each order's credit among those that
//! qualify; credit is counted in whole parts ([`crate::WHOLE`]) and money is split by largest remainder, so the
//! shares of an order add up to the order exactly. What platforms claim stands beside it and is never added up
//! with it.

mod campaigns;
mod claims;
mod credit;
mod decay;
mod economics;
mod model;
mod rules;
mod sources;
mod spread;
mod touchpoint;
mod url;

pub use campaigns::{CampaignKey, Campaigns, end_of_id};
pub use claims::{Grain, OverClaim, over_claims};
pub use credit::{Amounts, Attribution, Credit, Journey, PassedOver, Reason, Unattributed, attribute};
pub use economics::{
    Blended, BlendedSums, CampaignEconomics, History, PlatformReported, blended, campaign_economics,
    platform_reported,
};
pub use model::{Clock, DayBasis, Direct, Model, ModelError, ModelSettings};
pub use rules::{ChannelRules, RulesError};
pub use sources::{VisitsFrom, told_once};
pub use spread::{OrderMarketing, Spread, Unspread, spread};
pub use touchpoint::{Touchpoint, touchpoint};

//! Customers, their subscriptions, and the deals of a CRM.

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::Currency;

/// A customer (`customers`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomerFacts {
    /// The connection that they came over: platforms give ids without knowing of each other's.
    pub connection_id: String,
    /// `customers.source_id`.
    pub customer_id: String,
    /// The e-mail address as the source wrote it.
    pub email: Option<String>,
}

/// A subscription as it stands (`subscriptions`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionFacts {
    /// `subscriptions.source_id`.
    pub subscription_id: String,
    /// The customer's `source_id`.
    pub customer_id: Option<String>,
    /// The platform's word: `active`, `trialing`, `past_due`, `canceled` …
    pub status: String,
    /// Currency of `amount`; none where the source writes none.
    pub currency: Option<Currency>,
    /// What one period costs, all items that are not metered, before discounts.
    pub amount: Option<Decimal>,
    /// Whether `amount` holds tax.
    pub tax_included: bool,
    /// Total and tax of its latest invoice with a total, which tell the tax in `amount`.
    pub invoiced: Option<(Decimal, Decimal)>,
    /// Discounts on each period of the whole, in the order in which they are taken off.
    pub discounts: Vec<SubscriptionDiscount>,
    /// What it holds, where the source says; their prices then come before `amount`.
    pub items: Vec<SubscriptionItemFacts>,
    /// `day`, `week`, `month` or `year`.
    pub interval: Option<String>,
    /// Intervals in one period.
    pub interval_count: Option<i64>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When the running period ends.
    pub period_end: Option<Timestamp>,
    /// When its trial ends or ended.
    pub trial_ends_at: Option<Timestamp>,
    /// Whether it ends with the running period.
    pub cancel_at_period_end: bool,
    /// When its cancellation was asked for.
    pub canceled_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// What is taken off each period of a subscription or of one of its items.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubscriptionDiscount {
    /// A part of the price, 0 to 100.
    pub percent: Option<Decimal>,
    /// A fixed amount.
    pub amount: Option<Decimal>,
    /// `forever`, `once` or `repeating`.
    pub duration: Option<String>,
    /// When it ends, where the source says.
    pub ends_at: Option<Timestamp>,
}

/// What a subscription holds (`subscription_items`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionItemFacts {
    /// How many.
    pub quantity: Decimal,
    /// Whether it is charged by use, which is no recurring revenue.
    pub metered: bool,
    /// What they cost; in the currency of the subscription, of one period.
    pub price: PriceFacts,
    /// Discounts on it alone, in the order in which they are taken off.
    pub discounts: Vec<SubscriptionDiscount>,
}

/// What a number of things costs (`prices`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PriceFacts {
    /// Of one unit, or of one package; none where tiers tell.
    pub unit_amount: Option<Decimal>,
    /// Units that are sold together; none: each by itself.
    pub package: Option<Package>,
    /// How tiers are read; none for a price without any.
    pub tiers_mode: Option<TiersMode>,
    /// The tiers, the lowest first.
    pub tiers: Vec<PriceTier>,
}

/// Units that are sold together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Package {
    /// How many.
    pub size: Decimal,
    /// Whether a part of a package counts as a whole one; otherwise as none.
    pub round_up: bool,
}

/// How the tiers of a price are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TiersMode {
    /// Each unit costs what its own tier says.
    Graduated,
    /// All units cost what the tier of the whole number says.
    Volume,
}

/// A tier of a price (`price_tiers`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceTier {
    /// Its last unit; none: all that follow.
    pub up_to: Option<Decimal>,
    /// Of one unit in it.
    pub unit_amount: Option<Decimal>,
    /// Once, where the number reaches it.
    pub flat_amount: Option<Decimal>,
}

/// A change of a subscription (`subscription_changes`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionChangeFacts {
    /// `subscription_changes.source_id`.
    pub change_id: String,
    /// The subscription's `source_id`.
    pub subscription_id: String,
    /// When it changed.
    pub changed_at: Timestamp,
    /// `created`, `updated` or `canceled`.
    pub kind: String,
    /// The status from then on.
    pub status: Option<String>,
    /// What one period costs from then on.
    pub amount: Option<Decimal>,
}

/// A deal of a CRM (`deals`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DealFacts {
    /// `deals.source_id`.
    pub deal_id: String,
    /// Its pipeline.
    pub pipeline_id: Option<String>,
    /// The stage that it is in.
    pub stage_id: Option<String>,
    /// `open`, `won` or `lost`; none where only the stage tells.
    pub status: Option<String>,
    /// Its value.
    pub amount: Option<Decimal>,
    /// Currency of the value.
    pub currency: Option<Currency>,
}

/// A stage of a pipeline (`deal_stages`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DealStageFacts {
    /// `deal_stages.source_id`.
    pub stage_id: String,
    /// Its pipeline.
    pub pipeline_id: String,
    /// Its name.
    pub name: String,
    /// Its place in the pipeline, the first one lowest.
    pub position: i64,
    /// Chance that a deal in it is won, 0 to 1.
    pub probability: Option<Decimal>,
    /// `open`, `won` or `lost`.
    pub outcome: Option<String>,
}

//! What the economics of an order are computed from, and what comes out: typed facts that the warehouse reads
//! from the canonical tables, and the ladder that it stores.
//!
//! Every amount is an exact decimal in major units. Facts carry the currency in which the source wrote them;
//! a [`Ladder`] is always in the workspace's reporting currency. Instants are UTC, days are local days of the
//! workspace's time zone (ad days: of the ad account's zone).

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::Currency;

mod costs;
mod kpi;
mod ladder;
mod lines;
mod marketing;
mod people;
mod rates;
mod settlements;
mod weights;
mod words;

pub use costs::{CostRuleFact, OperatingCost, OperatingDay, RuleTerms, UnitCostFact};
pub use kpi::{
    KpiAction, KpiAudit, KpiCondition, KpiDay, KpiElsewhere, KpiOverride, KpiPoint, KpiQuery, KpiRead,
    KpiSeries, KpiSums, KpiWhen,
};
pub use ladder::{DayEntry, Ladder, OrderProfit};
pub use lines::{Basis, Cell, LINES, Line, LineEntry, Lines, OrderClass, Posting, Postings};
pub use marketing::{AdFact, CampaignDayFact, MessageDayFact, TouchFacts};
pub use people::{
    CustomerFacts, DealFacts, DealStageFacts, Package, PriceFacts, PriceTier, SubscriptionChangeFacts,
    SubscriptionDiscount, SubscriptionFacts, SubscriptionItemFacts, TiersMode,
};
pub use rates::{AppliedRate, OrderRate, RateFact};
pub use settlements::{SettlementFacts, SettlementKind};
pub use weights::{LineWeight, OrderSelection, Weighing};
pub use words::{
    CogsSource, CostKind, CostRuleKind, CostScope, EventAction, EventKind, EventReason, ExcludedReason, Flag,
    Flags,
};

/// An order with everything its economics depend on (`orders` and the tables it owns).
#[derive(Debug, Clone, PartialEq)]
pub struct OrderFacts {
    /// The connection it came through.
    pub connection_id: String,
    /// `orders.source_id`.
    pub order_id: String,
    /// The name people know it by, such as `#1001`.
    pub name: String,
    /// When it was placed (the platform's "processed at").
    pub placed_at: Timestamp,
    /// When the platform recorded it.
    pub created_at: Option<Timestamp>,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// The sales channel; empty where the source says none.
    pub channel: String,
    /// The customer's `source_id`.
    pub customer_id: Option<String>,
    /// The platform's word in lower case: `paid`, `pending`, `refunded` …
    pub financial_status: Option<String>,
    /// Whether it is a test order.
    pub is_test: bool,
    /// Currency of the order.
    pub currency: Currency,
    /// Whether displayed prices include tax. The ledger's amounts name their tax either way.
    pub taxes_included: bool,
    /// The country that the goods go to, by its two letters (ISO 3166), where the source says.
    pub shipping_country: Option<String>,
    /// What all its goods weigh, in grams, where the source says.
    pub total_grams: Option<Decimal>,
    /// The order's version; copied to [`OrderProfit::version`].
    pub version: i64,
    /// Its lines.
    pub lines: Vec<LineFacts>,
    /// Its signed ledger, in any order.
    pub events: Vec<EventFacts>,
    /// Units that came back, in any order.
    pub refund_lines: Vec<RefundLineFacts>,
    /// Fees of payment providers, in any order.
    pub fees: Vec<FeeFacts>,
    /// Money that was taken and given back, in any order.
    pub payments: Vec<PaymentFacts>,
    /// What payment providers and marketplaces booked for it on the merchant's balance, in any order.
    pub settlements: Vec<SettlementFacts>,
    /// The order's own total when it was placed, with tax.
    pub total_price: Option<Decimal>,
    /// The order's own total tax when it was placed.
    pub total_tax: Option<Decimal>,
}

/// A line of an order (`order_lines`).
#[derive(Debug, Clone, PartialEq)]
pub struct LineFacts {
    /// `order_lines.source_id`.
    pub line_id: String,
    /// The product's `source_id`.
    pub product_id: Option<String>,
    /// The variant's `source_id`; key of its unit cost.
    pub variant_id: Option<String>,
    /// Stock keeping unit; second key of its unit cost.
    pub sku: Option<String>,
    /// The product's vendor, as its row says today.
    pub vendor: Option<String>,
    /// The product's type, as its row says today.
    pub product_type: Option<String>,
    /// The delivery from the supplier that the units were taken of.
    pub lot: Option<String>,
    /// Weight of one unit in grams.
    pub weight_grams: Option<Decimal>,
    /// Whether units are sent; none where the source does not say.
    pub requires_shipping: Option<bool>,
    /// The product's tags, separated by commas, as its row says today.
    pub product_tags: Option<String>,
    /// What the customer read.
    pub title: String,
    /// Units ordered.
    pub quantity: i64,
    /// Displayed price of one unit, in the order's currency.
    pub unit_price: Option<Decimal>,
    /// Whether the line is a gift card.
    pub is_gift_card: bool,
}

/// An entry of the signed ledger (`sale_events`).
#[derive(Debug, Clone, PartialEq)]
pub struct EventFacts {
    /// `sale_events.source_id`.
    pub event_id: String,
    /// The line it is about.
    pub line_id: Option<String>,
    /// When it happened.
    pub happened_at: Timestamp,
    /// Why it was written.
    pub reason: EventReason,
    /// What it does.
    pub action: EventAction,
    /// What it is about.
    pub kind: EventKind,
    /// Units, signed.
    pub quantity: Option<i64>,
    /// Signed, after discounts, with tax.
    pub total_amount: Decimal,
    /// Signed tax inside `total_amount`.
    pub tax_amount: Decimal,
    /// Signed, without tax; positive where it lowered a sale.
    pub discount_amount: Decimal,
    /// Currency of the amounts.
    pub currency: Currency,
}

/// Units that came back (`refund_lines`).
#[derive(Debug, Clone, PartialEq)]
pub struct RefundLineFacts {
    /// `refund_lines.source_id`.
    pub refund_line_id: String,
    /// The line they belong to.
    pub line_id: String,
    /// When they were refunded.
    pub refunded_at: Timestamp,
    /// How many, positive.
    pub quantity: i64,
    /// Whether they went back on the shelf; only then their cost comes back.
    pub restocked: bool,
}

/// A fee that a payment provider charged (`payment_fees`).
#[derive(Debug, Clone, PartialEq)]
pub struct FeeFacts {
    /// `payment_fees.source_id`.
    pub fee_id: String,
    /// When it was charged; the order's time where the source does not say.
    pub charged_at: Option<Timestamp>,
    /// Without the tax on the fee; positive where it was charged, negative where it was given back.
    pub amount: Decimal,
    /// Tax on the fee: reclaimed, so no cost.
    pub tax_amount: Option<Decimal>,
    /// Currency of the amounts.
    pub currency: Currency,
    /// The payment provider's name.
    pub gateway: Option<String>,
    /// The payment that it was charged for; none where the source does not say.
    pub transaction_id: Option<String>,
}

/// Money that a payment took or gave back (`payment_transactions` of kind sale, capture or refund that went through).
#[derive(Debug, Clone, PartialEq)]
pub struct PaymentFacts {
    /// `payment_transactions.source_id`.
    pub payment_id: String,
    /// The payment that a refund gives back.
    pub parent_id: Option<String>,
    /// When it went through; the order's time where the source does not say.
    pub processed_at: Option<Timestamp>,
    /// Whether money was given back.
    pub is_refund: bool,
    /// With tax; positive either way.
    pub amount: Decimal,
    /// Currency of the amount.
    pub currency: Currency,
    /// The payment provider's name.
    pub gateway: Option<String>,
    /// How was paid, in the provider's word: `visa`, `ideal` …
    pub method: Option<String>,
}

/// What one ad account spent on one day (`ad_days` of level `ad` or `campaign`, whichever its source writes, summed).
#[derive(Debug, Clone, PartialEq)]
pub struct AdDayFact {
    /// Day of the ad account's zone.
    pub day: Date,
    /// The platform, as in `ad_days.source`.
    pub source: String,
    /// Currency of the ad account.
    pub currency: Currency,
    /// Money spent.
    pub spend: Decimal,
    /// Whether the platform may still restate the day.
    pub provisional: bool,
}

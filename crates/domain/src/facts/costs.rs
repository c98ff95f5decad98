//! The cost book's rows: what goods cost, and what sending, selling and running the shop cost. Rows are only ever
//! added: what was once recorded stays, so that the book as it stood on a day can be read.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{CostKind, CostRuleKind, CostScope};
use crate::Currency;

/// A row of the cost book (`unit_costs`).
#[derive(Debug, Clone, PartialEq)]
pub struct UnitCostFact {
    /// The row's own name in the workspace: connection and `source_id`.
    pub cost_id: String,
    /// What `scope_id` names.
    pub scope: CostScope,
    /// A variant's id, a stock keeping unit, a vendor …; empty for the whole shop.
    pub scope_id: String,
    /// Only for deliveries to this country, by its two letters; none: to any.
    pub country: Option<String>,
    /// Only for order lines of at least so many units; 1: for all.
    pub min_quantity: i64,
    /// Cost of one unit without tax.
    pub unit_cost: Decimal,
    /// Currency of the cost.
    pub currency: Currency,
    /// First local day it holds; none: since ever.
    pub valid_from: Option<Date>,
    /// Last local day it holds; none: without end.
    pub valid_to: Option<Date>,
    /// Where it comes from.
    pub kind: CostKind,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Who recorded it: a platform, `csv`, `cli`, `api`, `ui`.
    pub source: String,
    /// The row whose place it takes from `recorded_at` on, by its `cost_id`.
    pub replaces: Option<String>,
    /// Whether it states no cost and only takes back the row that it replaces.
    pub withdrawn: bool,
}

impl UnitCostFact {
    /// A platform's record of a cost since ever, of any country and quantity.
    #[must_use]
    pub fn new(scope: CostScope, scope_id: &str, unit_cost: Decimal, currency: Currency) -> Self {
        Self {
            cost_id: String::new(),
            scope,
            scope_id: scope_id.to_owned(),
            country: None,
            min_quantity: 1,
            unit_cost,
            currency,
            valid_from: None,
            valid_to: None,
            kind: CostKind::Actual,
            recorded_at: Timestamp::UNIX_EPOCH,
            source: String::new(),
            replaces: None,
            withdrawn: false,
        }
    }
}

/// A rule of the cost book (`cost_rules`).
#[derive(Debug, Clone, PartialEq)]
pub struct CostRuleFact {
    /// The row's own name in the workspace.
    pub rule_id: String,
    /// What it reckons.
    pub kind: CostRuleKind,
    /// Currency of its amounts.
    pub currency: Currency,
    /// First local day it holds; none: since ever.
    pub valid_from: Option<Date>,
    /// Last local day it holds; none: without end.
    pub valid_to: Option<Date>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Who recorded it.
    pub source: String,
    /// The rule whose place it takes from `recorded_at` on.
    pub replaces: Option<String>,
    /// Whether it only takes back the rule that it replaces.
    pub withdrawn: bool,
    /// What it applies to and how much it is.
    pub terms: RuleTerms,
}

/// What a rule applies to and how much it is. What is left out applies to everything, and is nothing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RuleTerms {
    /// Countries of delivery by their two letters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
    /// The sales channel; of an operating cost, the one that it is tied to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The payment provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gateway: Option<String>,
    /// The way of paying.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Parcels of at least so many grams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_grams: Option<Decimal>,
    /// Parcels of less than so many grams.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below_grams: Option<Decimal>,
    /// For each order, payment or return.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixed: Option<Decimal>,
    /// For each unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_item: Option<Decimal>,
    /// For each kilogram.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_kg: Option<Decimal>,
    /// Percent of the payment, or of what the marketplace sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<Decimal>,
    /// Whether a refund gives the fee back in its proportion; most providers keep it.
    #[serde(skip_serializing_if = "is_false")]
    pub refundable: bool,
    /// The amount of an operating cost, for each `every`, or for the whole time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// How often `amount` is due: `day`, `week`, `month` or `year`; none: once for the whole time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<String>,
    /// What an operating cost is for: rent, salaries, tools …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The campaign that an operating cost is tied to, by its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign_id: Option<String>,
    /// Whether an operating cost is spent on marketing: agencies, influencers, affiliates.
    #[serde(skip_serializing_if = "is_false")]
    pub marketing: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// A cost that a person or sheet states for a period (`manual_costs`), or what a platform took for messages
/// (`message_days`).
#[derive(Debug, Clone, PartialEq)]
pub struct OperatingCost {
    /// The row's own name in the workspace.
    pub id: String,
    /// What it is for.
    pub category: String,
    /// Its name for people.
    pub name: Option<String>,
    /// For the whole time.
    pub amount: Decimal,
    /// Currency of the amount.
    pub currency: Currency,
    /// First day.
    pub since: Date,
    /// Last day.
    pub until: Date,
    /// Whether it is spent on marketing: messages, affiliates, influencers, agencies.
    pub marketing: bool,
}

/// What one operating cost comes to on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatingDay {
    /// Local day of the workspace.
    pub day: Date,
    /// The rule, or the row of `manual_costs`.
    pub cost_id: String,
    /// What it is for.
    pub category: String,
    /// Its name for people.
    pub name: Option<String>,
    /// The sales channel that it is tied to.
    pub channel: Option<String>,
    /// The campaign that it is tied to.
    pub campaign_id: Option<String>,
    /// Whether it is spent on marketing.
    pub marketing: bool,
    /// In the reporting currency.
    pub amount: Decimal,
    /// The cost's own currency where no rate of the day is known: then the amount is 0 and not what it comes to.
    pub lacks_rate: Option<Currency>,
}

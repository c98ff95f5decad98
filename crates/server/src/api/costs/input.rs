//! Rows for the cost book as clients send them: numbers as text, so that no digit passes through a float.

use netgain_domain::facts::{CostKind, CostRuleFact, CostRuleKind, CostScope, RuleTerms, UnitCostFact};
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;
use netgain_domain::{Currency, Decimal};
use netgain_profit::Settings;
use netgain_results::today;
use netgain_warehouse::CostBookChange;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::number;
use crate::extract::day;
use crate::problem::{Code, Problem};

/// The word for "since ever" in `valid_from`.
const EVER: &str = "ever";
/// Rows that one request may hold.
pub(super) const MOST: usize = 5_000;

/// Rows to add to the cost book.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// Unit costs.
    #[serde(default)]
    costs: Vec<NewCost>,
    /// Rules.
    #[serde(default)]
    rules: Vec<NewRule>,
    /// Who records them.
    recorded_by: Option<String>,
    /// Why.
    note: Option<String>,
    /// `ui` where a person does it in the pages; else `api`.
    source: Option<String>,
}

/// A unit cost to record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCost {
    /// `shop`, `supplier`, `product_type`, `product`, `variant`, `sku` or `lot`. Not needed with `withdrawn`.
    scope: Option<String>,
    /// The vendor, type, id or stock keeping unit; left out for the whole shop.
    scope_id: Option<String>,
    /// The country of delivery by its two letters; left out for any.
    country: Option<String>,
    /// Order lines of at least so many units; 1 where left out.
    min_quantity: Option<i64>,
    /// Without tax, as text: `12.50`. Not needed with `withdrawn`.
    unit_cost: Option<String>,
    /// Currency (ISO 4217); the workspace's own where left out.
    currency: Option<String>,
    /// First local day (YYYY-MM-DD), or `ever`; today where left out, so that the past stays as it is.
    valid_from: Option<String>,
    /// Last local day; left out: without end.
    valid_to: Option<String>,
    /// `manual` or `estimate`; manual where left out.
    kind: Option<String>,
    /// Id of the row whose place it takes.
    replaces: Option<String>,
    /// Whether it only takes that row back.
    #[serde(default)]
    withdrawn: bool,
}

/// A rule to record.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRule {
    /// `shipping`, `payment_fee`, `handling`, `marketplace_fee`, `return_handling` or `operating`.
    kind: Option<String>,
    /// Currency (ISO 4217); the workspace's own where left out.
    currency: Option<String>,
    /// First local day (YYYY-MM-DD), or `ever`; today where left out, so that the past stays as it is.
    valid_from: Option<String>,
    /// Last local day; left out: without end.
    valid_to: Option<String>,
    /// Id of the rule whose place it takes.
    replaces: Option<String>,
    /// Whether it only takes that rule back.
    #[serde(default)]
    withdrawn: bool,
    /// What it applies to and how much it is.
    #[serde(default)]
    terms: Terms,
}

/// What a rule applies to and how much it is. Amounts are text; what is left out applies to everything, and is nothing.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Terms {
    /// Countries of delivery by their two letters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    countries: Vec<String>,
    /// The sales channel; of an operating cost, the one that it is tied to.
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    /// The payment provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway: Option<String>,
    /// The way of paying.
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// Parcels of at least so many grams.
    #[serde(skip_serializing_if = "Option::is_none")]
    min_grams: Option<String>,
    /// Parcels of less than so many grams.
    #[serde(skip_serializing_if = "Option::is_none")]
    below_grams: Option<String>,
    /// For each order, payment or return.
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<String>,
    /// For each unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_item: Option<String>,
    /// For each kilogram.
    #[serde(skip_serializing_if = "Option::is_none")]
    per_kg: Option<String>,
    /// Percent of the payment, or of what the marketplace sold: `2.9` for 2.9 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    percent: Option<String>,
    /// Whether a refund gives the fee back in its proportion.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    refundable: bool,
    /// The amount of an operating cost, for each `every`, or for the whole time.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<String>,
    /// `day`, `week`, `month` or `year`; left out: once for the whole time.
    #[serde(skip_serializing_if = "Option::is_none")]
    every: Option<String>,
    /// What an operating cost is for: rent, salaries, tools …
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The campaign that an operating cost is tied to.
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign_id: Option<String>,
    /// Whether an operating cost is spent on marketing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    marketing: bool,
}

impl Terms {
    pub(super) fn of(terms: &RuleTerms) -> Self {
        let text = |value: Option<Decimal>| value.map(number);
        Self {
            countries: terms.countries.clone(),
            channel: terms.channel.clone(),
            gateway: terms.gateway.clone(),
            method: terms.method.clone(),
            min_grams: text(terms.min_grams),
            below_grams: text(terms.below_grams),
            fixed: text(terms.fixed),
            per_item: text(terms.per_item),
            per_kg: text(terms.per_kg),
            percent: text(terms.percent),
            refundable: terms.refundable,
            amount: text(terms.amount),
            every: terms.every.clone(),
            category: terms.category.clone(),
            name: terms.name.clone(),
            campaign_id: terms.campaign_id.clone(),
            marketing: terms.marketing,
        }
    }

    fn read(self) -> Result<RuleTerms, Problem> {
        let decimal = |field, text: Option<String>| text.map(|text| decimal(field, &text)).transpose();
        Ok(RuleTerms {
            countries: self.countries.iter().map(|country| country.to_ascii_uppercase()).collect(),
            channel: said(self.channel),
            gateway: said(self.gateway),
            method: said(self.method),
            min_grams: decimal("min_grams", self.min_grams)?,
            below_grams: decimal("below_grams", self.below_grams)?,
            fixed: decimal("fixed", self.fixed)?,
            per_item: decimal("per_item", self.per_item)?,
            per_kg: decimal("per_kg", self.per_kg)?,
            percent: decimal("percent", self.percent)?,
            refundable: self.refundable,
            amount: decimal("amount", self.amount)?,
            every: said(self.every),
            category: said(self.category),
            name: said(self.name),
            campaign_id: said(self.campaign_id),
            marketing: self.marketing,
        })
    }
}

impl Change {
    /// The rows as they would be recorded at an instant.
    pub(super) fn read(self, settings: &Settings, now: Timestamp) -> Result<CostBookChange, Problem> {
        let count = self.costs.len() + self.rules.len();
        if count == 0 || count > MOST {
            let detail = format!("{count} rows were sent: send between 1 and {MOST} in costs and rules");
            return Err(Problem::new(Code::InvalidBody, detail));
        }
        let source = match self.source.as_deref() {
            None | Some("api") => "api",
            Some("ui") => "ui",
            Some(_) => return Err(refused("source", "must be api or ui")),
        };
        let reader = Reader { settings, now, source };
        Ok(CostBookChange {
            costs: self.costs.into_iter().map(|cost| reader.cost(cost)).collect::<Result<_, _>>()?,
            rules: self.rules.into_iter().map(|rule| reader.rule(rule)).collect::<Result<_, _>>()?,
            recorded_by: said(self.recorded_by),
            note: said(self.note),
        })
    }
}

struct Reader<'s> {
    settings: &'s Settings,
    now: Timestamp,
    source: &'static str,
}

impl Reader<'_> {
    fn cost(&self, new: NewCost) -> Result<UnitCostFact, Problem> {
        let scope = match new.scope.as_deref() {
            Some(word) => CostScope::from_name(word).ok_or_else(|| {
                refused("scope", "must be shop, supplier, product_type, product, variant, sku or lot")
            })?,
            None if new.withdrawn => CostScope::Shop,
            None => return Err(refused("scope", "is missing: say what the cost holds for, such as sku")),
        };
        let unit_cost = match new.unit_cost.as_deref() {
            Some(text) => decimal("unit_cost", text)?,
            None if new.withdrawn => Decimal::ZERO,
            None => return Err(refused("unit_cost", "is missing: write it as text, such as \"12.50\"")),
        };
        let kind = new.kind.as_deref().unwrap_or("manual");
        let mut fact = UnitCostFact::new(
            scope,
            new.scope_id.unwrap_or_default().trim(),
            unit_cost,
            self.currency(new.currency)?,
        );
        fact.country = said(new.country).map(|country| country.to_ascii_uppercase());
        fact.min_quantity = new.min_quantity.unwrap_or(1);
        fact.valid_from = self.from(new.valid_from.as_deref())?;
        fact.valid_to = day("valid_to", new.valid_to.as_deref())?;
        fact.kind = CostKind::from_name(kind).ok_or_else(|| refused("kind", "must be manual or estimate"))?;
        fact.recorded_at = self.now;
        self.source.clone_into(&mut fact.source);
        (fact.replaces, fact.withdrawn) = (replaced(new.replaces, new.withdrawn)?, new.withdrawn);
        Ok(fact)
    }

    fn rule(&self, new: NewRule) -> Result<CostRuleFact, Problem> {
        let kind = match new.kind.as_deref() {
            Some(word) => CostRuleKind::from_name(word).ok_or_else(|| {
                let known: Vec<_> = CostRuleKind::ALL.iter().map(|kind| kind.name()).collect();
                refused("kind", format!("must be one of {}", known.join(", ")))
            })?,
            None if new.withdrawn => CostRuleKind::Operating,
            None => return Err(refused("kind", "is missing: say what the rule reckons, such as shipping")),
        };
        Ok(CostRuleFact {
            rule_id: String::new(),
            kind,
            currency: self.currency(new.currency)?,
            valid_from: self.from(new.valid_from.as_deref())?,
            valid_to: day("valid_to", new.valid_to.as_deref())?,
            recorded_at: self.now,
            source: self.source.to_owned(),
            replaces: replaced(new.replaces, new.withdrawn)?,
            withdrawn: new.withdrawn,
            terms: new.terms.read()?,
        })
    }

    fn currency(&self, code: Option<String>) -> Result<Currency, Problem> {
        match said(code) {
            Some(code) => code.parse().map_err(|error| refused("currency", format!("is wrong: {error}"))),
            None => Ok(self.settings.currency),
        }
    }

    fn from(&self, text: Option<&str>) -> Result<Option<Date>, Problem> {
        match text {
            Some(EVER) => Ok(None),
            None => Ok(Some(today(self.settings, self.now))),
            some => day("valid_from", some),
        }
    }
}

fn replaced(id: Option<String>, withdrawn: bool) -> Result<Option<String>, Problem> {
    match said(id) {
        None if withdrawn => Err(refused("replaces", "is missing: name the row that is taken back")),
        id => Ok(id),
    }
}

/// A text that says something.
pub(super) fn said(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn decimal(field: &'static str, text: &str) -> Result<Decimal, Problem> {
    Decimal::from_str_exact(text.trim())
        .map_err(|_| refused(field, "is not a decimal: write digits with a point, such as \"12.50\""))
}

pub(super) fn refused(field: &'static str, reason: impl std::fmt::Display) -> Problem {
    Problem { field: Some(field.into()), ..Problem::new(Code::CostRefused, format!("{field} {reason}")) }
}

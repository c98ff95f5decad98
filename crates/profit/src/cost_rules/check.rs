//! Whether what a person wants to record can be reckoned with. Each refusal names the field and the cure.

use netgain_domain::Decimal;
use netgain_domain::facts::{CostKind, CostRuleFact, CostRuleKind, CostScope, UnitCostFact};

use crate::amount;

/// Why a row of the cost book is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {reason}")]
pub struct CostBookError {
    /// The field.
    pub field: &'static str,
    /// What is wrong with it and the cure.
    pub reason: String,
}

fn refuse<T>(field: &'static str, reason: impl Into<String>) -> Result<T, CostBookError> {
    Err(CostBookError { field, reason: reason.into() })
}

/// Checks a unit cost.
///
/// # Errors
/// The first field that cannot be.
pub fn check_cost(fact: &UnitCostFact) -> Result<(), CostBookError> {
    match (fact.scope, fact.scope_id.is_empty()) {
        (CostScope::Shop, false) => {
            return refuse(
                "scope_id",
                "must be empty for the whole shop: leave it out, or choose a narrower scope",
            );
        }
        (CostScope::Shop, true) | (_, false) => {}
        (_, true) => return refuse("scope_id", "is missing: say which one, or choose scope shop"),
    }
    if fact.kind == CostKind::Actual {
        return refuse("kind", "must be manual or estimate: actual costs come from the platforms");
    }
    money("unit_cost", Some(fact.unit_cost))?;
    if !amount::is_exact_cost(fact.unit_cost.normalize()) {
        return refuse("unit_cost", "must be below 100 million with at most 10 digits after the point");
    }
    if fact.min_quantity < 1 {
        return refuse("min_quantity", "must be at least 1");
    }
    if let Some(country) = &fact.country {
        check_country("country", country)?;
    }
    order("valid_to", fact.valid_from, fact.valid_to)
}

/// Checks a rule.
///
/// # Errors
/// The first field that cannot be.
pub fn check_rule(fact: &CostRuleFact) -> Result<(), CostBookError> {
    order("valid_to", fact.valid_from, fact.valid_to)?;
    let terms = &fact.terms;
    terms.countries.iter().try_for_each(|country| check_country("countries", country))?;
    let amounts = [
        ("fixed", terms.fixed),
        ("per_item", terms.per_item),
        ("per_kg", terms.per_kg),
        ("percent", terms.percent),
        ("amount", terms.amount),
        ("min_grams", terms.min_grams),
        ("below_grams", terms.below_grams),
    ];
    amounts.into_iter().try_for_each(|(field, value)| money(field, value))?;
    if terms.percent.is_some_and(|percent| percent > Decimal::ONE_HUNDRED) {
        return refuse("percent", "must be at most 100: write 2.9 for 2.9 %");
    }
    if let (Some(min), Some(below)) = (terms.min_grams, terms.below_grams)
        && below <= min
    {
        return refuse("below_grams", "must be larger than min_grams");
    }
    let operating = fact.kind == CostRuleKind::Operating;
    let used: &[&str] = match fact.kind {
        CostRuleKind::Shipping | CostRuleKind::Handling => {
            &["fixed", "per_item", "per_kg", "min_grams", "below_grams"]
        }
        CostRuleKind::PaymentFee | CostRuleKind::MarketplaceFee => &["fixed", "percent"],
        CostRuleKind::ReturnHandling => &["fixed", "per_item"],
        CostRuleKind::Operating => &["amount"],
    };
    for (field, value) in amounts {
        if value.is_some() && !used.contains(&field) {
            return refuse(field, format!("does not apply to {}: use {}", fact.kind.name(), used.join(", ")));
        }
    }
    let costs = amounts.iter().filter(|(field, _)| !field.ends_with("grams"));
    if costs.into_iter().all(|(_, value)| value.is_none()) {
        return refuse(used[0], format!("is missing: give at least one of {}", used.join(", ")));
    }
    let paying = fact.kind == CostRuleKind::PaymentFee;
    if !paying && (terms.gateway.is_some() || terms.method.is_some()) {
        return refuse("gateway", "applies to payment fees only: leave it and method out");
    }
    if terms.refundable && !paying && fact.kind != CostRuleKind::MarketplaceFee {
        return refuse("refundable", "applies to payment and marketplace fees only: leave it out");
    }
    if operating {
        return check_operating(fact);
    }
    if terms.every.is_some() || terms.category.is_some() || terms.campaign_id.is_some() || terms.marketing {
        return refuse(
            "category",
            "applies to operating costs only, as every, campaign_id and marketing do: leave them out",
        );
    }
    Ok(())
}

fn check_operating(fact: &CostRuleFact) -> Result<(), CostBookError> {
    let terms = &fact.terms;
    if terms.category.as_deref().is_none_or(|category| category.trim().is_empty()) {
        return refuse("category", "is missing: say what it is for, such as rent or salaries");
    }
    if !terms.countries.is_empty() {
        return refuse("countries", "do not apply to operating costs: leave them out");
    }
    match terms.every.as_deref() {
        Some("day" | "week" | "month" | "year") => Ok(()),
        Some(_) => refuse("every", "must be day, week, month or year; leave it out for a single amount"),
        None if fact.valid_from.is_none() => {
            refuse("valid_from", "is missing: a single amount needs its day, or its first day with valid_to")
        }
        None => Ok(()),
    }
}

fn money(field: &'static str, value: Option<Decimal>) -> Result<(), CostBookError> {
    let Some(value) = value else { return Ok(()) };
    if value.is_sign_negative() && !value.is_zero() {
        return refuse(field, "is negative: write what it costs as a positive number");
    }
    if !amount::is_exact_cost(value.normalize()) {
        return refuse(field, "must be below 100 million with at most 10 digits after the point");
    }
    Ok(())
}

fn check_country(field: &'static str, country: &str) -> Result<(), CostBookError> {
    if country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Ok(());
    }
    refuse(field, "must be two letters (ISO 3166), such as GB")
}

fn order(
    field: &'static str,
    from: Option<jiff::civil::Date>,
    to: Option<jiff::civil::Date>,
) -> Result<(), CostBookError> {
    match (from, to) {
        (Some(from), Some(to)) if to < from => {
            refuse(field, "lies before valid_from: write the last day it holds")
        }
        _ => Ok(()),
    }
}

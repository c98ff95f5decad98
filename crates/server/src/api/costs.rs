//! The cost book: what is in it, what a change would do, and recording it.

pub(crate) mod file;
mod input;

use axum::Json;
use axum::extract::{Path, State};
use netgain_domain::Currency;
use netgain_domain::facts::{CostRuleFact, UnitCostFact};
use netgain_domain::jiff::Timestamp;
use netgain_results::{CostPreview, prepare_costs, preview_costs, save_costs, today};
use netgain_warehouse::Recorded;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::amount::{money, number};
use crate::app::{App, Place};
use crate::extract::{Body, Params};
use crate::problem::Problem;
use input::{Change, Terms};

/// The cost book.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CostBookPage {
    /// The reporting currency (ISO 4217).
    currency: String,
    /// Today in the workspace's time zone (YYYY-MM-DD): the first day of what is recorded without one.
    today: String,
    /// Unit costs by scope and time, those that were replaced included.
    costs: Vec<UnitCost>,
    /// Rules by kind and time, those that were replaced included.
    rules: Vec<CostRule>,
}

/// A unit cost.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnitCost {
    /// Its id; `replaces` takes it.
    id: String,
    /// `shop`, `supplier`, `product_type`, `product`, `variant`, `sku` or `lot`; a narrower one wins.
    scope: &'static str,
    /// The vendor, type, id or stock keeping unit; empty for the whole shop.
    scope_id: String,
    /// What the scope is called by people, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// The country of delivery by its two letters; null for any.
    country: Option<String>,
    /// Order lines of at least so many units.
    min_quantity: i64,
    /// Without tax.
    unit_cost: String,
    /// Currency of the cost (ISO 4217).
    currency: String,
    /// First local day (YYYY-MM-DD); null: since ever.
    valid_from: Option<String>,
    /// Last local day; null: without end.
    valid_to: Option<String>,
    /// `actual`, `manual` or `estimate`.
    kind: &'static str,
    /// When it was recorded (RFC 3339, UTC).
    recorded_at: String,
    /// Who recorded it: a platform, `csv`, `cli`, `api`, `ui`.
    source: String,
    /// The person, where known.
    recorded_by: Option<String>,
    /// What they noted.
    note: Option<String>,
    /// The row whose place it took.
    replaces: Option<String>,
    /// Whether it only takes that row back.
    withdrawn: bool,
    /// Whether it counts: nothing has replaced it and it takes nothing back.
    counts: bool,
}

/// A rule.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CostRule {
    /// Its id; `replaces` takes it.
    id: String,
    /// `shipping`, `payment_fee`, `handling`, `marketplace_fee`, `return_handling` or `operating`.
    kind: &'static str,
    /// Currency of its amounts (ISO 4217).
    currency: String,
    /// First local day (YYYY-MM-DD); null: since ever.
    valid_from: Option<String>,
    /// Last local day; null: without end.
    valid_to: Option<String>,
    /// What it applies to and how much it is.
    terms: Terms,
    /// When it was recorded (RFC 3339, UTC).
    recorded_at: String,
    /// Who recorded it.
    source: String,
    /// The person, where known.
    recorded_by: Option<String>,
    /// What they noted.
    note: Option<String>,
    /// The rule whose place it took.
    replaces: Option<String>,
    /// Whether it only takes that rule back.
    withdrawn: bool,
    /// Whether it counts.
    counts: bool,
}

/// What a change does to net profit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CostEffect {
    /// The reporting currency (ISO 4217).
    currency: String,
    /// Orders whose figures differ.
    orders: u64,
    /// Orders that were looked at.
    looked_at: u64,
    /// What is added to net profit; negative where it falls.
    net_profit: String,
    /// By month; those without a difference are left out.
    months: Vec<MonthEffect>,
}

/// What a change does to one month.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MonthEffect {
    /// Its first day (YYYY-MM-DD).
    month: String,
    /// Orders whose figures differ within it.
    orders: u64,
    /// What is added to the cost of goods.
    cogs: String,
    /// What is added to net profit.
    net_profit: String,
}

/// What came of recording.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CostsRecorded {
    /// Ids of the rows, costs before rules.
    ids: Vec<String>,
    /// Orders that were computed again.
    restated: u64,
    /// Orders that could not be; the next sync tries again.
    uncomputed: u64,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// The book as it stood at this instant (RFC 3339).
    #[param(value_type = Option<String>)]
    as_known: Option<String>,
}

/// Lists the cost book, now or as it stood at an instant.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/costs", operation_id = "listCosts", tag = "costs",
    params(("w" = String, Path, description = "the workspace's id"), ListParams),
    responses((status = 200, description = "the cost book", body = CostBookPage),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<ListParams>,
) -> Result<Json<CostBookPage>, Problem> {
    let at = params.as_known.as_deref().map(instant).transpose()?;
    app.on(w, move |_, place| book(place, at).map(Json)).await
}

/// Says what a change would do to past profit, and records nothing.
#[utoipa::path(post, path = "/api/v1/workspaces/{w}/costs/preview", operation_id = "previewCosts", tag = "costs",
    params(("w" = String, Path, description = "the workspace's id")), request_body = Change,
    responses((status = 200, description = "what it would do", body = CostEffect),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn preview(
    State(app): State<App>,
    Path(w): Path<String>,
    Body(change): Body<Change>,
) -> Result<Json<CostEffect>, Problem> {
    app.on(w, move |_, place| {
        let change = change.read(&place.settings, Timestamp::now())?;
        let change = prepare_costs(&place.warehouse, change)?;
        let effect = preview_costs(&place.warehouse, &place.settings, &change)?;
        Ok(Json(effect_of(&effect, place.settings.currency)))
    })
    .await
}

/// Adds rows to the cost book and computes again what they touch. Nothing is ever overwritten: a row with `replaces`
/// takes the place of another from now on.
#[utoipa::path(post, path = "/api/v1/workspaces/{w}/costs", operation_id = "recordCosts", tag = "costs",
    params(("w" = String, Path, description = "the workspace's id")), request_body = Change,
    responses((status = 200, description = "recorded", body = CostsRecorded),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn record(
    State(app): State<App>,
    Path(w): Path<String>,
    Body(change): Body<Change>,
) -> Result<Json<CostsRecorded>, Problem> {
    app.on(w, move |_, place| {
        let change = change.read(&place.settings, Timestamp::now())?;
        let change = prepare_costs(&place.warehouse, change)?;
        let saved = save_costs(&place.warehouse, &place.settings, &change)?;
        let costs = change.costs.iter().map(|cost| cost.cost_id.clone());
        let ids = costs.chain(change.rules.iter().map(|rule| rule.rule_id.clone())).collect();
        Ok(Json(CostsRecorded {
            ids,
            restated: saved.restated.orders,
            uncomputed: saved.restated.uncomputed.len() as u64,
        }))
    })
    .await
}

fn instant(text: &str) -> Result<Timestamp, Problem> {
    text.parse().map_err(|_| {
        let shown: String = text.chars().take(60).collect();
        Problem::parameter(
            "as_known",
            format!("as_known `{shown}` is not an instant"),
            "write an instant such as 2026-04-01T00:00:00Z",
        )
    })
}

fn book(place: &Place, at: Option<Timestamp>) -> Result<CostBookPage, Problem> {
    let known = |recorded_at: Timestamp| at.is_none_or(|at| recorded_at <= at);
    let costs = place.warehouse.recorded_unit_costs()?;
    let costs: Vec<_> = costs.into_iter().filter(|row| known(row.fact.recorded_at)).collect();
    let rules = place.warehouse.recorded_cost_rules()?;
    let rules: Vec<_> = rules.into_iter().filter(|row| known(row.fact.recorded_at)).collect();
    let gone = |replaces: Vec<&Option<String>>| -> std::collections::HashSet<String> {
        replaces.into_iter().flatten().cloned().collect()
    };
    let gone_costs = gone(costs.iter().map(|row| &row.fact.replaces).collect());
    let gone_rules = gone(rules.iter().map(|row| &row.fact.replaces).collect());
    let titles = place.warehouse.cost_scope_titles()?;
    Ok(CostBookPage {
        currency: place.settings.currency.to_string(),
        today: today(&place.settings, Timestamp::now()).to_string(),
        costs: costs
            .into_iter()
            .map(|row| {
                let counts = !row.fact.withdrawn && !gone_costs.contains(&row.fact.cost_id);
                let title = titles.get(&(row.fact.scope, row.fact.scope_id.clone())).cloned();
                cost_row(row, counts, title)
            })
            .collect(),
        rules: rules
            .into_iter()
            .map(|row| {
                let counts = !row.fact.withdrawn && !gone_rules.contains(&row.fact.rule_id);
                rule_row(row, counts)
            })
            .collect(),
    })
}

fn cost_row(row: Recorded<UnitCostFact>, counts: bool, title: Option<String>) -> UnitCost {
    let fact = row.fact;
    UnitCost {
        id: fact.cost_id,
        scope: fact.scope.name(),
        scope_id: fact.scope_id,
        title,
        country: fact.country,
        min_quantity: fact.min_quantity,
        unit_cost: money(fact.unit_cost, fact.currency),
        currency: fact.currency.to_string(),
        valid_from: fact.valid_from.map(|day| day.to_string()),
        valid_to: fact.valid_to.map(|day| day.to_string()),
        kind: fact.kind.name(),
        recorded_at: fact.recorded_at.to_string(),
        source: fact.source,
        recorded_by: row.recorded_by,
        note: row.note,
        replaces: fact.replaces,
        withdrawn: fact.withdrawn,
        counts,
    }
}

fn rule_row(row: Recorded<CostRuleFact>, counts: bool) -> CostRule {
    let fact = row.fact;
    CostRule {
        id: fact.rule_id,
        kind: fact.kind.name(),
        currency: fact.currency.to_string(),
        valid_from: fact.valid_from.map(|day| day.to_string()),
        valid_to: fact.valid_to.map(|day| day.to_string()),
        terms: Terms::of(&fact.terms),
        recorded_at: fact.recorded_at.to_string(),
        source: fact.source,
        recorded_by: row.recorded_by,
        note: row.note,
        replaces: fact.replaces,
        withdrawn: fact.withdrawn,
        counts,
    }
}

fn effect_of(effect: &CostPreview, currency: Currency) -> CostEffect {
    CostEffect {
        currency: currency.to_string(),
        orders: effect.orders,
        looked_at: effect.looked_at,
        net_profit: money(effect.net_profit, currency),
        months: effect
            .months
            .iter()
            .map(|month| MonthEffect {
                month: month.month.to_string(),
                orders: month.orders,
                cogs: money(month.cogs, currency),
                net_profit: money(month.net_profit, currency),
            })
            .collect(),
    }
}

//! Monthly recurring revenue: from the start of a period to its end, step by step.

use axum::Json;
use axum::extract::{Path, State};
use netgain_profit::subscriptions::{
    Bridge, Churn, CustomerChurn, Definition, bridges, bridges_by_currency, customer_churn, histories,
};
use netgain_profit::{Figure, InCurrency, RateBook};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::figures::Notice;
use crate::amount::money;
use crate::app::{App, Place};
use crate::extract::Params;
use crate::growth::Ratio;
use crate::problem::Problem;

/// A step from one state to the next.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MrrStep {
    /// `opening`, `new`, `reactivation`, `expansion`, `contraction`, `churn`, `fx` or `closing`.
    key: &'static str,
    /// `=` a state, `+` added (`fx` may be below zero), `-` a positive amount is subtracted.
    sign: &'static str,
    /// The amount per month, in the bridge's currency.
    amount: String,
    /// Customers or subscriptions in a state, movements in a step.
    count: usize,
    /// How it is worked out, in words.
    formula: &'static str,
}

/// A bridge in one currency: `opening + new + reactivation + expansion - contraction - churn + fx = closing`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MrrBridge {
    /// The currency of its amounts (ISO 4217).
    currency: String,
    /// From opening to closing, all eight of them.
    steps: Vec<MrrStep>,
}

/// What of the customers and of the revenue at the start was lost.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MrrChurn {
    /// Of the customers; it needs no exchange rate.
    customers: Ratio,
    /// Of the revenue; null while an exchange rate is missing.
    revenue: Option<Ratio>,
    /// Of the revenue, less what other customers pay more; below zero where customers grow. Null while an exchange rate
    /// is missing.
    net_revenue: Option<Ratio>,
}

/// A period's recurring revenue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Mrr {
    /// The reporting currency (ISO 4217).
    currency: String,
    /// The IANA time zone of the days.
    time_zone: String,
    /// Name of the definition.
    definition: String,
    /// The definitions that there are.
    definitions: Vec<String>,
    /// First local day (YYYY-MM-DD); `opening` is what stood just before it.
    from: String,
    /// Last local day (YYYY-MM-DD), included; `closing` is what stands at its end.
    to: String,
    /// One bridge for each currency, without exchange rates.
    by_currency: Vec<MrrBridge>,
    /// All in the reporting currency; null while an exchange rate is missing.
    total: Option<MrrBridge>,
    /// What was lost.
    churn: MrrChurn,
    /// Subscriptions that are known.
    subscriptions: usize,
    /// What a reader of the figures must know.
    notices: Vec<Notice>,
}

/// Which days, by whose definition.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MrrParams {
    /// First local day, YYYY-MM-DD; without it 30 days up to `to`.
    #[param(format = Date)]
    from: Option<String>,
    /// Last local day, YYYY-MM-DD, included; without it the last day with figures.
    #[param(format = Date)]
    to: Option<String>,
    /// Whose definition; the first of `definitions` without it.
    definition: Option<String>,
}

/// Monthly recurring revenue from the start of a period to its end.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/subscriptions/mrr", operation_id = "mrr", tag = "customers",
    params(("w" = String, Path, description = "the workspace's id"), MrrParams),
    responses((status = 200, description = "the bridges", body = Mrr),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn mrr(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<MrrParams>,
) -> Result<Json<Mrr>, Problem> {
    app.on(w, move |_, place| period(place, &params).map(Json)).await
}

fn period(place: &Place, params: &MrrParams) -> Result<Mrr, Problem> {
    let definition = definition(params.definition.as_deref())?;
    let (from, to) = place.range(params.from.as_deref(), params.to.as_deref())?;
    let currency = place.workspace.currency;
    let subscriptions = place.warehouse.load_subscriptions()?;
    let history = histories(&subscriptions, &place.warehouse.load_subscription_changes()?);
    let mut notices: Vec<Notice> = history.notices.into_iter().map(Notice::from).collect();
    let days = (from, to.tomorrow().unwrap_or(to));
    let (zone, rates) = (place.settings.zone(), RateBook::new(place.warehouse.load_rates()?));
    let found = bridges(&history.snapshots, days, zone, &definition, &InCurrency { currency, rates: &rates });
    let (by_currency, total, churn) = match found {
        Ok(found) => (found.by_currency, Some(of_bridge(&found.total)), of_churn(&found.churn)),
        Err(missing) => {
            notices.push(Notice::new("missing_rate", format!("there is no total: {missing}")));
            let lost = customer_churn(&history.snapshots, days, zone, &definition);
            (bridges_by_currency(&history.snapshots, days, zone, &definition), None, of_customers(&lost))
        }
    };
    Ok(Mrr {
        currency: currency.to_string(),
        time_zone: place.workspace.time_zone.clone(),
        definition: definition.name,
        definitions: known().into_iter().map(|one| one.name).collect(),
        from: from.to_string(),
        to: to.to_string(),
        by_currency: by_currency.iter().map(of_bridge).collect(),
        total,
        churn,
        subscriptions: subscriptions.len(),
        notices,
    })
}

fn known() -> Vec<Definition> {
    Definition::builtin().unwrap_or_default()
}

/// The definition of a request.
pub(crate) fn definition(name: Option<&str>) -> Result<Definition, Problem> {
    let known = known();
    let found = known.iter().find(|one| name.is_none_or(|name| one.name == name)).cloned();
    found.ok_or_else(|| {
        let shown: String = name.unwrap_or_default().chars().take(60).collect();
        let names: Vec<&str> = known.iter().map(|one| one.name.as_str()).collect();
        let cure = format!("write one of {}", names.join(", "));
        Problem::parameter("definition", format!("definition `{shown}` is not known"), cure)
    })
}

fn of_bridge(bridge: &Bridge) -> MrrBridge {
    let step = |key, sign, figure: &Figure| MrrStep {
        key,
        sign,
        amount: money(figure.value, bridge.currency),
        count: figure.parts.len(),
        formula: figure.formula,
    };
    MrrBridge {
        currency: bridge.currency.to_string(),
        steps: vec![
            step("opening", "=", &bridge.opening),
            step("new", "+", &bridge.new),
            step("reactivation", "+", &bridge.reactivation),
            step("expansion", "+", &bridge.expansion),
            step("contraction", "-", &bridge.contraction),
            step("churn", "-", &bridge.churn),
            step("fx", "+", &bridge.fx),
            step("closing", "=", &bridge.closing),
        ],
    }
}

fn of_churn(churn: &Churn) -> MrrChurn {
    MrrChurn {
        revenue: Some(Ratio::from(&churn.revenue)),
        net_revenue: Some(Ratio::from(&churn.net_revenue)),
        ..of_customers(&churn.customers)
    }
}

fn of_customers(churn: &CustomerChurn) -> MrrChurn {
    MrrChurn { customers: Ratio::from(&churn.rate), revenue: None, net_revenue: None }
}

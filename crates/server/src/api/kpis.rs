//! Key figures over time: what sources say, what people say instead, and who changed what.

mod shapes;

use axum::Json;
use axum::extract::{Path, State};
use netgain_domain::Decimal;
use netgain_domain::jiff::Timestamp;
use netgain_profit::kpi::Catalogue;
use netgain_results::{KpiChange, kpi_history, list_kpis, set_kpi_override, today, unset_kpi_override};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::app::{App, Place};
use crate::extract::{self, Body, Params, limit};
use crate::problem::{Code, Problem};
use shapes::{KpiAuditPage, KpiAuditRow, KpiMetric, KpiOverridden, KpiPage, audit_row, definitions, sources};

/// The most points of a series in the list.
const MOST_POINTS: usize = 400;

/// How much of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct KpiListParams {
    /// Newest points of each series, 1 to 400; 30 without it.
    #[param(value_type = Option<u16>)]
    points: Option<String>,
}

/// Every key figure with its newest points, by source, and the catalogue of those that are worked out.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/kpis", operation_id = "listKpis", tag = "kpis",
    params(("w" = String, Path, description = "the workspace's id"), KpiListParams),
    responses((status = 200, description = "the key figures", body = KpiPage),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<KpiListParams>,
) -> Result<Json<KpiPage>, Problem> {
    let count = limit("points", params.points.as_deref(), 30, MOST_POINTS)?;
    app.on(w, move |_, place| {
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        let lines = list_kpis(&place.warehouse, &place.settings, count)?;
        let catalogue = catalogue()?;
        Ok(Json(KpiPage {
            currency: place.settings.currency.to_string(),
            time_zone: place.workspace.time_zone.clone(),
            today: today(&place.settings, Timestamp::now()).to_string(),
            sources: sources(lines, catalogue, place.settings.currency),
            catalogue: definitions(catalogue),
        }))
    })
    .await
}

/// Which points.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct KpiParams {
    /// First local day, YYYY-MM-DD; without it 30 days up to `to`.
    #[param(format = Date)]
    from: Option<String>,
    /// Last local day, YYYY-MM-DD, included; without it the last day with a point.
    #[param(format = Date)]
    to: Option<String>,
    /// Only this connection or platform; `manual` for what people alone know.
    source: Option<String>,
}

/// The points of one metric, by source.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/kpis/{metric}", operation_id = "kpi", tag = "kpis",
    params(("w" = String, Path, description = "the workspace's id"),
        ("metric" = String, Path, description = "the metric's name"), KpiParams),
    responses((status = 200, description = "its points", body = KpiMetric),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn one(
    State(app): State<App>,
    Path((w, metric)): Path<(String, String)>,
    Params(params): Params<KpiParams>,
) -> Result<Json<KpiMetric>, Problem> {
    app.on(w, move |_, place| points(place, &metric, &params).map(Json)).await
}

fn points(place: &Place, metric: &str, params: &KpiParams) -> Result<KpiMetric, Problem> {
    let catalogue = catalogue()?;
    let known = list_kpis(&place.warehouse, &place.settings, 1)?;
    let of = |named: &str, line: &netgain_results::KpiLine| {
        named == line.series.connection_id || named == line.series.source
    };
    let own = || known.iter().filter(|line| line.series.metric == metric);
    if let Some(source) = params.source.as_deref()
        && own().next().is_some()
        && !own().any(|line| of(source, line))
    {
        let names: Vec<&str> = own().map(|line| line.series.connection_id.as_str()).collect();
        let shown: String = source.chars().take(64).collect();
        return Err(Problem::parameter(
            "source",
            format!("source `{shown}` has no points of `{metric}`"),
            format!("write one of {}", names.join(", ")),
        ));
    }
    let last = own()
        .filter(|line| params.source.as_deref().is_none_or(|source| of(source, line)))
        .filter_map(|line| line.newest.last())
        .map(|point| point.day)
        .max();
    let today = today(&place.settings, Timestamp::now());
    let bounds = last.map(|last| (last, last));
    let (from, to) = extract::range(params.from.as_deref(), params.to.as_deref(), bounds, today)?;
    let series =
        kpi_history(&place.warehouse, &place.settings, metric, params.source.as_deref(), (from, to))?;
    // one whose values were all taken back is known
    if series.is_empty() && own().next().is_none() && catalogue.metric(metric).is_none() {
        let shown: String = metric.chars().take(100).collect();
        let detail = format!("metric `{shown}` has no points and is no standard one");
        return Err(Problem::new(Code::KpiNotFound, detail));
    }
    Ok(KpiMetric::of(place, catalogue, metric, (from, to), series))
}

/// What a person says about a day.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KpiOverrideChange {
    /// The value as a decimal string, such as `12.50`.
    value: String,
    /// The connection or platform whose value it stands for; without it the only one that has the metric, or `manual`.
    source: Option<String>,
    /// Who says so; `api` without it.
    by: Option<String>,
    /// Why.
    reason: Option<String>,
}

/// Sets the value of a day. It stands until its source is read again, or for good where no source says anything.
#[utoipa::path(put, path = "/api/v1/workspaces/{w}/kpis/{metric}/overrides/{day}", operation_id = "setKpiOverride",
    tag = "kpis",
    params(("w" = String, Path, description = "the workspace's id"),
        ("metric" = String, Path, description = "the metric's name; a new one is a metric of your own"),
        ("day" = String, Path, description = "the local day, YYYY-MM-DD")),
    request_body = KpiOverrideChange,
    responses((status = 200, description = "set", body = KpiOverridden),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn set(
    State(app): State<App>,
    Path((w, metric, day)): Path<(String, String, String)>,
    Body(change): Body<KpiOverrideChange>,
) -> Result<Json<KpiOverridden>, Problem> {
    let KpiOverrideChange { value, source, by, reason } = change;
    let exact = Decimal::from_str_exact(value.trim());
    let value = exact.map_err(|_| {
        let shown: String = value.chars().take(60).collect();
        let cure = "write a decimal such as 12.50, with a point and without separators";
        Problem::field(Code::InvalidBody, "value", format!("value `{shown}` is not a decimal"), cure)
    })?;
    let change = asked(metric, &day, source, by, reason)?;
    app.on(w, move |_, place| {
        let entry = set_kpi_override(&place.warehouse, &place.settings, &change, value)?;
        Ok(Json(KpiOverridden { entry: audit_row(entry) }))
    })
    .await
}

/// Whose override is taken back, and why.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct KpiOverrideParams {
    /// The connection or platform; without it the only one that has the metric, or `manual`.
    source: Option<String>,
    /// Who takes it back; `api` without it.
    by: Option<String>,
    /// Why.
    reason: Option<String>,
}

/// Takes back what was set for a day, so that the source is believed again.
#[utoipa::path(delete, path = "/api/v1/workspaces/{w}/kpis/{metric}/overrides/{day}",
    operation_id = "unsetKpiOverride", tag = "kpis",
    params(("w" = String, Path, description = "the workspace's id"),
        ("metric" = String, Path, description = "the metric's name"),
        ("day" = String, Path, description = "the local day, YYYY-MM-DD"), KpiOverrideParams),
    responses((status = 200, description = "taken back", body = KpiOverridden),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn unset(
    State(app): State<App>,
    Path((w, metric, day)): Path<(String, String, String)>,
    Params(params): Params<KpiOverrideParams>,
) -> Result<Json<KpiOverridden>, Problem> {
    let change = asked(metric, &day, params.source, params.by, params.reason)?;
    app.on(w, move |_, place| {
        let entry = unset_kpi_override(&place.warehouse, &place.settings, &change)?;
        Ok(Json(KpiOverridden { entry: audit_row(entry) }))
    })
    .await
}

fn asked(
    metric: String,
    day: &str,
    source: Option<String>,
    by: Option<String>,
    reason: Option<String>,
) -> Result<KpiChange, Problem> {
    let Some(day) = extract::day("day", Some(day))? else {
        return Err(Problem::new(Code::NotFound, "no day"));
    };
    let by = by.unwrap_or_else(|| "api".to_owned());
    Ok(KpiChange { metric, source, day, by, reason, at: Timestamp::now() })
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct KpiAuditParams {
    /// Only this metric.
    metric: Option<String>,
    /// Entries at most, 1 to 1000; 100 without it.
    #[param(value_type = Option<u16>)]
    limit: Option<String>,
}

/// Who or what changed which value, the newest first.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/kpis/audit", operation_id = "kpiAudit", tag = "kpis",
    params(("w" = String, Path, description = "the workspace's id"), KpiAuditParams),
    responses((status = 200, description = "the changes", body = KpiAuditPage),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn audit(
    State(app): State<App>,
    Path(w): Path<String>,
    Params(params): Params<KpiAuditParams>,
) -> Result<Json<KpiAuditPage>, Problem> {
    let most = limit("limit", params.limit.as_deref(), 100, 1_000)?;
    app.on(w, move |_, place| {
        let entries = place.warehouse.kpi_audit(params.metric.as_deref(), most)?;
        let entries: Vec<KpiAuditRow> = entries.into_iter().map(audit_row).collect();
        Ok(Json(KpiAuditPage { entries }))
    })
    .await
}

fn catalogue() -> Result<&'static Catalogue, Problem> {
    Catalogue::builtin().map_err(|error| Problem::internal(&error))
}

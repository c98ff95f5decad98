//! What a platform's numbers add up to: the measures that its description names, over days.

use axum::Json;
use axum::extract::{Path, State};
use netgain_control::{Connection, Workspace};
use netgain_domain::jiff::civil::Date;
use netgain_domain::jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::place::{self, Named};
use super::resources::{WorkspaceParams, filter_of};
use crate::access::{Caller, Permission};
use crate::amount::number;
use crate::app::{App, Place, Shared};
use crate::extract::{Body, Params, range, word};
use crate::integrations::Integration;
use crate::problem::{Code, Problem};

const BY: [(&str, bool); 2] = [("total", false), ("day", true)];

/// Which metrics.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MetricParams {
    /// The workspace's id; may be left out where there is one only.
    workspace: Option<String>,
    /// The connection; may be left out where there is one only.
    connection: Option<String>,
    /// First day, YYYY-MM-DD, as the platform counts days, instants by their day in UTC; 29 days before `to` without it.
    #[param(format = Date)]
    from: Option<String>,
    /// Last day, YYYY-MM-DD, included; today (UTC) without it.
    #[param(format = Date)]
    to: Option<String>,
    /// `total` (one sum over all days) or `day`; `total` without it.
    #[param(pattern = "^(total|day)$")]
    by: Option<String>,
    /// Only this metric, such as `spend`.
    metric: Option<String>,
}

/// The metrics of a connection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IntegrationMetrics {
    /// The platform's id.
    platform: String,
    /// The connection.
    connection: String,
    /// First day, YYYY-MM-DD.
    from: String,
    /// Last day, YYYY-MM-DD, included.
    to: String,
    /// The sums. Those of one metric are by currency, and by day where that was asked for.
    metrics: Vec<IntegrationMetric>,
    /// When a sync of the connection last ended well (RFC 3339, UTC).
    last_sync_at: Option<String>,
}

/// What the rows of a resource add up to in one measure.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IntegrationMetric {
    /// The resource whose rows were added up.
    resource: String,
    /// The measure, such as `spend`.
    metric: String,
    /// The day, YYYY-MM-DD; null for the sum over all days.
    day: Option<String>,
    /// The currency (ISO 4217) of the rows; null where they say none.
    currency: Option<String>,
    /// The sum; null where no row says anything.
    value: Option<String>,
    /// Rows that were added up.
    rows: u64,
}

/// What the platform's numbers add up to. Rows that belong to no single day are left out.
#[utoipa::path(get, path = "/api/v1/marketing/integrations/{platform}/metrics", operation_id = "marketingMetrics",
    tag = "integrations",
    params(("platform" = String, Path, description = "the platform's id, or another spelling of it"),
        ("X-Netgain-Workspace" = Option<String>, Header, description = "the workspace's id"), MetricParams),
    responses((status = 200, description = "the sums", body = IntegrationMetrics),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn metrics(
    State(app): State<App>,
    Path(platform): Path<String>,
    caller: Caller,
    named: Named,
    Params(params): Params<MetricParams>,
) -> Result<Json<IntegrationMetrics>, Problem> {
    let named = named.or(params.workspace)?;
    let asked = Asked::of(params.from, params.to, params.by, params.metric.into_iter().collect())?;
    app.blocking(move |shared| {
        let workspace = place::workspace(shared, &caller, Permission::Read, named.as_deref())?;
        let platform = place::platform(shared, &platform)?;
        let connection = place::connection(shared, &workspace, &platform, params.connection.as_deref())?;
        asked.must_fit(&platform)?;
        let place = shared.open(workspace)?;
        sums(&place, &platform, &connection, &asked).map(Json)
    })
    .await
}

/// Which metrics of which platforms.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkMetricsRequest {
    /// The platforms, by id or another spelling of it; all that are connected without it.
    platforms: Option<Vec<String>>,
    /// First day, YYYY-MM-DD; 29 days before `to` without it.
    #[schema(format = Date)]
    from: Option<String>,
    /// Last day, YYYY-MM-DD, included; today (UTC) without it.
    #[schema(format = Date)]
    to: Option<String>,
    /// `total` (one sum over all days) or `day`; `total` without it.
    #[schema(pattern = "^(total|day)$")]
    by: Option<String>,
    /// Only these metrics; those that a platform does not have are left out there.
    #[serde(default)]
    metrics: Vec<String>,
}

/// The metrics of several connections.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BulkMetrics {
    /// By platform and connection.
    integrations: Vec<IntegrationMetrics>,
    /// Platforms that were asked for and are not connected.
    not_connected: Vec<String>,
}

/// What the numbers of several platforms add up to, each connection by itself.
#[utoipa::path(post, path = "/api/v1/marketing/integrations/bulk-metrics", operation_id = "marketingBulkMetrics",
    tag = "integrations",
    params(("X-Netgain-Workspace" = Option<String>, Header, description = "the workspace's id"), WorkspaceParams),
    request_body(content = BulkMetricsRequest, description = "may be left empty"),
    responses((status = 200, description = "the sums", body = BulkMetrics),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn bulk_metrics(
    State(app): State<App>,
    caller: Caller,
    named: Named,
    Params(params): Params<WorkspaceParams>,
    Body(request): Body<BulkMetricsRequest>,
) -> Result<Json<BulkMetrics>, Problem> {
    let named = named.or(params.workspace)?;
    let asked = Asked::of(request.from, request.to, request.by, request.metrics)?;
    app.blocking(move |shared| {
        let workspace = place::workspace(shared, &caller, Permission::Read, named.as_deref())?;
        let platforms = match request.platforms {
            Some(words) => {
                words.iter().map(|word| place::platform(shared, word)).collect::<Result<Vec<_>, _>>()?
            }
            None => connected(shared, &workspace)?,
        };
        let mut found = Vec::new();
        let mut not_connected = Vec::new();
        for platform in platforms {
            let connections = place::connections(shared, &workspace, &platform)?;
            if connections.is_empty() {
                not_connected.push(platform.id.clone());
            }
            found.extend(connections.into_iter().map(|connection| (platform.clone(), connection)));
        }
        let mut integrations = Vec::with_capacity(found.len());
        if !found.is_empty() {
            let place = shared.open(workspace)?;
            for (platform, connection) in found {
                integrations.push(sums(&place, &platform, &connection, &asked)?);
            }
        }
        Ok(Json(BulkMetrics { integrations, not_connected }))
    })
    .await
}

/// The platforms to which a workspace has connections.
fn connected(shared: &Shared, workspace: &Workspace) -> Result<Vec<Integration>, Problem> {
    let connections = shared.control.connections(&workspace.id)?;
    let all = shared.runner.integrations().into_iter();
    Ok(all.filter(|one| connections.iter().any(|connection| connection.provider == one.id)).collect())
}

/// What is asked for.
struct Asked {
    days: (Date, Date),
    by_day: bool,
    only: Vec<String>,
}

impl Asked {
    fn of(
        from: Option<String>,
        to: Option<String>,
        by: Option<String>,
        only: Vec<String>,
    ) -> Result<Self, Problem> {
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let days = range(from.as_deref(), to.as_deref(), None, today)?;
        Ok(Self { days, by_day: word("by", by.as_deref(), &BY, false)?, only })
    }

    fn wants(&self, metric: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == metric)
    }

    /// Refuses a metric that the platform does not have.
    fn must_fit(&self, platform: &Integration) -> Result<(), Problem> {
        let known: Vec<&String> = platform.reads.values().flat_map(|resource| &resource.measures).collect();
        let Some(other) = self.only.iter().find(|only| !known.contains(only)) else { return Ok(()) };
        let shown: String = other.chars().take(64).collect();
        let there: Vec<String> = known.iter().map(|known| (*known).clone()).collect();
        let cure = if there.is_empty() {
            "this platform has none; leave metric out".to_owned()
        } else {
            format!("write one of {}", there.join(", "))
        };
        let words = format!("{} has no metric `{shown}`", platform.name);
        Err(Problem::field(Code::InvalidParameter, "metric", words, cure))
    }
}

fn sums(
    place: &Place,
    platform: &Integration,
    connection: &Connection,
    asked: &Asked,
) -> Result<IntegrationMetrics, Problem> {
    let mut metrics = Vec::new();
    for (name, resource) in &platform.reads {
        let measures: Vec<&str> =
            resource.measures.iter().map(String::as_str).filter(|one| asked.wants(one)).collect();
        if measures.is_empty() {
            continue;
        }
        let filter = filter_of(resource, &connection.id, Some(asked.days));
        for sum in place.warehouse.resource_sums(&filter, &measures, asked.by_day)? {
            for (measure, value) in measures.iter().zip(sum.sums) {
                metrics.push(IntegrationMetric {
                    resource: name.clone(),
                    metric: (*measure).to_owned(),
                    day: sum.day.map(|day| day.to_string()),
                    currency: sum.currency.clone(),
                    value: value.map(number),
                    rows: sum.rows,
                });
            }
        }
    }
    Ok(IntegrationMetrics {
        platform: platform.id.clone(),
        connection: connection.id.to_string(),
        from: asked.days.0.to_string(),
        to: asked.days.1.to_string(),
        metrics,
        last_sync_at: connection.last_sync_at.map(|at| at.to_string()),
    })
}

//! Resources of a platform, read from what is stored, and actions, which are not built yet.

use axum::Json;
use axum::extract::{Path, State};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use netgain_domain::jiff::tz::TimeZone;
use netgain_domain::jiff::{Timestamp, civil::Date};
use netgain_domain::{Kind, Value};
use netgain_warehouse::{ResourceFilter, ResourcePlace, ResourceRow};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json_};
use utoipa::{IntoParams, ToSchema};

use super::place::{self, Named};
use crate::access::{Caller, Permission};
use crate::amount::number;
use crate::app::App;
use crate::extract::{Body, Params, limit, range};
use crate::integrations::{Integration, Resource};
use crate::problem::{Code, Problem};

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 1_000;
/// Beyond this, JSON readers that know only floats lose digits.
const SAFE: i64 = 1 << 53;

/// Which rows of a resource.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ResourceParams {
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
    /// Rows to answer at most, 1 to 1,000; 100 without it.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 1000)]
    limit: Option<String>,
    /// `next_cursor` of the page before, with the same days.
    cursor: Option<String>,
}

/// Rows of a resource.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResourcePage {
    /// The platform's id.
    platform: String,
    /// The connection.
    connection: String,
    /// The resource, as in the address.
    resource: String,
    /// What it is.
    title: String,
    /// First day, YYYY-MM-DD; null where the resource has no days and all of it is answered.
    from: Option<String>,
    /// Last day, YYYY-MM-DD, included.
    to: Option<String>,
    /// The columns of the rows, in order.
    columns: Vec<ResourceColumn>,
    /// The rows by day, those that belong to no single day first. Decimals are texts; `id` is the platform's own id of
    /// the row, `observed_at` when it was read from there.
    rows: Vec<ResourceEntry>,
    /// Send it as `cursor` to go on; null on the last page.
    next_cursor: Option<String>,
    /// When a sync of the connection last ended well (RFC 3339, UTC).
    last_sync_at: Option<String>,
}

/// A column of a resource.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResourceColumn {
    /// Its name.
    name: String,
    /// `text`, `integer`, `decimal`, `boolean`, `timestamp` (UTC), `date` or `json`.
    kind: &'static str,
}

/// A row of a resource.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResourceEntry {
    /// The platform's id of it.
    id: String,
    /// When it was read from the platform (RFC 3339, UTC).
    observed_at: String,
    /// Values by column.
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    values: Map<String, Json_>,
}

/// A cursor with the list that it belongs to.
#[derive(Serialize, Deserialize)]
struct Bookmark {
    connection: String,
    resource: String,
    days: Option<(Date, Date)>,
    after: ResourcePlace,
}

/// Reads a resource of the platform from what is stored. Which resources there are stands in the platform's status.
#[utoipa::path(get, path = "/api/integrations/{platform}/{resource}", operation_id = "integrationResource",
    tag = "integrations",
    params(("platform" = String, Path, description = "the platform's id, or another spelling of it"),
        ("resource" = String, Path, description = "one of the platform's resources, such as `analytics`"),
        ("X-Netgain-Workspace" = Option<String>, Header, description = "the workspace's id"), ResourceParams),
    responses((status = 200, description = "rows of it", body = ResourcePage),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn read(
    State(app): State<App>,
    Path((platform, resource)): Path<(String, String)>,
    caller: Caller,
    named: Named,
    Params(params): Params<ResourceParams>,
) -> Result<Json<ResourcePage>, Problem> {
    page(app, platform, resource, caller, named, params).await
}

/// Reads a part of a resource, such as `creatives/performance`.
#[utoipa::path(get, path = "/api/integrations/{platform}/{resource}/{part}", operation_id = "integrationResourcePart",
    tag = "integrations",
    params(("platform" = String, Path, description = "the platform's id, or another spelling of it"),
        ("resource" = String, Path, description = "first word of one of the platform's resources"),
        ("part" = String, Path, description = "its second word"),
        ("X-Netgain-Workspace" = Option<String>, Header, description = "the workspace's id"), ResourceParams),
    responses((status = 200, description = "rows of it", body = ResourcePage),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn read_part(
    State(app): State<App>,
    Path((platform, resource, part)): Path<(String, String, String)>,
    caller: Caller,
    named: Named,
    Params(params): Params<ResourceParams>,
) -> Result<Json<ResourcePage>, Problem> {
    page(app, platform, format!("{resource}/{part}"), caller, named, params).await
}

async fn page(
    app: App,
    platform: String,
    name: String,
    caller: Caller,
    named: Named,
    params: ResourceParams,
) -> Result<Json<ResourcePage>, Problem> {
    let named = named.or(params.workspace)?;
    let limit = limit("limit", params.limit.as_deref(), DEFAULT_LIMIT, MAX_LIMIT)?;
    let (from, to) = (params.from, params.to);
    app.blocking(move |shared| {
        let workspace = place::workspace(shared, &caller, Permission::Read, named.as_deref())?;
        let platform = place::platform(shared, &platform)?;
        let resource = platform.reads.get(&name).ok_or_else(|| no_resource(&platform, &name))?;
        let connection = place::connection(shared, &workspace, &platform, params.connection.as_deref())?;
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let asked = range(from.as_deref(), to.as_deref(), None, today)?;
        let days = resource.time.as_ref().map(|_| asked);
        let after = match params.cursor {
            Some(text) => Some(bookmark(&text, connection.id.as_str(), &name, days)?),
            None => None,
        };
        let columns = columns_of(resource);
        let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let place = shared.open(workspace)?;
        let filter = filter_of(resource, &connection.id, days);
        // one more than is answered tells whether there is another page
        let mut rows = place.warehouse.resource_rows(&filter, &names, after.as_ref(), limit + 1)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|last| Bookmark {
            connection: connection.id.to_string(),
            resource: name.clone(),
            days,
            after: last.place.clone(),
        });
        Ok(Json(ResourcePage {
            platform: platform.id.clone(),
            connection: connection.id.to_string(),
            resource: name.clone(),
            title: resource.title.clone(),
            from: days.map(|(from, _)| from.to_string()),
            to: days.map(|(_, to)| to.to_string()),
            rows: rows.into_iter().map(|row| entry(&names, row)).collect(),
            columns: columns
                .iter()
                .map(|(name, kind)| ResourceColumn { name: (*name).to_owned(), kind: word_of(*kind) })
                .collect(),
            next_cursor: next
                .map(|next| URL_SAFE_NO_PAD.encode(serde_json::to_vec(&next).unwrap_or_default())),
            last_sync_at: connection.last_sync_at.map(|at| at.to_string()),
        }))
    })
    .await
}

/// The rows of a resource, for a connection.
pub(super) fn filter_of<'a>(
    resource: &'a Resource,
    connection: &'a netgain_domain::ConnectionId,
    days: Option<(Date, Date)>,
) -> ResourceFilter<'a> {
    ResourceFilter {
        connection,
        table: resource.table,
        only: &resource.only,
        time: resource.time.as_deref(),
        days,
    }
}

fn columns_of(resource: &Resource) -> Vec<(&'static str, Kind)> {
    let all = resource.table.columns().iter().map(|column| (column.name, column.kind));
    if resource.columns.is_empty() {
        return all.collect();
    }
    let known: Vec<_> = all.collect();
    let named = resource.columns.iter();
    named.filter_map(|name| known.iter().find(|(known, _)| known == name).copied()).collect()
}

fn word_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Int => "integer",
        Kind::Decimal => "decimal",
        Kind::Bool => "boolean",
        Kind::Time => "timestamp",
        Kind::Date => "date",
        Kind::Json => "json",
    }
}

fn entry(names: &[&str], row: ResourceRow) -> ResourceEntry {
    let values = names.iter().zip(row.cells).map(|(name, cell)| ((*name).to_owned(), json(cell)));
    ResourceEntry { id: row.source_id, observed_at: row.observed_at.to_string(), values: values.collect() }
}

fn json(cell: Value) -> Json_ {
    match cell {
        Value::Null => Json_::Null,
        Value::Text(text) | Value::Json(text) => text.into(),
        Value::Int(value) if (-SAFE..=SAFE).contains(&value) => value.into(),
        Value::Int(value) => value.to_string().into(),
        Value::Decimal(value) => number(value).into(),
        Value::Bool(value) => value.into(),
        Value::Time(at) => at.to_string().into(),
        Value::Date(day) => day.to_string().into(),
    }
}

fn bookmark(
    text: &str,
    connection: &str,
    resource: &str,
    days: Option<(Date, Date)>,
) -> Result<ResourcePlace, Problem> {
    let cure = "begin again without cursor, or use next_cursor with the same connection, resource and days";
    let bytes = URL_SAFE_NO_PAD.decode(text).ok();
    match bytes.and_then(|bytes| serde_json::from_slice::<Bookmark>(&bytes).ok()) {
        Some(found) if found.connection == connection && found.resource == resource && found.days == days => {
            Ok(found.after)
        }
        Some(_) => Err(Problem::parameter("cursor", "cursor belongs to another list", cure)),
        None => Err(Problem::parameter("cursor", "cursor cannot be read", cure)),
    }
}

fn no_resource(platform: &Integration, name: &str) -> Problem {
    let known: Vec<String> = platform.reads.keys().map(|name| format!("GET {name}")).collect();
    unknown(platform, name, known)
}

fn unknown(platform: &Integration, name: &str, known: Vec<String>) -> Problem {
    let shown: String = name.chars().take(64).collect();
    let there = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let words = format!("{} has no `{shown}` here; there is: {there}", platform.name);
    Problem::new(Code::ResourceNotFound, words)
}

/// What an action is to be done with; its keys depend on the action.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct ActionRequest {
    /// The connection; may be left out where there is one only.
    connection: Option<String>,
    /// What it is done with.
    #[serde(flatten)]
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    _input: Map<String, Json_>,
}

/// Names the workspace.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct WorkspaceParams {
    /// The workspace's id; may be left out where there is one only.
    pub(super) workspace: Option<String>,
}

/// Asks for an action at the platform. No action is built yet: nothing is sent, and the answer is a problem that names
/// the action.
#[utoipa::path(post, path = "/api/integrations/{platform}/{resource}", operation_id = "integrationAction",
    tag = "integrations",
    params(("platform" = String, Path, description = "the platform's id, or another spelling of it"),
        ("resource" = String, Path, description = "one of the platform's actions, such as `contacts`"),
        ("X-Netgain-Workspace" = Option<String>, Header, description = "the workspace's id"), WorkspaceParams),
    request_body(content = ActionRequest, description = "what it is done with"),
    responses((status = 501, description = "the action is not built yet", body = Problem,
            content_type = "application/problem+json"),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn act(
    State(app): State<App>,
    Path((platform, action)): Path<(String, String)>,
    caller: Caller,
    named: Named,
    Params(params): Params<WorkspaceParams>,
    Body(request): Body<ActionRequest>,
) -> Result<Json<()>, Problem> {
    refused(app, platform, action, caller, named.or(params.workspace)?, request).await
}

/// Asks for an action of two words, such as `flows/trigger`. None is built yet, as with the others.
#[utoipa::path(post, path = "/api/integrations/{platform}/{resource}/{part}", operation_id = "integrationActionPart",
    tag = "integrations",
    params(("platform" = String, Path, description = "the platform's id, or another spelling of it"),
        ("resource" = String, Path, description = "first word of one of the platform's actions"),
        ("part" = String, Path, description = "its second word"),
        ("X-Netgain-Workspace" = Option<String>, Header, description = "the workspace's id"), WorkspaceParams),
    request_body(content = ActionRequest, description = "what it is done with"),
    responses((status = 501, description = "the action is not built yet", body = Problem,
            content_type = "application/problem+json"),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn act_part(
    State(app): State<App>,
    Path((platform, action, part)): Path<(String, String, String)>,
    caller: Caller,
    named: Named,
    Params(params): Params<WorkspaceParams>,
    Body(request): Body<ActionRequest>,
) -> Result<Json<()>, Problem> {
    refused(app, platform, format!("{action}/{part}"), caller, named.or(params.workspace)?, request).await
}

/// Looks at everything that an action needs, and says that it is not built.
async fn refused(
    app: App,
    platform: String,
    name: String,
    caller: Caller,
    named: Option<String>,
    request: ActionRequest,
) -> Result<Json<()>, Problem> {
    app.blocking(move |shared| {
        let workspace = place::workspace(shared, &caller, Permission::Write, named.as_deref())?;
        let platform = place::platform(shared, &platform)?;
        let Some(action) = platform.actions.get(&name) else {
            let known = platform.actions.keys().map(|name| format!("POST {name}")).collect();
            return Err(unknown(&platform, &name, known));
        };
        place::connection(shared, &workspace, &platform, request.connection.as_deref())?;
        let words = format!("the action `{action}` of {} is not built yet; nothing was sent", platform.name);
        Err(Problem::field(Code::ActionNotBuilt, action.as_str(), words, Code::ActionNotBuilt.cure()))
    })
    .await
}

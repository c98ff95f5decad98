//! Syncing what a campaign belongs to, and how that sync stands.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use netgain_control::{Connection, RunState};
use netgain_domain::Table;
use netgain_domain::jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::place::{self, Named};
use super::resources::WorkspaceParams;
use crate::access::{Caller, Permission};
use crate::api::connections::{SyncProgress, not_started, progress_of};
use crate::app::{App, Place, Shared};
use crate::extract::{Body, Params};
use crate::problem::{Code, Problem};

/// The tables that hold campaigns.
const CAMPAIGNS: [Table; 2] = [Table::AdEntities, Table::MessageCampaigns];

/// Which campaign.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SyncCampaignRequest {
    /// The platform's id of the campaign, as `GET /api/v1/workspaces/{w}/campaigns` names it.
    #[schema(required = true)]
    campaign_id: Option<String>,
    /// The connection; may be left out where one only holds the campaign.
    connection: Option<String>,
    /// Whether to read everything again instead of what is new.
    #[serde(default)]
    full: bool,
}

/// A sync of the connection that holds a campaign began.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CampaignSyncStarted {
    /// The campaign.
    campaign_id: String,
    /// The platform's id.
    platform: String,
    /// The connection.
    connection: String,
    /// The run.
    run_id: String,
    /// `queued` or `running`.
    state: String,
}

/// Starts a sync of the connection that holds the campaign.
#[utoipa::path(post, path = "/api/v1/marketing/integrations/sync-campaign", operation_id = "marketingSyncCampaign",
    tag = "integrations",
    params(("X-Netgain-Workspace" = Option<String>, Header, description = "the workspace's id"), WorkspaceParams),
    request_body(content = SyncCampaignRequest),
    responses((status = 202, description = "the sync began", body = CampaignSyncStarted),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn sync_campaign(
    State(app): State<App>,
    caller: Caller,
    named: Named,
    Params(params): Params<WorkspaceParams>,
    Body(request): Body<SyncCampaignRequest>,
) -> Result<(StatusCode, Json<CampaignSyncStarted>), Problem> {
    let named = named.or(params.workspace)?;
    let Some(campaign_id) = request.campaign_id.filter(|id| !id.trim().is_empty()) else {
        let cure = "write a campaign_id of GET /api/v1/workspaces/{w}/campaigns";
        return Err(Problem::field(Code::InvalidBody, "campaign_id", "campaign_id is missing", cure));
    };
    app.blocking(move |shared| {
        let workspace = place::workspace(shared, &caller, Permission::Sync, named.as_deref())?;
        let place = shared.open(workspace)?;
        let held = holder(shared, &place, &campaign_id, request.connection.as_deref())?;
        let (workspace, id) = (&place.workspace.id, &held.connection.id);
        let run = shared.runner.start(workspace, id, request.full).map_err(not_started)?;
        let runs = shared.runner.progress(workspace, id).is_some();
        let started = CampaignSyncStarted {
            campaign_id,
            platform: held.connection.provider.clone(),
            connection: id.to_string(),
            run_id: run.to_string(),
            state: if runs { "running" } else { "queued" }.to_owned(),
        };
        Ok((StatusCode::ACCEPTED, Json(started)))
    })
    .await
}

/// Which connection, where several hold the campaign.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SyncStatusParams {
    /// The workspace's id; may be left out where there is one only.
    workspace: Option<String>,
    /// The connection; may be left out where one only holds the campaign.
    connection: Option<String>,
}

/// How the sync of a campaign's connection stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CampaignSyncStatus {
    /// The campaign.
    campaign_id: String,
    /// The platform's id.
    platform: String,
    /// The connection.
    connection: String,
    /// `never_synced`, `syncing`, `ok`, `error` or `paused`.
    state: String,
    /// How far the running sync is.
    progress: Option<SyncProgress>,
    /// The latest run; null where none was made.
    run: Option<SyncRun>,
    /// When the campaign itself was last read from the platform (RFC 3339, UTC).
    observed_at: String,
    /// When a sync of the connection last ended well (RFC 3339, UTC).
    last_sync_at: Option<String>,
}

/// A run of a sync.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SyncRun {
    /// Its id.
    run_id: String,
    /// `running`, `done`, `failed` or `interrupted`.
    state: String,
    /// When it began (RFC 3339, UTC).
    started_at: String,
    /// When it ended (RFC 3339, UTC).
    finished_at: Option<String>,
    /// Rows that it wrote.
    rows: u64,
    /// Why it failed.
    error: Option<String>,
}

/// How the sync of the connection that holds the campaign stands, and when the campaign was last read.
#[utoipa::path(get, path = "/api/v1/marketing/integrations/sync-status/{campaignId}",
    operation_id = "marketingSyncStatus", tag = "integrations",
    params(("campaignId" = String, Path, description = "the platform's id of the campaign"),
        ("X-Netgain-Workspace" = Option<String>, Header, description = "the workspace's id"), SyncStatusParams),
    responses((status = 200, description = "how it stands", body = CampaignSyncStatus),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn sync_status(
    State(app): State<App>,
    Path(campaign_id): Path<String>,
    caller: Caller,
    named: Named,
    Params(params): Params<SyncStatusParams>,
) -> Result<Json<CampaignSyncStatus>, Problem> {
    let named = named.or(params.workspace)?;
    app.blocking(move |shared| {
        let workspace = place::workspace(shared, &caller, Permission::Read, named.as_deref())?;
        let place = shared.open(workspace)?;
        let Held { connection, observed_at } =
            holder(shared, &place, &campaign_id, params.connection.as_deref())?;
        let workspace = &place.workspace.id;
        let progress = progress_of(shared, workspace, &connection.id);
        let run = shared.control.runs(workspace, &connection.id, 1)?.into_iter().next();
        let state = if progress.is_some() { "syncing" } else { connection.state.name() };
        Ok(Json(CampaignSyncStatus {
            campaign_id,
            platform: connection.provider.clone(),
            connection: connection.id.to_string(),
            state: state.to_owned(),
            progress,
            run: run.map(|run| SyncRun {
                run_id: run.id.to_string(),
                state: run.state.name().to_owned(),
                started_at: run.started_at.to_string(),
                finished_at: run.finished_at.map(|at| at.to_string()),
                rows: run.rows,
                error: run.error.filter(|_| run.state != RunState::Running),
            }),
            observed_at: observed_at.to_string(),
            last_sync_at: connection.last_sync_at.map(|at| at.to_string()),
        }))
    })
    .await
}

/// A connection that holds a campaign.
struct Held {
    connection: Connection,
    observed_at: Timestamp,
}

/// The connection that holds a campaign: the named one, or the only one.
fn holder(shared: &Shared, place: &Place, campaign: &str, named: Option<&str>) -> Result<Held, Problem> {
    let mut found = Vec::new();
    for connection in shared.control.connections(&place.workspace.id)? {
        // a name that no connection can have is held by none
        if named.is_some_and(|named| named != connection.id.as_str()) {
            continue;
        }
        let mut seen = None;
        for table in CAMPAIGNS {
            seen = seen.max(place.warehouse.observed_at(&connection.id, table, campaign)?);
        }
        found.extend(seen.map(|observed_at| Held { connection, observed_at }));
    }
    if found.len() > 1 {
        let all: Vec<Connection> = found.into_iter().map(|held| held.connection).collect();
        return Err(place::several(&all));
    }
    found.pop().ok_or_else(|| {
        let shown: String = campaign.chars().take(64).collect();
        let words = format!("no connection of workspace `{}` holds campaign `{shown}`", place.workspace.id);
        Problem::new(Code::CampaignNotFound, words)
    })
}

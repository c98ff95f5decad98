//! Workspaces.

use axum::Json;
use axum::extract::{Path, State};
use netgain_profit::Settings;
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::Caller;
use crate::app::{App, Shared};
use crate::problem::{Code, Problem};

/// Whether a workspace's data can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WorkspaceState {
    /// It can.
    Ready,
    /// Another process, such as an import, has it open; every other path of it answers `workspace_locked`.
    Locked,
}

/// A brand with its own data.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Workspace {
    /// Its id, part of every path.
    id: String,
    /// Its name for people.
    name: String,
    /// The reporting currency (ISO 4217) of every amount.
    currency: String,
    /// The IANA time zone whose midnights part the days.
    time_zone: String,
    /// The definition of profit that is shown where none is asked for.
    profile: String,
    /// Whether its data can be read now.
    state: WorkspaceState,
    /// First local day with figures (YYYY-MM-DD); null before the first sync and while it is locked.
    first_day: Option<String>,
    /// Last local day with figures (YYYY-MM-DD); null before the first sync and while it is locked.
    last_day: Option<String>,
}

/// All workspaces.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Workspaces {
    /// By id.
    workspaces: Vec<Workspace>,
}

fn describe(shared: &Shared, workspace: netgain_control::Workspace) -> Result<Workspace, Problem> {
    let settings = Settings::from_json(&workspace.settings).map_err(|error| Problem::internal(&error))?;
    let open = shared.open(workspace.clone()).and_then(|place| Ok(place.warehouse.days()?));
    let (state, days) = match open {
        Ok(days) => (WorkspaceState::Ready, days),
        // one workspace at work must not hide the others
        Err(problem) if problem.code == Code::WorkspaceLocked.name() => (WorkspaceState::Locked, None),
        Err(problem) => return Err(problem),
    };
    Ok(Workspace {
        id: workspace.id.to_string(),
        name: workspace.name,
        currency: workspace.currency.to_string(),
        time_zone: workspace.time_zone,
        profile: settings.reading(None, None).map_or(settings.profile, |reading| reading.profile.id.clone()),
        state,
        first_day: days.map(|(first, _)| first.to_string()),
        last_day: days.map(|(_, last)| last.to_string()),
    })
}

/// Lists the workspaces that the caller may know of.
#[utoipa::path(get, path = "/api/v1/workspaces", operation_id = "workspaces", tag = "workspaces",
    responses((status = 200, description = "the workspaces, by id", body = Workspaces),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(caller: Caller, State(app): State<App>) -> Result<Json<Workspaces>, Problem> {
    app.blocking(move |shared| {
        let mut workspaces = Vec::new();
        for one in shared.control.workspaces()? {
            if caller.sees(shared, &one.id)? {
                workspaces.push(describe(shared, one)?);
            }
        }
        Ok(Json(Workspaces { workspaces }))
    })
    .await
}

/// One workspace.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}", operation_id = "workspace", tag = "workspaces",
    params(("w" = String, Path, description = "the workspace's id")),
    responses((status = 200, description = "the workspace", body = Workspace),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn one(State(app): State<App>, Path(w): Path<String>) -> Result<Json<Workspace>, Problem> {
    app.blocking(move |shared| Ok(Json(describe(shared, shared.workspace(&w)?)?))).await
}

//! When a connection is read by itself.

use axum::Json;
use axum::extract::{Path, State};
use netgain_control::{Schedule, Slot};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{Cadence, ConnectionId, QuietHours, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::connections::place_of;
use crate::app::{App, Shared};
use crate::extract::Body;
use crate::problem::{Code, Problem};

/// When a connection is read by itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Schedule)]
pub(crate) struct ConnectionSchedule {
    /// How often, counted from the beginning of the last sync: `every 15m`, `every 4h`, `every 1d`, `daily 16:30`,
    /// `daily 16:30 Europe/Berlin` (without a zone: the workspace's), `by hand`.
    cadence: String,
    /// What holds where nobody says otherwise: the platform's manifest.
    default_cadence: String,
    /// Hours of the workspace's day in which nothing begins by itself, such as `22:00-06:30`; null for none.
    quiet: Option<String>,
    /// Whether a person has stopped it from being read by itself.
    paused: bool,
    /// When the next sync is due (RFC 3339, UTC); in the past when it is overdue. Null where only a person begins one:
    /// by hand, paused, or waiting to be connected again.
    next_sync_at: Option<String>,
    /// When the nightly check against the platform's own counts is due (RFC 3339, UTC); null where there is none.
    next_check_at: Option<String>,
}

/// A schedule to keep; what is left out or null goes back to its default.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScheduleChange {
    /// How often; null for what the platform's manifest says.
    cadence: Option<String>,
    /// Quiet hours; null for none.
    quiet: Option<String>,
}

/// When the next sync of a connection is due (RFC 3339, UTC).
pub(crate) fn next_sync_at(
    shared: &Shared,
    workspace: &WorkspaceId,
    connection: &ConnectionId,
) -> Result<Option<String>, Problem> {
    Ok(shown(shared, shared.control.slot(workspace, connection)?).next_sync_at)
}

fn shown(shared: &Shared, slot: Slot) -> ConnectionSchedule {
    let timing = shared.runner.timing(&slot, Timestamp::now());
    ConnectionSchedule {
        cadence: slot.schedule.cadence.as_ref().unwrap_or(&timing.default).to_string(),
        default_cadence: timing.default.to_string(),
        quiet: slot.schedule.quiet.map(|quiet| quiet.to_string()),
        paused: slot.schedule.paused,
        next_sync_at: timing.next_sync_at.map(|at| at.to_string()),
        next_check_at: timing.next_check_at.map(|at| at.to_string()),
    }
}

/// Changes a connection's schedule, and shows what came of it.
async fn change(
    app: App,
    (w, id): (String, String),
    how: impl FnOnce(Schedule) -> Result<Schedule, Problem> + Send + 'static,
) -> Result<Json<ConnectionSchedule>, Problem> {
    app.blocking(move |shared| {
        let (workspace, connection) = place_of(shared, &w, &id)?;
        let before = shared.control.slot(&workspace, &connection)?.schedule;
        shared.control.set_schedule(&workspace, &connection, &how(before)?)?;
        Ok(Json(shown(shared, shared.control.slot(&workspace, &connection)?)))
    })
    .await
}

/// Shows when a connection is read by itself.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/connections/{id}/schedule", operation_id = "schedule",
    tag = "connections",
    params(("w" = String, Path, description = "the workspace's id"),
        ("id" = String, Path, description = "the connection's id")),
    responses((status = 200, description = "the schedule", body = ConnectionSchedule),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn read(
    State(app): State<App>,
    Path((w, id)): Path<(String, String)>,
) -> Result<Json<ConnectionSchedule>, Problem> {
    app.blocking(move |shared| {
        let (workspace, connection) = place_of(shared, &w, &id)?;
        Ok(Json(shown(shared, shared.control.slot(&workspace, &connection)?)))
    })
    .await
}

/// Sets how often a connection is read by itself, and when it is not.
#[utoipa::path(put, path = "/api/v1/workspaces/{w}/connections/{id}/schedule", operation_id = "set_schedule",
    tag = "connections",
    params(("w" = String, Path, description = "the workspace's id"),
        ("id" = String, Path, description = "the connection's id")),
    request_body = ScheduleChange,
    responses((status = 200, description = "the schedule as it is now", body = ConnectionSchedule),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn set(
    State(app): State<App>,
    Path(place): Path<(String, String)>,
    Body(asked): Body<ScheduleChange>,
) -> Result<Json<ConnectionSchedule>, Problem> {
    let cadence: Option<Cadence> = read_as("cadence", asked.cadence.as_deref())?;
    let quiet: Option<QuietHours> = read_as("quiet", asked.quiet.as_deref())?;
    change(app, place, move |before| Ok(Schedule { cadence, quiet, ..before })).await
}

/// Stops a connection from being read by itself; a person still can.
#[utoipa::path(post, path = "/api/v1/workspaces/{w}/connections/{id}/pause", operation_id = "pause",
    tag = "connections",
    params(("w" = String, Path, description = "the workspace's id"),
        ("id" = String, Path, description = "the connection's id")),
    responses((status = 200, description = "the schedule as it is now", body = ConnectionSchedule),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn pause(
    State(app): State<App>,
    Path(place): Path<(String, String)>,
) -> Result<Json<ConnectionSchedule>, Problem> {
    change(app, place, |before| Ok(Schedule { paused: true, ..before })).await
}

/// Has a connection read by itself again.
#[utoipa::path(post, path = "/api/v1/workspaces/{w}/connections/{id}/resume", operation_id = "resume",
    tag = "connections",
    params(("w" = String, Path, description = "the workspace's id"),
        ("id" = String, Path, description = "the connection's id")),
    responses((status = 200, description = "the schedule as it is now", body = ConnectionSchedule),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn resume(
    State(app): State<App>,
    Path(place): Path<(String, String)>,
) -> Result<Json<ConnectionSchedule>, Problem> {
    change(app, place, |before| Ok(Schedule { paused: false, ..before })).await
}

fn read_as<T: std::str::FromStr<Err: std::fmt::Display>>(
    field: &'static str,
    text: Option<&str>,
) -> Result<Option<T>, Problem> {
    text.map(str::parse).transpose().map_err(|error: T::Err| Problem {
        field: Some(field.into()),
        ..Problem::new(Code::ScheduleRefused, format!("{field}: {error}"))
    })
}

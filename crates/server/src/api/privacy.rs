//! Requests of a shop's customers about their own data. Persons are named in bodies alone: addresses of requests are
//! written into logs.

use axum::Json;
use axum::extract::{Path, State};
use netgain_control::PrivacyRequest;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::{App, Shared};
use crate::extract::Body;
use crate::privacy::{ErasedPerson, PersonAsked, PrivacyDesk, PrivacyFailure};
use crate::problem::{Code, Problem};

/// Requests that are shown.
const SHOWN: u32 = 500;

/// A request about a person's data. Whom it is about is not shown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PrivacyRequestRow {
    /// Its id.
    id: String,
    /// `export`, `erase`, or `erase_all` for everybody of a connection.
    kind: String,
    /// `person` for somebody here, `webhook` for a platform.
    origin: String,
    /// The connection that it came by.
    connection: Option<String>,
    /// `waiting` for somebody who answers it, `running`, or `done`.
    state: &'static str,
    /// When it came (RFC 3339, UTC).
    asked_at: String,
    /// When it was done (RFC 3339, UTC).
    finished_at: Option<String>,
    /// What was found or changed: `rows`, `mentions`, `lines`, `events`, `keys_left`.
    #[schema(value_type = Option<serde_json::Value>)]
    counts: Option<serde_json::Value>,
}

impl From<PrivacyRequest> for PrivacyRequestRow {
    fn from(request: PrivacyRequest) -> Self {
        let waits = request.kind == netgain_control::PrivacyKind::Export;
        let state = match request.finished_at {
            Some(_) => "done",
            None if waits => "waiting",
            None => "running",
        };
        Self {
            id: request.id,
            kind: request.kind.name().to_owned(),
            origin: request.origin,
            connection: request.connection,
            state,
            asked_at: request.asked_at.to_string(),
            finished_at: request.finished_at.map(|at| at.to_string()),
            counts: request.counts.and_then(|text| serde_json::from_str(&text).ok()),
        }
    }
}

/// Requests about persons' data.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PrivacyRequests {
    /// The newest first, 500 at most.
    requests: Vec<PrivacyRequestRow>,
}

fn desk(shared: &Shared) -> Result<&dyn PrivacyDesk, Problem> {
    let nobody = || PrivacyFailure::Failed("nobody hands out what is stored of persons here".to_owned());
    shared.runner.privacy().ok_or_else(|| failed(nobody()))
}

fn failed(failure: PrivacyFailure) -> Problem {
    match failure {
        PrivacyFailure::InUse(why) => Problem::new(Code::WorkspaceLocked, why),
        failure @ PrivacyFailure::Failed(_) => Problem::internal(&failure),
    }
}

/// Whom a body names.
fn named(asked: PersonAsked) -> Result<PersonAsked, Problem> {
    let some = |word: Option<String>| word.map(|word| word.trim().to_owned()).filter(|word| !word.is_empty());
    let asked =
        PersonAsked { email: some(asked.email), phone: some(asked.phone), customer: some(asked.customer) };
    if asked.email.is_none() && asked.phone.is_none() && asked.customer.is_none() {
        return Err(Problem::new(Code::InvalidBody, "nobody is named: give email, phone or customer"));
    }
    Ok(asked)
}

/// Hands out everything that is stored of a person.
#[utoipa::path(post, path = "/api/v1/workspaces/{w}/privacy/export", operation_id = "exportPerson", tag = "privacy",
    params(("w" = String, Path, description = "the workspace's id")), request_body = PersonAsked,
    responses((status = 200, description = "rows by table, and the raw payloads", body = serde_json::Value),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn export(
    State(app): State<App>,
    Path(w): Path<String>,
    Body(asked): Body<PersonAsked>,
) -> Result<Json<serde_json::Value>, Problem> {
    let asked = named(asked)?;
    app.blocking(move |shared| {
        let workspace = shared.workspace(&w)?.id;
        Ok(Json(desk(shared)?.export(&workspace, &asked).map_err(failed)?))
    })
    .await
}

/// Tells what an erasure would change; nothing is changed.
#[utoipa::path(post, path = "/api/v1/workspaces/{w}/privacy/erase/preview", operation_id = "previewErasure", tag = "privacy",
    params(("w" = String, Path, description = "the workspace's id")), request_body = PersonAsked,
    responses((status = 200, description = "what would be changed", body = ErasedPerson),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn preview(
    State(app): State<App>,
    Path(w): Path<String>,
    Body(asked): Body<PersonAsked>,
) -> Result<Json<ErasedPerson>, Problem> {
    let asked = named(asked)?;
    app.blocking(move |shared| {
        let workspace = shared.workspace(&w)?.id;
        Ok(Json(desk(shared)?.preview(&workspace, &asked).map_err(failed)?))
    })
    .await
}

/// Takes a person out of facts, raw archive and inbox for good; figures stay as they are.
#[utoipa::path(post, path = "/api/v1/workspaces/{w}/privacy/erase", operation_id = "erasePerson", tag = "privacy",
    params(("w" = String, Path, description = "the workspace's id")), request_body = PersonAsked,
    responses((status = 200, description = "what was changed", body = ErasedPerson),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn erase(
    State(app): State<App>,
    Path(w): Path<String>,
    Body(asked): Body<PersonAsked>,
) -> Result<Json<ErasedPerson>, Problem> {
    let asked = named(asked)?;
    app.blocking(move |shared| {
        let workspace = shared.workspace(&w)?.id;
        Ok(Json(desk(shared)?.erase(&workspace, &asked).map_err(failed)?))
    })
    .await
}

/// Lists requests about persons' data and what became of them.
#[utoipa::path(get, path = "/api/v1/workspaces/{w}/privacy/requests", operation_id = "privacyRequests", tag = "privacy",
    params(("w" = String, Path, description = "the workspace's id")),
    responses((status = 200, description = "the requests", body = PrivacyRequests),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn requests(
    State(app): State<App>,
    Path(w): Path<String>,
) -> Result<Json<PrivacyRequests>, Problem> {
    app.blocking(move |shared| {
        let workspace = shared.workspace(&w)?.id;
        let found = shared.control.privacy_requests(&workspace, SHOWN)?;
        Ok(Json(PrivacyRequests { requests: found.into_iter().map(PrivacyRequestRow::from).collect() }))
    })
    .await
}

/// Hands out what a waiting request asks for, which is then done.
#[utoipa::path(post, path = "/api/v1/workspaces/{w}/privacy/requests/{id}/export", operation_id = "answerPrivacyRequest", tag = "privacy",
    params(("w" = String, Path, description = "the workspace's id"),
        ("id" = String, Path, description = "the request's id")),
    responses((status = 200, description = "rows by table, and the raw payloads", body = serde_json::Value),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn answer(
    State(app): State<App>,
    Path((w, id)): Path<(String, String)>,
) -> Result<Json<serde_json::Value>, Problem> {
    app.blocking(move |shared| {
        let workspace = shared.workspace(&w)?.id;
        let told = desk(shared)?.answer(&workspace, &id).map_err(failed)?;
        told.map(Json)
            .ok_or_else(|| Problem::new(Code::PrivacyRequestNotFound, "no request of this id waits"))
    })
    .await
}

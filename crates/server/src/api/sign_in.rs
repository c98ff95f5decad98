//! Signing in at a platform: where the person goes, and the way back.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, HOST, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use netgain_domain::{ConnectionId, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::{Body, Params};
use crate::problem::{Code, Problem};
use crate::sign_in::{SignInError, SignInStart};

/// Where platforms send people back to.
const CALLBACK: &str = "/oauth/callback";

/// What a sign-in needs beside the person.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SignInRequest {
    /// The provider's id; may be left out where the connection exists.
    provider: String,
    /// The provider's fields that are no secrets and do not come with the grant.
    fields: BTreeMap<String, String>,
    /// `client_id` and `client_secret` of an own app, where the operator provides none.
    secrets: BTreeMap<String, String>,
    /// The connection's name for people.
    name: Option<String>,
    /// Another address than the platform's own.
    base_url: Option<String>,
    /// Reporting currency of a workspace that is created; the account's where it is left out.
    currency: Option<String>,
    /// Time zone of a workspace that is created (IANA name); the account's where it is left out.
    time_zone: Option<String>,
}

/// A sign-in began.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SignInStarted {
    /// Where the person grants access; good for 15 minutes and one way back.
    authorize_url: String,
    /// Where the platform sends the person back to; it has to be known to the app at the platform.
    redirect_uri: String,
}

/// Begins a sign-in at the connection's platform; a connection that does not exist is made when the person comes back.
#[utoipa::path(post, path = "/api/v1/workspaces/{w}/connections/{id}/oauth/start", operation_id = "signIn",
    tag = "connections",
    params(("w" = String, Path, description = "the workspace's id"),
        ("id" = String, Path, description = "the connection's id")),
    request_body(content = SignInRequest, description = "may be left empty where the connection exists"),
    responses((status = 200, description = "where the person goes", body = SignInStarted),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn start(
    State(app): State<App>,
    Path((w, id)): Path<(String, String)>,
    headers: HeaderMap,
    Body(request): Body<SignInRequest>,
) -> Result<Json<SignInStarted>, Problem> {
    let workspace: WorkspaceId = w.parse().map_err(|_| {
        let shown: String = w.chars().take(64).collect();
        Problem::new(Code::WorkspaceNotFound, format!("workspace `{shown}` cannot exist"))
    })?;
    let connection: ConnectionId = id.parse().map_err(|_| {
        let shown: String = id.chars().take(64).collect();
        Problem::new(Code::ConnectionNotFound, format!("connection `{shown}` cannot exist"))
    })?;
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    app.blocking({
        // the guard let no host through that is not ours
        let host = host.to_owned();
        move |shared| {
            let base = shared.public_url.clone().unwrap_or_else(|| format!("http://{host}"));
            let redirect_uri = format!("{}{CALLBACK}", base.trim_end_matches('/'));
            let start = SignInStart {
                workspace,
                connection,
                provider: request.provider,
                fields: request.fields,
                secrets: request.secrets,
                name: request.name,
                base_url: request.base_url,
                currency: request.currency,
                time_zone: request.time_zone,
                redirect_uri: redirect_uri.clone(),
            };
            let authorize_url = shared.runner.begin_sign_in(start)?;
            Ok(Json(SignInStarted { authorize_url, redirect_uri }))
        }
    })
    .await
}

/// Where a person comes back to from a platform: exchanges the code, proves the connection and leads to its page.
#[utoipa::path(get, path = "/oauth/callback", operation_id = "signedIn", tag = "connections",
    params(("state" = String, Query, description = "of the sign-in"),
        ("code" = Option<String>, Query, description = "what is exchanged for the grant"),
        ("error" = Option<String>, Query, description = "why the platform gives none")),
    responses((status = 303, description = "signed in: the connections' page"),
        (status = "default", description = "a problem, as a page for browsers", body = Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn callback(
    State(app): State<App>,
    headers: HeaderMap,
    came: Result<Params<BTreeMap<String, String>>, Problem>,
) -> Response {
    let finished = match came {
        Ok(Params(came)) => app.blocking(move |shared| Ok(shared.runner.finish_sign_in(&came)?)).await,
        Err(problem) => Err(problem),
    };
    match finished {
        Ok(done) => {
            let page = format!("/{}/connections?connected={}", done.workspace, done.connection);
            let page = HeaderValue::from_str(&page).unwrap_or(HeaderValue::from_static("/"));
            (StatusCode::SEE_OTHER, [(LOCATION, page)]).into_response()
        }
        Err(problem) => {
            let accepts = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
            if accepts.contains("text/html") { page(&problem) } else { problem.into_response() }
        }
    }
}

/// A problem for a person whose browser came back.
fn page(problem: &Problem) -> Response {
    let mut text =
        String::from("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Netgain</title><body>");
    let cure = problem.cure.as_deref().unwrap_or_default();
    // writing to a text cannot fail
    let _ = write!(
        text,
        "<h1>{}</h1><p>{}</p><p>{}</p><p><code>{}</code></p><p><a href=\"/\">Back to Netgain</a></p>",
        escaped(problem.title),
        escaped(&problem.detail),
        escaped(cure),
        escaped(problem.code)
    );
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], text).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        let code = match &error {
            SignInError::Unknown => Code::SignInUnknown,
            SignInError::Expired => Code::SignInExpired,
            SignInError::Refused(_) => Code::SignInRefused,
            SignInError::NotOffered(_) => Code::SignInNotOffered,
            SignInError::Invalid(_) => Code::ConnectionInvalid,
            SignInError::NotWorking(_) => Code::ConnectionNotWorking,
            SignInError::Failed(_) => return Self::internal(&error),
        };
        Self::new(code, error.to_string())
    }
}

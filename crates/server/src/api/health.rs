//! Whether the server answers, whether it can do so well, and what it counts.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use netgain_observe as observe;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::{App, Shared};
use crate::observed::came_from;
use crate::problem::{Code, Problem};

/// The text format of Prometheus.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Seconds after which it is worth asking again.
const AGAIN: &str = "5";

/// The server answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`.
    status: &'static str,
    /// Version of the program.
    version: &'static str,
}

/// Whether the server answers.
#[utoipa::path(get, path = "/healthz", operation_id = "health", tag = "server",
    responses((status = 200, description = "the server answers", body = Health)))]
pub(crate) async fn health() -> Json<Health> {
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// The server can do its work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ready {
    /// Always `ready`.
    status: &'static str,
}

/// Whether requests are to be sent here: the stores answer, there is room on the disk, and the server is not about to
/// end. Whoever spreads requests over servers asks this one; `/healthz` says only that the process is alive.
#[utoipa::path(get, path = "/readyz", operation_id = "ready", tag = "server",
    responses(
        (status = 200, description = "requests are welcome", body = Ready),
        (status = 503, description = "they are not, and why", body = Problem)))]
pub(crate) async fn ready(State(app): State<App>) -> Response {
    let found = app.blocking(|shared| Ok(not_ready(shared))).await;
    let reasons = match found {
        Ok(reasons) => reasons,
        Err(problem) => vec![problem.detail],
    };
    observe::set_ready(reasons.is_empty());
    if reasons.is_empty() {
        return Json(Ready { status: "ready" }).into_response();
    }
    let mut response = Problem::new(Code::NotReady, reasons.join("; ")).into_response();
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(AGAIN));
    response
}

fn not_ready(shared: &Shared) -> Vec<String> {
    if shared.is_stopping() {
        return vec!["the server is about to end".to_owned()];
    }
    let mut reasons = Vec::new();
    if let Err(error) = shared.control.workspace_count() {
        tracing::error!(%error, "the control store does not answer");
        reasons.push("the control store does not answer: the server's log says why".to_owned());
    }
    if let Some(observed) = &shared.observed {
        reasons.extend(observed.not_ready());
    }
    reasons
}

/// What the server counts, in the text format of Prometheus. For the bearer of the metrics token where there is one,
/// else for programs on this machine. No label names a workspace.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", tag = "server",
    responses(
        (status = 200, description = "the metrics", body = String, content_type = "text/plain"),
        (status = 403, description = "they are not for whoever asks", body = Problem),
        (status = 404, description = "this server keeps none", body = Problem)))]
pub(crate) async fn metrics(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    app.shared.metrics_access.check(came_from(request.extensions()), request.headers())?;
    app.refresh_metrics().await;
    let text = app
        .blocking(|shared| match &shared.observed {
            Some(observed) => Ok(observed.metrics()),
            None => Err(Problem::new(Code::NotFound, "this server keeps no metrics")),
        })
        .await?;
    Ok(([(CONTENT_TYPE, PROMETHEUS)], text).into_response())
}

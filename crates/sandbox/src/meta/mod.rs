//! The Meta Marketing API face.
use crate::AppState;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Report runs and call counters.
#[derive(Default)]
pub struct State {}

/// The routes of the Meta face.
pub fn router(state: Arc<AppState>) -> axum::Router {
    axum::Router::new().with_state(state)
}

/// The answer to a call over the limit.
pub fn throttled(_point: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(serde_json::json!({}))).into_response()
}

/// The answer to a call with an expired token.
pub fn expired_token() -> Response {
    (StatusCode::BAD_REQUEST, Json(serde_json::json!({}))).into_response()
}

/// Whether a node id is a report run's.
pub fn is_report_run(node: &str) -> bool {
    node.starts_with("6") && node.len() >= 15
}

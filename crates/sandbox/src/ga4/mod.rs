//! The Google Analytics Data API face, nested under `/ga4`.
use crate::AppState;
use crate::faces::Face;
use crate::server::Platform;
use axum::Router;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// How the sandbox serves this platform.
pub const FACE: Face = Face { id: "ga4", router, platform, point_of, throttled, expired_token };

fn router(state: Arc<AppState>) -> Router {
    Router::new().with_state(state)
}

fn platform(_state: &AppState) -> Option<Platform> {
    None
}

fn point_of(_method: &Method, _path: &str) -> &'static str {
    "ga4.call"
}

fn throttled(_state: &AppState, _point: &str) -> Response {
    StatusCode::TOO_MANY_REQUESTS.into_response()
}

fn expired_token(_point: &str) -> Response {
    StatusCode::UNAUTHORIZED.into_response()
}

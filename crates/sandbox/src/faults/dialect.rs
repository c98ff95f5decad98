//! How each platform says "slow down" and "your token has expired".
use crate::AppState;
use crate::faces::face_of;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The answer to a call over the limit at `point`.
pub fn throttled(state: &AppState, point: &str) -> Response {
    if let Some((face, _)) = face_of(point, '.') {
        return (face.throttled)(state, point);
    }
    match point {
        "shopify.graphql" => (
            StatusCode::OK,
            Json(json!({
                "errors": [{"message": "Throttled", "extensions": {
                    "code": "THROTTLED",
                    "documentation": "https://shopify.dev/api/usage/rate-limits"
                }}],
                "extensions": {"cost": {
                    "requestedQueryCost": 100,
                    "actualQueryCost": null,
                    "throttleStatus": {
                        "maximumAvailable": 2000.0, "currentlyAvailable": 50, "restoreRate": 100.0
                    }
                }}
            })),
        )
            .into_response(),
        point if point.starts_with("meta.") => crate::meta::throttled(state, point),
        _ => (
            StatusCode::TOO_MANY_REQUESTS,
            [("retry-after", "1")],
            Json(json!({"errors": "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."})),
        )
            .into_response(),
    }
}

/// The answer to a call whose token is no longer valid at `point`.
pub fn expired_token(point: &str) -> Response {
    if let Some((face, _)) = face_of(point, '.') {
        return (face.expired_token)(point);
    }
    if point.starts_with("meta.") {
        return crate::meta::expired_token();
    }
    let text = "[API] Invalid API key or access token (unrecognized login or wrong password)";
    (StatusCode::UNAUTHORIZED, Json(json!({ "errors": text }))).into_response()
}

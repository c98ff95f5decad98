//! Refusals in the platform's form: status, category, message, correlation id.
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// An id as every answer that refuses carries one.
pub const CORRELATION: &str = "019a7b7e-5f0c-7c44-9a0e-3d4b6f8a1c22";

/// Why a call was refused.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// The platform's word for the kind of refusal.
    pub category: &'static str,
    message: String,
    more: Map<String, Value>,
}

impl ApiError {
    fn new(status: StatusCode, category: &'static str, message: impl Into<String>) -> ApiError {
        ApiError { status, category, message: message.into(), more: Map::new() }
    }

    fn with(mut self, name: &str, value: Value) -> ApiError {
        self.more.insert(name.to_owned(), value);
        self
    }

    /// A request that cannot be meant.
    pub fn invalid(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", message)
    }

    /// No such object.
    pub fn not_found(message: impl Into<String>) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, "OBJECT_NOT_FOUND", message)
    }

    /// The path names nothing.
    pub fn no_path(path: &str) -> ApiError {
        ApiError::new(StatusCode::NOT_FOUND, "OBJECT_NOT_FOUND", format!("No resource was found at {path}"))
    }

    /// The path does not know the method.
    pub fn method(method: &str) -> ApiError {
        ApiError::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "VALIDATION_ERROR",
            format!("HTTP {method} is not allowed"),
        )
    }

    /// The address is longer than the platform reads.
    pub fn too_long() -> ApiError {
        ApiError::new(StatusCode::URI_TOO_LONG, "VALIDATION_ERROR", "Request-URI Too Large")
    }

    /// No credentials, or credentials that open nothing.
    pub fn unauthenticated() -> ApiError {
        let message = "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can \
                       find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview";
        ApiError::new(StatusCode::UNAUTHORIZED, "INVALID_AUTHENTICATION", message)
    }

    /// A token that was good until some moment; `now` in the same seconds.
    pub fn expired(until: i64, now: i64) -> ApiError {
        let message =
            format!("The OAuth token used to make this call expired {} second(s) ago.", now - until);
        let at = Timestamp::from_second(until).unwrap_or_default();
        ApiError::new(StatusCode::UNAUTHORIZED, "EXPIRED_AUTHENTICATION", message)
            .with("context", json!({ "expire time": [at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()] }))
    }

    /// Over a limit, by the name of its policy.
    pub fn throttled(policy: &'static str) -> ApiError {
        let message = format!("You have reached your {} limit.", policy.to_lowercase());
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITS", message)
            .with("errorType", json!("RATE_LIMIT"))
            .with("policyName", json!(policy))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = json!({
            "status": "error",
            "message": self.message,
            "correlationId": CORRELATION,
            "category": self.category,
        });
        if let Value::Object(body) = &mut body {
            body.extend(self.more);
        }
        (self.status, Json(body)).into_response()
    }
}

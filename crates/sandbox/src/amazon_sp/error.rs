//! Refusals in the platform's shape: `{"errors": [{code, message, details}]}`.
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A refusal.
#[derive(Debug)]
pub struct SpError {
    status: StatusCode,
    /// `InvalidInput`, `Unauthorized`, `QuotaExceeded` …
    pub code: &'static str,
    message: String,
    details: String,
}

impl SpError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>, details: &str) -> SpError {
        SpError { status, code, message: message.into(), details: details.to_owned() }
    }

    /// A parameter that is wrong.
    pub fn invalid(message: impl Into<String>) -> SpError {
        SpError::new(StatusCode::BAD_REQUEST, "InvalidInput", message, "")
    }

    /// No such path or object.
    pub fn not_found(what: &str) -> SpError {
        let message = format!("The requested resource {what} was not found.");
        SpError::new(StatusCode::NOT_FOUND, "NotFound", message, "")
    }

    /// The header is missing.
    pub fn no_token() -> SpError {
        let details = "Access token is missing in the request header.";
        SpError::new(
            StatusCode::FORBIDDEN,
            "MissingAuthenticationToken",
            "Access to requested resource is denied.",
            details,
        )
    }

    /// A token that was never given out.
    pub fn bad_token() -> SpError {
        let details = "The access token you provided is revoked, malformed or invalid.";
        SpError::new(
            StatusCode::FORBIDDEN,
            "Unauthorized",
            "Access to requested resource is denied.",
            details,
        )
    }

    /// A token whose hour is over.
    pub fn expired_token() -> SpError {
        let details = "The access token you provided has expired.";
        SpError::new(
            StatusCode::FORBIDDEN,
            "Unauthorized",
            "Access to requested resource is denied.",
            details,
        )
    }

    /// The application lacks the role; status and code are those of a bad token.
    pub fn access_denied() -> SpError {
        SpError::new(StatusCode::FORBIDDEN, "Unauthorized", "Access to requested resource is denied.", "")
    }

    /// Too many calls of this operation.
    pub fn quota_exceeded() -> SpError {
        let message = "You exceeded your quota for the requested resource.";
        SpError::new(StatusCode::TOO_MANY_REQUESTS, "QuotaExceeded", message, "")
    }
}

impl IntoResponse for SpError {
    fn into_response(self) -> Response {
        let body = json!({"errors": [{"code": self.code, "message": self.message, "details": self.details}]});
        (self.status, Json(body)).into_response()
    }
}

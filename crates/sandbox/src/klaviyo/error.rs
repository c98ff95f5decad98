//! Refusals in the platform's form: a JSON:API list of errors.
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// The media type of every answer.
pub const MEDIA: &str = "application/vnd.api+json";

/// Why a call was refused.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// The platform's code.
    pub code: &'static str,
    title: &'static str,
    detail: String,
    source: Value,
    /// Seconds after which the call may be made again.
    pub retry_after: Option<u64>,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        ApiError { status, code, title, detail: detail.into(), source: json!({}), retry_after: None }
    }

    /// A query parameter that cannot be meant.
    pub fn parameter(name: &str, detail: impl Into<String>) -> ApiError {
        let mut error = ApiError::new(StatusCode::BAD_REQUEST, "invalid", "Invalid input.", detail);
        error.source = json!({ "parameter": name });
        error
    }

    /// A member of the body that cannot be meant; `pointer` is a JSON pointer.
    pub fn body(pointer: &str, detail: impl Into<String>) -> ApiError {
        let mut error = ApiError::new(StatusCode::BAD_REQUEST, "invalid", "Invalid input.", detail);
        error.source = json!({ "pointer": pointer });
        error
    }

    /// No such resource.
    pub fn not_found(kind: &str, id: &str) -> ApiError {
        let detail = format!("A {kind} with id {id} does not exist.");
        ApiError::new(StatusCode::NOT_FOUND, "not_found", "Not found.", detail)
    }

    /// The path names nothing.
    pub fn no_path(path: &str) -> ApiError {
        let detail = format!("The path {path} could not be found.");
        ApiError::new(StatusCode::NOT_FOUND, "not_found", "Not found.", detail)
    }

    /// The path does not know the method.
    pub fn method(method: &str) -> ApiError {
        let detail = format!("Method \"{method}\" not allowed.");
        ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "Method not allowed.", detail)
    }

    /// No credentials.
    pub fn unauthenticated() -> ApiError {
        let detail = "Missing or invalid authorization header.";
        ApiError::new(
            StatusCode::UNAUTHORIZED,
            "not_authenticated",
            "Authentication credentials were not provided.",
            detail,
        )
    }

    /// Credentials that open nothing.
    pub fn bad_credentials(detail: &str) -> ApiError {
        ApiError::new(
            StatusCode::UNAUTHORIZED,
            "authentication_failed",
            "Incorrect authentication credentials.",
            detail,
        )
    }

    /// The revision is no longer served.
    pub fn retired(revision: &str) -> ApiError {
        let detail = format!("Revision {revision} has been retired.");
        ApiError::new(StatusCode::GONE, "revision_retired", "Revision retired.", detail)
    }

    /// Over a limit.
    pub fn throttled(seconds: u64) -> ApiError {
        let detail = format!("Request was throttled. Expected available in {seconds} seconds.");
        let status = StatusCode::TOO_MANY_REQUESTS;
        let error = ApiError::new(status, "throttled", "Request was throttled.", detail);
        ApiError { retry_after: Some(seconds), ..error }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({ "errors": [{
            "id": "5a1f6f0e-8d1c-4c2f-9b1f-3f1a2b7c9d10",
            "status": self.status.as_u16(),
            "code": self.code,
            "title": self.title,
            "detail": self.detail,
            "source": self.source,
            "links": {},
            "meta": {},
        }] });
        let mut response = (self.status, [(header::CONTENT_TYPE, MEDIA)], body.to_string()).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

//! The platform's errors: the standard body with a `GoogleAdsFailure` among the details.
use crate::google::{Refusal, Standing};
use axum::Json;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// The newest version, in which errors are typed when the path names none.
pub const NEWEST: &str = "v26";

/// An error of the API.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    status: StatusCode,
    name: &'static str,
    family: &'static str,
    /// The code within the family.
    pub code: &'static str,
    message: String,
    details: Option<Value>,
}

impl Failure {
    fn new(
        status: StatusCode,
        name: &'static str,
        family: &'static str,
        code: &'static str,
        message: String,
    ) -> Failure {
        Failure { status, name, family, code, message, details: None }
    }

    /// A query that cannot be meant.
    pub fn query(code: &'static str, message: impl Into<String>) -> Failure {
        let message = format!("Error in query: {}", message.into());
        Failure::new(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", "queryError", code, message)
    }

    /// A request that cannot be meant.
    pub fn request(code: &'static str, message: &str) -> Failure {
        Failure::new(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", "requestError", code, message.to_owned())
    }

    /// A date that is out of the range that is kept.
    pub fn date(code: &'static str, message: &str) -> Failure {
        Failure::new(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", "dateRangeError", code, message.to_owned())
    }

    /// A header that cannot be meant.
    pub fn header(message: &str) -> Failure {
        let code = "INVALID_LOGIN_CUSTOMER_ID";
        Failure::new(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", "headerError", code, message.to_owned())
    }

    /// A customer that the user may not see.
    pub fn forbidden() -> Failure {
        let message = "User doesn't have permission to access customer. Note: If you're accessing a client customer, \
            the manager's customer id must be set in the 'login-customer-id' header. See \
            https://developers.google.com/google-ads/api/docs/concepts/call-structure#cid";
        let status = StatusCode::FORBIDDEN;
        Failure::new(
            status,
            "PERMISSION_DENIED",
            "authorizationError",
            "USER_PERMISSION_DENIED",
            message.to_owned(),
        )
    }

    /// A token that is not good.
    pub fn token(standing: Standing) -> Failure {
        let (code, message) = match standing {
            Standing::Expired => ("OAUTH_TOKEN_EXPIRED", "OAuth token in the header has expired."),
            Standing::Revoked => ("OAUTH_TOKEN_REVOKED", "OAuth token in the header has been revoked."),
            Standing::Missing => {
                ("OAUTH_TOKEN_HEADER_INVALID", "Could not find the OAuth token in the header.")
            }
            Standing::Good | Standing::Unknown => {
                ("OAUTH_TOKEN_INVALID", "OAuth token in the header is not valid.")
            }
        };
        let status = StatusCode::UNAUTHORIZED;
        Failure::new(status, "UNAUTHENTICATED", "authenticationError", code, message.to_owned())
    }

    /// Too many operations a day.
    pub fn exhausted(retry_seconds: u64) -> Failure {
        let message = format!("Too many requests. Retry in {retry_seconds} seconds.");
        let details = json!({ "quotaErrorDetails": {
            "rateScope": "DEVELOPER",
            "rateName": "Number of operations for basic access",
            "retryDelay": format!("{retry_seconds}s"),
        }});
        let status = StatusCode::TOO_MANY_REQUESTS;
        let failure = Failure::new(status, "RESOURCE_EXHAUSTED", "quotaError", "RESOURCE_EXHAUSTED", message);
        Failure { details: Some(details), ..failure }
    }

    /// Too many queries at once: over in some seconds.
    pub fn throttled(retry_seconds: u64) -> Failure {
        let mut failure = Failure::exhausted(retry_seconds);
        failure.code = "RESOURCE_TEMPORARILY_EXHAUSTED";
        failure.details = Some(json!({ "quotaErrorDetails": {
            "rateScope": "ACCOUNT",
            "rateName": "Requests per account",
            "retryDelay": format!("{retry_seconds}s"),
        }}));
        failure
    }

    fn body(&self, version: &str, request_id: &str) -> Value {
        let mut error = json!({ "errorCode": { self.family: self.code }, "message": self.message });
        if let Some(details) = &self.details {
            error["details"] = details.clone();
        }
        let top = match self.status {
            StatusCode::UNAUTHORIZED => {
                "Request had invalid authentication credentials. Expected OAuth 2 access \
                token, login cookie or other valid authentication credential. See \
                https://developers.google.com/identity/sign-in/web/devconsole-project."
            }
            StatusCode::FORBIDDEN => "The caller does not have permission",
            StatusCode::TOO_MANY_REQUESTS => "Resource has been exhausted (e.g. check quota).",
            _ => "Request contains an invalid argument.",
        };
        let refusal = Refusal {
            details: vec![json!({
                "@type": format!("type.googleapis.com/google.ads.googleads.{version}.errors.GoogleAdsFailure"),
                "errors": [error],
                "requestId": request_id,
            })],
            ..Refusal::new(self.status, self.name, top)
        };
        refusal.body()
    }

    /// The answer; a stream puts the error into its array.
    pub fn respond(&self, version: &str, request_id: &str, stream: bool) -> Response {
        let body = self.body(version, request_id);
        let body = if stream { json!([body]) } else { body };
        let mut response = (self.status, Json(body)).into_response();
        if let Ok(value) = HeaderValue::from_str(request_id) {
            response.headers_mut().insert("request-id", value);
        }
        response
    }
}

//! Refusals in the platform's shape: `{"error": {type, code, message, param}}`.
use axum::Json;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// A refusal.
#[derive(Debug)]
pub struct StripeError {
    status: StatusCode,
    /// `invalid_request_error`, `api_error`, `idempotency_error`.
    pub kind: &'static str,
    /// The machine-readable code, where there is one.
    pub code: Option<&'static str>,
    message: String,
    param: Option<String>,
    headers: Vec<(&'static str, &'static str)>,
}

impl StripeError {
    fn new(status: u16, code: Option<&'static str>, message: impl Into<String>) -> StripeError {
        StripeError {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
            kind: "invalid_request_error",
            code,
            message: message.into(),
            param: None,
            headers: Vec::new(),
        }
    }

    fn about(mut self, param: &str) -> StripeError {
        self.param = Some(param.to_owned());
        self
    }

    /// No key was sent.
    pub fn no_key() -> StripeError {
        StripeError::new(
            401,
            None,
            "You did not provide an API key. You need to provide your API key in the Authorization header, \
             using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See \
             https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.",
        )
    }

    /// A key that nobody knows.
    pub fn bad_key(key: &str) -> StripeError {
        StripeError::new(401, None, format!("Invalid API Key provided: {}", masked(key)))
    }

    /// A key that was rolled or revoked.
    pub fn expired_key(key: &str) -> StripeError {
        StripeError::new(401, Some("api_key_expired"), format!("Expired API Key provided: {}", masked(key)))
    }

    /// A restricted key without the right for the resource.
    pub fn forbidden(key: &str, word: &str) -> StripeError {
        StripeError::new(
            403,
            None,
            format!(
                "The provided key '{}' does not have the required permissions for this endpoint on account. \
                 Having the 'rak_{}_read' permission would allow this request to continue.",
                masked(key),
                word.trim_end_matches('s')
            ),
        )
    }

    /// The account has disconnected the platform, or never connected it.
    pub fn no_access(key: &str, account: &str) -> StripeError {
        StripeError::new(
            403,
            Some("account_invalid"),
            format!(
                "The provided key '{}' does not have access to account '{account}' (or that account does not \
                 exist). Application access may have been revoked.",
                masked(key)
            ),
        )
    }

    /// Too many calls; `reason` is the limit that was met.
    pub fn rate_limited(reason: &'static str) -> StripeError {
        let mut error = StripeError::new(
            429,
            Some("rate_limit"),
            "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
        );
        error.headers = vec![("stripe-rate-limited-reason", reason), ("stripe-should-retry", "true")];
        error
    }

    /// The object does not exist.
    pub fn missing(what: &str, id: &str) -> StripeError {
        StripeError::new(404, Some("resource_missing"), format!("No such {what}: '{id}'")).about("id")
    }

    /// A cursor names an object that does not exist.
    pub fn bad_cursor(what: &str, id: &str, param: &str) -> StripeError {
        StripeError::new(400, Some("resource_missing"), format!("No such {what}: '{id}'")).about(param)
    }

    /// A parameter that the call does not have.
    pub fn unknown_param(name: &str) -> StripeError {
        StripeError::new(400, Some("parameter_unknown"), format!("Received unknown parameter: {name}"))
            .about(name)
    }

    /// A parameter that must be there.
    pub fn missing_param(name: &str) -> StripeError {
        StripeError::new(400, Some("parameter_missing"), format!("Missing required param: {name}."))
            .about(name)
    }

    /// A value that the parameter does not take.
    pub fn bad_param(name: &str, message: impl Into<String>) -> StripeError {
        StripeError::new(400, None, message).about(name)
    }

    /// The version is not one of the platform's.
    pub fn bad_version(version: &str) -> StripeError {
        StripeError::new(400, None, format!("Invalid Stripe API version: {version}"))
    }

    /// No such path.
    pub fn unknown_address(method: &Method, path: &str) -> StripeError {
        let message = format!(
            "Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we \
                     can help at https://support.stripe.com/."
        );
        StripeError::new(404, None, message)
    }

    /// An idempotency key came again with another request.
    pub fn other_request(key: &str) -> StripeError {
        let message = format!(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. \
             Try using a key other than '{key}' if you meant to execute a different request."
        );
        let mut error = StripeError::new(400, None, message);
        error.kind = "idempotency_error";
        error
    }
}

/// A key as messages show it: its kind and its last four characters.
fn masked(key: &str) -> String {
    let head: String = key.chars().take(8).collect();
    let tail: String = key.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
    format!("{head}****{tail}")
}

impl IntoResponse for StripeError {
    fn into_response(self) -> Response {
        let mut error = Map::new();
        if let Some(code) = self.code {
            error.insert("code".to_owned(), json!(code));
            error.insert(
                "doc_url".to_owned(),
                json!(format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-"))),
            );
        }
        error.insert("message".to_owned(), Value::String(self.message));
        if let Some(param) = self.param {
            error.insert("param".to_owned(), Value::String(param));
        }
        error.insert("type".to_owned(), json!(self.kind));
        let mut response = (self.status, Json(json!({ "error": error }))).into_response();
        for (name, value) in self.headers {
            response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        response
    }
}

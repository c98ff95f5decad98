//! What the Google faces have in common: sign-in, the standard error body, quota windows, partial answers.
mod grants;
pub mod mask;
mod memo;
mod quota;

pub use grants::{Grants, Standing, client_id, client_secret, refresh_token};
pub use memo::Memo;
pub use quota::Quota;

use crate::AppState;
use crate::server::Platform;
use axum::Json;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const BODY_LIMIT: usize = 1 << 20;

/// A call with its body in memory.
#[derive(Debug)]
pub struct Call {
    /// HTTP method.
    pub method: Method,
    /// The path without the face's prefix, percent-decoded.
    pub path: String,
    /// Query parameters in order; names may repeat.
    pub query: Vec<(String, String)>,
    /// Headers.
    pub headers: HeaderMap,
    /// The raw body.
    pub body: Vec<u8>,
}

impl Call {
    /// Reads a request; a body over a megabyte is cut off as empty.
    pub async fn read(request: Request<Body>) -> Call {
        let (parts, body) = request.into_parts();
        let bytes = axum::body::to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
        let query = parts.uri.query().unwrap_or("");
        Call {
            method: parts.method,
            path: decode(parts.uri.path()),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers: parts.headers,
            body: bytes.to_vec(),
        }
    }

    /// The first value of a query parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The bearer token, from the header or the query.
    pub fn token(&self) -> Option<&str> {
        let header = self.header(header::AUTHORIZATION.as_str());
        header.and_then(|value| value.strip_prefix("Bearer ")).or_else(|| self.param("access_token"))
    }

    /// The body as a JSON object; an empty body is an empty object.
    pub fn json(&self) -> Result<Value, Refusal> {
        if self.body.is_empty() {
            return Ok(json!({}));
        }
        serde_json::from_slice(&self.body).ok().filter(Value::is_object).ok_or_else(|| {
            Refusal::invalid("Invalid JSON payload received. Expected an object at the start of the body.")
        })
    }

    /// Fields of a form or of the query, for the sign-in paths.
    pub fn form(&self) -> BTreeMap<String, String> {
        let mut fields: BTreeMap<String, String> = self.query.iter().cloned().collect();
        fields.extend(url::form_urlencoded::parse(&self.body).into_owned());
        fields
    }
}

/// Undoes the percent-encoding of a path; what is not well encoded stays as it is.
fn decode(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match code.filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// An error in Google's standard body.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// HTTP status.
    pub status: StatusCode,
    /// The canonical name of the status.
    pub name: &'static str,
    /// Words for people.
    pub message: String,
    /// Typed details.
    pub details: Vec<Value>,
}

impl Refusal {
    /// An error with neither reason nor details.
    pub fn new(status: StatusCode, name: &'static str, message: impl Into<String>) -> Refusal {
        Refusal { status, name, message: message.into(), details: Vec::new() }
    }

    /// The same error with an `ErrorInfo` detail.
    pub fn because(mut self, reason: &str, service: &str, more: Value) -> Refusal {
        let mut metadata = json!({ "service": service });
        if let (Some(into), Value::Object(more)) = (metadata.as_object_mut(), more) {
            into.extend(more);
        }
        self.details.push(json!({
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": reason,
            "domain": "googleapis.com",
            "metadata": metadata,
        }));
        self
    }

    /// 400 INVALID_ARGUMENT.
    pub fn invalid(message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, "INVALID_ARGUMENT", message)
    }

    /// 404 NOT_FOUND.
    pub fn not_found(message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
    }

    /// 403 PERMISSION_DENIED.
    pub fn forbidden(message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", message)
    }

    /// 429 RESOURCE_EXHAUSTED.
    pub fn exhausted(message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::TOO_MANY_REQUESTS, "RESOURCE_EXHAUSTED", message)
    }

    /// 401 for a token that is missing, expired or taken back.
    pub fn unauthenticated(standing: Standing, service: &str) -> Refusal {
        if standing == Standing::Missing {
            let words = "Request is missing required authentication credential. Expected OAuth 2 access token, \
                login cookie or other valid authentication credential. See \
                https://developers.google.com/identity/sign-in/web/devconsole-project.";
            return Refusal::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", words).because(
                "CREDENTIALS_MISSING",
                service,
                json!({}),
            );
        }
        let words = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie \
            or other valid authentication credential. See \
            https://developers.google.com/identity/sign-in/web/devconsole-project.";
        let reason = if standing == Standing::Expired {
            "ACCESS_TOKEN_EXPIRED"
        } else {
            "ACCESS_TOKEN_TYPE_UNSUPPORTED"
        };
        Refusal::new(StatusCode::UNAUTHORIZED, "UNAUTHENTICATED", words).because(reason, service, json!({}))
    }

    /// The error's JSON.
    pub fn body(&self) -> Value {
        let mut error = json!({
            "code": self.status.as_u16(),
            "message": self.message,
            "status": self.name,
        });
        if !self.details.is_empty() {
            error["details"] = Value::Array(self.details.clone());
        }
        json!({ "error": error })
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self.body())).into_response()
    }
}

/// How to connect to a Google face that is signed in to with a refresh token.
pub fn platform(state: &AppState, id: &'static str, fields: &[(&'static str, String)]) -> Platform {
    let secrets = &state.secrets;
    let app: BTreeMap<&'static str, String> =
        [("client_id", client_id(secrets, id)), ("client_secret", client_secret(secrets, id))].into();
    let mut fields: BTreeMap<&'static str, String> = fields.iter().cloned().collect();
    fields.insert("client_id", client_id(secrets, id));
    Platform {
        base_url: format!("{}/{id}", state.address),
        fields,
        secrets: [
            ("client_secret", client_secret(secrets, id)),
            ("refresh_token", refresh_token(secrets, id)),
        ]
        .into(),
        oauth: app,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_whole() {
        assert_eq!(
            decode("/v4/spreadsheets/a/values/%27My%20Sheet%27!A1%3AZ"),
            "/v4/spreadsheets/a/values/'My Sheet'!A1:Z"
        );
        assert_eq!(decode("/v4/spreadsheets/a=b+c"), "/v4/spreadsheets/a=b+c");
    }
}

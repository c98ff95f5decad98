//! One Graph call: version, node, edge, parameters from query and body, and who calls.
use super::error::GraphError;
use crate::AppState;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;
use std::collections::BTreeMap;
use url::form_urlencoded;

const BODY_LIMIT: usize = 10 << 20;
const NEWEST: &str = "v26.0";
const VERSIONS: [&str; 2] = ["v25.0", NEWEST];

/// A call to `/{version}/{node}/{edge}`.
#[derive(Debug)]
pub struct Call {
    /// HTTP method.
    pub method: Method,
    /// The version called, the newest when the path names none.
    pub version: String,
    /// The node: `me`, `act_1`, a number, `oauth` …
    pub node: String,
    /// The edge, or empty.
    pub edge: String,
    /// Parameters; those of the body win over those of the query.
    pub params: BTreeMap<String, String>,
    /// The token, wherever it was sent.
    pub token: Option<String>,
}

impl Call {
    /// Reads a request whose path no longer has the face's prefix.
    pub async fn read(request: Request) -> Result<Call, GraphError> {
        let (parts, body) = request.into_parts();
        let (version, node, edge) = split_path(parts.uri.path());
        if !VERSIONS.contains(&version.as_str()) {
            return Err(GraphError::bad_version(&version));
        }
        let mut params: BTreeMap<String, String> =
            form_urlencoded::parse(parts.uri.query().unwrap_or("").as_bytes()).into_owned().collect();
        let bytes = axum::body::to_bytes(body, BODY_LIMIT)
            .await
            .map_err(|_| GraphError::parameter("The request body could not be read"))?;
        let kind =
            parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        if kind.starts_with("application/json") && !bytes.is_empty() {
            let body: BTreeMap<String, Value> = serde_json::from_slice(&bytes)
                .map_err(|_| GraphError::parameter("The request body is not a JSON object"))?;
            params.extend(body.into_iter().map(|(name, value)| match value {
                Value::String(text) => (name, text),
                other => (name, other.to_string()),
            }));
        } else {
            params.extend(form_urlencoded::parse(&bytes).into_owned());
        }
        let token = params.remove("access_token").or_else(|| bearer(&parts.headers));
        Ok(Call { method: parts.method, version, node, edge, params, token })
    }

    /// A parameter that was sent and is not empty.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A parameter that must be there.
    pub fn require(&self, name: &str) -> Result<&str, GraphError> {
        self.param(name).ok_or_else(|| GraphError::parameter(format!("The parameter {name} is required")))
    }

    /// A list parameter: a JSON array, or words separated by commas.
    pub fn list(&self, name: &str) -> Result<Option<Vec<String>>, GraphError> {
        let Some(text) = self.param(name) else { return Ok(None) };
        let words = if text.trim_start().starts_with('[') {
            // Python's habit of single quotes is accepted by the platform too.
            serde_json::from_str(text)
                .or_else(|_| serde_json::from_str(&text.replace('\'', "\"")))
                .map_err(|_| GraphError::parameter(format!("Param {name} must be an array")))?
        } else {
            text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
        };
        Ok(Some(words))
    }

    /// A true-or-false parameter; absent is false.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.param(name), Some("true" | "True" | "1"))
    }

    /// Whether the caller may call at all: token and proof.
    pub fn authenticate(&self, state: &AppState) -> Result<(), GraphError> {
        let token = self.token.as_deref().ok_or_else(GraphError::no_token)?;
        if token != state.secrets.meta_access_token {
            state.meta.tokens.check(token, state.world.now())?;
        }
        match self.param("appsecret_proof") {
            None if state.options.meta.require_proof => Err(GraphError::bad_proof(true)),
            Some(proof) if proof != appsecret_proof(token, &state.secrets.meta_app_secret) => {
                Err(GraphError::bad_proof(false))
            }
            _ => Ok(()),
        }
    }
}

/// HMAC-SHA256 of the token under the app secret, in hexadecimal.
pub fn appsecret_proof(token: &str, app_secret: &str) -> String {
    match Hmac::<Sha256>::new_from_slice(app_secret.as_bytes()) {
        Ok(mut mac) => {
            mac.update(token.as_bytes());
            crate::secrets::encode(&mac.finalize().into_bytes())
        }
        // HMAC takes keys of any length, so this is never reached; an empty proof matches nothing.
        Err(_) => String::new(),
    }
}

/// Version, node and edge of a path; the version may be left out.
fn split_path(path: &str) -> (String, String, String) {
    let mut segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let is_version = segments.first().is_some_and(|first| {
        first.strip_prefix('v').is_some_and(|rest| rest.starts_with(|digit: char| digit.is_ascii_digit()))
    });
    let version = if is_version { segments.remove(0) } else { NEWEST };
    let node = segments.first().copied().unwrap_or("");
    let edge = segments.get(1..).unwrap_or_default().join("/");
    (version.to_owned(), node.to_owned(), edge)
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("OAuth ")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[tokio::test]
    async fn parameters_come_from_query_form_and_json() {
        let request = Request::post("/v26.0/act_1/insights?level=account&limit=5&access_token=t")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from("level=ad&fields=%5B%22spend%22%2C%22clicks%22%5D"))
            .unwrap();
        let call = Call::read(request).await.unwrap();
        assert_eq!((call.node.as_str(), call.edge.as_str()), ("act_1", "insights"));
        assert_eq!((call.param("level"), call.param("limit")), (Some("ad"), Some("5")));
        assert_eq!(call.list("fields").unwrap().unwrap(), ["spend", "clicks"]);
        assert_eq!(call.token.as_deref(), Some("t"));

        let request = Request::post("/act_1/insights")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, "Bearer t2")
            .body(Body::from(r#"{"time_range":{"since":"2026-01-01"},"level":"ad"}"#))
            .unwrap();
        let call = Call::read(request).await.unwrap();
        assert_eq!(call.version, "v26.0");
        assert_eq!(call.param("time_range"), Some(r#"{"since":"2026-01-01"}"#));
        assert_eq!(call.token.as_deref(), Some("t2"));
    }

    #[tokio::test]
    async fn old_versions_are_refused() {
        let request = Request::get("/v19.0/me").body(Body::empty()).unwrap();
        assert_eq!(Call::read(request).await.unwrap_err().code, 2635);
    }

    #[test]
    fn proof_is_the_documented_hmac() {
        // RFC 4231, test case 2.
        assert_eq!(
            appsecret_proof("what do ya want for nothing?", "Jefe"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}

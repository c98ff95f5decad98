//! A request to the API, taken apart: path without its version, query, token, body.
use super::error::ApiError;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use serde_json::Value;

const LONGEST_ADDRESS: usize = 15_000;
const LARGEST_BODY: usize = 3 << 20;
/// The versions that are served: by date, and the older numbered ones.
const VERSIONS: [&str; 5] = ["2026-09", "2026-03", "v4", "v3", "v1"];

/// A request, taken apart.
pub struct Call {
    /// Its method.
    pub method: Method,
    /// The path in parts, without the version.
    pub path: Vec<String>,
    /// The whole path.
    pub whole_path: String,
    /// Query parameters in their order, decoded.
    pub query: Vec<(String, String)>,
    /// The body; null when there is none.
    pub body: Value,
    headers: HeaderMap,
}

/// Whether a part of a path says a version, served or not.
fn is_version(part: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    part.strip_prefix('v').is_some_and(digits)
        || part.split_once('-').is_some_and(|(year, month)| year.len() == 4 && digits(year) && digits(month))
}

/// The parts of a path without the version.
pub fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !part.is_empty() && !is_version(part)).collect()
}

impl Call {
    /// Takes a request apart.
    pub async fn read(request: Request) -> Result<Call, ApiError> {
        let (head, body) = request.into_parts();
        if head.uri.path_and_query().map_or(0, |text| text.as_str().len()) > LONGEST_ADDRESS {
            return Err(ApiError::too_long());
        }
        let bytes = axum::body::to_bytes(body, LARGEST_BODY)
            .await
            .map_err(|_| ApiError::invalid("The request body is too large"))?;
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)
                .map_err(|_| ApiError::invalid("Invalid input JSON on line 1, column 1"))?
        };
        let whole_path = head.uri.path().to_owned();
        let version = whole_path.split('/').find(|part| is_version(part));
        if version.is_none_or(|version| !VERSIONS.contains(&version)) {
            return Err(ApiError::no_path(&whole_path));
        }
        let path = parts(&whole_path).into_iter().map(str::to_owned).collect();
        let query = url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes());
        let query = query.into_owned().collect();
        Ok(Call { method: head.method, path, whole_path, query, body, headers: head.headers })
    }

    /// A query parameter's last value.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A query parameter as a list: separated by commas, or given more than once.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let given = self.query.iter().filter(|(key, _)| key == name);
        given.flat_map(|(_, value)| value.split(',')).map(str::trim).filter(|part| !part.is_empty()).collect()
    }

    /// A query parameter that is true or false.
    pub fn flag(&self, name: &str) -> bool {
        self.param(name) == Some("true")
    }

    /// The number of records asked for: at least 1, at most `most`.
    pub fn limit(&self, usual: usize, most: usize) -> Result<usize, ApiError> {
        let Some(text) = self.param("limit") else { return Ok(usual) };
        match text.parse::<usize>() {
            Ok(limit) if (1..=most).contains(&limit) => Ok(limit),
            _ => Err(ApiError::invalid(format!("Invalid limit: {text}. It must be between 1 and {most}."))),
        }
    }

    /// The bearer token.
    pub fn token(&self) -> Option<&str> {
        self.headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
    }
}

//! A request to the API, taken apart: path, query, revision, credentials, body.
use super::error::ApiError;
use crate::AppState;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use jiff::civil::Date;
use serde_json::Value;

const LARGEST_BODY: usize = 5 << 20;

/// A request, taken apart.
pub struct Call {
    /// Its method.
    pub method: Method,
    /// The path below `/api`, in parts.
    pub path: Vec<String>,
    /// The whole path below the face's own.
    pub whole_path: String,
    /// Query parameters in their order, decoded.
    pub query: Vec<(String, String)>,
    /// The body; null when there is none.
    pub body: Value,
    headers: HeaderMap,
}

impl Call {
    /// Takes a request apart.
    pub async fn read(request: Request) -> Result<Call, ApiError> {
        let (parts, body) = request.into_parts();
        let bytes = axum::body::to_bytes(body, LARGEST_BODY)
            .await
            .map_err(|_| ApiError::body("/", "The body must not be larger than 5 MB."))?;
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).map_err(|_| ApiError::body("/", "The body must be valid JSON."))?
        };
        let whole_path = parts.uri.path().to_owned();
        let below = whole_path.strip_prefix("/api").unwrap_or(&whole_path);
        let path = below.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let query = parts.uri.query().unwrap_or_default();
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Ok(Call { method: parts.method, path, whole_path, query, body, headers: parts.headers })
    }

    /// Lowers the number of a parameter to the largest page.
    pub fn cap(&mut self, name: &str, app: &AppState) {
        for (_, value) in self.query.iter_mut().filter(|(key, _)| key == name) {
            if let Ok(size) = value.parse() {
                *value = app.largest_page(size).to_string();
            }
        }
    }

    /// A query parameter's last value.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A query parameter as a list: separated by commas, or given more than once.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let given = self.query.iter().filter(|(key, _)| key == name);
        given.flat_map(|(_, value)| value.split(',')).filter(|part| !part.is_empty()).collect()
    }

    /// What stands in the `Authorization` header.
    pub fn authorization(&self) -> Option<&str> {
        self.headers.get(header::AUTHORIZATION)?.to_str().ok()
    }

    /// Refuses a call without a revision, or with one that is no longer served on `today`.
    pub fn check_revision(&self, today: Date) -> Result<(), ApiError> {
        let text = self.headers.get("revision").and_then(|value| value.to_str().ok()).unwrap_or_default();
        // a beta's suffix, such as `.pre`, does not change the date
        let date = text.get(..10).and_then(|date| date.parse::<Date>().ok());
        let Some(date) = date else {
            let detail = "A revision header in the form YYYY-MM-DD[.suffix] is required.";
            return Err(ApiError::parameter("revision", detail));
        };
        // a year stable, then a year deprecated
        if date.year() + 2 < today.year()
            || date.year() + 2 == today.year() && (date.month(), date.day()) < (today.month(), today.day())
        {
            return Err(ApiError::retired(text));
        }
        Ok(())
    }
}

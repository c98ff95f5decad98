//! One call: path, query, body and token.
use super::error::SpError;
use axum::extract::Request;
use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use url::form_urlencoded;

const BODY_LIMIT: usize = 1 << 20;

/// A call.
#[derive(Debug)]
pub struct Call {
    /// HTTP method.
    pub method: Method,
    /// The path without the face's prefix.
    pub raw_path: String,
    /// Its words.
    pub path: Vec<String>,
    /// The query's parameters as sent.
    pub query: Vec<(String, String)>,
    /// The body as sent.
    pub body: Bytes,
    /// `x-amz-access-token`.
    pub token: Option<String>,
}

impl Call {
    /// Reads a request whose path no longer has the face's prefix.
    pub async fn read(request: Request) -> Result<Call, SpError> {
        let (parts, body) = request.into_parts();
        let raw_path = parts.uri.path().to_owned();
        let token = parts.headers.get("x-amz-access-token").and_then(|value| value.to_str().ok());
        Ok(Call {
            path: raw_path.split('/').filter(|word| !word.is_empty()).map(str::to_owned).collect(),
            raw_path,
            query: form_urlencoded::parse(parts.uri.query().unwrap_or("").as_bytes()).into_owned().collect(),
            token: token.map(str::to_owned),
            method: parts.method,
            body: axum::body::to_bytes(body, BODY_LIMIT)
                .await
                .map_err(|_| SpError::invalid("The request body could not be read."))?,
        })
    }

    /// A parameter that was sent and is not empty.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(sent, _)| sent == name)
            .map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty())
    }

    /// A list parameter: repeated, or separated by commas.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let sent = self.query.iter().filter(|(sent, _)| sent == name);
        sent.flat_map(|(_, value)| value.split(',')).filter(|word| !word.is_empty()).collect()
    }

    /// A moment in ISO 8601, in seconds; a day alone is its first second in UTC.
    pub fn moment(&self, name: &str) -> Result<Option<i64>, SpError> {
        self.param(name).map(|text| moment(text, name)).transpose()
    }

    /// Refuses parameters that the operation does not have.
    pub fn only(&self, allowed: &[&str]) -> Result<(), SpError> {
        match self.query.iter().find(|(name, _)| !allowed.contains(&name.as_str())) {
            Some((name, _)) => Err(SpError::invalid(format!("Unknown parameter: {name}"))),
            None => Ok(()),
        }
    }
}

/// Reads a moment or a day.
pub fn moment(text: &str, name: &str) -> Result<i64, SpError> {
    let bad = || SpError::invalid(format!("{name} is not a valid ISO 8601 date: {text}"));
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment.as_second());
    }
    let day: Date = text.parse().map_err(|_| bad())?;
    Ok(crate::world::days::start_of(day, &TimeZone::UTC))
}

/// ISO 8601 in UTC, as the platform writes it.
pub fn iso(at: i64) -> String {
    Timestamp::from_second(at).unwrap_or_default().to_string()
}

/// An opaque token that holds some numbers.
pub fn token_of(numbers: &[i64]) -> String {
    let words: Vec<String> = numbers.iter().map(i64::to_string).collect();
    URL_SAFE_NO_PAD.encode(words.join(":"))
}

/// The numbers of a token, if it has so many.
pub fn numbers_of<const N: usize>(token: &str) -> Option<[i64; N]> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let numbers: Vec<i64> = text.split(':').map(|word| word.parse().ok()).collect::<Option<_>>()?;
    numbers.try_into().ok()
}

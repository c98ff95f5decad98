//! Ten-second and daily windows, the narrower one of searches, and the headers that tell of them.
use super::error::ApiError;
use crate::AppState;
use crate::windows::{Level, Window, Windows};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use std::time::Instant;

/// Whose token a call carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// An account's own key: 190 calls in ten seconds and a daily number.
    Key,
    /// An installed app: 110 calls in ten seconds.
    App,
}

const KEY: &[Window] = &[(10, 190), (86_400, 625_000)];
const APP: &[Window] = &[(10, 110)];
const SEARCH: &[Window] = &[(1, 5)];

/// Counts a call; searches have their own window and tell nothing of it.
pub fn admit(
    app: &AppState,
    windows: &Windows,
    bearer: Bearer,
    point: &str,
) -> Result<Option<Vec<Level>>, ApiError> {
    if app.options.unlimited {
        return Ok(None);
    }
    let (name, limits) = match (point.starts_with("hubspot.search"), bearer) {
        (true, _) => ("search", SEARCH),
        (_, Bearer::Key) => ("key", KEY),
        (_, Bearer::App) => ("app", APP),
    };
    match windows.count(name, limits, Instant::now()) {
        Ok(_) if name == "search" => Ok(None),
        Ok(levels) => Ok(Some(levels)),
        Err(full) => Err(ApiError::throttled(match full.length.as_secs() {
            1 => "SECONDLY",
            10 => "TEN_SECONDLY_ROLLING",
            _ => "DAILY",
        })),
    }
}

/// Writes the state of the windows.
pub fn write_headers(headers: &mut HeaderMap, levels: &[Level]) {
    let mut put = |name: &'static str, value: u64| {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    };
    if let Some(short) = levels.first() {
        put("x-hubspot-ratelimit-max", short.limit);
        put("x-hubspot-ratelimit-remaining", short.remaining);
        put("x-hubspot-ratelimit-interval-milliseconds", short.length.as_secs() * 1_000);
    }
    if let Some(daily) = levels.get(1) {
        put("x-hubspot-ratelimit-daily", daily.limit);
        put("x-hubspot-ratelimit-daily-remaining", daily.remaining);
    }
}

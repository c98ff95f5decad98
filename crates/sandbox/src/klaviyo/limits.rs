//! Burst, steady and daily windows by endpoint, in the headers and enforced.
use super::error::ApiError;
use crate::AppState;
use crate::windows::{Level, Window, Windows};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use std::time::Instant;

/// The windows of a point: calls a second, a minute and, for some, a day.
pub fn windows(point: &str) -> &'static [Window] {
    match point {
        "klaviyo.accounts" | "klaviyo.webhooks" => &[(1, 1), (60, 15)],
        "klaviyo.flows" => &[(1, 3), (60, 60)],
        "klaviyo.profiles" | "klaviyo.lists" | "klaviyo.segments" => &[(1, 75), (60, 750)],
        "klaviyo.events" => &[(1, 350), (60, 3_500)],
        "klaviyo.campaign_report" | "klaviyo.flow_report" | "klaviyo.flow_series" => {
            &[(1, 1), (60, 2), (86_400, 225)]
        }
        _ => &[(1, 10), (60, 150)],
    }
}

/// Counts a call against its point's windows.
pub fn admit(
    state: &AppState,
    windows_of: &Windows,
    point: &'static str,
) -> Result<Option<Vec<Level>>, ApiError> {
    if state.options.unlimited {
        return Ok(None);
    }
    match windows_of.count(point, windows(point), Instant::now()) {
        Ok(levels) => Ok(Some(levels)),
        Err(full) => Err(ApiError::throttled(full.reset.as_secs() + 1)),
    }
}

/// Writes the state of the steady window, which successful answers carry.
pub fn write_headers(headers: &mut HeaderMap, levels: &[Level]) {
    let Some(steady) = levels.get(1) else { return };
    let each: Vec<String> =
        levels.iter().map(|level| format!("{};w={}", level.limit, level.length.as_secs())).collect();
    let burst = levels.first().map_or(0, |level| level.limit);
    let mut put = |name: &'static str, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put("ratelimit-limit", format!("{burst}, {}", each.join(", ")));
    put("ratelimit-remaining", steady.remaining.to_string());
    put("ratelimit-reset", steady.reset.as_secs().to_string());
}

//! Call limits by ad account and hour, reported in the usage headers and enforced.
use super::error::GraphError;
use crate::AppState;
use crate::options::MetaTier;
use crate::world::ads::Status;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Which limit a call counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Insights, synchronous or by report run.
    Insights,
    /// Everything else below an ad account.
    Management,
}

impl Bucket {
    /// The bucket of a point.
    pub fn of(point: &str) -> Bucket {
        match point {
            "meta.insights" | "meta.insights_create" | "meta.run" | "meta.run_insights" => Bucket::Insights,
            _ => Bucket::Management,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Bucket::Insights => "ads_insights",
            Bucket::Management => "ads_management",
        }
    }
}

#[derive(Debug)]
struct Window {
    began: Instant,
    calls: u64,
    refused: u64,
}

/// Calls made in the running windows; real time.
#[derive(Debug, Default)]
pub struct Usage {
    windows: Mutex<HashMap<Bucket, Window>>,
}

/// How full a bucket is after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    bucket: Bucket,
    /// Percent of the window's calls, above 100 when calls were refused.
    pub percent: u64,
    /// Time until the window begins anew.
    pub left: Duration,
    /// Refused calls in this window.
    refused: u64,
}

impl Level {
    /// A bucket that is just full.
    pub fn full(bucket: Bucket) -> Level {
        Level { bucket, percent: 100, left: Duration::ZERO, refused: 0 }
    }
}

impl Usage {
    /// Counts a call; over the limit it is refused with the level reached.
    pub fn count(&self, bucket: Bucket, limit: u64, length: Duration, now: Instant) -> (Level, bool) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(bucket).or_insert(Window { began: now, calls: 0, refused: 0 });
        if now.duration_since(window.began) >= length {
            *window = Window { began: now, calls: 0, refused: 0 };
        }
        window.calls += 1;
        let allowed = window.calls <= limit;
        window.refused += u64::from(!allowed);
        let percent = (window.calls * 100).div_ceil(limit.max(1));
        let left = length.saturating_sub(now.duration_since(window.began));
        (Level { bucket, percent, left, refused: window.refused }, allowed)
    }
}

/// Counts a call against the account's limit; the level is known even when the call is refused.
pub fn admit(state: &AppState, bucket: Bucket) -> (Level, Result<(), GraphError>) {
    let length = Duration::from_secs(state.options.meta.window_seconds.max(1));
    let limit = if state.options.unlimited { u64::MAX / 200 } else { limit(state, bucket) };
    let (level, allowed) = state.meta.usage.count(bucket, limit, length, Instant::now());
    if allowed {
        return (level, Ok(()));
    }
    // The platform words the same refusal in several codes; they come in turn.
    let turn = usize::try_from(level.refused.saturating_sub(1)).unwrap_or(0);
    (level, Err(GraphError::throttled(bucket == Bucket::Insights, turn)))
}

/// Calls an account may make in an hour.
fn limit(state: &AppState, bucket: Bucket) -> u64 {
    if let Some(calls) = state.options.meta.calls {
        return calls;
    }
    let ads = state.world.ads.read().unwrap_or_else(PoisonError::into_inner);
    let active = ads.ads.iter().filter(|ad| ad.status == Status::Active).count() as u64;
    match (bucket, state.options.meta.tier) {
        (Bucket::Insights, MetaTier::Limited) => 600 + 400 * active,
        (Bucket::Insights, MetaTier::Full) => 190_000 + 400 * active,
        (Bucket::Management, MetaTier::Limited) => 300 + 40 * active,
        (Bucket::Management, MetaTier::Full) => 100_000 + 40 * active,
    }
}

/// Writes the usage headers of a call on the account numbered `account`.
pub fn write_headers(headers: &mut HeaderMap, state: &AppState, account: u64, level: Level) {
    let tier = match state.options.meta.tier {
        MetaTier::Limited => "development_access",
        MetaTier::Full => "standard_access",
    };
    let percent = level.percent;
    let wait_minutes = if percent > 100 { level.left.as_secs().div_ceil(60) } else { 0 };
    let mut put = |name: &'static str, value: Value| {
        if let Ok(value) = HeaderValue::from_str(&value.to_string()) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    put(
        "x-business-use-case-usage",
        json!({ account.to_string(): [{
            "type": level.bucket.name(),
            "call_count": percent,
            "total_cputime": percent / 2,
            "total_time": percent / 2,
            "estimated_time_to_regain_access": wait_minutes,
            "ads_api_access_tier": tier,
        }] }),
    );
    put(
        "x-ad-account-usage",
        json!({"acc_id_util_pct": percent, "reset_time_duration": level.left.as_secs(),
            "ads_api_access_tier": tier}),
    );
    put(
        "x-app-usage",
        json!({"call_count": percent / 4, "total_time": percent / 8, "total_cputime": percent / 8}),
    );
    if level.bucket == Bucket::Insights {
        put(
            "x-fb-ads-insights-throttle",
            json!({"app_id_util_pct": percent / 4, "acc_id_util_pct": percent, "ads_api_access_tier": tier}),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_fills_refuses_and_begins_anew() {
        let usage = Usage::default();
        let (start, hour) = (Instant::now(), Duration::from_secs(3600));
        let mut last = None;
        for call in 1..=5 {
            let (level, allowed) = usage.count(Bucket::Insights, 4, hour, start);
            assert_eq!(allowed, call <= 4);
            last = Some(level);
        }
        assert_eq!(last.unwrap().percent, 125);
        assert!(usage.count(Bucket::Management, 4, hour, start).1, "buckets are separate");
        assert!(usage.count(Bucket::Insights, 4, hour, start + hour).1);
    }
}

//! The face of the European Central Bank's data API, nested under `/ecb`, written from its documents (SDMX 2.1 REST:
//! dataflow `EXR`, series keys with wildcards, `startPeriod`, `endPeriod`, `lastNObservations`, CSV and JSON).
use crate::AppState;
use crate::draw::Draw;
use crate::faces::Face;
use crate::server::Platform;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::civil::{Date, Weekday, date};
use jiff::tz::TimeZone;
use serde_json::json;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// How the sandbox serves this platform.
pub const FACE: Face = Face { id: "ecb", router, platform, point_of, throttled, expired_token };

/// Currencies and about what one euro is worth, in ten thousandths.
const CURRENCIES: [(&str, i64); 6] =
    [("CHF", 9_500), ("GBP", 8_600), ("JPY", 1_640_000), ("SEK", 113_000), ("THB", 380_000), ("USD", 10_900)];
/// The first day with rates.
const FIRST: Date = date(1999, 1, 4);
/// Hour (UTC) from which the day's rates are there.
const PUBLISHED: i8 = 15;

/// A published rate: currency, day, units for one euro in ten thousandths.
pub type Published = (&'static str, Date, i64);

/// The rates of the days, both included, that are published by now, by currency and day.
pub fn rates(state: &AppState, from: Date, to: Date) -> Vec<Published> {
    let now = TimeZone::UTC.to_datetime(state.world.now());
    let last = if now.hour() < PUBLISHED { now.date().yesterday().unwrap_or(FIRST) } else { now.date() };
    let (from, to) = (from.max(FIRST), to.min(last));
    let working = |day: &Date| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    let mut found = Vec::new();
    for (at, (currency, about)) in (1_u64..).zip(CURRENCIES) {
        let days = from.series(jiff::ToSpan::day(1)).take_while(|day| *day <= to).filter(working);
        found.extend(days.map(|day| {
            let number =
                u64::from(day.year().unsigned_abs()) * 400 + u64::from(day.day_of_year().unsigned_abs());
            let off = Draw::new(&[state.options.seed, at, number]).between(-300, 300);
            (currency, day, about + about * off / 10_000)
        }));
    }
    found
}

fn router(state: Arc<AppState>) -> Router {
    Router::new()
        .route("/service/data/EXR/{key}", get(series))
        .fallback(|| async { no_results() })
        .with_state(state)
}

fn platform(state: &AppState) -> Option<Platform> {
    let base_url = format!("{}/ecb", state.address);
    Some(Platform { base_url, fields: [].into(), secrets: [].into(), oauth: [].into() })
}

fn point_of(_method: &Method, _path: &str) -> &'static str {
    "ecb.rates"
}

fn throttled(_state: &AppState, _point: &str) -> Response {
    let mut response = (StatusCode::TOO_MANY_REQUESTS, "Too Many Requests").into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// There is no token; a proxy between might ask for one.
fn expired_token(_point: &str) -> Response {
    StatusCode::UNAUTHORIZED.into_response()
}

fn no_results() -> Response {
    (StatusCode::NOT_FOUND, "No results found.").into_response()
}

async fn series(
    State(state): State<Arc<AppState>>,
    Path(key): Path<String>,
    Query(asked): Query<HashMap<String, String>>,
) -> Response {
    let parts: Vec<&str> = key.split('.').collect();
    let [frequency, currencies, denominator, kind, suffix] = parts[..] else {
        return (StatusCode::BAD_REQUEST, "The key has not the five dimensions of EXR.").into_response();
    };
    if (frequency, denominator, kind, suffix) != ("D", "EUR", "SP00", "A") {
        return no_results();
    }
    let day = |name: &str| asked.get(name).map(|text| text.parse::<Date>());
    let (Ok(from), Ok(to)) =
        (day("startPeriod").unwrap_or(Ok(FIRST)), day("endPeriod").unwrap_or(Ok(Date::MAX)))
    else {
        return (StatusCode::BAD_REQUEST, "A period is not a day.").into_response();
    };
    let wanted = |currency: &str| currencies.is_empty() || currencies.split('+').any(|one| one == currency);
    let mut found = rates(&state, from, to);
    found.retain(|(currency, ..)| wanted(currency));
    if let Some(Ok(last)) = asked.get("lastNObservations").map(|text| text.parse::<usize>()) {
        let mut kept = Vec::new();
        for (currency, _) in CURRENCIES {
            let of: Vec<Published> = found.iter().filter(|one| one.0 == currency).copied().collect();
            kept.extend_from_slice(&of[of.len().saturating_sub(last)..]);
        }
        found = kept;
    }
    if found.is_empty() {
        return no_results();
    }
    match asked.get("format").map(String::as_str) {
        Some("csvdata") => {
            let mut text = String::from(
                "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE\r\n",
            );
            for (currency, day, value) in found {
                // writing to a string cannot fail
                let _ = write!(
                    text,
                    "EXR.D.{currency}.EUR.SP00.A,D,{currency},EUR,SP00,A,{day},{}.{:04}\r\n",
                    value / 10_000,
                    value % 10_000
                );
            }
            let kind = "application/vnd.sdmx.data+csv;version=1.0.0;charset=UTF-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        _ => axum::Json(json!({
            "header": {"id": "sandbox", "test": true, "sender": {"id": "ECB"}},
            "dataSets": [{"action": "Replace", "series": {}}],
        }))
        .into_response(),
    }
}

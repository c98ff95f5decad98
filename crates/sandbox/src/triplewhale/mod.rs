//! The Triple Whale API face, nested under `/triplewhale`, written from the documents of its API v2.
//!
//! `empty.myshopify.com` is a second shop of the same key, in which nothing ever happened.
mod journeys;
mod pixel;
mod sql;
mod summary;
mod tables;

use crate::AppState;
use crate::faces::Face;
use crate::server::Platform;
use crate::windows::{Window, Windows};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;

/// How the sandbox serves this platform.
pub const FACE: Face = Face { id: "triplewhale", router, platform, point_of, throttled, expired_token };

/// Calls of one key to one endpoint in a minute, as `RateLimit-Policy: 100;w=60` says.
const CALLS: Window = (60, 100);
const EMPTY_SHOP: &str = "empty.myshopify.com";

struct Shared {
    app: Arc<AppState>,
    windows: Windows,
    key: String,
    shop: String,
}

/// An answer in the platform's own error form.
struct Refusal(StatusCode, String);

impl Refusal {
    fn bad(words: impl Into<String>) -> Refusal {
        Refusal(StatusCode::BAD_REQUEST, words.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, axum::Json(json!({"success": false, "message": self.1}))).into_response()
    }
}

/// Which of the key's shops a call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shop {
    World,
    Empty,
}

fn router(state: Arc<AppState>) -> Router {
    let (key, shop) = (key(&state), shop_domain(&state));
    let shared = Shared { app: state, windows: Windows::default(), key, shop };
    Router::new()
        .route("/api/v2/users/api-keys/me", get(check_key))
        .route("/api/v2/orcabase/api/sql", post(run_sql))
        .route("/api/v2/attribution/get-orders-with-journeys-v2", post(orders_with_journeys))
        .route("/api/v2/summary-page/get-data", post(summary_page))
        .fallback(|| async { Refusal(StatusCode::NOT_FOUND, "Not Found".to_owned()).into_response() })
        .with_state(Arc::new(shared))
}

fn key(state: &AppState) -> String {
    state.secrets.word("triplewhale api key")[..40].to_owned()
}

fn shop_domain(state: &AppState) -> String {
    format!("{}.myshopify.com", state.world.brand.name)
}

fn platform(state: &AppState) -> Option<Platform> {
    let brand = &state.world.brand;
    Some(Platform {
        base_url: format!("{}/triplewhale", state.address),
        fields: [
            ("shop_domain", shop_domain(state)),
            ("currency", brand.currency.clone()),
            ("time_zone", brand.time_zone.iana_name().unwrap_or("UTC").to_owned()),
        ]
        .into(),
        secrets: [("api_key", key(state))].into(),
        oauth: [].into(),
    })
}

fn point_of(_method: &Method, path: &str) -> &'static str {
    match path.strip_prefix("/api/v2/").unwrap_or("") {
        "users/api-keys/me" => "triplewhale.key",
        "orcabase/api/sql" => "triplewhale.sql",
        "attribution/get-orders-with-journeys-v2" => "triplewhale.journeys",
        "summary-page/get-data" => "triplewhale.summary",
        _ => "triplewhale.other",
    }
}

fn throttled(_state: &AppState, _point: &str) -> Response {
    too_many(1)
}

fn too_many(seconds: u64) -> Response {
    let words = format!("Rate limit exceeded. Please wait {seconds} seconds before retrying.");
    let mut response = Refusal(StatusCode::TOO_MANY_REQUESTS, words).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Keys do not expire; one that was withdrawn answers so.
fn expired_token(_point: &str) -> Response {
    unauthorized().into_response()
}

fn unauthorized() -> Refusal {
    Refusal(StatusCode::UNAUTHORIZED, "Unauthorized".to_owned())
}

impl Shared {
    /// Checks the key and the limit of `endpoint`, answers the call and writes the limit's headers.
    fn answer(
        &self,
        headers: &HeaderMap,
        endpoint: &str,
        body: impl FnOnce() -> Result<Value, Refusal>,
    ) -> Response {
        let given = headers.get("x-api-key").and_then(|value| value.to_str().ok());
        if given != Some(self.key.as_str()) {
            return unauthorized().into_response();
        }
        let counted = self.windows.count(endpoint, &[CALLS], Instant::now());
        let limited = !self.app.options.unlimited;
        let levels = match counted {
            Ok(levels) => levels,
            Err(full) if limited => return too_many(full.reset.as_secs().max(1)),
            Err(_) => Vec::new(),
        };
        let mut response = match body() {
            Ok(value) => axum::Json(value).into_response(),
            Err(refusal) => refusal.into_response(),
        };
        for level in levels.iter().filter(|_| limited) {
            let policy = format!("{};w={}", level.limit, level.length.as_secs());
            let (remaining, reset) = (level.remaining, level.reset.as_secs());
            let usage = format!("limit={}, remaining={remaining}, reset={reset}", level.limit);
            for (name, text) in [("ratelimit-policy", policy), ("ratelimit", usage)] {
                if let Ok(value) = HeaderValue::from_str(&text) {
                    response.headers_mut().insert(name, value);
                }
            }
        }
        response
    }

    /// The shop that a body names under `field`.
    fn shop(&self, body: &Value, field: &str, missing: StatusCode) -> Result<Shop, Refusal> {
        match body.get(field).and_then(Value::as_str) {
            Some(name) if name == self.shop => Ok(Shop::World),
            Some(EMPTY_SHOP) => Ok(Shop::Empty),
            Some(_) => Err(Refusal(StatusCode::FORBIDDEN, "You do not have access to this shop".to_owned())),
            // the platform words a forgotten shop like a forgotten token
            None if missing == StatusCode::FORBIDDEN => {
                Err(Refusal(missing, "Access token is required".to_owned()))
            }
            None => Err(Refusal(missing, incomplete())),
        }
    }
}

fn incomplete() -> String {
    "Invalid request. Please ensure all required fields are correctly populated.".to_owned()
}

fn read(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::bad("Invalid JSON in the request body"))
}

/// A day given as `YYYY-MM-DD`, or the day a longer ISO 8601 text begins with.
fn day(value: Option<&Value>) -> Option<Date> {
    value?.as_str()?.get(..10)?.parse().ok()
}

async fn check_key(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    shared.answer(&headers, "key", || Ok(json!({})))
}

async fn run_sql(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    shared.answer(&headers, "sql", || {
        let body = read(&body)?;
        let shop = shared.shop(&body, "shopId", StatusCode::FORBIDDEN)?;
        let period = body.get("period");
        let from = day(period.and_then(|period| period.get("startDate")));
        let to = day(period.and_then(|period| period.get("endDate")));
        let query = body.get("query").and_then(Value::as_str);
        let (Some(query), Some(from), Some(to)) = (query, from, to) else {
            let missing =
                [("query", query.is_none()), ("startDate", from.is_none()), ("endDate", to.is_none())];
            let names: Vec<&str> = missing.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
            return Err(Refusal::bad(format!("Missing fields: {}", names.join(", "))));
        };
        let query = sql::parse(query, from, to).map_err(Refusal::bad)?;
        let rows = match shop {
            Shop::World => tables::rows(&shared.app, &query).map_err(Refusal::bad)?,
            Shop::Empty => Vec::new(),
        };
        let data = sql::run(&query, rows).map_err(Refusal::bad)?;
        Ok(json!({"success": true, "message": "The query was executed successfully.", "data": data}))
    })
}

async fn orders_with_journeys(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    shared.answer(&headers, "journeys", || {
        let body = read(&body)?;
        let shop = shared.shop(&body, "shop", StatusCode::BAD_REQUEST)?;
        journeys::answer(&shared.app, shop == Shop::Empty, &body)
    })
}

async fn summary_page(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    shared.answer(&headers, "summary", || {
        let body = read(&body)?;
        let shop = shared.shop(&body, "shopDomain", StatusCode::BAD_REQUEST)?;
        summary::answer(&shared.app, shop == Shop::Empty, &body)
    })
}

//! The GoHighLevel (LeadConnector) API face, nested under `/gohighlevel`, written from its documents for v3
//! and, where tokens and searches differ, 2021-07-28. Its contacts are the shop's customers; its
//! opportunities are the orders that began as drafts.
//!
//! `EmptyLocation0000000` is a second location of the same tokens, in which nothing ever happened.
mod contacts;
mod oauth;
mod opportunities;

use crate::AppState;
use crate::draw::mix;
use crate::faces::Face;
use crate::server::Platform;
use crate::webhooks::changes::Change;
use crate::windows::{Level, Window, Windows};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// How the sandbox serves this platform.
pub const FACE: Face = Face { id: "gohighlevel", router, platform, point_of, throttled, expired_token };

/// Calls of an app on one location in ten seconds, and in a day.
const BURST: Window = (10, 100);
const DAILY: Window = (86_400, 200_000);
const EMPTY_LOCATION: &str = "EmptyLocation0000000";
/// The versions that a call may name.
const VERSIONS: [&str; 3] = ["v3", "2021-07-28", "2023-02-21"];

struct Shared {
    app: Arc<AppState>,
    windows: Windows,
    tokens: oauth::Tokens,
    location: String,
    /// Contacts that were deleted through the API, by customer.
    deleted: Mutex<BTreeSet<usize>>,
}

/// An answer in the platform's own error form.
#[derive(Debug)]
struct Refusal {
    status: StatusCode,
    message: Value,
    error: &'static str,
}

impl Refusal {
    fn new(status: StatusCode, message: impl Into<String>, error: &'static str) -> Refusal {
        Refusal { status, message: Value::String(message.into()), error }
    }

    fn bad(message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, message, "Bad Request")
    }

    fn unauthorized(message: &str) -> Refusal {
        Refusal::new(StatusCode::UNAUTHORIZED, message, "Unauthorized")
    }

    /// What a body or query says wrongly, as a list.
    fn invalid(message: impl Into<String>) -> Refusal {
        let message = json!([message.into()]);
        Refusal { status: StatusCode::UNPROCESSABLE_ENTITY, message, error: "Unprocessable Entity" }
    }

    fn not_found(message: &str) -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, message, "Not Found")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({
            "statusCode": self.status.as_u16(), "message": self.message, "error": self.error,
            "traceId": "00000000-0000-4000-8000-000000000000",
        });
        (self.status, axum::Json(body)).into_response()
    }
}

fn router(state: Arc<AppState>) -> Router {
    let shared = Shared {
        windows: Windows::default(),
        tokens: oauth::Tokens::new(&state),
        location: location(&state),
        deleted: Mutex::default(),
        app: state,
    };
    Router::new()
        .route("/v2/oauth/chooselocation", get(oauth::authorize))
        .route("/oauth/chooselocation", get(oauth::authorize))
        .route("/oauth/token", post(oauth::token))
        .route("/oauth/location-token", post(oauth::location_token))
        .route("/oauth/locationToken", post(oauth::location_token))
        .route("/contacts/search", post(search_contacts))
        .route("/contacts/{id}", get(one_contact).delete(delete_contact))
        .route("/opportunities/search", get(list_opportunities).post(search_opportunities))
        .route("/opportunities/pipelines", get(pipelines))
        .route("/opportunities/{id}", get(one_opportunity))
        .route("/locations/{id}", get(one_location))
        .fallback(|| async { Refusal::not_found("Not Found").into_response() })
        .with_state(Arc::new(shared))
}

/// The id of the world's location.
pub fn location(state: &AppState) -> String {
    identifier(state.options.seed, "location", 1)
}

fn company(state: &AppState) -> String {
    identifier(state.options.seed, "company", 1)
}

/// What happened to contacts and opportunities after `since` (seconds since 1970, UTC), by the platform's own names.
pub fn changes(state: &AppState, since: i64) -> Vec<Change> {
    let shop = state.world.shop();
    let id = |kind, number| identifier(state.options.seed, kind, number);
    let contacts = shop.customers.iter().filter(|one| one.updated_at > since).map(|one| {
        let topic = if one.created_at > since { "ContactCreate" } else { "ContactUpdate" };
        (topic, id("contact", one.id))
    });
    let drafts = shop.orders.iter().filter(|one| opportunities::is_one(one) && one.updated_at > since);
    let opportunities = drafts.map(|one| {
        let topic = if one.placed_at > since { "OpportunityCreate" } else { "OpportunityStatusUpdate" };
        (topic, id("opportunity", one.id))
    });
    contacts.chain(opportunities).collect()
}

/// A 20-character id, the same for the same seed, kind and number.
fn identifier(seed: u64, kind: &str, number: u64) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut draw = kind.bytes().fold(seed, |state, byte| mix(state ^ u64::from(byte))) ^ mix(number);
    let mut text = String::with_capacity(20);
    for _ in 0..20 {
        draw = mix(draw);
        text.push(char::from(LETTERS[(draw % 62) as usize]));
    }
    text
}

fn platform(state: &AppState) -> Option<Platform> {
    let tokens = oauth::Tokens::new(state);
    let key = state.webhooks.public_key().unwrap_or_default();
    Some(Platform {
        base_url: format!("{}/gohighlevel", state.address),
        fields: [("location_id", location(state)), ("webhook_public_key", key)].into(),
        secrets: [("access_token", tokens.private().to_owned())].into(),
        oauth: [
            ("client_id", tokens.client_id().to_owned()),
            ("client_secret", tokens.client_secret().to_owned()),
            ("refresh_token", tokens.first_refresh()),
        ]
        .into(),
    })
}

fn point_of(method: &Method, path: &str) -> &'static str {
    match path {
        "/oauth/token" | "/oauth/location-token" | "/oauth/locationToken" => "gohighlevel.token",
        "/contacts/search" => "gohighlevel.contacts",
        "/opportunities/search" => "gohighlevel.opportunities",
        "/opportunities/pipelines" => "gohighlevel.pipelines",
        path if path.ends_with("/chooselocation") => "gohighlevel.authorize",
        path if path.starts_with("/contacts/") && *method == Method::GET => "gohighlevel.contact",
        path if path.starts_with("/contacts/") => "gohighlevel.contact_write",
        path if path.starts_with("/opportunities/") => "gohighlevel.opportunity",
        path if path.starts_with("/locations/") => "gohighlevel.location",
        _ => "gohighlevel.other",
    }
}

fn throttled(_state: &AppState, _point: &str) -> Response {
    too_many(DAILY.1 - 1)
}

fn too_many(daily_remaining: u64) -> Response {
    let refusal = Refusal::new(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests", "Too Many Requests");
    let mut response = refusal.into_response();
    write_limits(&mut response, 0, daily_remaining);
    response
}

fn write_limits(response: &mut Response, remaining: u64, daily: u64) {
    for (name, value) in [
        ("x-ratelimit-limit-daily", DAILY.1),
        ("x-ratelimit-daily-remaining", daily),
        ("x-ratelimit-daily-reset", 86_400_000),
        ("x-ratelimit-interval-milliseconds", 10_000),
        ("x-ratelimit-max", BURST.1),
        ("x-ratelimit-remaining", remaining),
    ] {
        response.headers_mut().insert(name, HeaderValue::from(value));
    }
}

fn expired_token(_point: &str) -> Response {
    Refusal::unauthorized("Invalid token: access token is expired").into_response()
}

/// Moments as the platform writes them.
fn iso(at: i64) -> String {
    Timestamp::from_second(at).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

/// A call that may see something: its query and its body, both by name.
struct Call {
    query: HashMap<String, String>,
    body: Value,
    /// The token's only location; company tokens and private tokens of the agency see all.
    bound: Option<String>,
}

impl Call {
    /// A query parameter under its v3 name or its older one.
    fn param(&self, names: &[&str]) -> Option<&str> {
        names
            .iter()
            .find_map(|name| self.query.get(*name))
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }
}

impl Shared {
    /// Checks version, token and limits, answers and writes the limit's headers.
    fn answer(
        &self,
        headers: &HeaderMap,
        query: Option<String>,
        body: &[u8],
        respond: impl FnOnce(&Call) -> Result<Value, Refusal>,
    ) -> Response {
        let call = match self.admit(headers, query, body) {
            Ok(call) => call,
            Err(refusal) => return refusal.into_response(),
        };
        let limited = !self.app.options.unlimited;
        let key = call.bound.as_deref().unwrap_or("company");
        let now = Instant::now();
        // a refused call counts against the day all the same
        let [burst, daily] = [BURST, DAILY].map(|window| self.windows.count(key, &[window], now));
        let left = |counted: &Result<Vec<Level>, Level>| match counted {
            Ok(levels) => levels.first().map_or(0, |level| level.remaining),
            Err(_) => 0,
        };
        if limited && (burst.is_err() || daily.is_err()) {
            return too_many(left(&daily));
        }
        let mut response = match respond(&call) {
            Ok(value) => axum::Json(value).into_response(),
            Err(refusal) => refusal.into_response(),
        };
        if limited {
            write_limits(&mut response, left(&burst), left(&daily));
        }
        response
    }

    fn admit(&self, headers: &HeaderMap, query: Option<String>, body: &[u8]) -> Result<Call, Refusal> {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let version = text("version").ok_or(Refusal::unauthorized("version header was not found."))?;
        if !VERSIONS.contains(&version) {
            return Err(Refusal::unauthorized("version header is invalid."));
        }
        let bearer = text(header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
        let bearer = bearer.ok_or(Refusal::unauthorized("Invalid token: access token is invalid"))?;
        let bound = self.tokens.check(bearer, self.app.world.now().as_second())?;
        let query = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
        let body = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(body).map_err(|_| Refusal::bad("Unexpected token in JSON"))?
        };
        Ok(Call { query, body, bound })
    }

    /// Whether the call may see `location`, and whether there is something to see.
    fn see(&self, call: &Call, location: Option<&str>) -> Result<bool, Refusal> {
        let location = location.ok_or_else(|| Refusal::invalid("locationId must be a string"))?;
        let known = location == self.location || location == EMPTY_LOCATION;
        let allowed = call.bound.as_deref().is_none_or(|bound| bound == location);
        if !known || !allowed {
            return Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "The token does not have access to this location.",
                "Forbidden",
            ));
        }
        Ok(location == self.location)
    }

    fn deleted(&self) -> BTreeSet<usize> {
        self.deleted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn search_contacts(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    shared.answer(&headers, None, &body, |call| contacts::search(&shared, call))
}

async fn one_contact(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    shared.answer(&headers, None, &[], |call| contacts::one(&shared, call, &id))
}

async fn delete_contact(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    shared.answer(&headers, None, &[], |call| contacts::delete(&shared, call, &id))
}

async fn list_opportunities(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    shared.answer(&headers, query, &[], |call| opportunities::list(&shared, call))
}

async fn search_opportunities(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    shared.answer(&headers, None, &body, |call| opportunities::search(&shared, call))
}

async fn one_opportunity(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    shared.answer(&headers, None, &[], |call| opportunities::one(&shared, call, &id))
}

async fn pipelines(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    shared.answer(&headers, query, &[], |call| {
        let shown = shared.see(call, call.param(&["locationId"]))?;
        Ok(json!({ "pipelines": if shown { opportunities::pipelines(&shared) } else { Vec::new() } }))
    })
}

async fn one_location(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    shared.answer(&headers, None, &[], |call| {
        shared.see(call, Some(&id))?;
        let brand = &shared.app.world.brand;
        let name = if id == EMPTY_LOCATION { "Empty location" } else { brand.name.as_str() };
        Ok(json!({ "location": {
            "id": id,
            "companyId": company(&shared.app),
            "name": name,
            "domain": format!("{}.example", brand.name),
            "country": "GB",
            "timezone": brand.time_zone.iana_name().unwrap_or("UTC"),
            "email": "owner@example.com",
            "business": {"name": name, "timezone": brand.time_zone.iana_name().unwrap_or("UTC")},
            "settings": {"allowDuplicateContact": false, "allowDuplicateOpportunity": true},
        }}))
    })
}

//! The Google Ads API face, nested under `/google_ads`: sign-in, accounts, and queries by page and by stream.
//!
//! Served are the versions that the platform serves in November 2026. The developer token is ignored, as the
//! platform does since September 2026.
mod account;
mod error;
mod fields;
mod figures;
mod gaql;
mod query;

pub use account::{Account, Ad, Campaign, Group};
pub use figures::{Figures, Known, Unit, clicked, clicks, is_tagged, units};

use crate::AppState;
use crate::draw::mix;
use crate::faces::Face;
use crate::faults::calls::Operation;
use crate::google::{self, Call, Grants, Memo, Quota, Standing};
use crate::server::Platform;
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use error::{Failure, NEWEST};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How the sandbox serves this platform.
pub const FACE: Face = Face { id: "google_ads", router, platform, point_of, throttled, expired_token };

const SCOPE: &str = "https://www.googleapis.com/auth/adwords";
const VERSIONS: [&str; 4] = ["v23", "v24", "v25", NEWEST];
/// Operations a project with basic access may make in 24 hours.
const OPERATIONS: u64 = 15_000;
const PAGE: usize = 10_000;

struct Service {
    app: Arc<AppState>,
    grants: Grants,
    account: Account,
    operations: Quota,
    requests: AtomicU64,
    /// The figures of the moment.
    known: Memo<Known>,
}

fn router(app: Arc<AppState>) -> Router {
    let limit = app.options.google.ads_operations.unwrap_or(OPERATIONS);
    let service = Service {
        grants: Grants::new(&app, FACE.id, SCOPE),
        account: Account::of(&app.world, app.options.seed),
        operations: Quota::new(limit, Duration::from_secs(86_400)),
        requests: AtomicU64::new(0),
        known: Memo::new(),
        app,
    };
    Router::new().fallback(handle).with_state(Arc::new(service))
}

fn platform(state: &AppState) -> Option<Platform> {
    let (manager, customer, _) = account::customers(state.options.seed);
    let fields = [("customer_id", customer.to_string()), ("login_customer_id", manager.to_string())];
    Some(google::platform(state, FACE.id, &fields))
}

fn point_of(_method: &Method, path: &str) -> &'static str {
    match path {
        "/token" => "google_ads.token",
        "/revoke" | "/o/oauth2/v2/auth" => "google_ads.oauth",
        path if path.ends_with(":searchStream") => "google_ads.search_stream",
        path if path.ends_with(":search") => "google_ads.search",
        path if path.ends_with(":listAccessibleCustomers") => "google_ads.accounts",
        _ => "google_ads.call",
    }
}

fn throttled(_state: &AppState, point: &str) -> Response {
    Failure::throttled(1).respond(NEWEST, &request_id(0), point == "google_ads.search_stream")
}

fn expired_token(point: &str) -> Response {
    Failure::token(Standing::Expired).respond(NEWEST, &request_id(0), point == "google_ads.search_stream")
}

/// The id of a request, as the platform makes them: 22 letters.
fn request_id(number: u64) -> String {
    let word = format!("{:016x}{:016x}", mix(number), mix(mix(number)));
    word.bytes().take(22).map(|byte| char::from(byte + if byte.is_ascii_digit() { 17 } else { 0 })).collect()
}

async fn handle(Shared(service): Shared<Arc<Service>>, request: Request) -> Response {
    let call = Call::read(request).await;
    if let Some(response) = service.grants.answer(&call) {
        return response;
    }
    let number = service.requests.fetch_add(1, Ordering::Relaxed) + 1;
    let id = request_id(number);
    let stream = call.path.ends_with(":searchStream");
    let version = call.path.split('/').nth(1).unwrap_or("").to_owned();
    match service.answer(&call, &version, &id) {
        Ok((operation, body)) => {
            let mut response = Json(body).into_response();
            if let Ok(value) = HeaderValue::from_str(&id) {
                response.headers_mut().insert("request-id", value);
            }
            response.extensions_mut().insert(Operation(operation));
            response
        }
        Err(failure) => {
            let version = if VERSIONS.contains(&version.as_str()) { &version } else { NEWEST };
            let mut response = failure.respond(version, &id, stream);
            response.extensions_mut().insert(Operation(failure.code.to_owned()));
            response
        }
    }
}

impl Service {
    fn answer(&self, call: &Call, version: &str, request_id: &str) -> Result<(String, Value), Failure> {
        if !VERSIONS.contains(&version) {
            let words = "Version is not served: use one of v23, v24, v25, v26.";
            return Err(Failure::request("UNSUPPORTED_VERSION", words));
        }
        let standing = self.grants.standing(call.token());
        if standing != Standing::Good {
            return Err(Failure::token(standing));
        }
        let rest = call.path.get(version.len() + 1..).unwrap_or("");
        if rest == "/customers:listAccessibleCustomers" && call.method == Method::GET {
            // the user was invited to the manager account alone
            let name = format!("customers/{}", self.account.manager);
            return Ok(("accounts".to_owned(), json!({ "resourceNames": [name] })));
        }
        let path = rest.strip_prefix("/customers/").and_then(|rest| rest.split_once("/googleAds:"));
        let (customer, verb) = match path {
            Some((customer, verb @ ("search" | "searchStream"))) if call.method == Method::POST => {
                (customer, verb)
            }
            _ => return Err(Failure::request("RESOURCE_NAME_MALFORMED", "The path names no served method.")),
        };
        let customer = self.admit(call, customer)?;
        let body =
            call.json().map_err(|refusal| Failure::request("REQUIRED_FIELD_MISSING", &refusal.message))?;
        let Some(text) = body["query"].as_str() else {
            return Err(Failure::request(
                "REQUIRED_FIELD_MISSING",
                "The required field was not present: query",
            ));
        };
        if !body["pageSize"].is_null() {
            return Err(Failure::request(
                "PAGE_SIZE_NOT_SUPPORTED",
                "Setting the page size is not supported.",
            ));
        }
        let query = gaql::parse(text)?;
        let page = self.page(text, &body, verb)?;
        // the pages after the first are free
        if page == 0 && !self.app.options.unlimited {
            let wait = self.operations.take(1, Instant::now());
            wait.map_err(|wait| Failure::exhausted(wait.as_secs().max(1)))?;
        }
        let answer = query::run(&self.account, &self.known(), customer, &query)?;
        let total = answer.rows.len();
        let show = |rows: &[Value]| {
            let mut shown = json!({ "fieldMask": answer.field_mask });
            if !rows.is_empty() {
                shown["results"] = json!(rows);
            }
            shown["queryResourceConsumption"] = json!((rows.len() * 7 + 41).to_string());
            shown
        };
        if verb == "searchStream" {
            let mut chunks: Vec<Value> = answer.rows.chunks(PAGE).map(show).collect();
            if chunks.is_empty() {
                chunks.push(show(&[]));
            }
            chunks.iter_mut().for_each(|chunk| chunk["requestId"] = json!(request_id));
            return Ok((query.from, Value::Array(chunks)));
        }
        let first = page.min(total);
        let last = (first + PAGE).min(total);
        let mut shown = show(answer.rows.get(first..last).unwrap_or_default());
        if last < total {
            shown["nextPageToken"] = json!(format!("{:016x}{last:x}", mix(hash(text))));
        }
        if body["searchSettings"]["returnTotalResultsCount"] == json!(true) {
            shown["totalResultsCount"] = json!(total.to_string());
        }
        Ok((query.from, shown))
    }

    /// The customer of a path, when the user may see it.
    fn admit(&self, call: &Call, customer: &str) -> Result<u64, Failure> {
        let number = |text: &str| {
            let is_id = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u64>().ok().filter(|_| is_id)
        };
        let Some(customer) = number(customer) else {
            return Err(Failure::request(
                "INVALID_CUSTOMER_ID",
                "Invalid customer ID: ten digits without hyphens.",
            ));
        };
        let login = match call.header("login-customer-id") {
            None => None,
            Some(text) => Some(number(text).ok_or_else(|| {
                Failure::header("The login customer ID is invalid: ten digits without hyphens.")
            })?),
        };
        let account = &self.account;
        let is_manager = login.unwrap_or(customer) == account.manager;
        let is_known = [account.manager, account.customer, account.empty].contains(&customer);
        if is_manager && is_known { Ok(customer) } else { Err(Failure::forbidden()) }
    }

    /// The row at which a page begins; a token belongs to its query.
    fn page(&self, text: &str, body: &Value, verb: &str) -> Result<usize, Failure> {
        let Some(token) = body["pageToken"].as_str().filter(|token| verb == "search" && !token.is_empty())
        else {
            return Ok(0);
        };
        let prefix = format!("{:016x}", mix(hash(text)));
        let row = token.strip_prefix(&prefix).and_then(|rest| usize::from_str_radix(rest, 16).ok());
        row.ok_or_else(|| Failure::request("INVALID_PAGE_TOKEN", "The page token is invalid."))
    }

    fn known(&self) -> Arc<Known> {
        self.known.get(&self.app.world, |now| Known::at(&self.account, &self.app.world, now))
    }
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0, |hash, byte| mix(hash ^ u64::from(byte)))
}

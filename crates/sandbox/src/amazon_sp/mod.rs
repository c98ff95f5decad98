//! The Selling Partner API face, nested under `/amazon_sp`: sign-in with Amazon, Orders 2026-01-01, Finances
//! 2024-06-19, Reports 2021-06-30 and Sellers v1, written from the platform's documents.
//!
//! The marketplace is a second sales channel of the same brand: its orders are drawn apart from the shop's, with ids of
//! their own, and carry the shop's articles.
mod call;
mod documents;
mod error;
mod finances;
mod ledger;
mod limits;
mod lwa;
mod market;
mod orders;
mod reports;

use crate::AppState;
use crate::faces::Face;
use crate::faults::calls::Operation;
use crate::secrets::Secrets;
use crate::server::Platform;
use crate::world::money::Cents;
use axum::Router;
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use call::Call;
use error::SpError;
use ledger::Entry;
use market::Sale;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// How the sandbox serves this platform.
pub const FACE: Face = Face { id: "amazon_sp", router, platform, point_of, throttled, expired_token };

/// The British marketplace.
const MARKETPLACE: &str = "A1F83G8C2ARO7P";
const MARKETPLACE_NAME: &str = "Amazon.co.uk";
/// What Amazon calls "not yet": no bound of a search may be younger.
const LAG: i64 = 120;

/// Whose sales a token sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seller {
    /// The brand.
    Main,
    /// A seller who has not sold anything.
    Empty,
}

/// What was sold and what it came to, until a second of the world's clock.
#[derive(Default)]
struct Trade {
    /// In order of placing.
    sales: Vec<Sale>,
    /// In order of posting.
    entries: Vec<Entry>,
}

/// What the face keeps for itself.
#[derive(Default)]
struct Own {
    trade: Mutex<Option<(i64, Arc<Trade>)>>,
    tokens: lwa::Tokens,
    limits: limits::Limits,
    reports: reports::Reports,
    answers: AtomicU64,
}

impl Own {
    /// The seller's trade until now.
    fn trade(&self, state: &AppState, seller: Seller) -> Arc<Trade> {
        if seller == Seller::Empty || state.world.brand.is_still() {
            return Arc::default();
        }
        let now = state.world.now().as_second();
        let mut kept = self.trade.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, trade)) = kept.as_ref()
            && *at == now
        {
            return Arc::clone(trade);
        }
        let shop = state.world.shop();
        let sales = market::derive(&shop, state.options.seed, &state.world.brand.time_zone, now);
        let entries = ledger::derive(&sales, shop.opened_at, state.options.seed, now);
        let trade = Arc::new(Trade { sales, entries });
        *kept = Some((now, Arc::clone(&trade)));
        trade
    }
}

/// How many orders the platform shows by now, and what buyers pay for those that count, in pence with tax.
pub fn sold(state: &AppState) -> (usize, Cents) {
    let now = state.world.now().as_second();
    let sales = market::derive(&state.world.shop(), state.options.seed, &state.world.brand.time_zone, now);
    // no bound of a search may be younger; whoever asks keeps a minute more
    let shown = sales.iter().filter(|sale| sale.updated(now) < now - LAG - 60);
    shown.fold((0, 0), |(count, total), sale| {
        let counts = !matches!(sale.status(now), "CANCELLED" | "PENDING");
        (count + 1, total + if counts { sale.total() } else { 0 })
    })
}

/// The grant of the brand as a seller.
pub fn refresh_token(secrets: &Secrets) -> String {
    format!("Atzr|{}", secrets.word("amazon refresh token"))
}

/// The grant of a seller who has not sold anything.
pub fn empty_seller_refresh_token(secrets: &Secrets) -> String {
    format!("Atzr|{}", secrets.word("amazon empty seller"))
}

/// The grant of a seller whose app lacks the finance role.
pub fn narrow_refresh_token(secrets: &Secrets) -> String {
    format!("Atzr|{}", secrets.word("amazon narrow role"))
}

fn seller_id(secrets: &Secrets) -> String {
    format!("A{}", secrets.word("amazon seller")[..13].to_uppercase())
}

fn router(state: Arc<AppState>) -> Router {
    Router::new().fallback(handle).layer(Extension(Arc::new(Own::default()))).with_state(state)
}

fn platform(state: &AppState) -> Option<Platform> {
    let secrets = &state.secrets;
    Some(Platform {
        base_url: format!("{}/amazon_sp", state.address),
        fields: [("region", "eu".to_owned()), ("client_id", lwa::client_id(secrets))].into(),
        secrets: [("client_secret", lwa::client_secret(secrets)), ("refresh_token", refresh_token(secrets))]
            .into(),
        oauth: [
            ("client_id", lwa::client_id(secrets)),
            ("client_secret", lwa::client_secret(secrets)),
            ("application_id", lwa::application_id(secrets)),
        ]
        .into(),
    })
}

fn point_of(method: &Method, path: &str) -> &'static str {
    let words: Vec<&str> = path.split('/').filter(|word| !word.is_empty()).collect();
    match words.as_slice() {
        ["auth", ..] | ["apps", ..] => "amazon_sp.oauth",
        ["orders", _, "orders"] => "amazon_sp.orders",
        ["orders", ..] => "amazon_sp.order",
        ["finances", _, "transactions"] => "amazon_sp.transactions",
        ["finances", _, "balances"] => "amazon_sp.balances",
        ["reports", _, "reports"] if method == Method::POST => "amazon_sp.report_create",
        ["reports", _, "reports"] => "amazon_sp.reports",
        ["reports", _, "reports", _] => "amazon_sp.report",
        ["reports", _, "documents", _] => "amazon_sp.document",
        ["documents", ..] => "amazon_sp.download",
        ["sellers", ..] => "amazon_sp.sellers",
        _ => "amazon_sp.call",
    }
}

fn throttled(_state: &AppState, point: &str) -> Response {
    if point == "amazon_sp.oauth" {
        let body =
            json!({"error": "server_error", "error_description": "Too many requests. Try again later."});
        return (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response();
    }
    SpError::quota_exceeded().into_response()
}

fn expired_token(point: &str) -> Response {
    if point == "amazon_sp.oauth" {
        return lwa::invalid_grant();
    }
    SpError::expired_token().into_response()
}

async fn handle(
    Shared(state): Shared<Arc<AppState>>,
    Extension(own): Extension<Arc<Own>>,
    request: Request,
) -> Response {
    let point = point_of(request.method(), request.uri().path());
    let call = match Call::read(request).await {
        Ok(call) => call,
        Err(error) => return error.into_response(),
    };
    let mut response = answer(&state, &own, &call, point).unwrap_or_else(|error| {
        let name = format!("error {}", error.code);
        let mut response = error.into_response();
        response.extensions_mut().insert(Operation(name));
        response
    });
    let number = own.answers.fetch_add(1, Ordering::Relaxed);
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&format!("{:016x}", crate::draw::mix(number))) {
        headers.insert(HeaderName::from_static("x-amzn-requestid"), id);
    }
    if let Some(rate) = limits::rate_header(point)
        && response.status() != StatusCode::TOO_MANY_REQUESTS
    {
        response.headers_mut().insert(HeaderName::from_static("x-amzn-ratelimit-limit"), rate);
    }
    response
}

fn answer(state: &AppState, own: &Own, call: &Call, point: &'static str) -> Result<Response, SpError> {
    match point {
        "amazon_sp.oauth" => return lwa::answer(state, own, call),
        "amazon_sp.download" => return Ok(documents::download(own, call)),
        _ => {}
    }
    let token = call.token.as_deref().ok_or_else(SpError::no_token)?;
    let grant = own.tokens.check(token, state.world.now())?;
    own.limits.admit(state, point)?;
    if grant.narrow && matches!(point, "amazon_sp.transactions" | "amazon_sp.balances") {
        return Err(SpError::access_denied());
    }
    let trade = own.trade(state, grant.seller);
    let now = state.world.now().as_second();
    let words: Vec<&str> = call.path.iter().map(String::as_str).collect();
    let value = match (&call.method, words.as_slice()) {
        (&Method::GET, ["orders", "2026-01-01", "orders"]) => orders::search(state, &trade, call, now)?,
        (&Method::GET, ["orders", "2026-01-01", "orders", id]) => orders::get(&trade, call, id, now)?,
        (&Method::GET, ["finances", "2024-06-19", "transactions"]) => {
            finances::transactions(state, &trade, call, now)?
        }
        (&Method::GET, ["finances", "2024-06-19", "balances"]) => finances::balances(state, &trade, now),
        (&Method::GET, ["sellers", "v1", "marketplaceParticipations"]) => participations(state),
        (_, ["reports", "2021-06-30", rest @ ..]) => return reports::answer(state, own, call, rest, &trade),
        _ => return Err(SpError::not_found(&call.raw_path)),
    };
    Ok(Json(value).into_response())
}

fn participations(state: &AppState) -> Value {
    json!({"payload": [{
        "marketplace": {
            "id": MARKETPLACE,
            "name": MARKETPLACE_NAME,
            "countryCode": "GB",
            "defaultCurrencyCode": "GBP",
            "defaultLanguageCode": "en_GB",
            "domainName": "www.amazon.co.uk",
        },
        "participation": {"isParticipating": true, "hasSuspendedListings": false},
        "storeName": state.world.brand.name,
    }]})
}

//! The Stripe API face, nested under `/stripe`: written from the platform's documents for v1, `2026-10-28.endive`.
//!
//! Every card payment of the shop is a charge here, with the fee that the shop's books know; a club with monthly
//! and yearly plans brings subscriptions, invoices and disputes of its own.
mod book;
mod call;
mod club;
mod endpoints;
mod error;
mod events;
mod expand;
mod limits;
mod list;
mod oauth;
mod objects;
mod prices;
mod render;
mod render_billing;

use crate::AppState;
use crate::faces::Face;
use crate::faults::calls::Operation;
use crate::secrets::Secrets;
use crate::server::Platform;
use axum::Router;
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use book::{Book, Kind};
use call::{Account, Call};
use error::StripeError;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How the sandbox serves this platform.
pub const FACE: Face = Face { id: "stripe", router, platform, point_of, throttled, expired_token };

/// The version that calls get without naming one.
const NEWEST: &str = "2026-10-28.endive";

/// What the face keeps for itself.
#[derive(Default)]
struct Own {
    /// The objects, with the shop's revision and the second they were derived for.
    book: Mutex<Option<(u64, i64, Arc<Book>)>>,
    empty: Arc<Book>,
    limits: limits::Limits,
    endpoints: endpoints::Endpoints,
    grants: oauth::Grants,
}

impl Own {
    /// The objects that the caller's account holds now.
    fn book(&self, state: &AppState, account: Account) -> Arc<Book> {
        if account == Account::Empty {
            return Arc::clone(&self.empty);
        }
        let shop = state.world.shop();
        let key = (shop.revision, state.world.now().as_second());
        let mut kept = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((revision, now, book)) = kept.as_ref()
            && (*revision, *now) == key
        {
            return Arc::clone(book);
        }
        let book = Arc::new(book::derive(&state.world.brand, &shop, state.options.seed, key.1));
        *kept = Some((key.0, key.1, Arc::clone(&book)));
        book
    }
}

/// The events after `since` (seconds since 1970, UTC): type, id and body, as endpoints are told of them.
pub fn events_after(state: &AppState, since: i64) -> Vec<(&'static str, String, Value)> {
    let now = state.world.now().as_second();
    let book = book::derive(&state.world.brand, &state.world.shop(), state.options.seed, now);
    let first = book.events.partition_point(|event| event.created <= since);
    (first..book.events.len())
        .map(|place| {
            let event = &book.events[place];
            (event.name, event.id.clone(), render::object(&book, Kind::Event, place, now))
        })
        .collect()
}

/// The restricted key with read access to everything.
pub fn api_key(secrets: &Secrets) -> String {
    format!("rk_live_{}", &secrets.word("stripe key")[..40])
}

/// The key of a second account, in which nothing has happened yet.
pub fn empty_account_key(secrets: &Secrets) -> String {
    format!("rk_live_{}", &secrets.word("stripe empty account")[..40])
}

/// A restricted key that may not read payouts, balance and disputes.
pub fn narrow_key(secrets: &Secrets) -> String {
    format!("rk_live_{}", &secrets.word("stripe narrow key")[..40])
}

/// The merchant's account, `acct_…`.
pub fn account_id(secrets: &Secrets) -> String {
    format!("acct_1{}", &secrets.word("stripe account")[..15])
}

fn router(state: Arc<AppState>) -> Router {
    // Ids and fixed words stand at the same place of a path, so it is read by hand.
    Router::new().fallback(handle).layer(Extension(Arc::new(Own::default()))).with_state(state)
}

fn platform(state: &AppState) -> Option<Platform> {
    let secrets = &state.secrets;
    Some(Platform {
        base_url: format!("{}/stripe", state.address),
        fields: BTreeMap::new(),
        secrets: [("api_key", api_key(secrets))].into(),
        oauth: [("client_id", oauth::client_id(secrets)), ("client_secret", oauth::client_secret(secrets))]
            .into(),
    })
}

fn point_of(_method: &Method, path: &str) -> &'static str {
    let path = path.trim_start_matches('/');
    if path.starts_with("oauth/") {
        return "stripe.oauth";
    }
    match path.strip_prefix("v1/").unwrap_or(path).split('/').next().unwrap_or("") {
        "account" => "stripe.account",
        "balance" => "stripe.balance",
        "balance_transactions" => "stripe.balance_transactions",
        "charges" => "stripe.charges",
        "customers" => "stripe.customers",
        "disputes" => "stripe.disputes",
        "events" => "stripe.events",
        "invoices" => "stripe.invoices",
        "invoice_payments" => "stripe.invoice_payments",
        "payouts" => "stripe.payouts",
        "coupons" => "stripe.coupons",
        "prices" => "stripe.prices",
        "products" => "stripe.products",
        "refunds" => "stripe.refunds",
        "subscriptions" => "stripe.subscriptions",
        "webhook_endpoints" => "stripe.webhook_endpoints",
        _ => "stripe.call",
    }
}

fn throttled(_state: &AppState, _point: &str) -> Response {
    StripeError::rate_limited("endpoint-rate").into_response()
}

fn expired_token(_point: &str) -> Response {
    StripeError::expired_key("rk_live_").into_response()
}

async fn handle(
    Shared(state): Shared<Arc<AppState>>,
    Extension(own): Extension<Arc<Own>>,
    request: Request,
) -> Response {
    let mut version = None;
    let answered = match Call::read(request).await {
        Ok(mut call) => {
            call.cap("limit", &state);
            version = HeaderValue::from_str(call.version.as_deref().unwrap_or(NEWEST)).ok();
            answer(&state, &own, &call)
        }
        Err(error) => Err(error),
    };
    let mut response = answered.unwrap_or_else(|error| {
        let name = format!("error {}", error.code.unwrap_or(error.kind));
        let mut response = error.into_response();
        response.extensions_mut().insert(Operation(name));
        response
    });
    let number = own.limits.next_request();
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&format!("req_{:014x}", crate::draw::mix(number) >> 8)) {
        headers.insert(HeaderName::from_static("request-id"), id);
    }
    if let Some(version) = version {
        headers.insert(HeaderName::from_static("stripe-version"), version);
    }
    response
}

fn answer(state: &AppState, own: &Own, call: &Call) -> Result<Response, StripeError> {
    if call.path.first().is_some_and(|first| first == "oauth") {
        return oauth::answer(state, own, call);
    }
    let account = call.authenticate(state, own)?;
    call.check_version()?;
    own.limits.admit(state, call.path.get(1).map_or("", String::as_str))?;
    if call.path.first().is_none_or(|first| first != "v1") {
        return Err(StripeError::unknown_address(&call.method, &call.raw_path));
    }
    let book = own.book(state, account);
    let words: Vec<&str> = call.path.iter().skip(1).map(String::as_str).collect();
    if words.first() == Some(&"webhook_endpoints") {
        return endpoints::answer(state, own, call, words.get(1).copied());
    }
    if call.method != Method::GET {
        return Err(StripeError::unknown_address(&call.method, &call.raw_path));
    }
    let now = state.world.now().as_second();
    let value = match words.as_slice() {
        ["account"] => account_object(state, account),
        ["balance"] => render::balance(&book, now),
        ["invoices", id, "lines"] => list::lines(&book, call, id, now)?,
        [word] => list::list(&book, call, kind_of(word, call)?, now)?,
        [word, id] => list::retrieve(&book, call, kind_of(word, call)?, id, now)?,
        _ => return Err(StripeError::unknown_address(&call.method, &call.raw_path)),
    };
    Ok(Json(value).into_response())
}

fn kind_of(word: &str, call: &Call) -> Result<Kind, StripeError> {
    Kind::ALL
        .into_iter()
        .find(|kind| kind.path() == word)
        .ok_or_else(|| StripeError::unknown_address(&call.method, &call.raw_path))
}

fn account_object(state: &AppState, account: Account) -> Value {
    let brand = &state.world.brand;
    let (id, name) = match account {
        Account::Main => (account_id(&state.secrets), brand.name.clone()),
        Account::Empty => {
            (format!("acct_1{}", &state.secrets.word("stripe empty")[..15]), "empty".to_owned())
        }
    };
    json!({
        "id": id,
        "object": "account",
        "business_profile": {"mcc": "5651", "name": name, "support_email": null, "url": "https://demo.example"},
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": true,
        "country": "GB",
        "created": state.world.shop().opened_at,
        "default_currency": brand.currency.to_lowercase(),
        "details_submitted": true,
        "email": "owner@example.com",
        "metadata": {},
        "payouts_enabled": true,
        "settings": {
            "dashboard": {"display_name": name, "timezone": brand.time_zone.iana_name().unwrap_or("Etc/UTC")},
            "payouts": {"debit_negative_balances": false,
                "schedule": {"delay_days": 3, "interval": "daily"}, "statement_descriptor": null},
        },
        "type": "standard",
    })
}

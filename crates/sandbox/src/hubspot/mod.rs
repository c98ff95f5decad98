//! The HubSpot API face, written from the platform's documents for the date version 2026-09 (2026-03 and the
//! numbered versions that its clients still call answer the same).
//!
//! Contacts are the shop's customers and those who left an address; companies are the customers who buy wholesale;
//! deals are their orders.
mod call;
mod crm;
mod emails;
mod error;
mod limits;
mod notices;
mod oauth;
mod objects;
mod properties;
mod search;

pub use notices::{deliveries, notice};

use crate::AppState;
use crate::faults::calls::Operation;
use crate::grants::{Grants, Policy, Standing};
use crate::server::Platform;
use crate::windows::Windows;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use call::Call;
use error::ApiError;
use limits::Bearer;
use objects::{Index, Kept, Kind, PORTAL};
use properties::Reader;
use std::sync::Arc;

/// How the sandbox serves this platform.
pub const FACE: crate::faces::Face =
    crate::faces::Face { id: "hubspot", router, platform, point_of, throttled, expired_token };

/// What the face keeps for itself.
pub struct Face {
    app: Arc<AppState>,
    client_id: String,
    client_secret: String,
    access_token: String,
    /// A key to an account without anything in it.
    empty_token: String,
    grants: Grants,
    windows: Windows,
    kept: Kept,
}

fn key(app: &AppState, prefix: &str) -> String {
    format!("{prefix}{}", &app.secrets.word("hubspot key")[..36])
}

fn refresh_token(app: &AppState) -> String {
    format!("eu1-{}", &app.secrets.word("hubspot refresh token")[..32])
}

fn client_id(app: &AppState) -> String {
    app.secrets.word("hubspot client id")[..36].to_owned()
}

fn client_secret(app: &AppState) -> String {
    app.secrets.word("hubspot client secret")[..36].to_owned()
}

fn router(app: Arc<AppState>) -> Router {
    let policy = Policy { code_life: 600, access_life: 1_800, needs_proof: false, rotates: false };
    let face = Face {
        client_id: client_id(&app),
        client_secret: client_secret(&app),
        access_token: key(&app, "pat-eu1-"),
        empty_token: key(&app, "pat-empty-"),
        grants: Grants::new(policy, app.secrets.word("hubspot tokens"), &refresh_token(&app), "oauth"),
        windows: Windows::default(),
        kept: Kept::default(),
        app,
    };
    Router::new()
        .route("/oauth/authorize", get(oauth::authorize))
        .route("/oauth/{version}/token", post(oauth::token))
        .route("/oauth/{version}/token/introspect", post(oauth::introspect))
        .route("/oauth/{version}/token/revoke", post(oauth::revoke))
        .route("/oauth/{version}/access-tokens/{token}", get(oauth::access_token))
        .route("/oauth/{version}/refresh-tokens/{token}", delete(oauth::forget))
        .fallback(handle)
        .with_state(Arc::new(face))
}

fn platform(app: &AppState) -> Option<Platform> {
    Some(Platform {
        base_url: format!("{}/hubspot", app.address),
        fields: [("portal_id", PORTAL.to_string())].into(),
        secrets: [("access_token", key(app, "pat-eu1-"))].into(),
        oauth: [
            ("refresh_token", refresh_token(app)),
            ("client_id", client_id(app)),
            ("client_secret", client_secret(app)),
        ]
        .into(),
    })
}

fn point_of(_method: &Method, path: &str) -> &'static str {
    match call::parts(path)[..] {
        ["oauth", ..] => "hubspot.oauth",
        ["account-info", ..] => "hubspot.account",
        ["crm", "objects", kind, "search"] => match Kind::of(kind) {
            Some(Kind::Contact) => "hubspot.search_contacts",
            Some(Kind::Company) => "hubspot.search_companies",
            _ => "hubspot.search_deals",
        },
        ["crm", "objects", kind, ..] => match Kind::of(kind) {
            Some(Kind::Contact) => "hubspot.contacts",
            Some(Kind::Company) => "hubspot.companies",
            Some(Kind::Deal) => "hubspot.deals",
            None => "hubspot.call",
        },
        ["crm", "pipelines", ..] => "hubspot.pipelines",
        ["crm", "owners", ..] => "hubspot.owners",
        ["crm", "properties", ..] => "hubspot.properties",
        ["crm", "associations", ..] => "hubspot.associations",
        ["marketing", "emails", "statistics", ..] => "hubspot.email_statistics",
        ["marketing", "emails", ..] => "hubspot.emails",
        _ => "hubspot.call",
    }
}

fn throttled(_app: &AppState, point: &str) -> Response {
    let policy = if point.starts_with("hubspot.search") { "SECONDLY" } else { "TEN_SECONDLY_ROLLING" };
    ApiError::throttled(policy).into_response()
}

fn expired_token(_point: &str) -> Response {
    ApiError::expired(0, 60).into_response()
}

enum Account {
    Brand,
    Empty,
}

impl Face {
    fn authenticate(&self, call: &Call) -> Result<(Account, Bearer), ApiError> {
        let token = call.token().ok_or_else(ApiError::unauthenticated)?;
        if token == self.access_token {
            return Ok((Account::Brand, Bearer::Key));
        }
        if token == self.empty_token {
            return Ok((Account::Empty, Bearer::Key));
        }
        let now = self.app.world.now().as_second();
        match self.grants.standing(token, now) {
            Standing::Good => Ok((Account::Brand, Bearer::App)),
            Standing::Expired(until) => Err(ApiError::expired(until, now)),
            Standing::Unknown => Err(ApiError::unauthenticated()),
        }
    }

    fn index(&self, account: &Account) -> Arc<Index> {
        match account {
            Account::Brand => self.kept.get(&self.app),
            Account::Empty => Arc::new(Index { now: self.app.world.now().as_second(), ..Index::default() }),
        }
    }
}

async fn handle(State(face): State<Arc<Face>>, request: Request) -> Response {
    let point = point_of(request.method(), request.uri().path());
    let answered = match Call::read(request).await {
        Ok(call) => answer(&face, &call, point),
        Err(error) => Err(error),
    };
    let mut response = answered.unwrap_or_else(|error| {
        let name = format!("error {}", error.category);
        let mut response = error.into_response();
        response.extensions_mut().insert(Operation(name));
        response
    });
    let id = HeaderValue::from_static(error::CORRELATION);
    response.headers_mut().insert(HeaderName::from_static("x-hubspot-correlation-id"), id);
    response
}

fn answer(face: &Face, call: &Call, point: &'static str) -> Result<Response, ApiError> {
    let (account, bearer) = face.authenticate(call)?;
    let levels = limits::admit(&face.app, &face.windows, bearer, point)?;
    let index = face.index(&account);
    let shop = face.app.world.shop();
    let reader = Reader { app: &face.app, index: &index, shop: &shop };
    let base = format!("{}/hubspot", face.app.address);
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    let kind = |word: &str| {
        Kind::of(word).ok_or_else(|| ApiError::invalid(format!("Unable to infer object type from: {word}")))
    };
    let fixed = |value| match call.method {
        Method::GET => Ok((StatusCode::OK, value)),
        _ => Err(ApiError::method(call.method.as_str())),
    };
    let (status, body) = match path[..] {
        ["account-info", "details"] => fixed(crm::account(&reader)),
        ["crm", "objects", word, "search"] if call.method == Method::POST => {
            search::answer(call, &reader, kind(word)?)
        }
        ["crm", "objects", word, ref rest @ ..] => crm::objects(call, &reader, &base, kind(word)?, rest),
        ["crm", "associations", from, to, "batch", "read"] if call.method == Method::POST => {
            crm::associations(call, &reader, kind(from)?, kind(to)?)
        }
        ["crm", "pipelines", word] => fixed(crm::pipelines(&reader, kind(word)? != Kind::Deal)),
        ["crm", "owners"] => fixed(crm::owners(&reader)),
        ["crm", "properties", word] => fixed(crm::property_list(kind(word)?)),
        ["marketing", "emails", ref rest @ ..] => emails::answer(call, &reader, &base, rest),
        _ => Err(ApiError::no_path(&call.whole_path)),
    }?;
    let mut response = (status, Json(body)).into_response();
    if let Some(levels) = levels {
        limits::write_headers(response.headers_mut(), &levels);
    }
    Ok(response)
}

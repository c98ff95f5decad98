//! The Klaviyo API face, written from the platform's documents for revision 2026-07-15.
//!
//! Profiles are the shop's customers and those who left an address, placed orders are the shop's orders, and what
//! letters brought are the orders whose last visit came from a letter. Sent and opened letters are counted in
//! reports and not listed as events.
mod call;
mod error;
mod events;
mod filter;
mod groups;
mod ids;
mod index;
mod limits;
mod listing;
mod mailings;
mod oauth;
mod people;
mod render;
mod reports;
mod resources;
mod statistics;
mod webhooks;

pub use webhooks::{deliveries, notice, webhook_id};

use crate::AppState;
use crate::faults::calls::Operation;
use crate::grants::{Grants, Policy, Standing};
use crate::server::Platform;
use crate::windows::Windows;
use crate::world::days;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use call::Call;
use error::{ApiError, MEDIA};
use index::{Index, Kept};
use render::Renderer;
use std::sync::Arc;

/// How the sandbox serves this platform.
pub const FACE: crate::faces::Face =
    crate::faces::Face { id: "klaviyo", router, platform, point_of, throttled, expired_token };

/// What the face keeps for itself.
pub struct Face {
    app: Arc<AppState>,
    client_id: String,
    client_secret: String,
    api_key: String,
    /// A key to an account without anything in it.
    empty_key: String,
    grants: Grants,
    windows: Windows,
    kept: Kept,
}

fn key(app: &AppState, prefix: &str, purpose: &str) -> String {
    format!("{prefix}{}", &app.secrets.word(purpose)[..34])
}

fn refresh_token(app: &AppState) -> String {
    app.secrets.word("klaviyo refresh token")[..48].to_owned()
}

const SCOPES: &str = "accounts:read campaigns:read events:read flows:read lists:read metrics:read profiles:read \
                      segments:read webhooks:read webhooks:write";

fn router(app: Arc<AppState>) -> Router {
    let policy = Policy { code_life: 300, access_life: 3_600, needs_proof: true, rotates: false };
    let face = Face {
        client_id: app.secrets.word("klaviyo client id")[..32].to_owned(),
        client_secret: app.secrets.word("klaviyo client secret"),
        api_key: key(&app, "pk_", "klaviyo api key"),
        empty_key: key(&app, "pk_empty_", "klaviyo api key"),
        grants: Grants::new(policy, app.secrets.word("klaviyo tokens"), &refresh_token(&app), SCOPES),
        windows: Windows::default(),
        kept: Kept::default(),
        app,
    };
    Router::new()
        .route("/oauth/authorize", get(oauth::authorize))
        .route("/oauth/token", post(oauth::token))
        .route("/oauth/revoke", post(oauth::revoke))
        .fallback(handle)
        .with_state(Arc::new(face))
}

fn platform(app: &AppState) -> Option<Platform> {
    Some(Platform {
        base_url: format!("{}/klaviyo", app.address),
        fields: [("conversion_metric_id", events::Metric::PlacedOrder.id(app.options.seed))].into(),
        secrets: [("api_key", key(app, "pk_", "klaviyo api key"))].into(),
        oauth: [
            ("refresh_token", refresh_token(app)),
            ("client_id", app.secrets.word("klaviyo client id")[..32].to_owned()),
            ("client_secret", app.secrets.word("klaviyo client secret")),
        ]
        .into(),
    })
}

fn point_of(_method: &Method, path: &str) -> &'static str {
    let path = path.trim_start_matches('/');
    if path.starts_with("oauth/") {
        return "klaviyo.oauth";
    }
    match path.strip_prefix("api/").and_then(|rest| rest.split('/').next()).unwrap_or_default() {
        "accounts" => "klaviyo.accounts",
        "profiles" => "klaviyo.profiles",
        "lists" => "klaviyo.lists",
        "segments" => "klaviyo.segments",
        "campaigns" => "klaviyo.campaigns",
        "campaign-messages" => "klaviyo.messages",
        "flows" => "klaviyo.flows",
        "metrics" => "klaviyo.metrics",
        "events" => "klaviyo.events",
        "campaign-values-reports" => "klaviyo.campaign_report",
        "flow-values-reports" => "klaviyo.flow_report",
        "flow-series-reports" => "klaviyo.flow_series",
        "webhooks" | "webhook-topics" => "klaviyo.webhooks",
        _ => "klaviyo.call",
    }
}

fn throttled(_app: &AppState, _point: &str) -> Response {
    ApiError::throttled(1).into_response()
}

fn expired_token(_point: &str) -> Response {
    ApiError::bad_credentials("The access token is invalid or has expired.").into_response()
}

/// Which account a call is for.
enum Account {
    Brand,
    Empty,
}

impl Face {
    fn authenticate(&self, call: &Call) -> Result<Account, ApiError> {
        let text = call.authorization().ok_or_else(ApiError::unauthenticated)?;
        if let Some(token) = text.strip_prefix("Bearer ") {
            return match self.grants.standing(token, self.app.world.now().as_second()) {
                Standing::Good => Ok(Account::Brand),
                _ => Err(ApiError::bad_credentials("The access token is invalid or has expired.")),
            };
        }
        match text.strip_prefix("Klaviyo-API-Key ") {
            Some(key) if key == self.api_key => Ok(Account::Brand),
            Some(key) if key == self.empty_key => Ok(Account::Empty),
            Some(_) => Err(ApiError::bad_credentials("Invalid private key.")),
            None => Err(ApiError::unauthenticated()),
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
        Ok(mut call) => {
            call.cap("page[size]", &face.app);
            answer(&face, &call, point)
        }
        Err(error) => Err(error),
    };
    match answered {
        Ok(response) => response,
        Err(error) => {
            let name = format!("error {}", error.code);
            let mut response = error.into_response();
            response.extensions_mut().insert(Operation(name));
            response
        }
    }
}

fn answer(face: &Face, call: &Call, point: &'static str) -> Result<Response, ApiError> {
    let account = face.authenticate(call)?;
    let today = days::day_of(face.app.world.now().as_second(), &jiff::tz::TimeZone::UTC);
    call.check_revision(today)?;
    let levels = limits::admit(&face.app, &face.windows, point)?;
    let index = face.index(&account);
    let base = format!("{}/klaviyo", face.app.address);
    let show = Renderer { state: &face.app, index: &index, base };
    let own = matches!(call.path.first().map(String::as_str), Some("webhooks" | "webhook-topics"));
    let (status, body) = if own {
        webhooks::answer(&face.app, call)?
    } else {
        (StatusCode::OK, resources::answer(call, &show)?)
    };
    let text = if body.is_null() { String::new() } else { body.to_string() };
    let mut response = (status, [(header::CONTENT_TYPE, MEDIA)], text).into_response();
    if let Some(levels) = levels {
        limits::write_headers(response.headers_mut(), &levels);
    }
    Ok(response)
}

//! Connecting an account: the authorise page that consents by itself, token, refresh, deauthorise.
use super::call::Call;
use super::error::StripeError;
use super::{Own, account_id};
use crate::AppState;
use crate::draw::mix;
use crate::secrets::Secrets;
use axum::Json;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use url::Url;

#[derive(Debug, Default)]
struct Kept {
    count: u64,
    codes: HashSet<String>,
    /// Access tokens and whether they are still good.
    tokens: HashMap<String, bool>,
    refresh: HashSet<String>,
    disconnected: bool,
}

/// Codes and tokens given out.
#[derive(Debug, Default)]
pub struct Grants {
    kept: Mutex<Kept>,
}

impl Grants {
    /// Whether a token was given out, and whether it is still good.
    pub fn knows(&self, token: &str) -> Option<bool> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).tokens.get(token).copied()
    }

    /// Whether the account has disconnected the platform.
    pub fn is_disconnected(&self) -> bool {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).disconnected
    }
}

/// The platform's client id, `ca_…`.
pub fn client_id(secrets: &Secrets) -> String {
    format!("ca_{}", &secrets.word("stripe client")[..32])
}

/// The platform's own secret key, which is its client secret.
pub fn client_secret(secrets: &Secrets) -> String {
    format!("sk_live_{}", &secrets.word("stripe platform key")[..40])
}

fn refuse(status: StatusCode, error: &str, description: &str) -> Response {
    (status, Json(json!({"error": error, "error_description": description}))).into_response()
}

/// Answers `/oauth/authorize`, `/oauth/token` and `/oauth/deauthorize`.
pub fn answer(state: &AppState, own: &Own, call: &Call) -> Result<Response, StripeError> {
    let mut kept = own.grants.kept.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(match (&call.method, call.path.last().map_or("", String::as_str)) {
        (&Method::GET, "authorize") => authorize(state, &mut kept, call),
        (&Method::POST, "token") => token(state, &mut kept, call),
        (&Method::POST, "deauthorize") => deauthorize(state, &mut kept, call),
        _ => return Err(StripeError::unknown_address(&call.method, &call.raw_path)),
    })
}

fn authorize(state: &AppState, kept: &mut Kept, call: &Call) -> Response {
    let id = client_id(&state.secrets);
    if call.param("client_id") != Some(id.as_str()) {
        let words = "No application matches the supplied client identifier";
        return refuse(StatusCode::BAD_REQUEST, "invalid_client", words);
    }
    if call.param("response_type") != Some("code") {
        return refuse(StatusCode::BAD_REQUEST, "unsupported_response_type", "response_type must be 'code'");
    }
    let Some(mut target) = call.param("redirect_uri").and_then(|address| Url::parse(address).ok()) else {
        return refuse(StatusCode::BAD_REQUEST, "invalid_redirect_uri", "Invalid redirect URI");
    };
    kept.count += 1;
    let code = format!("ac_{:016x}{:016x}", mix(kept.count), mix(state.options.seed ^ kept.count));
    kept.codes.insert(code.clone());
    target.query_pairs_mut().append_pair("scope", call.param("scope").unwrap_or("read_only"));
    target.query_pairs_mut().append_pair("code", &code);
    if let Some(value) = call.param("state") {
        target.query_pairs_mut().append_pair("state", value);
    }
    (StatusCode::FOUND, [(header::LOCATION, String::from(target))]).into_response()
}

fn token(state: &AppState, kept: &mut Kept, call: &Call) -> Response {
    if !call.is_platform(&client_secret(&state.secrets)) {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client", "No such API key for the platform");
    }
    let granted = match call.param("grant_type") {
        Some("authorization_code") => {
            call.param("code").is_some_and(|code| kept.codes.remove(code)).then(|| {
                kept.disconnected = false;
            })
        }
        Some("refresh_token") => {
            let known = call.param("refresh_token").is_some_and(|token| kept.refresh.contains(token));
            (known && !kept.disconnected).then_some(())
        }
        _ => {
            let words = "grant_type must be authorization_code or refresh_token";
            return refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type", words);
        }
    };
    if granted.is_none() {
        let words = "Authorization code or refresh token does not exist, or was used before";
        return refuse(StatusCode::BAD_REQUEST, "invalid_grant", words);
    }
    kept.count += 1;
    let word = format!("{:016x}{:016x}", mix(state.options.seed ^ mix(kept.count)), mix(mix(kept.count)));
    let (access, refresh) = (format!("sk_live_{word}"), format!("rt_{word}"));
    kept.tokens.insert(access.clone(), true);
    kept.refresh.insert(refresh.clone());
    Json(json!({
        "access_token": access, "livemode": true, "refresh_token": refresh, "token_type": "bearer",
        "stripe_publishable_key": format!("pk_live_{word}"), "stripe_user_id": account_id(&state.secrets),
        "scope": "read_only",
    }))
    .into_response()
}

fn deauthorize(state: &AppState, kept: &mut Kept, call: &Call) -> Response {
    let id = account_id(&state.secrets);
    if !call.is_platform(&client_secret(&state.secrets))
        || call.param("client_id") != Some(client_id(&state.secrets).as_str())
        || call.param("stripe_user_id") != Some(id.as_str())
    {
        let words = "This application is not connected to the account, or the account does not exist";
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client", words);
    }
    kept.disconnected = true;
    kept.tokens.values_mut().for_each(|good| *good = false);
    Json(json!({ "stripe_user_id": id })).into_response()
}

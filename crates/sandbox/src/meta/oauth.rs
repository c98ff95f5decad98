//! The OAuth paths: dialog, code, short- and long-lived tokens, and their inspection.
use super::call::Call;
use super::error::GraphError;
use crate::AppState;
use crate::draw::mix;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{Timestamp, ToSpan};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use url::Url;

const SHORT_SECONDS: i64 = 2 * 3600;
const LONG_SECONDS: i64 = 60 * 86_400;
const USER_ID: &str = "122100000000000001";
const SCOPES: [&str; 3] = ["ads_read", "ads_management", "business_management"];

#[derive(Debug, Default)]
struct Issued {
    /// Codes by the address they were sent to.
    codes: HashMap<String, String>,
    /// Tokens by the moment they die, on the world's clock.
    tokens: HashMap<String, Timestamp>,
    count: u64,
}

/// Codes and user tokens issued since the start.
#[derive(Debug, Default)]
pub struct Tokens {
    issued: Mutex<Issued>,
}

impl Tokens {
    /// Whether a token was issued and is still good.
    pub fn check(&self, token: &str, now: Timestamp) -> Result<(), GraphError> {
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        match issued.tokens.get(token) {
            Some(until) if now < *until => Ok(()),
            Some(_) => Err(GraphError::expired_token()),
            None => Err(GraphError::bad_token()),
        }
    }

    fn issue(&self, seed: u64, now: Timestamp, seconds: i64) -> String {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.count += 1;
        let token = format!("EAAU{:016x}{:016x}", mix(seed ^ issued.count), mix(mix(issued.count) ^ seed));
        issued.tokens.insert(token.clone(), now.saturating_add(seconds.seconds()).unwrap_or(now));
        token
    }

    fn new_code(&self, seed: u64, redirect_uri: &str) -> String {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.count += 1;
        let code = format!("AQ{:016x}", mix(seed.wrapping_add(issued.count)));
        issued.codes.insert(code.clone(), redirect_uri.to_owned());
        code
    }

    /// A code works once, and only with the address it was sent to.
    fn take_code(&self, code: &str, redirect_uri: &str) -> bool {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.codes.remove(code).is_some_and(|address| address == redirect_uri)
    }

    fn forget_all(&self) {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner).tokens.clear();
    }

    fn expiry(&self, token: &str) -> Option<Timestamp> {
        let issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        issued.tokens.get(token).copied()
    }
}

/// Answers `dialog/oauth`, `oauth/access_token` and `debug_token`.
pub fn answer(call: &Call, state: &AppState) -> Result<Response, GraphError> {
    match (call.node.as_str(), call.edge.as_str()) {
        ("dialog", "oauth") => dialog(call, state),
        ("oauth", "access_token") => token(call, state),
        ("debug_token", "") => inspect(call, state),
        _ => Err(GraphError::no_object(call.method.as_str(), &call.node)),
    }
}

fn dialog(call: &Call, state: &AppState) -> Result<Response, GraphError> {
    if call.require("client_id")? != state.secrets.meta_app_id {
        return Err(GraphError::bad_client());
    }
    let address = call.require("redirect_uri")?;
    let mut target =
        Url::parse(address).map_err(|_| GraphError::parameter("Param redirect_uri must be a valid URI"))?;
    if !matches!(target.scheme(), "http" | "https") {
        return Err(GraphError::parameter("Param redirect_uri must be a valid URI"));
    }
    let code = state.meta.tokens.new_code(state.options.seed, address);
    target.query_pairs_mut().append_pair("code", &code);
    if let Some(value) = call.param("state") {
        target.query_pairs_mut().append_pair("state", value);
    }
    Ok((StatusCode::FOUND, [(header::LOCATION, String::from(target))]).into_response())
}

fn token(call: &Call, state: &AppState) -> Result<Response, GraphError> {
    let secrets = &state.secrets;
    if call.require("client_id")? != secrets.meta_app_id
        || call.require("client_secret")? != secrets.meta_app_secret
    {
        return Err(GraphError::bad_client());
    }
    let (now, seed) = (state.world.now(), state.options.seed);
    let seconds = match call.param("grant_type") {
        Some("client_credentials") => {
            let token = format!("{}|{}", secrets.meta_app_id, secrets.meta_app_secret);
            return Ok(Json(json!({"access_token": token, "token_type": "bearer"})).into_response());
        }
        Some("fb_exchange_token") => {
            state.meta.tokens.check(call.require("fb_exchange_token")?, now)?;
            LONG_SECONDS
        }
        None | Some("authorization_code") => {
            if !state.meta.tokens.take_code(call.require("code")?, call.require("redirect_uri")?) {
                return Err(GraphError::bad_code());
            }
            SHORT_SECONDS
        }
        Some(other) => {
            return Err(GraphError::parameter(format!("Param grant_type: unknown value {other:?}")));
        }
    };
    let token = state.meta.tokens.issue(seed, now, seconds);
    Ok(Json(json!({"access_token": token, "token_type": "bearer", "expires_in": seconds})).into_response())
}

/// Takes back what the person granted the app: one permission, or all of them. Without any the app is no longer let in,
/// so every token of the person dies; a system user's token is no person's.
pub fn remove_permissions(call: &Call, state: &AppState) -> Result<serde_json::Value, GraphError> {
    if call.node != "me" && call.node != USER_ID {
        return Err(GraphError::no_object(call.method.as_str(), &call.node));
    }
    match call.param("permission") {
        Some(name) if SCOPES.contains(&name) => {}
        Some(name) => return Err(GraphError::parameter(format!("Param permission: unknown value {name:?}"))),
        None => state.meta.tokens.forget_all(),
    }
    Ok(json!({"success": true}))
}

fn inspect(call: &Call, state: &AppState) -> Result<Response, GraphError> {
    let secrets = &state.secrets;
    let app = format!("{}|{}", secrets.meta_app_id, secrets.meta_app_secret);
    match call.token.as_deref() {
        None => return Err(GraphError::no_token()),
        Some(token) if token == app => {}
        Some(_) => call.authenticate(state)?,
    }
    let token = call.require("input_token")?;
    let (valid, expires_at) = if token == secrets.meta_access_token {
        (true, 0)
    } else {
        let expiry = state.meta.tokens.expiry(token);
        (expiry.is_some_and(|until| state.world.now() < until), expiry.map_or(0, |until| until.as_second()))
    };
    let kind = if expires_at == 0 { "SYSTEM_USER" } else { "USER" };
    Ok(Json(json!({"data": {
        "app_id": secrets.meta_app_id,
        "application": "Netgain",
        "type": kind,
        "is_valid": valid,
        "expires_at": expires_at,
        "data_access_expires_at": 0,
        "scopes": SCOPES,
        "user_id": USER_ID,
    }}))
    .into_response())
}

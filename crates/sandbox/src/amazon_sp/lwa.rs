//! Sign-in with Amazon: the consent page that consents by itself, and tokens of one hour on the world's clock.
use super::call::Call;
use super::error::SpError;
use super::{Own, Seller, empty_seller_refresh_token, narrow_refresh_token, refresh_token, seller_id};
use crate::AppState;
use crate::draw::mix;
use crate::secrets::Secrets;
use axum::Json;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{Timestamp, ToSpan};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use url::{Url, form_urlencoded};

/// Seconds an access token lives.
const HOUR: i64 = 3_600;
/// Days after which a seller must consent anew.
const CONSENT_DAYS: i64 = 365;
/// Seconds a code can be exchanged.
const CODE_SECONDS: i64 = 300;

/// What an access token may do.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    pub seller: Seller,
    /// Without the finance role.
    pub narrow: bool,
    until: Timestamp,
}

#[derive(Debug, Default)]
struct Kept {
    count: u64,
    /// Codes and when they end.
    codes: HashMap<String, Timestamp>,
    access: HashMap<String, Grant>,
    /// Grants made by consent, and when the seller must consent anew.
    refresh: HashMap<String, Timestamp>,
}

/// Codes and tokens given out.
#[derive(Debug, Default)]
pub struct Tokens {
    kept: Mutex<Kept>,
}

impl Tokens {
    /// What a token may do now.
    pub fn check(&self, token: &str, now: Timestamp) -> Result<Grant, SpError> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.access.get(token) {
            Some(grant) if now < grant.until => Ok(*grant),
            Some(_) => Err(SpError::expired_token()),
            None => Err(SpError::bad_token()),
        }
    }
}

/// The app's client id.
pub fn client_id(secrets: &Secrets) -> String {
    format!("amzn1.application-oa2-client.{}", &secrets.word("amazon client")[..32])
}

/// The app's client secret.
pub fn client_secret(secrets: &Secrets) -> String {
    format!("amzn1.oa2-cs.v1.{}", secrets.word("amazon secret"))
}

/// The app's id on the consent page.
pub fn application_id(secrets: &Secrets) -> String {
    format!("amzn1.sp.solution.{}", &secrets.word("amazon application")[..32])
}

fn refuse(status: StatusCode, error: &str, description: &str) -> Response {
    (status, Json(json!({"error": error, "error_description": description}))).into_response()
}

/// The seller has withdrawn the consent, or it is too old.
pub fn invalid_grant() -> Response {
    let words = "The request has an invalid grant parameter : refresh_token";
    refuse(StatusCode::BAD_REQUEST, "invalid_grant", words)
}

/// Answers the consent page and the token endpoint.
pub fn answer(state: &AppState, own: &Own, call: &Call) -> Result<Response, SpError> {
    let mut kept = own.tokens.kept.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(match (&call.method, call.raw_path.as_str()) {
        (&Method::GET, "/apps/authorize/consent") => consent(state, &mut kept, call),
        (&Method::POST, "/auth/o2/token") => token(state, &mut kept, call),
        _ => return Err(SpError::not_found(&call.raw_path)),
    })
}

fn next_word(state: &AppState, kept: &mut Kept) -> String {
    kept.count += 1;
    format!("{:016x}{:016x}", mix(state.options.seed ^ mix(kept.count)), mix(mix(kept.count)))
}

fn consent(state: &AppState, kept: &mut Kept, call: &Call) -> Response {
    if call.param("application_id") != Some(application_id(&state.secrets).as_str()) {
        return refuse(StatusCode::BAD_REQUEST, "MD1000", "The application id is not known.");
    }
    let Some(mut target) = call.param("redirect_uri").and_then(|address| Url::parse(address).ok()) else {
        return refuse(StatusCode::BAD_REQUEST, "MD9100", "The redirect URI is missing or not registered.");
    };
    let code = next_word(state, kept)[..20].to_owned();
    let until = state.world.now().saturating_add(CODE_SECONDS.seconds()).unwrap_or(state.world.now());
    kept.codes.insert(code.clone(), until);
    target.query_pairs_mut().append_pair("spapi_oauth_code", &code);
    target.query_pairs_mut().append_pair("selling_partner_id", &seller_id(&state.secrets));
    if let Some(value) = call.param("state") {
        target.query_pairs_mut().append_pair("state", value);
    }
    (StatusCode::FOUND, [(header::LOCATION, String::from(target))]).into_response()
}

fn token(state: &AppState, kept: &mut Kept, call: &Call) -> Response {
    let form: HashMap<String, String> = form_urlencoded::parse(&call.body).into_owned().collect();
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    let secrets = &state.secrets;
    if field("client_id") != client_id(secrets) || field("client_secret") != client_secret(secrets) {
        return refuse(StatusCode::UNAUTHORIZED, "invalid_client", "Client authentication failed");
    }
    let now = state.world.now();
    let mut grant = Grant {
        seller: Seller::Main,
        narrow: false,
        until: now.saturating_add(HOUR.seconds()).unwrap_or(now),
    };
    let mut refresh = None;
    match field("grant_type") {
        "refresh_token" => {
            let sent = field("refresh_token");
            if sent == empty_seller_refresh_token(secrets) {
                grant.seller = Seller::Empty;
            } else if sent == narrow_refresh_token(secrets) {
                grant.narrow = true;
            } else if sent != refresh_token(secrets)
                && kept.refresh.get(sent).is_none_or(|until| *until <= now)
            {
                return invalid_grant();
            }
            // the grant itself stays as it is: Amazon does not rotate it
            refresh = Some(sent.to_owned());
        }
        "authorization_code" => {
            if kept.codes.remove(field("code")).is_none_or(|until| until <= now) {
                let words = "The request has an invalid grant parameter : code";
                return refuse(StatusCode::BAD_REQUEST, "invalid_grant", words);
            }
            let made = format!("Atzr|{}", next_word(state, kept));
            let until = now.saturating_add((CONSENT_DAYS * 24).hours()).unwrap_or(now);
            kept.refresh.insert(made.clone(), until);
            refresh = Some(made);
        }
        "client_credentials" => {
            if !field("scope").starts_with("sellingpartnerapi::") {
                return refuse(StatusCode::BAD_REQUEST, "invalid_scope", "The request has an invalid scope");
            }
            grant.seller = Seller::Empty;
        }
        _ => {
            let words = "The grant type is not supported by the authorization server";
            return refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type", words);
        }
    }
    let access = format!("Atza|{}", next_word(state, kept));
    kept.access.insert(access.clone(), grant);
    let mut body = json!({"access_token": access, "token_type": "bearer", "expires_in": HOUR});
    if let Some(refresh) = refresh {
        body["refresh_token"] = json!(refresh);
    }
    Json(body).into_response()
}

//! The authorization code grant with refresh tokens that work once, and tokens of a location for a company.
use super::{EMPTY_LOCATION, Refusal, Shared, company, location};
use crate::AppState;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use url::Url;

/// Life of an access token, seconds of the world's clock.
const ACCESS_LIFE: i64 = 86_399;
/// Life of a refresh token that was not used.
const REFRESH_LIFE: i64 = 365 * 86_400;
const CODE_LIFE: i64 = 600;
const SCOPE: &str =
    "contacts.readonly contacts.write opportunities.readonly opportunities.write locations.readonly";

/// Whom a token speaks for: one location, or (none) a company with all of its locations.
type Bound = Option<String>;

#[derive(Debug, Default)]
struct Given {
    count: u64,
    /// Codes with the address they were sent to, their end and whom they speak for.
    codes: HashMap<String, (String, i64, Bound)>,
    access: HashMap<String, (i64, Bound)>,
    refresh: HashMap<String, (i64, Bound)>,
}

/// Codes and tokens that were given out, and the app's own credentials.
#[derive(Debug)]
pub struct Tokens {
    client_id: String,
    client_secret: String,
    private: String,
    seed_word: String,
    given: Mutex<Given>,
}

impl Tokens {
    /// The credentials of the sandbox's seed, with one refresh token of the location already given out.
    pub fn new(state: &AppState) -> Tokens {
        let word = |purpose: &str| state.secrets.word(purpose);
        let uuid = word("gohighlevel private token");
        let parts = [&uuid[..8], &uuid[8..12], &uuid[12..16], &uuid[16..20], &uuid[20..32]];
        let tokens = Tokens {
            client_id: format!("{}-{}", &word("gohighlevel client")[..24], &word("gohighlevel app")[..8]),
            client_secret: word("gohighlevel secret")[..36].to_owned(),
            private: format!("pit-{}", parts.join("-")),
            seed_word: word("gohighlevel tokens"),
            given: Mutex::default(),
        };
        let until = state.world.now().as_second() + REFRESH_LIFE;
        tokens.lock().refresh.insert(tokens.first_refresh(), (until, Some(location(state))));
        tokens
    }

    /// The app's id.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The app's secret.
    pub fn client_secret(&self) -> &str {
        &self.client_secret
    }

    /// The private integration token, which does not expire.
    pub fn private(&self) -> &str {
        &self.private
    }

    /// The refresh token that the location's owner has got already.
    pub fn first_refresh(&self) -> String {
        format!("rt_{}", &self.seed_word[..40])
    }

    fn lock(&self) -> MutexGuard<'_, Given> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whom a bearer token speaks for.
    pub fn check(&self, token: &str, now: i64) -> Result<Bound, Refusal> {
        if token == self.private {
            return Ok(None);
        }
        match self.lock().access.get(token) {
            Some((until, bound)) if now < *until => Ok(bound.clone()),
            Some(_) => Err(Refusal::unauthorized("Invalid token: access token is expired")),
            None => Err(Refusal::unauthorized("Invalid token: access token is invalid")),
        }
    }

    fn word(&self, given: &mut Given, kind: &str) -> String {
        given.count += 1;
        let digits = crate::secrets::encode(
            &crate::draw::mix(crate::draw::mix(given.count) ^ self.seed_word.len() as u64).to_be_bytes(),
        );
        format!("{kind}_{}{digits}{:04}", &self.seed_word[..24], given.count)
    }

    fn issue(&self, bound: Bound, now: i64) -> (String, String) {
        let mut given = self.lock();
        let access = self.word(&mut given, "at");
        let refresh = self.word(&mut given, "rt");
        given.access.insert(access.clone(), (now + ACCESS_LIFE, bound.clone()));
        given.refresh.insert(refresh.clone(), (now + REFRESH_LIFE, bound));
        (access, refresh)
    }
}

fn invalid_grant(words: &str) -> Response {
    let body =
        json!({"error": "invalid_grant", "error_description": words, "statusCode": 400, "message": words});
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}

/// The page where a location is chosen; the sandbox chooses at once and sends the code.
pub async fn authorize(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Response {
    let query: HashMap<String, String> =
        url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let text = |name: &str| query.get(name).map(String::as_str);
    if text("client_id") != Some(shared.tokens.client_id()) || text("response_type") != Some("code") {
        return Refusal::bad("client_id or response_type is invalid").into_response();
    }
    let Some(mut target) = text("redirect_uri").and_then(|address| Url::parse(address).ok()) else {
        return Refusal::bad("redirect_uri is invalid").into_response();
    };
    let bound = (text("user_type") != Some("Company")).then(|| shared.location.clone());
    let now = shared.app.world.now().as_second();
    let code = {
        let mut given = shared.tokens.lock();
        let code = shared.tokens.word(&mut given, "code");
        let address = text("redirect_uri").unwrap_or_default().to_owned();
        given.codes.insert(code.clone(), (address, now + CODE_LIFE, bound));
        code
    };
    target.query_pairs_mut().append_pair("code", &code);
    if let Some(value) = text("state") {
        target.query_pairs_mut().append_pair("state", value);
    }
    (StatusCode::FOUND, [(header::LOCATION, String::from(target))]).into_response()
}

/// The members of a form or of a JSON object.
fn members(headers: &HeaderMap, body: &[u8]) -> HashMap<String, String> {
    let json = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if json.is_some_and(|kind| kind.starts_with("application/json")) {
        let object: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
        let text = |(name, value): (String, Value)| Some((name, value.as_str()?.to_owned()));
        return object.into_iter().filter_map(text).collect();
    }
    url::form_urlencoded::parse(body).into_owned().collect()
}

/// `POST /oauth/token`: names are in camel case in v3 and with underscores before.
pub async fn token(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let camel = headers.get("version").is_some_and(|version| version == "v3");
    let members = members(&headers, &body);
    let field = |v3: &str, before: &str| members.get(if camel { v3 } else { before }).map(String::as_str);
    let known = field("clientId", "client_id") == Some(shared.tokens.client_id())
        && field("clientSecret", "client_secret") == Some(shared.tokens.client_secret());
    if !known {
        return Refusal::unauthorized("Invalid client credentials!").into_response();
    }
    let now = shared.app.world.now().as_second();
    let bound = match field("grantType", "grant_type") {
        Some("authorization_code") => {
            let code = field("code", "code").unwrap_or_default();
            let taken = shared.tokens.lock().codes.remove(code);
            let address = field("redirectUri", "redirect_uri");
            match taken.filter(|(sent_to, until, _)| address.is_none_or(|one| one == sent_to) && now < *until)
            {
                Some((_, _, bound)) => bound,
                None => return invalid_grant("Invalid grant: authorization code is invalid"),
            }
        }
        Some("refresh_token") => {
            let token = field("refreshToken", "refresh_token").unwrap_or_default();
            // it works once: the answer carries the next one
            let taken = shared.tokens.lock().refresh.remove(token);
            match taken.filter(|(until, _)| now < *until) {
                Some((_, bound)) => bound,
                None => return invalid_grant("Invalid grant: refresh token is invalid"),
            }
        }
        _ => {
            return Refusal::invalid("grantType must be authorization_code or refresh_token").into_response();
        }
    };
    answer(&shared, bound, camel).into_response()
}

fn answer(shared: &Shared, bound: Bound, camel: bool) -> Json<Value> {
    let (access, refresh) = shared.tokens.issue(bound.clone(), shared.app.world.now().as_second());
    let mut body = json!({
        "scope": SCOPE,
        "userType": if bound.is_some() { "Location" } else { "Company" },
        "companyId": company(&shared.app),
        "userId": super::identifier(shared.app.options.seed, "user", 1),
    });
    let names = if camel {
        ["accessToken", "tokenType", "expiresIn", "refreshToken"]
    } else {
        ["access_token", "token_type", "expires_in", "refresh_token"]
    };
    for (name, value) in
        names.into_iter().zip([json!(access), json!("Bearer"), json!(ACCESS_LIFE), json!(refresh)])
    {
        body[name] = value;
    }
    if let Some(location) = bound {
        body["locationId"] = Value::String(location);
    }
    Json(body)
}

/// A company's token turned into one of a location.
pub async fn location_token(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let camel = headers.get("version").is_some_and(|version| version == "v3");
    let call = match shared.admit(&headers, None, &[]) {
        Ok(call) => call,
        Err(refusal) => return refusal.into_response(),
    };
    if call.bound.is_some() {
        return Refusal::unauthorized("This route is for tokens of a company").into_response();
    }
    let members = members(&headers, &body);
    let asked = members.get("locationId").map(String::as_str);
    let known = asked.filter(|id| *id == shared.location || *id == EMPTY_LOCATION);
    match (members.get("companyId"), known) {
        (Some(id), Some(location)) if *id == company(&shared.app) => {
            answer(&shared, Some(location.to_owned()), camel).into_response()
        }
        _ => Refusal::bad("Location not found").into_response(),
    }
}

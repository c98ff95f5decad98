//! Google's OAuth 2: authorization page, token and revocation, as documented for web server applications.
//!
//! Access tokens live an hour of the world's clock; a refresh token stays the same until it is revoked.
use super::Call;
use crate::AppState;
use crate::secrets::{Secrets, encode};
use axum::Json;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use url::Url;

/// Seconds an access token lives; the platform answers one less than an hour.
const ACCESS_LIFE: i64 = 3_599;
const CODE_LIFE: i64 = 600;

/// The client id of the face's application.
pub fn client_id(secrets: &Secrets, id: &str) -> String {
    let word = secrets.word(&format!("{id} client id"));
    let digits: String = word.bytes().take(12).map(|byte| char::from(b'0' + byte % 10)).collect();
    format!("{digits}-{}.apps.googleusercontent.com", &word[..32])
}

/// The client secret of the face's application.
pub fn client_secret(secrets: &Secrets, id: &str) -> String {
    format!("GOCSPX-{}", &secrets.word(&format!("{id} client secret"))[..28])
}

/// The refresh token of the merchant who has agreed already.
pub fn refresh_token(secrets: &Secrets, id: &str) -> String {
    format!("1//0{}", secrets.word(&format!("{id} refresh token")))
}

/// What a token is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Opens the API.
    Good,
    /// Was good once.
    Expired,
    /// Was taken back by its owner.
    Revoked,
    /// Never given out.
    Unknown,
    /// None was sent.
    Missing,
}

struct Code {
    redirect_uri: String,
    until: i64,
    offline: bool,
    scope: String,
    /// The PKCE method and challenge.
    challenge: Option<(bool, String)>,
}

#[derive(Default)]
struct Given {
    counter: u64,
    codes: HashMap<String, Code>,
    /// Access tokens: end of life, and the refresh token they came from.
    access: HashMap<String, (i64, String)>,
    refresh: HashMap<String, String>,
    revoked: HashSet<String>,
    refreshes: u64,
}

/// The tokens of one face.
pub struct Grants {
    app: Arc<AppState>,
    id: &'static str,
    client_id: String,
    client_secret: String,
    given: Mutex<Given>,
}

type Answer = Result<Value, (StatusCode, &'static str, &'static str)>;

impl Grants {
    /// At first only the refresh token of the ready line is good, with `scope`.
    pub fn new(app: &Arc<AppState>, id: &'static str, scope: &str) -> Grants {
        let mut given = Given::default();
        given.refresh.insert(refresh_token(&app.secrets, id), scope.to_owned());
        Grants {
            app: Arc::clone(app),
            id,
            client_id: client_id(&app.secrets, id),
            client_secret: client_secret(&app.secrets, id),
            given: Mutex::new(given),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Given> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        self.app.world.now().as_second()
    }

    /// What the token of a call is worth now.
    pub fn standing(&self, token: Option<&str>) -> Standing {
        let Some(token) = token else { return Standing::Missing };
        let given = self.lock();
        match given.access.get(token) {
            None => Standing::Unknown,
            Some((_, origin)) if given.revoked.contains(origin) => Standing::Revoked,
            Some((until, _)) if self.now() >= *until => Standing::Expired,
            Some(_) => Standing::Good,
        }
    }

    /// Answers the sign-in paths; none when the path is another one.
    pub fn answer(&self, call: &Call) -> Option<Response> {
        match (&call.method, call.path.as_str()) {
            (&Method::GET, "/o/oauth2/v2/auth") => Some(self.authorize(&call.form())),
            (&Method::POST, "/token") => Some(reply(self.token(&call.form()))),
            (&Method::POST, "/revoke") => Some(reply(self.revoke(&call.form()))),
            _ => None,
        }
    }

    /// The merchant agrees at once.
    fn authorize(&self, fields: &BTreeMap<String, String>) -> Response {
        let field = |name: &str| fields.get(name).map_or("", String::as_str);
        let refuse = |code: &str, words: &str| {
            (StatusCode::BAD_REQUEST, format!("Error 400: {code}\n{words}")).into_response()
        };
        if field("client_id") != self.client_id {
            return refuse("invalid_client", "The OAuth client was not found.");
        }
        let Ok(mut target) = Url::parse(field("redirect_uri")) else {
            return refuse("redirect_uri_mismatch", "redirect_uri must be an absolute address.");
        };
        if field("response_type") != "code" {
            return refuse("invalid_request", "response_type must be code.");
        }
        if field("scope").is_empty() {
            return refuse("invalid_request", "Missing required parameter: scope");
        }
        let challenge = match (field("code_challenge"), field("code_challenge_method")) {
            ("", _) => None,
            (challenge, "S256") => Some((true, challenge.to_owned())),
            (challenge, "" | "plain") => Some((false, challenge.to_owned())),
            _ => return refuse("invalid_request", "code_challenge_method must be S256 or plain."),
        };
        let mut given = self.lock();
        let code = format!("4/0{}", self.fresh(&mut given));
        given.codes.insert(
            code.clone(),
            Code {
                redirect_uri: field("redirect_uri").to_owned(),
                until: self.now() + CODE_LIFE,
                offline: field("access_type") == "offline",
                scope: field("scope").to_owned(),
                challenge,
            },
        );
        let mut pairs = target.query_pairs_mut();
        if !field("state").is_empty() {
            pairs.append_pair("state", field("state"));
        }
        pairs.append_pair("code", &code).append_pair("scope", field("scope"));
        drop(pairs);
        (StatusCode::FOUND, [(header::LOCATION, target.to_string())]).into_response()
    }

    fn fresh(&self, given: &mut Given) -> String {
        given.counter += 1;
        let digest = Sha256::new()
            .chain_update(&self.client_secret)
            .chain_update(self.id)
            .chain_update(given.counter.to_be_bytes())
            .finalize();
        encode(&digest)
    }

    fn token(&self, fields: &BTreeMap<String, String>) -> Answer {
        let bad = StatusCode::BAD_REQUEST;
        let field = |name: &str| fields.get(name).map_or("", String::as_str);
        if field("client_id") != self.client_id {
            return Err((StatusCode::UNAUTHORIZED, "invalid_client", "The OAuth client was not found."));
        }
        if field("client_secret") != self.client_secret {
            return Err((StatusCode::UNAUTHORIZED, "invalid_client", "Unauthorized"));
        }
        let now = self.now();
        let mut given = self.lock();
        let (origin, scope, shown) = match field("grant_type") {
            "refresh_token" => {
                let token = field("refresh_token");
                if token.is_empty() {
                    return Err((bad, "invalid_request", "Missing required parameter: refresh_token"));
                }
                let known = given.refresh.get(token).filter(|_| !given.revoked.contains(token)).cloned();
                let Some(scope) = known else {
                    let words = if given.revoked.contains(token) {
                        "Token has been expired or revoked."
                    } else {
                        "Bad Request"
                    };
                    return Err((bad, "invalid_grant", words));
                };
                given.refreshes += 1;
                (token.to_owned(), scope, None)
            }
            "authorization_code" => {
                let code = given.codes.remove(field("code")).filter(|code| now < code.until);
                let Some(code) = code else { return Err((bad, "invalid_grant", "Malformed auth code.")) };
                if code.redirect_uri != field("redirect_uri") {
                    return Err((bad, "redirect_uri_mismatch", "Bad Request"));
                }
                if let Some((hashed, challenge)) = &code.challenge {
                    let verifier = field("code_verifier");
                    let sent = if *hashed {
                        URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
                    } else {
                        verifier.to_owned()
                    };
                    if verifier.is_empty() || sent != *challenge {
                        return Err((bad, "invalid_grant", "Invalid code verifier."));
                    }
                }
                let refresh = format!("1//0{}", self.fresh(&mut given));
                given.refresh.insert(refresh.clone(), code.scope.clone());
                (refresh.clone(), code.scope, code.offline.then_some(refresh))
            }
            "" => return Err((bad, "invalid_request", "Missing required parameter: grant_type")),
            _ => return Err((bad, "unsupported_grant_type", "Invalid grant_type")),
        };
        let access = format!("ya29.a0{}", self.fresh(&mut given));
        given.access.insert(access.clone(), (now + ACCESS_LIFE, origin));
        let mut answer = json!({
            "access_token": access,
            "expires_in": ACCESS_LIFE,
            "scope": scope,
            "token_type": "Bearer",
        });
        if let Some(refresh) = shown {
            answer["refresh_token"] = refresh.into();
        }
        Ok(answer)
    }

    /// Takes back a refresh token with all its access tokens, or the grant behind an access token.
    fn revoke(&self, fields: &BTreeMap<String, String>) -> Answer {
        let token = fields.get("token").map_or("", String::as_str);
        let mut given = self.lock();
        let origin = match given.access.get(token) {
            Some((_, origin)) => Some(origin.clone()),
            None => given.refresh.contains_key(token).then(|| token.to_owned()),
        };
        match origin.filter(|origin| !given.revoked.contains(origin)) {
            Some(origin) => {
                given.revoked.insert(origin);
                Ok(json!({}))
            }
            None => Err((StatusCode::BAD_REQUEST, "invalid_token", "Token expired or revoked")),
        }
    }

    /// How often a refresh token was used.
    pub fn refreshes(&self) -> u64 {
        self.lock().refreshes
    }
}

fn reply(answer: Answer) -> Response {
    let no_store = [(header::CACHE_CONTROL, "no-store")];
    match answer {
        Ok(body) => (no_store, Json(body)).into_response(),
        Err((status, error, words)) => {
            (status, no_store, Json(json!({ "error": error, "error_description": words }))).into_response()
        }
    }
}

//! The authorization code grant with permanent or expiring offline tokens.
use super::{Face, json, not_found};
use crate::AppState;
use crate::secrets::encode;
use crate::world::shop::Seconds;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const ACCESS_LIFE: Seconds = 3_600;
const REFRESH_LIFE: Seconds = 90 * 86_400;
const CODE_LIFE: Seconds = 600;

/// Codes and tokens that were given out.
pub struct Grants {
    client_id: String,
    client_secret: String,
    permanent: String,
    state: Mutex<Given>,
}

#[derive(Default)]
struct Given {
    counter: u64,
    codes: HashMap<String, (String, Seconds)>,
    access: HashMap<String, Option<Seconds>>,
    refresh: HashMap<String, Refresh>,
}

struct Refresh {
    scope: String,
    until: Seconds,
    /// The token it replaced, which lives until this one is used.
    replaced: Option<String>,
}

impl Grants {
    /// Only the token of the ready line is accepted at first.
    pub fn new(app: &AppState) -> Grants {
        Grants {
            client_id: app.secrets.shopify_client_id.clone(),
            client_secret: app.secrets.shopify_client_secret.clone(),
            permanent: app.secrets.shopify_access_token.clone(),
            state: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Given> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the token opens the API at `now`.
    pub fn accepts(&self, token: &str, now: Seconds) -> bool {
        let given = self.lock();
        token == self.permanent
            || given.access.get(token).is_some_and(|until| until.is_none_or(|until| now < until))
    }

    fn fresh(&self, given: &mut Given, prefix: &str) -> String {
        given.counter += 1;
        let digest = Sha256::new()
            .chain_update(&self.client_secret)
            .chain_update(given.counter.to_be_bytes())
            .finalize();
        format!("{prefix}{}", &encode(&digest)[..32])
    }

    fn code(&self, scope: &str, now: Seconds) -> String {
        let mut given = self.lock();
        let code = self.fresh(&mut given, "");
        given.codes.insert(code.clone(), (scope.to_owned(), now + CODE_LIFE));
        code
    }

    fn redeem(
        &self,
        fields: &BTreeMap<String, String>,
        now: Seconds,
    ) -> Result<serde_json::Value, (&'static str, &'static str)> {
        let field = |name: &str| fields.get(name).map_or("", String::as_str);
        if field("client_id") != self.client_id || field("client_secret") != self.client_secret {
            return Err(("invalid_client", "The client id or the client secret is wrong"));
        }
        let mut given = self.lock();
        let (scope, expiring, replaced) = if field("grant_type") == "refresh_token" {
            let token = field("refresh_token").to_owned();
            let known = given.refresh.get_mut(&token).filter(|known| now < known.until);
            let Some(known) = known else { return Err(("invalid_grant", "The refresh token is not valid")) };
            let scope = known.scope.clone();
            let older = known.replaced.take();
            if let Some(older) = older {
                given.refresh.remove(&older);
            }
            (scope, true, Some(token))
        } else {
            let code = given.codes.remove(field("code")).filter(|(_, until)| now < *until);
            let Some((scope, _)) = code else {
                return Err(("invalid_request", "The authorization code was not found or was already used"));
            };
            (scope, matches!(field("expiring"), "1" | "true"), None)
        };
        let access = self.fresh(&mut given, "shpat_");
        given.access.insert(access.clone(), expiring.then_some(now + ACCESS_LIFE));
        let mut answer = serde_json::json!({ "access_token": access, "scope": scope });
        if expiring {
            let refresh = self.fresh(&mut given, "shprt_");
            given.refresh.insert(refresh.clone(), Refresh { scope, until: now + REFRESH_LIFE, replaced });
            answer["expires_in"] = ACCESS_LIFE.into();
            answer["refresh_token"] = refresh.into();
            answer["refresh_token_expires_in"] = REFRESH_LIFE.into();
        }
        Ok(answer)
    }

    /// The signature over sorted query fields.
    fn sign(&self, fields: &BTreeMap<&str, String>) -> String {
        let message: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.client_secret.as_bytes()) else {
            return String::new();
        };
        mac.update(message.join("&").as_bytes());
        encode(&mac.finalize().into_bytes())
    }
}

/// `GET /admin/oauth/authorize`: the merchant agrees at once.
pub async fn authorize(
    State(face): State<Arc<Face>>,
    Path(params): Path<HashMap<String, String>>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let shop = params.get("shop").map_or("", String::as_str);
    if shop != face.app.world.brand.name {
        return not_found();
    }
    let field = |name: &str| query.get(name).map_or("", String::as_str);
    let refuse = |words: &str| {
        json(StatusCode::BAD_REQUEST, serde_json::json!({ "errors": words }).to_string().into_bytes())
    };
    if field("client_id") != face.oauth.client_id {
        return refuse("invalid client_id: no app has this id");
    }
    let Ok(mut target) = url::Url::parse(field("redirect_uri")) else {
        return refuse("invalid redirect_uri: it must be an absolute address");
    };
    let now = face.app.world.now().as_second();
    let mut fields: BTreeMap<&str, String> = BTreeMap::new();
    fields.insert("code", face.oauth.code(field("scope"), now));
    fields.insert("shop", format!("{shop}.myshopify.com"));
    fields.insert("state", field("state").to_owned());
    fields.insert("timestamp", now.to_string());
    let signature = face.oauth.sign(&fields);
    target.query_pairs_mut().extend_pairs(&fields).append_pair("hmac", &signature);
    (StatusCode::FOUND, [(header::LOCATION, target.to_string())]).into_response()
}

/// `POST /admin/oauth/access_token`, JSON or form.
pub async fn access_token(
    State(face): State<Arc<Face>>,
    Path(params): Path<HashMap<String, String>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if params.get("shop") != Some(&face.app.world.brand.name) {
        return not_found();
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let fields: BTreeMap<String, String> = if kind.starts_with("application/json") {
        let values: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&body).unwrap_or_default();
        let text = |value: serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        values.into_iter().map(|(name, value)| (name, text(value))).collect()
    } else {
        url::form_urlencoded::parse(&body).into_owned().collect()
    };
    match face.oauth.redeem(&fields, face.app.world.now().as_second()) {
        Ok(answer) => json(StatusCode::OK, answer.to_string().into_bytes()),
        Err((error, words)) => {
            let body = serde_json::json!({ "error": error, "error_description": words });
            json(StatusCode::BAD_REQUEST, body.to_string().into_bytes())
        }
    }
}

//! The Postscript API face, nested under `/postscript`, written from the documents of its Partner API v2.
//!
//! A shop speaks with its own key, a partner with its key and the shop's in `X-Postscript-Shop-Token`.
//! `sk_empty` is the key of a second shop, in which nothing ever happened.
mod messages;
mod subscribers;
mod webhooks;

pub use subscribers::changes;

use crate::AppState;
use crate::faces::Face;
use crate::server::Platform;
use crate::windows::{Window, Windows};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Instant;

/// How the sandbox serves this platform.
pub const FACE: Face = Face { id: "postscript", router, platform, point_of, throttled, expired_token };

/// Calls a second of one token, or of one partner and shop together.
const CALLS: &[Window] = &[(1, 15)];
const EMPTY_KEY: &str = "sk_empty";

struct Shared {
    app: Arc<AppState>,
    windows: Windows,
    keys: Keys,
    /// Who was unsubscribed through the API, and when.
    unsubscribed: subscribers::Unsubscribed,
    requests: messages::Requests,
    hooks: webhooks::Hooks,
}

struct Keys {
    shop: String,
    partner: String,
}

impl Keys {
    fn new(state: &AppState) -> Keys {
        Keys {
            shop: format!("sk_{}", &state.secrets.word("postscript shop")[..32]),
            partner: format!("sk_partner_{}", &state.secrets.word("postscript partner")[..32]),
        }
    }
}

/// An answer that is not what was asked for.
#[derive(Debug)]
struct Refusal(StatusCode, Value);

impl Refusal {
    /// The platform's own error form.
    fn coded(status: StatusCode, code: u32, message: &str) -> Refusal {
        Refusal(status, json!({"error_code": code, "error_message": message, "success": false}))
    }

    /// What is wrong with the request.
    fn invalid(message: &str) -> Refusal {
        let error = json!({"ctx": {}, "log": [], "msg": message, "type": "value_error"});
        Refusal(StatusCode::BAD_REQUEST, json!({ "errors": [error] }))
    }

    fn missing(what: &str) -> Refusal {
        Refusal::coded(
            StatusCode::NOT_FOUND,
            3001,
            &format!("Could not find {what} matching that information"),
        )
    }

    fn forbidden() -> Refusal {
        Refusal(StatusCode::FORBIDDEN, json!({"error": "You do not have permission to do that."}))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, axum::Json(self.1)).into_response()
    }
}

/// Which shop a call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shop {
    World,
    Empty,
}

/// A call that was let in.
struct Call {
    method: Method,
    path: Vec<String>,
    query: Vec<(String, String)>,
    body: Value,
    /// None for a partner who named no shop.
    shop: Option<Shop>,
}

fn router(state: Arc<AppState>) -> Router {
    let shared = Shared {
        windows: Windows::default(),
        keys: Keys::new(&state),
        unsubscribed: subscribers::Unsubscribed::default(),
        requests: messages::Requests::default(),
        hooks: webhooks::Hooks::default(),
        app: state,
    };
    Router::new().fallback(handle).with_state(Arc::new(shared))
}

fn platform(state: &AppState) -> Option<Platform> {
    let keys = Keys::new(state);
    Some(Platform {
        base_url: format!("{}/postscript", state.address),
        fields: [].into(),
        secrets: [("api_key", keys.shop), ("webhook_token", webhooks::token(state))].into(),
        oauth: [("partner_key", keys.partner)].into(),
    })
}

fn point_of(method: &Method, path: &str) -> &'static str {
    let below = path.strip_prefix("/api/v2/").unwrap_or("").trim_end_matches('/');
    match below.split('/').next().unwrap_or("") {
        "me" => "postscript.me",
        "subscribers" if below == "subscribers" && *method == Method::GET => "postscript.subscribers",
        "subscribers" => "postscript.subscriber",
        "keywords" => "postscript.keywords",
        "message_requests" | "sent_messages" => "postscript.messages",
        "events" => "postscript.events",
        "webhooks" => "postscript.webhooks",
        "compliance" => "postscript.compliance",
        _ => "postscript.other",
    }
}

fn throttled(_state: &AppState, _point: &str) -> Response {
    too_many().into_response()
}

/// No header says how long to wait.
fn too_many() -> Refusal {
    Refusal::coded(StatusCode::TOO_MANY_REQUESTS, 3002, "Rate limit exceeded")
}

/// Keys do not expire; one that was withdrawn answers so.
fn expired_token(_point: &str) -> Response {
    unauthorized().into_response()
}

fn unauthorized() -> Refusal {
    Refusal::coded(StatusCode::UNAUTHORIZED, 1001, "Invalid API key")
}

/// Moments as the platform writes them in its answers.
fn iso(at: i64) -> String {
    Timestamp::from_second(at).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match shared.answer(method, &uri, &headers, &body) {
        Ok((status, value)) => (status, axum::Json(value)).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

impl Shared {
    fn shop_of(&self, key: &str) -> Option<Shop> {
        if key == self.keys.shop { Some(Shop::World) } else { (key == EMPTY_KEY).then_some(Shop::Empty) }
    }

    fn admit(&self, method: Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<Call, Refusal> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let bearer = text(header::AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
        let bearer = bearer.ok_or_else(unauthorized)?;
        let shop = if bearer == self.keys.partner {
            text("x-postscript-shop-token")
                .map(|key| self.shop_of(key).ok_or_else(unauthorized))
                .transpose()?
        } else {
            Some(self.shop_of(bearer).ok_or_else(unauthorized)?)
        };
        let key = format!("{bearer} {}", text("x-postscript-shop-token").unwrap_or_default());
        if !self.app.options.unlimited && self.windows.count(&key, CALLS, Instant::now()).is_err() {
            return Err(too_many());
        }
        let below = uri.path().strip_prefix("/api/v2/").unwrap_or("").trim_end_matches('/');
        let query = url::form_urlencoded::parse(uri.query().unwrap_or("").as_bytes()).into_owned().collect();
        let body = match body {
            [] => Value::Null,
            bytes => serde_json::from_slice(bytes).map_err(|_| Refusal::invalid("the body is not JSON"))?,
        };
        Ok(Call { method, path: below.split('/').map(str::to_owned).collect(), query, body, shop })
    }

    fn answer(
        &self,
        method: Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(StatusCode, Value), Refusal> {
        let call = self.admit(method, uri, headers, body)?;
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        if path == ["me"] {
            return Ok((StatusCode::OK, self.me(call.shop)));
        }
        let shop = call.shop.ok_or_else(Refusal::forbidden)?;
        let (get, post, patch) =
            (call.method == Method::GET, call.method == Method::POST, call.method == Method::PATCH);
        match path.as_slice() {
            ["subscribers"] if get => subscribers::list(self, shop, &call.query).map(ok),
            ["subscribers", id] if get => subscribers::one(self, shop, id).map(ok),
            ["compliance", "unsubscribe"] if patch => {
                subscribers::unsubscribe(self, shop, &call.body).map(|value| (StatusCode::ACCEPTED, value))
            }
            ["keywords"] if get => Ok(ok(json!({ "keywords": subscribers::keywords(self, shop) }))),
            ["keywords", id] if get => {
                let found =
                    subscribers::keywords(self, shop).into_iter().find(|keyword| keyword["id"] == *id);
                found.map(ok).ok_or_else(|| Refusal::missing("keyword"))
            }
            ["events"] if post => messages::event(&call.body).map(|value| (StatusCode::ACCEPTED, value)),
            ["message_requests"] if post => {
                messages::request(self, shop, &call.body).map(|value| (StatusCode::ACCEPTED, value))
            }
            ["message_requests", id] if get => messages::one(self, id, false).map(ok),
            ["sent_messages", id] if get => messages::one(self, id, true).map(ok),
            ["webhooks", rest @ ..] => webhooks::answer(self, &call.method, rest, &call.body).map(ok),
            _ => Err(Refusal::missing("anything")),
        }
    }

    fn me(&self, shop: Option<Shop>) -> Value {
        let name = &self.app.world.brand.name;
        match shop {
            Some(Shop::World) => {
                json!({"resource_id": self.shop_id(), "resource_name": name, "resource_type": "shop"})
            }
            Some(Shop::Empty) => {
                json!({"resource_id": "shop_empty", "resource_name": "Empty shop", "resource_type": "shop"})
            }
            None => {
                json!({"resource_id": "partner_1", "resource_name": "Netgain", "resource_type": "partner"})
            }
        }
    }

    fn shop_id(&self) -> String {
        shop_id(&self.app)
    }
}

fn ok(value: Value) -> (StatusCode, Value) {
    (StatusCode::OK, value)
}

/// The id of the world's shop.
pub fn shop_id(state: &AppState) -> String {
    format!("shop_{}", &state.secrets.word("postscript shop id")[..12])
}

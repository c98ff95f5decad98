//! The sandbox's own paths for webhooks under `/control/webhooks`.
use super::{Event, Manner, bodies};
use crate::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The routes `/control/webhooks`, `/control/webhooks/register`, `/control/webhooks/send`, `/control/webhooks/forget`
/// and `/control/webhooks/lose`.
pub fn router(state: Arc<AppState>) -> Router {
    Router::new()
        .route("/control/webhooks", get(list))
        .route("/control/webhooks/register", post(register))
        .route("/control/webhooks/send", post(send))
        .route("/control/webhooks/forget", post(forget))
        .route("/control/webhooks/lose", post(lose))
        .with_state(state)
}

async fn list(State(state): State<Arc<AppState>>) -> Response {
    let registrations: Vec<Value> = state
        .webhooks
        .all()
        .iter()
        .map(|one| {
            json!({ "id": one.id, "face": one.face, "address": one.address, "topics": one.topics,
                "forgotten": one.dropped })
        })
        .collect();
    let body = json!({ "registrations": registrations, "counts": state.webhooks.counts(),
        "public_key": state.webhooks.public_key() });
    Json(body).into_response()
}

/// A registration as a person makes it in a platform's pages.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Register {
    face: String,
    address: String,
    #[serde(default)]
    secret: String,
    /// `*` is every topic.
    topics: Vec<String>,
}

async fn register(State(state): State<Arc<AppState>>, Json(asked): Json<Register>) -> Response {
    let topics: Vec<&str> = asked.topics.iter().map(String::as_str).collect();
    let id = state.webhooks.register(&asked.face, &asked.address, &asked.secret, &topics);
    Json(json!({ "id": id })).into_response()
}

/// An event to send now.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Send {
    face: String,
    topic: String,
    /// The objects' ids at the platform.
    #[serde(default)]
    objects: Vec<String>,
    /// A body to send instead of the platform's own.
    body: Option<Value>,
    /// How many more times than once.
    #[serde(default)]
    duplicate: u32,
    /// Milliseconds to wait first.
    #[serde(default)]
    delay_ms: u64,
    /// Whether the body is changed after it was signed.
    #[serde(default)]
    forge: bool,
    /// Seconds that the signature is old.
    #[serde(default)]
    age_s: u32,
    /// Whether it is sent again when it is not taken.
    #[serde(default)]
    insist: bool,
    /// Whether it goes to whoever is registered for anything.
    #[serde(default)]
    unasked: bool,
}

/// Sends, waits for the first tries and tells what became of each.
async fn send(State(state): State<Arc<AppState>>, Json(asked): Json<Send>) -> Response {
    let manner = Manner {
        duplicate: asked.duplicate,
        delay: Duration::from_millis(asked.delay_ms),
        forge: asked.forge,
        age: Duration::from_secs(u64::from(asked.age_s)),
        insist: asked.insist,
        unasked: asked.unasked,
    };
    let objects = if asked.objects.is_empty() { vec![String::new()] } else { asked.objects };
    let mut tries = Vec::new();
    for object in objects {
        let id = state.webhooks.event_id();
        let body = match &asked.body {
            Some(body) => Some(body.clone()),
            None => bodies::body(&state, &asked.face, &asked.topic, &object, &id).map(|mut body| {
                bodies::backdate(&asked.face, &mut body, asked.age_s);
                body
            }),
        };
        let Some(body) = body else {
            let words = format!("{} sends no `{}` about the object `{object}`", asked.face, asked.topic);
            return refuse(&words);
        };
        let event = Event { topic: asked.topic.clone(), id, body: Bytes::from(body.to_string()) };
        let sent = state.webhooks.send(&asked.face, &event, manner);
        tries.extend(sent.into_iter().map(|sent| (object.clone(), sent)));
    }
    let mut deliveries = Vec::new();
    for (object, sent) in tries {
        if let Ok(outcome) = sent.await {
            deliveries.push(json!({ "registration": outcome.registration, "event": outcome.event,
                "object": object, "status": outcome.status }));
        }
    }
    Json(json!({ "deliveries": deliveries })).into_response()
}

/// Registrations that the platform is to forget.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Forget {
    face: String,
    /// All of the face's where none is given.
    id: Option<u64>,
}

async fn forget(State(state): State<Arc<AppState>>, Json(asked): Json<Forget>) -> Response {
    Json(json!({ "forgotten": state.webhooks.forget(&asked.face, asked.id) })).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lose {
    percent: u8,
}

async fn lose(State(state): State<Arc<AppState>>, Json(asked): Json<Lose>) -> Response {
    if asked.percent > 100 {
        return refuse("percent must be 0 to 100");
    }
    state.webhooks.lose(asked.percent);
    StatusCode::NO_CONTENT.into_response()
}

fn refuse(detail: &str) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": detail }))).into_response()
}

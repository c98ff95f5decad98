//! The sandbox's own paths: faults and call counts under `/control`, the clock under `/world/clock`.
use crate::AppState;
use crate::faults::Faults;
use crate::world::days;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The routes `/control/faults`, `/control/calls`, `/control/ready` and `/world/clock`.
pub fn router(state: Arc<AppState>) -> Router {
    Router::new()
        .route("/control/faults", get(list_faults).post(add_faults).delete(clear_faults))
        .route("/control/calls", get(list_calls).delete(clear_calls))
        .route("/control/ready", get(ready))
        .route("/world/clock", get(read_clock).post(move_clock))
        .with_state(state)
}

async fn list_faults(State(state): State<Arc<AppState>>) -> Response {
    Json(json!({ "rules": state.faults.list() })).into_response()
}

async fn add_faults(State(state): State<Arc<AppState>>, Json(body): Json<Value>) -> Response {
    match Faults::parse(body) {
        Ok(rules) => {
            state.faults.add(rules);
            list_faults(State(state)).await
        }
        Err(error) => refuse(&error.to_string()),
    }
}

async fn clear_faults(State(state): State<Arc<AppState>>) -> StatusCode {
    state.faults.clear();
    StatusCode::NO_CONTENT
}

async fn list_calls(State(state): State<Arc<AppState>>) -> Response {
    let calls = state.calls.list();
    let total: u64 = calls.iter().map(|call| call.count).sum();
    Json(json!({ "total": total, "calls": calls })).into_response()
}

async fn clear_calls(State(state): State<Arc<AppState>>) -> StatusCode {
    state.calls.clear();
    StatusCode::NO_CONTENT
}

async fn ready(State(state): State<Arc<AppState>>) -> Response {
    Json(crate::server::ready(&state)).into_response()
}

async fn read_clock(State(state): State<Arc<AppState>>) -> Response {
    clock(&state)
}

/// Where the clock is to go: a moment, or some days further.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    now: Option<Timestamp>,
    advance_days: Option<u16>,
}

async fn move_clock(State(state): State<Arc<AppState>>, Json(body): Json<Move>) -> Response {
    let now = state.world.now();
    let target = match body {
        Move { now: Some(target), advance_days: None } if target >= now => target,
        Move { now: None, advance_days: Some(count) } => {
            // Days of the brand, so that noon stays noon over a change of summer time.
            let local = now.to_zoned(state.world.brand.time_zone.clone());
            local.saturating_add(i64::from(count).days()).timestamp()
        }
        Move { now: Some(_), advance_days: None } => return refuse("now must not lie before the clock"),
        _ => return refuse("give either now (RFC 3339) or advance_days (0 or more)"),
    };
    state.world.move_clock(target);
    crate::webhooks::changes::emit(&state, now.as_second());
    clock(&state)
}

fn clock(state: &AppState) -> Response {
    let now = state.world.now();
    let today = days::day_of(now.as_second(), &state.world.brand.time_zone);
    Json(json!({ "now": now, "today": today })).into_response()
}

fn refuse(detail: &str) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": detail }))).into_response()
}

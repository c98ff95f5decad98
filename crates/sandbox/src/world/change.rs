//! Paths that change the world on demand: days pass, an order is refunded.
use super::shop::{Amounts, Order, Refund, Restock};
use super::{World, days};
use crate::AppState;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The routes `/world/advance` and `/world/orders/{id}/refund`.
pub fn router(state: Arc<AppState>) -> Router {
    Router::new()
        .route("/world/advance", post(advance))
        .route("/world/orders/{id}/refund", post(refund))
        .with_state(state)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    days: u16,
}

/// Lets so many of the brand's days pass, with what they bring.
async fn advance(State(state): State<Arc<AppState>>, Json(body): Json<Advance>) -> Response {
    let since = state.world.now().as_second();
    let before = state.world.shop().orders.len();
    let moving = Arc::clone(&state);
    let moved = tokio::task::spawn_blocking(move || {
        let world = &moving.world;
        let now = world.now().as_second();
        let zone = &world.brand.time_zone;
        // the time of day stays the same over a change of summer time
        let today = days::day_of(now, zone);
        let target =
            days::start_of(days::plus(today, i64::from(body.days)), zone) + now - days::start_of(today, zone);
        if let Ok(target) = jiff::Timestamp::from_second(target) {
            world.move_clock(target);
        }
    });
    if moved.await.is_err() {
        return refuse(StatusCode::INTERNAL_SERVER_ERROR, "the simulation stopped; start the sandbox again");
    }
    crate::webhooks::changes::emit(&state, since);
    let orders = state.world.shop().orders.len();
    Json(json!({ "now": state.world.now(), "orders": orders, "new_orders": orders - before })).into_response()
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    /// Which units; all that are left when absent.
    lines: Option<Vec<AskedLine>>,
    /// Whether shipping is given back too.
    shipping: bool,
    /// Whether the goods go back on the shelf; yes when absent.
    restock: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedLine {
    /// Place in the order, from 0.
    line: usize,
    quantity: u32,
}

fn refuse(status: StatusCode, words: &str) -> Response {
    (status, Json(json!({ "error": words }))).into_response()
}

/// Refunds an order now; `id` is its number on the platform or its name without `#`.
async fn refund(
    State(state): State<Arc<AppState>>,
    Path(id): Path<String>,
    body: Option<Json<Asked>>,
) -> Response {
    let asked = body.map(|Json(asked)| asked).unwrap_or_default();
    match refund_now(&state.world, &id, &asked) {
        Ok(answer) => {
            if let Some(id) = answer["order"].as_str() {
                crate::webhooks::changes::refunded(&state, id);
            }
            Json(answer).into_response()
        }
        Err((status, words)) => refuse(status, words),
    }
}

fn refund_now(world: &World, id: &str, asked: &Asked) -> Result<Value, (StatusCode, &'static str)> {
    let now = world.now().as_second();
    let mut shop = world.shop_mut();
    let found = shop.orders.iter().position(|order| is_called(order, id));
    let Some(index) = found else { return Err((StatusCode::NOT_FOUND, "no order has this id or name")) };
    shop.revision += 1;
    let order = &mut shop.orders[index];
    let wrong = |words| Err((StatusCode::UNPROCESSABLE_ENTITY, words));
    let wanted: Vec<(usize, u32)> = match &asked.lines {
        Some(lines) => lines.iter().map(|line| (line.line, line.quantity)).collect(),
        None => (0..order.lines.len())
            .map(|line| (line, order.lines[line].quantity - order.returned_units(line)))
            .collect(),
    };
    let mut lines = Vec::new();
    for (line, quantity) in wanted.into_iter().filter(|(_, quantity)| *quantity > 0) {
        if line >= order.lines.len() || quantity > order.lines[line].quantity - order.returned_units(line) {
            return wrong("lines must name a line of the order, from 0, and no more units than are left");
        }
        if lines.iter().any(|one: &super::shop::ReturnedLine| usize::from(one.line) == line) {
            return wrong("lines must name each line once");
        }
        let restock = if asked.restock.unwrap_or(true) { Restock::Return } else { Restock::None };
        lines.push(order.return_units(line, quantity, restock));
    }
    let given_back = order.refunds().any(|(_, refund)| refund.shipping != Amounts::default());
    let shipping = if asked.shipping && !given_back { order.shipping_sold() } else { Amounts::default() };
    let refund = Refund { lines, shipping, adjustment: 0, note: "Refunded on demand" };
    let back = refund.paid_back();
    if refund.lines.is_empty() && refund.shipping == Amounts::default() {
        return wrong("there is nothing left to refund");
    }
    if back > order.received() - order.paid_back() {
        return wrong("the refund must not exceed what was paid and not yet given back");
    }
    order.refund(now, refund);
    Ok(json!({ "order": order.id.to_string(), "refunded": super::money::decimal(back), "at": world.now() }))
}

fn is_called(order: &Order, id: &str) -> bool {
    let name = order.name.as_deref().map(|name| name.trim_start_matches('#'));
    order.id.to_string() == id || name.map_or_else(|| order.number.to_string() == id, |name| name == id)
}

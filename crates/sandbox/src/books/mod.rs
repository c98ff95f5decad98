//! The world's own books: the true profit ladder, the merchant's cost sheet, counts.
mod credit;
mod ladder;

pub use ladder::{Assumptions, Row, Sums, by_day};

use crate::AppState;
use crate::world::days;
use crate::world::money::decimal;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// The routes `/world/truth`, `/world/costs.csv` and `/world/summary`, and those that change the world.
pub fn router(state: Arc<AppState>) -> Router {
    Router::new()
        .route("/world/truth", get(truth))
        .route("/world/costs.csv", get(costs))
        .route("/world/summary", get(summary))
        .with_state(Arc::clone(&state))
        .merge(crate::world::change::router(state))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    from: Option<Date>,
    to: Option<Date>,
    by: Option<String>,
    model: Option<String>,
    cost_ratio: Option<Decimal>,
    label_cost: Option<Decimal>,
}

/// First and last local day of the world.
fn span(state: &AppState) -> (Date, Date) {
    let zone = &state.world.brand.time_zone;
    let shop = state.world.shop();
    let first = shop.orders.first().map_or(shop.opened_at, |order| order.placed_at);
    (days::day_of(first, zone), days::day_of(state.world.now().as_second(), zone))
}

async fn truth(State(state): State<Arc<AppState>>, Query(asked): Query<Asked>) -> Response {
    let by = asked.by.as_deref().unwrap_or("day");
    if !["day", "campaign"].contains(&by) {
        let error = json!({ "error": "by must be `day` or `campaign`" });
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    }
    let (first, last) = span(&state);
    let (from, to) = (asked.from.unwrap_or(first), asked.to.unwrap_or(last));
    if from > to || days::plus(from, 20_000) < to {
        let error = json!({ "error": "from must not lie after to, nor more than 20000 days before it" });
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    }
    if by == "campaign" {
        return credit::answer(&state, &asked, from, to);
    }
    let assumptions = Assumptions {
        cost_ratio: asked.cost_ratio.unwrap_or(Decimal::new(40, 2)),
        label_cost: asked.label_cost.unwrap_or_default(),
    };
    let by_day = by_day(&state.world, from, to, &assumptions);
    let mut total = Sums::default();
    by_day.values().for_each(|sums| total += *sums);
    let rows: Vec<Row> = by_day.iter().map(|(day, sums)| Row::new(Some(*day), sums)).collect();
    let answer = json!({
        "currency": state.world.brand.currency,
        "time_zone": state.world.brand.time_zone.iana_name(),
        "from": from,
        "to": to,
        "rows": rows,
        "total": Row::new(None, &total),
    });
    Json(answer).into_response()
}

/// The merchant's own cost sheet with its history, which the shop's API does not keep.
async fn costs(State(state): State<Arc<AppState>>) -> Response {
    let shop = state.world.shop();
    let mut text = String::from("sku,variant_id,unit_cost,currency,valid_from\n");
    for variant in &shop.variants {
        for cost in &variant.costs {
            let line = [
                variant.sku.clone(),
                format!("gid://shopify/ProductVariant/{}", variant.id),
                decimal(cost.unit_cost).to_string(),
                state.world.brand.currency.clone(),
                cost.valid_from.to_string(),
            ];
            text.push_str(&line.join(","));
            text.push('\n');
        }
    }
    ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], text).into_response()
}

async fn summary(State(state): State<Arc<AppState>>) -> Response {
    let (from, to) = span(&state);
    let shop = state.world.shop();
    let counted = shop.orders.iter().filter(|order| order.counts()).count();
    let answer = json!({
        "brand": state.world.brand.name,
        "currency": state.world.brand.currency,
        "time_zone": state.world.brand.time_zone.iana_name(),
        "from": from,
        "to": to,
        "now": state.world.now(),
        "orders": shop.orders.len(),
        "orders_counted": counted,
        "refunds": shop.orders.iter().map(|order| order.refunds().count()).sum::<usize>(),
        "customers": shop.customers.len(),
        "products": shop.products.len(),
        "variants": shop.variants.len(),
        "order_lines": shop.orders.iter().map(|order| order.lines.len()).sum::<usize>(),
    });
    Json(answer).into_response()
}

//! What each campaign really brought: the orders that visits from its ads came before, by three models.
use super::Asked;
use crate::AppState;
use crate::clicks::{Clicks, platform_of, source_of};
use crate::world::days;
use crate::world::journeys::{Visit, visits};
use crate::world::money::decimal;
use crate::world::shop::{LineKind, Order, What};
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A campaign, or what of a platform belongs to none that is known.
type Key = (&'static str, Option<u64>);

/// Answers `/world/truth?by=campaign`: orders in parts, and their net sales with all that ever came back.
pub(super) fn answer(state: &AppState, asked: &Asked, from: Date, to: Date) -> Response {
    let model = asked.model.as_deref().unwrap_or("last");
    if !["last", "first", "linear"].contains(&model) {
        let error = json!({ "error": "model must be `last`, `first` or `linear`" });
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    }
    let shop = state.world.shop();
    let clicks = Clicks::of(state);
    let zone = &state.world.brand.time_zone;
    let mut sums: BTreeMap<Key, (Decimal, Decimal)> = BTreeMap::new();
    let mut orders = 0;
    for order in shop.orders.iter().filter(|order| order.counts()) {
        if !(from..=to).contains(&days::day_of(order.placed_at, zone)) {
            continue;
        }
        orders += 1;
        let credited = credited(order, model);
        let parts = Decimal::from(credited.len().max(1));
        for visit in &credited {
            let Some(platform) = platform_of(visit.source) else { continue };
            let campaign = clicks.of_visit(order, visit).map(|click| click.campaign);
            let sum = sums.entry((platform, campaign)).or_default();
            sum.0 += Decimal::ONE / parts;
            sum.1 += decimal(net_sales(order)) / parts;
        }
    }
    let row = |((platform, campaign), (orders, net_sales)): (&Key, &(Decimal, Decimal))| -> Value {
        json!({
            "platform": platform,
            "campaign_id": campaign.map(|id| id.to_string()),
            "campaign": campaign.and_then(|id| clicks.name(id)),
            "orders": orders,
            "net_sales": net_sales,
        })
    };
    let rows: Vec<Value> = sums.iter().map(row).collect();
    Json(json!({
        "currency": state.world.brand.currency,
        "from": from,
        "to": to,
        "model": model,
        "orders": orders,
        "rows": rows,
    }))
    .into_response()
}

/// The visits that share an order. One that came by itself counts only where all did.
fn credited(order: &Order, model: &str) -> Vec<Visit> {
    let mut visits = visits(order);
    let direct = |visit: &Visit| source_of(visit.source).source == "direct";
    if !visits.iter().all(direct) {
        visits.retain(|visit| !direct(visit));
    }
    match model {
        "first" => visits.truncate(1),
        "last" => visits = visits.pop().into_iter().collect(),
        _ => {}
    }
    visits
}

/// Goods sold, less all of them that came back, without tax, hundredths of the shop's currency.
fn net_sales(order: &Order) -> i64 {
    let goods = |line: usize| order.lines[line].kind == LineKind::Product;
    let sold: i64 =
        (0..order.lines.len()).filter(|line| goods(*line)).map(|line| order.lines[line].sold.net()).sum();
    let later: i64 = order
        .happenings
        .iter()
        .map(|happening| match &happening.what {
            What::LineAdded(_) => 0,
            What::Discounted(line, amounts) if goods(usize::from(*line)) => amounts.net(),
            What::Discounted(..) => 0,
            What::Refunded(refund) => {
                let back = refund.lines.iter().filter(|returned| goods(usize::from(returned.line)));
                -back.map(|returned| returned.amounts.net()).sum::<i64>()
            }
        })
        .sum();
    sold + later
}

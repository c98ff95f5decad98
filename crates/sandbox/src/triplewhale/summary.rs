//! The summary page: what a period brought, by metric.
use super::{Refusal, day, incomplete, pixel};
use crate::AppState;
use crate::world::days;
use crate::world::money::decimal;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::sync::PoisonError;

/// Answers `/summary-page/get-data`.
pub fn answer(state: &AppState, empty: bool, body: &Value) -> Result<Value, Refusal> {
    let period = body.get("period");
    let from = day(period.and_then(|period| period.get("start")));
    let to = day(period.and_then(|period| period.get("end")));
    // hours are counted from 1; the 25th stands for the whole day
    let hour = body.get("todayHour").and_then(Value::as_i64).filter(|hour| (1..=25).contains(hour));
    let (Some(from), Some(to), Some(hour)) = (from, to, hour) else { return Err(Refusal::bad(incomplete())) };
    let metrics = if empty { [Decimal::ZERO; 4] } else { figures(state, from, to, hour) };
    let [orders, revenue, new_orders, spend] = metrics;
    let over = |value: Decimal, by: Decimal| value.checked_div(by).unwrap_or_default().round_dp(4);
    let list: Vec<Value> = [
        ("revenue", revenue),
        ("orders", orders),
        ("newCustomerOrders", new_orders),
        ("averageOrderValue", over(revenue, orders)),
        ("adSpend", spend),
        ("facebookAdSpend", spend),
        ("roas", over(revenue, spend)),
    ]
    .into_iter()
    .map(|(name, value)| json!({"metricName": name, "value": number(value)}))
    .collect();
    Ok(json!({ "metrics": list }))
}

/// Orders, revenue, first orders and advertising spend of the days `from..=to`.
fn figures(state: &AppState, from: Date, to: Date, hour: i64) -> [Decimal; 4] {
    let world = &state.world;
    let zone = &world.brand.time_zone;
    let now = world.now();
    let today = days::day_of(now.as_second(), zone);
    let until = days::start_of(today, zone) + if hour == 25 { 86_400 } else { hour * 3_600 };
    let (start, end) = (days::start_of(from, zone), days::start_of(days::plus(to, 1), zone).min(until));
    let shop = world.shop();
    let (mut orders, mut revenue, mut first) = (0_i64, 0, 0_i64);
    for order in pixel::orders(&shop).filter(|order| (start..end).contains(&order.placed_at)) {
        orders += 1;
        revenue += order.total();
        first += i64::from(pixel::is_first(&shop, order));
    }
    let ads = world.ads.read().unwrap_or_else(PoisonError::into_inner);
    let (mut spend, mut day) = (Decimal::ZERO, from);
    while day <= to.min(today) {
        spend += ads.spend_on(day, now);
        day = days::plus(day, 1);
    }
    [Decimal::from(orders), decimal(revenue), Decimal::from(first), spend]
}

/// A decimal as a JSON number.
pub fn number(value: Decimal) -> Value {
    serde_json::from_str(&value.normalize().to_string()).unwrap_or(Value::Null)
}

//! Orders with the visits that led to them, page by page.
use super::{Refusal, incomplete, pixel};
use crate::AppState;
use crate::world::days;
use crate::world::journeys::SOURCES;
use crate::world::money::decimal;
use crate::world::shop::{Order, Seconds, Shop};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use std::sync::PoisonError;

/// Answers `/attribution/get-orders-with-journeys-v2`: newest orders first.
pub fn answer(state: &AppState, empty: bool, body: &Value) -> Result<Value, Refusal> {
    let zone = &state.world.brand.time_zone;
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    let (Some(start), Some(end)) = (text("startDate"), text("endDate")) else {
        return Err(Refusal::bad(incomplete()));
    };
    let (from, to) = match (moment(start, zone, false), moment(end, zone, true)) {
        (Some(from), Some(to)) if from <= to => (from, to),
        _ => return Err(Refusal::bad("startDate and endDate must be in ISO 8601 format")),
    };
    let page = whole(body, "page", 1, 1..=10_000)?;
    let size = state.largest_page(whole(body, "pageSize", 50, 1..=100)?);
    let without = body.get("excludeJourneyData").and_then(Value::as_bool).unwrap_or(false);

    let shop = state.world.shop();
    let in_range = |order: &&Order| !empty && (from..=to).contains(&order.placed_at);
    let mut found: Vec<&Order> = pixel::orders(&shop).filter(in_range).collect();
    found.sort_by_key(|order| std::cmp::Reverse((order.placed_at, order.id)));
    let shown: Vec<&Order> = found.iter().copied().skip((page - 1) * size).take(size).collect();
    let earliest = shown.iter().map(|order| order.placed_at).min().map(|at| local(at, zone));
    let records: Vec<Value> = shown.iter().map(|order| record(state, &shop, order, without)).collect();
    Ok(json!({
        "totalForRange": found.len(),
        "count": records.len(),
        "startDate": start,
        "endDate": end,
        "page": page,
        "ordersWithJourneys": records,
        "earliestDate": earliest,
    }))
}

fn whole(
    body: &Value,
    field: &str,
    default: usize,
    range: std::ops::RangeInclusive<usize>,
) -> Result<usize, Refusal> {
    let Some(value) = body.get(field).filter(|value| !value.is_null()) else { return Ok(default) };
    let number = value.as_u64().and_then(|number| usize::try_from(number).ok());
    number
        .filter(|number| range.contains(number))
        .ok_or_else(|| Refusal::bad(format!("{field} must be between {} and {}", range.start(), range.end())))
}

/// A moment as ISO 8601 text, with an offset as `-0400`, `-04:00` or `Z`; a bare day is a day of the shop.
fn moment(text: &str, zone: &TimeZone, end: bool) -> Option<Seconds> {
    if text.len() == 10 {
        let day = text.parse().ok()?;
        return Some(if end {
            days::start_of(days::plus(day, 1), zone) - 1
        } else {
            days::start_of(day, zone)
        });
    }
    let parsed = text.parse::<Timestamp>().or_else(|_| Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text));
    parsed.ok().map(|moment| moment.as_second())
}

/// A moment in the shop's zone, as `2021-01-01T00:00:00.000-0400`.
fn local(at: Seconds, zone: &TimeZone) -> String {
    let moment = Timestamp::from_second(at).unwrap_or_default().to_zoned(zone.clone());
    moment.strftime("%Y-%m-%dT%H:%M:%S.000%z").to_string()
}

fn record(state: &AppState, shop: &Shop, order: &Order, without: bool) -> Value {
    let zone = &state.world.brand.time_zone;
    let customer = order.customer.and_then(|index| shop.customers.get(index as usize));
    let name = order.name.as_deref().map_or_else(|| format!("#{}", order.number), str::to_owned);
    let mut attribution = Map::new();
    let ends = pixel::ends(order);
    for (field, touch) in [("firstClick", ends.map(|ends| ends.0)), ("lastClick", ends.map(|ends| ends.1))] {
        let list: Vec<Value> = touch.into_iter().map(|touch| click(state, order, touch)).collect();
        attribution.insert(field.to_owned(), Value::Array(list));
    }
    let mut journey = Vec::new();
    if let Some((first, last)) = ends.filter(|_| !without) {
        for touch in if first == last { vec![last] } else { vec![first, last] } {
            let landing = SOURCES[usize::from(touch.source) % SOURCES.len()].landing;
            let path = landing.strip_prefix("https://demo.example").unwrap_or(landing);
            journey.push(json!({
                "time": local(touch.at, zone), "event": "page loaded", "path": path, "productId": "",
            }));
        }
        let product = order
            .lines
            .first()
            .and_then(|line| line.variant)
            .and_then(|variant| shop.products.get(shop.variants.get(variant as usize)?.product as usize));
        if let Some(product) = product {
            journey.push(json!({
                "time": local(order.placed_at - 30, zone), "event": "add2c",
                "path": format!("/products/{}", product.id), "productId": product.id.to_string(),
            }));
        }
    }
    json!({
        "order_id": order.id,
        "created_at": local(order.placed_at, zone),
        "order_name": name,
        "attribution": attribution,
        "customer_id": customer.map_or(0, |customer| customer.id),
        "total_price": decimal(order.total()).to_string(),
        "currency": state.world.brand.currency,
        "journey": journey,
    })
}

fn click(state: &AppState, order: &Order, touch: pixel::Touch) -> Value {
    let zone = &state.world.brand.time_zone;
    let ads = state.world.ads.read().unwrap_or_else(PoisonError::into_inner);
    let ad = pixel::ad_of(&ads, order, touch, zone).map(|index| &ads.ads[index]);
    let number = |id: Option<u64>| id.map_or_else(String::new, |id| id.to_string());
    let campaign = ad.map(|ad| ads.campaigns[ad.campaign].id.to_string());
    let source = &SOURCES[usize::from(touch.source) % SOURCES.len()];
    json!({
        "source": pixel::channel(touch.source),
        "campaignId": campaign.unwrap_or_else(|| source.utm_campaign.to_owned()),
        "adsetId": number(ad.map(|ad| ads.ad_sets[ad.ad_set].id)),
        "adId": number(ad.map(|ad| ad.id)),
        "clickDate": local(touch.at, zone),
    })
}

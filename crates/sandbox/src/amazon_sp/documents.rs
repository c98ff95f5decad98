//! What reports hold: flat files in Windows-1252 and JSON, packed with gzip, behind an address of five minutes.
use super::call::{Call, iso};
use super::market::Sale;
use super::{MARKETPLACE_NAME, Own, Trade};
use crate::draw::Draw;
use crate::world::days;
use crate::world::money::{Cents, decimal, scale};
use crate::world::shop::Seconds;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Number, Value, json};
use std::collections::BTreeMap;
use std::io::Write;

/// A packed document.
#[derive(Clone, Debug)]
pub struct Content {
    kind: &'static str,
    bytes: Bytes,
}

impl Content {
    fn pack(kind: &'static str, plain: &[u8]) -> Option<Content> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(plain).ok()?;
        Some(Content { kind, bytes: Bytes::from(packer.finish().ok()?) })
    }
}

/// Answers a presigned address; no token is wanted, the signature is.
pub fn download(own: &Own, call: &Call) -> Response {
    let refuse = |code: &str, message: &str| {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        );
        (StatusCode::FORBIDDEN, [(header::CONTENT_TYPE, "application/xml")], body).into_response()
    };
    match call.param("X-Amz-Signature").and_then(|signature| own.reports.open(signature)) {
        Some(Ok(content)) => ([(header::CONTENT_TYPE, content.kind)], content.bytes).into_response(),
        Some(Err(())) => refuse("AccessDenied", "Request has expired"),
        None => refuse("SignatureDoesNotMatch", "The request signature we calculated does not match."),
    }
}

const COLUMNS: [&str; 29] = [
    "amazon-order-id",
    "merchant-order-id",
    "purchase-date",
    "last-updated-date",
    "order-status",
    "fulfillment-channel",
    "sales-channel",
    "order-channel",
    "url",
    "ship-service-level",
    "product-name",
    "sku",
    "asin",
    "item-status",
    "quantity",
    "currency",
    "item-price",
    "item-tax",
    "shipping-price",
    "shipping-tax",
    "gift-wrap-price",
    "gift-wrap-tax",
    "item-promotion-discount",
    "ship-promotion-discount",
    "ship-city",
    "ship-state",
    "ship-postal-code",
    "ship-country",
    "promotion-ids",
];

/// One line for each article of each order placed (or changed) in the span, tab-separated.
pub fn orders(trade: &Trade, by_update: bool, start: Seconds, end: Seconds, now: Seconds) -> Option<Content> {
    let at = |sale: &Sale| if by_update { sale.updated(now) } else { sale.placed };
    let mut text = COLUMNS.join("\t");
    text.push_str("\r\n");
    let mut count = 0;
    for sale in trade.sales.iter().filter(|sale| (start..end).contains(&at(sale))) {
        for line in lines(sale, now) {
            text.push_str(&line.join("\t"));
            text.push_str("\r\n");
            count += 1;
        }
    }
    if count == 0 {
        return None;
    }
    Content::pack("text/plain;charset=Cp1252", &to_windows(&text))
}

fn lines(sale: &Sale, now: Seconds) -> Vec<Vec<String>> {
    let known = now >= sale.authorised;
    let amount = |pence: Cents| if known { decimal(pence).to_string() } else { String::new() };
    let status = match sale.status(now) {
        "CANCELLED" => "Cancelled",
        "PENDING" => "Pending",
        "SHIPPED" => "Shipped",
        "PARTIALLY_SHIPPED" => "Shipping",
        _ => "Unshipped",
    };
    (sale.items.iter())
        .map(|item| {
            let shipping_tax = scale(item.shipping, 200, 1_200);
            let goods = item.unit_price * item.quantity;
            let cells: [&str; 10] = [
                &sale.id,
                "",
                &iso(sale.placed),
                &iso(sale.updated(now)),
                status,
                if sale.fba { "Amazon" } else { "Merchant" },
                MARKETPLACE_NAME,
                "",
                "",
                if sale.fba { "Expedited" } else { "Standard" },
            ];
            let mut cells: Vec<String> = cells.into_iter().map(str::to_owned).collect();
            cells.extend([item.title.clone(), item.sku.clone(), item.asin.clone(), status.to_owned()]);
            cells.extend([item.quantity.to_string(), if known { "GBP" } else { "" }.to_owned()]);
            cells.extend([amount(goods), amount(scale(goods, 200, 1_200))]);
            cells.extend([amount(item.shipping), amount(shipping_tax), String::new(), String::new()]);
            cells.extend([amount(item.discount), String::new(), sale.city.to_owned(), String::new()]);
            cells.extend([String::new(), "GB".to_owned()]);
            cells.push(if item.discount > 0 { "Save10" } else { "" }.to_owned());
            cells
        })
        .collect()
}

/// Text in Windows-1252; what it does not have becomes a question mark.
fn to_windows(text: &str) -> Vec<u8> {
    text.chars()
        .map(|letter| match letter {
            '–' => 0x96,
            '\u{20ac}' => 0x80,
            _ => u8::try_from(u32::from(letter))
                .ok()
                .filter(|code| !(0x80..0xa0).contains(code))
                .unwrap_or(b'?'),
        })
        .collect()
}

#[derive(Default)]
struct Day {
    orders: i64,
    units: i64,
    items: i64,
    sales: Cents,
    shipped: Cents,
    units_shipped: i64,
    orders_shipped: i64,
    refunded: i64,
}

/// Sales and visits of each day of the span; the last two days are still counted up.
pub fn traffic(
    trade: &Trade,
    zone: &TimeZone,
    start: Seconds,
    end: Seconds,
    now: Seconds,
    seed: u64,
) -> Option<Content> {
    let today = days::day_of(now, zone);
    // the bounds are days in UTC notation, both included
    let (first, last) = (days::day_of(start, &TimeZone::UTC), days::day_of(end, &TimeZone::UTC).min(today));
    let mut by_day: BTreeMap<Date, Day> = BTreeMap::new();
    let mut day = first;
    while day <= last && !trade.sales.is_empty() {
        by_day.insert(day, Day::default());
        day = days::plus(day, 1);
    }
    for sale in &trade.sales {
        if let Some(day) = by_day.get_mut(&days::day_of(sale.placed, zone)) {
            day.orders += 1;
            day.items += sale.items.len() as i64;
            day.units += sale.items.iter().map(|item| item.quantity).sum::<i64>();
            day.sales += sale.items.iter().map(|item| item.unit_price * item.quantity).sum::<Cents>();
        }
        if sale.cancelled.is_none()
            && sale.shipped() <= now
            && let Some(day) = by_day.get_mut(&days::day_of(sale.shipped(), zone))
        {
            day.orders_shipped += 1;
            day.units_shipped += sale.items.iter().map(|item| item.quantity).sum::<i64>();
            day.shipped += sale.items.iter().map(|item| item.unit_price * item.quantity).sum::<Cents>();
        }
        if let Some((at, _)) = sale.refund.filter(|(at, _)| *at <= now)
            && let Some(day) = by_day.get_mut(&days::day_of(at, zone))
        {
            day.refunded += 1;
        }
    }
    if by_day.is_empty() {
        return None;
    }
    let shown: Vec<Value> = by_day.iter().map(|(date, day)| traffic_of(*date, day, today, seed)).collect();
    let body = json!({
        "reportSpecification": {
            "reportType": super::reports::TRAFFIC,
            "reportOptions": {"dateGranularity": "DAY", "asinGranularity": "PARENT"},
            "dataStartTime": first.to_string(), "dataEndTime": last.to_string(),
            "marketplaceIds": [super::MARKETPLACE],
        },
        "salesAndTrafficByDate": shown,
        "salesAndTrafficByAsin": [],
    });
    Content::pack("application/json;charset=UTF-8", body.to_string().as_bytes())
}

/// A number with two places; reports carry JSON numbers, whose digits are those of the exact decimal.
fn number(hundredths: i64) -> Value {
    let number = decimal(hundredths).to_string().parse().ok().and_then(Number::from_f64);
    number.map_or(json!(0), Value::Number)
}

fn traffic_of(date: Date, day: &Day, today: Date, seed: u64) -> Value {
    let age = date.until(today).map_or(0, |span| i64::from(span.get_days()));
    let number_of_day = date.until(Date::ZERO).map_or(0, |span| i64::from(span.get_days())).unsigned_abs();
    let mut draw = Draw::new(&[seed, 951, number_of_day]);
    let whole = day.orders * draw.between(14, 26) + draw.between(10, 60);
    // visits are counted up for two days
    let known = match age {
        0 => 55,
        1 => 93,
        _ => 100,
    };
    let sessions = whole * known / 100;
    let views = sessions * draw.between(130, 190) / 100;
    let (browser, viewed) = (sessions * 60 / 100, views * 60 / 100);
    let money = |pence: Cents| json!({"amount": number(pence), "currencyCode": "GBP"});
    let ratio = |part: i64, whole: i64| number(if whole > 0 { part * 10_000 / whole } else { 0 });
    let mean = |part: i64, whole: i64| if whole > 0 { part / whole } else { 0 };
    json!({
        "date": date.to_string(),
        "salesByDate": {
            "orderedProductSales": money(day.sales),
            "unitsOrdered": day.units,
            "totalOrderItems": day.items,
            "averageSalesPerOrderItem": money(mean(day.sales, day.items)),
            "averageUnitsPerOrderItem": number(mean(day.units * 100, day.items)),
            "averageSellingPrice": money(mean(day.sales, day.units)),
            "unitsRefunded": day.refunded,
            "refundRate": ratio(day.refunded, day.units),
            "claimsGranted": 0,
            "claimsAmount": money(0),
            "shippedProductSales": money(day.shipped),
            "unitsShipped": day.units_shipped,
            "ordersShipped": day.orders_shipped,
        },
        "trafficByDate": {
            "browserPageViews": viewed,
            "mobileAppPageViews": views - viewed,
            "pageViews": views,
            "browserSessions": browser,
            "mobileAppSessions": sessions - browser,
            "sessions": sessions,
            "buyBoxPercentage": number(9_100),
            "orderItemSessionPercentage": ratio(day.items, sessions),
            "unitSessionPercentage": ratio(day.units, sessions),
            "averageOfferCount": 40,
            "averageParentItems": 40,
            "feedbackReceived": 0,
            "negativeFeedbackReceived": 0,
            "receivedNegativeFeedbackRate": 0,
        },
    })
}

//! The statistics of reports: counts, money, and rates as fractions.
use super::mailings::Figures;
use super::render::amount;
use crate::world::money::scale;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

/// Every statistic that can be asked for.
pub const NAMES: [&str; 31] = [
    "average_order_value",
    "bounce_rate",
    "bounced",
    "bounced_or_failed",
    "bounced_or_failed_rate",
    "click_rate",
    "click_to_open_rate",
    "clicks",
    "clicks_unique",
    "conversion_rate",
    "conversion_uniques",
    "conversion_value",
    "conversions",
    "delivered",
    "delivery_rate",
    "failed",
    "failed_rate",
    "message_segment_count_sum",
    "open_rate",
    "opens",
    "opens_unique",
    "recipients",
    "revenue_per_recipient",
    "spam_complaint_rate",
    "spam_complaints",
    "text_message_credit_usage_amount",
    "text_message_roi",
    "text_message_spend",
    "unsubscribe_rate",
    "unsubscribe_uniques",
    "unsubscribes",
];

/// The asked-for statistics of one sending.
pub fn values(names: &[&'static str], figures: &Figures) -> Value {
    let each = names.iter().map(|name| ((*name).to_owned(), value(name, figures)));
    Value::Object(each.collect::<Map<_, _>>())
}

/// The asked-for statistics as lists, a value for each interval.
pub fn series(names: &[&'static str], parts: &[Figures]) -> Value {
    let each = names.iter().map(|name| {
        let list: Vec<Value> = parts.iter().map(|figures| value(name, figures)).collect();
        ((*name).to_owned(), Value::Array(list))
    });
    Value::Object(each.collect::<Map<_, _>>())
}

fn value(name: &str, figures: &Figures) -> Value {
    let bounced = figures.recipients - figures.delivered;
    let texts = if figures.spend > 0 { figures.recipients } else { 0 };
    match name {
        "average_order_value" => amount(part(figures.value, figures.conversions)),
        "bounce_rate" | "bounced_or_failed_rate" => rate(bounced, figures.recipients),
        "bounced" | "bounced_or_failed" => json!(bounced),
        "click_rate" => rate(figures.clicks_unique, figures.delivered),
        "click_to_open_rate" => rate(figures.clicks_unique, figures.opens_unique),
        "clicks" => json!(figures.clicks),
        "clicks_unique" => json!(figures.clicks_unique),
        "conversion_rate" => rate(figures.converted, figures.delivered),
        "conversion_uniques" => json!(figures.converted),
        "conversion_value" => amount(figures.value),
        "conversions" => json!(figures.conversions),
        "delivered" => json!(figures.delivered),
        "delivery_rate" => rate(figures.delivered, figures.recipients),
        "message_segment_count_sum" | "text_message_credit_usage_amount" => json!(texts),
        "open_rate" => rate(figures.opens_unique, figures.delivered),
        "opens" => json!(figures.opens),
        "opens_unique" => json!(figures.opens_unique),
        "recipients" => json!(figures.recipients),
        "revenue_per_recipient" => amount(part(figures.value, figures.recipients)),
        "spam_complaint_rate" => rate(figures.spam, figures.delivered),
        "spam_complaints" => json!(figures.spam),
        "text_message_roi" => rate(figures.value, figures.spend),
        "text_message_spend" => amount(figures.spend),
        "unsubscribe_rate" => rate(figures.unsubscribes, figures.delivered),
        "unsubscribes" | "unsubscribe_uniques" => json!(figures.unsubscribes),
        // nothing fails beside what bounces
        _ => json!(0),
    }
}

fn part(whole: i64, count: i64) -> i64 {
    if count == 0 { 0 } else { scale(whole, 1, count) }
}

/// A fraction with six decimals.
fn rate(part: i64, whole: i64) -> Value {
    if whole == 0 {
        return json!(0.0);
    }
    let rate = Decimal::new(scale(part, 1_000_000, whole), 6).normalize();
    serde_json::from_str(&rate.to_string()).unwrap_or(Value::Null)
}

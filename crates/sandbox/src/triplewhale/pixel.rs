//! Which visits an order is credited to, under the pixel's models and windows.
use crate::clicks;
use crate::world::ads::Ads;
use crate::world::journeys::SOURCES;
use crate::world::money::{Cents, share};
use crate::world::shop::{Order, Seconds, Shop};
use jiff::tz::TimeZone;

/// The models by their names in queries; the first is the default.
pub const MODELS: [&str; 4] = ["Triple Attribution", "First Click", "Last Click", "Linear All"];
/// The windows by their names in queries, with their days; the first is the default.
pub const WINDOWS: [(&str, Option<i64>); 5] = [
    ("lifetime", None),
    ("1_day", Some(1)),
    ("7_days", Some(7)),
    ("14_days", Some(14)),
    ("28_days", Some(28)),
];

/// A visit that led to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    /// Index into the table of sources.
    pub source: u8,
    /// When.
    pub at: Seconds,
}

/// A visit's part of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credit {
    /// The visit.
    pub touch: Touch,
    /// How many visits share the order.
    pub of: i64,
    /// Its part of the order's total.
    pub revenue: Cents,
}

/// The platform's id of a source's channel.
pub fn channel(source: u8) -> &'static str {
    let source = &SOURCES[usize::from(source) % SOURCES.len()];
    match (source.utm_source, source.source) {
        ("facebook" | "instagram", _) => "facebook-ads",
        ("google", _) => "google-ads",
        ("klaviyo", _) => "klaviyo",
        (_, "direct") => "Direct",
        (_, "an unknown source") => "referrals",
        _ => "organic_and_social",
    }
}

/// Orders of real customers; rehearsals are left out.
pub fn orders(shop: &Shop) -> impl Iterator<Item = &Order> {
    shop.orders.iter().filter(|order| !order.test)
}

/// Whether it is its customer's first order.
pub fn is_first(shop: &Shop, order: &Order) -> bool {
    let customer = order.customer.and_then(|index| shop.customers.get(index as usize));
    customer.is_some_and(|customer| customer.created_at == order.placed_at)
}

/// First and last visit of an order; the same visit twice when there was one.
pub fn ends(order: &Order) -> Option<(Touch, Touch)> {
    let journey = order.journey?;
    let touch = |(source, before): (u8, u32)| Touch { source, at: order.placed_at - i64::from(before) };
    Some((touch(journey.first), touch(journey.last)))
}

/// How an order is shared among its visits under a model and a window.
pub fn credits(order: &Order, model: &str, window: Option<i64>) -> Vec<Credit> {
    let Some((first, last)) = ends(order) else { return Vec::new() };
    let mut touches = match model {
        "First Click" => vec![first],
        "Last Click" => vec![last],
        "Linear All" if first != last => vec![first, last],
        // of each channel its last visit counts
        "Triple Attribution" if channel(first.source) != channel(last.source) => vec![first, last],
        _ => vec![last],
    };
    touches.retain(|touch| window.is_none_or(|days| order.placed_at - touch.at <= days * 86_400));
    let of = touches.len() as i64;
    let part = |(index, touch)| {
        let index = index as i64;
        Credit { touch, of, revenue: share(order.total(), index, index + 1, of) }
    };
    touches.into_iter().enumerate().map(part).collect()
}

/// Index of the ad that a visit came from, for visits from the ads of the world.
pub fn ad_of(ads: &Ads, order: &Order, touch: Touch, zone: &TimeZone) -> Option<usize> {
    clicks::ad_of(ads, order, touch.source, touch.at, zone)
}

//! Where visits come from, and the visits before an order.
use super::shop::{Order, Seconds};
use crate::draw::mix;

/// A source of visits.
#[derive(Debug)]
pub struct Source {
    /// Who sent the visitor, as the platform names it.
    pub source: &'static str,
    /// The referring page, empty for a direct visit.
    pub referrer: &'static str,
    /// The page on which the visit began.
    pub landing: &'static str,
    /// The platform's marketing tactic, empty when none.
    pub tactic: &'static str,
    /// `utm_source`, empty when the link carried none.
    pub utm_source: &'static str,
    /// `utm_medium`.
    pub utm_medium: &'static str,
    /// `utm_campaign`.
    pub utm_campaign: &'static str,
    /// How many visits of a hundred come this way.
    pub weight: u32,
}

const fn source(
    source: &'static str,
    referrer: &'static str,
    landing: &'static str,
    tactic: &'static str,
    utm: [&'static str; 3],
    weight: u32,
) -> Source {
    Source {
        source,
        referrer,
        landing,
        tactic,
        utm_source: utm[0],
        utm_medium: utm[1],
        utm_campaign: utm[2],
        weight,
    }
}

/// All sources; journeys keep an index into this table.
pub const SOURCES: [Source; 9] = [
    source("direct", "", "https://demo.example/", "", ["", "", ""], 22),
    source(
        "Google",
        "https://www.google.com/",
        "https://demo.example/collections/all",
        "SEO",
        ["", "", ""],
        18,
    ),
    source(
        "Facebook",
        "https://www.facebook.com/",
        "https://demo.example/collections/new",
        "AD",
        ["facebook", "paid_social", "prospecting"],
        16,
    ),
    source(
        "Instagram",
        "https://www.instagram.com/",
        "https://demo.example/collections/new",
        "AD",
        ["instagram", "paid_social", "prospecting"],
        10,
    ),
    source(
        "Facebook",
        "https://www.facebook.com/",
        "https://demo.example/cart",
        "RETARGETING",
        ["facebook", "paid_social", "retargeting"],
        10,
    ),
    source("Google", "https://www.google.com/", "https://demo.example/", "AD", ["google", "cpc", "brand"], 9),
    source(
        "email",
        "",
        "https://demo.example/collections/sale",
        "NEWSLETTER",
        ["klaviyo", "email", "weekly-letter"],
        9,
    ),
    source(
        "an unknown source",
        "https://blog.example/",
        "https://demo.example/products/coat",
        "LINK",
        ["", "", ""],
        4,
    ),
    source("Bing", "https://www.bing.com/", "https://demo.example/", "SEO", ["", "", ""], 2),
];

/// A visit before an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Index into the table of sources.
    pub source: u8,
    /// When it began.
    pub at: Seconds,
    /// Its place among the order's visits, from 0.
    pub place: u64,
    /// Whether it is the last one before the order.
    pub last: bool,
}

/// The source that a number stands for, by the sources' weights.
fn source_of(number: u64) -> u8 {
    let whole: u64 = SOURCES.iter().map(|source| u64::from(source.weight)).sum();
    let mut rest = number % whole.max(1);
    for (index, source) in SOURCES.iter().enumerate() {
        if rest < u64::from(source.weight) {
            return index as u8;
        }
        rest -= u64::from(source.weight);
    }
    0
}

/// How many visits lie between an order's first and last one: none to three, and now and then more than a page shows.
fn between(order: &Order) -> u64 {
    let number = mix(order.id ^ 0x0076_6973_6974_7321);
    if number.is_multiple_of(61) { 12 } else { number % 4 }
}

/// The visits before an order, oldest first; none where nobody saw how the customer came.
pub fn visits(order: &Order) -> Vec<Visit> {
    let Some(journey) = order.journey else { return Vec::new() };
    let at = |before: u32| order.placed_at - i64::from(before);
    let (first, last) = (at(journey.first.1), at(journey.last.1));
    let mut visits = Vec::new();
    // equal distances are one and the same visit
    if first != last {
        visits.push(Visit { source: journey.first.0, at: first, place: 0, last: false });
        let count = between(order);
        for number in 1..=count {
            let part = (last - first) * number as i64 / (count as i64 + 1);
            let source = source_of(mix(order.id ^ mix(number)));
            visits.push(Visit { source, at: first + part, place: number, last: false });
        }
    }
    visits.push(Visit { source: journey.last.0, at: last, place: visits.len() as u64, last: true });
    visits
}

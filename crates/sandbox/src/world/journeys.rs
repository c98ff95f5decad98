//! Where visits come from: the table that orders' journeys point into.

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

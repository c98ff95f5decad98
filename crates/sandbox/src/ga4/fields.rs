//! Dimensions and metrics: their names, types and values.
use super::traffic::{COUNTRIES, DEVICES, Figures, Kind};
use crate::world::journeys::SOURCES;
use crate::world::money::decimal;
use jiff::civil::Date;

/// What stands where the platform folded rare values together.
pub const OTHER: &str = "(other)";

/// Dimensions by API name, with the name shown to people.
pub const DIMENSIONS: [(&str, &str); 12] = [
    ("date", "Date"),
    ("sessionSource", "Session source"),
    ("sessionMedium", "Session medium"),
    ("sessionSourceMedium", "Session source / medium"),
    ("sessionCampaignName", "Session campaign"),
    ("sessionDefaultChannelGroup", "Session default channel group"),
    ("deviceCategory", "Device category"),
    ("country", "Country"),
    ("countryId", "Country ID"),
    ("landingPage", "Landing page"),
    ("month", "Month"),
    ("year", "Year"),
];

/// Metrics by API name, with type and the name shown to people.
pub const METRICS: [(&str, &str, &str); 12] = [
    ("sessions", "TYPE_INTEGER", "Sessions"),
    ("engagedSessions", "TYPE_INTEGER", "Engaged sessions"),
    ("totalUsers", "TYPE_INTEGER", "Total users"),
    ("activeUsers", "TYPE_INTEGER", "Active users"),
    ("newUsers", "TYPE_INTEGER", "New users"),
    ("screenPageViews", "TYPE_INTEGER", "Views"),
    ("keyEvents", "TYPE_FLOAT", "Key events"),
    ("transactions", "TYPE_INTEGER", "Transactions"),
    ("ecommercePurchases", "TYPE_INTEGER", "Ecommerce purchases"),
    ("purchaseRevenue", "TYPE_CURRENCY", "Purchase revenue"),
    ("totalRevenue", "TYPE_CURRENCY", "Total revenue"),
    ("engagementRate", "TYPE_FLOAT", "Engagement rate"),
];

/// The value of a dimension; `folded` puts what is rare into one row.
pub fn dimension(name: &str, day: Date, kind: Kind, folded: bool) -> Option<String> {
    let source = &SOURCES[kind.source];
    let (from, medium) = match (source.utm_source, source.source) {
        ("", "direct") => ("(direct)", "(none)"),
        ("", "Google") => ("google", "organic"),
        ("", "Bing") => ("bing", "organic"),
        ("", _) => ("blog.example", "referral"),
        (utm, _) => (utm, source.utm_medium),
    };
    let text = match name {
        "date" => return Some(day.strftime("%Y%m%d").to_string()),
        "month" => return Some(day.strftime("%m").to_string()),
        "year" => return Some(day.strftime("%Y").to_string()),
        "deviceCategory" => return Some(DEVICES[kind.device].0.to_owned()),
        "country" => return Some(COUNTRIES[kind.country].1.to_owned()),
        "countryId" => return Some(COUNTRIES[kind.country].0.to_owned()),
        "sessionSource" => from.to_owned(),
        "sessionMedium" => medium.to_owned(),
        "sessionSourceMedium" => format!("{from} / {medium}"),
        "sessionCampaignName" => match (source.utm_campaign, medium) {
            ("", "(none)") => "(direct)".to_owned(),
            ("", "organic") => "(organic)".to_owned(),
            ("", _) => "(referral)".to_owned(),
            (campaign, _) => campaign.to_owned(),
        },
        "sessionDefaultChannelGroup" => match medium {
            "(none)" => "Direct",
            "organic" => "Organic Search",
            "referral" => "Referral",
            "paid_social" => "Paid Social",
            "cpc" => "Paid Search",
            "email" => "Email",
            _ => "Unassigned",
        }
        .to_owned(),
        "landingPage" => source.landing.trim_start_matches("https://demo.example").to_owned(),
        _ => return None,
    };
    Some(if folded { OTHER.to_owned() } else { text })
}

/// The value of a metric. Visitors over several days (`unique` false) come back: they are fewer than the sum.
pub fn metric(name: &str, figures: &Figures, unique: bool) -> Option<String> {
    let people = |count: i64| if unique { count } else { count * 4 / 5 };
    Some(match name {
        "sessions" => figures.sessions.to_string(),
        "engagedSessions" => figures.engaged.to_string(),
        "totalUsers" => people(figures.users).to_string(),
        "activeUsers" => people(figures.users * 97 / 100).to_string(),
        "newUsers" => figures.new_users.to_string(),
        "screenPageViews" => figures.views.to_string(),
        "keyEvents" | "transactions" | "ecommercePurchases" => figures.purchases.to_string(),
        "purchaseRevenue" | "totalRevenue" => decimal(figures.revenue).normalize().to_string(),
        "engagementRate" if figures.sessions == 0 => "0".to_owned(),
        "engagementRate" => (figures.engaged as f64 / figures.sessions as f64).to_string(),
        _ => return None,
    })
}

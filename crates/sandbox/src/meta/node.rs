//! What the nodes of the account's tree hold.
use super::entities::Object;
use crate::world::ads::{Ads, Status};
use crate::world::days;
use crate::world::money::{Cents, decimal};
use crate::world::shop::Seconds;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value, json};

impl Object {
    /// Every field that the node has here.
    pub fn node(self, ads: &Ads, now: Timestamp) -> Map<String, Value> {
        let zone = &ads.account.time_zone;
        let time = |at: Seconds| json!(local_time(at, zone));
        let start_of = |day: Date| json!(local_time(days::start_of(day, zone), zone));
        let mut node = match self {
            Object::Account => return account(ads, now),
            Object::Campaign(index) => {
                let Some(item) = ads.campaigns.get(index) else { return Map::new() };
                let mut node = map(json!({
                    "objective": item.objective,
                    "buying_type": "AUCTION",
                    "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
                    "start_time": start_of(item.start),
                    "created_time": start_of(item.start),
                    "special_ad_categories": [],
                    "special_ad_category": "NONE",
                    "smart_promotion_type": "GUIDED_CREATION",
                    "is_adset_budget_sharing_enabled": false,
                    "pacing_type": ["standard"],
                }));
                if item.budget_here {
                    put_budget(&mut node, item.daily_budget);
                }
                if let Some(end) = item.end {
                    node.insert("stop_time".to_owned(), start_of(days::plus(end, 1)));
                }
                node
            }
            Object::AdSet(index) => {
                let Some(item) = ads.ad_sets.get(index) else { return Map::new() };
                let campaign = Object::Campaign(item.campaign).id(ads);
                let start = ads.campaigns.get(item.campaign).map_or(ads.account.from, |item| item.start);
                let mut node = map(json!({
                    "campaign_id": campaign,
                    "campaign": {"id": campaign},
                    "optimization_goal": "OFFSITE_CONVERSIONS",
                    "billing_event": "IMPRESSIONS",
                    "bid_strategy": "LOWEST_COST_WITHOUT_CAP",
                    "destination_type": "WEBSITE",
                    "start_time": start_of(start),
                    "created_time": start_of(start),
                    "attribution_spec": [
                        {"event_type": "CLICK_THROUGH", "window_days": 7},
                        {"event_type": "VIEW_THROUGH", "window_days": 1},
                    ],
                    "promoted_object": {"pixel_id": pixel(ads), "custom_event_type": "PURCHASE"},
                    "targeting": {"age_min": 18, "age_max": 65, "geo_locations": {"countries": ["GB"]}},
                }));
                if let Some(budget) = item.daily_budget {
                    put_budget(&mut node, budget);
                }
                if let Some(end) = ads.campaigns.get(item.campaign).and_then(|item| item.end) {
                    node.insert("end_time".to_owned(), start_of(days::plus(end, 1)));
                }
                node
            }
            Object::Ad(index) => {
                let Some(item) = ads.ads.get(index) else { return Map::new() };
                let (set, campaign) =
                    (Object::AdSet(item.ad_set).id(ads), Object::Campaign(item.campaign).id(ads));
                map(json!({
                    "adset_id": set,
                    "adset": {"id": set},
                    "campaign_id": campaign,
                    "campaign": {"id": campaign},
                    "creative": {"id": item.creative_id.to_string()},
                    "created_time": start_of(item.start),
                    "conversion_domain": "demo-brand.example",
                    "tracking_specs": [{"action.type": ["offsite_conversion"], "fb_pixel": [pixel(ads)]}],
                }))
            }
        };
        let status = match self.status(ads) {
            Status::Active => "ACTIVE",
            Status::Paused => "PAUSED",
            Status::Archived => "ARCHIVED",
            Status::Deleted => "DELETED",
        };
        node.insert("id".to_owned(), json!(self.id(ads)));
        node.insert("account_id".to_owned(), json!(ads.account.id.to_string()));
        node.insert("name".to_owned(), json!(self.name(ads)));
        node.insert("status".to_owned(), json!(status));
        node.insert("configured_status".to_owned(), json!(status));
        node.insert("effective_status".to_owned(), json!(self.effective_status(ads)));
        node.insert("updated_time".to_owned(), time(self.updated_at(ads)));
        node
    }
}

fn account(ads: &Ads, now: Timestamp) -> Map<String, Value> {
    let account = &ads.account;
    let offset = account.time_zone.to_offset(now).seconds();
    let today = ads.local_day(now);
    let mut spent: Cents = 0;
    let mut day = account.from;
    while day <= today {
        spent += (0..ads.ads.len()).map(|ad| ads.spend(ad, day, today)).sum::<Cents>();
        day = days::plus(day, 1);
    }
    map(json!({
        "id": format!("act_{}", account.id),
        "account_id": account.id.to_string(),
        "name": account.name,
        "account_status": 1,
        "disable_reason": 0,
        "currency": account.currency,
        "timezone_name": account.time_zone.iana_name().unwrap_or("UTC"),
        "timezone_offset_hours_utc": f64::from(offset) / 3600.0,
        "amount_spent": spent.to_string(),
        "balance": "0",
        "spend_cap": "0",
        "min_daily_budget": 100,
        "is_prepay_account": false,
        "is_personal": 0,
        "created_time": local_time(account.created_at, &account.time_zone),
        "business": {"id": business(ads), "name": account.name},
        "business_name": account.name,
        "owner": business(ads),
        "attribution_spec": [
            {"event_type": "CLICK_THROUGH", "window_days": 7},
            {"event_type": "VIEW_THROUGH", "window_days": 1},
        ],
    }))
}

/// The number of the business that owns the account.
pub fn business(ads: &Ads) -> String {
    (ads.account.id + 500_000_000_000_000).to_string()
}

fn pixel(ads: &Ads) -> String {
    (ads.account.id + 700_000_000_000_000).to_string()
}

/// Budgets are whole minor units, as text.
fn put_budget(node: &mut Map<String, Value>, budget: Cents) {
    node.insert("daily_budget".to_owned(), json!(budget.to_string()));
    node.insert("budget_remaining".to_owned(), json!((budget / 2).to_string()));
}

/// `2023-03-21T22:33:56-0700`.
pub fn local_time(at: Seconds, zone: &TimeZone) -> String {
    let at = Timestamp::from_second(at).unwrap_or_default();
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%z").to_string()
}

/// Money of the insights: a decimal in the account's currency, without needless zeros.
pub fn amount(cents: Cents) -> String {
    decimal(cents).normalize().to_string()
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

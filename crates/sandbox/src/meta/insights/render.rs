//! One insights row as JSON: every number is text, every purchase is counted under several names.
use super::{Level, Request, Row};
use crate::meta::entities::Object;
use crate::meta::node::amount;
use crate::world::ads::{Ads, Credit, Figures};
use crate::world::money::decimal;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value, json};

/// The fields that rows have here.
pub const FIELDS: [&str; 34] = [
    "account_currency",
    "account_id",
    "account_name",
    "action_values",
    "actions",
    "ad_id",
    "ad_name",
    "adset_id",
    "adset_name",
    "attribution_setting",
    "buying_type",
    "campaign_id",
    "campaign_name",
    "clicks",
    "cost_per_action_type",
    "cost_per_inline_link_click",
    "cpc",
    "cpm",
    "cpp",
    "ctr",
    "date_start",
    "date_stop",
    "frequency",
    "impressions",
    "inline_link_click_ctr",
    "inline_link_clicks",
    "objective",
    "optimization_goal",
    "outbound_clicks",
    "purchase_roas",
    "reach",
    "spend",
    "website_purchase_roas",
    "unique_clicks",
];

/// Fields that exist but never hold anything here.
pub const EMPTY_FIELDS: [&str; 12] = [
    "catalog_segment_value",
    "conversion_rate_ranking",
    "conversion_values",
    "conversions",
    "engagement_rate_ranking",
    "inline_post_engagement",
    "mobile_app_purchase_roas",
    "quality_ranking",
    "unique_actions",
    "video_p100_watched_actions",
    "video_play_actions",
    "video_thruplay_watched_actions",
];

/// All names under which one and the same purchase is listed.
const PURCHASE: [&str; 7] = [
    "purchase",
    "omni_purchase",
    "offsite_conversion.fb_pixel_purchase",
    "onsite_web_purchase",
    "onsite_web_app_purchase",
    "web_in_store_purchase",
    "web_app_in_store_purchase",
];
const BASKET: [&str; 3] = ["add_to_cart", "omni_add_to_cart", "offsite_conversion.fb_pixel_add_to_cart"];

/// Whether rows may be asked for a field.
pub fn is_field(name: &str) -> bool {
    FIELDS.contains(&name) || EMPTY_FIELDS.contains(&name)
}

/// Renders a row; `with_object` adds the fields that say what the row is about.
pub fn row(ads: &Ads, request: &Request, row: Row, figures: &Figures, with_object: bool) -> Value {
    let mut out = Map::new();
    for name in &request.fields {
        let value = metric(request, figures, name)
            .or_else(|| if with_object { dimension(ads, request, row, name) } else { None });
        if let Some(value) = value {
            out.insert(name.clone(), value);
        }
    }
    out.insert("date_start".to_owned(), json!(row.start.to_string()));
    out.insert("date_stop".to_owned(), json!(row.stop.to_string()));
    Value::Object(out)
}

fn dimension(ads: &Ads, request: &Request, row: Row, name: &str) -> Option<Value> {
    let at = |level: Level| -> Option<Object> {
        let mut object = row.object;
        loop {
            let found = matches!(
                (level, object),
                (Level::Campaign, Object::Campaign(_))
                    | (Level::AdSet, Object::AdSet(_))
                    | (Level::Ad, Object::Ad(_))
            );
            if found {
                return Some(object);
            }
            object = object.parent(ads)?;
        }
    };
    let campaign = || match at(Level::Campaign) {
        Some(Object::Campaign(index)) => ads.campaigns.get(index),
        _ => None,
    };
    Some(match name {
        "account_id" => json!(ads.account.id.to_string()),
        "account_name" => json!(ads.account.name),
        "account_currency" => json!(ads.account.currency),
        "campaign_id" => json!(at(Level::Campaign)?.id(ads)),
        "campaign_name" => json!(at(Level::Campaign)?.name(ads)),
        "adset_id" => json!(at(Level::AdSet)?.id(ads)),
        "adset_name" => json!(at(Level::AdSet)?.name(ads)),
        "ad_id" => json!(at(Level::Ad)?.id(ads)),
        "ad_name" => json!(at(Level::Ad)?.name(ads)),
        "objective" => json!(campaign()?.objective),
        "buying_type" => json!("AUCTION"),
        "optimization_goal" if request.level >= Level::AdSet => json!("OFFSITE_CONVERSIONS"),
        "attribution_setting" => json!("7d_click_1d_view"),
        _ => return None,
    })
}

fn metric(request: &Request, figures: &Figures, name: &str) -> Option<Value> {
    let text = |number: i64| Some(json!(number.to_string()));
    let spend = decimal(figures.spend);
    match name {
        "spend" => Some(json!(amount(figures.spend))),
        "impressions" => text(figures.impressions),
        "reach" => text(figures.reach),
        "clicks" => text(figures.clicks),
        "unique_clicks" => text(figures.clicks * 9 / 10),
        "inline_link_clicks" => text(figures.link_clicks),
        "cpc" => ratio(spend, figures.clicks, 1),
        "cpm" => ratio(spend, figures.impressions, 1000),
        "cpp" => ratio(spend, figures.reach, 1000),
        "ctr" => ratio(figures.clicks.into(), figures.impressions, 100),
        "inline_link_click_ctr" => ratio(figures.link_clicks.into(), figures.impressions, 100),
        "cost_per_inline_link_click" => ratio(spend, figures.link_clicks, 1),
        "frequency" => ratio(figures.impressions.into(), figures.reach, 1),
        "outbound_clicks" => {
            let clicks = Actions::new(request).plain("outbound_click", figures.link_clicks);
            clicks.finish()
        }
        "actions" => actions(request, figures),
        "action_values" => values(request, figures),
        "cost_per_action_type" => costs(request, figures),
        "purchase_roas" => roas(figures, "omni_purchase"),
        "website_purchase_roas" => roas(figures, "offsite_conversion.fb_pixel_purchase"),
        _ => None,
    }
}

/// Purchases under the account's own setting: 7 days after a click, 1 day after a view.
fn credited(figures: &Figures) -> Credit {
    Credit {
        count: figures.click_7d.count + figures.view_1d.count,
        value: figures.click_7d.value + figures.view_1d.value,
    }
}

/// A list of `{action_type, value, <windows>}`.
struct Actions<'a> {
    windows: &'a [String],
    list: Vec<Value>,
}

impl<'a> Actions<'a> {
    fn new(request: &'a Request) -> Actions<'a> {
        Actions { windows: &request.windows, list: Vec::new() }
    }

    /// An action that happens with the click itself.
    fn plain(mut self, kind: &str, count: i64) -> Actions<'a> {
        if count > 0 {
            let mut entry = Map::new();
            entry.insert("action_type".to_owned(), json!(kind));
            entry.insert("value".to_owned(), json!(count.to_string()));
            for window in self.windows.iter().filter(|window| window.ends_with("_click")) {
                entry.insert(window.clone(), json!(count.to_string()));
            }
            self.list.push(Value::Object(entry));
        }
        self
    }

    /// A purchase under one of its names, worded by `show`.
    fn purchase(mut self, kind: &str, figures: &Figures, show: impl Fn(Credit) -> String) -> Actions<'a> {
        let credits = [
            ("1d_click", figures.click_1d),
            ("7d_click", figures.click_7d),
            ("28d_click", figures.click_28d),
            ("1d_view", figures.view_1d),
        ];
        let mut entry = Map::new();
        entry.insert("action_type".to_owned(), json!(kind));
        let whole = credited(figures);
        if whole.count > 0 {
            entry.insert("value".to_owned(), json!(show(whole)));
        }
        for (window, credit) in credits {
            // The windows 7d_view and 28d_view are still accepted and return nothing.
            if credit.count > 0 && self.windows.iter().any(|asked| asked == window) {
                entry.insert(window.to_owned(), json!(show(credit)));
            }
        }
        if entry.len() > 1 {
            self.list.push(Value::Object(entry));
        }
        self
    }

    fn finish(self) -> Option<Value> {
        (!self.list.is_empty()).then_some(Value::Array(self.list))
    }
}

fn actions(request: &Request, figures: &Figures) -> Option<Value> {
    let mut list = Actions::new(request)
        .plain("link_click", figures.link_clicks)
        .plain("landing_page_view", figures.link_clicks * 4 / 5);
    for kind in BASKET {
        list = list.plain(kind, figures.baskets);
    }
    for kind in PURCHASE {
        list = list.purchase(kind, figures, |credit| credit.count.to_string());
    }
    list.finish()
}

fn values(request: &Request, figures: &Figures) -> Option<Value> {
    let mut list = Actions::new(request);
    for kind in PURCHASE {
        list = list.purchase(kind, figures, |credit| amount(credit.value));
    }
    list.finish()
}

fn costs(request: &Request, figures: &Figures) -> Option<Value> {
    let mut list = Actions::new(request);
    let spend = decimal(figures.spend);
    for kind in PURCHASE {
        list = list.purchase(kind, figures, |credit| divide(spend, credit.count.into(), 6).to_string());
    }
    list.finish()
}

fn roas(figures: &Figures, kind: &str) -> Option<Value> {
    let value = credited(figures).value;
    (value > 0 && figures.spend > 0).then(|| {
        let share = divide(decimal(value), decimal(figures.spend), 6);
        json!([{"action_type": kind, "value": share.to_string()}])
    })
}

/// `part` ÷ `whole` × `scale` with six decimals; nothing when there is no whole.
fn ratio(part: Decimal, whole: i64, scale: i64) -> Option<Value> {
    (whole > 0).then(|| json!(divide(part * Decimal::from(scale), whole.into(), 6).to_string()))
}

fn divide(part: Decimal, whole: Decimal, digits: u32) -> Decimal {
    let quotient = part.checked_div(whole).unwrap_or_default();
    quotient.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero).normalize()
}

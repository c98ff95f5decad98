//! The fields of the resources, segments and metrics: their names, and their values in a row.
use super::account::Account;
use super::figures::Figures;
use jiff::civil::Date;
use serde_json::{Value, json};

/// A value with the type that decides how it is compared and shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Text, an enum's name, a resource name or a date.
    Text(String),
    /// A 64-bit number, shown as text.
    Int(i64),
    /// A number.
    Double(f64),
    /// Yes or no.
    Bool(bool),
    /// Not set: left out of the answer.
    Null,
}

impl Cell {
    fn text(value: &str) -> Cell {
        Cell::Text(value.to_owned())
    }

    /// The value in an answer.
    pub fn show(&self) -> Option<Value> {
        match self {
            Cell::Text(text) => Some(json!(text)),
            Cell::Int(number) => Some(json!(number.to_string())),
            Cell::Double(number) => Some(json!(number)),
            Cell::Bool(value) => Some(json!(value)),
            Cell::Null => None,
        }
    }

    /// How it stands to a value of a condition.
    pub fn compare(&self, other: &str) -> Option<std::cmp::Ordering> {
        match self {
            Cell::Text(text) => Some(text.as_str().cmp(other)),
            Cell::Int(number) => Some(number.cmp(&other.parse().ok()?)),
            Cell::Double(number) => number.partial_cmp(&other.parse().ok()?),
            Cell::Bool(value) => Some(value.cmp(&other.to_ascii_lowercase().parse().ok()?)),
            Cell::Null => None,
        }
    }

    /// How it stands to the same field of another row; what is not set comes first.
    pub fn order(&self, other: &Cell) -> std::cmp::Ordering {
        use std::cmp::Ordering::Equal;
        match (self, other) {
            (Cell::Text(one), Cell::Text(two)) => one.cmp(two),
            (Cell::Int(one), Cell::Int(two)) => one.cmp(two),
            (Cell::Double(one), Cell::Double(two)) => one.partial_cmp(two).unwrap_or(Equal),
            (Cell::Bool(one), Cell::Bool(two)) => one.cmp(two),
            (Cell::Null, Cell::Null) => Equal,
            (Cell::Null, _) => std::cmp::Ordering::Less,
            (_, Cell::Null) => std::cmp::Ordering::Greater,
            _ => Equal,
        }
    }
}

/// What a row is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The customer asked.
    pub customer: u64,
    /// A client of the customer, with its level below it.
    pub client: Option<(u64, i64)>,
    /// Index of the campaign.
    pub campaign: Option<usize>,
    /// Index of the ad group.
    pub group: Option<usize>,
    /// Index of the ad.
    pub ad: Option<usize>,
    /// The local day, when the row is of one day.
    pub day: Option<Date>,
    /// The figures.
    pub figures: Figures,
}

/// The resources that may stand in FROM, each with those whose fields may be selected with it.
pub const RESOURCES: [(&str, &[&str]); 7] = [
    ("customer", &["customer"]),
    ("customer_client", &["customer_client", "customer"]),
    ("campaign", &["campaign", "campaign_budget", "customer"]),
    ("campaign_budget", &["campaign_budget", "campaign", "customer"]),
    ("ad_group", &["ad_group", "campaign", "customer"]),
    ("ad_group_ad", &["ad_group_ad", "ad_group", "campaign", "customer"]),
    ("conversion_action", &["conversion_action", "customer"]),
];

/// The resource name of the row's object of a resource.
pub fn resource_name(account: &Account, resource: &str, row: &Row) -> Option<String> {
    let customer = row.customer;
    let of = |collection: &str, id: String| Some(format!("customers/{customer}/{collection}/{id}"));
    match resource {
        "customer" => Some(format!("customers/{customer}")),
        "customer_client" => of("customerClients", row.client?.0.to_string()),
        "campaign" => of("campaigns", account.campaigns[row.campaign?].id.to_string()),
        "campaign_budget" => of("campaignBudgets", account.campaigns[row.campaign?].budget_id.to_string()),
        "ad_group" => of("adGroups", account.groups[row.group?].id.to_string()),
        "ad_group_ad" => {
            let ad = &account.ads[row.ad?];
            of("adGroupAds", format!("{}~{}", account.groups[ad.group].id, ad.id))
        }
        "conversion_action" => of("conversionActions", "610000001".to_owned()),
        _ => None,
    }
}

/// The value of a field in a row at `today`; none when the platform has no such field here.
pub fn value(account: &Account, field: &str, row: &Row, today: Date) -> Option<Cell> {
    let (resource, name) = field.split_once('.')?;
    if name == "resource_name" {
        return Some(resource_name(account, resource, row).map_or(Cell::Null, Cell::Text));
    }
    Some(match resource {
        "customer" => customer(account, name, row.customer)?,
        "customer_client" => client(account, name, row)?,
        "campaign" => campaign(account, name, row)?,
        "campaign_budget" => budget(account, name, row, today)?,
        "ad_group" => group(account, name, row)?,
        "ad_group_ad" => ad(account, name, row)?,
        "conversion_action" => conversion_action(name)?,
        "segments" => match name {
            "date" => row.day.map_or(Cell::Null, |day| Cell::Text(day.to_string())),
            _ => return None,
        },
        "metrics" => metric(name, &row.figures)?,
        _ => return None,
    })
}

fn number(value: u64) -> Cell {
    Cell::Int(i64::try_from(value).unwrap_or(i64::MAX))
}

fn account_name(account: &Account, customer: u64) -> &'static str {
    match customer {
        id if id == account.manager => "Demo agency",
        id if id == account.empty => "Unused account",
        _ => "Brand search account",
    }
}

fn customer(account: &Account, name: &str, id: u64) -> Option<Cell> {
    Some(match name {
        "id" => number(id),
        "descriptive_name" => Cell::text(account_name(account, id)),
        "currency_code" => Cell::text(&account.currency),
        "time_zone" => Cell::text(account.zone.iana_name().unwrap_or("UTC")),
        "manager" => Cell::Bool(id == account.manager),
        "test_account" => Cell::Bool(false),
        "auto_tagging_enabled" => Cell::Bool(true),
        "status" => Cell::text("ENABLED"),
        _ => return None,
    })
}

fn client(account: &Account, name: &str, row: &Row) -> Option<Cell> {
    let (id, level) = row.client.unwrap_or((row.customer, 0));
    Some(match name {
        "level" => Cell::Int(level),
        "client_customer" => Cell::Text(format!("customers/{id}")),
        "hidden" => Cell::Bool(false),
        "id" | "descriptive_name" | "currency_code" | "time_zone" | "manager" | "test_account" | "status" => {
            customer(account, name, id)?
        }
        _ => return None,
    })
}

fn campaign(account: &Account, name: &str, row: &Row) -> Option<Cell> {
    let known = matches!(
        name,
        "id" | "name"
            | "status"
            | "serving_status"
            | "primary_status"
            | "advertising_channel_type"
            | "bidding_strategy_type"
            | "campaign_budget"
            | "start_date_time"
            | "end_date_time"
            | "experiment_type"
            | "payment_mode"
    );
    let Some(campaign) = row.campaign.and_then(|index| account.campaigns.get(index)) else {
        return known.then_some(Cell::Null);
    };
    Some(match name {
        "id" => number(campaign.id),
        "name" => Cell::text(campaign.name),
        "status" => Cell::text(campaign.status),
        "serving_status" => Cell::text(if campaign.end.is_some() { "ENDED" } else { "SERVING" }),
        "primary_status" => Cell::text(match campaign.status {
            "ENABLED" => "ELIGIBLE",
            other => other,
        }),
        "advertising_channel_type" => Cell::text(campaign.channel),
        "bidding_strategy_type" => Cell::text(campaign.bidding),
        "campaign_budget" => resource_name(account, "campaign_budget", row).map_or(Cell::Null, Cell::Text),
        "start_date_time" => Cell::Text(format!("{} 00:00:00", campaign.start)),
        "end_date_time" => campaign.end.map_or(Cell::Null, |end| Cell::Text(format!("{end} 23:59:59"))),
        "experiment_type" => Cell::text("BASE"),
        "payment_mode" => Cell::text("CLICKS"),
        _ => return None,
    })
}

fn budget(account: &Account, name: &str, row: &Row, today: Date) -> Option<Cell> {
    let campaign = row.campaign.and_then(|index| Some((index, account.campaigns.get(index)?)));
    let show = |value: &dyn Fn(usize) -> Cell| campaign.map_or(Cell::Null, |(index, _)| value(index));
    Some(match name {
        "id" => show(&|index| number(account.campaigns[index].budget_id)),
        "name" => show(&|index| Cell::Text(format!("{} budget", account.campaigns[index].name))),
        "amount_micros" => show(&|index| Cell::Int(account.budget(index, today) * 10_000)),
        "period" => show(&|_| Cell::text("DAILY")),
        "status" => show(&|_| Cell::text("ENABLED")),
        "delivery_method" | "type" => show(&|_| Cell::text("STANDARD")),
        "explicitly_shared" => show(&|_| Cell::Bool(false)),
        "reference_count" => show(&|_| Cell::Int(1)),
        // set only for a budget over the whole run of a campaign
        "total_amount_micros" => Cell::Null,
        _ => return None,
    })
}

fn group(account: &Account, name: &str, row: &Row) -> Option<Cell> {
    let group = row.group.and_then(|index| account.groups.get(index));
    let show = |value: Cell| if group.is_some() { value } else { Cell::Null };
    Some(match name {
        "id" => show(number(group.map_or(0, |group| group.id))),
        "name" => show(Cell::text(group.map_or("", |group| &group.name))),
        "status" => show(Cell::text(group.map_or("", |group| group.status))),
        "primary_status" => show(Cell::text(match group.map(|group| group.status) {
            Some("ENABLED") => "ELIGIBLE",
            _ => "PAUSED",
        })),
        "type" => show(Cell::text(match group.map(|group| account.campaigns[group.campaign].channel) {
            Some("SHOPPING") => "SHOPPING_PRODUCT_ADS",
            Some("DISPLAY") => "DISPLAY_STANDARD",
            Some("VIDEO") => "VIDEO_TRUE_VIEW_IN_STREAM",
            _ => "SEARCH_STANDARD",
        })),
        "campaign" => resource_name(account, "campaign", row).map_or(Cell::Null, Cell::Text),
        "cpc_bid_micros" => show(Cell::Int(1_000_000)),
        _ => return None,
    })
}

fn ad(account: &Account, name: &str, row: &Row) -> Option<Cell> {
    let ad = row.ad.and_then(|index| account.ads.get(index));
    let show = |value: Cell| if ad.is_some() { value } else { Cell::Null };
    Some(match name {
        "status" => show(Cell::text(ad.map_or("", |ad| ad.status))),
        "primary_status" => show(Cell::text(match ad.map(|ad| ad.status) {
            Some("ENABLED") => "ELIGIBLE",
            Some(other) => other,
            None => "",
        })),
        "ad_group" => resource_name(account, "ad_group", row).map_or(Cell::Null, Cell::Text),
        "ad.id" => show(number(ad.map_or(0, |ad| ad.id))),
        "ad.type" => show(Cell::text(match ad.map(|ad| account.campaigns[ad.campaign].channel) {
            Some("SHOPPING") => "SHOPPING_PRODUCT_AD",
            Some("DISPLAY") => "RESPONSIVE_DISPLAY_AD",
            Some("VIDEO") => "VIDEO_RESPONSIVE_AD",
            _ => "RESPONSIVE_SEARCH_AD",
        })),
        // responsive ads mostly have no name of their own
        "ad.name" => match ad.filter(|ad| account.campaigns[ad.campaign].channel == "DISPLAY") {
            Some(ad) => Cell::Text(format!("Remarketing {}", ad.id % 1_000)),
            None => Cell::Null,
        },
        _ => return None,
    })
}

fn conversion_action(name: &str) -> Option<Cell> {
    Some(match name {
        "id" => Cell::Int(610_000_001),
        "name" => Cell::text("Purchase"),
        "status" => Cell::text("ENABLED"),
        "type" => Cell::text("WEBPAGE"),
        "category" => Cell::text("PURCHASE"),
        "click_through_lookback_window_days" => Cell::Int(30),
        "view_through_lookback_window_days" => Cell::Int(1),
        "include_in_conversions_metric" => Cell::Bool(true),
        "counting_type" => Cell::text("MANY_PER_CLICK"),
        _ => return None,
    })
}

fn metric(name: &str, figures: &Figures) -> Option<Cell> {
    Some(match name {
        "cost_micros" => Cell::Int(figures.cost_micros),
        "impressions" => Cell::Int(figures.impressions),
        "clicks" | "interactions" => Cell::Int(figures.clicks),
        "conversions" | "all_conversions" => Cell::Double(figures.half_conversions as f64 / 2.0),
        "conversions_value" | "all_conversions_value" => Cell::Double(figures.half_cents as f64 / 200.0),
        "ctr" if figures.impressions == 0 => Cell::Null,
        "ctr" => Cell::Double(figures.clicks as f64 / figures.impressions as f64),
        "average_cpc" if figures.clicks == 0 => Cell::Null,
        "average_cpc" => Cell::Double(figures.cost_micros as f64 / figures.clicks as f64),
        _ => return None,
    })
}

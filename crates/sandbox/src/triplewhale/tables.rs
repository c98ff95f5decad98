//! The rows of the tables that queries may name.
use super::pixel::{self, MODELS, WINDOWS};
use super::sql::{Cell, Query, Row};
use crate::AppState;
use crate::world::ads::{Ads, Status};
use crate::world::days;
use crate::world::journeys::SOURCES;
use crate::world::money::{Cents, decimal};
use crate::world::shop::{Order, Shop};
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::sync::PoisonError;

/// The rows of the query's table on the days it asks for.
pub fn rows(state: &AppState, query: &Query) -> Result<Vec<Row>, String> {
    let world = &state.world;
    let zone = &world.brand.time_zone;
    let today = days::day_of(world.now().as_second(), zone);
    let Some((from, to)) = query.span() else { return Ok(Vec::new()) };
    let span = (from, to.min(today));
    let ads = world.ads.read().unwrap_or_else(PoisonError::into_inner);
    let shop = world.shop();
    let view = View { state, ads: &ads, shop: &shop, span };
    match query.table.as_str() {
        "ads_table" => Ok(view.ad_days().into_values().collect()),
        "pixel_joined_tvf" => {
            let (model, window) = choice(query)?;
            Ok(view.joined(model, window))
        }
        "pixel_orders_table" => {
            let (model, window) = choice(query)?;
            Ok(view.orders(model, window))
        }
        other => Err(format!("Unknown table '{other}'")),
    }
}

/// The model and window that a query asks for; without one the platform's defaults.
fn choice(query: &Query) -> Result<(&'static str, (&'static str, Option<i64>)), String> {
    let model = query.equals("model").unwrap_or(MODELS[0]);
    let window = query.equals("attribution_window").unwrap_or(WINDOWS[0].0);
    let model = MODELS.into_iter().find(|name| *name == model).ok_or(format!("Unknown model '{model}'"))?;
    let window = WINDOWS.into_iter().find(|(name, _)| *name == window);
    Ok((model, window.ok_or("Unknown attribution_window")?))
}

struct View<'a> {
    state: &'a AppState,
    ads: &'a Ads,
    shop: &'a Shop,
    span: (Date, Date),
}

/// Day, channel, campaign, ad set, ad.
type Key = (Date, &'static str, String, String, String);

fn text(value: impl Into<String>) -> Cell {
    Cell::Text(value.into())
}

fn money(cents: Cents) -> Cell {
    Cell::Number(decimal(cents))
}

fn count(number: i64) -> Cell {
    Cell::Number(Decimal::from(number))
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Paused => "paused",
        Status::Archived => "archived",
        Status::Deleted => "deleted",
    }
}

impl View<'_> {
    /// What the ad platform reports: one row for an ad and day on which it spent something.
    fn ad_days(&self) -> BTreeMap<Key, Row> {
        let now = self.state.world.now();
        let known_on = self.ads.local_day(now);
        let mut rows = BTreeMap::new();
        let mut day = self.span.0;
        while day <= self.span.1 {
            for index in 0..self.ads.ads.len() {
                let figures = self.ads.figures(index, day, known_on);
                if figures.spend == 0 {
                    continue;
                }
                let mut row = self.named(Some(index), "facebook-ads", "");
                let purchases = figures.click_7d.count + figures.view_1d.count;
                row.extend([
                    ("event_date", Cell::Day(day)),
                    ("spend", money(figures.spend)),
                    ("impressions", count(figures.impressions)),
                    ("clicks", count(figures.clicks)),
                    ("outbound_clicks", count(figures.link_clicks)),
                    ("channel_reported_conversions", count(purchases)),
                    (
                        "channel_reported_conversion_value",
                        money(figures.click_7d.value + figures.view_1d.value),
                    ),
                ]);
                rows.insert(self.key(day, &row), row);
            }
            day = days::plus(day, 1);
        }
        rows
    }

    fn key(&self, day: Date, row: &Row) -> Key {
        let word = |name: &str| match row.get(name) {
            Some(Cell::Text(text)) => text.clone(),
            _ => String::new(),
        };
        let channel = if word("ad_id").is_empty() { "" } else { "facebook-ads" };
        let channel = match row.get("channel") {
            Some(Cell::Text(name)) => {
                (0..SOURCES.len() as u8).map(pixel::channel).find(|known| known == name).unwrap_or(channel)
            }
            _ => channel,
        };
        (day, channel, word("campaign_id"), word("adset_id"), word("ad_id"))
    }

    /// Names and ids of an ad; without one of a channel and campaign alone.
    fn named(&self, ad: Option<usize>, channel: &str, campaign: &str) -> Row {
        let found = ad.and_then(|index| self.ads.ads.get(index));
        let mut row = Row::from([
            ("channel", text(channel)),
            ("currency", text(&self.ads.account.currency)),
            ("account_id", text(found.map_or_else(String::new, |_| format!("act_{}", self.ads.account.id)))),
            ("campaign_id", text(campaign)),
            ("campaign_name", text(campaign)),
        ]);
        for name in
            ["campaign_status", "adset_id", "adset_name", "adset_status", "ad_id", "ad_name", "ad_status"]
        {
            row.insert(name, text(""));
        }
        if let Some(ad) = found {
            let (campaign, set) = (&self.ads.campaigns[ad.campaign], &self.ads.ad_sets[ad.ad_set]);
            row.extend([
                ("campaign_id", text(campaign.id.to_string())),
                ("campaign_name", text(&campaign.name)),
                ("campaign_status", text(status(campaign.status))),
                ("adset_id", text(set.id.to_string())),
                ("adset_name", text(&set.name)),
                ("adset_status", text(status(set.status))),
                ("ad_id", text(ad.id.to_string())),
                ("ad_name", text(&ad.name)),
                ("ad_status", text(status(ad.status))),
            ]);
        }
        row
    }

    /// Each order's credits with the names of what they go to, on the day of the purchase.
    fn credited(&self, model: &str, window: Option<i64>) -> Vec<(Date, &Order, pixel::Credit, Row)> {
        let zone = &self.state.world.brand.time_zone;
        let (start, end) =
            (days::start_of(self.span.0, zone), days::start_of(days::plus(self.span.1, 1), zone));
        let mut out = Vec::new();
        for order in pixel::orders(self.shop).filter(|order| (start..end).contains(&order.placed_at)) {
            for credit in pixel::credits(order, model, window) {
                let ad = pixel::ad_of(self.ads, order, credit.touch, zone);
                let campaign = SOURCES[usize::from(credit.touch.source) % SOURCES.len()].utm_campaign;
                let names = self.named(ad, pixel::channel(credit.touch.source), campaign);
                out.push((days::day_of(order.placed_at, zone), order, credit, names));
            }
        }
        out
    }

    /// One row for an ad and day: what the platform reports beside what the pixel credits to it.
    fn joined(&self, model: &'static str, window: (&'static str, Option<i64>)) -> Vec<Row> {
        let mut rows = self.ad_days();
        let empty = [
            "spend",
            "impressions",
            "clicks",
            "outbound_clicks",
            "channel_reported_conversions",
            "channel_reported_conversion_value",
        ];
        for (day, order, credit, names) in self.credited(model, window.1) {
            let row = rows.entry(self.key(day, &names)).or_insert_with(|| {
                let mut row = names;
                row.insert("event_date", Cell::Day(day));
                row.extend(empty.map(|name| (name, count(0))));
                row
            });
            let part = Decimal::ONE.checked_div(Decimal::from(credit.of)).unwrap_or_default();
            let revenue = decimal(credit.revenue);
            add(row, "orders_quantity", part);
            add(row, "order_revenue", revenue);
            if pixel::is_first(self.shop, order) {
                add(row, "new_customer_orders", part);
                add(row, "new_customer_order_revenue", revenue);
            }
        }
        let sums = ["orders_quantity", "order_revenue", "new_customer_orders", "new_customer_order_revenue"];
        let finish = |mut row: Row| {
            sums.iter().for_each(|name| add(&mut row, name, Decimal::ZERO));
            row.insert("model", text(model));
            row.insert("attribution_window", text(window.0));
            row
        };
        rows.into_values().map(finish).collect()
    }

    /// One row for an order and the visit it is credited to.
    fn orders(&self, model: &'static str, window: (&'static str, Option<i64>)) -> Vec<Row> {
        let render = |(day, order, credit, mut row): (Date, &Order, pixel::Credit, Row)| {
            let part = Decimal::ONE.checked_div(Decimal::from(credit.of)).unwrap_or_default();
            row.extend([
                ("event_date", Cell::Day(day)),
                ("order_id", text(order.id.to_string())),
                (
                    "order_name",
                    text(order.name.as_deref().map_or_else(|| format!("#{}", order.number), str::to_owned)),
                ),
                ("order_revenue", money(credit.revenue)),
                ("orders_quantity", Cell::Number(part)),
                ("is_new_customer", text(pixel::is_first(self.shop, order).to_string())),
                ("model", text(model)),
                ("attribution_window", text(window.0)),
            ]);
            row
        };
        self.credited(model, window.1).into_iter().map(render).collect()
    }
}

fn add(row: &mut Row, name: &'static str, value: Decimal) {
    let cell = row.entry(name).or_insert(Cell::Number(Decimal::ZERO));
    if let Cell::Number(sum) = cell {
        *sum += value;
    }
}

//! The account, campaigns, ad sets and ads, and what an ad did.
use crate::world::money::Cents;
use crate::world::shop::Seconds;
use jiff::{civil::Date, tz::TimeZone};

/// The advertising account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Platform number.
    pub id: u64,
    /// Name shown to people.
    pub name: String,
    /// ISO 4217 code of all its money.
    pub currency: String,
    /// Its days are days in this zone.
    pub time_zone: TimeZone,
    /// First local day with delivery.
    pub from: Date,
    /// When it was opened.
    pub created_at: Seconds,
}

/// What its owner set an object to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// May deliver.
    Active,
    /// Stopped, may be resumed.
    Paused,
    /// Stopped and hidden.
    Archived,
    /// Gone for every listing that does not ask for it.
    Deleted,
}

/// A campaign.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// Platform number.
    pub id: u64,
    /// Name shown to people.
    pub name: String,
    /// The platform's word for the aim.
    pub objective: &'static str,
    /// What its owner set it to.
    pub status: Status,
    /// What it may spend a day.
    pub daily_budget: Cents,
    /// Whether the budget stands at the campaign (otherwise its ad sets share it).
    pub budget_here: bool,
    /// First local day of delivery.
    pub start: Date,
    /// Last local day of delivery.
    pub end: Option<Date>,
    /// When anything about it last changed.
    pub updated_at: Seconds,
    /// Return on spend in thousandths, before the seasons.
    pub return_rate: i64,
}

/// An ad set.
#[derive(Clone, Debug)]
pub struct AdSet {
    /// Platform number.
    pub id: u64,
    /// Index of its campaign.
    pub campaign: usize,
    /// Name shown to people.
    pub name: String,
    /// What its owner set it to.
    pub status: Status,
    /// Its own budget a day, when the campaign has none.
    pub daily_budget: Option<Cents>,
    /// When anything about it last changed.
    pub updated_at: Seconds,
}

/// An ad.
#[derive(Clone, Debug)]
pub struct Ad {
    /// Platform number.
    pub id: u64,
    /// Platform number of what it shows.
    pub creative_id: u64,
    /// Index of its ad set.
    pub ad_set: usize,
    /// Index of its campaign.
    pub campaign: usize,
    /// Name shown to people.
    pub name: String,
    /// What its owner set it to.
    pub status: Status,
    /// First local day of delivery.
    pub start: Date,
    /// Last local day of delivery.
    pub end: Option<Date>,
    /// When anything about it last changed.
    pub updated_at: Seconds,
}

/// Purchases and their value, credited under one attribution window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Credit {
    /// Purchases.
    pub count: i64,
    /// What they were worth.
    pub value: Cents,
}

impl Credit {
    /// Adds other purchases.
    pub fn add(&mut self, other: Credit) {
        self.count += other.count;
        self.value += other.value;
    }
}

/// What an ad did on one day or several, as known on a later day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Money spent.
    pub spend: Cents,
    /// Times shown.
    pub impressions: i64,
    /// People reached; adds up over ads and days only as an estimate.
    pub reach: i64,
    /// Clicks of any kind.
    pub clicks: i64,
    /// Clicks that led to the shop.
    pub link_clicks: i64,
    /// Things put into a basket.
    pub baskets: i64,
    /// Purchases within 1 day of the click.
    pub click_1d: Credit,
    /// Purchases within 7 days of the click.
    pub click_7d: Credit,
    /// Purchases within 28 days of the click.
    pub click_28d: Credit,
    /// Purchases within 1 day of seeing the ad without a click.
    pub view_1d: Credit,
}

impl Figures {
    /// Adds another day or ad.
    pub fn add(&mut self, other: &Figures) {
        self.spend += other.spend;
        self.impressions += other.impressions;
        self.reach += other.reach;
        self.clicks += other.clicks;
        self.link_clicks += other.link_clicks;
        self.baskets += other.baskets;
        self.click_1d.add(other.click_1d);
        self.click_7d.add(other.click_7d);
        self.click_28d.add(other.click_28d);
        self.view_1d.add(other.view_1d);
    }
}

impl Ad {
    /// Whether it may deliver on a local day.
    pub fn runs_on(&self, day: Date) -> bool {
        day >= self.start && self.end.is_none_or(|end| day <= end)
    }
}

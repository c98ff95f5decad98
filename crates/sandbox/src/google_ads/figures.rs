//! What each ad did on each day, as known at the world's clock.
//!
//! Conversions are the shop's own orders whose journey touched an ad click of this platform; they count on the
//! day of the click, so that a new order restates a day up to 20 days back. An order with two such clicks is
//! shared between them by halves.
use super::account::Account;
use crate::draw::mix;
use crate::world::money::scale;
use crate::world::shop::{Channel, Order, Seconds};
use crate::world::{World, days};
use jiff::civil::Date;
use std::collections::HashMap;

/// The index of paid search in the table of journeys.
const PAID_SEARCH: u8 = 5;
/// Seconds after an order until it shows in the figures.
pub const LAG: Seconds = 3 * 3_600;

/// Figures of a unit or of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Cost in millionths of the account's currency.
    pub cost_micros: i64,
    /// Times shown.
    pub impressions: i64,
    /// Clicks.
    pub clicks: i64,
    /// Conversions, counted in halves.
    pub half_conversions: i64,
    /// Value of conversions, in halves of a hundredth of the account's currency.
    pub half_cents: i64,
}

impl Figures {
    /// Adds others.
    pub fn add(&mut self, other: Figures) {
        self.cost_micros += other.cost_micros;
        self.impressions += other.impressions;
        self.clicks += other.clicks;
        self.half_conversions += other.half_conversions;
        self.half_cents += other.half_cents;
    }
}

/// The smallest unit that has figures: an ad, or a campaign without ads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Index of the campaign.
    pub campaign: usize,
    /// Index of the ad; none in a campaign without ads.
    pub ad: Option<usize>,
}

/// The figures known at one moment.
#[derive(Debug)]
pub struct Known {
    /// All units of the account.
    pub units: Vec<Unit>,
    /// The local day that the clock has reached.
    pub today: Date,
    conversions: HashMap<(usize, Date), (i64, i64)>,
}

/// The units of an account.
pub fn units(account: &Account) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    for campaign in 0..account.campaigns.len() {
        let ads = account.ads.iter().enumerate().filter(|(_, ad)| ad.campaign == campaign);
        units.extend(ads.map(|(index, ad)| Unit { campaign: ad.campaign, ad: Some(index) }));
        if units.last().is_none_or(|unit| unit.campaign != campaign) {
            units.push(Unit { campaign, ad: None });
        }
    }
    units
}

/// Whether an order is one that a tag on the shop's thank-you page reports.
pub fn is_tagged(order: &Order) -> bool {
    order.channel == Channel::Web && !order.test
}

/// The clicks on paid search ads that led to an order: the moment, and whether it was the last visit.
pub fn clicks(order: &Order) -> Vec<(Seconds, bool)> {
    let Some(journey) = order.journey.filter(|_| is_tagged(order)) else { return Vec::new() };
    let mut clicks = Vec::new();
    if journey.last.0 == PAID_SEARCH {
        clicks.push((order.placed_at - i64::from(journey.last.1), true));
    }
    // equal distances are one and the same visit
    if journey.first.0 == PAID_SEARCH && journey.first.1 != journey.last.1 {
        clicks.push((order.placed_at - i64::from(journey.first.1), false));
    }
    clicks
}

/// Index of the unit that was clicked: the brand's own search for the last visit, any other campaign before it.
fn chosen(account: &Account, units: &[Unit], order: &Order, day: Date, last: bool) -> Option<usize> {
    let wanted = |unit: &Unit| {
        account.serves(unit.campaign, day)
            && (unit.campaign == 0) == last
            && unit.ad.is_none_or(|ad| account.ads[ad].start <= day)
    };
    let live: Vec<usize> = (0..units.len()).filter(|index| wanted(&units[*index])).collect();
    let index = mix(order.id ^ u64::from(last)) % (live.len().max(1) as u64);
    live.get(index as usize).copied()
}

/// The unit that a visit on a local day clicked; `last` tells the last visit before the order.
pub fn clicked(account: &Account, units: &[Unit], order: &Order, day: Date, last: bool) -> Option<Unit> {
    chosen(account, units, order, day, last).and_then(|index| units.get(index).copied())
}

impl Known {
    /// Everything known at `now`.
    pub fn at(account: &Account, world: &World, now: Seconds) -> Known {
        let units = units(account);
        let today = days::day_of(now, &account.zone);
        let mut known = Known { units, today, conversions: HashMap::new() };
        if account.campaigns.is_empty() {
            return known;
        }
        for order in world.shop().orders.iter().filter(|order| order.placed_at + LAG <= now) {
            let clicks = clicks(order);
            let halves = if clicks.len() == 1 { 2 } else { 1 };
            for (at, last) in clicks {
                let day = days::day_of(at, &account.zone);
                let Some(unit) = known.unit_of(account, order, day, last) else { continue };
                let entry = known.conversions.entry((unit, day)).or_default();
                entry.0 += halves;
                entry.1 += halves * order.original_total();
            }
        }
        known
    }

    fn unit_of(&self, account: &Account, order: &Order, day: Date, last: bool) -> Option<usize> {
        chosen(account, &self.units, order, day, last)
    }

    /// What a unit did on a local day.
    pub fn on(&self, account: &Account, unit: usize, day: Date) -> Figures {
        let Some(Unit { campaign, ad }) = self.units.get(unit).copied() else { return Figures::default() };
        if day > self.today
            || !account.serves(campaign, day)
            || ad.is_some_and(|ad| account.ads[ad].start > day)
        {
            return Figures::default();
        }
        let ads = self.units.iter().filter(|other| other.campaign == campaign).count() as i64;
        let mut draw = account.draw(unit, day, 1);
        let whole = scale(account.budget(campaign, day) / ads, draw.between(780, 1060), 1000) * 10_000
            + draw.between(0, 9_999);
        // the day itself is about half over; clicks found invalid are credited within three days
        let cost_micros = match (self.today - day).get_days() {
            0 => whole * 55 / 100,
            1 => whole + whole * draw.between(0, 20) / 1000,
            2 => whole + whole * draw.between(0, 6) / 1000,
            _ => whole,
        };
        let (half_conversions, half_cents) = self.conversions.get(&(unit, day)).copied().unwrap_or_default();
        let mut draw = account.draw(unit, day, 2);
        let clicks = (cost_micros / (draw.between(35, 120) * 10_000)).max(half_conversions);
        let impressions = (clicks * draw.between(15, 60)).max(draw.between(1, 30));
        Figures { cost_micros, impressions, clicks, half_conversions, half_cents }
    }
}

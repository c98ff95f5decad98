//! Visits of the shop's site by day, source, device and country, as known at the world's clock.
//!
//! A purchase is an order of the online shop whose page reported it (about one in twenty-five does not) and is
//! credited to the last visit's source on the order's own day. What happened is processed with a delay: mostly
//! within a day and a half, a few purchases within twelve days; sessions settle on the second day after.
use crate::draw::{Draw, mix};
use crate::google_ads::is_tagged;
use crate::world::journeys::SOURCES;
use crate::world::money::{Cents, scale};
use crate::world::shop::{Order, Seconds};
use crate::world::{World, days};
use jiff::civil::Date;
use std::collections::HashMap;

/// Kinds of device with their share of visits in hundredths.
pub const DEVICES: [(&str, i64); 3] = [("mobile", 62), ("desktop", 33), ("tablet", 5)];
/// Countries with their share of visits in hundredths.
pub const COUNTRIES: [(&str, &str, i64); 5] = [
    ("GB", "United Kingdom", 78),
    ("IE", "Ireland", 7),
    ("DE", "Germany", 6),
    ("FR", "France", 5),
    ("US", "United States", 4),
];

/// Where visits of one kind come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kind {
    /// Index into the table of journeys.
    pub source: usize,
    /// Index into [`DEVICES`].
    pub device: usize,
    /// Index into [`COUNTRIES`].
    pub country: usize,
}

/// Figures of one day and kind, or of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Visits.
    pub sessions: i64,
    /// Visits with more than a glance.
    pub engaged: i64,
    /// Visitors; those of several days are fewer than the sum.
    pub users: i64,
    /// Visitors who came for the first time.
    pub new_users: i64,
    /// Pages seen.
    pub views: i64,
    /// Purchases.
    pub purchases: i64,
    /// Their revenue with tax and shipping, property currency.
    pub revenue: Cents,
}

impl Figures {
    /// Adds others.
    pub fn add(&mut self, other: Figures) {
        self.sessions += other.sessions;
        self.engaged += other.engaged;
        self.users += other.users;
        self.new_users += other.new_users;
        self.views += other.views;
        self.purchases += other.purchases;
        self.revenue += other.revenue;
    }
}

/// Everything known at one moment.
#[derive(Debug)]
pub struct Known {
    /// First local day of the shop.
    pub opened: Date,
    /// The local day that the clock has reached.
    pub today: Date,
    /// Whether anybody visits at all.
    pub visited: bool,
    seed: u64,
    purchases: HashMap<(Date, Kind), (i64, Cents)>,
    sold: HashMap<Date, i64>,
}

/// Whether an order's page reported it, and after how many seconds it shows in reports.
pub fn report_lag(order: &Order, seed: u64) -> Option<Seconds> {
    if !is_tagged(order) || order.journey.is_none() {
        return None;
    }
    let mut draw = Draw::new(&[seed, 811, order.id]);
    match draw.between(0, 99) {
        0..=3 => None,
        4..=8 => Some(draw.between(2 * 86_400, 12 * 86_400)),
        _ => Some(draw.between(4 * 3_600, 36 * 3_600)),
    }
}

/// The kind of visit that led to an order of a customer in a country.
fn kind_with(order: &Order, country: usize) -> Kind {
    let source = order.journey.map_or(0, |journey| usize::from(journey.last.0)).min(SOURCES.len() - 1);
    let mut rest = (mix(order.id) % 100) as i64;
    let mut device = 0;
    while device + 1 < DEVICES.len() && rest >= DEVICES[device].1 {
        rest -= DEVICES[device].1;
        device += 1;
    }
    Kind { source, device, country }
}

impl Known {
    /// Everything known at `now`.
    pub fn at(world: &World, seed: u64, now: Seconds) -> Known {
        let zone = &world.brand.time_zone;
        let shop = world.shop();
        let mut known = Known {
            opened: days::day_of(shop.opened_at, zone),
            today: days::day_of(now, zone),
            visited: !world.brand.is_still(),
            seed,
            purchases: HashMap::new(),
            sold: HashMap::new(),
        };
        for order in &shop.orders {
            let Some(lag) = report_lag(order, seed) else { continue };
            let day = days::day_of(order.placed_at, zone);
            *known.sold.entry(day).or_default() += 1;
            if order.placed_at + lag > now {
                continue;
            }
            let code = order.customer.map_or("GB", |customer| shop.customers[customer as usize].country);
            let country = COUNTRIES.iter().position(|(known, ..)| *known == code).unwrap_or(0);
            let entry = known.purchases.entry((day, kind_with(order, country))).or_default();
            entry.0 += 1;
            entry.1 += order.original_total();
        }
        known
    }

    /// Every kind of visit.
    pub fn kinds() -> impl Iterator<Item = Kind> {
        (0..SOURCES.len()).flat_map(|source| {
            (0..DEVICES.len()).flat_map(move |device| {
                (0..COUNTRIES.len()).map(move |country| Kind { source, device, country })
            })
        })
    }

    /// What visits of a kind did on a local day.
    pub fn on(&self, day: Date, kind: Kind) -> Figures {
        if !self.visited || day < self.opened || day > self.today {
            return Figures::default();
        }
        let (purchases, revenue) = self.purchases.get(&(day, kind)).copied().unwrap_or_default();
        let number = i64::from((day - Date::ZERO).get_days()).unsigned_abs();
        let unit = (kind.source * 100 + kind.device * 10 + kind.country) as u64;
        let mut draw = Draw::new(&[self.seed, 812, number, unit]);
        // about three in a hundred visits buy
        let age = i64::from((day - self.opened).get_days()).min(730);
        let visits = (1_000 + age) * draw.between(85, 115) / 100;
        let share =
            i64::from(SOURCES[kind.source].weight) * DEVICES[kind.device].1 * COUNTRIES[kind.country].2;
        // shares are in millionths; what is left over becomes a visit now and then
        let product = visits * share;
        let drawn = product / 1_000_000 + i64::from(draw.between(0, 999_999) < product % 1_000_000);
        let settled = match (self.today - day).get_days() {
            0 => scale(drawn, 500, 1_000),
            1 => scale(drawn, 970, 1_000),
            _ => drawn,
        };
        let sessions = settled + purchases;
        let part = |low, high, draw: &mut Draw| sessions * draw.between(low, high) / 100;
        let engaged = part(48, 70, &mut draw).max(purchases);
        let users = part(80, 96, &mut draw).max(sessions.min(1));
        let new_users = users * draw.between(30, 60) / 100;
        let views = sessions * draw.between(240, 420) / 100;
        Figures { sessions, engaged, users, new_users, views, purchases, revenue }
    }

    /// Orders that the site reported on a local day, known or not: how busy the day was.
    pub fn busy(&self, day: Date) -> i64 {
        self.sold.get(&day).copied().unwrap_or(0)
    }
}

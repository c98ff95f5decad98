//! The demo brand: two years of a plausible shop, simulated event by event, deterministic in its seed.
mod basket;
mod calendar;
mod catalogue;
mod later;
pub(super) mod people;

use super::ads::Ads;
use super::shop::{Seconds, Shop};
use super::{Brand, World, days};
use crate::draw::Draw;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use later::Later;
use std::collections::BTreeMap;

/// How many days before `today` the shop opened, unless it is told otherwise.
pub const LIFE: u16 = 730;

/// What is still to come.
#[derive(Clone, Copy, Debug)]
enum Event {
    Order,
    Later(usize, Later),
}

/// The simulation, which can be carried on as the clock moves.
#[derive(Debug)]
pub struct Simulation {
    seed: u64,
    zone: TimeZone,
    opened: Date,
    /// The first day whose orders are not drawn yet.
    next_day: Date,
    queue: BTreeMap<(Seconds, u64), Event>,
    count: u64,
}

impl Simulation {
    fn push(&mut self, at: Seconds, event: Event) {
        self.count += 1;
        self.queue.insert((at, self.count), event);
    }

    /// Lets everything happen up to `now`.
    pub fn run(&mut self, shop: &mut Shop, now: Seconds) {
        while days::start_of(self.next_day, &self.zone) <= now {
            let day = self.next_day;
            let age = i64::from((day - self.opened).get_days());
            let mut draw = Draw::new(&[self.seed, 401, age.unsigned_abs()]);
            for _ in 0..calendar::orders_on(day, age, &mut draw) {
                let hour = calendar::hour(&mut draw);
                let at =
                    days::at(day, hour, draw.between(0, 59) as i8, draw.between(0, 59) as i8, &self.zone);
                self.push(at, Event::Order);
            }
            self.next_day = days::plus(day, 1);
            self.happen(shop, now.min(days::start_of(self.next_day, &self.zone) - 1));
        }
        self.happen(shop, now);
    }

    fn happen(&mut self, shop: &mut Shop, until: Seconds) {
        while let Some(entry) = self.queue.first_entry() {
            let (at, _) = *entry.key();
            if at > until {
                break;
            }
            match entry.remove() {
                Event::Order => {
                    let index = basket::place(shop, self.seed, at, &self.zone);
                    for (delay, what) in later::plan(&shop.orders[index], self.seed) {
                        self.push(at + delay, Event::Later(index, what));
                    }
                }
                Event::Later(index, what) => later::happen(shop, index, what, at, self.seed),
            }
            shop.revision += 1;
        }
    }
}

/// The demo world in pounds and London days, opened `life` days before `today`; the clock stands at noon UTC of
/// `today`.
pub fn world(seed: u64, today: Date, life: u16) -> World {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    let brand = Brand { name: "demo-brand".into(), currency: "GBP".into(), time_zone: zone.clone() };
    let opened = days::plus(today, -i64::from(life));
    let mut shop = Shop { id: 70_000_000_001, opened_at: days::start_of(opened, &zone), ..Shop::default() };
    catalogue::stock(&mut shop, seed, opened, &zone);
    let now = days::at(today, 12, 0, 0, &TimeZone::UTC);
    let queue = BTreeMap::new();
    let mut simulation = Simulation { seed, zone: zone.clone(), opened, next_day: opened, queue, count: 0 };
    simulation.run(&mut shop, now);
    let ads = Ads::generate(seed, "GBP", &zone, opened, today);
    let moment = jiff::Timestamp::from_second(now).unwrap_or_default();
    World::new(brand, moment, shop, ads).with_simulation(simulation)
}

#[cfg(test)]
mod tests;

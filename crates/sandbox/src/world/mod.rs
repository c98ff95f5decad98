//! One world: a brand with its clock, its shop and its ads; every face is a view of it.
pub mod ads;
pub mod cdnow;
pub mod change;
pub mod days;
pub mod demo;
pub mod empty;
pub mod golden;
pub mod journeys;
pub mod leads;
pub mod money;
pub mod order;
pub mod people;
pub mod shop;

use jiff::{Timestamp, tz::TimeZone};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Who the merchant is.
#[derive(Clone, Debug)]
pub struct Brand {
    /// The shop's name, also its subdomain: `demo-brand`, `golden`, `empty`, `cdnow`.
    pub name: String,
    /// ISO 4217 code of the shop's currency.
    pub currency: String,
    /// The shop's time zone; days of the books are days in it.
    pub time_zone: TimeZone,
}

impl Brand {
    /// Whether nothing happens but what its own books tell: no visitors, no leads, no other channel.
    pub fn is_still(&self) -> bool {
        matches!(self.name.as_str(), "golden" | "empty")
    }
}

/// A brand at a moment: everything the faces show.
pub struct World {
    /// Who the merchant is.
    pub brand: Brand,
    clock: RwLock<Timestamp>,
    shop: RwLock<shop::Shop>,
    /// Campaigns and their daily spend.
    pub ads: RwLock<ads::Ads>,
    simulation: Mutex<Option<demo::Simulation>>,
}

impl World {
    /// Puts a world together.
    pub fn new(brand: Brand, now: Timestamp, shop: shop::Shop, ads: ads::Ads) -> World {
        World {
            brand,
            clock: RwLock::new(now),
            shop: RwLock::new(shop),
            ads: RwLock::new(ads),
            simulation: Mutex::new(None),
        }
    }

    /// The moment the world has reached, UTC.
    pub fn now(&self) -> Timestamp {
        *self.clock.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same world with a simulation that carries it on when the clock moves.
    pub fn with_simulation(mut self, simulation: demo::Simulation) -> World {
        self.simulation = Mutex::new(Some(simulation));
        self
    }

    /// Moves the clock forward and lets happen what happens until then; an earlier moment is ignored.
    pub fn move_clock(&self, to: Timestamp) {
        let mut simulation = self.simulation.lock().unwrap_or_else(PoisonError::into_inner);
        // the clock follows the events, and never waits for the shop: readers of the shop read the clock too
        if let Some(simulation) = simulation.as_mut() {
            simulation.run(&mut self.shop_mut(), to.as_second());
        }
        let mut clock = self.clock.write().unwrap_or_else(PoisonError::into_inner);
        *clock = (*clock).max(to);
    }

    /// The shop, for reading.
    pub fn shop(&self) -> RwLockReadGuard<'_, shop::Shop> {
        self.shop.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The shop, for changing.
    pub fn shop_mut(&self) -> RwLockWriteGuard<'_, shop::Shop> {
        self.shop.write().unwrap_or_else(PoisonError::into_inner)
    }
}

//! One world: a brand with its clock, its shop and its ads; every face is a view of it.
pub mod ads;
pub mod cdnow;
pub mod days;
pub mod golden;
pub mod journeys;
pub mod money;
pub mod order;
pub mod shop;

use jiff::{Timestamp, tz::TimeZone};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Who the merchant is.
#[derive(Clone, Debug)]
pub struct Brand {
    /// The shop's name, also its subdomain: `demo`, `golden`, `cdnow`.
    pub name: String,
    /// ISO 4217 code of the shop's currency.
    pub currency: String,
    /// The shop's time zone; days of the books are days in it.
    pub time_zone: TimeZone,
}

/// A brand at a moment: everything the faces show.
pub struct World {
    /// Who the merchant is.
    pub brand: Brand,
    clock: RwLock<Timestamp>,
    shop: RwLock<shop::Shop>,
    /// Campaigns and their daily spend.
    pub ads: RwLock<ads::Ads>,
}

impl World {
    /// Puts a world together.
    pub fn new(brand: Brand, now: Timestamp, shop: shop::Shop, ads: ads::Ads) -> World {
        World { brand, clock: RwLock::new(now), shop: RwLock::new(shop), ads: RwLock::new(ads) }
    }

    /// The moment the world has reached, UTC.
    pub fn now(&self) -> Timestamp {
        *self.clock.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the clock forward; an earlier moment is ignored.
    pub fn move_clock(&self, to: Timestamp) {
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

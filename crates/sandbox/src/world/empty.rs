//! The empty brand: a shop and an advertising account in which nothing has happened yet.
use super::ads::Ads;
use super::shop::Shop;
use super::{Brand, World, days};
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Builds a world in pounds and London days that opened on `today`; the clock stands at its noon UTC.
pub fn world(today: Date) -> World {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    let brand = Brand { name: "empty".into(), currency: "GBP".into(), time_zone: zone.clone() };
    let shop = Shop { id: 72_000_000_001, opened_at: days::start_of(today, &zone), ..Shop::default() };
    let mut ads = Ads::fixed(Vec::new());
    ads.campaigns.clear();
    ads.ad_sets.clear();
    ads.ads.clear();
    let now = days::at(today, 12, 0, 0, &TimeZone::UTC);
    World::new(brand, jiff::Timestamp::from_second(now).unwrap_or_default(), shop, ads)
}

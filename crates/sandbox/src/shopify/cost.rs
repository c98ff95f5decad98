//! The price of a query, and the leaky bucket that pays it.
use super::compile::Pick;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// The dearest query that is answered.
pub const MOST: u32 = 1_000;

/// Types that carry a value and cost nothing.
const FREE: [&str; 7] =
    ["MoneyBag", "MoneyV2", "Count", "PageInfo", "UTMParameters", "CustomerEmailAddress", "OrderAttribution"];

/// What a selection costs: an object 1, a connection 2 and a part that grows slowly with the page size.
pub fn of_picks(picks: &[Pick]) -> u32 {
    picks.iter().map(|pick| of_pick(pick, None)).sum()
}

/// What a field costs; `actual` replaces the asked page size once the answer is known.
pub fn of_pick(pick: &Pick, actual: Option<usize>) -> u32 {
    if pick.picks.is_empty() {
        return 0;
    }
    if pick.connection {
        let asked = pick.int("first").or(pick.int("last")).unwrap_or(0).max(0) as usize;
        let node = 1 + of_picks(&pick.node_picks().cloned().collect::<Vec<_>>());
        return 2 + share(actual.unwrap_or(asked)) * node;
    }
    let own = if FREE.contains(&pick.base) { 0 } else { 1 };
    own + of_picks(&pick.picks)
}

/// The platform publishes no formula any more; this one meets the published example in which 250 variants with
/// their inventory items under one product cost 25 points.
fn share(size: usize) -> u32 {
    if size == 0 { 0 } else { ((2.0 * (size as f64).ln()) as u32).clamp(1, size as u32) }
}

/// What the bucket says after a query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Status {
    /// Size of the bucket.
    pub maximum: u32,
    /// Points in it now.
    pub available: u32,
    /// Points restored each second.
    pub restore_rate: u32,
}

/// A bucket of query points that refills in real time.
pub struct Bucket {
    restore_rate: u32,
    state: Mutex<(f64, Instant)>,
}

impl Bucket {
    /// A full bucket of twenty seconds' restoration.
    pub fn new(restore_rate: u32) -> Bucket {
        Bucket { restore_rate, state: Mutex::new((f64::from(restore_rate * 20), Instant::now())) }
    }

    fn with<T>(&self, change: impl FnOnce(&mut f64) -> T) -> (T, Status) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let maximum = self.restore_rate * 20;
        let restored = now.duration_since(state.1).as_secs_f64() * f64::from(self.restore_rate);
        let mut level = (state.0 + restored).min(f64::from(maximum));
        let result = change(&mut level);
        level = level.min(f64::from(maximum));
        *state = (level, now);
        (result, Status { maximum, available: level.max(0.0) as u32, restore_rate: self.restore_rate })
    }

    /// Takes the asked points if they are there.
    pub fn take(&self, points: u32) -> (bool, Status) {
        self.with(|level| {
            let enough = *level >= f64::from(points);
            if enough {
                *level -= f64::from(points);
            }
            enough
        })
    }

    /// Gives back what a query turned out not to cost.
    pub fn give_back(&self, points: u32) -> Status {
        self.with(|level| *level += f64::from(points)).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shopify::compile::{Purpose, compile};

    fn cost(query: &str) -> u32 {
        of_picks(&compile(query, None, &serde_json::Value::Null, Purpose::Page).unwrap().picks)
    }

    #[test]
    fn the_published_example_costs_25() {
        assert_eq!(
            cost(
                "{ product(id: \"1\") { variants(first: 250) { nodes { inventoryItem { id tracked } } } } }"
            ),
            25
        );
    }

    #[test]
    fn money_is_free_and_pages_cost_more_when_larger() {
        assert_eq!(cost("{ shop { name } }"), 1);
        let one = cost("{ orders(first: 10) { nodes { id } } }");
        assert_eq!(
            one,
            cost("{ orders(first: 10) { edges { node { totalPriceSet { shopMoney { amount } } } } } }")
        );
        assert!(cost("{ orders(first: 250) { nodes { id } } }") > one);
    }

    #[test]
    fn an_empty_bucket_refuses_and_takes_nothing() {
        let bucket = Bucket::new(100);
        assert!(bucket.take(1_500).0);
        let (taken, status) = bucket.take(900);
        assert!(!taken);
        assert!((500..600).contains(&status.available), "{status:?}");
        assert!(bucket.give_back(1_000).available >= 1_500);
        assert_eq!(bucket.give_back(10_000).available, 2_000);
    }
}

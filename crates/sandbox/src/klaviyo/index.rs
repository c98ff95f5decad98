//! Everything the face shows at a moment, derived from the world once and kept until the world moves.
use super::events::{self, Event};
use super::mailings::{self, Campaign, Flow};
use super::people::{self, Person};
use crate::AppState;
use crate::world::shop::Seconds;
use std::sync::{Arc, Mutex, PoisonError};

/// Everything the face shows at a moment.
#[derive(Debug, Default)]
pub struct Index {
    /// The moment.
    pub now: Seconds,
    /// Profiles: customers by index, then leads.
    pub people: Vec<Person>,
    /// Campaigns by the day they are sent.
    pub campaigns: Vec<Campaign>,
    /// Flows.
    pub flows: Vec<Flow>,
    /// Events, oldest first.
    pub events: Vec<Event>,
}

/// The index of the last moment that was asked for.
#[derive(Debug, Default)]
pub struct Kept {
    last: Mutex<Option<(u64, Arc<Index>)>>,
}

impl Kept {
    /// The index of the world as it is now.
    pub fn get(&self, state: &AppState) -> Arc<Index> {
        let now = state.world.now().as_second();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let shop = state.world.shop();
        let (revision, opened_at) = (shop.revision, shop.opened_at);
        if let Some((at, index)) = &*last
            && (*at, index.now) == (revision, now)
        {
            return Arc::clone(index);
        }
        // the leads are read through the world, which must not be locked twice
        drop(shop);
        let seed = state.options.seed;
        let campaigns = mailings::campaigns(&state.world, seed, opened_at, now);
        let flows = mailings::flows(seed, opened_at, now);
        let leads = crate::world::leads::leads(&state.world, seed);
        let shop = state.world.shop();
        let people = people::everybody(seed, &shop, &leads);
        let events = events::events(seed, &shop, &people, &campaigns, now);
        let index = Arc::new(Index { now, people, campaigns, flows, events });
        *last = Some((revision, Arc::clone(&index)));
        index
    }
}

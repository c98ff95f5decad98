//! Who waits for which part of the budget, the urgent first.

use std::collections::{BTreeMap, BTreeSet};

use super::Key;

/// How urgent a call is; the first goes before the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Priority {
    /// A person or rule changes something on the platform.
    Action,
    /// An object is read that a webhook named.
    Webhook,
    /// What is new since the last sync.
    #[default]
    Increment,
    /// A first load, or everything once more.
    Backfill,
}

/// A place in the queue: urgent before less urgent, then in the order of coming.
pub(super) type Rank = (Priority, u64);

/// Those who wait, with the limits in which there is no room for them.
#[derive(Default)]
pub(super) struct Queue {
    next: u64,
    waiting: BTreeMap<Rank, BTreeSet<Key>>,
}

impl Queue {
    /// The next place of that urgency.
    pub fn rank(&mut self, priority: Priority) -> Rank {
        self.next += 1;
        (priority, self.next)
    }

    /// Notes for what somebody waits.
    pub fn wait(&mut self, rank: Rank, lacking: BTreeSet<Key>) {
        self.waiting.insert(rank, lacking);
    }

    /// Nobody waits at this place any more; whether somebody did.
    pub fn leave(&mut self, rank: Rank) -> bool {
        self.waiting.remove(&rank).is_some()
    }

    /// Which of `keys` somebody waits for who comes before `rank`.
    pub fn awaited_before(&self, rank: Rank, keys: &[Key]) -> BTreeSet<Key> {
        let before = self.waiting.range(..rank).flat_map(|(_, lacking)| lacking);
        before.filter(|lacking| keys.contains(lacking)).cloned().collect()
    }
}

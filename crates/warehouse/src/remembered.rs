//! Counts of rows, kept as long as nothing was written: they are on every page of connections, which asks again every few
//! seconds, and counting walks through all tables.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use netgain_domain::Table;

use crate::error::Result;
use crate::reads::ConnectionStats;

/// How old counts may be where other machines write too: they do not say so.
const AMONG_OTHERS: Duration = Duration::from_secs(2);

/// What is known of a workspace's rows.
#[derive(Default)]
pub(crate) struct Remembered {
    /// How often somebody in this process has let go of the connection that writes.
    writes: AtomicU64,
    pub(crate) stats: Kept<(), Vec<ConnectionStats>>,
    /// By connection, table and stream.
    pub(crate) of_streams: Kept<(String, Table, String), u64>,
}

impl Remembered {
    pub(crate) fn written(&self) {
        self.writes.fetch_add(1, Ordering::SeqCst);
    }

    /// The state of the rows now: ask for it before they are counted.
    pub(crate) fn state(&self) -> u64 {
        self.writes.load(Ordering::SeqCst)
    }
}

/// Values with the state that they are of.
pub(crate) struct Kept<K, V>(Mutex<HashMap<K, (u64, Instant, V)>>);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    /// The value of a state, found anew where the last one is of another state, or too old in a store that others write to.
    pub(crate) fn get(
        &self,
        key: K,
        state: u64,
        shared: bool,
        find: impl FnOnce() -> Result<V>,
    ) -> Result<V> {
        let kept = |map: &Mutex<HashMap<K, (u64, Instant, V)>>| {
            let map = map.lock().unwrap_or_else(PoisonError::into_inner);
            map.get(&key)
                .filter(|(of, at, _)| *of == state && !(shared && at.elapsed() > AMONG_OTHERS))
                .map(|(_, _, value)| value.clone())
        };
        if let Some(value) = kept(&self.0) {
            return Ok(value);
        }
        // as old as the moment before it was found
        let began = Instant::now();
        let value = find()?;
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        map.insert(key, (state, began, value.clone()));
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_anew_after_a_write() {
        let (remembered, kept) = (Remembered::default(), Kept::<(), u32>::default());
        let get = |value| kept.get((), remembered.state(), false, || Ok(value)).unwrap();
        assert_eq!((get(1), get(2)), (1, 1));
        remembered.written();
        assert_eq!((get(3), get(4)), (3, 3));
    }
}

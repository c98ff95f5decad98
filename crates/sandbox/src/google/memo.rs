//! A view of the world that is reckoned once for each state of it.
use crate::world::World;
use std::sync::{Arc, Mutex, PoisonError};

/// The moment of the clock and the revision of the shop.
type State = (i64, u64);

/// What was reckoned last, and for which state of the world.
#[derive(Debug)]
pub struct Memo<T> {
    last: Mutex<Option<(State, Arc<T>)>>,
}

impl<T> Memo<T> {
    /// Nothing is reckoned yet.
    pub const fn new() -> Memo<T> {
        Memo { last: Mutex::new(None) }
    }

    /// The view of the world now; `make` gets the seconds of its clock.
    pub fn get(&self, world: &World, make: impl FnOnce(i64) -> T) -> Arc<T> {
        let now = world.now().as_second();
        let state = (now, world.shop().revision);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match last.as_ref() {
            Some((known, view)) if *known == state => Arc::clone(view),
            _ => {
                let view = Arc::new(make(now));
                *last = Some((state, Arc::clone(&view)));
                view
            }
        }
    }
}

impl<T> Default for Memo<T> {
    fn default() -> Memo<T> {
        Memo::new()
    }
}

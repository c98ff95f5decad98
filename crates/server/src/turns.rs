//! How much is done at once in one workspace: its store has so much memory, and a request more that waits is better than
//! one that fails.

use std::array;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::Problem;

/// Requests that a workspace's store works on at once. Each holds memory of the store until it is answered.
const AT_ONCE: usize = 4;
/// Of those the ones that may take long.
const LONG_AT_ONCE: usize = 2;
/// Workspaces share so many places by chance, so that ids that do not exist take no memory.
const PLACES: usize = 64;

/// Whose turn it is.
pub(crate) struct Turns {
    places: [(Arc<Semaphore>, Arc<Semaphore>); PLACES],
}

impl Default for Turns {
    fn default() -> Self {
        let of = |turns| Arc::new(Semaphore::new(turns));
        Self { places: array::from_fn(|_| (of(AT_ONCE), of(LONG_AT_ONCE))) }
    }
}

impl Turns {
    /// Waits for a turn, which ends when it is dropped: give it to the work, which goes on when its caller goes away.
    pub(crate) async fn turn(&self, workspace: &str) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.place(workspace).0).acquire_owned().await.map_err(|error| Problem::internal(&error))
    }

    /// Waits for one of the turns of what takes long; a turn is needed beside it.
    pub(crate) async fn long_turn(&self, workspace: &str) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.place(workspace).1).acquire_owned().await.map_err(|error| Problem::internal(&error))
    }

    fn place(&self, workspace: &str) -> &(Arc<Semaphore>, Arc<Semaphore>) {
        let mut hasher = DefaultHasher::new();
        workspace.hash(&mut hasher);
        let at = usize::try_from(hasher.finish() % PLACES as u64).unwrap_or(0);
        &self.places[at]
    }
}

//! Taking turns in a database: one writer of a workspace at a time in this process, and one over all machines.
//!
//! A commit holds its turn for one transaction. What is computed from several reads and written by several transactions,
//! as profit is, needs one over all of them: what another machine commits in between would be overwritten by results
//! that do not know of it.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::engine::Connection;
use crate::error::Result;
use crate::postgres_schema;
use crate::warehouse::{Inner, Warehouse};

/// One at a time in this process, so that writers wait here and not in the database.
#[derive(Default)]
pub(crate) struct Latch {
    taken: Mutex<bool>,
    free: Condvar,
}

/// A latch that is taken until this is dropped.
pub(crate) struct Taken<'a>(&'a Latch);

impl Latch {
    pub(crate) fn take(&self) -> Taken<'_> {
        self.wait();
        Taken(self)
    }

    fn wait(&self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken {
            taken = self.free.wait(taken).unwrap_or_else(PoisonError::into_inner);
        }
        *taken = true;
    }

    fn give(&self) {
        *self.taken.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.free.notify_one();
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.0.give();
    }
}

/// A turn over several transactions. Its lock belongs to the connection that writes: if that is lost, so is the turn, and
/// nothing is written after it.
pub(crate) struct Turn {
    inner: Arc<Inner>,
    pub(crate) connection: Mutex<Option<Connection>>,
}

impl Warehouse {
    /// The same facts for work of several transactions that nobody may write between; others wait until the last clone of
    /// this is dropped. Who holds the turn already keeps it. Without effect where the facts lie in a file: there the caller
    /// sees to it.
    ///
    /// # Errors
    /// When the engine fails.
    pub fn in_turn(&self) -> Result<Self> {
        let Some((pool, latch)) = self.inner.database() else { return Ok(self.clone()) };
        if self.turn.is_some() {
            return Ok(self.clone());
        }
        latch.wait();
        // dropped on an error, which gives the latch back
        let mut turn = Turn { inner: Arc::clone(&self.inner), connection: Mutex::new(None) };
        let connection = pool.lend(&self.inner.workspace)?;
        postgres_schema::hold(&connection)?;
        turn.connection = Mutex::new(Some(connection));
        Ok(Self { turn: Some(Arc::new(turn)), ..self.clone() })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let connection = self.connection.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let Some((pool, latch)) = self.inner.database() else { return };
        if let Some(connection) = connection {
            match postgres_schema::let_go(&connection) {
                Ok(()) => pool.give_back(connection),
                // the server lets go of what a closed connection held
                Err(error) => tracing::warn!(%error, "a turn ended with its connection"),
            }
        }
        latch.give();
    }
}

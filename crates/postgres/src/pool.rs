//! A few connections that are used again.

use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::address::Address;
use crate::client::Client;
use crate::error::{Error, Result};

/// How long a call waits for a connection that another one uses.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Shelf {
    idle: Vec<Client>,
    /// Connections in all, those that are lent out included.
    all: usize,
}

/// Connections to one database as one role.
pub struct Pool {
    address: Address,
    most: usize,
    shelf: Mutex<Shelf>,
    returned: Condvar,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool")
            .field("address", &self.address)
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}

impl Pool {
    /// A pool of at most `most` connections, made when they are needed.
    #[must_use]
    pub fn new(address: Address, most: usize) -> Self {
        Self { address, most: most.max(1), shelf: Mutex::default(), returned: Condvar::new() }
    }

    /// Where it leads.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// A connection for one's own use, waited for where all are in use. It comes back when it is dropped.
    ///
    /// # Errors
    /// [`Error::Busy`] after 30 seconds; when no connection can be made.
    pub fn get(&self) -> Result<Pooled<'_>> {
        Ok(Pooled { pool: self, client: Some(self.take()?) })
    }

    /// A connection as [`Pool::get`] lends it, which has to be brought back by [`Pool::put`].
    ///
    /// # Errors
    /// As [`Pool::get`].
    pub fn take(&self) -> Result<Client> {
        let end = Instant::now() + PATIENCE;
        let mut shelf = self.shelf();
        loop {
            while let Some(client) = shelf.idle.pop() {
                if !client.is_closed() {
                    return Ok(client);
                }
                // the server was started anew, or tired of it
                shelf.all -= 1;
            }
            if shelf.all < self.most {
                shelf.all += 1;
                drop(shelf);
                return match Client::connect(&self.address) {
                    Ok(client) => Ok(client),
                    Err(error) => {
                        self.shelf().all -= 1;
                        self.returned.notify_one();
                        Err(error)
                    }
                };
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::Busy(self.most));
            }
            let waited = self.returned.wait_timeout(shelf, left);
            shelf = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Brings a connection back; none where it was closed, because nobody knows in which state it is.
    pub fn put(&self, client: Option<Client>) {
        let mut shelf = self.shelf();
        match client.filter(|client| !client.is_closed()) {
            Some(client) => shelf.idle.push(client),
            None => shelf.all -= 1,
        }
        drop(shelf);
        self.returned.notify_one();
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        // only moves are made under it: a panic elsewhere leaves it whole
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that is lent out.
#[derive(Debug)]
pub struct Pooled<'p> {
    pool: &'p Pool,
    client: Option<Client>,
}

impl Pooled<'_> {
    /// Closes the connection instead of giving it back, because nobody knows in which state it is.
    pub fn discard(mut self) {
        drop(self.client.take());
    }
}

impl Deref for Pooled<'_> {
    type Target = Client;

    #[allow(clippy::expect_used, reason = "it is there until the drop or the discard, which both take self")]
    fn deref(&self) -> &Client {
        self.client.as_ref().expect("a lent connection")
    }
}

impl DerefMut for Pooled<'_> {
    #[allow(clippy::expect_used, reason = "it is there until the drop or the discard, which both take self")]
    fn deref_mut(&mut self) -> &mut Client {
        self.client.as_mut().expect("a lent connection")
    }
}

impl Drop for Pooled<'_> {
    fn drop(&mut self) {
        self.pool.put(self.client.take());
    }
}

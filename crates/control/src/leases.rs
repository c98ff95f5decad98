//! Leases: who does a piece of work, until when. Every claim has a fence, a number that only grows; whoever writes under a
//! lease says its fence, and one who was overtaken is refused. Time is the store's own, so nodes' clocks need not agree.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::db::{Db, Engine, OptionalExtension, Scope, params};
use crate::error::{Context, Error, Result};
use crate::files::random_hex;
use crate::store::Control;

/// A claim on a piece of work. It ends at its time unless it is renewed.
#[derive(Clone)]
pub struct Lease {
    engine: Engine,
    kind: String,
    key: String,
    fence: i64,
    ttl: Duration,
}

impl std::fmt::Debug for Lease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Lease");
        shown.field("kind", &self.kind).field("key", &self.key).field("fence", &self.fence);
        shown.finish_non_exhaustive()
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX / 4)
}

impl Control {
    /// Claims a piece of work for `ttl`: its kind, such as `inbox`, and which of that kind. None while another has it.
    /// One whose time is over may be claimed anew, and then has a higher fence.
    ///
    /// # Errors
    /// When the store fails.
    pub fn claim(&self, kind: &str, key: &str, ttl: Duration) -> Result<Option<Lease>> {
        const DOING: &str = "claim work";
        let holder = format!("{}/{}", self.owner.name, random_hex::<4>()?);
        let db = self.db_of_all();
        let now = db.clock().doing(DOING)?;
        let until = now.saturating_add(micros(ttl));
        // who finds another at it passes by
        let sql = format!(
            "UPDATE leases SET fence = fence + 1, holder = ?1, expires_at = ?2 WHERE kind = ?3 AND key = \
             (SELECT key FROM leases WHERE kind = ?3 AND key = ?4 AND expires_at <= ?5{}) RETURNING fence",
            self.engine.dialect().pass_by()
        );
        let taken: Option<i64> = db
            .query_row(&sql, params![holder, until, kind, key, now], |row| row.get(0))
            .optional()
            .doing(DOING)?;
        let fence = match taken {
            Some(fence) => fence,
            None => {
                let first = db.execute(
                    "INSERT INTO leases (kind, key, fence, holder, expires_at) VALUES (?, ?, ?, ?, ?) \
                     ON CONFLICT (kind, key) DO NOTHING",
                    // higher than any of a store that was made anew
                    params![kind, key, now, holder, until],
                );
                if first.doing(DOING)? == 0 {
                    return Ok(None);
                }
                now
            }
        };
        let engine = self.engine.clone();
        Ok(Some(Lease { engine, kind: kind.to_owned(), key: key.to_owned(), fence, ttl }))
    }

    /// Whether the lease still holds, or at least nobody claimed its work since.
    ///
    /// # Errors
    /// [`Error::LeaseLost`]; when the store fails.
    pub fn verify_fence(&self, lease: &Lease) -> Result<()> {
        lease.verify(&self.db_of_all(), "")
    }
}

impl Lease {
    /// The number by which later holders are told from earlier ones; it only grows.
    #[must_use]
    pub fn fence(&self) -> i64 {
        self.fence
    }

    /// Holds the lease for its whole time again, from now on.
    ///
    /// # Errors
    /// [`Error::LeaseLost`]; when the store fails.
    pub fn renew(&self) -> Result<()> {
        const DOING: &str = "renew a lease";
        let db = self.engine.scoped(Scope::All);
        let until = db.clock().doing(DOING)?.saturating_add(micros(self.ttl));
        // one that was given back is not held again
        let changed = db.execute(
            "UPDATE leases SET expires_at = ? WHERE kind = ? AND key = ? AND fence = ? AND expires_at > 0",
            params![until, self.kind, self.key, self.fence],
        );
        if changed.doing(DOING)? == 0 { Err(self.lost()) } else { Ok(()) }
    }

    /// Renews the lease in the background until what this gives is dropped, which gives it back.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn keep(self) -> Result<KeptLease> {
        let (stop, stopped) = channel();
        let kept = self.clone();
        let spawned = std::thread::Builder::new().name("lease".to_owned()).spawn(move || {
            // two renewals may fail before it ends
            while stopped.recv_timeout(kept.ttl / 3) == Err(RecvTimeoutError::Timeout) {
                match kept.renew() {
                    Ok(()) => {}
                    Err(Error::LeaseLost { .. }) => break,
                    Err(error) => tracing::warn!(%error, "a lease could not be renewed"),
                }
            }
        });
        let path = "a lease's renewal".to_owned();
        let thread = spawned.map_err(|source| Error::Io { what: "start the thread of", path, source })?;
        Ok(KeptLease { lease: self, stop: Some(stop), thread: Some(thread) })
    }

    /// Gives the work back; another may claim it at once. Does nothing when another has it already.
    ///
    /// # Errors
    /// When the store fails; then it ends at its time.
    pub fn release(&self) -> Result<()> {
        let db = self.engine.scoped(Scope::All);
        let sql = "UPDATE leases SET expires_at = 0 WHERE kind = ? AND key = ? AND fence = ?";
        db.execute(sql, params![self.kind, self.key, self.fence]).doing("give a lease back").map(drop)
    }

    /// Refuses one who was overtaken. In a transaction with `lock`, nobody overtakes before it ends.
    pub(crate) fn verify(&self, db: &Db<'_>, lock: &str) -> Result<()> {
        let sql = format!(
            "SELECT fence FROM leases WHERE kind = ? AND key = ? AND fence = ? AND expires_at > 0{lock}"
        );
        let found: Option<i64> = db
            .query_row(&sql, params![self.kind, self.key, self.fence], |row| row.get(0))
            .optional()
            .doing("verify a lease")?;
        if found.is_some() { Ok(()) } else { Err(self.lost()) }
    }

    fn lost(&self) -> Error {
        Error::LeaseLost { kind: self.kind.clone(), key: self.key.clone() }
    }
}

/// A lease that is renewed in the background. Dropping it gives the work back.
pub struct KeptLease {
    lease: Lease,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for KeptLease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("KeptLease").field(&self.lease).finish()
    }
}

impl std::ops::Deref for KeptLease {
    type Target = Lease;

    fn deref(&self) -> &Lease {
        &self.lease
    }
}

impl Drop for KeptLease {
    fn drop(&mut self) {
        drop(self.stop.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the renewal of a lease ended by a panic");
        }
        if let Err(error) = self.lease.release() {
            tracing::warn!(%error, "a lease could not be given back; it ends at its time");
        }
    }
}

//! A grant, and the port through which it is kept.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::BoxError;
use crate::template::Vars;

/// Longest time before its end at which a token is renewed.
const MARGIN: SignedDuration = SignedDuration::from_secs(300);

/// What a platform granted. It is kept sealed, and prints without its secrets.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Signs calls.
    pub access_token: String,
    /// Gets the next access token, where the platform gives one out.
    pub refresh_token: Option<String>,
    /// When the access token was given out (UTC).
    pub obtained_at: Timestamp,
    /// When it runs out (UTC), where that is known.
    pub expires_at: Option<Timestamp>,
    /// What came with it, as `{auth.NAME}`: an instance's address, an account.
    pub values: BTreeMap<String, String>,
    /// Counted up by the store with each replacement; 0 for one that is not stored.
    #[serde(skip)]
    pub version: u64,
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("version", &self.version)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

impl Grant {
    /// Whether it has run out at `now`.
    #[must_use]
    pub fn has_run_out(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }

    /// Whether it is time to renew it: 5 minutes before its end, or a fifth of its life where that is less.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| {
            let fifth = end.duration_since(self.obtained_at) / 5;
            end.duration_since(now) <= fifth.clamp(SignedDuration::ZERO, MARGIN)
        })
    }

    pub(crate) fn vars(&self) -> Vars {
        self.values.iter().map(|(name, value)| (format!("auth.{name}"), value.clone())).collect()
    }
}

/// What became of a replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaced {
    /// It is kept, under this version.
    Kept(u64),
    /// Somebody else replaced the grant before: theirs stays.
    Lost,
}

/// Where the grant of one connection is kept, for every process that uses it. A grant is only ever replaced as a whole
/// and by one who knew the one before it.
pub trait Grants: Send + Sync {
    /// The stored grant with its version.
    ///
    /// # Errors
    /// When the store fails; no text holds a secret.
    fn grant(&self) -> Result<Option<Grant>, BoxError>;

    /// Takes the right to renew the grant of this `version` (0 where there is none) until `until`. False while
    /// somebody else has it, or when the stored version is another.
    ///
    /// # Errors
    /// As [`Grants::grant`].
    fn claim(&self, version: u64, now: Timestamp, until: Timestamp) -> Result<bool, BoxError>;

    /// Gives the right back.
    ///
    /// # Errors
    /// As [`Grants::grant`].
    fn release(&self, version: u64) -> Result<(), BoxError>;

    /// Puts `next` in the place of the grant of this `version` (0 where there is none), and gives the right back.
    ///
    /// # Errors
    /// As [`Grants::grant`]; then the stored grant is the one before.
    fn replace(&self, version: u64, next: &Grant) -> Result<Replaced, BoxError>;
}

/// Grants that live as long as the process, for proving a connection before it is stored.
#[derive(Debug, Default)]
pub struct MemoryGrants(Mutex<Slot>);

#[derive(Debug, Default)]
struct Slot {
    grant: Option<Grant>,
    version: u64,
    claimed_until: Option<Timestamp>,
}

impl MemoryGrants {
    /// Begins with a grant.
    #[must_use]
    pub fn new(grant: Option<Grant>) -> Self {
        let version = u64::from(grant.is_some());
        let grant = grant.map(|grant| Grant { version, ..grant });
        Self(Mutex::new(Slot { grant, version, claimed_until: None }))
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Grants for MemoryGrants {
    fn grant(&self) -> Result<Option<Grant>, BoxError> {
        Ok(self.slot().grant.clone())
    }

    fn claim(&self, version: u64, now: Timestamp, until: Timestamp) -> Result<bool, BoxError> {
        let mut slot = self.slot();
        let free = slot.version == version && slot.claimed_until.is_none_or(|end| end <= now);
        if free {
            slot.claimed_until = Some(until);
        }
        Ok(free)
    }

    fn release(&self, version: u64) -> Result<(), BoxError> {
        let mut slot = self.slot();
        if slot.version == version {
            slot.claimed_until = None;
        }
        Ok(())
    }

    fn replace(&self, version: u64, next: &Grant) -> Result<Replaced, BoxError> {
        let mut slot = self.slot();
        if slot.version != version {
            return Ok(Replaced::Lost);
        }
        let version = version + 1;
        *slot = Slot { grant: Some(Grant { version, ..next.clone() }), version, claimed_until: None };
        Ok(Replaced::Kept(version))
    }
}

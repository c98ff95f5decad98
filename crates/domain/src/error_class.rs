//! What an answer from a platform means for the engine. The class fixes the action; a manifest only chooses
//! the class (`design: provider manifest, errors`).

use serde::{Deserialize, Serialize};

/// The closed set of meanings an answer can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// Not an error after all.
    Ok,
    /// Usable, but some of it is missing: keep it and record what is missing.
    Partial,
    /// Too many calls: wait as told and repeat.
    RateLimited,
    /// The allowance of a longer period (a day) is used up: wait for the next period.
    QuotaExhausted,
    /// Expected to go away: repeat with growing pauses.
    Transient,
    /// The access token ran out: refresh once and repeat.
    AuthExpired,
    /// The grant is gone: pause the connection until a person reconnects.
    AuthRevoked,
    /// A scope or role is missing: pause and name it.
    Permission,
    /// The object does not exist (any more).
    NotFound,
    /// Our request is wrong; repeating it cannot help.
    Invalid,
    /// Somebody changed the object meanwhile: read again.
    Conflict,
    /// Asked for too much at once: ask for less.
    TooLarge,
    /// The API version is gone: the program must be updated.
    VersionRetired,
    /// A write may or may not have happened: read back before anything else.
    UnknownOutcome,
    /// Nothing known helps.
    Fatal,
}

impl ErrorClass {
    /// Whether the same request may be sent again after a pause.
    #[must_use]
    pub fn is_retried(self) -> bool {
        matches!(self, Self::RateLimited | Self::Transient)
    }

    /// Whether the connection waits for a person.
    #[must_use]
    pub fn pauses_connection(self) -> bool {
        matches!(self, Self::AuthRevoked | Self::Permission | Self::VersionRetired)
    }
}

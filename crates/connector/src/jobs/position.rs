//! What is remembered of an account's days between runs.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::windows::Days;

/// Which days of an account need not be read again, and which jobs are on their way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Position {
    /// Days that were read when the platform could not restate them any more; in order, apart from each other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settled: Vec<Days>,
    /// Jobs that were asked for and not read yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<Pending>,
}

/// A job of the platform that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pending {
    /// The platform's id of it.
    pub id: String,
    /// Its first day.
    pub since: Date,
    /// Its last day.
    pub until: Date,
    /// When it was asked for, by this machine's clock.
    pub at: Timestamp,
}

impl Pending {
    pub(crate) fn days(&self) -> Days {
        Days { since: self.since, until: self.until }
    }
}

//! What is remembered of an account's days between runs.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::windows::{Days, settle};

/// Which days of an account need not be read again, and which jobs are on their way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Position {
    /// Days that were read when the platform could not restate them any more; in order, apart from each other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settled: Vec<Days>,
    /// Days that the run under way has read although they may be restated; gone once it ends.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub read: Vec<Read>,
    /// Jobs that were asked for and not read yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<Pending>,
}

/// Days that were read and may be restated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Read {
    /// The first day.
    pub since: Date,
    /// The last day.
    pub until: Date,
    /// When they were read, by this machine's clock.
    pub at: Timestamp,
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

impl Position {
    /// Days that need not be read by the run under way.
    pub fn left_out(&self) -> Vec<Days> {
        let mut days = self.settled.clone();
        for read in &self.read {
            settle(&mut days, Days { since: read.since, until: read.until });
        }
        days
    }

    /// The job that a run which was cut off asked for exactly these days, while it is fresh.
    pub fn job(&self, days: Days, now: Timestamp, longest: u32) -> Option<&Pending> {
        self.jobs.iter().find(|job| job.days() == days && is_fresh(job.at, now, longest))
    }
}

/// Whether what a run which was cut off began is young enough to be taken up: less than `longest` seconds old.
pub(crate) fn is_fresh(at: Timestamp, now: Timestamp, longest: u32) -> bool {
    (0..i64::from(longest)).contains(&now.duration_since(at).as_secs())
}

impl Pending {
    pub(crate) fn days(&self) -> Days {
        Days { since: self.since, until: self.until }
    }
}

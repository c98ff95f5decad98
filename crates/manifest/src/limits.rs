//! What a provider allows: calls by time, points, percentages, and what its own headers report.

use schemars::JsonSchema;
use serde::Deserialize;

/// A limit that the provider sets on calls.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Limit {
    /// So many requests in so many seconds.
    Window {
        /// Requests.
        requests: u32,
        /// Seconds.
        per_s: u32,
        /// What shares the limit.
        #[serde(default)]
        scope: Scope,
    },
    /// A bucket that refills.
    Bucket {
        /// Calls that may come at once.
        capacity: u32,
        /// Calls that come back every `per_s` seconds.
        refill: u32,
        /// Seconds in which `refill` calls come back.
        #[serde(default = "one")]
        per_s: u32,
        /// What shares the limit.
        #[serde(default)]
        scope: Scope,
    },
    /// A bucket of points of which the answer tells the state.
    Cost {
        /// Points assumed for a call before its answer tells the real cost.
        charge: u32,
        /// Path of the points still available.
        available_path: String,
        /// Path of the points a second that come back.
        restore_path: String,
        /// Path of the points that had to be there for the call.
        requested_path: Option<String>,
        /// Path of the size of the bucket.
        maximum_path: Option<String>,
        /// What shares the limit.
        #[serde(default)]
        scope: Scope,
    },
    /// Percentages in a header that carries JSON.
    Usage {
        /// The header.
        header: String,
        /// Paths of percentages in it, where `*` is every key and `[]` every element; the highest counts.
        json_paths: Vec<String>,
        /// From this percentage on calls slow down.
        soft: u8,
        /// From this percentage on calls wait.
        hard: u8,
        /// Path of the time until calls are welcome again; zero means that they are.
        wait_path: Option<String>,
        /// Seconds that one of it means.
        #[serde(default = "sixty")]
        wait_unit_s: u32,
        /// What shares the limit.
        #[serde(default)]
        scope: Scope,
    },
    /// What the answers report is left.
    Reported {
        /// The header that holds the calls or points left.
        remaining: Option<String>,
        /// Or the path in the body.
        remaining_path: Option<String>,
        /// The header that says when they are all back; without it `per_s` after the answer.
        reset: Option<String>,
        /// What the number in `reset` is.
        #[serde(default)]
        unit: ResetUnit,
        /// Seconds after which they are all back, where no header says it.
        #[serde(default = "sixty")]
        per_s: u32,
        /// What one call takes.
        #[serde(default = "one")]
        charge: u32,
        /// What shares the limit.
        #[serde(default)]
        scope: Scope,
    },
    /// So many requests in a calendar day.
    Daily {
        /// Requests.
        requests: u32,
        /// The zone whose midnight begins the day (IANA name).
        #[serde(default = "utc")]
        zone: String,
        /// What shares the limit.
        #[serde(default)]
        scope: Scope,
    },
    /// So many calls at the same time.
    Concurrent {
        /// Calls.
        max: u32,
        /// What shares the limit.
        #[serde(default)]
        scope: Scope,
    },
}

fn sixty() -> u32 {
    60
}

fn one() -> u32 {
    1
}

fn utc() -> String {
    "UTC".to_owned()
}

/// What the number is that says when calls are back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResetUnit {
    /// Seconds from the answer on.
    #[default]
    Seconds,
    /// Milliseconds from the answer on.
    Milliseconds,
    /// Seconds since 1970, UTC.
    EpochS,
    /// Milliseconds since 1970, UTC.
    EpochMs,
}

/// What shares a limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All connections of this app.
    App,
    /// One connection.
    #[default]
    Connection,
    /// One ad account or shop.
    Account,
    /// One endpoint of one connection.
    Endpoint,
}

//! How a provider is reached: what the user fills in, how calls are signed, limited and understood.

use std::collections::BTreeMap;

use netgain_domain::ErrorClass;
use schemars::JsonSchema;
use serde::Deserialize;

/// What the user fills in to connect.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// The fields by name, as `{connection.NAME}` reads them.
    pub fields: BTreeMap<String, ConnectionField>,
}

/// One field of the connection form.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectionField {
    /// What the form says.
    pub title: String,
    /// A regular expression that the whole value must match.
    pub pattern: Option<String>,
    /// A value that would be right.
    pub example: Option<String>,
    /// Whether the value is stored sealed and never shown or logged.
    #[serde(default)]
    pub secret: bool,
    /// Whether the field may stay empty.
    #[serde(default)]
    pub optional: bool,
    /// Put before the value where the user left it out.
    pub prefix: Option<String>,
    /// Put after the value where the user left it out.
    pub suffix: Option<String>,
}

/// Where calls go.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// What every path is appended to; may hold `{connection.NAME}`.
    pub base_url: String,
    /// Hosts that calls and redirected downloads may reach: exact, or `*.example.com` for any below it.
    pub allowed_hosts: Vec<String>,
    /// Headers of every call.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Seconds until a call is given up.
    #[serde(default = "thirty")]
    pub timeout_s: u32,
}

fn thirty() -> u32 {
    30
}

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
        /// Calls a second that come back.
        refill: u32,
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

/// An answer that means more than its status says. Rules are tried in order; the first that fits counts.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorRule {
    /// What must be true of the answer; all that are given.
    pub when: When,
    /// What the answer means; the meaning fixes the action.
    #[schemars(with = "String")]
    pub class: ErrorClass,
    /// How long to wait before the call is repeated.
    #[serde(default)]
    pub wait: Wait,
    /// What the user reads: the cause and what cures it.
    pub message: Option<String>,
}

/// Conditions on an answer.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// Any of these statuses; empty means every status.
    pub status: Vec<u16>,
    /// Path in the body that must exist, or equal one of `values`.
    pub path: Option<String>,
    /// The values that `path` may have; empty means any but null.
    pub values: Vec<String>,
    /// Text that the body must contain.
    pub text: Option<String>,
    /// Second path, where a code alone is ambiguous (Meta's sub-codes).
    pub also_path: Option<String>,
    /// The values that `also_path` may have.
    pub also_values: Vec<String>,
}

/// How long to wait.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Wait {
    /// Growing pauses with jitter.
    #[default]
    Backoff,
    /// A header with seconds or an HTTP date.
    Header {
        /// The header's name.
        name: String,
    },
    /// A duration in the body.
    BodyDuration {
        /// Path of the number.
        path: String,
        /// Seconds that one of it means.
        unit_s: u32,
    },
}

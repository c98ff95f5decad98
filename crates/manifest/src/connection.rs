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

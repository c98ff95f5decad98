//! What is remembered of a stream between runs, and how records that are gone become known.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Pagination, Request};

/// What is remembered between runs.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[allow(clippy::large_enum_variant, reason = "a manifest has a handful of them, read once")]
pub enum Cursor {
    /// Nothing: everything is read each time.
    Full {},
    /// The newest update time (`{cursor.since}`). Together with a slice `window` the days since then are read window by
    /// window instead, as with `restate`.
    Timestamp {
        /// Its path in a record.
        path: String,
        /// How it is written there.
        #[serde(default)]
        format: TimeFormat,
        /// Seconds that are read again, for updates that became visible late.
        #[serde(default)]
        overlap_s: u32,
        /// Seconds that the provider's index lags behind; read again on top of `overlap_s`.
        #[serde(default)]
        lag_s: u32,
        /// Whether the provider lists by this time, oldest first: then a run that was cut short goes on where it was.
        #[serde(default)]
        sorted: bool,
        /// Who leaves out what did not change.
        #[serde(default)]
        filter: Filter,
    },
    /// The highest number (`{cursor.after}`): records never change and are numbered as they come.
    Sequence {
        /// Its path in a record.
        path: String,
        /// Numbers that are read again, for records that became visible late.
        #[serde(default)]
        overlap: u64,
    },
    /// A word of the provider for all that was read (`{cursor.token}`), from the last page that has it.
    Token {
        /// Its path in the body.
        path: String,
    },
    /// The last days are read again because the platform restates them.
    Restate {
        /// How many days.
        days: u32,
    },
    /// Changes come from a listing of events. The stream's own request reads everything the first time, and again
    /// whenever the last event that was read is older than the provider keeps them.
    Events(Events),
}

/// A listing of events from which a stream learns what changed.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// The call, with `{cursor.since}`.
    pub request: Request,
    /// How the next page is asked for.
    pub pagination: Pagination,
    /// Path of the events in the body.
    pub records: String,
    /// Path of an event's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Path of an event's time.
    pub time: String,
    /// How that time is written.
    #[serde(default)]
    pub format: TimeFormat,
    /// Path of the id of what changed, as `{event.id}`.
    pub id: String,
    /// Path of the object in the event, for `upsert` and `delete`.
    pub object: String,
    /// What each type means for this stream; `*` at the end stands for anything. Other types are passed over.
    pub types: BTreeMap<String, EventMeans>,
    /// The call for one object, with `{event.id}`; needed for `refetch`. An object that is not found is taken as gone.
    pub refetch: Option<Request>,
    /// Path of the object in the answer to `refetch`.
    #[serde(default)]
    pub refetched: String,
    /// Whether the newest event is listed first.
    #[serde(default = "yes")]
    pub newest_first: bool,
    /// Seconds of events that are read again, for those that became visible late.
    #[serde(default = "minute")]
    pub overlap_s: u32,
    /// Days that the provider keeps events.
    pub retention_days: u32,
}

fn yes() -> bool {
    true
}

fn minute() -> u32 {
    60
}

/// What an event means for the object it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventMeans {
    /// The event holds the object as it is now.
    Upsert,
    /// The object is read with a call of its own.
    Refetch,
    /// The object is gone.
    Delete,
}

/// How a time is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// ISO 8601; UTC where no offset is written.
    #[default]
    Iso,
    /// Whole seconds since 1970, UTC.
    EpochS,
    /// Whole milliseconds since 1970, UTC.
    EpochMs,
}

/// Who leaves out what did not change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// The provider, by a parameter with `{cursor.since}`.
    #[default]
    Server,
    /// This program: the provider lists everything, older records are passed over.
    Client,
}

/// How records that are gone become known.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[allow(clippy::large_enum_variant, reason = "a manifest has a handful of them, read once")]
pub enum Deletes {
    /// They do not, or nothing is ever removed.
    #[default]
    None,
    /// A record says of itself that it is gone.
    Flag {
        /// The path that says it.
        path: String,
        /// The values that mean gone; empty means any but null.
        #[serde(default)]
        values: Vec<String>,
    },
    /// A listing of their own names them; it is read whole after each run of the stream.
    Tombstone {
        /// The call.
        request: Request,
        /// How the next page is asked for.
        pagination: Pagination,
        /// Path of the records in the body.
        records: String,
        /// Paths that identify a record there; the stream's own where it is absent.
        #[serde(default)]
        key: Vec<String>,
    },
    /// What a complete listing did not hold is gone. For `cursor: full` that is the whole stream, for windows of days
    /// each window.
    Sweep,
}

//! How one stream is asked for, paged, decoded and resumed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Cap, Cursor, Decode, Deletes, Fetch, Join, Lift, Limit, Map, Pagination, Request, Totals};

/// One stream: a kind of object that is read from the provider.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// Its name; unique in the manifest.
    pub name: String,
    /// The canonical table of its root rows.
    pub entity: String,
    /// The call for one page or slice.
    pub request: Request,
    /// How the work is cut; listed slices nest.
    #[serde(default)]
    pub slices: Vec<Slice>,
    /// How an increment is fetched.
    pub fetch: Fetch,
    /// How a first load is fetched, where that differs.
    pub first_load: Option<Fetch>,
    /// How the next page is asked for.
    pub pagination: Pagination,
    /// Records asked for at once, as `{page.size}`; less when the provider finds that too much.
    pub page_size: Option<u32>,
    /// After how many records the provider ends a listing without saying that there is more.
    pub cap: Option<Cap>,
    /// Lists inside a record of which a page holds only the first part; the rest is fetched before the record counts
    /// as read.
    #[serde(default)]
    pub complete: Vec<Complete>,
    /// What a body is.
    pub decode: Decode,
    /// Path of the records in a decoded body, a list or one object; empty for the body itself. With `[]` on the way
    /// (`[].results`) the records of all lists are taken.
    #[serde(default)]
    pub records: String,
    /// Whether the provider leaves the list out where it is empty. Without this word its absence is an error.
    #[serde(default)]
    pub records_optional: bool,
    /// Only records of which each path has one of the values; `exists` stands for any value but null.
    #[serde(default, rename = "where")]
    pub only: BTreeMap<String, Vec<String>>,
    /// Values of the body that each of its records takes along: the key they get in the record, and their path.
    #[serde(default)]
    pub lift: Lift,
    /// Objects beside the records that they name.
    pub join: Option<Join>,
    /// What is remembered between runs.
    pub cursor: Cursor,
    /// How records that are gone become known.
    #[serde(default)]
    pub deletes: Deletes,
    /// Limits of this stream's calls alone, beside those of the whole provider.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// A compiled function that reshapes records, by its name in the program's registry.
    pub hook: Option<String>,
    /// Paths that identify a record; joined with `:`.
    pub key: Vec<String>,
    /// What its records are held against.
    pub totals: Option<Totals>,
    /// How a record becomes canonical rows.
    pub map: Map,
}

/// A cut of the work.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Slice {
    /// One slice for each account of the connection (`{slice.account}`).
    Accounts {},
    /// Windows of days, the newest first: `{slice.since}` and `{slice.until}` are days, both included; `{slice.begin}`
    /// and `{slice.end}` the instants at which the first begins and the last has ended.
    Window {
        /// Days in one slice.
        step_days: u32,
        /// How far back the provider keeps data, in days.
        max_age_days: Option<u32>,
        /// Seconds before now at which `{slice.end}` stands at the latest.
        #[serde(default)]
        end_lag_s: u32,
        /// The zone of the days: `utc` or `account`.
        #[serde(default)]
        zone: Zone,
    },
    /// One slice for each value (`{slice.value}`).
    Values {
        /// The values.
        values: Vec<String>,
    },
    /// One slice for each record of another stream (`{slice.parent}`), which is listed for it.
    Parent {
        /// The stream.
        stream: String,
        /// Path of the value in its record.
        key: String,
        /// So many values at once, with commas between them.
        batch: Option<u32>,
    },
}

/// The zone of a slice's days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    /// UTC.
    #[default]
    Utc,
    /// The account's own.
    Account,
}

/// A Relay connection inside a record. Its `pageInfo{hasNextPage endCursor}` says whether it is whole.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Complete {
    /// Path of the connection in the record, such as `lineItems` or `refunds[].refundLineItems`.
    pub list: String,
    /// A connection inside the list's elements that may be cut as well. Where one is, the list is read anew, one
    /// element a call: `{page.outer}` is the position before the element, `{page.after}` the one inside it.
    pub inner: Option<String>,
    /// The call for more of it. `{owner.id}` is the id of the object that holds the list, or the record's where that
    /// object has none.
    pub request: Request,
    /// Path of the connection in the answer.
    pub found: String,
}

//! How one stream is asked for, paged, decoded and resumed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Map, Totals, When};

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
    /// Path of the records in a decoded body; empty for the body itself.
    #[serde(default)]
    pub records: String,
    /// What is remembered between runs.
    pub cursor: Cursor,
    /// Paths that identify a record; joined with `:`.
    pub key: Vec<String>,
    /// What its records are held against.
    pub totals: Option<Totals>,
    /// How a record becomes canonical rows.
    pub map: Map,
}

/// One call. Texts may hold `{connection.x}`, `{slice.x}`, `{cursor.x}` and `{page.x}`; one that names a `cursor` or
/// `page` value that is not known yet is left out.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The method.
    #[serde(default)]
    pub method: Method,
    /// Appended to the base URL.
    pub path: String,
    /// Query parameters.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// Headers beside those of every call.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body.
    #[serde(default)]
    pub body: Body,
}

/// A request's method.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// GET.
    #[default]
    Get,
    /// POST.
    Post,
}

/// A request's body.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Body {
    /// No body.
    #[default]
    None,
    /// A form.
    Form {
        /// Its fields.
        fields: BTreeMap<String, String>,
    },
    /// A GraphQL document.
    Graphql {
        /// The document.
        document: String,
        /// Its variables; a text that is one placeholder takes the placeholder's type.
        #[serde(default)]
        variables: BTreeMap<String, Variable>,
    },
}

/// The value of a GraphQL variable.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Variable {
    /// A whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
    /// A text, which may hold placeholders.
    Text(String),
}

/// A cut of the work.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Slice {
    /// One slice for each account of the connection (`{slice.account}`).
    Accounts {},
    /// Windows of days (`{slice.since}`, `{slice.until}`), both inclusive.
    Window {
        /// Days in one slice.
        step_days: u32,
        /// How far back the provider keeps data, in days.
        max_age_days: Option<u32>,
        /// The zone of the days: `utc` or `account`.
        #[serde(default)]
        zone: Zone,
    },
    /// One slice for each value (`{slice.value}`).
    Values {
        /// The values.
        values: Vec<String>,
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

/// How the pages of a slice are got.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[allow(clippy::large_enum_variant, reason = "a manifest has a handful of them, read once")]
pub enum Fetch {
    /// Page by page with the stream's request.
    Pages {},
    /// The stream's request creates a job; its result is paged when done.
    AsyncJob {
        /// Path of the job's id in the answer to the request.
        id: String,
        /// How the job is watched.
        poll: Poll,
        /// The call for the result, with `{job.id}`.
        result: Request,
        /// How many jobs may be on their way at the same time.
        #[serde(default = "one")]
        max_running: u32,
    },
    /// The provider writes a file.
    Bulk {
        /// The call that creates the job.
        create: Request,
        /// Path of the job's id in its answer.
        id: String,
        /// Path of the time when the job was created, in its answer.
        started: String,
        /// Path of the texts of refusals inside a good answer, such as GraphQL `userErrors[].message`.
        errors: Option<String>,
        /// Which refusal means that other jobs must end first.
        #[serde(default)]
        busy: Option<When>,
        /// How the job is watched.
        poll: Poll,
        /// Path of the file's address in the poll's answer; absent for an empty result.
        url: String,
        /// Path of the address of what was written before a failure; such a file is never taken for the whole.
        partial_url: Option<String>,
        /// What a whole file must have.
        #[serde(default)]
        whole: Whole,
        /// The call that ends a job which makes no progress, with `{job.id}`.
        cancel: Option<Request>,
        /// What the file is.
        decode: Decode,
    },
}

/// Paths in a poll's answer by which a downloaded file is known to be whole; those that are given must hold.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Whole {
    /// Path of its length in bytes.
    pub bytes: Option<String>,
    /// Path of the number of its lines; while the job runs it tells the progress.
    pub lines: Option<String>,
    /// Path of the number of its records: the lines that have no parent.
    pub records: Option<String>,
}

/// How a job is watched.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Poll {
    /// The call, with `{job.id}`.
    pub request: Request,
    /// Seconds between looks.
    pub every_s: u32,
    /// Path of the state.
    pub state: String,
    /// States that mean: wait.
    pub running: Vec<String>,
    /// States that mean: the result is there.
    pub done: Vec<String>,
    /// States that mean: create it again.
    pub failed: Vec<String>,
    /// Seconds after which a job that still runs is created again.
    pub stuck_after_s: u32,
    /// How often a job is created again before the run fails.
    #[serde(default = "three")]
    pub resubmit: u32,
}

fn one() -> u32 {
    1
}

fn three() -> u32 {
    3
}

/// How the next page is asked for.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Pagination {
    /// There is one page.
    None {},
    /// The body names the next page's address; absent on the last.
    NextUrl {
        /// Its path.
        path: String,
    },
    /// The body carries a token for the next page.
    Token {
        /// Its path.
        path: String,
        /// The query parameter it goes to.
        query: String,
    },
    /// Relay connections: `pageInfo{hasNextPage endCursor}`, given back as `{page.after}`.
    Graphql {
        /// Path of the `pageInfo`.
        page_info: String,
    },
    /// A growing offset.
    Offset {
        /// The query parameter of the offset.
        query: String,
        /// Records in a page; a shorter one is the last.
        limit: u32,
    },
}

/// The silent end of long listings. One that ends there begins again behind the last record, which a listing sorted
/// by that value allows.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// Records after which a listing ends.
    pub records: u32,
    /// Path of the value that the listing is sorted by, given back as `{page.beyond}`. Without it a timestamp cursor
    /// stands in, as `{cursor.since}`.
    pub beyond: Option<String>,
    /// Removed from the front of that value.
    pub strip_prefix: Option<String>,
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
    /// The call for more of it. `{owner.id}` is the id of the object that holds the list.
    pub request: Request,
    /// Path of the connection in the answer.
    pub found: String,
}

/// What a body is.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Decode {
    /// One JSON document.
    Json {},
    /// One JSON document a line; children may stand on lines of their own after their parent.
    JsonLines {
        /// The key that names a child's parent.
        parent_key: Option<String>,
        /// The key of a record's id.
        id_key: Option<String>,
        /// Where children go; tried in order.
        #[serde(default)]
        children: Vec<Child>,
    },
}

/// Where the child lines of one kind go in their parent. Children follow their record before the next record.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Child {
    /// A key that only lines of this kind have.
    pub has: String,
    /// Path of the list in the parent, such as `lineItems.nodes`.
    pub into: String,
}

/// What is remembered between runs.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Cursor {
    /// Nothing: everything is read each time.
    Full {},
    /// The newest update time (`{cursor.since}`).
    Timestamp {
        /// Its path in a record.
        path: String,
        /// Seconds that are read again, for updates that became visible late.
        #[serde(default)]
        overlap_s: u32,
        /// Whether the provider lists by this time, oldest first: then a run that was cut short goes on where it was.
        #[serde(default)]
        sorted: bool,
    },
    /// The last days are read again because the platform restates them.
    Restate {
        /// How many days.
        days: u32,
    },
}

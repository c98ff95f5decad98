//! How the pages of a slice are got: at once, through jobs, or as a file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{Decode, Request, When};

/// How the pages of a slice are got.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[allow(clippy::large_enum_variant, reason = "a manifest has a handful of them, read once")]
pub enum Fetch {
    /// Page by page with the stream's request.
    Pages {
        /// The answer names a file, which holds the records instead.
        document: Option<Document>,
    },
    /// The stream's request creates a job; its result is paged when done.
    AsyncJob {
        /// Path of the job's id in the answer to the request.
        id: String,
        /// How the job is watched.
        poll: Poll,
        /// The call for the result, with `{job.id}`.
        result: Request,
        /// The result names a file, which holds the records instead.
        document: Option<Document>,
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

/// A file that an answer names. It is read without any header of the connection: its address is the key to it. What it
/// is, `decode` says.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Path of its address, on one of `http.allowed_hosts`.
    pub url: String,
    /// Path of the word that says how it is packed: `GZIP` in any case, else not at all.
    pub compression: Option<String>,
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
    /// States that mean: done, and there is nothing to read.
    #[serde(default)]
    pub empty: Vec<String>,
    /// States that mean: create it again.
    pub failed: Vec<String>,
    /// Further values of the answer that says the job is done, as `{job.NAME}` by their path.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
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

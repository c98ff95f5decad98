//! What a body is, how it becomes records, and what of it each record takes along.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

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
    /// One JSON document with a table: values by position, their names elsewhere. Each row becomes an object by its
    /// headers; `records` stays empty.
    Columns {
        /// Paths of the headers, one list behind the other, such as `dimensionHeaders[].name`. Without any, the first
        /// row holds them.
        #[serde(default)]
        headers: Vec<String>,
        /// Path of the rows; absent where there are none.
        rows: String,
        /// Paths of a row's values, in the order of the headers. Without any, a row is the list of its values.
        #[serde(default)]
        values: Vec<String>,
        /// The key under which each record takes along its line in the table, counted as people count: the first line
        /// of a table without `headers` holds the names and is line 1. A record that is set aside is then told by it.
        number: Option<String>,
    },
    /// Separated values, the first line holding their names. Each line becomes an object of texts; `records` stays
    /// empty.
    Csv {
        /// What stands between two values; one ASCII character, `"\t"` for tabs.
        #[serde(default = "comma")]
        delimiter: char,
        /// What a value may be enclosed in; absent where quotation marks mean nothing.
        #[serde(default = "quotation")]
        quote: Option<char>,
        /// The encoding, such as `windows-1252`. Without it the content type says it, else UTF-8.
        charset: Option<String>,
        /// How the body is packed.
        #[serde(default)]
        compression: Compression,
    },
}

#[allow(clippy::unnecessary_wraps, reason = "the default of an optional field")]
fn quotation() -> Option<char> {
    Some('"')
}

fn comma() -> char {
    ','
}

/// How a body is packed, beside what HTTP itself says of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// gzip.
    Gzip,
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

/// Objects that stand once beside the records and are named in them: what a record names is filled with the members
/// of the object itself, so that a path goes on into it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// Path of the objects in the body; absent where there are none.
    pub included: String,
    /// Keys by which an object is known, equal in it and where it is named.
    #[serde(default = "type_and_id")]
    pub by: Vec<String>,
    /// Paths of the places in a record that name objects; `*` is any key, `[]` each element.
    #[serde(default = "relationships")]
    pub into: Vec<String>,
}

fn type_and_id() -> Vec<String> {
    ["type", "id"].map(str::to_owned).into()
}

fn relationships() -> Vec<String> {
    ["relationships.*.data", "relationships.*.data[]"].map(str::to_owned).into()
}

/// Values of the body that each of its records takes along, by the key they get there.
pub type Lift = BTreeMap<String, String>;

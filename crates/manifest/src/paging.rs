//! How a listing goes from page to page, and where it ends without saying so.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// How the next page is asked for. Where a strategy has `query` and `body`, one of them says where the position goes: a
/// query parameter, or the place in a JSON body such as `pagination.after` (no need to write it into the request).
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
    /// The header `Link` names the next page's address as `rel="next"`; absent on the last.
    LinkHeader {},
    /// The answer carries a token for the next page; absent, null or empty on the last.
    Token {
        /// Its path in the body. A list or an object is given back as it is, in the body only.
        path: Option<String>,
        /// Or the header that holds it.
        header: Option<String>,
        /// The query parameter it goes to.
        query: Option<String>,
        /// Or its place in the JSON body.
        body: Option<String>,
        /// Further query parameters that go with it, each with its path in the body.
        #[serde(default)]
        also: BTreeMap<String, String>,
        /// Path of a truth value; the listing ends where it is not true, whatever token stands beside it.
        more: Option<String>,
        /// Whether the token stands for all other query parameters, which are then left out.
        #[serde(default)]
        alone: bool,
    },
    /// Relay connections: `pageInfo{hasNextPage endCursor}`, given back as `{page.after}`.
    Graphql {
        /// Path of the `pageInfo`.
        page_info: String,
    },
    /// A growing offset, counted in records.
    Offset {
        /// The query parameter of the offset.
        query: Option<String>,
        /// Or its place in the JSON body, as a number.
        body: Option<String>,
        /// Records in a page; a shorter one is the last unless `total` says otherwise.
        limit: u32,
        /// Path of the number of all records.
        total: Option<String>,
    },
    /// A growing page number. It ends with an empty page at the latest.
    Page {
        /// The query parameter of the number.
        query: Option<String>,
        /// Or its place in the JSON body, as a number.
        body: Option<String>,
        /// The first page's number.
        #[serde(default = "one")]
        start: u32,
        /// Records in a page; a shorter one is the last.
        limit: Option<u32>,
        /// Path of the number of pages.
        total_pages: Option<String>,
        /// Path of the number of all records.
        total: Option<String>,
        /// Path of a truth value: whether there are more.
        more: Option<String>,
    },
    /// The last record's own value asks for what follows it.
    Keyset {
        /// Path of the value in a record. A list or an object is given back as it is, in the body only.
        path: String,
        /// The query parameter it goes to.
        query: Option<String>,
        /// Or its place in the JSON body.
        body: Option<String>,
        /// Path of a truth value: whether there are more. Without it an empty page ends the listing.
        more: Option<String>,
        /// Records in a page; a shorter one is the last.
        limit: Option<u32>,
    },
}

fn one() -> u32 {
    1
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
    /// Whether the provider goes on naming pages behind the cap and then refuses them: the listing is ended there.
    #[serde(default)]
    pub refuses: bool,
}

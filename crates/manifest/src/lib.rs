//! The provider manifest: its closed vocabulary, reading it from YAML, and checking what a schema cannot.
//!
//! Invariant: nothing here knows HTTP, a store or a provider's bytes; a manifest that passes [`lint`] cannot
//! surprise a run by its shape.

#![deny(clippy::float_arithmetic)]

mod api;
mod auth;
mod connection;
mod cursor;
mod decode;
mod error;
mod fetch;
mod limits;
mod lint;
mod map;
mod paging;
mod request;
mod stream;
mod totals;
mod webhooks;

use std::collections::BTreeMap;

use netgain_domain::Cadence;
use schemars::JsonSchema;
use serde::Deserialize;

pub use api::{Api, Resource};
pub use auth::{
    Auth, CallbackProof, Central, ClientAuth, Exchange, Expires, Key, Oauth2, Place, Sign, TokenBody,
};
pub use connection::{Connection, ConnectionField, ErrorRule, Http, Wait, When};
pub use cursor::{Cursor, Deletes, EventMeans, Events, Filter, TimeFormat};
pub use decode::{Child, Compression, Decode, Join, Lift};
pub use error::ManifestError;
pub use fetch::{Document, Fetch, Poll, Whole};
pub use limits::{Limit, ResetUnit, Scope};
pub use lint::lint;
pub use map::{As, Field, Map, Rows, Scale};
pub use paging::{Cap, Pagination};
pub use request::{Body, Method, Request, Template, Texts, Variable};
pub use stream::{Complete, Slice, Stream, Zone};
pub use totals::{Compared, Exact, Measure, Totals};
pub use webhooks::{
    Ask, At, Each, Encoding, Event, Handshake, HashAlg, Listed, Off, One, PublicKey, Register, Route,
    SignatureAlg, Stamp, Unit, Verify, Webhooks, Within,
};

/// A provider as data.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format; 1.
    pub manifest: u32,
    /// The provider's id in connections, commands and folders.
    pub id: String,
    /// The name people know.
    pub name: String,
    /// What the provider is for.
    pub category: Category,
    /// Where its interface is documented.
    pub docs: String,
    /// The interface's version.
    pub versions: Versions,
    /// What the user fills in.
    pub connection: Connection,
    /// How calls are signed.
    pub auth: Auth,
    /// A second way beside a key in `auth`: a person signs in (`oauth2_code`). A connection made that way is signed
    /// by its grant and needs no key.
    pub sign_in: Option<Auth>,
    /// That the operator may hold the credentials; without it each user brings an own one.
    pub central: Option<Central>,
    /// Where calls go.
    pub http: Http,
    /// What the provider allows.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// What its answers mean.
    pub errors: Vec<ErrorRule>,
    /// A cheap call that proves the connection.
    pub check: Check,
    /// How its accounts (shop, ad accounts) are listed.
    pub accounts: Option<Accounts>,
    /// What is read.
    pub streams: Vec<Stream>,
    /// What the provider sends by itself.
    pub webhooks: Option<Webhooks>,
    /// How often a connection is read by itself where nobody says otherwise: `every 4h`, `daily 16:30 Europe/Berlin`,
    /// `by hand`. Behind webhooks it is how often polling proves that none was lost.
    #[serde(default = "unhurried")]
    #[schemars(with = "Option<String>")]
    pub schedule: Cadence,
    /// What the integrations API offers of it.
    pub api: Option<Api>,
    /// What this manifest leaves out of what the provider offers, with the reason.
    #[serde(default)]
    pub support: BTreeMap<String, String>,
    /// The text it was read from, for the line numbers of [`lint`].
    #[serde(skip)]
    source: String,
}

/// What a provider is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Shops.
    Commerce,
    /// Advertising.
    Ads,
    /// Mail, SMS and chat.
    Messaging,
    /// Customer records.
    Crm,
    /// Web statistics.
    Analytics,
    /// Payment and accounting.
    Finance,
}

/// The interface's version.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Versions {
    /// The version that is called.
    pub api: String,
    /// The day on which the provider retires it, where known.
    pub sunset: Option<String>,
}

/// A cheap call that proves the connection.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The call.
    pub request: Request,
    /// Path that the answer must have.
    pub expect: String,
}

/// How accounts are listed. Each becomes a row of `accounts`; its columns are what `@account.x` reads.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// The call; absent where `fixed` says all there is.
    #[serde(default)]
    pub request: Request,
    /// The one account of a connection whose provider lists none: members of its record, with placeholders
    /// (`{connection.x}`). A member whose field was left empty is left out.
    pub fixed: Option<BTreeMap<String, String>>,
    /// How the next page is asked for.
    #[serde(default = "one_page")]
    pub pagination: Pagination,
    /// Path of the accounts in the body.
    #[serde(default)]
    pub records: String,
    /// Whether the provider leaves the list out where it is empty.
    #[serde(default)]
    pub records_optional: bool,
    /// Only records of which each path has one of the values; `exists` stands for any value but null.
    #[serde(default, rename = "where")]
    pub only: BTreeMap<String, Vec<String>>,
    /// Paths that identify an account.
    pub key: Vec<String>,
    /// Columns of `accounts`.
    pub map: Map,
}

fn unhurried() -> Cadence {
    Cadence::Every(6 * 60)
}

fn one_page() -> Pagination {
    Pagination::None {}
}

impl Accounts {
    /// The name of the stream that the accounts are handed on as, and of their table.
    pub const STREAM: &'static str = "accounts";

    /// The section as a stream, so that its records are mapped like any other's.
    #[must_use]
    pub fn as_stream(&self) -> Stream {
        Stream {
            name: Self::STREAM.to_owned(),
            entity: Self::STREAM.to_owned(),
            request: self.request.clone(),
            slices: Vec::new(),
            fetch: Fetch::Pages { document: None },
            first_load: None,
            pagination: self.pagination.clone(),
            page_size: None,
            cap: None,
            complete: Vec::new(),
            decode: Decode::Json {},
            records: self.records.clone(),
            records_optional: self.records_optional,
            only: self.only.clone(),
            lift: Lift::new(),
            join: None,
            cursor: Cursor::Full {},
            deletes: Deletes::None,
            limits: Vec::new(),
            hook: None,
            key: self.key.clone(),
            totals: None,
            map: self.map.clone(),
        }
    }
}

impl Manifest {
    /// Whole days for which the platform restates a day of a table after its end, by the longest window of the streams
    /// that fill it; none where it restates none.
    #[must_use]
    pub fn restated_days(&self, entity: &str) -> Option<u32> {
        let own = self.streams.iter().filter(|stream| stream.entity == entity);
        own.filter_map(|stream| match stream.cursor {
            Cursor::Restate { days } => Some(days),
            _ => None,
        })
        .max()
    }

    /// Reads a manifest. Unknown keys and words are refused.
    ///
    /// # Errors
    /// [`ManifestError`] with the line where the text stops fitting the vocabulary; the caller adds the file
    /// with [`ManifestError::in_file`].
    pub fn from_yaml(text: &str) -> Result<Self, ManifestError> {
        let mut read: Self = serde_norway::from_str(text).map_err(|error| {
            let line = error.location().map_or(0, |place| place.line());
            ManifestError::new(line, error.to_string(), "compare it with manifest.schema.json")
        })?;
        if read.manifest != 1 {
            let message = format!("manifest format {} is not known", read.manifest);
            return Err(ManifestError::new(1, message, "write `manifest: 1`"));
        }
        text.clone_into(&mut read.source);
        Ok(read)
    }

    /// The stream of that name.
    #[must_use]
    pub fn stream(&self, name: &str) -> Option<&Stream> {
        self.streams.iter().find(|stream| stream.name == name)
    }

    /// The JSON Schema of the format, as committed in `manifest.schema.json`.
    #[must_use]
    pub fn schema() -> String {
        let mut text = format!("{:#}", schemars::schema_for!(Manifest).as_value());
        text.push('\n');
        text
    }

    /// The first line that contains `needle`, at or after the one that begins stream `stream`; 0 if none does.
    pub(crate) fn line_of(&self, stream: Option<&str>, needle: &str) -> usize {
        let begins = stream.map(|name| format!("name: {name}"));
        let mut inside = begins.is_none();
        let mut start = 0;
        for (at, line) in self.source.lines().enumerate() {
            if !inside
                && begins.as_deref().is_some_and(|begins| line.trim_start_matches(['-', ' ']) == begins)
            {
                inside = true;
                start = at + 1;
            }
            if inside && line.contains(needle) {
                return at + 1;
            }
        }
        start
    }
}

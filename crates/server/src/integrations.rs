//! What the server needs of whoever knows the platforms, to serve the integrations API: which resources and actions each
//! has, and what is done with a connection that exists.

use std::collections::BTreeMap;

use netgain_domain::Table;
use netgain_domain::jiff::Timestamp;

/// What the integrations API offers of a platform, as its description says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integration {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its category, such as `commerce` or `advertising`.
    pub category: String,
    /// Other spellings of its id in addresses.
    pub aliases: Vec<String>,
    /// Whether a person may sign in there.
    pub signs_in: bool,
    /// What can be read, by the rest of its address.
    pub reads: BTreeMap<String, Resource>,
    /// What can be done, by the rest of its address: the action's name.
    pub actions: BTreeMap<String, String>,
}

/// A part of what is stored of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// What it is, for people.
    pub title: String,
    /// The table whose rows it is.
    pub table: Table,
    /// The column of days or instants by which rows are chosen.
    pub time: Option<String>,
    /// Only rows of which each column has one of the values.
    pub only: BTreeMap<String, Vec<String>>,
    /// Columns that are answered; all where none are named.
    pub columns: Vec<String>,
    /// Columns whose numbers may be added up over rows.
    pub measures: Vec<String>,
}

/// The grant of a connection, without its secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// When its token was given out (UTC).
    pub obtained_at: Timestamp,
    /// When its token runs out (UTC); none where that is not known.
    pub expires_at: Option<Timestamp>,
    /// Whether a new one can be had without a person.
    pub renewable: bool,
}

/// How much of one of a platform's limits is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// What the limit counts: `calls`, `points` or `percent`.
    pub counts: &'static str,
    /// Over how many seconds; none where that is not said.
    pub per_s: Option<u32>,
    /// What shares it: `app`, `connection`, `account` or `endpoint`.
    pub scope: &'static str,
    /// The call that it holds for, where it is one for each.
    pub call: Option<String>,
    /// How much is used.
    pub used: Option<u64>,
    /// How much there is in all.
    pub allowed: Option<u64>,
    /// How much is left.
    pub left: Option<u64>,
    /// When it is whole again (UTC), where that is known.
    pub resets_at: Option<Timestamp>,
}

/// What the platform did when a connection was ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disconnected {
    /// With the grant.
    pub grant: EndedGrant,
    /// With the webhooks that were registered there.
    pub webhooks: EndedWebhooks,
}

/// What became of the webhooks of a connection that was ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndedWebhooks {
    /// The platform ended so many.
    Ended(u32),
    /// There was none.
    None,
    /// A person entered them there, and removes them there.
    ByHand,
    /// The platform was asked and did not end all of them; what it still sends is refused. The text holds no secret.
    Failed {
        /// How many it ended.
        ended: u32,
        /// How many it did not.
        left: u32,
        /// Why it did not end the first of these.
        why: String,
    },
}

/// What became of the grant of a connection that was ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndedGrant {
    /// The platform took it back.
    Revoked,
    /// There was none: calls were signed by a key.
    NoGrant,
    /// The platform offers no call for it: a person removes the app there.
    NotOffered,
    /// The platform was asked and did not do it; it is forgotten here all the same. The text holds no secret.
    Failed(String),
}

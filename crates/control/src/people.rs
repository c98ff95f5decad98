//! People: which organisation they belong to, what they may there, and how each proves who they are.
//!
//! No password, code or token is kept: passwords as argon2id, tokens as SHA-256 of 256 random bits, and secrets of second
//! factors sealed. Every call that depends on time is given the time, so that what expires can be tested.

pub(crate) mod access;
pub(crate) mod emails;
pub(crate) mod factors;
pub(crate) mod invitations;
pub(crate) mod keys;
pub(crate) mod links;
pub(crate) mod members;
pub(crate) mod organisations;
pub(crate) mod outside;
pub(crate) mod passwords;
pub(crate) mod persons;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod throttle;
pub(crate) mod totp;

use crate::db::Row;
use netgain_domain::WorkspaceId;
use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::files::random_hex;
use crate::store::{unreadable, words};

/// The tables of this module.
pub(crate) const TABLES: &str = "
CREATE TABLE organisations (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
-- what was there before organisations were belongs to this one
INSERT INTO organisations (id, name, created_at) VALUES ('default', 'Default organisation', 0);
-- a workspace without a row belongs to the first organisation; a row may stand before its workspace is made
CREATE TABLE workspace_owners (
    workspace_id TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id)
) STRICT;
CREATE TABLE people (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- a PHC string; none for who signs in elsewhere
    password TEXT,
    -- 0 until a code has shown that the person has the secret
    totp_on INTEGER NOT NULL DEFAULT 0,
    -- the newest step whose code was used: no code counts twice
    totp_step INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE factor_secrets (
    -- empty: sealed with the installation's own data key
    workspace_id TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    sealed BLOB NOT NULL,
    key_version INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, person_id)
) STRICT;
CREATE TABLE recovery_codes (
    person_id TEXT NOT NULL REFERENCES people (id),
    digest BLOB NOT NULL,
    PRIMARY KEY (person_id, digest)
) STRICT;
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    person_id TEXT NOT NULL REFERENCES people (id),
    PRIMARY KEY (issuer, subject)
) STRICT;
CREATE TABLE members (
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    person_id TEXT NOT NULL REFERENCES people (id),
    role TEXT NOT NULL,
    -- a JSON list of workspaces; none for all of the organisation
    workspaces TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (organisation_id, person_id)
) STRICT;
CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    workspaces TEXT,
    digest BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    digest BLOB NOT NULL UNIQUE,
    -- the token before, which requests on their way may still carry for a moment
    before BLOB,
    before_until INTEGER NOT NULL DEFAULT 0,
    -- 1: the second factor is still to come
    pending INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    -- 1: what the person may has changed, the next answer brings a new token
    renew INTEGER NOT NULL DEFAULT 0,
    agent TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_of ON sessions (person_id);
CREATE TABLE devices (
    digest BLOB PRIMARY KEY,
    person_id TEXT NOT NULL REFERENCES people (id),
    seen_at INTEGER NOT NULL
) STRICT;
CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    name TEXT NOT NULL,
    digest BLOB NOT NULL,
    scopes TEXT NOT NULL,
    workspaces TEXT,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE TABLE links (
    digest BLOB PRIMARY KEY,
    -- 'owner' or 'password'
    purpose TEXT NOT NULL,
    person_id TEXT,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE outside_sign_ins (
    digest BLOB PRIMARY KEY,
    browser BLOB NOT NULL,
    sealed BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE failures (
    digest BLOB PRIMARY KEY,
    count INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT;
";

words! {
    /// What a person is in an organisation. Each may what those below may.
    Role {
        /// May everything, and make others owners.
        Owner = "owner",
        /// Also people, keys, connections and rules.
        Admin = "admin",
        /// Also costs, overrides, syncs and queries.
        Analyst = "analyst",
        /// Reads.
        Viewer = "viewer",
    }
}

impl Role {
    /// Every role, the mightiest first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Analyst, Self::Viewer];

    /// Whether this role may what the other may.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self as u8 <= other as u8
    }
}

words! {
    /// What an API key may. Each stands for itself; `admin` holds the others.
    Scope {
        /// Reads figures.
        Read = "read",
        /// Starts syncs and checks.
        Sync = "sync",
        /// Changes costs and overrides, and asks in SQL.
        Write = "write",
        /// Changes connections, rules, people and keys.
        Admin = "admin",
    }
}

/// Why what a person asked is refused. No message holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// A field cannot be used.
    #[error("{field} {message}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong, and what would be right.
        message: String,
    },
    /// There is nothing of that id.
    #[error("{what} `{id}` does not exist: list them to see which there are")]
    Missing {
        /// What was asked for.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// There is one already.
    #[error("{what} `{id}` exists already: use it, or choose another")]
    Exists {
        /// What was to be made.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The last owner would go.
    #[error("organisation `{0}` would have no owner: make somebody else owner first")]
    LastOwner(String),
    /// A one-time link or invitation that is not known, used or over.
    #[error("this link is not known here, was used already, or is over: ask for a new one")]
    Link,
}

impl Refused {
    pub(crate) fn missing(what: &'static str, id: impl Into<String>) -> Self {
        Self::Missing { what, id: id.into().chars().take(64).collect() }
    }

    pub(crate) fn field(field: &'static str, message: impl Into<String>) -> Self {
        Self::Field { field, message: message.into() }
    }
}

/// A new token: 256 random bits in hex. Only its digest is kept.
pub(crate) fn new_token() -> Result<String> {
    random_hex::<32>()
}

/// A new id of nothing that anybody guesses by it.
pub(crate) fn new_id() -> Result<String> {
    random_hex::<8>()
}

/// What is kept of a token. It has too many bits to be tried out, so a fast digest is enough.
pub(crate) fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}

/// Names of a closed set in one stored text, parted by spaces.
pub(crate) fn scopes_text(scopes: &[Scope]) -> String {
    let names: Vec<&str> = scopes.iter().map(|scope| scope.name()).collect();
    names.join(" ")
}

/// The workspaces that something is restricted to, as they are stored.
pub(crate) fn workspaces_text(workspaces: Option<&[WorkspaceId]>) -> Option<String> {
    workspaces.map(|list| {
        let names: Vec<&str> = list.iter().map(WorkspaceId::as_str).collect();
        // of texts a list can always be made
        serde_json::to_string(&names).unwrap_or_else(|_| "[]".to_owned())
    })
}

/// Reads what [`workspaces_text`] wrote.
pub(crate) fn workspaces(row: &Row<'_>, at: usize) -> crate::db::Result<Option<Vec<WorkspaceId>>> {
    let text: Option<String> = row.get(at)?;
    let Some(text) = text else { return Ok(None) };
    let names: Vec<String> = serde_json::from_str(&text).map_err(|error| unreadable(at, error))?;
    let ids: std::result::Result<Vec<WorkspaceId>, _> = names.iter().map(|name| name.parse()).collect();
    ids.map(Some).map_err(|error| unreadable(at, error))
}

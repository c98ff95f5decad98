//! An entry and its hash.

use crate::db::Row;
use netgain_domain::WorkspaceId;
use netgain_domain::jiff::Timestamp;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::store::{parsed, time, words};

/// What an entry's hash is worked out for; another form of entries gets another word.
const FORM: &str = "netgain-audit-1";
/// What the first entry follows.
pub(crate) const BEGINNING: [u8; 32] = [0; 32];

words! {
    /// What kind of actor did something.
    ActorKind {
        /// A person who signed in.
        Person = "person",
        /// An API key.
        Key = "key",
        /// Whoever runs the program at a terminal of the machine.
        Terminal = "terminal",
        /// The program by itself, such as a schedule or a platform's webhook.
        System = "system",
        /// Anybody: an installation that is open to all, such as the demo.
        Open = "open",
    }
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// What kind of actor.
    pub kind: ActorKind,
    /// Which one of them: the id of a person or a key, the name of the account at the terminal.
    pub id: String,
}

impl Actor {
    /// An actor of a kind.
    #[must_use]
    pub fn new(kind: ActorKind, id: impl Into<String>) -> Self {
        Self { kind, id: id.into() }
    }

    /// The program itself, in one of its parts.
    #[must_use]
    pub fn system(part: &str) -> Self {
        Self::new(ActorKind::System, part)
    }
}

/// An entry to add.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// The workspace that it concerns; none for the whole installation.
    pub workspace: Option<WorkspaceId>,
    /// Who did it.
    pub actor: Actor,
    /// What was done, in dotted words, such as `session.created`.
    pub action: &'static str,
    /// What it was done to: an id or a name. Never a secret, and nothing about a shop's customers.
    pub subject: String,
    /// More about it, under the same rule.
    pub details: Value,
    /// When (UTC).
    pub at: Timestamp,
}

/// An entry of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its place in the chain, from 1.
    pub number: i64,
    /// When it was done (UTC).
    pub at: Timestamp,
    /// The workspace that it concerns.
    pub workspace: Option<WorkspaceId>,
    /// Who did it.
    pub actor: Actor,
    /// What was done.
    pub action: String,
    /// What it was done to.
    pub subject: String,
    /// More about it, as canonical JSON.
    pub details: String,
    /// The hash of the entry before; zeros for the first.
    pub previous: Vec<u8>,
    /// The hash over everything above.
    pub hash: Vec<u8>,
}

impl AuditEntry {
    /// The entry as one line of an export; hashes in hex.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::json!({
            "number": self.number,
            "at": self.at.to_string(),
            "workspace": self.workspace.as_ref().map(WorkspaceId::as_str),
            "actor_kind": self.actor.kind.name(),
            "actor": self.actor.id,
            "action": self.action,
            "subject": self.subject,
            "details": serde_json::from_str::<Value>(&self.details).unwrap_or(Value::Null),
            "previous": hex(&self.previous),
            "hash": hex(&self.hash),
        })
    }
}

/// SHA-256 over every part with its length before it, so that no two entries read the same.
pub(crate) fn hash(number: i64, at: i64, workspace: &str, texts: &[&str], previous: &[u8]) -> [u8; 32] {
    let mut sum = Sha256::new();
    let (number, at) = (number.to_be_bytes(), at.to_be_bytes());
    let texts = texts.iter().map(|text| text.as_bytes());
    let parts = [FORM.as_bytes(), &number, &at, workspace.as_bytes()];
    for part in parts.into_iter().chain(texts).chain([previous]) {
        sum.update((part.len() as u64).to_be_bytes());
        sum.update(part);
    }
    sum.finalize().into()
}

/// JSON with its keys in order and no spaces: the same content is the same text.
pub(crate) fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut keys: Vec<_> = object.iter().collect();
            keys.sort_by_key(|(key, _)| key.as_str());
            Value::Object(
                keys.into_iter().map(|(key, value)| (key.clone(), canonical(value))).collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => Value::Array(items.iter().map(canonical).collect()),
        other => other.clone(),
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) const COLUMNS: &str =
    "number, at, workspace_id, actor_kind, actor_id, action, subject, details, previous, hash";

pub(crate) fn read(row: &Row<'_>) -> crate::db::Result<AuditEntry> {
    let workspace = if row.get::<_, Option<String>>(2)?.is_some() { Some(parsed(row, 2)?) } else { None };
    Ok(AuditEntry {
        number: row.get(0)?,
        at: time(row, 1)?,
        workspace,
        actor: Actor { kind: parsed(row, 3)?, id: row.get(4)? },
        action: row.get(5)?,
        subject: row.get(6)?,
        details: row.get(7)?,
        previous: row.get(8)?,
        hash: row.get(9)?,
    })
}

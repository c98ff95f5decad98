//! What the server needs of whoever connects accounts on platforms.

use std::collections::BTreeMap;

use netgain_domain::{ConnectionId, WorkspaceId};

/// A platform and the ways to connect an account on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its category, such as `commerce` or `advertising`.
    pub category: String,
    /// Where its interface is documented.
    pub docs: String,
    /// How an account is connected, the simplest way first.
    pub ways: Vec<ProviderWay>,
}

/// One way to connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderWay {
    /// `key`, `sign_in` or `central`.
    pub way: String,
    /// Whose credentials it uses: `own` or `central`.
    pub mode: String,
    /// Variables of the environment that the operator has to set before it can be used.
    pub missing: Vec<String>,
    /// What the person fills in.
    pub fields: Vec<ProviderField>,
}

/// One field to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderField {
    /// Its name in `fields` or `secrets`.
    pub name: String,
    /// What a form says.
    pub title: String,
    /// Whether it belongs into `secrets`.
    pub secret: bool,
    /// Whether it has to be filled in.
    pub required: bool,
    /// A value that would be right.
    pub example: Option<String>,
}

/// What connects an account. It has no `Debug`, because it holds secrets.
pub struct ConnectStart {
    /// The workspace; it is made where there is none.
    pub workspace: WorkspaceId,
    /// The provider's id.
    pub provider: String,
    /// The connection to change; none for that of the same account, or a new one.
    pub connection: Option<ConnectionId>,
    /// The connection's name for people.
    pub name: Option<String>,
    /// Fields that are no secrets.
    pub fields: BTreeMap<String, String>,
    /// Secrets by name.
    pub secrets: BTreeMap<String, String>,
    /// Another address than the platform's own.
    pub base_url: Option<String>,
    /// `own` or `central`.
    pub mode: Option<String>,
    /// Reporting currency of a workspace that is created.
    pub currency: Option<String>,
    /// Time zone of a workspace that is created.
    pub time_zone: Option<String>,
}

/// What was connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectedTo {
    /// The connection.
    pub connection: ConnectionId,
    /// Whether it is new.
    pub created: bool,
    /// The ids of the accounts that it reaches.
    pub accounts: Vec<String>,
}

/// Why nothing was connected. Texts hold no secret.
#[derive(Debug, thiserror::Error)]
pub enum ConnectFailure {
    /// What was given does not fit.
    #[error("{message}")]
    Invalid {
        /// What is wrong.
        message: String,
        /// The field that is at fault.
        field: Option<String>,
        /// What helps, where it is not in the message.
        cure: Option<String>,
    },
    /// The platform does not let us in.
    #[error("{message}")]
    NotWorking {
        /// What the platform says.
        message: String,
        /// The field that is at fault.
        field: Option<String>,
        /// What helps.
        cure: String,
    },
    /// It failed inside; the text goes to the log only.
    #[error("{0}")]
    Failed(String),
}

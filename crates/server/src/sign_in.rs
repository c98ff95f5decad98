//! What the server needs of whoever signs people in at platforms.

use std::collections::BTreeMap;

use netgain_domain::{ConnectionId, WorkspaceId};

/// What begins a sign-in. It has no `Debug`, because it may hold secrets.
pub struct SignInStart {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The connection to make or change.
    pub connection: ConnectionId,
    /// The provider's id; empty for that of the connection.
    pub provider: String,
    /// Fields that are no secrets.
    pub fields: BTreeMap<String, String>,
    /// Secrets by name.
    pub secrets: BTreeMap<String, String>,
    /// The connection's name for people.
    pub name: Option<String>,
    /// Another address than the platform's own.
    pub base_url: Option<String>,
    /// Reporting currency of a workspace that is created.
    pub currency: Option<String>,
    /// Time zone of a workspace that is created.
    pub time_zone: Option<String>,
    /// Where the platform sends the person back to.
    pub redirect_uri: String,
}

/// What a sign-in made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The connection.
    pub connection: ConnectionId,
}

/// Why a sign-in did not work. Texts hold no secret, and name the cure.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The state is not one of ours, or was used.
    #[error("this sign-in is not known here, or it was used already")]
    Unknown,
    /// It took too long.
    #[error("this sign-in was begun too long ago")]
    Expired,
    /// The person or the platform refused.
    #[error("{0}")]
    Refused(String),
    /// The provider is connected in another way.
    #[error("{0}")]
    NotOffered(String),
    /// What was given does not fit.
    #[error("{0}")]
    Invalid(String),
    /// The platform does not let the new grant in.
    #[error("{0}")]
    NotWorking(String),
    /// It failed inside; the text goes to the log only.
    #[error("{0}")]
    Failed(String),
}

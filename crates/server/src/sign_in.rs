//! What the server needs of whoever signs people in at platforms.

use std::collections::BTreeMap;

use netgain_domain::{ConnectionId, PersonId, WorkspaceId};

use crate::connect::ConnectFailure;

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
    /// The person who begins it; none where a program or an open server does.
    pub begun_by: Option<PersonId>,
}

/// A sign-in that waits for the person. It has no `Debug`, because it holds a secret.
pub struct SignInBegun {
    /// Comes back with the code.
    pub state: String,
    /// Where the person grants access.
    pub authorize_url: String,
    /// What the person's browser has to hold on the way back; a secret.
    pub browser: String,
}

/// What came back from a platform. It has no `Debug`, because it holds secrets.
pub struct SignInReturn {
    /// The parameters of the address.
    pub params: BTreeMap<String, String>,
    /// What the browser holds for this sign-in.
    pub browser: Option<String>,
    /// The address without its parameters, as the browser asked for it.
    pub arrived_at: String,
    /// The provider for which it is said to have come back; none where the address is that of all providers.
    pub provider: Option<String>,
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
    /// It came back in another browser, or at another address.
    #[error("{0}")]
    Elsewhere(String),
    /// What came back is not what the platform sends.
    #[error("{0}")]
    Forged(String),
    /// The person or the platform refused.
    #[error("{0}")]
    Refused(String),
    /// The provider is connected in another way.
    #[error("{0}")]
    NotOffered(String),
    /// What was given does not fit, or the new grant is not let in.
    #[error(transparent)]
    Connect(#[from] ConnectFailure),
}

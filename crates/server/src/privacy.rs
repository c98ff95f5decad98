//! What the server needs of whoever hands out and erases what is stored of a shop's customers.

use netgain_domain::WorkspaceId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whom a request is about; at least one is given.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonAsked {
    /// The e-mail address.
    pub email: Option<String>,
    /// The phone number as the platform writes it, with its plus sign.
    pub phone: Option<String>,
    /// The id of the customer or contact at a platform, or the number at its end.
    pub customer: Option<String>,
}

/// What an erasure did, or would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErasedPerson {
    /// Rows of the person.
    pub rows: u64,
    /// Rows elsewhere that named the person; a preview does not count them.
    pub mentions: u64,
    /// Lines of the raw archive.
    pub lines: u64,
    /// Webhook events that were kept.
    pub events: u64,
    /// Rows whose key names the person still: a source that uses addresses as ids.
    pub keys_left: u64,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum PrivacyFailure {
    /// Another process has the workspace.
    #[error("{0}")]
    InUse(String),
    /// A store failed; the text goes to the log only.
    #[error("{0}")]
    Failed(String),
}

/// Hands out and erases what is stored of persons. Calls block.
pub trait PrivacyDesk: Send + Sync {
    /// Everything that is stored of a person.
    ///
    /// # Errors
    /// [`PrivacyFailure`].
    fn export(&self, workspace: &WorkspaceId, who: &PersonAsked)
    -> Result<serde_json::Value, PrivacyFailure>;

    /// What an erasure would change.
    ///
    /// # Errors
    /// [`PrivacyFailure`].
    fn preview(&self, workspace: &WorkspaceId, who: &PersonAsked) -> Result<ErasedPerson, PrivacyFailure>;

    /// Erases a person.
    ///
    /// # Errors
    /// [`PrivacyFailure`]; then it is begun, and finished by the next call.
    fn erase(&self, workspace: &WorkspaceId, who: &PersonAsked) -> Result<ErasedPerson, PrivacyFailure>;

    /// Hands out what a waiting request asks for, which is then done; none where no request of that id waits.
    ///
    /// # Errors
    /// [`PrivacyFailure`]; then it waits on.
    fn answer(&self, workspace: &WorkspaceId, id: &str) -> Result<Option<serde_json::Value>, PrivacyFailure>;
}

//! What the server needs of whoever runs the syncs.

use std::collections::BTreeMap;

use netgain_control::RunId;
use netgain_domain::{ConnectionId, WorkspaceId};

use crate::sign_in::{SignInError, SignInStart, SignedIn};

/// Runs syncs in the background. Calls return at once.
pub trait SyncRunner: Send + Sync {
    /// Begins a sync of one connection; `full` reads everything again.
    ///
    /// # Errors
    /// [`StartError`] when it cannot begin.
    fn start(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        full: bool,
    ) -> Result<RunId, StartError>;

    /// How far the running sync of a connection is; none when none runs in this process.
    fn progress(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Option<Progress>;

    /// What is known of a provider by its id.
    fn provider_info(&self, id: &str) -> Option<ProviderInfo>;

    /// Computes the orders again that the workspace's rules make stale, and returns how many; none where nobody does so
    /// here, and the next sync will.
    ///
    /// # Errors
    /// [`StartError`] when it cannot be done now.
    fn restate(&self, workspace: &WorkspaceId) -> Result<Option<u64>, StartError> {
        let _ = workspace;
        Ok(None)
    }

    /// Begins a sign-in at a platform: the address at which the person grants access.
    ///
    /// # Errors
    /// [`SignInError`]; where nobody signs people in, that it is not offered.
    fn begin_sign_in(&self, start: SignInStart) -> Result<String, SignInError> {
        Err(SignInError::NotOffered(format!("nobody signs in at `{}` here", start.provider)))
    }

    /// Ends a sign-in with the parameters that the person came back with. Blocks until the connection is proved.
    ///
    /// # Errors
    /// [`SignInError`]; then nothing is kept.
    fn finish_sign_in(&self, came: &BTreeMap<String, String>) -> Result<SignedIn, SignInError> {
        let _ = came;
        Err(SignInError::Unknown)
    }
}

/// Why a sync does not begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// One is on its way already.
    #[error("connection `{0}` is being synced already")]
    AlreadyRunning(String),
    /// The connection cannot be synced as it is; the text says why and what helps, and holds no secret.
    #[error("{0}")]
    NotPossible(String),
    /// The runner itself failed; the text goes to the log only.
    #[error("{0}")]
    Failed(String),
}

/// How far a sync is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The stream being read.
    pub stream: String,
    /// Records read so far in this run.
    pub rows: u64,
    /// Part done in ten-thousandths (0 to 10,000), where the end is known.
    pub fraction: Option<u16>,
    /// Records per second of late.
    pub rows_per_second: Option<u64>,
    /// Seconds to the end, where it is known.
    pub seconds_left: Option<u64>,
}

/// What people are told of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderInfo {
    /// Its name.
    pub name: String,
    /// Its category, such as `commerce` or `advertising`.
    pub category: String,
}

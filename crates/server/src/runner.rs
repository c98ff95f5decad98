//! What the server needs of whoever runs the syncs.

use netgain_control::{RunId, Slot};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{Cadence, ConnectionId, WorkspaceId};

use crate::connect::{ConnectFailure, ConnectStart, ConnectedTo, Provider};
use crate::integrations::{Disconnected, Grant, Integration, Quota};
use crate::privacy::PrivacyDesk;
use crate::sign_in::{SignInBegun, SignInError, SignInReturn, SignInStart, SignedIn};

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

    /// Begins to hold what is stored of a connection against its platform's own counts and sums; `heal` reads again
    /// the days that differ.
    ///
    /// # Errors
    /// [`StartError`] when it cannot begin.
    fn start_check(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        heal: bool,
    ) -> Result<RunId, StartError>;

    /// The check of a connection that is under way in this process, or how the last one ended.
    fn check(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Option<Check>;

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

    /// When a connection is read by itself; where nobody does so here, by hand.
    fn timing(&self, slot: &Slot, now: Timestamp) -> Timing {
        let _ = (slot, now);
        Timing { default: Cadence::ByHand, next_sync_at: None, next_check_at: None }
    }

    /// The providers that can be connected, by id.
    fn providers(&self) -> Vec<Provider> {
        Vec::new()
    }

    /// Connects an account. Blocks until the platform has let us in.
    ///
    /// # Errors
    /// [`ConnectFailure`]; then nothing is kept.
    fn connect(&self, start: ConnectStart) -> Result<ConnectedTo, ConnectFailure> {
        let message = format!("nobody connects `{}` here", start.provider);
        Err(ConnectFailure::Invalid { message, field: Some("provider".to_owned()), cure: None })
    }

    /// What the integrations API offers, by platform.
    fn integrations(&self) -> Vec<Integration> {
        Vec::new()
    }

    /// Asks the platform with one cheap call whether it still lets a connection in, and notes the answer. Blocks.
    ///
    /// # Errors
    /// [`ConnectFailure`] when it does not.
    fn test(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Result<Timestamp, ConnectFailure> {
        let _ = workspace;
        Err(nobody(connection))
    }

    /// Renews the grant of a connection now. Blocks.
    ///
    /// # Errors
    /// [`ConnectFailure`]; [`ConnectFailure::Invalid`] where there is nothing to renew.
    fn renew(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Result<Grant, ConnectFailure> {
        let _ = workspace;
        Err(nobody(connection))
    }

    /// Ends a connection: gives its grant back, removes its secrets and keeps what was read. Blocks.
    ///
    /// # Errors
    /// [`ConnectFailure`]; then it may be ended in part, and is ended by doing it again.
    fn disconnect(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
    ) -> Result<Disconnected, ConnectFailure> {
        let _ = workspace;
        Err(nobody(connection))
    }

    /// The grant of a connection; none where calls are signed by a key, or nobody knows.
    fn grant(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Option<Grant> {
        let _ = (workspace, connection);
        None
    }

    /// How much of the platform's limits a connection has used, as far as this process knows.
    fn quota(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Vec<Quota> {
        let _ = (workspace, connection);
        Vec::new()
    }

    /// Who hands out and erases what is stored of persons; none where nobody does so here.
    fn privacy(&self) -> Option<&dyn PrivacyDesk> {
        None
    }

    /// Begins a sign-in at a platform for the browser that asks.
    ///
    /// # Errors
    /// [`SignInError`]; where nobody signs people in, that it is not offered.
    fn begin_sign_in(&self, start: SignInStart) -> Result<SignInBegun, SignInError> {
        Err(SignInError::NotOffered(format!("nobody signs in at `{}` here", start.provider)))
    }

    /// Opens a sign-in that was begun outside of a browser, for the first browser that asks.
    ///
    /// # Errors
    /// [`SignInError::Unknown`] for every further one.
    fn open_sign_in(&self, state: &str) -> Result<SignInBegun, SignInError> {
        let _ = state;
        Err(SignInError::Unknown)
    }

    /// Ends a sign-in with what the person came back with. Blocks until the connection is proved.
    ///
    /// # Errors
    /// [`SignInError`]; then nothing is kept.
    fn finish_sign_in(&self, came: &SignInReturn) -> Result<SignedIn, SignInError> {
        let _ = came;
        Err(SignInError::Unknown)
    }
}

/// When a connection is read by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// What holds where nobody says otherwise.
    pub default: Cadence,
    /// When the next sync is due (UTC); none where only a person begins one.
    pub next_sync_at: Option<Timestamp>,
    /// When the next check against the platform's own counts is due (UTC).
    pub next_check_at: Option<Timestamp>,
}

fn nobody(connection: &ConnectionId) -> ConnectFailure {
    let message = format!("nobody speaks to the platform of `{connection}` here");
    ConnectFailure::Invalid { message, field: None, cure: None }
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

/// A check against a platform's own counts and sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Whether it is under way.
    pub running: bool,
    /// Whether days that differ are read again.
    pub heal: bool,
    /// The stream that it is at.
    pub stream: Option<String>,
    /// When it began (UTC).
    pub started_at: Timestamp,
    /// Why it failed; holds no secret.
    pub error: Option<String>,
}

/// What people are told of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderInfo {
    /// Its name.
    pub name: String,
    /// Its category, such as `commerce` or `advertising`.
    pub category: String,
    /// For how long its days may change.
    pub restated: RestatedDays,
}

/// Whole days after the end of a day for which a platform may still change it, by what it tells; none where it tells
/// nothing of the kind, and where nobody knows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RestatedDays {
    /// Ad spend.
    pub ads: Option<u32>,
    /// What messages cost.
    pub messages: Option<u32>,
    /// Bookings on the merchant's balance, with the actual fees.
    pub bookings: Option<u32>,
}

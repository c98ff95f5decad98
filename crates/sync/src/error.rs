//! Why data could not be brought in, and what that means for the connection.

use netgain_control::{ConnectionError, ConnectionState};
use netgain_domain::ErrorClass;

/// Why data could not be brought in. No message holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The warehouse or the raw archive failed.
    #[error(transparent)]
    Warehouse(#[from] netgain_warehouse::Error),
    /// The control store failed.
    #[error(transparent)]
    Control(#[from] netgain_control::Error),
    /// The settings are not usable.
    #[error(transparent)]
    Settings(#[from] netgain_profit::SettingsError),
    /// A row of the cost book that is refused.
    #[error("{0}")]
    CostRow(netgain_results::RefusedRow),
    /// The profit tables could not be kept up to date.
    #[error("the profit tables could not be brought up to date: {0}")]
    Results(String),
    /// The file could not be imported.
    #[error(transparent)]
    Import(#[from] netgain_import::Error),
    /// The platform could not be read.
    #[error(transparent)]
    Connector(#[from] netgain_connector::Error),
    /// A built-in manifest does not fit its vocabulary.
    #[error(transparent)]
    Manifest(#[from] netgain_manifest::ManifestError),
    /// A field table cannot be used.
    #[error("the field table of stream `{stream}` cannot be used: {error}")]
    FieldTable {
        /// The stream.
        stream: String,
        /// What is wrong.
        error: netgain_mapping::CompileError,
    },
    /// No such provider.
    #[error("provider `{id}` is not built in: use one of {known}")]
    UnknownProvider {
        /// The id given.
        id: String,
        /// The ids that are known.
        known: String,
    },
    /// An event asks for an object that the manifest does not say how to read.
    #[error("objects of stream `{stream}` cannot be read one by one: add them to webhooks.objects")]
    NoObject {
        /// The stream.
        stream: String,
    },
    /// The system gives no thread or runtime.
    #[error("the system cannot start a thread: {0}; close other programs and try again")]
    Thread(#[source] std::io::Error),
    /// The run was ended from outside.
    #[error("the sync was stopped; what it had read is kept and the next one goes on from there")]
    Stopped,
}

impl From<netgain_results::Error> for Error {
    fn from(error: netgain_results::Error) -> Self {
        match error {
            netgain_results::Error::Warehouse(error) => Self::Warehouse(error),
            netgain_results::Error::Settings(error) => Self::Settings(error),
            netgain_results::Error::CostRow(row) => Self::CostRow(row),
            other => Self::Results(other.to_string()),
        }
    }
}

impl Error {
    /// Stable name of the matter, as the API shows it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Warehouse(netgain_warehouse::Error::Locked { .. }) => "workspace_locked",
            Self::Warehouse(netgain_warehouse::Error::Overtaken { .. }) => "overtaken",
            Self::Warehouse(_) | Self::Control(_) | Self::Results(_) => "store_failed",
            Self::CostRow(_) => "cost_refused",
            Self::Settings(_) => "settings_invalid",
            Self::Import(_) => "import_failed",
            Self::Manifest(_) | Self::FieldTable { .. } | Self::NoObject { .. } => "manifest_invalid",
            Self::UnknownProvider { .. } => "provider_unknown",
            Self::Thread(_) => "system_failed",
            Self::Stopped => "stopped",
            Self::Connector(error) => code_of(error),
        }
    }

    /// What helps.
    #[must_use]
    pub fn cure(&self) -> &'static str {
        match self {
            Self::Warehouse(netgain_warehouse::Error::Locked { .. }) => {
                "stop the other process, or start the sync from its page"
            }
            Self::Warehouse(netgain_warehouse::Error::Overtaken { .. }) => "nothing: the other node goes on",
            Self::CostRow(_) => "correct the named field",
            Self::Warehouse(_) | Self::Control(_) | Self::Results(_) => {
                "check the disk's space and rights, then sync again"
            }
            Self::Settings(_) => "correct the workspace's settings",
            Self::Import(_) => "correct the file or its mapping, then import it again",
            Self::Manifest(_) | Self::FieldTable { .. } | Self::NoObject { .. } => {
                "check it with `netgain provider lint`"
            }
            Self::UnknownProvider { .. } => "update the program, or remove the connection",
            Self::Thread(_) => "close other programs, then sync again",
            Self::Stopped => "sync again",
            Self::Connector(error) => cure_of(error),
        }
    }

    /// The error as the connection's card shows it.
    #[must_use]
    pub fn for_connection(&self) -> ConnectionError {
        ConnectionError {
            code: self.code().to_owned(),
            message: self.to_string(),
            cure: self.cure().to_owned(),
        }
    }

    /// Whether the platform did not take the credentials.
    pub(crate) fn is_of_credentials(&self) -> bool {
        let Self::Connector(error) = self else { return false };
        matches!(error.class(), ErrorClass::AuthExpired | ErrorClass::AuthRevoked | ErrorClass::Permission)
    }

    /// Where it leaves the connection: waiting for a person, or for the next sync.
    #[must_use]
    pub fn connection_state(&self) -> ConnectionState {
        match self {
            Self::Connector(error) if error.class().pauses_connection() => ConnectionState::Paused,
            _ => ConnectionState::Error,
        }
    }
}

fn code_of(error: &netgain_connector::Error) -> &'static str {
    use netgain_connector::Error as E;
    match error {
        E::Transport(error) if error.is_transient() => "unreachable",
        E::Transport(_) => "address_refused",
        E::Answer { .. } => "answer_not_understood",
        E::Setup(_) => "setup_incomplete",
        E::Forged(_) => "sign_in_forged",
        E::Cursor { .. } => "cursor_unreadable",
        E::Sink(_) | E::Spool(_) => "store_failed",
        E::Secrets(_) => "secrets_unreadable",
        other => match other.class() {
            ErrorClass::Ok | ErrorClass::Partial => "incomplete",
            ErrorClass::RateLimited => "rate_limited",
            ErrorClass::QuotaExhausted => "quota_exhausted",
            ErrorClass::Transient => "platform_failing",
            ErrorClass::AuthExpired => "auth_expired",
            ErrorClass::AuthRevoked => "auth_revoked",
            ErrorClass::Permission => "permission_missing",
            ErrorClass::NotFound => "not_found",
            ErrorClass::Invalid => "request_refused",
            ErrorClass::Conflict => "conflict",
            ErrorClass::TooLarge => "too_large",
            ErrorClass::VersionRetired => "version_retired",
            ErrorClass::UnknownOutcome => "outcome_unknown",
            ErrorClass::Fatal => "platform_error",
        },
    }
}

fn cure_of(error: &netgain_connector::Error) -> &'static str {
    use netgain_connector::Error as E;
    match error {
        E::Transport(error) if error.is_transient() => "check the network, then sync again",
        E::Transport(_) | E::Setup(_) => "connect again with corrected fields",
        E::Forged(_) => "begin the sign-in again",
        E::Answer { .. } => "update the program: the platform may have changed its interface",
        E::Cursor { .. } => "sync with --full",
        E::Sink(_) | E::Spool(_) => "check the disk's space and rights, then sync again",
        E::Secrets(_) => "restore the key file, or connect again",
        other => match other.class() {
            ErrorClass::AuthExpired | ErrorClass::AuthRevoked => "connect again with a new access token",
            ErrorClass::Permission => "grant the missing permission on the platform, then connect again",
            ErrorClass::VersionRetired => "update the program",
            ErrorClass::RateLimited | ErrorClass::QuotaExhausted => "wait, then sync again",
            ErrorClass::NotFound => "check the connection's fields",
            _ => "sync again later; if it stays, read the platform's words above",
        },
    }
}

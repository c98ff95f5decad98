//! Why a run ended, in words for the person who has to mend it.

use netgain_domain::ErrorClass;

use crate::{BoxError, TransportError};

/// Why a call or a run failed. No variant holds a secret or a whole address.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The platform refused, and what it allows was tried.
    #[error("{message}")]
    Refused {
        /// What the answer means.
        class: ErrorClass,
        /// HTTP status.
        status: u16,
        /// The platform's words and the manifest's cure.
        message: String,
    },
    /// The answer cannot be understood.
    #[error("stream `{stream}`: {problem}")]
    Answer {
        /// The stream or call.
        stream: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A way back from a sign-in is not what the platform sends; nothing was exchanged.
    #[error("{0}")]
    Forged(String),
    /// The connection lacks something.
    #[error("{0}")]
    Setup(String),
    /// The stored position cannot be used.
    #[error("stream `{stream}`: the stored cursor cannot be read ({problem}): sync it with --full")]
    Cursor {
        /// The stream.
        stream: String,
        /// What is wrong.
        problem: String,
    },
    /// What was read could not be kept.
    #[error("what was read could not be kept: {0}")]
    Sink(#[source] BoxError),
    /// Secrets cannot be read.
    #[error("the secrets of the connection cannot be read: {0}")]
    Secrets(#[source] BoxError),
    /// A file for the download cannot be used.
    #[error("the download cannot be put aside: {0}")]
    Spool(#[from] std::io::Error),
}

impl Error {
    /// What the failure means; the meaning says whether a person is needed.
    #[must_use]
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Transport(error) if error.is_transient() => ErrorClass::Transient,
            Self::Transport(_) | Self::Setup(_) => ErrorClass::Invalid,
            Self::Refused { class, .. } => *class,
            Self::Forged(_) => ErrorClass::Permission,
            Self::Answer { .. } | Self::Cursor { .. } => ErrorClass::Fatal,
            Self::Sink(_) | Self::Secrets(_) | Self::Spool(_) => ErrorClass::Transient,
        }
    }
}

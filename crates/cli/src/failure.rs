//! Which exit code a failure gets; the list is in `netgain --help`.

use std::process::ExitCode;

/// A failure with an exit code of its own.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    /// What the caller gave is not usable.
    pub fn input(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into() }
    }

    /// A failure that the API answered, by its HTTP status.
    pub fn of_status(status: u16, message: impl Into<String>) -> Self {
        let code = match status {
            404 => 4,
            409 => 3,
            400..=499 => 2,
            _ => 1,
        };
        Self { code, message: message.into() }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// The exit code of an error.
pub fn exit_code(error: &anyhow::Error) -> ExitCode {
    for cause in error.chain() {
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            return ExitCode::from(failure.code);
        }
        if matches!(cause.downcast_ref(), Some(netgain_warehouse::Error::Locked { .. })) {
            return ExitCode::from(3);
        }
        if matches!(cause.downcast_ref(), Some(netgain_control::Error::InUse { .. })) {
            return ExitCode::from(3);
        }
    }
    ExitCode::from(1)
}

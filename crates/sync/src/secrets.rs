//! Secrets of a stored connection, opened at each call and never kept.

use std::sync::Arc;

use netgain_connector::{BoxError, SecretSource};
use netgain_control::{Control, Error};
use netgain_domain::{ConnectionId, WorkspaceId};

/// The sealed secrets of one connection.
pub(crate) struct StoredSecrets {
    pub control: Arc<Control>,
    pub workspace: WorkspaceId,
    pub connection: ConnectionId,
}

impl SecretSource for StoredSecrets {
    fn secret(&self, field: &str) -> Result<Option<String>, BoxError> {
        match self.control.secret(&self.workspace, &self.connection, field) {
            Ok(secret) => Ok(Some(secret.expose().to_owned())),
            Err(Error::SecretNotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

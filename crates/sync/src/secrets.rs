//! Secrets and the grant of a connection, opened at each call and never kept.

use std::sync::Arc;

use jiff::Timestamp;
use netgain_connector::{BoxError, Grant, Grants, Replaced, SecretSource};
use netgain_control::{Connection, Control, CredentialMode, Error, Secret, StoredGrant};
use netgain_domain::{ConnectionId, WorkspaceId};

use crate::operator::Operator;

/// The sealed secrets of one connection, and what its operator adds.
pub struct StoredSecrets {
    control: Arc<Control>,
    operator: Operator,
    workspace: WorkspaceId,
    connection: ConnectionId,
    provider: String,
    mode: CredentialMode,
    base_url: Option<String>,
}

impl StoredSecrets {
    /// Those of a stored connection.
    #[must_use]
    pub fn of(control: &Arc<Control>, connection: &Connection) -> Self {
        Self {
            control: Arc::clone(control),
            operator: Operator::default(),
            workspace: connection.workspace_id.clone(),
            connection: connection.id.clone(),
            provider: connection.provider.clone(),
            mode: connection.mode,
            base_url: connection.base_url.clone(),
        }
    }
}

impl SecretSource for StoredSecrets {
    fn secret(&self, field: &str) -> Result<Option<String>, BoxError> {
        let base_url = self.base_url.as_deref();
        if self.mode == CredentialMode::Central {
            return Ok(self.operator.central(&self.provider, field, base_url));
        }
        match self.control.secret(&self.workspace, &self.connection, field) {
            Ok(secret) => Ok(Some(secret.expose().to_owned())),
            Err(Error::SecretNotFound { .. }) => Ok(self.operator.app(&self.provider, field, base_url)),
            Err(error) => Err(error.into()),
        }
    }

    fn grants(&self) -> Option<&dyn Grants> {
        Some(self)
    }
}

impl Grants for StoredSecrets {
    fn grant(&self) -> Result<Option<Grant>, BoxError> {
        self.control.grant(&self.workspace, &self.connection)?.map(|stored| opened(&stored)).transpose()
    }

    fn claim(&self, version: u64, now: Timestamp, until: Timestamp) -> Result<bool, BoxError> {
        Ok(self.control.claim_grant(&self.workspace, &self.connection, version, now, until)?)
    }

    fn release(&self, version: u64) -> Result<(), BoxError> {
        Ok(self.control.release_grant(&self.workspace, &self.connection, version)?)
    }

    fn replace(&self, version: u64, next: &Grant) -> Result<Replaced, BoxError> {
        let text = closed(next)?;
        let kept = self.control.replace_grant(&self.workspace, &self.connection, version, &text)?;
        Ok(kept.map_or(Replaced::Lost, Replaced::Kept))
    }
}

/// A grant as it is stored.
pub(crate) fn closed(grant: &Grant) -> Result<Secret, BoxError> {
    Ok(Secret::new(serde_json::to_string(grant)?))
}

/// A stored grant.
pub(crate) fn opened(stored: &StoredGrant) -> Result<Grant, BoxError> {
    // what cannot be read is not shown: it holds secrets
    let grant: Grant = serde_json::from_str(stored.text.expose())
        .map_err(|_| "the stored grant cannot be read: sign in again, or connect again")?;
    Ok(Grant { version: stored.version, ..grant })
}

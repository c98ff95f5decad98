//! The credentials that a connection is proved with, before they are stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use netgain_connector::{BoxError, Grant, Grants, MemoryGrants, SecretSource};
use netgain_control::{Connection, Control, CredentialMode, Secret};

use crate::operator::Operator;
use crate::secrets::StoredSecrets;

/// What was given, and what the operator adds.
pub(super) struct Given {
    secrets: BTreeMap<String, Secret>,
    operator: Operator,
    provider: String,
    mode: CredentialMode,
    base_url: Option<String>,
    grants: Where,
}

/// Where its grant is meanwhile.
enum Where {
    /// Nothing is stored before it is proved.
    Memory(MemoryGrants),
    /// The one that the connection has: renewed here, it must not be lost.
    Stored(StoredSecrets),
}

impl Given {
    /// With the grant of a sign-in, or one that is yet to be got.
    pub(super) fn new(
        operator: &Operator,
        connection: &Connection,
        secrets: BTreeMap<String, Secret>,
        grant: Option<Grant>,
    ) -> Self {
        Self {
            secrets,
            operator: operator.clone(),
            provider: connection.provider.clone(),
            mode: connection.mode,
            base_url: connection.base_url.clone(),
            grants: Where::Memory(MemoryGrants::new(grant)),
        }
    }

    /// With the grant that the connection has already.
    pub(super) fn with_stored_grant(
        control: &Arc<Control>,
        operator: &Operator,
        connection: &Connection,
        secrets: BTreeMap<String, Secret>,
    ) -> Self {
        let grants = Where::Stored(StoredSecrets::of(control, connection));
        Self { grants, ..Self::new(operator, connection, secrets, None) }
    }

    /// The grant to store now, which may be none; nothing where the stored one stays.
    pub(super) fn new_grant(&self) -> Result<Option<Option<Grant>>, BoxError> {
        match &self.grants {
            Where::Memory(memory) => memory.grant().map(Some),
            Where::Stored(_) => Ok(None),
        }
    }
}

impl SecretSource for Given {
    fn secret(&self, field: &str) -> Result<Option<String>, BoxError> {
        let base_url = self.base_url.as_deref();
        if self.mode == CredentialMode::Central {
            return Ok(self.operator.central(&self.provider, field, base_url));
        }
        let given = self.secrets.get(field).map(|secret| secret.expose().to_owned());
        Ok(given.or_else(|| self.operator.app(&self.provider, field, base_url)))
    }

    fn grants(&self) -> Option<&dyn Grants> {
        Some(match &self.grants {
            Where::Memory(memory) => memory,
            Where::Stored(stored) => stored,
        })
    }
}

//! The values that prove a connection's deliveries. A secret that was replaced stays good for a day, because platforms
//! go on signing with it for a while.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use netgain_connector::SecretSource as _;
use netgain_connector::webhooks::{Inbound, Keys};
use netgain_control::{Connection, Control, Error as StoreError, Secret};

use netgain_manifest::Manifest;

use crate::Error;
use crate::secrets::StoredSecrets;

/// How long a replaced secret is accepted.
const GRACE: SignedDuration = SignedDuration::from_hours(24);

/// The name under which the secret before is kept, with the second until which it is good in front of it.
fn before(name: &str) -> String {
    format!("{name}.before")
}

/// The secret that registration agrees on.
pub(crate) const AGREED: &str = "webhook_secret";

/// Whether a secret is kept here by itself, and was never asked of a person.
pub(crate) fn is_own_secret(name: &str) -> bool {
    name == AGREED || name.ends_with(".before")
}

/// The names of a provider's secrets that prove deliveries.
pub(crate) fn proving_keys(manifest: &Manifest) -> Result<Vec<String>, Error> {
    Ok(Inbound::new(manifest)?.map(|inbound| inbound.key_names()).unwrap_or_default())
}

/// Reads the values.
pub(crate) fn keys(
    control: &Arc<Control>,
    connection: &Connection,
    inbound: &Inbound,
) -> Result<Keys, Error> {
    let mut keys = Keys::default();
    for name in inbound.key_names() {
        if let Some(value) = connection.fields.get(&name) {
            keys.add(&name, value.clone());
        }
        // the operator's own key counts where the connection uses the operator's app
        let source = StoredSecrets::of(control, connection);
        if let Some(secret) = source.secret(&name).map_err(netgain_connector::Error::Secrets)? {
            keys.add(&name, secret);
        }
        let earlier = secret(control, connection, &before(&name))?;
        if let Some((until, value)) = earlier.as_ref().and_then(|earlier| earlier.expose().split_once(' '))
            && until.parse::<i64>().is_ok_and(|until| until > Timestamp::now().as_second())
        {
            keys.add(&name, value.to_owned());
        }
    }
    Ok(keys)
}

/// Keeps a secret; the one that it replaces stays good for a while.
pub(crate) fn replace(
    control: &Control,
    connection: &Connection,
    name: &str,
    new: &Secret,
) -> Result<(), Error> {
    let (workspace, id) = (&connection.workspace_id, &connection.id);
    if let Some(old) = secret(control, connection, name)?
        && old.expose() != new.expose()
    {
        let until = (Timestamp::now() + GRACE).as_second();
        let kept = Secret::new(format!("{until} {}", old.expose()));
        control.put_secret(workspace, id, &before(name), &kept)?;
    }
    Ok(control.put_secret(workspace, id, name, new)?)
}

/// A secret of a connection, if there is one.
pub(crate) fn secret(
    control: &Control,
    connection: &Connection,
    name: &str,
) -> Result<Option<Secret>, Error> {
    match control.secret(&connection.workspace_id, &connection.id, name) {
        Ok(secret) => Ok(Some(secret)),
        Err(StoreError::SecretNotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

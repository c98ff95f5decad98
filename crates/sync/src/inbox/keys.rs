//! The values that prove a connection's deliveries. A secret that was replaced stays good for a day, because platforms
//! go on signing with it for a while. Behind the end of a connection it proves requests about persons' data, and nothing
//! else: platforms send them when everything is over.

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

/// How long a secret is kept behind the end of its connection. Platforms ask for a shop's data to be erased some days
/// after that, and what they ask is proved by it; ours is far longer than the days that any of them names
/// (docs/privacy.md).
const AFTERWARDS: SignedDuration = SignedDuration::from_hours(24 * 90);
/// What ends the name of a secret that is kept behind the end.
const AFTER: &str = ".after";

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

/// Whether a secret is only kept behind the end of a connection; one that is connected again needs it no more.
pub(crate) fn is_left_over(name: &str) -> bool {
    name.ends_with(AFTER)
}

/// Before the secrets of a connection are removed, keeps apart those that prove requests about persons' data, where its
/// platform sends such. They sign no call.
pub(crate) fn keep_for_requests(
    control: &Control,
    connection: &Connection,
    manifest: &Manifest,
) -> Result<(), Error> {
    let Some(inbound) = Inbound::new(manifest)?.filter(Inbound::has_requests) else { return Ok(()) };
    let until = (Timestamp::now() + AFTERWARDS).as_second();
    for name in inbound.key_names() {
        if let Some(value) = secret(control, connection, &name)? {
            let kept = Secret::new(format!("{until} {}", value.expose()));
            control.put_secret(&connection.workspace_id, &connection.id, &format!("{name}{AFTER}"), &kept)?;
        }
    }
    Ok(())
}

/// Forgets what was kept behind the end of a connection for long enough.
pub(crate) fn forget_left_over(control: &Control, connection: &Connection) -> Result<(), Error> {
    for name in control.secret_names(&connection.workspace_id, &connection.id)? {
        if is_left_over(&name) && good(control, connection, &name)?.is_none() {
            control.forget_secret(&connection.workspace_id, &connection.id, &name)?;
        }
    }
    Ok(())
}

/// A secret that is kept for a time, while it is good.
fn good(control: &Control, connection: &Connection, name: &str) -> Result<Option<String>, Error> {
    let kept = secret(control, connection, name)?;
    let kept = kept.as_ref().and_then(|kept| kept.expose().split_once(' '));
    let is_good = |until: &str| until.parse::<i64>().is_ok_and(|until| until > Timestamp::now().as_second());
    Ok(kept.filter(|(until, _)| is_good(until)).map(|(_, value)| value.to_owned()))
}

/// The names of a provider's secrets that prove deliveries.
pub(crate) fn proving_keys(manifest: &Manifest) -> Result<Vec<String>, Error> {
    Ok(Inbound::new(manifest)?.map(|inbound| inbound.key_names()).unwrap_or_default())
}

/// Reads the values, and whether they prove no more than requests about persons' data: the connection has ended.
pub(crate) fn keys(
    control: &Arc<Control>,
    connection: &Connection,
    inbound: &Inbound,
) -> Result<(Keys, bool), Error> {
    let (mut keys, mut has_ended) = (Keys::default(), connection.is_ended());
    for name in inbound.key_names() {
        if let Some(value) = connection.fields.get(&name) {
            keys.add(&name, value.clone());
        }
        // the operator's own key counts where the connection uses the operator's app
        let source = StoredSecrets::of(control, connection);
        if let Some(secret) = source.secret(&name).map_err(netgain_connector::Error::Secrets)? {
            keys.add(&name, secret);
        }
        if let Some(value) = good(control, connection, &before(&name))? {
            keys.add(&name, value);
        }
        if let Some(value) = good(control, connection, &format!("{name}{AFTER}"))? {
            keys.add(&name, value);
            has_ended = true;
        }
    }
    Ok((keys, has_ended))
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

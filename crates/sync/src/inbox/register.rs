//! Telling platforms where to send: registered once, renewed before it ends, and registered again where the platform
//! has dropped it without a word.

use std::sync::Arc;
use std::time::Duration;

use super::keys::{self, AGREED};
use super::{Nowhere, Webhooks};
use crate::runner::{locked, manifest_of};
use crate::{Error, job};
use jiff::{SignedDuration, Timestamp};
use netgain_connector::Engine;
use netgain_connector::webhooks::{Asked, Inbound, random_secret};
use netgain_control::{Connection, ConnectionState, Endpoint, Secret, Subscription};
use netgain_manifest::Register;

/// How often a platform is asked what it still knows of.
const EVERY: SignedDuration = SignedDuration::from_mins(10);
/// How long the registrations of a connection are held by who looks after them, if nobody renews it.
const TENDING: Duration = Duration::from_secs(20);

/// Looks after the registrations of one connection.
pub(super) async fn look_after(webhooks: &Webhooks, connection: &Connection) -> Result<(), Error> {
    // a connection that was never read is read first: what events say before is found then
    if matches!(connection.state, ConnectionState::Paused | ConnectionState::NeverSynced) {
        return Ok(());
    }
    let Ok(manifest) = manifest_of(&connection.provider) else { return Ok(()) };
    let Some(inbound) = Inbound::new(&manifest)? else { return Ok(()) };
    let Register::Api { lifetime_days, .. } = inbound.register() else { return Ok(()) };
    let control = &webhooks.runner.control;
    let endpoint = control.endpoint(&connection.workspace_id, &connection.id)?;
    let recent = |at: Timestamp| Timestamp::now().duration_since(at) < EVERY;
    // the platform may have forgotten them, or our address changed, while this program was away
    let first = locked(&webhooks.tended).insert((connection.workspace_id.clone(), connection.id.clone()));
    if !first && endpoint.checked_at.is_some_and(recent) {
        return Ok(());
    }
    // of several nodes one does it; the others look again at their next round
    let place = (connection.workspace_id.clone(), connection.id.clone());
    let Some(lease) = control.claim("webhooks", &format!("{}/{}", place.0, place.1), TENDING)? else {
        locked(&webhooks.tended).remove(&place);
        return Ok(());
    };
    let _lease = lease.keep()?;
    let Some(address) = webhooks.addresses.of(&endpoint.key, connection.local) else {
        let note = "webhooks are not registered: start with --public-url, the address that the world reaches this server at";
        return Ok(control.endpoint_checked(&endpoint.key, Some(note))?);
    };
    if let Some(missing) = missing_key(webhooks, connection, &inbound)? {
        let note =
            format!("webhooks are not registered: connect again with `{missing}`, which proves deliveries");
        return Ok(control.endpoint_checked(&endpoint.key, Some(&note))?);
    }
    let (secrets, spool) = (webhooks.runner.secrets(connection), webhooks.runner.spool(connection));
    let engine = job::engine(&Arc::new(manifest), connection, secrets, spool).await?;
    let lifetime = lifetime_days.map(|days| SignedDuration::from_hours(24 * i64::from(days)));
    let desk = Desk {
        webhooks,
        connection,
        inbound: &inbound,
        engine: &engine,
        endpoint: &endpoint,
        address: &address,
    };
    let note = desk.tend(lifetime).await?;
    webhooks.known.forget(&endpoint.key);
    Ok(control.endpoint_checked(&endpoint.key, note.as_deref())?)
}

/// Shows on the connection why its webhooks are not registered.
pub(super) fn note_failure(webhooks: &Webhooks, connection: &Connection, error: &Error) {
    let control = &webhooks.runner.control;
    let noted = control.endpoint(&connection.workspace_id, &connection.id).and_then(|endpoint| {
        control.endpoint_checked(&endpoint.key, Some(&format!("webhooks could not be registered: {error}")))
    });
    if let Err(error) = noted {
        tracing::warn!(%error, "a failed registration could not be noted");
    }
}

/// A key that proves deliveries and is not there; one that registration brings need not be.
fn missing_key(
    webhooks: &Webhooks,
    connection: &Connection,
    inbound: &Inbound,
) -> Result<Option<String>, Error> {
    let secrets = webhooks.runner.secrets(connection);
    for name in inbound.key_names() {
        let secret = secrets.secret(&name).map_err(netgain_connector::Error::Secrets)?;
        let filled = connection.fields.contains_key(&name) || secret.is_some();
        let optional = matches!(inbound.section().verify, netgain_manifest::Verify::Signature { .. });
        if !filled && name != AGREED && !optional {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Whether a refusal is about the one subscription that was asked for, and says nothing of the next one.
fn is_about_one(error: &netgain_connector::Error) -> bool {
    use netgain_domain::ErrorClass;
    matches!(error.class(), ErrorClass::Invalid | ErrorClass::NotFound | ErrorClass::Conflict)
}

struct Desk<'a> {
    webhooks: &'a Webhooks,
    connection: &'a Connection,
    inbound: &'a Inbound,
    engine: &'a Engine,
    endpoint: &'a Endpoint,
    address: &'a str,
}

impl Desk<'_> {
    /// Makes what is missing; says what is worth a word.
    async fn tend(&self, lifetime: Option<SignedDuration>) -> Result<Option<String>, Error> {
        let control = &self.webhooks.runner.control;
        let (workspace, id) = (&self.connection.workspace_id, &self.connection.id);
        let stored = control.subscriptions(workspace, id)?;
        let alive = self.engine.subscriptions(self.inbound, self.address, &Nowhere).await?;
        let (mut dropped, mut made, mut refused) = (Vec::new(), 0, Vec::new());
        for topic in self.inbound.topics() {
            let before = stored.iter().find(|one| one.topic == topic);
            let lives = |one: &&Subscription| alive.as_ref().is_none_or(|alive| alive.contains(&one.id));
            if let Some(one) = before.filter(lives).filter(|one| one.address == self.address) {
                let age = Timestamp::now().duration_since(one.created_at);
                if lifetime.is_some_and(|lifetime| age > lifetime / 3 * 2) {
                    self.renew(one).await?;
                }
                continue;
            }
            if let Some(one) = before {
                if one.address == self.address {
                    dropped.push(topic);
                } else if lives(&one) {
                    // the address has changed: nothing must go to the old one
                    self.engine
                        .unsubscribe(self.inbound, &self.asked(&one.topic, None, Some(&one.id)), &Nowhere)
                        .await?;
                }
            }
            match self.make(topic).await {
                Ok(()) => made += 1,
                // an event that this account does not have must not keep the others from being registered
                Err(Error::Connector(error)) if is_about_one(&error) => refused.push((topic, error)),
                Err(error) => return Err(error),
            }
        }
        if made > 0 {
            control.endpoint_active(&self.endpoint.key)?;
        }
        let mut notes = Vec::new();
        dropped.retain(|topic| refused.iter().all(|(one, _)| one != topic));
        if !dropped.is_empty() {
            notes.push(format!(
                "the platform had dropped {} webhook subscriptions without a word ({}); they are registered again",
                dropped.len(),
                dropped.join(", ")
            ));
        } else if made > 0 {
            notes.push(format!("{made} webhook subscriptions were registered"));
        }
        if let Some((_, why)) = refused.first() {
            let topics: Vec<&str> = refused.iter().map(|(topic, _)| *topic).collect();
            notes.push(format!("not registered: {} ({why})", topics.join(", ")));
        }
        Ok((!notes.is_empty()).then(|| notes.join("; ")))
    }

    async fn make(&self, topic: &str) -> Result<(), Error> {
        let control = &self.webhooks.runner.control;
        let (workspace, connection) = (&self.connection.workspace_id, &self.connection.id);
        let secret = if self.inbound.chooses_secret() { Some(self.agreed()?) } else { None };
        let asked = self.asked(topic, secret.as_ref().map(Secret::expose), None);
        let made = self.engine.subscribe(self.inbound, &asked, &Nowhere).await?;
        if let Some(secret) = made.secret {
            keys::replace(control, self.connection, AGREED, &Secret::new(secret))?;
        }
        self.note(Subscription {
            topic: topic.to_owned(),
            id: made.id,
            address: self.address.to_owned(),
            created_at: Timestamp::now(),
        })
        .map(|()| tracing::info!(%workspace, %connection, topic, "webhooks are registered"))
    }

    async fn renew(&self, one: &Subscription) -> Result<(), Error> {
        let secret = if self.inbound.chooses_secret() { Some(self.agreed()?) } else { None };
        let asked = self.asked(&one.topic, secret.as_ref().map(Secret::expose), Some(&one.id));
        if self.engine.renew_subscription(self.inbound, &asked, &Nowhere).await? {
            return self.note(Subscription { created_at: Timestamp::now(), ..one.clone() });
        }
        // a new one before the old one ends: between them both send, which changes nothing
        self.make(&one.topic).await
    }

    fn note(&self, subscription: Subscription) -> Result<(), Error> {
        let (workspace, connection) = (&self.connection.workspace_id, &self.connection.id);
        Ok(self.webhooks.runner.control.put_subscription(workspace, connection, &subscription)?)
    }

    /// The secret of our own choice; made when there is none.
    fn agreed(&self) -> Result<Secret, Error> {
        let control = &self.webhooks.runner.control;
        if let Some(secret) = keys::secret(control, self.connection, AGREED)? {
            return Ok(secret);
        }
        let secret = Secret::new(random_secret()?);
        keys::replace(control, self.connection, AGREED, &secret)?;
        Ok(secret)
    }

    fn asked<'s>(&'s self, topic: &'s str, secret: Option<&'s str>, id: Option<&'s str>) -> Asked<'s> {
        Asked { topic: (topic != "*").then_some(topic), address: self.address, secret, id }
    }
}

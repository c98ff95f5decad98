//! From the request to the acknowledgement: whose address it is, whether the platform sent it, and only then to disk.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use netgain_connector::webhooks::{Deed, Delivery, Inbound, Incoming, Keys, Refused, Reply};
use netgain_control::{Connection, Endpoint, NewEvent, Secret};
use tokio::sync::oneshot;

use super::{Webhooks, keys};
use crate::Error;
use crate::runner::{locked, manifest_of};

/// How long an address with its keys is remembered, so that a burst does not read them for each delivery.
const REMEMBERED: Duration = Duration::from_secs(5);
/// Addresses that are remembered at once.
const MOST: usize = 1_000;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// The key in the address.
    pub key: String,
    /// The method, upper case.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// The host that it was sent to, for installations that were given no public address.
    pub host: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Bytes,
}

/// What the platform is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The events are on disk, or there is nothing to keep.
    Taken,
    /// Plain text that it asked for.
    Text(String),
    /// JSON that it asked for.
    Json(String),
    /// There is no such address.
    Unknown,
    /// Nothing proves that the platform sent it.
    Unproved,
    /// It is proved and cannot be read.
    Unreadable,
    /// It could not be kept: it is to be sent again.
    Later,
}

/// An address and everything needed to receive at it.
pub(super) struct Place {
    pub endpoint: Endpoint,
    pub connection: Connection,
    pub inbound: Inbound,
    keys: Keys,
    /// Whether the connection has ended: only what persons ask for is taken.
    has_ended: bool,
    address: Option<String>,
    /// Whether it was noted that the platform sends.
    noted: AtomicBool,
}

/// Addresses that were used of late.
#[derive(Default)]
pub(super) struct Known(Mutex<HashMap<String, (Instant, Arc<Place>)>>);

/// Refused deliveries and repetitions by address, until they are noted in the store.
#[derive(Default)]
pub(super) struct Counts(Mutex<HashMap<String, (u64, u64)>>);

impl Known {
    fn get(&self, key: &str) -> Option<Arc<Place>> {
        let known = locked(&self.0);
        known.get(key).filter(|(since, _)| since.elapsed() < REMEMBERED).map(|(_, place)| Arc::clone(place))
    }

    fn put(&self, key: &str, place: &Arc<Place>) {
        let mut known = locked(&self.0);
        if known.len() >= MOST {
            known.retain(|_, (since, _)| since.elapsed() < REMEMBERED);
        }
        if known.len() < MOST {
            known.insert(key.to_owned(), (Instant::now(), Arc::clone(place)));
        }
    }

    /// Forgets an address whose keys have changed.
    pub fn forget(&self, key: &str) {
        locked(&self.0).remove(key);
    }
}

impl Counts {
    fn add(&self, key: &str, refused: u64, duplicates: u64) {
        let mut counts = locked(&self.0);
        let count = counts.entry(key.to_owned()).or_default();
        *count = (count.0 + refused, count.1 + duplicates);
    }

    /// What was counted since this was last asked.
    pub fn take(&self) -> HashMap<String, (u64, u64)> {
        std::mem::take(&mut *locked(&self.0))
    }
}

impl Webhooks {
    /// Receives one request. [`Answer::Taken`] means that its events are on disk.
    pub async fn receive(self: &Arc<Self>, arrived: Arrived) -> Answer {
        let place = match self.known.get(&arrived.key) {
            Some(place) => place,
            None => match self.look_up(&arrived.key).await {
                Ok(Some(place)) => place,
                Ok(None) => return Answer::Unknown,
                Err(error) => {
                    tracing::error!(%error, "a webhook could not be received");
                    return Answer::Later;
                }
            },
        };
        match self.take(&place, &arrived).await {
            Ok(answer) => answer,
            Err(error) => {
                let Place { endpoint, .. } = &*place;
                tracing::error!(workspace = %endpoint.workspace, connection = %endpoint.connection, %error,
                    "a webhook could not be kept");
                Answer::Later
            }
        }
    }

    async fn look_up(self: &Arc<Self>, key: &str) -> Result<Option<Arc<Place>>, Error> {
        let (this, key) = (Arc::clone(self), key.to_owned());
        let found = tokio::task::spawn_blocking(move || this.place(&key)).await;
        found.map_err(|error| Error::Thread(std::io::Error::other(error)))?
    }

    fn place(&self, key: &str) -> Result<Option<Arc<Place>>, Error> {
        let control = &self.runner.control;
        let Some(endpoint) = control.endpoint_by_key(key)? else { return Ok(None) };
        let connection = control.connection(&endpoint.workspace, &endpoint.connection)?;
        let Some(inbound) = Inbound::new(&manifest_of(&connection.provider)?)? else { return Ok(None) };
        let (keys, has_ended) = keys::keys(control, &connection, &inbound)?;
        let address = self.addresses.of(key, connection.local);
        let noted = AtomicBool::new(false);
        let place = Arc::new(Place { endpoint, connection, inbound, keys, has_ended, address, noted });
        self.known.put(key, &place);
        Ok(Some(place))
    }

    async fn take(self: &Arc<Self>, place: &Arc<Place>, arrived: &Arrived) -> Result<Answer, Error> {
        // signed addresses are the ones that the platform was told
        let url = match (&place.address, arrived.target.split_once('?')) {
            (Some(address), Some((_, query))) => format!("{address}?{query}"),
            (Some(address), None) => address.clone(),
            (None, _) => format!("https://{}{}", arrived.host, arrived.target),
        };
        let delivery =
            Delivery { method: &arrived.method, url: &url, headers: &arrived.headers, body: &arrived.body };
        match place.inbound.handshake(delivery, &place.keys) {
            Ok(None) => {}
            Ok(Some(Reply::Text(text))) => return Ok(Answer::Text(text)),
            Ok(Some(Reply::Json(text))) => return Ok(Answer::Json(text)),
            Ok(Some(Reply::Keep { name, value })) => {
                self.keep_secret(place, name, value).await?;
                return Ok(Answer::Taken);
            }
            Err(refused) => return Ok(self.refuse(place, &refused)),
        }
        if arrived.method != "POST" {
            // a look from a browser, or a platform that only tests whether somebody answers
            return Ok(Answer::Taken);
        }
        let now = Timestamp::now();
        if let Err(refused) = place.inbound.prove(delivery, &place.keys, now) {
            return Ok(self.refuse(place, &refused));
        }
        let events = match place.inbound.events(delivery) {
            // who ended a connection wants no news of it; what persons ask for is done all the same
            Ok(events) if place.has_ended => {
                let asked = |event: &Incoming| matches!(event.deed, Deed::Privacy { .. });
                let requests: Vec<Incoming> = events.into_iter().filter(asked).collect();
                if requests.is_empty() {
                    return Ok(self.refuse(place, &Refused::Ended));
                }
                requests
            }
            Ok(events) => events,
            Err(refused) => {
                tracing::warn!(connection = %place.endpoint.connection, %refused, "a proved webhook is not understood");
                return Ok(Answer::Unreadable);
            }
        };
        if events.is_empty() {
            return Ok(Answer::Taken);
        }
        let new = events
            .into_iter()
            .map(|event| {
                let (stream, object) = event.deed.about();
                NewEvent {
                    workspace: place.endpoint.workspace.clone(),
                    connection: place.endpoint.connection.clone(),
                    stream: stream.map(str::to_owned),
                    object: object.map(str::to_owned),
                    dedupe: event.dedupe,
                    topic: event.topic,
                    account: event.account,
                    body: event.body,
                    received_at: now,
                }
            })
            .collect();
        let (tell, told) = oneshot::channel();
        // whoever sent it may be gone before it is on disk
        self.inbox.put(new, move |kept| drop(tell.send(kept)));
        let kept = told.await.map_err(|_| Error::Stopped)??;
        if kept.known > 0 {
            self.counts.add(&place.endpoint.key, 0, kept.known);
        }
        if kept.new > 0 {
            self.wake.notify_one();
            self.note_active(place);
        }
        Ok(Answer::Taken)
    }

    /// Notes that the platform sends, where a person entered the address there: nothing else tells of it, and without
    /// it no loss would be counted.
    fn note_active(self: &Arc<Self>, place: &Arc<Place>) {
        if place.endpoint.active_since.is_some() || place.noted.swap(true, Ordering::Relaxed) {
            return;
        }
        let (this, place) = (Arc::clone(self), Arc::clone(place));
        drop(tokio::task::spawn_blocking(move || {
            if let Err(error) = this.runner.control.endpoint_active(&place.endpoint.key) {
                tracing::warn!(%error, "that the platform sends could not be noted");
            }
        }));
    }

    fn refuse(&self, place: &Place, refused: &Refused) -> Answer {
        let Place { endpoint, .. } = place;
        tracing::warn!(workspace = %endpoint.workspace, connection = %endpoint.connection, why = %refused,
            "a webhook was refused");
        self.counts.add(&endpoint.key, 1, 0);
        Answer::Unproved
    }

    async fn keep_secret(
        self: &Arc<Self>,
        place: &Arc<Place>,
        name: String,
        value: String,
    ) -> Result<(), Error> {
        let (this, place) = (Arc::clone(self), Arc::clone(place));
        let kept = tokio::task::spawn_blocking(move || {
            keys::replace(&this.runner.control, &place.connection, &name, &Secret::new(value))?;
            this.known.forget(&place.endpoint.key);
            Ok(())
        });
        kept.await.map_err(|error| Error::Thread(std::io::Error::other(error)))?
    }
}

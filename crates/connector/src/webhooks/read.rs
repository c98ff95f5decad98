//! Reading the events of a proved delivery.

use netgain_manifest::{Ask, Event, Within};
use netgain_mapping::word_of;
use sonic_rs::Value;

use super::parts::Parts;
use super::{Delivery, Inbound, Refused, crypto};
use crate::look::Look;

/// An event of a proved delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// By what a repetition is known: the platform's id of the event, or the hash of its bytes, with its topic.
    pub dedupe: String,
    /// Its name; empty where the delivery names none.
    pub topic: String,
    /// The account that it is about, where the manifest says where that stands.
    pub account: Option<String>,
    /// The event as JSON.
    pub body: Vec<u8>,
    /// What it asks for.
    pub deed: Deed,
}

/// What an event asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// A record of the stream, as JSON, takes the place of the stored one.
    Upsert {
        /// The stream.
        stream: String,
        /// Its key.
        object: String,
        /// The record.
        record: Vec<u8>,
    },
    /// The object is to be read.
    Refetch {
        /// The stream.
        stream: String,
        /// Its key, as far as the event tells it.
        object: String,
        /// Its id as the event says it.
        id: String,
        /// Further streams whose record of that id is to be read.
        with: Vec<String>,
    },
    /// The object is gone.
    Delete {
        /// The stream.
        stream: String,
        /// Its key.
        object: String,
    },
    /// The stream has news.
    Sync {
        /// The stream.
        stream: String,
    },
    /// Something is asked for about a person's data.
    Privacy {
        /// What.
        ask: Ask,
        /// The person's e-mail address.
        email: Option<String>,
        /// The person's phone number.
        phone: Option<String>,
        /// The customer's id at the platform.
        customer: Option<String>,
    },
    /// Nothing is asked for.
    Nothing,
    /// The event lacks what it should carry.
    Unclear(String),
}

impl Deed {
    /// The stream and the key of the object that it is about.
    #[must_use]
    pub fn about(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Upsert { stream, object, .. }
            | Self::Refetch { stream, object, .. }
            | Self::Delete { stream, object } => (Some(stream), Some(object)),
            Self::Sync { stream } => (Some(stream), None),
            Self::Privacy { .. } | Self::Nothing | Self::Unclear(_) => (None, None),
        }
    }
}

impl Inbound {
    /// The events of a delivery that was proved.
    ///
    /// # Errors
    /// [`Refused::Unreadable`] when the body is no document.
    pub fn events(&self, delivery: Delivery<'_>) -> Result<Vec<Incoming>, Refused> {
        let mut parts = Parts::new(delivery);
        let body = parts.body()?.clone();
        let Some(batch) = &self.section.batch else {
            return Ok(vec![self.event(&mut parts, &body, None)?]);
        };
        let events = Look::at(batch);
        events
            .all(&body)
            .into_iter()
            .enumerate()
            .map(|(at, event)| self.event(&mut parts, event, Some(at)))
            .collect()
    }

    /// What a kept event asks for; the same as when it came.
    ///
    /// # Errors
    /// [`Refused::Unreadable`] when it is no document.
    pub fn deed(&self, topic: &str, event: &[u8]) -> Result<Deed, Refused> {
        let unreadable = |problem: String| Refused::Unreadable(problem);
        let text = std::str::from_utf8(event).map_err(|_| unreadable("it is not UTF-8".to_owned()))?;
        let event = netgain_mapping::parse(text).map_err(|error| unreadable(error.to_string()))?;
        self.asked(topic, &event)
    }

    fn event(&self, parts: &mut Parts<'_>, event: &Value, at: Option<usize>) -> Result<Incoming, Refused> {
        let body = sonic_rs::to_vec(event).map_err(|error| Refused::Unreadable(error.to_string()))?;
        let topic = parts.first(&self.section.topic, Some(event)).unwrap_or_default();
        let own = self.section.dedupe.as_ref().and_then(|place| {
            let id = parts.first(place, Some(event))?;
            // an id of the whole delivery stands for each of its events
            Some(match at.filter(|_| place.place != Within::Event) {
                Some(at) => format!("{id}#{at}"),
                None => id,
            })
        });
        let id = own.unwrap_or_else(|| crypto::sha256_hex(&body));
        let account = self.section.route.as_ref().and_then(|route| parts.first(&route.account, Some(event)));
        let deed = self.asked(&topic, event)?;
        Ok(Incoming { dedupe: format!("{topic} {id}"), topic, account, body, deed })
    }

    fn asked(&self, topic: &str, event: &Value) -> Result<Deed, Refused> {
        let word = |path: &str| {
            Look::at(path).all(event).first().and_then(|value| word_of(value)).map(|word| word.into_owned())
        };
        let none = |path: &str| Deed::Unclear(format!("the event has no `{path}`"));
        Ok(match self.section.events.get(topic) {
            None | Some(Event::Ignore {}) => Deed::Nothing,
            Some(Event::Privacy { ask, email, phone, customer }) => {
                let told = |path: &Option<String>| {
                    path.as_deref()
                        .and_then(word)
                        .map(|word| word.trim().to_owned())
                        .filter(|word| !word.is_empty())
                };
                Deed::Privacy { ask: *ask, email: told(email), phone: told(phone), customer: told(customer) }
            }
            Some(Event::Sync { stream }) => Deed::Sync { stream: stream.clone() },
            Some(Event::Refetch { stream, id: path, with }) => match word(path) {
                Some(id) => {
                    let object = self.object(stream, &id);
                    Deed::Refetch { stream: stream.clone(), object, id, with: with.clone() }
                }
                None => none(path),
            },
            Some(Event::Delete { stream, id: path }) => match word(path) {
                Some(id) => Deed::Delete { stream: stream.clone(), object: self.object(stream, &id) },
                None => none(path),
            },
            Some(Event::Upsert { stream, record: path }) => {
                let found = Look::at(path);
                let Some(record) = found.all(event).into_iter().next() else { return Ok(none(path)) };
                let (key, _) = self.streams.get(stream).cloned().unwrap_or_default();
                let words: Option<Vec<String>> = key
                    .iter()
                    .map(|path| {
                        Look::at(path)
                            .all(record)
                            .first()
                            .and_then(|value| word_of(value))
                            .map(|word| self.object(stream, &word))
                    })
                    .collect();
                let Some(words) = words else { return Ok(none(&key.join("`, `"))) };
                let record =
                    sonic_rs::to_vec(record).map_err(|error| Refused::Unreadable(error.to_string()))?;
                Deed::Upsert { stream: stream.clone(), object: words.join(":"), record }
            }
        })
    }

    /// An id as the stream's key has it.
    fn object(&self, stream: &str, id: &str) -> String {
        let prefix = self.streams.get(stream).map_or("", |(_, prefix)| prefix.as_str());
        id.strip_prefix(prefix).unwrap_or(id).to_owned()
    }
}

//! What a provider sends by itself: how a delivery is proved, read, announced and applied.
//!
//! Three kinds of placeholders are this section's own. Templates of signed texts know `{body}` (the raw bytes), `{ts}`,
//! `{token}`, `{method}`, `{url}` and `{sorted_form}`. Requests of registration know `{webhook.address}`,
//! `{webhook.secret}`, `{webhook.topic}` and `{webhook.id}`. Requests for one object know `{event.id}` and
//! `{event.account}`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::Request;

/// What the provider sends and what is done with it.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    /// How a delivery proves that the provider sent it.
    pub verify: Verify,
    /// How the provider tests an address before it sends.
    #[serde(default)]
    pub handshake: Handshake,
    /// How the provider is told the address.
    #[serde(default)]
    pub register: Register,
    /// Path of the events in a body that carries several, such as `[]` or `entry[].changes[]`; without it the body is
    /// one event.
    pub batch: Option<String>,
    /// Where an event's name stands, a key of `events`.
    pub topic: At,
    /// Where an event's own id stands, by which a repetition is known; without it the bytes of the event count.
    pub dedupe: Option<At>,
    /// Which account an event belongs to, where one address receives those of several.
    pub route: Option<Route>,
    /// How one object of a stream is read, by the stream's name; for events with `do: refetch`.
    #[serde(default)]
    pub objects: BTreeMap<String, One>,
    /// What an event means, by its name. An event of another name is kept for a while and does nothing.
    pub events: BTreeMap<String, Event>,
}

/// Where a value stands in a delivery.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct At {
    /// The part of the delivery.
    pub place: Within,
    /// The header's or parameter's name, or the path.
    pub name: String,
    /// Removed from its front, such as `sha256=`; a value without it does not count.
    #[serde(default)]
    pub prefix: String,
    /// The key whose value is meant, where the text is a list `k=v,k=v`. Every value of that key counts.
    #[serde(default)]
    pub kv: String,
}

/// A part of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Within {
    /// A header.
    Header,
    /// A query parameter.
    Query,
    /// The whole body (JSON, or a form of which a path is one field).
    Body,
    /// The event: an element of `batch`, or the whole body.
    Event,
}

/// How a delivery proves its origin. Keys are named by the connection field or stored secret that holds them; a
/// secret that was replaced is accepted beside the new one for a day.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Verify {
    /// A keyed hash.
    Hmac {
        /// The hash.
        alg: HashAlg,
        /// The secret's name; `webhook_secret` is the one that registration agreed on.
        key: String,
        /// Removed from the front of the secret, such as `whsec_`, where what follows alone is the key.
        #[serde(default)]
        key_prefix: String,
        /// How the secret is written.
        #[serde(default)]
        key_encoding: Encoding,
        /// Template of the text that is hashed.
        #[serde(default = "body")]
        over: String,
        /// How the hash is written.
        encoding: Encoding,
        /// Where it stands.
        at: At,
        /// Where the time of sending stands, `{ts}`.
        timestamp: Option<Stamp>,
        /// Where a one-time word stands, `{token}`.
        token: Option<At>,
    },
    /// A signature that a public key proves.
    Signature {
        /// The algorithm.
        alg: SignatureAlg,
        /// The public key: SubjectPublicKeyInfo, base64 (PEM without its lines).
        key: PublicKey,
        /// Template of the text that is signed.
        #[serde(default = "body")]
        over: String,
        /// How the signature is written.
        encoding: Encoding,
        /// Where it stands.
        at: At,
        /// Where the time of sending stands, `{ts}`.
        timestamp: Option<Stamp>,
    },
    /// A fixed word.
    StaticToken {
        /// The secret's name.
        key: String,
        /// Where it stands.
        at: At,
    },
    /// `Authorization: Basic`.
    Basic {
        /// The connection field of the user name.
        user: String,
        /// The secret's name.
        password: String,
    },
    /// Nothing but the address is secret. What a body says is not believed: its events may only have the provider
    /// asked.
    None {
        /// Always true; said so that it is seen.
        must_refetch: bool,
    },
}

fn body() -> String {
    "{body}".to_owned()
}

/// A hash under HMAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum HashAlg {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// A signature algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignatureAlg {
    /// Ed25519.
    Ed25519,
    /// ECDSA on P-256 with SHA-256; the signature is DER.
    EcdsaP256,
    /// RSA PKCS#1 v1.5 with SHA-256, keys from 2048 bits.
    RsaSha256,
}

/// How bytes are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// As they are.
    #[default]
    Text,
    /// Hexadecimal, either case.
    Hex,
    /// Base64.
    Base64,
}

/// Where a public key comes from.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublicKey {
    /// The connection field that holds it; where it is filled in it counts before `fixed`.
    pub field: Option<String>,
    /// The provider's published key.
    pub fixed: Option<String>,
}

/// A time of sending.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    /// Where it stands.
    pub at: At,
    /// What it counts.
    #[serde(default)]
    pub unit: Unit,
    /// Seconds that it may lie before or after the time of arrival.
    #[serde(default = "five_minutes")]
    pub tolerance_s: u32,
}

fn five_minutes() -> u32 {
    300
}

/// What a time of sending counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Seconds since 1970.
    #[default]
    S,
    /// Milliseconds since 1970.
    Ms,
    /// An ISO 8601 text; without an offset it is UTC.
    Iso,
    /// A date as HTTP headers have it, such as `Thu, 04 Jan 2024 18:05:25 GMT`; a number alone is seconds since 1970.
    HttpDate,
}

/// How the provider tests an address.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Handshake {
    /// It does not.
    #[default]
    None,
    /// It wants its word back, as plain text.
    Echo {
        /// Where the word stands.
        challenge: At,
        /// Where it shows a word agreed on before; another one is refused.
        token: Option<At>,
        /// The secret's name that holds that word.
        #[serde(default = "webhook_secret")]
        key: String,
    },
    /// It wants the keyed hash of its word, in a JSON object.
    HmacReply {
        /// Where the word stands.
        challenge: At,
        /// The hash.
        alg: HashAlg,
        /// The secret's name.
        key: String,
        /// How the hash is written.
        encoding: Encoding,
        /// Put before the hash.
        #[serde(default)]
        prefix: String,
        /// The member of the reply that takes the hash.
        reply: String,
    },
    /// It wants the SHA-256 (hex) of its word, an agreed word and the address, in a JSON object.
    HashReply {
        /// Where the word stands.
        challenge: At,
        /// The secret's name that holds the agreed word.
        key: String,
        /// The member of the reply that takes the hash.
        reply: String,
    },
    /// Its first delivery brings the secret that later ones are signed with. It is taken while there is none.
    StoreToken {
        /// Where it stands.
        token: At,
        /// The secret's name to keep it under.
        key: String,
    },
}

fn webhook_secret() -> String {
    "webhook_secret".to_owned()
}

/// How the provider is told the address.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[allow(clippy::large_enum_variant, reason = "a manifest has one of them, read once")]
pub enum Register {
    /// A person enters it at the platform.
    #[default]
    Manual,
    /// Through the provider's interface.
    Api {
        /// Whether one subscription carries every event.
        #[serde(default)]
        each: Each,
        /// The provider's name of an event in a registration, where it differs from its name in a delivery. One that
        /// is mapped to an empty text is not registered.
        #[serde(default)]
        names: BTreeMap<String, String>,
        /// The call that creates a subscription.
        create: Request,
        /// Path of the subscription's id in its answer.
        id: String,
        /// Path of refusals inside a good answer, such as GraphQL `userErrors[].message`.
        errors: Option<String>,
        /// Path of the secret in its answer, where the provider chooses it; kept as `webhook_secret`. Otherwise the
        /// secret that `{webhook.secret}` names is made by us.
        secret: Option<String>,
        /// The call that lists the subscriptions that the provider still has.
        list: Option<Listed>,
        /// The call that ends a subscription.
        delete: Option<Request>,
        /// Days after which a subscription ends by itself; it is created anew, or renewed, a third of that before.
        lifetime_days: Option<u32>,
        /// The call that makes a subscription last longer, where there is one.
        renew: Option<Request>,
    },
}

/// What one subscription carries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Each {
    /// One event; `{webhook.topic}` names it.
    #[default]
    Topic,
    /// All events, which the request lists by itself.
    All,
}

/// How the subscriptions that are alive are found.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// The call. One page must hold them all.
    pub request: Request,
    /// Path of the subscriptions in the answer; empty for the body itself.
    #[serde(default)]
    pub records: String,
    /// Path of the id in a subscription.
    pub id: String,
    /// Path of a word in it that says that it is switched off, and those words.
    pub off: Option<Off>,
}

/// Words that mean that a subscription does not send.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Off {
    /// The path.
    pub path: String,
    /// The words.
    pub values: Vec<String>,
}

/// Which account an event belongs to.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Where the account's id stands.
    pub account: At,
    /// The connection field that holds the id. An event of an account of another connection of the workspace goes
    /// there; one of an unknown account does nothing.
    pub field: String,
}

/// How one object is read.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct One {
    /// The call, with `{event.id}` and `{event.account}`.
    pub request: Request,
    /// Path of the object in the answer; empty for the body itself. What is there is mapped by the stream's table, so
    /// it must look like a record of its listing.
    #[serde(default)]
    pub records: String,
}

/// What an event means.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// The event carries a record just as the stream's listing has it. An older version than the stored one changes
    /// nothing.
    Upsert {
        /// The stream.
        stream: String,
        /// Path of the record in the event; empty for the event itself.
        #[serde(default)]
        record: String,
    },
    /// The object is read by `objects.<stream>`.
    Refetch {
        /// The stream.
        stream: String,
        /// Path of the object's id in the event, `{event.id}`.
        id: String,
        /// Further streams that have a record of the same id, which is read by their `objects` as well.
        #[serde(default)]
        with: Vec<String>,
    },
    /// The object is gone.
    Delete {
        /// The stream.
        stream: String,
        /// Path of the stream's key in the event; the map's `key_prefix` is removed.
        id: String,
    },
    /// The event only says that something changed: the stream is read as at the next sync.
    Sync {
        /// The stream.
        stream: String,
    },
    /// A person, or the law, asks through the platform: it is noted, and what it asks for is done. An export waits for
    /// somebody who hands it out.
    Privacy {
        /// What is asked for.
        ask: Ask,
        /// Path of the person's e-mail address in the event.
        email: Option<String>,
        /// Path of the person's phone number in the event.
        phone: Option<String>,
        /// Path of the customer's id in the event.
        customer: Option<String>,
    },
    /// Nothing.
    Ignore {},
}

/// What a request about a person's data asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// What is stored of the person.
    Export,
    /// That the person is erased.
    Erase,
    /// That everybody of the connection is erased.
    EraseAll,
}

impl Event {
    /// The stream that it is about.
    #[must_use]
    pub fn stream(&self) -> Option<&str> {
        match self {
            Self::Upsert { stream, .. }
            | Self::Refetch { stream, .. }
            | Self::Delete { stream, .. }
            | Self::Sync { stream } => Some(stream),
            Self::Privacy { .. } | Self::Ignore {} => None,
        }
    }
}

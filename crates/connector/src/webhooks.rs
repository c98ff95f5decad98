//! What a platform sends by itself: proving that it did, answering its test of our address, and reading the events.
//! All of that is pure: the bytes as they came, the keys and the time go in, an answer comes out. Only telling the
//! platform where to send makes calls.

mod crypto;
mod handshake;
mod parts;
mod proof;
mod read;
mod subscribe;

use std::collections::BTreeMap;

use netgain_manifest::{Handshake, Manifest, PublicKey, Register, Verify, Webhooks};

use crate::Error;

pub use crypto::random_secret;
pub use read::{Deed, Incoming};
pub use subscribe::{Asked, Made};

/// A delivery as it came.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// The method, upper case.
    pub method: &'a str,
    /// The whole address as the platform knows it, query included.
    pub url: &'a str,
    /// Headers, names in any case.
    pub headers: &'a [(String, String)],
    /// The body's bytes; nothing may have touched them.
    pub body: &'a [u8],
}

/// Values that proofs need, by the name of the field or secret. Of a secret that was replaced both are there.
#[derive(Default, Clone)]
pub struct Keys(BTreeMap<String, Vec<String>>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

impl Keys {
    /// Adds a value of that name.
    pub fn add(&mut self, name: &str, value: String) {
        self.0.entry(name.to_owned()).or_default().push(value);
    }

    pub(crate) fn of(&self, name: &str) -> &[String] {
        self.0.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}

/// What a test of our address is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Plain text.
    Text(String),
    /// A JSON object.
    Json(String),
    /// An empty answer, once the secret that it brought is kept.
    Keep {
        /// The secret's name.
        name: String,
        /// The secret.
        value: String,
    },
}

/// Why a delivery is not taken. The text is for the log; who sent it learns nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The connection has no key to prove it with.
    #[error("the connection has no `{0}`: connect again with it, or register the webhooks anew")]
    NoKey(String),
    /// The delivery does not say what a proof needs.
    #[error("the delivery has no {0}")]
    Missing(&'static str),
    /// The proof is wrong.
    #[error("the signature does not fit")]
    Forged,
    /// It was signed too long before or after now.
    #[error("it was signed {0} s away from now")]
    Stale(i64),
    /// It is proved, of a connection that a person has ended.
    #[error("the connection was ended: remove the webhook at the platform")]
    Ended,
    /// The body is proved and cannot be read all the same.
    #[error("the body cannot be read: {0}")]
    Unreadable(String),
}

/// The `webhooks` section of a manifest, ready for use.
#[derive(Debug, Clone)]
pub struct Inbound {
    pub(crate) section: Webhooks,
    /// By stream: the paths of its key and the prefix that they lose.
    pub(crate) streams: BTreeMap<String, (Vec<String>, String)>,
}

impl Inbound {
    /// Prepares a manifest's section; none when it has none.
    ///
    /// # Errors
    /// [`Error::Setup`] when a published key cannot be read.
    pub fn new(manifest: &Manifest) -> Result<Option<Self>, Error> {
        let Some(section) = manifest.webhooks.clone() else { return Ok(None) };
        if let Verify::Signature { key: PublicKey { fixed: Some(key), .. }, .. } = &section.verify {
            crypto::public_key(key).ok_or_else(|| {
                Error::Setup("webhooks.verify.key.fixed is not a public key: correct the manifest".to_owned())
            })?;
        }
        let streams = manifest.streams.iter().map(|stream| {
            let prefix = stream.map.key_prefix.clone().unwrap_or_default();
            (stream.name.clone(), (stream.key.clone(), prefix))
        });
        Ok(Some(Self { section, streams: streams.collect() }))
    }

    /// Whether the platform passes on what persons ask for about their data.
    #[must_use]
    pub fn has_requests(&self) -> bool {
        self.section.events.values().any(|event| matches!(event, netgain_manifest::Event::Privacy { .. }))
    }

    /// The names of fields and secrets that [`Keys`] should hold.
    #[must_use]
    pub fn key_names(&self) -> Vec<String> {
        let mut names: Vec<&String> = match &self.section.verify {
            Verify::Hmac { key, .. } | Verify::StaticToken { key, .. } => vec![key],
            Verify::Signature { key, .. } => key.field.iter().collect(),
            Verify::Basic { user, password } => vec![user, password],
            Verify::None { .. } => Vec::new(),
        };
        match &self.section.handshake {
            Handshake::Echo { token: None, .. } | Handshake::None => {}
            Handshake::Echo { key, .. }
            | Handshake::HmacReply { key, .. }
            | Handshake::HashReply { key, .. }
            | Handshake::StoreToken { key, .. } => names.push(key),
        }
        names.sort();
        names.dedup();
        names.into_iter().cloned().collect()
    }

    /// How the platform is told our address.
    #[must_use]
    pub fn register(&self) -> &Register {
        &self.section.register
    }

    /// The section itself.
    #[must_use]
    pub fn section(&self) -> &Webhooks {
        &self.section
    }
}

//! Answering a platform's test of our address.

use netgain_manifest::Handshake;

use super::parts::Parts;
use super::{Delivery, Inbound, Keys, Refused, Reply, crypto};

impl Inbound {
    /// The answer to a test of the address; none when the delivery is no such test.
    ///
    /// # Errors
    /// [`Refused`] when it is one and does not show the agreed word, or there is no key to answer with.
    pub fn handshake(&self, delivery: Delivery<'_>, keys: &Keys) -> Result<Option<Reply>, Refused> {
        let mut parts = Parts::new(delivery);
        match &self.section.handshake {
            Handshake::None => Ok(None),
            Handshake::Echo { challenge, token, key } => {
                let Some(word) = parts.first(challenge, None) else { return Ok(None) };
                if let Some(token) = token {
                    let shown = parts.first(token, None).ok_or(Refused::Missing("token"))?;
                    let known = keys.of(key);
                    if known.is_empty() {
                        return Err(Refused::NoKey(key.clone()));
                    }
                    if !known.iter().any(|one| crypto::same(one.as_bytes(), shown.as_bytes())) {
                        return Err(Refused::Forged);
                    }
                }
                Ok(Some(Reply::Text(word)))
            }
            Handshake::HmacReply { challenge, alg, key, encoding, prefix, reply } => {
                let Some(word) = parts.first(challenge, None) else { return Ok(None) };
                let key = keys.of(key).first().ok_or_else(|| Refused::NoKey(key.clone()))?;
                let hash = crypto::keyed_hash(*alg, key.as_bytes(), word.as_bytes());
                let hash = format!("{prefix}{}", crypto::encode(*encoding, &hash));
                Ok(Some(Reply::Json(serde_json::json!({ reply: hash }).to_string())))
            }
            Handshake::HashReply { challenge, key, reply } => {
                let Some(word) = parts.first(challenge, None) else { return Ok(None) };
                let key = keys.of(key).first().ok_or_else(|| Refused::NoKey(key.clone()))?;
                let address = delivery.url.split('?').next().unwrap_or_default();
                let hash = crypto::sha256_hex(format!("{word}{key}{address}").as_bytes());
                Ok(Some(Reply::Json(serde_json::json!({ reply: hash }).to_string())))
            }
            Handshake::StoreToken { token, key } => {
                // once there is one, nobody may put another in its place
                if !keys.of(key).is_empty() {
                    return Ok(None);
                }
                let value = parts.first(token, None).filter(|value| !value.is_empty());
                Ok(value.map(|value| Reply::Keep { name: key.clone(), value }))
            }
        }
    }
}

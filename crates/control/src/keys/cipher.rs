//! Sealing bytes for a place with a key of 32 bytes.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Long enough to be drawn at random for every secret without ever meeting itself.
const NONCE: usize = 24;
/// Bytes of a key.
pub(crate) const KEY: usize = 32;

/// A key that is ready to seal and open. Never printed.
pub(crate) struct Cipher(XChaCha20Poly1305);

impl Cipher {
    /// None unless it is 32 bytes.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        XChaCha20Poly1305::new_from_slice(key).ok().map(Self)
    }

    /// Seals bytes for one place: they open nowhere else.
    pub(crate) fn seal(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|error| Error::Random(error.to_string()))?;
        let payload = Payload { msg: plain, aad: place.as_bytes() };
        let sealed = self
            .0
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| Error::Random("sealing failed".to_owned()))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Opens what was sealed for this place; nothing if the key, the place or a byte differs.
    pub(crate) fn open(&self, place: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        self.0.decrypt(XNonce::from_slice(nonce), payload).ok().map(Zeroizing::new)
    }
}

/// A fresh key.
pub(crate) fn random_key() -> Result<Zeroizing<[u8; KEY]>> {
    let mut bytes = Zeroizing::new([0; KEY]);
    getrandom::fill(&mut bytes[..]).map_err(|error| Error::Random(error.to_string()))?;
    Ok(bytes)
}

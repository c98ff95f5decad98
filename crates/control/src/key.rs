//! The key that seals secrets: made once, kept beside the store, never shown.

use std::io::{Read, Write};
use std::path::Path;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::files::{io, private_file, random_hex};

/// First byte of a sealed secret, so that another form can follow.
const FORM: u8 = 1;
/// Long enough to be drawn at random for every secret without ever meeting itself.
const NONCE: usize = 24;
const KEY: usize = 32;

/// Seals and opens secrets.
pub(crate) struct Key(XChaCha20Poly1305);

impl Key {
    /// Reads the key file, or makes it. Of two processes that make it at once, one wins and both use its key.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        if !path.exists() {
            make(path)?;
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(KEY));
        let file = std::fs::File::open(path).map_err(io("open", path))?;
        file.take(KEY as u64 + 1).read_to_end(&mut bytes).map_err(io("read", path))?;
        let cipher = XChaCha20Poly1305::new_from_slice(&bytes)
            .map_err(|_| Error::KeyFile(path.display().to_string()))?;
        Ok(Self(cipher))
    }

    /// Seals a text for one place: it opens nowhere else.
    pub(crate) fn seal(&self, place: &str, plain: &str) -> Result<Vec<u8>> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|error| Error::Random(error.to_string()))?;
        let payload = Payload { msg: plain.as_bytes(), aad: place.as_bytes() };
        let sealed = self
            .0
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| Error::Random("sealing failed".to_owned()))?;
        Ok([&[FORM][..], &nonce, &sealed].concat())
    }

    /// Opens what was sealed for this place; nothing if the key, the place or a byte differs.
    pub(crate) fn open_sealed(&self, place: &str, sealed: &[u8]) -> Option<Zeroizing<String>> {
        let (form, rest) = sealed.split_first()?;
        let (nonce, sealed) = rest.split_at_checked(NONCE)?;
        if *form != FORM {
            return None;
        }
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        let plain = self.0.decrypt(XNonce::from_slice(nonce), payload).ok()?;
        match String::from_utf8(plain) {
            Ok(text) => Some(Zeroizing::new(text)),
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                None
            }
        }
    }
}

/// Writes the key aside and links it into place, so that nobody ever reads half a key.
fn make(path: &Path) -> Result<()> {
    let mut bytes = Zeroizing::new([0; KEY]);
    getrandom::fill(&mut bytes[..]).map_err(|error| Error::Random(error.to_string()))?;
    let aside = path.with_extension(random_hex::<8>()?);
    let mut file = private_file(&aside, true).map_err(io("create", &aside))?;
    let written = file.write_all(&bytes[..]).and_then(|()| file.sync_all()).map_err(io("write", &aside));
    let linked = written.and_then(|()| match std::fs::hard_link(&aside, path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(io("create", path)(error)),
        _ => Ok(()),
    });
    std::fs::remove_file(&aside).map_err(io("remove", &aside))?;
    linked
}

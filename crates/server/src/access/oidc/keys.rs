//! The provider's keys (RFC 7517), and the signatures that they check (RFC 7515 with RS256 or ES256). A token says itself
//! which algorithm it has, so only those two are taken, and each by a key of its own kind alone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;

use super::OidcError;

/// Why a signature cannot be checked, when its key is not known.
pub(super) const NO_KEY: &str = "it was signed with a key that the provider does not list";

/// The keys that a provider lists.
pub(super) struct KeySet(Vec<Key>);

struct Key {
    id: Option<String>,
    kind: Kind,
}

enum Kind {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
}

#[derive(Deserialize)]
struct Listed {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

fn bytes(text: Option<&String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text?).ok()
}

impl Listed {
    /// The key, if it is of a kind that is known here and for signatures.
    fn key(&self) -> Option<Key> {
        if self.used_for.as_deref().is_some_and(|used_for| used_for != "sig") {
            return None;
        }
        let kind = match self.kty.as_str() {
            "RSA" => Kind::Rsa { n: bytes(self.n.as_ref())?, e: bytes(self.e.as_ref())? },
            "EC" if self.crv.as_deref() == Some("P-256") => {
                let (x, y) = (bytes(self.x.as_ref())?, bytes(self.y.as_ref())?);
                // 4 says that both coordinates follow
                Kind::P256([&[4][..], &x, &y].concat())
            }
            _ => return None,
        };
        Some(Key { id: self.kid.clone(), kind })
    }
}

impl KeySet {
    /// Reads a list of keys; those of other kinds are left out.
    pub(super) fn read(body: &[u8]) -> Result<Self, OidcError> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<serde_json::Value>,
        }
        let set: Set =
            serde_json::from_slice(body).map_err(|error| OidcError::Description(error.to_string()))?;
        let listed = set.keys.into_iter().filter_map(|key| serde_json::from_value::<Listed>(key).ok());
        Ok(Self(listed.filter_map(|key| key.key()).collect()))
    }

    /// The payload of a token whose signature is right.
    pub(super) fn verified(&self, token: &str) -> Result<Vec<u8>, OidcError> {
        #[derive(Deserialize)]
        struct Header {
            alg: String,
            kid: Option<String>,
            crit: Option<serde_json::Value>,
        }
        const SHAPE: OidcError = OidcError::Token("it does not have three parts of base64url");
        let (signed, signature) = token.rsplit_once('.').ok_or(SHAPE)?;
        let (header, payload) = signed.split_once('.').ok_or(SHAPE)?;
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| SHAPE);
        let (header, payload, signature) = (decoded(header)?, decoded(payload)?, decoded(signature)?);
        let header: Header = serde_json::from_slice(&header).map_err(|_| SHAPE)?;
        if header.crit.is_some() {
            return Err(OidcError::Token("it demands extensions that are not known here"));
        }
        let fits = |key: &&Key| header.kid.is_none() || key.id == header.kid;
        let mut found = false;
        for key in self.0.iter().filter(fits) {
            let right = match (&key.kind, header.alg.as_str()) {
                (Kind::Rsa { n, e }, "RS256") => RsaPublicKeyComponents { n, e }
                    .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
                    .is_ok(),
                (Kind::P256(point), "ES256") => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
                    .verify(signed.as_bytes(), &signature)
                    .is_ok(),
                _ => continue,
            };
            found = true;
            if right {
                return Ok(payload);
            }
        }
        Err(OidcError::Token(if found { "its signature is wrong" } else { NO_KEY }))
    }
}

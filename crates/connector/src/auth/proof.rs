//! Whether a way back from a sign-in is the platform's own, for the account that was asked for.

use std::collections::BTreeMap;

use hmac::{Hmac, Mac};
use netgain_manifest::{CallbackProof, Oauth2};
use sha2::Sha256;

use super::Tokens;
use crate::Error;
use crate::template::fill;

impl Tokens {
    /// Checks the parameters that a person came back with, before anything of them is used.
    ///
    /// # Errors
    /// [`Error::Forged`] with what is wrong and what helps; [`Error::Setup`] without the app's secret.
    pub(super) fn prove_way_back(
        &self,
        oauth: &Oauth2,
        callback: &BTreeMap<String, String>,
    ) -> Result<(), Error> {
        let Some(proof) = &oauth.callback_proof else { return Ok(()) };
        let name = &self.manifest.name;
        if let Some(param) = &proof.hmac {
            let secret = self.client_secret(oauth)?.unwrap_or_default();
            if !is_signed(proof, param, callback, &secret) {
                return Err(Error::Forged(format!(
                    "the way back is not signed by {name} with this app's client_secret: check that client_id and \
                     client_secret belong together, then begin the sign-in again"
                )));
            }
        }
        let vars = self.vars();
        for (param, expected) in &proof.equals {
            let expected = fill(expected, &vars)?.unwrap_or_default();
            if callback.get(param) != Some(&expected) {
                return Err(Error::Forged(format!(
                    "{name} sent the person back with another `{param}` than `{expected}`: begin the sign-in again \
                     and grant access for just this one"
                )));
            }
        }
        Ok(())
    }
}

/// Whether the signature in `param` is that of all other parameters. The texts are compared by the MAC itself, in the
/// same time whatever they are.
fn is_signed(proof: &CallbackProof, param: &str, callback: &BTreeMap<String, String>, secret: &str) -> bool {
    let Some(given) = callback.get(param).and_then(|given| bytes_of(given)) else { return false };
    let signed = callback.iter().filter(|(name, _)| *name != param && !proof.unsigned.contains(name));
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(signed);
    // without a secret everybody could sign
    let Some(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok().filter(|_| !secret.is_empty())
    else {
        return false;
    };
    mac.update(text.finish().as_bytes());
    mac.verify_slice(&given).is_ok()
}

/// The bytes of a hexadecimal text.
fn bytes_of(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    digits.chunks(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: [(&str, &str); 4] = [
        ("code", "0907a61c0c8d55e99db179b68161bc00"),
        ("shop", "some-shop.myshopify.com"),
        ("state", "0.6784241404160823"),
        ("timestamp", "1337178173"),
    ];
    /// HMAC-SHA256 of that query under `hush`, as the platform that signs so documents it.
    const SIGNATURE: &str = "700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf";

    fn proof() -> CallbackProof {
        CallbackProof {
            hmac: Some("hmac".to_owned()),
            unsigned: vec!["note".to_owned()],
            equals: BTreeMap::new(),
        }
    }

    fn signed(secret: &str, signature: &str, changed: &[(&str, &str)]) -> bool {
        let signature = [("hmac", signature)];
        let all = QUERY.iter().chain(&signature).chain(changed);
        let all = all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        is_signed(&proof(), "hmac", &all, secret)
    }

    #[test]
    fn only_what_was_signed_with_the_secret_counts() {
        assert!(signed("hush", SIGNATURE, &[]));
        assert!(signed("hush", &SIGNATURE.to_uppercase(), &[]));
        assert!(signed("hush", SIGNATURE, &[("note", "is not signed")]));
        for (secret, signature, changed) in [
            ("other", SIGNATURE, vec![]),
            ("", SIGNATURE, vec![]),
            ("hush", "", vec![]),
            ("hush", "7", vec![]),
            ("hush", "zz", vec![]),
            ("hush", &SIGNATURE[..62], vec![]),
            ("hush", SIGNATURE, vec![("shop", "other-shop.myshopify.com")]),
            ("hush", SIGNATURE, vec![("code", "another")]),
            ("hush", SIGNATURE, vec![("host", "added")]),
            // would read the same if it were not encoded
            (
                "hush",
                SIGNATURE,
                vec![("code", "0907a61c0c8d55e99db179b68161bc00&shop=some-shop.myshopify.com")],
            ),
        ] {
            assert!(!signed(secret, signature, &changed), "{secret} {signature} {changed:?}");
        }
    }

    #[test]
    fn values_are_signed_as_a_form_writes_them() {
        // computed with `hmac` and `urllib.parse.urlencode` of Python
        let all: BTreeMap<String, String> = [
            ("host", "YWRtaW4uc2hvcC5jb20vc3RvcmU="),
            ("shop", "a b&c=d.example"),
            ("hmac", "ff0417f6153dc6641d7d0a26d22c67df2d0e095f47467021cf60d85d741b2047"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        assert!(is_signed(&proof(), "hmac", &all, "hush"));
    }
}

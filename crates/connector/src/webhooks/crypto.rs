//! Hashes, signatures and keys, all by one library.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use netgain_manifest::{Encoding, HashAlg, SignatureAlg};
use ring::{digest, hmac, signature};

/// The keyed hash of the parts, one after the other.
pub(super) fn keyed_hash(alg: HashAlg, key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(algorithm(alg), key), text).as_ref().to_vec()
}

/// Whether `tag` is the keyed hash of the text; takes as long for any wrong one.
pub(super) fn keyed_hash_fits(alg: HashAlg, key: &[u8], text: &[u8], tag: &[u8]) -> bool {
    hmac::verify(&hmac::Key::new(algorithm(alg), key), text, tag).is_ok()
}

fn algorithm(alg: HashAlg) -> hmac::Algorithm {
    match alg {
        HashAlg::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        HashAlg::Sha256 => hmac::HMAC_SHA256,
        HashAlg::Sha512 => hmac::HMAC_SHA512,
    }
}

/// Whether two words are the same; how long it takes tells nothing of where they differ.
pub(super) fn same(one: &[u8], other: &[u8]) -> bool {
    // compared are keyed hashes, which nobody outside can steer
    let key = hmac::Key::new(hmac::HMAC_SHA256, one);
    hmac::verify(&key, other, hmac::sign(&key, one).as_ref()).is_ok()
}

/// SHA-256 in lower-case hex.
pub(super) fn sha256_hex(text: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, text).as_ref())
}

/// Whether a signature is right under a public key (what [`public_key`] found).
pub(super) fn signature_fits(alg: SignatureAlg, key: &[u8], text: &[u8], tag: &[u8]) -> bool {
    let how: &dyn signature::VerificationAlgorithm = match alg {
        SignatureAlg::Ed25519 => &signature::ED25519,
        SignatureAlg::EcdsaP256 => &signature::ECDSA_P256_SHA256_ASN1,
        SignatureAlg::RsaSha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
    };
    signature::UnparsedPublicKey::new(how, key).verify(text, tag).is_ok()
}

/// The key inside a SubjectPublicKeyInfo, given as base64 or PEM: what stands in its bit string.
pub(super) fn public_key(text: &str) -> Option<Vec<u8>> {
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    let info = STANDARD.decode(body.trim()).ok()?;
    let (0x30, inside, []) = element(&info)? else { return None };
    let (0x30, _, rest) = element(inside)? else { return None };
    let (0x03, bits, []) = element(rest)? else { return None };
    bits.strip_prefix(&[0]).map(<[u8]>::to_vec)
}

/// The first DER element: its tag, its contents and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (inside, rest) = rest.split_at_checked(length)?;
    Some((tag, inside, rest))
}

/// Bytes as they are written.
pub(super) fn encode(encoding: Encoding, bytes: &[u8]) -> String {
    match encoding {
        Encoding::Text => String::from_utf8_lossy(bytes).into_owned(),
        Encoding::Hex => hex(bytes),
        Encoding::Base64 => STANDARD.encode(bytes),
    }
}

/// Written bytes; none when they are not written so.
pub(super) fn decode(encoding: Encoding, text: &str) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Text => Some(text.as_bytes().to_vec()),
        Encoding::Base64 => {
            let text = text.trim();
            STANDARD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text)).ok()
        }
        Encoding::Hex => {
            let digits: Vec<u8> = text
                .trim()
                .chars()
                .map(|digit| digit.to_digit(16).map(|digit| digit as u8))
                .collect::<Option<_>>()?;
            let pairs = digits.chunks_exact(2);
            pairs
                .remainder()
                .is_empty()
                .then(|| pairs.map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit)).collect())
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A new secret: 32 random bytes in hex.
///
/// # Errors
/// When the system gives no random bytes.
pub fn random_secret() -> Result<String, crate::Error> {
    let mut bytes = [0_u8; 32];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes).map_err(|_| {
        crate::Error::Setup("the system gives no random bytes: check its random source".to_owned())
    })?;
    Ok(hex(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_as_they_are_written() {
        for encoding in [Encoding::Hex, Encoding::Base64, Encoding::Text] {
            assert_eq!(decode(encoding, &encode(encoding, b"a\x7fz")).unwrap(), b"a\x7fz");
        }
        assert_eq!(decode(Encoding::Hex, "0Aff").unwrap(), [10, 255]);
        for bad in ["0", "zz", "0x"] {
            assert_eq!(decode(Encoding::Hex, bad), None, "{bad}");
        }
        assert_eq!(decode(Encoding::Base64, "?"), None);
    }

    #[test]
    fn words_are_the_same_or_not() {
        assert!(same(b"secret", b"secret"));
        for other in [&b"secreT"[..], b"secre", b"secrets", b""] {
            assert!(!same(b"secret", other));
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "QUJD", "MCowBQYDK2VwAyEA", "?"] {
            assert_eq!(public_key(text), None, "{text}");
        }
        let key = "MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg=";
        assert_eq!(public_key(key).unwrap().len(), 32);
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----\n");
        assert_eq!(public_key(&pem), public_key(key));
    }
}

//! The codes of an authenticator app.

use netgain_control::Secret;
use netgain_domain::jiff::Timestamp;

/// The code that an app shows, worked out from the secret as it is typed.
pub fn code(secret: &Secret, at: Timestamp) -> String {
    let key = ring_key(secret.expose());
    let counter = (at.as_second() / 30).to_be_bytes();
    let tag = ring::hmac::sign(&key, &counter);
    let bytes = tag.as_ref();
    let offset = usize::from(bytes[19] & 15);
    let number = u32::from_be_bytes(bytes[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

fn ring_key(base32: &str) -> ring::hmac::Key {
    let mut bits = String::new();
    for letter in base32.bytes() {
        let value = if letter.is_ascii_uppercase() { letter - b'A' } else { letter - b'2' + 26 };
        bits.push_str(&format!("{value:05b}"));
    }
    let bytes: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect();
    ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes)
}

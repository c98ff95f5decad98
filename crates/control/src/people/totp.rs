//! Codes that change every 30 seconds (RFC 6238 over RFC 4226, SHA-1, six digits: what every authenticator app knows).

use ring::hmac;

/// Seconds for which one code stands.
pub(crate) const STEP: i64 = 30;
/// Digits of a code.
const DIGITS: u32 = 6;
/// Steps by which a clock may be off to either side.
const DRIFT: i64 = 1;
/// Bytes of a secret: as many as SHA-1 gives (RFC 4226, section 4).
pub(crate) const SECRET: usize = 20;

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The number of a step (RFC 4226, section 5.3).
fn code(secret: &[u8], step: i64, digits: u32) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let offset = usize::from(bytes.last().copied().unwrap_or_default() & 0x0f);
    let part = bytes.iter().skip(offset).take(4).fold(0, |sum: u32, byte| sum << 8 | u32::from(*byte));
    (part & 0x7fff_ffff) % 10_u32.pow(digits)
}

/// The step whose code was given, if it is near `now` (seconds since 1970) and after the newest that was used.
pub(crate) fn accepted(secret: &[u8], given: &str, now: i64, used: i64) -> Option<i64> {
    let given: String = given.chars().filter(|letter| *letter != ' ').collect();
    if given.len() != DIGITS as usize || !given.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let given: u32 = given.parse().ok()?;
    let step = now.div_euclid(STEP);
    let mut steps = step - DRIFT..=step + DRIFT;
    steps.find(|step| *step > used && code(secret, *step, DIGITS) == given)
}

/// The code that an app shows at `now` (seconds since 1970).
#[cfg(test)]
pub(crate) fn shown(secret: &[u8], now: i64) -> String {
    format!("{:06}", code(secret, now.div_euclid(STEP), DIGITS))
}

/// Bytes in base32 without padding (RFC 4648), as apps take a secret.
pub(crate) fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut buffer, mut bits) = (0_u32, 0);
    for byte in bytes {
        buffer = buffer << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(ALPHABET[(buffer >> bits & 31) as usize]));
        }
        buffer &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.push(char::from(ALPHABET[(buffer << (5 - bits) & 31) as usize]));
    }
    text
}

/// Reads [`base32`] back.
pub(crate) fn from_base32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut buffer, mut bits) = (0_u32, 0);
    for letter in text.bytes() {
        let value = ALPHABET.iter().position(|known| *known == letter)?;
        buffer = buffer << 5 | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(buffer >> bits & 0xff).ok()?);
        }
        buffer &= (1 << bits) - 1;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the column of SHA-1: eight digits.
    #[test]
    fn codes_are_those_of_rfc_6238() {
        let secret = b"12345678901234567890";
        for (seconds, expected) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            assert_eq!(code(secret, seconds / STEP, 8), expected, "{seconds}");
        }
    }

    /// RFC 4226, appendix D: six digits by counter.
    #[test]
    fn codes_are_those_of_rfc_4226() {
        let secret = b"12345678901234567890";
        let expected =
            [755_224, 287_082, 359_152, 969_429, 338_314, 254_676, 287_922, 162_583, 399_871, 520_489];
        for (counter, expected) in expected.into_iter().enumerate() {
            assert_eq!(code(secret, i64::try_from(counter).unwrap(), 6), expected);
        }
    }

    #[test]
    fn a_code_counts_once_and_near_its_time_alone() {
        let secret = b"12345678901234567890";
        let now = 1_700_000_010;
        let given = shown(secret, now);
        let step = accepted(secret, &given, now, 0).unwrap();
        assert_eq!(accepted(secret, &given, now, step), None, "replayed");
        assert_eq!(accepted(secret, &given, now + STEP, 0), Some(step), "a slow clock");
        assert_eq!(accepted(secret, &given, now - STEP, 0), Some(step), "a fast clock");
        assert_eq!(accepted(secret, &given, now + 2 * STEP, 0), None);
        assert_eq!(accepted(secret, &format!("{} {}", &given[..3], &given[3..]), now, 0), Some(step));
        for wrong in ["", "12345", "1234567", "abcdef", "+12345"] {
            assert_eq!(accepted(secret, wrong, now, 0), None, "{wrong}");
        }
    }

    /// RFC 4648, section 10.
    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (plain, text) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32(plain.as_bytes()), text);
            assert_eq!(from_base32(text).unwrap(), plain.as_bytes());
        }
        assert_eq!(from_base32("MZ1"), None);
    }
}

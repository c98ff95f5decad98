//! Passwords: argon2id with the parameters that OWASP's Password Storage Cheat Sheet names first (m = 19 MiB, t = 2,
//! p = 1). A stored one that was made with others still opens, and is made anew when its owner signs in.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

use super::Refused;
use crate::error::{Error, Result};

/// Memory in KiB.
const MEMORY: u32 = 19 * 1024;
/// Passes over it.
const PASSES: u32 = 2;
/// Lanes.
const LANES: u32 = 1;
/// Characters that a password has at least.
const SHORTEST: usize = 12;
/// Bytes that a password has at most: a longer one would only make work.
const LONGEST: usize = 512;

/// Checks that a new password can be used, and hashes it.
///
/// # Errors
/// [`Refused::Field`] for one that is too short, too long or the e-mail itself.
pub(crate) fn hash(password: &str, email: &str) -> Result<String> {
    let letters = password.chars().count();
    if letters < SHORTEST || password.len() > LONGEST {
        let message =
            format!("has {letters} characters: use {SHORTEST} or more, and at most {LONGEST} bytes");
        return Err(Refused::field("password", message).into());
    }
    let mut kinds: Vec<char> = password.chars().collect();
    kinds.sort_unstable();
    kinds.dedup();
    if password.eq_ignore_ascii_case(email) || kinds.len() < 4 {
        let message = "is easily guessed: use several words, or let a password manager choose";
        return Err(Refused::field("password", message).into());
    }
    hashed(password)
}

fn hashed(password: &str) -> Result<String> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|error| Error::Random(error.to_string()))?;
    let salt = SaltString::encode_b64(&salt).map_err(failed)?;
    let hash = hasher()?.hash_password(password.as_bytes(), &salt).map_err(failed)?;
    Ok(hash.to_string())
}

/// Whether a password is the one of this hash. Without a hash the same work is done and the answer is no, so that nobody
/// learns from the time whether an account exists.
///
/// # Errors
/// When a stored hash cannot be read.
pub(crate) fn verify(password: &str, stored: Option<&str>) -> Result<bool> {
    // a long text is not worth hashing; no stored password is that long
    let usable = password.len() <= LONGEST;
    let password = if usable { password } else { "" };
    let Some(stored) = stored else {
        let salt = SaltString::from_b64("bm9ib2R5IGhhcyB0aGlz").map_err(failed)?;
        hasher()?.hash_password(password.as_bytes(), &salt).map_err(failed)?;
        return Ok(false);
    };
    let stored = PasswordHash::new(stored)
        .map_err(|error| Error::Stored { column: "people.password", reason: error.to_string() })?;
    Ok(hasher()?.verify_password(password.as_bytes(), &stored).is_ok() && usable)
}

/// Whether a stored hash was made with other parameters than today's.
pub(crate) fn outdated(stored: &str) -> bool {
    !stored.starts_with(&format!("$argon2id$v=19$m={MEMORY},t={PASSES},p={LANES}$"))
}

/// Hashes a password that was right with today's parameters.
pub(crate) fn again(password: &str) -> Result<String> {
    hashed(password)
}

fn hasher() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY, PASSES, LANES, None)
        .map_err(|error| Error::Random(format!("hashing a password failed: {error}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn failed(error: argon2::password_hash::Error) -> Error {
    Error::Random(format!("hashing a password failed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_opens_its_own_hash_alone() {
        let first = hash("correct horse battery", "ada@example.com").unwrap();
        let second = hash("correct horse battery", "ada@example.com").unwrap();
        assert_ne!(first, second, "salted");
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{first}");
        assert!(!outdated(&first) && outdated("$argon2id$v=19$m=4096,t=3,p=1$c2FsdA$aGFzaA"));
        assert!(verify("correct horse battery", Some(&first)).unwrap());
        assert!(!verify("correct horse batterz", Some(&first)).unwrap());
        assert!(!verify("nobody has this password", None).unwrap());
        assert!(verify("x", Some("not a hash")).is_err());
    }

    #[test]
    fn passwords_that_are_easily_guessed_are_refused() {
        for weak in ["short", "aaaaaaaaaaaaaaa", "ada@example.com", &"long".repeat(200)] {
            assert!(hash(weak, "ada@example.com").is_err(), "{weak}");
        }
    }
}

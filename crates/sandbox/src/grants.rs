//! Codes and tokens of an OAuth 2 authorization server, on the world's clock.
use crate::secrets::encode;
use crate::world::shop::Seconds;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How long what is issued lives, and what a refresh does.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Seconds that a code lives.
    pub code_life: Seconds,
    /// Seconds that an access token lives.
    pub access_life: Seconds,
    /// Whether a code can only be had, and redeemed, with a proof key.
    pub needs_proof: bool,
    /// Whether a refresh token is replaced when it is used.
    pub rotates: bool,
}

/// What was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Opens the API.
    pub access: String,
    /// Gets the next access token.
    pub refresh: String,
    /// What was granted, as it was asked for.
    pub scope: String,
}

/// Why nothing was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The code is unknown, used or too old.
    Code,
    /// The code was sent to another address.
    Redirect,
    /// The verifier does not fit the challenge.
    Proof,
    /// The refresh token is unknown or revoked.
    Refresh,
}

/// What an access token is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It opens the API.
    Good,
    /// It did until this moment.
    Expired(Seconds),
    /// It was never issued or has been revoked.
    Unknown,
}

struct Code {
    redirect: String,
    challenge: Option<String>,
    scope: String,
    until: Seconds,
}

struct Access {
    until: Seconds,
    /// The refresh token it goes back to.
    root: String,
}

#[derive(Default)]
struct Given {
    count: u64,
    codes: HashMap<String, Code>,
    access: HashMap<String, Access>,
    /// Scope by refresh token.
    refresh: HashMap<String, String>,
}

/// Everything issued since the start.
pub struct Grants {
    policy: Policy,
    salt: String,
    given: Mutex<Given>,
}

impl Grants {
    /// A server that knows one refresh token from before; `salt` makes its tokens its own.
    pub fn new(policy: Policy, salt: String, refresh: &str, scope: &str) -> Grants {
        let refresh = [(refresh.to_owned(), scope.to_owned())].into();
        Grants { policy, salt, given: Mutex::new(Given { refresh, ..Given::default() }) }
    }

    /// Seconds that an access token lives.
    pub fn access_life(&self) -> Seconds {
        self.policy.access_life
    }

    /// Issues a code for the address it is sent to; none without the proof key that the policy asks for.
    pub fn code(&self, redirect: &str, challenge: Option<&str>, scope: &str, now: Seconds) -> Option<String> {
        if self.policy.needs_proof && challenge.is_none() {
            return None;
        }
        let mut given = self.lock();
        let code = self.fresh(&mut given);
        let entry = Code {
            redirect: redirect.to_owned(),
            challenge: challenge.map(str::to_owned),
            scope: scope.to_owned(),
            until: now + self.policy.code_life,
        };
        given.codes.insert(code.clone(), entry);
        Some(code)
    }

    /// Turns a code into tokens, once.
    pub fn redeem(
        &self,
        code: &str,
        redirect: &str,
        verifier: Option<&str>,
        now: Seconds,
    ) -> Result<Tokens, Refusal> {
        let mut given = self.lock();
        let code = given.codes.remove(code).filter(|code| now < code.until).ok_or(Refusal::Code)?;
        if code.redirect != redirect {
            return Err(Refusal::Redirect);
        }
        if let Some(challenge) = code.challenge {
            let digest = Sha256::digest(verifier.unwrap_or_default().as_bytes());
            if URL_SAFE_NO_PAD.encode(digest) != challenge {
                return Err(Refusal::Proof);
            }
        }
        let refresh = self.fresh(&mut given);
        given.refresh.insert(refresh.clone(), code.scope);
        self.issue(&mut given, refresh, now)
    }

    /// Turns a refresh token into an access token.
    pub fn refresh(&self, token: &str, now: Seconds) -> Result<Tokens, Refusal> {
        let mut given = self.lock();
        if !self.policy.rotates {
            return self.issue(&mut given, token.to_owned(), now);
        }
        let scope = given.refresh.remove(token).ok_or(Refusal::Refresh)?;
        let next = self.fresh(&mut given);
        given.refresh.insert(next.clone(), scope);
        self.issue(&mut given, next, now)
    }

    /// Takes a token back; a refresh token takes its access tokens with it.
    pub fn revoke(&self, token: &str) {
        let mut given = self.lock();
        given.refresh.remove(token);
        given.access.retain(|access, entry| access != token && entry.root != token);
    }

    /// What an access token is worth at `now`.
    pub fn standing(&self, access: &str, now: Seconds) -> Standing {
        match self.lock().access.get(access) {
            Some(entry) if now < entry.until => Standing::Good,
            Some(entry) => Standing::Expired(entry.until),
            None => Standing::Unknown,
        }
    }

    fn issue(&self, given: &mut Given, refresh: String, now: Seconds) -> Result<Tokens, Refusal> {
        let scope = given.refresh.get(&refresh).cloned().ok_or(Refusal::Refresh)?;
        let access = self.fresh(given);
        let entry = Access { until: now + self.policy.access_life, root: refresh.clone() };
        given.access.insert(access.clone(), entry);
        Ok(Tokens { access, refresh, scope })
    }

    fn fresh(&self, given: &mut Given) -> String {
        given.count += 1;
        let digest = Sha256::new().chain_update(&self.salt).chain_update(given.count.to_be_bytes());
        encode(&digest.finalize())[..48].to_owned()
    }

    fn lock(&self) -> MutexGuard<'_, Given> {
        self.given.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(rotates: bool) -> Grants {
        let policy = Policy { code_life: 300, access_life: 3600, needs_proof: true, rotates };
        Grants::new(policy, "salt".to_owned(), "old", "all")
    }

    #[test]
    fn a_code_works_once_for_its_address_and_proof() {
        // verifier and challenge of RFC 7636, appendix B
        let (verifier, challenge) =
            ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        let grants = grants(false);
        assert_eq!(grants.code("http://a/", None, "x", 0), None);
        let code = || grants.code("http://a/", Some(challenge), "x", 0).unwrap();
        let first = code();
        let tokens = grants.redeem(&first, "http://a/", Some(verifier), 10).unwrap();
        assert_eq!(grants.standing(&tokens.access, 3609), Standing::Good);
        assert_eq!(grants.standing(&tokens.access, 3610), Standing::Expired(3610));
        assert_eq!(grants.redeem(&first, "http://a/", Some(verifier), 10), Err(Refusal::Code));
        assert_eq!(grants.redeem(&code(), "http://b/", Some(verifier), 10), Err(Refusal::Redirect));
        assert_eq!(grants.redeem(&code(), "http://a/", Some("wrong"), 10), Err(Refusal::Proof));
        assert_eq!(grants.redeem(&code(), "http://a/", Some(verifier), 300), Err(Refusal::Code));
    }

    #[test]
    fn refreshing_rotates_or_not_and_revoking_takes_all() {
        let keeps = grants(false);
        let tokens = keeps.refresh("old", 0).unwrap();
        assert_eq!(tokens.refresh, "old");
        keeps.revoke("old");
        assert_eq!(keeps.standing(&tokens.access, 1), Standing::Unknown);
        assert_eq!(keeps.refresh("old", 1), Err(Refusal::Refresh));
        let rotates = grants(true);
        let next = rotates.refresh("old", 0).unwrap().refresh;
        assert_eq!(rotates.refresh("old", 0), Err(Refusal::Refresh));
        assert!(rotates.refresh(&next, 0).is_ok());
    }
}

//! What an ID token says (OpenID Connect Core 1.0, section 3.1.3.7).

use netgain_domain::jiff::Timestamp;
use serde::Deserialize;

use super::OidcError;

/// Seconds by which two clocks may differ.
const SKEW: i64 = 60;

/// Who the provider proved.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    /// The provider's name for the person, which never changes.
    pub(crate) sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: i64,
    iat: i64,
    nonce: Option<String>,
    email: Option<String>,
    #[serde(default)]
    email_verified: Verified,
    /// The person's name.
    pub(crate) name: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// Some providers write the truth as a text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Verified {
    Yes(bool),
    Text(String),
    #[default]
    Missing,
}

impl Claims {
    /// Reads what a token with a right signature says, and checks that it was made for us, for this sign-in and now.
    pub(super) fn checked(
        payload: &[u8],
        issuer: &str,
        client: &str,
        nonce: &str,
        now: Timestamp,
    ) -> Result<Self, OidcError> {
        let claims: Self = serde_json::from_slice(payload)
            .map_err(|_| OidcError::Token("a claim is missing or not readable"))?;
        let refused = |why| Err(OidcError::Token(why));
        let now = now.as_second();
        if claims.iss != issuer {
            return refused("it comes from another issuer");
        }
        let (ours, alone) = match &claims.aud {
            Audience::One(one) => (one == client, true),
            Audience::Several(all) => (all.iter().any(|one| one == client), all.len() == 1),
        };
        let for_us = claims.azp.as_deref().map_or(alone, |azp| azp == client);
        if !ours || !for_us {
            return refused("it was made for another client");
        }
        if claims.exp <= now - SKEW {
            return refused("it is over");
        }
        if claims.iat > now + SKEW || claims.iat < now - 3600 {
            return refused("it was not made now: check the clocks");
        }
        if claims.nonce.as_deref() != Some(nonce) {
            return refused("it belongs to another sign-in");
        }
        if claims.sub.is_empty() || claims.sub.len() > 255 {
            return refused("it names nobody");
        }
        Ok(claims)
    }

    /// The person's e-mail address, if the provider says that it has verified it.
    pub(crate) fn verified_email(&self) -> Option<&str> {
        let verified = match &self.email_verified {
            Verified::Yes(yes) => *yes,
            Verified::Text(text) => text == "true",
            Verified::Missing => false,
        };
        self.email.as_deref().filter(|_| verified)
    }
}

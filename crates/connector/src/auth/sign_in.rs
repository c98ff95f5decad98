//! Signing in: the address at which a person grants access, and the exchange of the code that comes back.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use netgain_domain::ErrorClass;
use netgain_manifest::{Auth, Oauth2};
use rand::RngCore;
use sha2::{Digest, Sha256};
use url::Url;

use super::token::{Again, renamed};
use super::{Grant, Tokens};
use crate::Error;
use crate::template::fill;

/// Where a person grants access, and what has to be remembered until the way back.
pub struct Authorize {
    /// Where the browser goes.
    pub url: Url,
    /// The verifier of PKCE, a secret.
    pub verifier: Option<String>,
}

impl Tokens {
    /// The address at which a person grants access. `state` comes back with the code and must be unguessable.
    ///
    /// # Errors
    /// [`Error::Setup`] where the provider knows no sign-in, or something of it is missing.
    pub fn authorize(&self, redirect_uri: &str, state: &str) -> Result<Authorize, Error> {
        let oauth = self.sign_in()?;
        let vars = self.vars();
        let address = oauth.authorize_url.as_deref().unwrap_or_default();
        let mut url = self.address(address, &vars)?;
        let verifier = oauth.pkce.then(random_word);
        let mut params = vec![
            ("response_type", "code".to_owned()),
            ("client_id", self.client_id()?),
            ("redirect_uri", redirect_uri.to_owned()),
            ("state", state.to_owned()),
        ];
        if !oauth.scopes.is_empty() {
            params.push(("scope", oauth.scopes.join(&oauth.scope_separator)));
        }
        if let Some(verifier) = &verifier {
            params.push(("code_challenge", URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))));
            params.push(("code_challenge_method", "S256".to_owned()));
        }
        let mut named = renamed(oauth, params);
        for (name, value) in &oauth.authorize_params {
            named.insert(name.clone(), fill(value, &vars)?.unwrap_or_default());
        }
        url.query_pairs_mut().extend_pairs(named);
        Ok(Authorize { url, verifier })
    }

    /// Exchanges what came back for a grant; stores nothing. `callback` holds the parameters of the way back, of which
    /// the state was checked.
    ///
    /// # Errors
    /// [`Error::Refused`] when the person or the platform refused; [`Error::Forged`] when what came back is not what the
    /// platform sends.
    pub async fn redeem(
        &self,
        redirect_uri: &str,
        verifier: Option<&str>,
        callback: &BTreeMap<String, String>,
    ) -> Result<Grant, Error> {
        let oauth = self.sign_in()?;
        let came = |standard: &str| {
            callback.get(oauth.callback_names.get(standard).map_or(standard, String::as_str))
        };
        if let Some(error) = came("error") {
            let said = came("error_description").map(|said| format!(" ({said})")).unwrap_or_default();
            let words: String = format!("{error}{said}").chars().take(300).collect();
            let words = format!("{words}: sign in again and grant access");
            return Err(self.refused(ErrorClass::Permission, 0, &words, &[]));
        }
        self.prove_way_back(oauth, callback)?;
        let code = came("code").ok_or_else(|| {
            Error::Setup("the platform sent no code back: begin the sign-in again".to_owned())
        })?;
        let mut given = vec![
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", redirect_uri),
        ];
        given.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        let mut grant = self.obtain(oauth, &given, Again::Unsent, None).await?;
        for (name, param) in &oauth.from_callback {
            grant.values.extend(callback.get(param).map(|value| (name.clone(), value.clone())));
        }
        Ok(grant)
    }

    fn sign_in(&self) -> Result<&Oauth2, Error> {
        [self.manifest.sign_in.as_ref(), Some(&self.manifest.auth)]
            .into_iter()
            .flatten()
            .find_map(|auth| match auth {
                Auth::Oauth2Code(oauth) => Some(&**oauth),
                _ => None,
            })
            .ok_or_else(|| {
                Error::Setup(format!("{} knows no sign-in: connect with its key", self.manifest.name))
            })
    }
}

/// 43 characters that nobody can guess (32 random bytes), for states and verifiers.
#[must_use]
pub fn random_word() -> String {
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

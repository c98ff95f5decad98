//! Renewing a grant at a person's wish, and giving one back (RFC 7009).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use netgain_domain::ErrorClass;
use netgain_manifest::{ClientAuth, TokenBody};
use netgain_mapping::word_of;

use super::token::Call;
use super::{Grant, Tokens};
use crate::look::Look;
use crate::template::fill;
use crate::{Engine, Error, Method, Setup, Sink};

/// What became of a grant that was to be given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// The platform took it back.
    Yes,
    /// There is none: calls are signed by a key.
    NoGrant,
    /// The platform offers no call for it: a person removes the app there.
    NotOffered,
}

/// Gives the stored grant of a connection back to the platform, in the way that its manifest names. What is stored
/// stays: it is the caller's to forget.
///
/// # Errors
/// When the call fails; a grant that the platform does not know any more is given back.
pub async fn give_back(setup: Setup, sink: &dyn Sink) -> Result<Revoked, Error> {
    let tokens = Tokens::new(&setup)?;
    let Some(call) = tokens.own_call()? else { return tokens.revoke().await };
    let engine = Engine::over(tokens, setup)?;
    match engine.caller.call("revoke", &call, &BTreeMap::new(), sink).await {
        Ok(_) => Ok(Revoked::Yes),
        Err(error) if error.class() == ErrorClass::AuthRevoked => Ok(Revoked::Yes),
        Err(error) => Err(error),
    }
}

impl Tokens {
    /// The platform's own call that gives the stored grant back, where it has one.
    fn own_call(&self) -> Result<Option<netgain_manifest::Request>, Error> {
        let stored = self.grants().grant().map_err(Error::Secrets)?;
        let oauth = stored.as_ref().and_then(|grant| self.auth(Some(grant)).oauth2());
        Ok(oauth.and_then(|oauth| oauth.revoke.clone()))
    }

    /// Renews the stored grant now, whether it is due or not.
    ///
    /// # Errors
    /// [`Error::Setup`] where calls are signed by a key, or where the grant cannot be renewed without a person; as
    /// [`Tokens::held`].
    pub async fn renew_now(&self) -> Result<Grant, Error> {
        let stored = self.grants().grant().map_err(Error::Secrets)?;
        let auth = self.auth(stored.as_ref());
        let name = &self.manifest.name;
        if auth.oauth2().is_none() {
            return Err(Error::Setup(format!(
                "{name}: calls are signed by a key, there is nothing to renew"
            )));
        }
        if self.renewal(auth, stored.as_ref())?.is_none() {
            return Err(Error::Setup(format!(
                "{name}: the grant cannot be renewed, it lasts until it runs out: sign in again for a new one"
            )));
        }
        let held = self.held(stored.map(|grant| grant.version).or(Some(0))).await?;
        held.ok_or_else(|| Error::Setup(format!("{name}: there is no grant: sign in")))
    }

    /// Gives the stored grant back at the address for it (RFC 7009). What is stored stays: it is the caller's to forget.
    ///
    /// # Errors
    /// When the call fails; a grant that the platform does not know any more is given back.
    async fn revoke(&self) -> Result<Revoked, Error> {
        let Some(grant) = self.grants().grant().map_err(Error::Secrets)? else { return Ok(Revoked::NoGrant) };
        let Some(oauth) = self.auth(Some(&grant)).oauth2() else { return Ok(Revoked::NoGrant) };
        let Some(address) = &oauth.revoke_url else { return Ok(Revoked::NotOffered) };
        let mut vars = self.vars();
        vars.extend(grant.vars());
        let url = self.address(address, &vars)?;
        // with the refresh token goes all that came from it
        let (token, hint) = match &grant.refresh_token {
            Some(token) => (token, "refresh_token"),
            None => (&grant.access_token, "access_token"),
        };
        let mut params = BTreeMap::from([
            ("token".to_owned(), token.clone()),
            ("token_type_hint".to_owned(), hint.to_owned()),
        ]);
        let (id, secret) = (self.client_id()?, self.client_secret(oauth)?);
        let mut secrets = vec![grant.access_token.clone()];
        secrets.extend(grant.refresh_token.iter().chain(&secret).cloned());
        let mut headers = Vec::new();
        match oauth.client_auth {
            ClientAuth::Body => {
                params.insert("client_id".to_owned(), id);
                params.extend(secret.map(|secret| ("client_secret".to_owned(), secret)));
            }
            ClientAuth::Basic => {
                let word = STANDARD.encode(format!("{id}:{}", secret.unwrap_or_default()));
                headers.push(("authorization".to_owned(), format!("Basic {word}")));
                secrets.push(word);
            }
        }
        for (name, value) in &oauth.token_headers {
            headers.push((name.clone(), fill(value, &vars)?.unwrap_or_default()));
        }
        let json = oauth.body == TokenBody::Json;
        let call = Call { url, method: Method::Post, json, headers, params };
        let answer = self.transport.send(call.request()).await?;
        let body = std::str::from_utf8(&answer.body).ok().and_then(|text| netgain_mapping::parse(text).ok());
        let says = |word: &str| {
            let words = body.iter().flat_map(|body| Look::at("error").all(body)).filter_map(word_of);
            words.into_iter().any(|said| said == word)
        };
        match answer.status {
            200..=299 => Ok(Revoked::Yes),
            // a token that is not known is as good as given back (RFC 7009, 2.2); some platforms call it an error
            _ if says("invalid_token") => Ok(Revoked::Yes),
            status => {
                let meaning = self.rules.judge(&answer, body.as_ref(), self.clock.now());
                let (class, words) = meaning.map_or_else(
                    || (ErrorClass::Fatal, format!("status {status}")),
                    |meaning| (meaning.class, meaning.message),
                );
                Err(self.refused(class, status, &words, &secrets))
            }
        }
    }
}

//! One call of a token address: its parameters under the platform's names, its answer, its refusals.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use netgain_domain::ErrorClass;
use netgain_manifest::{ClientAuth, Exchange, Method as Verb, Oauth2, TokenBody};
use url::Url;

use super::{Grant, Tokens};
use crate::request::blank;
use crate::template::{Vars, fill};
use crate::{Backoff, Error, Method, Request, TransportError};

/// Tries of a token call after troubles that pass by themselves.
const TRIES: Backoff =
    Backoff { first: Duration::from_millis(500), longest: Duration::from_secs(10), tries: 4 };
/// Nobody waits longer for a token address that names a time.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Whether a token call may be sent twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// What it sends stays good.
    Always,
    /// A code works once: only when the call cannot have arrived.
    Unsent,
}

impl Tokens {
    /// Exchanges something for an access token.
    pub(super) async fn obtain(
        &self,
        grant: &Oauth2,
        given: &[(&str, &str)],
        again: Again,
        before: Option<&Grant>,
    ) -> Result<Grant, Error> {
        let vars = self.token_vars(grant, before)?;
        let refreshes = given.iter().any(|(name, _)| *name == "refresh_token");
        let address = grant.refresh_url.as_ref().filter(|_| refreshes).unwrap_or(&grant.token_url);
        let url = self.address(address, &vars)?;
        let secret = self.client_secret(grant)?;
        let mut secrets: Vec<String> = secret.iter().cloned().collect();
        let hidden =
            given.iter().filter(|(name, _)| ["code", "code_verifier", "refresh_token"].contains(name));
        secrets.extend(hidden.map(|(_, value)| (*value).to_owned()));

        let mut params: Vec<(&str, String)> =
            given.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let id = self.client_id()?;
        let mut headers = Vec::new();
        match grant.client_auth {
            ClientAuth::Body => {
                params.push(("client_id", id));
                params.extend(secret.map(|secret| ("client_secret", secret)));
            }
            // the platforms take id and secret as they are, without the form encoding that RFC 6749 2.3.1 speaks of
            ClientAuth::Basic => {
                let word = STANDARD.encode(format!("{id}:{}", secret.unwrap_or_default()));
                headers.push(("authorization".to_owned(), format!("Basic {word}")));
                secrets.push(word);
            }
        }
        let mut named = renamed(grant, params);
        for (name, value) in &grant.token_params {
            named.insert(name.clone(), fill(value, &vars)?.unwrap_or_default());
        }
        for (name, value) in &grant.token_headers {
            headers.push((name.clone(), fill(value, &vars)?.unwrap_or_default()));
        }
        let call =
            Call { url, method: Method::Post, json: grant.body == TokenBody::Json, headers, params: named };
        let first = self.send(grant, &call, &secrets, again, before).await?;
        match &grant.exchange {
            None => Ok(first),
            Some(exchange) => self.exchange(grant, exchange, first, secrets).await,
        }
    }

    /// Exchanges a fresh token for one that lives longer.
    async fn exchange(
        &self,
        grant: &Oauth2,
        exchange: &Exchange,
        first: Grant,
        mut secrets: Vec<String>,
    ) -> Result<Grant, Error> {
        let mut vars = self.token_vars(grant, Some(&first))?;
        vars.insert("auth.access_token".to_owned(), first.access_token.clone());
        let mut url = self.address(exchange.url.as_ref().unwrap_or(&grant.token_url), &vars)?;
        let mut params = BTreeMap::new();
        for (name, value) in &exchange.params {
            params.insert(name.clone(), fill(value, &vars)?.unwrap_or_default());
        }
        let method = match exchange.method {
            Verb::Post => Method::Post,
            Verb::Delete => Method::Delete,
            Verb::Get => {
                url.query_pairs_mut().extend_pairs(&params);
                params.clear();
                Method::Get
            }
        };
        secrets.push(first.access_token.clone());
        let call = Call { url, method, json: grant.body == TokenBody::Json, headers: Vec::new(), params };
        self.send(grant, &call, &secrets, Again::Always, Some(&first)).await
    }

    async fn send(
        &self,
        grant: &Oauth2,
        call: &Call,
        secrets: &[String],
        again: Again,
        before: Option<&Grant>,
    ) -> Result<Grant, Error> {
        let mut failed = 0;
        loop {
            let (error, wait) = match self.transport.send(call.request()).await {
                Ok(response) => match self.read(grant, &response, secrets, before) {
                    Ok(granted) => return Ok(granted),
                    Err(refused) => refused,
                },
                Err(error) => {
                    let unsent = matches!(&error, TransportError::Broken { sent: false, .. });
                    if again == Again::Unsent && !unsent {
                        return Err(error.into());
                    }
                    (error.into(), None)
                }
            };
            failed += 1;
            let passes = matches!(error.class(), ErrorClass::Transient | ErrorClass::RateLimited);
            let pause = TRIES.pause(failed, wait, &mut rand::rng()).filter(|_| passes);
            match pause.filter(|pause| *pause <= LONGEST_WAIT) {
                Some(pause) => self.clock.sleep(pause).await,
                None => return Err(error),
            }
        }
    }

    /// What placeholders of token calls stand for.
    fn token_vars(&self, grant: &Oauth2, before: Option<&Grant>) -> Result<Vars, Error> {
        let mut vars = self.vars();
        vars.extend(before.map(Grant::vars).unwrap_or_default());
        vars.insert("app.client_id".to_owned(), self.client_id()?);
        if let Some(secret) = self.client_secret(grant)? {
            vars.insert("app.client_secret".to_owned(), secret);
        }
        Ok(vars)
    }

    /// The words of a refusal with what helps, without any secret.
    pub(super) fn refused(&self, class: ErrorClass, status: u16, words: &str, secrets: &[String]) -> Error {
        let words = blank(words, secrets);
        Error::Refused { class, status, message: format!("{} gave no token: {words}", self.manifest.name) }
    }
}

/// Parameters by the platform's names. One with an empty name is left out.
pub(super) fn renamed(grant: &Oauth2, params: Vec<(&str, String)>) -> BTreeMap<String, String> {
    let name = |standard: &str| grant.names.get(standard).cloned().unwrap_or_else(|| standard.to_owned());
    params.into_iter().map(|(key, value)| (name(key), value)).filter(|(name, _)| !name.is_empty()).collect()
}

/// A token call, so that it can be sent again.
pub(super) struct Call {
    pub url: Url,
    pub method: Method,
    pub json: bool,
    pub headers: Vec<(String, String)>,
    pub params: BTreeMap<String, String>,
}

impl Call {
    pub(super) fn request(&self) -> Request {
        let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
        headers.extend(self.headers.iter().cloned());
        let mut body = Bytes::new();
        if self.method != Method::Get {
            let (kind, text) = if self.json {
                ("application/json", serde_json::json!(self.params).to_string())
            } else {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                ("application/x-www-form-urlencoded", form.extend_pairs(&self.params).finish())
            };
            headers.push(("content-type".to_owned(), kind.to_owned()));
            body = text.into();
        }
        Request { method: self.method, url: self.url.clone(), headers, body }
    }
}

//! Signing in at an identity provider: OpenID Connect Core 1.0, the code flow with PKCE (RFC 7636), the provider found by
//! OpenID Connect Discovery 1.0. State and nonce are bound to the browser that began; the ID token's signature is checked
//! with the provider's own keys.

mod claims;
mod keys;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use netgain_control::Secret;
use netgain_domain::jiff::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

pub(crate) use claims::Claims;
use keys::KeySet;

/// How long what the provider says about itself is believed.
const FRESH: Duration = Duration::from_secs(3600);
/// How often the provider's keys are asked for at most, when a token names one that is not known.
const AGAIN: Duration = Duration::from_secs(60);

/// Why a sign-in elsewhere does not work. Texts hold no secret; they go to the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OidcError {
    #[error("the identity provider cannot be reached: {0}")]
    Unreachable(String),
    #[error("the identity provider's description cannot be used: {0}")]
    Description(String),
    #[error("the ID token is not valid: {0}")]
    Token(&'static str),
    #[error("the system gives no random bytes")]
    Random,
}

/// An identity provider to sign in at.
#[derive(Clone)]
pub struct OidcSetup {
    /// Its name for itself; its description lies under it.
    pub issuer: String,
    /// What it calls this installation.
    pub client_id: String,
    /// What proves this installation to it; none for a public client.
    pub client_secret: Option<Secret>,
    /// What the button says.
    pub name: String,
}

/// Asks the provider. Calls block.
pub trait OidcHttp: Send + Sync {
    /// The body of a page; an error in words for anything but status 200.
    ///
    /// # Errors
    /// When there is no such answer. The text holds no secret.
    fn get(&self, url: &str) -> Result<Vec<u8>, String>;
    /// The body that a form is answered with, by status 200; `basic` is sent as user and password.
    ///
    /// # Errors
    /// When there is no such answer. The text holds no secret.
    fn post_form(
        &self,
        url: &str,
        form: &[(&str, &str)],
        basic: Option<(&str, &str)>,
    ) -> Result<Vec<u8>, String>;
}

/// Signs people in at an identity provider.
pub struct Oidc {
    setup: OidcSetup,
    http: Arc<dyn OidcHttp>,
    known: Mutex<Option<Known>>,
}

#[derive(Clone)]
struct Known {
    provider: Provider,
    keys: Arc<KeySet>,
    at: Instant,
}

/// What the provider says about itself.
#[derive(Debug, Clone, Deserialize)]
struct Provider {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

/// What is remembered until the person comes back.
#[derive(Serialize, Deserialize)]
struct Remembered {
    nonce: String,
    verifier: String,
    redirect_uri: String,
    next: String,
}

/// A sign-in that began.
pub(crate) struct Begun {
    /// Where the person goes.
    pub(crate) authorize_url: String,
    /// Comes back with the code.
    pub(crate) state: String,
    /// What has to be remembered for it; holds secrets.
    pub(crate) remembered: Secret,
}

impl Oidc {
    /// A way to sign in; the provider is asked when the first person uses it.
    #[must_use]
    pub fn new(setup: OidcSetup, http: Arc<dyn OidcHttp>) -> Self {
        Self { setup, http, known: Mutex::new(None) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.setup.name
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.setup.issuer
    }

    /// Begins a sign-in that comes back to `redirect_uri`, and leads to the page `next` after it.
    pub(crate) fn begin(&self, redirect_uri: &str, next: &str) -> Result<Begun, OidcError> {
        let known = self.provider(false)?;
        let (state, nonce, verifier) = (random()?, random()?, random()?);
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
        let mut url = Url::parse(&known.provider.authorization_endpoint)
            .map_err(|error| OidcError::Description(error.to_string()))?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.setup.client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("scope", "openid email profile")
            .append_pair("state", &state)
            .append_pair("nonce", &nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        let (redirect_uri, next) = (redirect_uri.to_owned(), next.to_owned());
        let remembered = serde_json::to_string(&Remembered { nonce, verifier, redirect_uri, next })
            .map_err(|error| OidcError::Description(error.to_string()))?;
        Ok(Begun { authorize_url: url.into(), state, remembered: Secret::new(remembered) })
    }

    /// Exchanges the code, and says who the provider proved, and which page comes after it.
    pub(crate) fn finish(
        &self,
        code: &str,
        remembered: &Secret,
        now: Timestamp,
    ) -> Result<(Claims, String), OidcError> {
        #[derive(Deserialize)]
        struct Answer {
            id_token: String,
        }
        let unreadable = |_| OidcError::Token("what was remembered cannot be read");
        let remembered: Remembered = serde_json::from_str(remembered.expose()).map_err(unreadable)?;
        let known = self.provider(false)?;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", remembered.redirect_uri.as_str()),
            ("code_verifier", remembered.verifier.as_str()),
            ("client_id", self.setup.client_id.as_str()),
        ];
        let methods = &known.provider.token_endpoint_auth_methods_supported;
        let in_body = methods.iter().any(|one| one == "client_secret_post")
            && !methods.iter().any(|one| one == "client_secret_basic");
        let secret = self.setup.client_secret.as_ref().map(Secret::expose);
        let basic = match secret {
            Some(secret) if in_body => {
                form.push(("client_secret", secret));
                None
            }
            // the way to prove a client where the provider names none
            Some(secret) => Some((self.setup.client_id.as_str(), secret)),
            None => None,
        };
        let answer = self
            .http
            .post_form(&known.provider.token_endpoint, &form, basic)
            .map_err(OidcError::Unreachable)?;
        let answer: Answer =
            serde_json::from_slice(&answer).map_err(|_| OidcError::Token("the answer has no id_token"))?;
        let payload = match known.keys.verified(&answer.id_token) {
            // keys are changed from time to time
            Err(OidcError::Token(keys::NO_KEY)) => self.provider(true)?.keys.verified(&answer.id_token)?,
            other => other?,
        };
        let claims =
            Claims::checked(&payload, &self.setup.issuer, &self.setup.client_id, &remembered.nonce, now)?;
        Ok((claims, remembered.next))
    }

    /// What the provider says about itself; asked anew when it is old, or its keys are.
    fn provider(&self, anew: bool) -> Result<Known, OidcError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let longest = if anew { AGAIN } else { FRESH };
        if let Some(known) = known.as_ref().filter(|known| known.at.elapsed() < longest) {
            return Ok(known.clone());
        }
        let description =
            format!("{}/.well-known/openid-configuration", self.setup.issuer.trim_end_matches('/'));
        safe(&description)?;
        let body = self.http.get(&description).map_err(OidcError::Unreachable)?;
        let provider: Provider =
            serde_json::from_slice(&body).map_err(|error| OidcError::Description(error.to_string()))?;
        if provider.issuer != self.setup.issuer {
            return Err(OidcError::Description("it names another issuer".to_owned()));
        }
        for url in [&provider.authorization_endpoint, &provider.token_endpoint, &provider.jwks_uri] {
            safe(url)?;
        }
        let keys = self.http.get(&provider.jwks_uri).map_err(OidcError::Unreachable)?;
        let keys = Arc::new(KeySet::read(&keys)?);
        let found = Known { provider, keys, at: Instant::now() };
        *known = Some(found.clone());
        Ok(found)
    }
}

/// Codes and secrets travel encrypted; to this machine itself they need not.
fn safe(url: &str) -> Result<(), OidcError> {
    let parsed = Url::parse(url).map_err(|error| OidcError::Description(error.to_string()))?;
    let local = matches!(parsed.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if parsed.scheme() == "https" || (parsed.scheme() == "http" && local) {
        return Ok(());
    }
    Err(OidcError::Description(format!("`{url}` is not encrypted: use https")))
}

/// 256 random bits.
fn random() -> Result<String, OidcError> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| OidcError::Random)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

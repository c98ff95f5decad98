//! One call: path, form-encoded parameters, version, and who calls.
use super::error::StripeError;
use super::{Own, account_id, api_key, empty_account_key, narrow_key, oauth};
use crate::AppState;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use url::form_urlencoded;

const BODY_LIMIT: usize = 1 << 20;
/// What the narrow key may not read.
const HIDDEN: [&str; 4] = ["payouts", "balance", "balance_transactions", "disputes"];

/// Whose objects a call sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// The shop's account.
    Main,
    /// An account in which nothing has happened.
    Empty,
}

/// A call.
#[derive(Debug)]
pub struct Call {
    /// HTTP method.
    pub method: Method,
    /// The path as sent, without the face's prefix.
    pub raw_path: String,
    /// Its words.
    pub path: Vec<String>,
    /// Parameters of query and body as sent, `created[gte]` and `expand[]` included.
    pub params: Vec<(String, String)>,
    /// `Stripe-Version`.
    pub version: Option<String>,
    /// `Idempotency-Key`.
    pub idempotency_key: Option<String>,
    key: Option<String>,
    account: Option<String>,
}

impl Call {
    /// Reads a request whose path no longer has the face's prefix.
    pub async fn read(request: Request) -> Result<Call, StripeError> {
        let (parts, body) = request.into_parts();
        let raw_path = parts.uri.path().to_owned();
        let path = raw_path.split('/').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let mut params: Vec<(String, String)> =
            form_urlencoded::parse(parts.uri.query().unwrap_or("").as_bytes()).into_owned().collect();
        let bytes = axum::body::to_bytes(body, BODY_LIMIT)
            .await
            .map_err(|_| StripeError::bad_param("body", "The request body could not be read."))?;
        let kind = text(&parts.headers, "content-type").unwrap_or_default();
        if kind.starts_with("application/json") && !bytes.is_empty() {
            return Err(StripeError::bad_param(
                "body",
                "This API expects form-encoded parameters (application/x-www-form-urlencoded), not JSON.",
            ));
        }
        params.extend(form_urlencoded::parse(&bytes).into_owned());
        Ok(Call {
            method: parts.method,
            raw_path,
            path,
            params,
            version: text(&parts.headers, "stripe-version"),
            idempotency_key: text(&parts.headers, "idempotency-key"),
            key: key(&parts.headers),
            account: text(&parts.headers, "stripe-account"),
        })
    }

    /// Lowers the number of a parameter to the largest page.
    pub fn cap(&mut self, name: &str, state: &AppState) {
        for (_, value) in self.params.iter_mut().filter(|(sent, _)| sent == name) {
            if let Ok(size) = value.parse() {
                *value = state.largest_page(size).to_string();
            }
        }
    }

    /// A parameter that was sent.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().rev().find(|(sent, _)| sent == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that must be there.
    pub fn require(&self, name: &str) -> Result<&str, StripeError> {
        self.param(name).filter(|value| !value.is_empty()).ok_or_else(|| StripeError::missing_param(name))
    }

    /// The values of a list parameter, `name[]` or `name[0]`.
    pub fn list(&self, name: &str) -> Vec<&str> {
        let is_of = |sent: &str| sent.strip_prefix(name).is_some_and(|rest| rest.starts_with('['));
        self.params.iter().filter(|(sent, _)| is_of(sent)).map(|(_, value)| value.as_str()).collect()
    }

    /// A whole number in seconds or pieces.
    pub fn number(&self, name: &str) -> Result<Option<i64>, StripeError> {
        let Some(text) = self.param(name) else { return Ok(None) };
        let bad = || StripeError::bad_param(name, format!("Invalid integer: {text}"));
        text.parse().map(Some).map_err(|_| bad())
    }

    /// Refuses parameters that the call does not have.
    pub fn only(&self, allowed: &[&str]) -> Result<(), StripeError> {
        for (name, _) in &self.params {
            let base = name.split('[').next().unwrap_or(name);
            if !allowed.contains(&base) {
                return Err(StripeError::unknown_param(base));
            }
        }
        Ok(())
    }

    /// Whose objects the caller may read.
    pub fn authenticate(&self, state: &AppState, own: &Own) -> Result<Account, StripeError> {
        let key = self.key.as_deref().filter(|key| !key.is_empty()).ok_or_else(StripeError::no_key)?;
        let secrets = &state.secrets;
        let word = self.path.get(1).map_or("", String::as_str);
        if key == api_key(secrets) {
            return match self.account.as_deref() {
                None => Ok(Account::Main),
                Some(account) if account == account_id(secrets) => Ok(Account::Main),
                Some(account) => Err(StripeError::no_access(key, account)),
            };
        }
        if key == empty_account_key(secrets) {
            return Ok(Account::Empty);
        }
        if key == narrow_key(secrets) {
            let hidden = HIDDEN.contains(&word);
            return if hidden { Err(StripeError::forbidden(key, word)) } else { Ok(Account::Main) };
        }
        // the platform's own key reads a connected account while the account stays connected
        if key == oauth::client_secret(secrets) {
            let account = self.account.clone().unwrap_or_default();
            let is_connected = account == account_id(secrets) && !own.grants.is_disconnected();
            return if is_connected {
                Ok(Account::Main)
            } else if account.is_empty() {
                Ok(Account::Empty)
            } else {
                Err(StripeError::no_access(key, &account))
            };
        }
        match own.grants.knows(key) {
            Some(true) => Ok(Account::Main),
            Some(false) => Err(StripeError::expired_key(key)),
            None => Err(StripeError::bad_key(key)),
        }
    }

    /// Whether the caller is the platform, by its key in the header or as parameter.
    pub fn is_platform(&self, secret: &str) -> bool {
        self.key.as_deref() == Some(secret) || self.param("client_secret") == Some(secret)
    }

    /// Refuses versions that never were.
    pub fn check_version(&self) -> Result<(), StripeError> {
        let Some(version) = &self.version else { return Ok(()) };
        let day = version.split('.').next().unwrap_or("");
        let newest = super::NEWEST.split('.').next().unwrap_or("");
        let is_named = day >= "2024-09-30";
        let good = day.parse::<Date>().is_ok()
            && ("2011-01-01"..=newest).contains(&day)
            && version.contains('.') == is_named;
        if good { Ok(()) } else { Err(StripeError::bad_version(version)) }
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// The key as bearer token, or as the user name of basic authentication.
fn key(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    if let Some(token) = value.strip_prefix("Bearer ") {
        return Some(token.trim().to_owned());
    }
    let decoded = STANDARD.decode(value.strip_prefix("Basic ")?.trim()).ok()?;
    let pair = String::from_utf8(decoded).ok()?;
    Some(pair.split(':').next().unwrap_or("").to_owned())
}

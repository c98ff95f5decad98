//! What a token address answers: a grant, or why there is none.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use netgain_domain::ErrorClass;
use netgain_manifest::{Auth, Expires, Oauth2};
use netgain_mapping::word_of;
use sonic_rs::Value;

use super::{Grant, Tokens};
use crate::look::Look;
use crate::{Error, Response};

/// A refusal, and how long the platform asks to wait.
type Refusal = (Error, Option<Duration>);

impl Tokens {
    /// Reads an answer. What it does not say anew stays as in the grant `before`.
    pub(super) fn read(
        &self,
        grant: &Oauth2,
        response: &Response,
        secrets: &[String],
        before: Option<&Grant>,
    ) -> Result<Grant, Refusal> {
        let text = std::str::from_utf8(&response.body).unwrap_or_default();
        let body = netgain_mapping::parse(text).ok();
        if let Some(refusal) = self.refusal(grant, response, body.as_ref(), secrets) {
            return Err(refusal);
        }
        let at = |name: &str| Look::at(grant.answer_names.get(name).map_or(name, String::as_str));
        let word = |look: &Look| {
            let body = body.as_ref()?;
            look.all(body).into_iter().find_map(word_of).map(|word| word.into_owned())
        };
        let Some(access_token) = word(&at("access_token")).filter(|token| !token.is_empty()) else {
            let problem = format!("status {}, but the answer has no access token", response.status);
            return Err((Error::Answer { stream: "token".to_owned(), problem }, None));
        };
        let now = self.clock.now();
        let seconds = match grant.expires {
            Expires::Response => body.as_ref().and_then(|body| at("expires_in").number(body)),
            Expires::Fixed { seconds } => Some(f64::from(seconds)),
            Expires::Never => None,
        };
        let mut values = before.map(|before| before.values.clone()).unwrap_or_default();
        for (name, path) in &grant.from_response {
            values.extend(word(&Look::at(path)).map(|value| (name.clone(), value)));
        }
        let kept = before.and_then(|before| before.refresh_token.clone());
        Ok(Grant {
            access_token,
            refresh_token: word(&at("refresh_token")).filter(|token| !token.is_empty()).or(kept),
            obtained_at: now,
            expires_at: seconds.and_then(|seconds| later(now, seconds)),
            values,
            version: 0,
        })
    }

    /// Why there is no token: the words of RFC 6749 5.2 first, then the manifest's rules, then the status.
    fn refusal(
        &self,
        grant: &Oauth2,
        response: &Response,
        body: Option<&Value>,
        secrets: &[String],
    ) -> Option<Refusal> {
        let at = |name: &str| Look::at(grant.answer_names.get(name).map_or(name, String::as_str));
        let code = body.and_then(|body| at("error").all(body).into_iter().find_map(word_of));
        let standard = code.as_deref().and_then(|code| self.standard(code));
        if let (Some((class, cure)), Some(code)) = (standard, code) {
            let said = body.and_then(|body| at("error_description").all(body).into_iter().find_map(word_of));
            let said = said.map(|said| format!(" ({})", short(&said))).unwrap_or_default();
            let words = format!("{code}{said}: {cure}");
            return Some((self.refused(class, response.status, &words, secrets), None));
        }
        let meaning = self.rules.judge(response, body, self.clock.now())?;
        // at a token address there is nothing left to refresh
        let class = match meaning.class {
            ErrorClass::AuthExpired => ErrorClass::AuthRevoked,
            class => class,
        };
        Some((self.refused(class, response.status, &meaning.message, secrets), meaning.wait))
    }

    /// The meaning and the cure of an error code of the standard.
    fn standard(&self, code: &str) -> Option<(ErrorClass, &'static str)> {
        Some(match code {
            "invalid_grant" => (ErrorClass::AuthRevoked, self.again()),
            "invalid_client" | "unauthorized_client" => (
                ErrorClass::AuthRevoked,
                "client_id or client_secret of the app is wrong: correct it, then connect again",
            ),
            "invalid_scope" | "access_denied" => {
                (ErrorClass::Permission, "the app may not ask for this: check the scopes that it was given")
            }
            "temporarily_unavailable" | "server_error" => (ErrorClass::Transient, "try again later"),
            "slow_down" => (ErrorClass::RateLimited, "try again later"),
            _ => return None,
        })
    }

    /// How a person brings a new grant.
    pub(super) fn again(&self) -> &'static str {
        let by_hand = matches!(self.manifest.auth, Auth::Oauth2RefreshToken(_));
        match self.manifest.auth {
            _ if self.manifest.sign_in.is_some() => "access has ended: sign in again",
            Auth::Oauth2ClientCredentials(_) => "access has ended: connect again with the app's credentials",
            _ if by_hand => "access has ended: connect again with a new refresh_token",
            _ => "access has ended: sign in again",
        }
    }
}

/// Most characters of a description in an error.
const WORDS: usize = 200;

fn short(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().take(WORDS).collect::<String>().trim_end_matches('.').to_owned()
}

/// A time so many seconds after `now`; none for what means that nothing ends.
fn later(now: Timestamp, seconds: f64) -> Option<Timestamp> {
    let life = SignedDuration::try_from_secs_f64(seconds).ok().filter(SignedDuration::is_positive)?;
    now.checked_add(life).ok()
}

//! Keeping a grant fresh. One caller of a process renews it while the others wait; of several processes one has the
//! claim. A new grant is stored before it is used, in the place of just the one that it came from; whoever loses that
//! race takes the winner's. A failure changes nothing that is stored.

use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::SignedDuration;
use netgain_domain::ErrorClass;
use netgain_manifest::{Auth, Oauth2};

use super::token::Again;
use super::{Grant, Replaced, Tokens};
use crate::Error;

/// How long the claim of a process that dies keeps others waiting.
const CLAIM: SignedDuration = SignedDuration::from_secs(20);
/// The same where a refresh token dies with its use: longer than any call takes, so that no other process uses it.
const ROTATING_CLAIM: SignedDuration = SignedDuration::from_secs(180);
/// How often one who waits for another process looks.
const LOOK: Duration = Duration::from_millis(250);

impl Tokens {
    /// The grant that signs the next call, renewed when it is due, or when the platform refused the one of version
    /// `refused`. None where calls are signed by a key.
    ///
    /// # Errors
    /// [`Error::Refused`] of class `auth_revoked` when a person has to grant anew; [`Error::Secrets`] when the store
    /// fails; what a token call meets.
    pub async fn held(&self, refused: Option<u64>) -> Result<Option<Grant>, Error> {
        let stored = self.stored()?;
        let auth = self.auth(stored.as_ref());
        let Some(oauth) = auth.oauth2() else { return Ok(None) };
        if let Some(grant) = stored.filter(|grant| self.is_good(grant, refused)) {
            return Ok(Some(grant));
        }
        let asked = self.rounds.load(Ordering::Acquire);
        let mut last = self.flight.lock().await;
        // who waited for a renewal that failed does not try the same again
        if let Some(failure) = last.as_ref().filter(|failure| failure.round > asked) {
            return Err(failure.error());
        }
        let mut renewed = false;
        let length = if oauth.rotates { ROTATING_CLAIM } else { CLAIM };
        let mut refused = refused;
        loop {
            // a token that lay unstored for a while is as doubtful as the one that was refused
            if let Some(late) = self.save()?.filter(|_| refused.is_some() && !renewed) {
                refused = Some(late);
            }
            let stored = self.stored()?;
            if let Some(grant) = stored.as_ref().filter(|grant| self.is_good(grant, refused)) {
                return Ok(Some(grant.clone()));
            }
            let Some(with) = self.renewal(auth, stored.as_ref())? else {
                return self.without_renewal(stored, refused).map(Some);
            };
            let version = stored.as_ref().map_or(0, |grant| grant.version);
            let now = self.clock.now();
            let until = now.saturating_add(length).unwrap_or(now);
            if !self.grants().claim(version, now, until).map_err(Error::Secrets)? {
                self.clock.sleep(LOOK).await;
                continue;
            }
            match self.renew(oauth, &with, stored.as_ref()).await {
                Ok(next) => {
                    // stored and read back at the top
                    *self.unsaved() = Some((version, next));
                    renewed = true;
                }
                Err(error) => {
                    if self.stored()?.map_or(0, |grant| grant.version) != version {
                        // the winner's grant counts, whatever became of ours
                        continue;
                    }
                    self.grants().release(version).map_err(Error::Secrets)?;
                    let round = self.rounds.fetch_add(1, Ordering::AcqRel) + 1;
                    *last = Failure::of(&error, round);
                    let passes = matches!(error.class(), ErrorClass::Transient | ErrorClass::RateLimited);
                    return match stored {
                        // it was renewed ahead of time and is good for a while
                        Some(grant)
                            if passes && refused.is_none() && !grant.has_run_out(self.clock.now()) =>
                        {
                            Ok(Some(grant))
                        }
                        _ => Err(error),
                    };
                }
            }
        }
    }

    fn stored(&self) -> Result<Option<Grant>, Error> {
        self.grants().grant().map_err(Error::Secrets)
    }

    /// Whether the next call may use it. A token that was refused is not good any more; one of a later version is.
    fn is_good(&self, grant: &Grant, refused: Option<u64>) -> bool {
        refused != Some(grant.version) && !grant.is_due(self.clock.now())
    }

    /// Stores a grant that was obtained and is not stored yet; its version if it is now.
    fn save(&self) -> Result<Option<u64>, Error> {
        let Some((version, next)) = self.unsaved().clone() else { return Ok(None) };
        // a failure leaves it for the next try
        let replaced = self.grants().replace(version, &next).map_err(Error::Secrets)?;
        *self.unsaved() = None;
        Ok(match replaced {
            Replaced::Kept(version) => Some(version),
            Replaced::Lost => None,
        })
    }

    /// What the next token is asked for with; none where that needs a person.
    pub(super) fn renewal(&self, auth: &Auth, stored: Option<&Grant>) -> Result<Option<Renewal>, Error> {
        if matches!(auth, Auth::Oauth2ClientCredentials(_)) {
            return Ok(Some(Renewal::Client));
        }
        let own = stored.and_then(|grant| grant.refresh_token.clone());
        let entered = || if stored.is_none() { self.field("refresh_token") } else { Ok(None) };
        Ok(own.map_or_else(entered, |token| Ok(Some(token)))?.map(Renewal::Refresh))
    }

    /// A token that cannot be renewed is used until the platform refuses it.
    fn without_renewal(&self, stored: Option<Grant>, refused: Option<u64>) -> Result<Grant, Error> {
        match stored {
            Some(grant) if refused != Some(grant.version) => Ok(grant),
            Some(_) => Err(self.revoked("the token is not accepted any more and cannot be renewed")),
            // a token that a person got elsewhere and entered
            None => match self.field("access_token")? {
                Some(access_token) if refused.is_none() => Ok(Grant {
                    access_token,
                    refresh_token: None,
                    obtained_at: self.clock.now(),
                    expires_at: None,
                    values: Default::default(),
                    version: 0,
                }),
                Some(_) => Err(self.revoked("the token is not accepted any more")),
                None => Err(self.revoked("nobody has signed in yet")),
            },
        }
    }

    fn revoked(&self, what: &str) -> Error {
        let message = format!("{}: {what}: {}", self.manifest.name, self.again());
        Error::Refused { class: ErrorClass::AuthRevoked, status: 0, message }
    }

    async fn renew(&self, oauth: &Oauth2, with: &Renewal, stored: Option<&Grant>) -> Result<Grant, Error> {
        match with {
            Renewal::Refresh(token) => {
                let given = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
                let next = self.obtain(oauth, &given, Again::Always, stored).await?;
                // one that was entered and does not rotate stays good
                let refresh_token = next.refresh_token.or_else(|| Some(token.clone()));
                Ok(Grant { refresh_token, ..next })
            }
            Renewal::Client => {
                let scopes = oauth.scopes.join(&oauth.scope_separator);
                let mut given = vec![("grant_type", "client_credentials")];
                if !scopes.is_empty() {
                    given.push(("scope", scopes.as_str()));
                }
                self.obtain(oauth, &given, Again::Always, stored).await
            }
        }
    }
}

/// How a renewal failed, for those who waited for it.
#[derive(Debug)]
pub(super) struct Failure {
    /// The renewal, counted from 1.
    round: u64,
    class: ErrorClass,
    message: String,
}

impl Failure {
    /// Troubles that pass by themselves are not handed on: a grant that is good for a while is used meanwhile.
    fn of(error: &Error, round: u64) -> Option<Self> {
        let class = error.class();
        let passes = matches!(class, ErrorClass::Transient | ErrorClass::RateLimited);
        (!passes).then(|| Self { round, class, message: error.to_string() })
    }

    fn error(&self) -> Error {
        Error::Refused { class: self.class, status: 0, message: self.message.clone() }
    }
}

/// What the next token is asked for with.
pub(super) enum Renewal {
    /// A refresh token.
    Refresh(String),
    /// The app's own credentials.
    Client,
}

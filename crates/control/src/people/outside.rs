//! People who prove themselves elsewhere (OpenID Connect): what is remembered until they come back, and who they are here.

use crate::db::{OptionalExtension, params};
use netgain_domain::PersonId;
use netgain_domain::jiff::Timestamp;

use super::sessions::From;
use super::sign_in::SignedInAs;
use super::{digest, emails, new_token};
use crate::error::{Context, Error, Result};
use crate::secret::Secret;
use crate::store::{Control, parsed};

/// Who an identity provider says somebody is.
#[derive(Debug, Clone)]
pub struct Identity<'a> {
    /// The provider's name for itself.
    pub issuer: &'a str,
    /// Its name for the person, which never changes.
    pub subject: &'a str,
    /// The e-mail address, if the provider says that it has verified it.
    pub verified_email: Option<&'a str>,
    /// The person's name.
    pub name: Option<&'a str>,
}

fn place(state: &str) -> String {
    format!("people//outside/{state}")
}

impl Control {
    /// A word that binds a sign-in to the browser that holds it.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn new_browser_word(&self) -> Result<Secret> {
        new_token().map(Secret::new)
    }

    /// Remembers a sign-in elsewhere for one browser. Those that are over are forgotten.
    ///
    /// # Errors
    /// When the store fails.
    pub fn put_outside_sign_in(
        &self,
        state: &str,
        browser: &str,
        remembered: &Secret,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<()> {
        const DOING: &str = "remember a sign-in";
        let sealed = self.seal(None, &place(state), remembered.expose())?;
        let db = self.db_of_all();
        db.execute("DELETE FROM outside_sign_ins WHERE expires_at <= ?", params![now.as_microsecond()])
            .doing(DOING)?;
        db.execute(
            "INSERT INTO outside_sign_ins (digest, browser, sealed, expires_at) VALUES (?, ?, ?, ?)",
            params![digest(state), digest(browser), sealed.bytes, until.as_microsecond()],
        )
        .doing(DOING)
        .map(drop)
    }

    /// Takes what was remembered, once, for the browser that began it; none for every other.
    ///
    /// # Errors
    /// When the store fails.
    pub fn take_outside_sign_in(&self, state: &str, browser: &str, now: Timestamp) -> Result<Option<Secret>> {
        let sealed: Option<Vec<u8>> = self
            .db_of_all()
            .query_row(
                "DELETE FROM outside_sign_ins WHERE digest = ? AND browser = ? AND expires_at > ? RETURNING sealed",
                params![digest(state), digest(browser), now.as_microsecond()],
                |row| row.get(0),
            )
            .optional()
            .doing("take a sign-in")?;
        let Some(sealed) = sealed else { return Ok(None) };
        let plain = self.open_sealed(None, &place(state), &sealed)?.map(Secret::wrap);
        plain.map(Some).ok_or_else(|| Error::Stored {
            column: "outside_sign_ins.sealed",
            reason: "it was sealed with another key".to_owned(),
        })
    }

    /// Signs in whom the provider proved: by the identity that is known; else the account of the verified e-mail address,
    /// or who is invited by it. Everybody else is refused: a provider knows more people than belong here.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sign_in_outside(
        &self,
        identity: &Identity<'_>,
        from: From<'_>,
        device: Option<&str>,
        now: Timestamp,
    ) -> Result<SignedInAs> {
        let person = match self.identified(identity)? {
            Some(person) => person,
            None => {
                let Some(email) = identity.verified_email.and_then(|email| emails::normalised(email).ok())
                else {
                    return Ok(SignedInAs::Refused);
                };
                let invited = self.invitation_for(&email, now)?;
                let person = match (self.person_by_email(&email)?, &invited) {
                    (Some(known), _) => known,
                    (None, Some(_)) => {
                        let name = identity.name.filter(|name| !name.trim().is_empty()).unwrap_or(&email);
                        self.create_person(&email, name, None, now)?
                    }
                    (None, None) => return Ok(SignedInAs::Refused),
                };
                if let Some(invited) = invited {
                    self.use_invitation(&invited, &person, now)?;
                }
                self.db_of_all()
                    .execute(
                        "INSERT INTO identities (issuer, subject, person_id) VALUES (?, ?, ?) \
                         ON CONFLICT DO NOTHING",
                        params![identity.issuer, identity.subject, person.id.as_str()],
                    )
                    .doing("remember an identity")?;
                person.id
            }
        };
        let known = self.known_device(&person, device)?;
        self.signed_in(&person, from, known, now)
    }

    fn identified(&self, identity: &Identity<'_>) -> Result<Option<PersonId>> {
        self.db_of_all()
            .query_row(
                "SELECT person_id FROM identities WHERE issuer = ? AND subject = ?",
                params![identity.issuer, identity.subject],
                |row| parsed(row, 0),
            )
            .optional()
            .doing("look for an identity")
    }
}

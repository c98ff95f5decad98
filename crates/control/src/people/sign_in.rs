//! Signing in: by password, and by a second factor where one is on.

use crate::db::{OptionalExtension, params};
use netgain_domain::PersonId;
use netgain_domain::jiff::{SignedDuration, Timestamp};

use super::sessions::{From, NewSession};
use super::throttle::Count;
use super::{digest, emails, new_token, passwords};
use crate::error::{Context, Result};
use crate::secret::Secret;
use crate::store::Control;

/// Wrong codes after which a sign-in has to begin anew.
const TRIES: i64 = 5;
/// How long a device stays known.
const DEVICE: SignedDuration = SignedDuration::from_hours(24 * 365);

/// What became of a try to sign in.
#[derive(Debug, Clone)]
pub enum SignedInAs {
    /// Signed in; the device is known from now on by this word.
    Person(NewSession, Secret),
    /// The password was right, and a code of the second factor is still to come.
    NeedsFactor(NewSession),
    /// Wrong; whether the e-mail, the password or the code, nobody learns.
    Refused,
    /// Too many failures: wait so long before the next try.
    Slowed(SignedDuration),
}

/// Who tries, and from where.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The e-mail address.
    pub email: &'a str,
    /// The password.
    pub password: &'a Secret,
    /// Where from.
    pub from: From<'a>,
    /// The word of a device that signed in before.
    pub device: Option<&'a str>,
}

impl Control {
    /// Signs a person in by their password. Of an e-mail that nobody has the same work is done.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sign_in(&self, attempt: Attempt<'_>, now: Timestamp) -> Result<SignedInAs> {
        let email = emails::normalised(attempt.email).unwrap_or_default();
        let person = self.person_by_email(&email)?;
        let known = match &person {
            Some(person) => self.known_device(&person.id, attempt.device)?,
            None => None,
        };
        let counts = counts(known, attempt.from.address, &email);
        if let Some(wait) = self.take_try(&counts, now)? {
            return Ok(SignedInAs::Slowed(wait));
        }
        let stored = match &person {
            Some(person) => self.password_hash(&person.id)?,
            None => None,
        };
        let right = passwords::verify(attempt.password.expose(), stored.as_deref())?;
        let (Some(person), Some(stored), true) = (person, stored, right) else {
            return Ok(SignedInAs::Refused);
        };
        if passwords::outdated(&stored) {
            let hash = passwords::again(attempt.password.expose())?;
            self.db_of_all()
                .execute("UPDATE people SET password = ? WHERE id = ?", params![hash, person.id.as_str()])
                .doing("make a password's hash anew")?;
        }
        if person.second_factor {
            return Ok(SignedInAs::NeedsFactor(self.begin_session(&person.id, true, attempt.from, now)?));
        }
        self.return_try(&counts)?;
        self.signed_in(&person.id, attempt.from, known, now)
    }

    /// Ends a sign-in by a code of the second factor. The session is a new one, so that no token outlives the change.
    ///
    /// # Errors
    /// When the store fails.
    pub fn second_factor(
        &self,
        token: &str,
        code: &str,
        from: From<'_>,
        device: Option<&str>,
        now: Timestamp,
    ) -> Result<SignedInAs> {
        const DOING: &str = "check a second factor";
        let Some(pending) = self.carried(token, now)?.filter(|carried| carried.pending) else {
            return Ok(SignedInAs::Refused);
        };
        let person = self.person(&pending.person)?;
        let known = self.known_device(&person.id, device)?;
        let counts = match known {
            Some(device) => vec![Count::Device(device)],
            None => vec![Count::Factor(person.id.as_str())],
        };
        if let Some(wait) = self.take_try(&counts, now)? {
            return Ok(SignedInAs::Slowed(wait));
        }
        if pending.tries >= TRIES {
            self.end_session(&person.id, &pending.id)?;
            return Ok(SignedInAs::Refused);
        }
        self.db_of_all()
            .execute("UPDATE sessions SET tries = tries + 1 WHERE id = ?", params![pending.id])
            .doing(DOING)?;
        if !self.accept_factor(&person.id, code, now)? {
            return Ok(SignedInAs::Refused);
        }
        // of two answers with one pending session one is first
        self.end_session(&person.id, &pending.id)?;
        self.return_try(&counts)?;
        self.return_try(&self::counts(known, from.address, &person.email))?;
        self.signed_in(&person.id, from, known, now)
    }

    /// Begins a session of somebody who was proved, on a device that is known from now on.
    pub(crate) fn signed_in(
        &self,
        person: &PersonId,
        from: From<'_>,
        known: Option<&str>,
        now: Timestamp,
    ) -> Result<SignedInAs> {
        const DOING: &str = "remember a device";
        let session = self.begin_session(person, false, from, now)?;
        let device = known.map_or_else(new_token, |known| Ok(known.to_owned()))?;
        let db = self.db_of_all();
        let old = (now - DEVICE).as_microsecond();
        db.execute("DELETE FROM devices WHERE seen_at < ?", params![old]).doing(DOING)?;
        db.execute(
            "INSERT INTO devices (digest, person_id, seen_at) VALUES (?, ?, ?) \
             ON CONFLICT (digest) DO UPDATE SET seen_at = excluded.seen_at",
            params![digest(&device), person.as_str(), now.as_microsecond()],
        )
        .doing(DOING)?;
        Ok(SignedInAs::Person(session, Secret::new(device)))
    }

    /// The word, if it is of a device of this person.
    pub(crate) fn known_device<'w>(
        &self,
        person: &PersonId,
        word: Option<&'w str>,
    ) -> Result<Option<&'w str>> {
        let Some(word) = word else { return Ok(None) };
        let known: Option<i64> = self
            .db_of_all()
            .query_row(
                "SELECT 1 FROM devices WHERE digest = ? AND person_id = ?",
                params![digest(word), person.as_str()],
                |row| row.get(0),
            )
            .optional()
            .doing("look for a device")?;
        Ok(known.map(|_| word))
    }
}

fn counts<'a>(device: Option<&'a str>, address: &'a str, email: &'a str) -> Vec<Count<'a>> {
    match device {
        Some(device) => vec![Count::Device(device)],
        None => vec![Count::Address(address), Count::Pair(address, email)],
    }
}

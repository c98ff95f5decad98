//! Second factors: codes of an authenticator app, and codes to recover with that count once.

use crate::db::{OptionalExtension, params};
use netgain_domain::PersonId;
use netgain_domain::jiff::Timestamp;

use super::{Refused, digest, totp};
use crate::error::{Context, Error, Result};
use crate::secret::Secret;
use crate::store::Control;

/// Codes to recover with.
const CODES: usize = 10;
/// Bytes of one: 80 bits.
const CODE: usize = 10;

/// What a person puts into their app. It is shown once.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// The secret in base32.
    pub secret: Secret,
    /// The same as an address that apps read from a picture (`otpauth://`).
    pub uri: Secret,
}

pub(crate) fn place(person: &str) -> String {
    // no id of a workspace is followed by two slashes, so no other secret has this place
    format!("people//{person}/totp")
}

fn code_digest(person: &PersonId, code: &str) -> Vec<u8> {
    let letters = code.chars().filter(char::is_ascii_alphanumeric);
    let plain: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
    digest(&format!("{person}/{plain}"))
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::Random(error.to_string()))?;
    Ok(bytes)
}

impl Control {
    /// Makes a new secret for a person's app. It counts when [`Control::confirm_factor`] has seen a code of it; a factor
    /// that is on has to be removed first.
    ///
    /// # Errors
    /// [`Refused::Exists`] while one is on; [`Refused::Missing`]; when the store fails.
    pub fn begin_factor(&self, id: &PersonId) -> Result<Enrolment> {
        const DOING: &str = "begin a second factor";
        let person = self.person(id)?;
        if person.second_factor {
            return Err(Refused::Exists { what: "second factor", id: person.email }.into());
        }
        let secret = totp::base32(&random::<{ totp::SECRET }>()?);
        let sealed = self.seal(None, &place(id.as_str()), &secret)?;
        {
            let mut db = self.db_of_all();
            let step = db.transaction().doing(DOING)?;
            step.execute(
                "INSERT INTO factor_secrets (workspace_id, person_id, sealed, key_version) VALUES ('', ?, ?, ?) \
                 ON CONFLICT (workspace_id, person_id) \
                 DO UPDATE SET sealed = excluded.sealed, key_version = excluded.key_version",
                params![id.as_str(), sealed.bytes, sealed.version],
            )
            .doing(DOING)?;
            step.execute("UPDATE people SET totp_step = 0 WHERE id = ?", params![id.as_str()])
                .doing(DOING)?;
            step.commit().doing(DOING)?;
        }
        let uri = format!(
            "otpauth://totp/Netgain:{}?secret={secret}&issuer=Netgain&algorithm=SHA1&digits=6&period={}",
            escaped(&person.email),
            totp::STEP
        );
        Ok(Enrolment { secret: Secret::new(secret), uri: Secret::new(uri) })
    }

    /// Turns a second factor on by a code of it, and gives the codes to recover with, once. Every other session ends.
    ///
    /// # Errors
    /// [`Refused::Field`] for a code that is not right; when the store fails.
    pub fn confirm_factor(
        &self,
        id: &PersonId,
        code: &str,
        keep: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<Secret>> {
        const DOING: &str = "turn a second factor on";
        if self.person(id)?.second_factor || !self.accept_code(id, code, now)? {
            let message = "is not the one the app shows now: check the phone's clock and write the newest";
            return Err(Refused::field("code", message).into());
        }
        let mut codes = Vec::with_capacity(CODES);
        for _ in 0..CODES {
            let plain = totp::base32(&random::<CODE>()?);
            codes.push(format!("{}-{}-{}-{}", &plain[..4], &plain[4..8], &plain[8..12], &plain[12..]));
        }
        {
            let mut db = self.db_of_all();
            let step = db.transaction().doing(DOING)?;
            step.execute("DELETE FROM recovery_codes WHERE person_id = ?", params![id.as_str()])
                .doing(DOING)?;
            for code in &codes {
                step.execute(
                    "INSERT INTO recovery_codes (person_id, digest) VALUES (?, ?)",
                    params![id.as_str(), code_digest(id, code)],
                )
                .doing(DOING)?;
            }
            step.execute("UPDATE people SET totp_on = 1 WHERE id = ?", params![id.as_str()]).doing(DOING)?;
            step.commit().doing(DOING)?;
        }
        self.end_sessions(id, keep)?;
        Ok(codes.into_iter().map(Secret::new).collect())
    }

    /// Turns a person's second factor off, with its codes.
    ///
    /// # Errors
    /// When the store fails.
    pub fn remove_factor(&self, id: &PersonId) -> Result<()> {
        const DOING: &str = "turn a second factor off";
        let mut db = self.db_of_all();
        let step = db.transaction().doing(DOING)?;
        step.execute("UPDATE people SET totp_on = 0, totp_step = 0 WHERE id = ?", params![id.as_str()])
            .doing(DOING)?;
        step.execute("DELETE FROM factor_secrets WHERE person_id = ?", params![id.as_str()]).doing(DOING)?;
        step.execute("DELETE FROM recovery_codes WHERE person_id = ?", params![id.as_str()]).doing(DOING)?;
        step.commit().doing(DOING)
    }

    /// Codes to recover with that a person has left.
    ///
    /// # Errors
    /// When the store fails.
    pub fn recovery_codes_left(&self, id: &PersonId) -> Result<u64> {
        let left: i64 = self
            .db_of_all()
            .query_row(
                "SELECT count(*) FROM recovery_codes WHERE person_id = ?",
                params![id.as_str()],
                |row| row.get(0),
            )
            .doing("count recovery codes")?;
        Ok(u64::try_from(left).unwrap_or_default())
    }

    /// Whether a code of the app or to recover with is right; either counts once.
    pub(crate) fn accept_factor(&self, id: &PersonId, code: &str, now: Timestamp) -> Result<bool> {
        if self.accept_code(id, code, now)? {
            return Ok(true);
        }
        let gone = self
            .db_of_all()
            .execute(
                "DELETE FROM recovery_codes WHERE person_id = ? AND digest = ?",
                params![id.as_str(), code_digest(id, code)],
            )
            .doing("use a recovery code")?;
        Ok(gone == 1)
    }

    fn accept_code(&self, id: &PersonId, code: &str, now: Timestamp) -> Result<bool> {
        let found: Option<(Vec<u8>, i64)> = self
            .db_of_all()
            .query_row(
                "SELECT factor_secrets.sealed, people.totp_step FROM people \
                 JOIN factor_secrets ON factor_secrets.person_id = people.id \
                 WHERE factor_secrets.workspace_id = '' AND people.id = ?",
                params![id.as_str()],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .doing("read a second factor")?;
        let Some((sealed, used)) = found else { return Ok(false) };
        let secret = self.open_sealed(None, &place(id.as_str()), &sealed)?;
        let secret = secret.and_then(|text| totp::from_base32(&text));
        let Some(secret) = secret else {
            let reason = "it was sealed with another key".to_owned();
            return Err(Error::Stored { column: "factor_secrets.sealed", reason });
        };
        let Some(step) = totp::accepted(&secret, code, now.as_second(), used) else { return Ok(false) };
        // of two requests with one code one is first
        let changed = self
            .db_of_all()
            .execute(
                "UPDATE people SET totp_step = ? WHERE id = ? AND totp_step < ?",
                params![step, id.as_str(), step],
            )
            .doing("use a code")?;
        Ok(changed == 1)
    }
}

/// An address inside an address.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

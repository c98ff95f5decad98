//! People, and the passwords that they prove themselves with.

use crate::db::{OptionalExtension, Row, params};
use netgain_domain::PersonId;
use netgain_domain::jiff::Timestamp;

use super::{Refused, emails, new_id, organisations, passwords};
use crate::error::{Context, Result};
use crate::secret::Secret;
use crate::store::{Control, parsed, time};

/// A person. What proves them never leaves the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// Their e-mail address in lower case; one person for each.
    pub email: String,
    /// Their name for others.
    pub name: String,
    /// Whether they have a password here.
    pub has_password: bool,
    /// Whether their second factor is on.
    pub second_factor: bool,
    /// When they came (UTC).
    pub created_at: Timestamp,
}

pub(crate) const COLUMNS: &str =
    "people.id, people.email, people.name, people.password IS NOT NULL, people.totp_on, people.created_at";

/// Reads [`COLUMNS`].
pub(crate) fn read(row: &Row<'_>) -> crate::db::Result<Person> {
    Ok(Person {
        id: parsed(row, 0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        has_password: row.get(3)?,
        second_factor: row.get::<_, i64>(4)? == 1,
        created_at: time(row, 5)?,
    })
}

impl Control {
    /// Creates a person; without a password they sign in elsewhere or by a link that sets one.
    ///
    /// # Errors
    /// [`Refused::Exists`], [`Refused::Field`]; when the store fails.
    pub fn create_person(
        &self,
        email: &str,
        name: &str,
        password: Option<&Secret>,
        now: Timestamp,
    ) -> Result<Person> {
        let email = emails::normalised(email)?;
        let name = organisations::name("name", name)?;
        let hash = password.map(|password| passwords::hash(password.expose(), &email)).transpose()?;
        let id = new_id()?;
        let made = self
            .db_of_all()
            .execute(
                "INSERT INTO people (id, email, name, password, created_at) VALUES (?, ?, ?, ?, ?) \
                 ON CONFLICT DO NOTHING",
                params![id, email, name, hash, now.as_microsecond()],
            )
            .doing("create a person")?;
        if made == 0 {
            return Err(Refused::Exists { what: "person", id: email }.into());
        }
        self.person_by_email(&email)?.ok_or_else(|| Refused::missing("person", email).into())
    }

    /// A person by their id.
    ///
    /// # Errors
    /// [`Refused::Missing`]; when the store fails.
    pub fn person(&self, id: &PersonId) -> Result<Person> {
        self.db_of_all()
            .query_row(&format!("SELECT {COLUMNS} FROM people WHERE id = ?"), params![id.as_str()], read)
            .optional()
            .doing("read a person")?
            .ok_or_else(|| Refused::missing("person", id.as_str()).into())
    }

    /// A person by their e-mail address, written in any way.
    ///
    /// # Errors
    /// When the store fails.
    pub fn person_by_email(&self, email: &str) -> Result<Option<Person>> {
        let Ok(email) = emails::normalised(email) else { return Ok(None) };
        self.db_of_all()
            .query_row(&format!("SELECT {COLUMNS} FROM people WHERE email = ?"), params![email], read)
            .optional()
            .doing("look for a person")
    }

    /// Whether anybody is an owner: until then the installation waits for its first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn has_owner(&self) -> Result<bool> {
        let owners: i64 = self
            .db_of_all()
            .query_row("SELECT count(*) FROM members WHERE role = 'owner'", params![], |row| row.get(0))
            .doing("look for an owner")?;
        Ok(owners > 0)
    }

    /// Sets a password and ends every session of the person but the one kept.
    ///
    /// # Errors
    /// [`Refused::Field`] for one that cannot be used; [`Refused::Missing`]; when the store fails.
    pub fn set_password(&self, id: &PersonId, password: &Secret, keep: Option<&str>) -> Result<()> {
        let person = self.person(id)?;
        let hash = passwords::hash(password.expose(), &person.email)?;
        self.db_of_all()
            .execute("UPDATE people SET password = ? WHERE id = ?", params![hash, id.as_str()])
            .doing("set a password")?;
        self.end_sessions(id, keep).map(drop)
    }

    /// Whether this is the person's password.
    ///
    /// # Errors
    /// When the store fails.
    pub fn is_password(&self, id: &PersonId, password: &Secret) -> Result<bool> {
        passwords::verify(password.expose(), self.password_hash(id)?.as_deref())
    }

    pub(crate) fn password_hash(&self, id: &PersonId) -> Result<Option<String>> {
        let found: Option<Option<String>> = self
            .db_of_all()
            .query_row("SELECT password FROM people WHERE id = ?", params![id.as_str()], |row| row.get(0))
            .optional()
            .doing("read a password's hash")?;
        Ok(found.flatten())
    }
}

//! Links that work once: to create the first owner, and to set a new password.

use crate::db::{OptionalExtension, params};
use netgain_domain::PersonId;
use netgain_domain::jiff::{SignedDuration, Timestamp};

use super::members::Membership;
use super::organisations::DEFAULT_ORGANISATION;
use super::persons::Person;
use super::{Refused, Role, digest, new_token};
use crate::error::{Context, Error, Result};
use crate::secret::Secret;
use crate::store::Control;

/// How long the link to the first owner works.
pub const OWNER_LINK: SignedDuration = SignedDuration::from_hours(24);
/// How long a link to set a password works.
pub const PASSWORD_LINK: SignedDuration = SignedDuration::from_hours(1);

const OWNER: &str = "owner";
const PASSWORD: &str = "password";

impl Control {
    /// A link to create the first owner; every earlier one dies.
    ///
    /// # Errors
    /// [`Refused::Exists`] where there is an owner; when the store fails.
    pub fn owner_link(&self, now: Timestamp) -> Result<Secret> {
        if self.has_owner()? {
            let id = DEFAULT_ORGANISATION.to_owned();
            return Err(Refused::Exists { what: "owner of organisation", id }.into());
        }
        self.db_of_all()
            .execute("DELETE FROM links WHERE purpose = ?", params![OWNER])
            .doing("forget earlier links")?;
        self.put_link(OWNER, None, now + OWNER_LINK)
    }

    /// Creates the first owner by such a link, which dies with it.
    ///
    /// # Errors
    /// [`Refused::Link`], [`Refused::Field`]; when the store fails.
    pub fn create_owner(
        &self,
        token: &str,
        email: &str,
        name: &str,
        password: &Secret,
        now: Timestamp,
    ) -> Result<Person> {
        self.open_link(OWNER, token, now)?;
        if self.has_owner()? {
            return Err(Refused::Link.into());
        }
        // made before the link is used: a password that is refused must not cost the link
        let person = match self.person_by_email(email)? {
            Some(known) => {
                self.set_password(&known.id, password, None)?;
                known
            }
            None => self.create_person(email, name, Some(password), now)?,
        };
        self.take_link(OWNER, token, now)?;
        let organisation = DEFAULT_ORGANISATION.parse().map_err(|error: netgain_domain::IdError| {
            Error::Stored { column: "organisations.id", reason: error.to_string() }
        })?;
        let owner = Membership { organisation, role: Role::Owner, workspaces: None };
        self.put_member(&person.id, &owner, now)?;
        Ok(person)
    }

    /// A link by which a person sets a new password; every earlier one of theirs dies.
    ///
    /// # Errors
    /// [`Refused::Missing`]; when the store fails.
    pub fn password_link(&self, person: &PersonId, now: Timestamp) -> Result<Secret> {
        self.person(person)?;
        self.db_of_all()
            .execute(
                "DELETE FROM links WHERE purpose = ? AND person_id = ?",
                params![PASSWORD, person.as_str()],
            )
            .doing("forget earlier links")?;
        self.put_link(PASSWORD, Some(person), now + PASSWORD_LINK)
    }

    /// Sets a password by such a link, which dies with it. Every session of the person ends.
    ///
    /// # Errors
    /// [`Refused::Link`], [`Refused::Field`]; when the store fails.
    pub fn reset_password(&self, token: &str, password: &Secret, now: Timestamp) -> Result<Person> {
        let Some(person) = self.open_link(PASSWORD, token, now)? else { return Err(Refused::Link.into()) };
        let person = self.person(&person)?;
        // looked at before the link is used: a password that is refused must not cost the link
        super::passwords::hash(password.expose(), &person.email)?;
        self.take_link(PASSWORD, token, now)?;
        self.set_password(&person.id, password, None)?;
        Ok(person)
    }

    fn put_link(&self, purpose: &str, person: Option<&PersonId>, until: Timestamp) -> Result<Secret> {
        let token = new_token()?;
        self.db_of_all()
            .execute(
                "INSERT INTO links (digest, purpose, person_id, expires_at) VALUES (?, ?, ?, ?)",
                params![digest(&token), purpose, person.map(PersonId::as_str), until.as_microsecond()],
            )
            .doing("make a link")?;
        Ok(Secret::new(token))
    }

    /// Whose link it is, if it still works.
    fn open_link(&self, purpose: &str, token: &str, now: Timestamp) -> Result<Option<PersonId>> {
        let found: Option<Option<String>> = self
            .db_of_all()
            .query_row(
                "SELECT person_id FROM links WHERE digest = ? AND purpose = ? AND expires_at > ?",
                params![digest(token), purpose, now.as_microsecond()],
                |row| row.get(0),
            )
            .optional()
            .doing("look for a link")?;
        let Some(person) = found else { return Err(Refused::Link.into()) };
        let id = person.map(|id| id.parse()).transpose();
        id.map_err(|error: netgain_domain::IdError| Error::Stored {
            column: "links.person_id",
            reason: error.to_string(),
        })
    }

    /// Uses a link up; of two who do, one is first.
    fn take_link(&self, purpose: &str, token: &str, now: Timestamp) -> Result<()> {
        let gone = self
            .db_of_all()
            .execute(
                "DELETE FROM links WHERE digest = ? AND purpose = ? AND expires_at > ?",
                params![digest(token), purpose, now.as_microsecond()],
            )
            .doing("use a link")?;
        if gone == 0 { Err(Refused::Link.into()) } else { Ok(()) }
    }
}

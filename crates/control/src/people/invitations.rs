//! Invitations: a link that makes one person a member, once.

use crate::db::{OptionalExtension, Row, params};
use netgain_domain::jiff::{SignedDuration, Timestamp};
use netgain_domain::{OrganisationId, WorkspaceId};

use super::members::{Membership, fits};
use super::persons::Person;
use super::{Refused, Role, digest, emails, new_id, new_token, workspaces, workspaces_text};
use crate::error::{Context, Result};
use crate::secret::Secret;
use crate::store::{Control, parsed, time};

/// How long an invitation works.
pub const INVITATION: SignedDuration = SignedDuration::from_hours(24 * 7);

/// An invitation that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id, which opens nothing.
    pub id: String,
    /// Where the person will be a member.
    pub organisation: OrganisationId,
    /// Whose it is: the e-mail address in lower case.
    pub email: String,
    /// What the person will be.
    pub role: Role,
    /// The workspaces that the person will see; none for all.
    pub workspaces: Option<Vec<WorkspaceId>>,
    /// When it was made (UTC).
    pub created_at: Timestamp,
    /// Until when it works (UTC).
    pub expires_at: Timestamp,
}

const COLUMNS: &str = "id, organisation_id, email, role, workspaces, created_at, expires_at";

fn read(row: &Row<'_>) -> crate::db::Result<Invitation> {
    Ok(Invitation {
        id: row.get(0)?,
        organisation: parsed(row, 1)?,
        email: row.get(2)?,
        role: parsed(row, 3)?,
        workspaces: workspaces(row, 4)?,
        created_at: time(row, 5)?,
        expires_at: time(row, 6)?,
    })
}

impl Control {
    /// Invites an e-mail address; an earlier invitation of it to the same organisation dies. The word of the link is known
    /// now and never again.
    ///
    /// # Errors
    /// [`Refused::Field`], [`Refused::Missing`]; [`Refused::Exists`] for who is a member; when the store fails.
    pub fn invite(
        &self,
        email: &str,
        membership: &Membership,
        now: Timestamp,
    ) -> Result<(Invitation, Secret)> {
        const DOING: &str = "invite a person";
        let email = emails::normalised(email)?;
        fits(membership.role, membership.workspaces.as_deref())?;
        self.organisation(&membership.organisation)?;
        self.are_workspaces_of(&membership.organisation, membership.workspaces.as_deref())?;
        if let Some(person) = self.person_by_email(&email)?
            && self.memberships(&person.id)?.iter().any(|one| one.organisation == membership.organisation)
        {
            return Err(Refused::Exists { what: "member", id: email }.into());
        }
        let (id, token) = (new_id()?, new_token()?);
        {
            let db = self.db_of_all();
            db.execute(
                "DELETE FROM invitations WHERE expires_at <= ? OR (organisation_id = ? AND email = ?)",
                params![now.as_microsecond(), membership.organisation.as_str(), email],
            )
            .doing(DOING)?;
            db.execute(
                "INSERT INTO invitations (id, organisation_id, email, role, workspaces, digest, created_at, expires_at) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                params![
                    id,
                    membership.organisation.as_str(),
                    email,
                    membership.role.name(),
                    workspaces_text(membership.workspaces.as_deref()),
                    digest(&token),
                    now.as_microsecond(),
                    (now + INVITATION).as_microsecond()
                ],
            )
            .doing(DOING)?;
        }
        let all = self.invitations(&membership.organisation, now)?;
        let made = all.into_iter().find(|one| one.id == id);
        Ok((made.ok_or_else(|| Refused::missing("invitation", id))?, Secret::new(token)))
    }

    /// The invitations of an organisation that wait, by e-mail.
    ///
    /// # Errors
    /// When the store fails.
    pub fn invitations(&self, organisation: &OrganisationId, now: Timestamp) -> Result<Vec<Invitation>> {
        const DOING: &str = "list invitations";
        let db = self.db_of_all();
        let mut statement = db
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM invitations WHERE organisation_id = ? AND expires_at > ? ORDER BY email"
            ))
            .doing(DOING)?;
        let rows =
            statement.query_map(params![organisation.as_str(), now.as_microsecond()], read).doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }

    /// Withdraws an invitation.
    ///
    /// # Errors
    /// [`Refused::Missing`]; when the store fails.
    pub fn withdraw_invitation(&self, organisation: &OrganisationId, id: &str) -> Result<()> {
        let gone = self
            .db_of_all()
            .execute(
                "DELETE FROM invitations WHERE organisation_id = ? AND id = ?",
                params![organisation.as_str(), id],
            )
            .doing("withdraw an invitation")?;
        if gone == 0 { Err(Refused::missing("invitation", id).into()) } else { Ok(()) }
    }

    /// The invitation of a link's word, if it still works.
    ///
    /// # Errors
    /// [`Refused::Link`]; when the store fails.
    pub fn invitation_of(&self, token: &str, now: Timestamp) -> Result<Invitation> {
        self.db_of_all()
            .query_row(
                &format!("SELECT {COLUMNS} FROM invitations WHERE digest = ? AND expires_at > ?"),
                params![digest(token), now.as_microsecond()],
                read,
            )
            .optional()
            .doing("look for an invitation")?
            .ok_or_else(|| Refused::Link.into())
    }

    /// The newest invitation of an e-mail address that waits.
    pub(crate) fn invitation_for(&self, email: &str, now: Timestamp) -> Result<Option<Invitation>> {
        self.db_of_all()
            .query_row(
                &format!(
                    "SELECT {COLUMNS} FROM invitations WHERE email = ? AND expires_at > ? \
                     ORDER BY created_at DESC LIMIT 1"
                ),
                params![email, now.as_microsecond()],
                read,
            )
            .optional()
            .doing("look for an invitation")
    }

    /// Makes the invited person a member; the link dies with it. Who has an account proves it by its password, everybody
    /// else gets one with this password.
    ///
    /// # Errors
    /// [`Refused::Link`], [`Refused::Field`]; when the store fails.
    pub fn accept_invitation(
        &self,
        token: &str,
        name: &str,
        password: &Secret,
        now: Timestamp,
    ) -> Result<Person> {
        let invitation = self.invitation_of(token, now)?;
        let person = match self.person_by_email(&invitation.email)? {
            Some(known) => {
                if !self.is_password(&known.id, password)? {
                    let message = "is not that of your account: write the one you sign in with here";
                    return Err(Refused::field("password", message).into());
                }
                known
            }
            None => self.create_person(&invitation.email, name, Some(password), now)?,
        };
        self.use_invitation(&invitation, &person, now)?;
        Ok(person)
    }

    /// Uses an invitation up; of two who do, one is first.
    pub(crate) fn use_invitation(
        &self,
        invitation: &Invitation,
        person: &Person,
        now: Timestamp,
    ) -> Result<()> {
        let gone = self
            .db_of_all()
            .execute(
                "DELETE FROM invitations WHERE id = ? AND expires_at > ?",
                params![invitation.id, now.as_microsecond()],
            )
            .doing("use an invitation")?;
        if gone == 0 {
            return Err(Refused::Link.into());
        }
        let membership = Membership {
            organisation: invitation.organisation.clone(),
            role: invitation.role,
            workspaces: invitation.workspaces.clone(),
        };
        self.put_member(&person.id, &membership, now)
    }
}

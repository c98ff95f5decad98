//! Who belongs to which organisation, as what.

use crate::db::{Row, TransactionBehavior, params};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{OrganisationId, PersonId, WorkspaceId};

use super::persons::{self, Person};
use super::{Refused, Role, workspaces, workspaces_text};
use crate::error::{Context, Result};
use crate::store::{Control, parsed};

/// What a person is in one organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The organisation.
    pub organisation: OrganisationId,
    /// What they may there.
    pub role: Role,
    /// The workspaces that they may see; none for all of the organisation.
    pub workspaces: Option<Vec<WorkspaceId>>,
}

/// A person of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The person.
    pub person: Person,
    /// What they are there.
    pub membership: Membership,
}

fn read(row: &Row<'_>) -> crate::db::Result<Membership> {
    Ok(Membership { organisation: parsed(row, 0)?, role: parsed(row, 1)?, workspaces: workspaces(row, 2)? })
}

/// Owners see everything of their organisation: one who does not could not be asked about it.
pub(crate) fn fits(role: Role, restricted: Option<&[WorkspaceId]>) -> std::result::Result<(), Refused> {
    match restricted {
        Some(_) if role == Role::Owner => Err(Refused::field(
            "workspaces",
            "cannot restrict an owner: leave them out, or choose another role",
        )),
        Some([]) => Err(Refused::field("workspaces", "names none: leave it out for all, or name some")),
        _ => Ok(()),
    }
}

impl Control {
    /// Makes a person a member, or changes what they are. Their sessions get new tokens with their next answers.
    ///
    /// # Errors
    /// [`Refused::LastOwner`], [`Refused::Missing`], [`Refused::Field`]; when the store fails.
    pub fn put_member(&self, person: &PersonId, membership: &Membership, now: Timestamp) -> Result<()> {
        const DOING: &str = "make a member";
        fits(membership.role, membership.workspaces.as_deref())?;
        self.person(person)?;
        self.organisation(&membership.organisation)?;
        self.are_workspaces_of(&membership.organisation, membership.workspaces.as_deref())?;
        let mut db = self.db_of_all();
        let step = db.transaction_with_behavior(TransactionBehavior::Immediate).doing(DOING)?;
        let owned_before = owners(&step, &membership.organisation)?;
        step.execute(
            "INSERT INTO members (organisation_id, person_id, role, workspaces, created_at) \
             VALUES (?, ?, ?, ?, ?) ON CONFLICT (organisation_id, person_id) \
             DO UPDATE SET role = excluded.role, workspaces = excluded.workspaces",
            params![
                membership.organisation.as_str(),
                person.as_str(),
                membership.role.name(),
                workspaces_text(membership.workspaces.as_deref()),
                now.as_microsecond()
            ],
        )
        .doing(DOING)?;
        if owned_before > 0 && owners(&step, &membership.organisation)? == 0 {
            return Err(Refused::LastOwner(membership.organisation.to_string()).into());
        }
        step.execute("UPDATE sessions SET renew = 1 WHERE person_id = ?", params![person.as_str()])
            .doing(DOING)?;
        step.commit().doing(DOING)
    }

    /// Ends a person's membership and, where it was their last, their sessions. Their keys of the organisation are revoked.
    ///
    /// # Errors
    /// [`Refused::LastOwner`], [`Refused::Missing`]; when the store fails.
    pub fn remove_member(
        &self,
        organisation: &OrganisationId,
        person: &PersonId,
        now: Timestamp,
    ) -> Result<()> {
        const DOING: &str = "remove a member";
        {
            let mut db = self.db_of_all();
            let step = db.transaction_with_behavior(TransactionBehavior::Immediate).doing(DOING)?;
            let owned_before = owners(&step, organisation)?;
            let gone = step
                .execute(
                    "DELETE FROM members WHERE organisation_id = ? AND person_id = ?",
                    params![organisation.as_str(), person.as_str()],
                )
                .doing(DOING)?;
            if gone == 0 {
                return Err(Refused::missing("person", person.as_str()).into());
            }
            if owned_before > 0 && owners(&step, organisation)? == 0 {
                return Err(Refused::LastOwner(organisation.to_string()).into());
            }
            step.execute(
                "UPDATE api_keys SET revoked_at = ? \
                 WHERE organisation_id = ? AND created_by = ? AND revoked_at IS NULL",
                params![now.as_microsecond(), organisation.as_str(), person.as_str()],
            )
            .doing(DOING)?;
            step.execute("UPDATE sessions SET renew = 1 WHERE person_id = ?", params![person.as_str()])
                .doing(DOING)?;
            step.commit().doing(DOING)?;
        }
        if self.memberships(person)?.is_empty() {
            self.end_sessions(person, None)?;
        }
        Ok(())
    }

    /// What a person is, by organisation.
    ///
    /// # Errors
    /// When the store fails.
    pub fn memberships(&self, person: &PersonId) -> Result<Vec<Membership>> {
        const DOING: &str = "list memberships";
        let db = self.db_of_all();
        let mut statement = db
            .prepare_cached(
                "SELECT organisation_id, role, workspaces FROM members WHERE person_id = ? \
                 ORDER BY organisation_id",
            )
            .doing(DOING)?;
        let rows = statement.query_map(params![person.as_str()], read).doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }

    /// The people of an organisation, by e-mail.
    ///
    /// # Errors
    /// When the store fails.
    pub fn members(&self, organisation: &OrganisationId) -> Result<Vec<Member>> {
        const DOING: &str = "list people";
        let sql = format!(
            "SELECT {}, members.organisation_id, members.role, members.workspaces FROM members \
             JOIN people ON people.id = members.person_id WHERE members.organisation_id = ? ORDER BY people.email",
            persons::COLUMNS
        );
        let db = self.db_of_all();
        let mut statement = db.prepare_cached(&sql).doing(DOING)?;
        let rows = statement
            .query_map(params![organisation.as_str()], |row| {
                let membership = Membership {
                    organisation: parsed(row, 6)?,
                    role: parsed(row, 7)?,
                    workspaces: workspaces(row, 8)?,
                };
                Ok(Member { person: persons::read(row)?, membership })
            })
            .doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }

    /// That a restriction names workspaces of the organisation alone.
    pub(crate) fn are_workspaces_of(
        &self,
        organisation: &OrganisationId,
        restricted: Option<&[WorkspaceId]>,
    ) -> Result<()> {
        for workspace in restricted.unwrap_or_default() {
            if self.organisation_of(workspace)?.as_ref() != Some(organisation) {
                let message =
                    format!("names `{workspace}`, which the organisation does not have: list its workspaces");
                return Err(Refused::field("workspaces", message).into());
            }
        }
        Ok(())
    }
}

/// How many owners an organisation has.
fn owners(step: &crate::db::Transaction<'_>, organisation: &OrganisationId) -> Result<i64> {
    step.query_row(
        "SELECT count(*) FROM members WHERE organisation_id = ? AND role = 'owner'",
        params![organisation.as_str()],
        |row| row.get(0),
    )
    .doing("count owners")
}

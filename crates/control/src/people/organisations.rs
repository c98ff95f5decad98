//! Organisations: the people of one company or agency, and the workspaces that are theirs.

use crate::db::{OptionalExtension, Row, params};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{OrganisationId, WorkspaceId};

use super::Refused;
use crate::error::{Context, Error, Result};
use crate::store::{Control, parsed, time};
use crate::workspaces::{NewWorkspace, Workspace};

/// The organisation that an installation begins with.
pub const DEFAULT_ORGANISATION: &str = "default";

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its name for people.
    pub name: String,
    /// When it was created (UTC).
    pub created_at: Timestamp,
}

fn read(row: &Row<'_>) -> crate::db::Result<Organisation> {
    Ok(Organisation { id: parsed(row, 0)?, name: row.get(1)?, created_at: time(row, 2)? })
}

/// A name for people: something, and not a page of text.
pub(crate) fn name(field: &'static str, given: &str) -> std::result::Result<String, Refused> {
    let name = given.trim();
    if name.is_empty() || name.chars().count() > 120 || name.chars().any(char::is_control) {
        return Err(Refused::field(field, "cannot be used: write 1 to 120 characters on one line"));
    }
    Ok(name.to_owned())
}

impl Control {
    /// Creates an organisation.
    ///
    /// # Errors
    /// [`Refused::Exists`], [`Refused::Field`]; when the store fails.
    pub fn create_organisation(
        &self,
        id: &OrganisationId,
        called: &str,
        now: Timestamp,
    ) -> Result<Organisation> {
        let called = name("name", called)?;
        let made = self
            .db_of_all()
            .execute(
                "INSERT INTO organisations (id, name, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                params![id.as_str(), called, now.as_microsecond()],
            )
            .doing("create an organisation")?;
        if made == 0 {
            return Err(Refused::Exists { what: "organisation", id: id.to_string() }.into());
        }
        self.organisation(id)
    }

    /// An organisation by its id.
    ///
    /// # Errors
    /// [`Refused::Missing`]; when the store fails.
    pub fn organisation(&self, id: &OrganisationId) -> Result<Organisation> {
        self.db_of_all()
            .query_row(
                "SELECT id, name, created_at FROM organisations WHERE id = ?",
                params![id.as_str()],
                read,
            )
            .optional()
            .doing("read an organisation")?
            .ok_or_else(|| Refused::missing("organisation", id.as_str()).into())
    }

    /// All organisations, by id.
    ///
    /// # Errors
    /// When the store fails.
    pub fn organisations(&self) -> Result<Vec<Organisation>> {
        const DOING: &str = "list organisations";
        let db = self.db_of_all();
        let mut statement =
            db.prepare_cached("SELECT id, name, created_at FROM organisations ORDER BY id").doing(DOING)?;
        let rows = statement.query_map(params![], read).doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }

    /// Creates a workspace of an organisation; [`Control::create_workspace`] makes those of the first one.
    ///
    /// # Errors
    /// [`Error::WorkspaceExists`], [`Refused::Missing`]; when the store fails.
    pub fn create_workspace_in(
        &self,
        organisation: &OrganisationId,
        new: &NewWorkspace,
    ) -> Result<Workspace> {
        if !self.claim_workspace(&new.id, organisation)? {
            return Err(Error::WorkspaceExists(new.id.to_string()));
        }
        self.create_workspace(new)
    }

    /// Says whose a workspace is that will be made; false where it is another's, whether made or not.
    ///
    /// # Errors
    /// [`Refused::Missing`]; when the store fails.
    pub fn claim_workspace(&self, workspace: &WorkspaceId, organisation: &OrganisationId) -> Result<bool> {
        self.organisation(organisation)?;
        if let Some(owner) = self.organisation_of(workspace)? {
            return Ok(owner == *organisation);
        }
        let db = self.db_of_all();
        db.execute(
            "INSERT INTO workspace_owners (workspace_id, organisation_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            params![workspace.as_str(), organisation.as_str()],
        )
        .doing("claim a workspace")?;
        let owner: OrganisationId = db
            .query_row(
                "SELECT organisation_id FROM workspace_owners WHERE workspace_id = ?",
                params![workspace.as_str()],
                |row| parsed(row, 0),
            )
            .doing("read whose a workspace is")?;
        Ok(owner == *organisation)
    }

    /// Gives a workspace to an organisation.
    ///
    /// # Errors
    /// [`Error::WorkspaceNotFound`], [`Refused::Missing`]; when the store fails.
    pub fn move_workspace(&self, workspace: &WorkspaceId, organisation: &OrganisationId) -> Result<()> {
        self.organisation(organisation)?;
        self.workspace(workspace)?;
        self.db_of_all()
            .execute(
                "INSERT INTO workspace_owners (workspace_id, organisation_id) VALUES (?, ?) \
                 ON CONFLICT (workspace_id) DO UPDATE SET organisation_id = excluded.organisation_id",
                params![workspace.as_str(), organisation.as_str()],
            )
            .doing("give a workspace to an organisation")
            .map(drop)
    }

    /// The organisation of a workspace; none where there is no such workspace.
    ///
    /// # Errors
    /// When the store fails.
    pub fn organisation_of(&self, workspace: &WorkspaceId) -> Result<Option<OrganisationId>> {
        self.db_of_all()
            .query_row(
                "SELECT coalesce(workspace_owners.organisation_id, 'default') FROM workspaces \
                 LEFT JOIN workspace_owners ON workspace_owners.workspace_id = workspaces.id \
                 WHERE workspaces.id = ?",
                params![workspace.as_str()],
                |row| parsed(row, 0),
            )
            .optional()
            .doing("read whose a workspace is")
    }
}

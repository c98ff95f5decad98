//! API keys: for programs. The text is shown once, `ngk_` with the key's id and its secret.

use crate::db::{OptionalExtension, Row, params};
use netgain_domain::jiff::{SignedDuration, Timestamp};
use netgain_domain::{OrganisationId, PersonId, WorkspaceId};

use super::{
    Refused, Scope, digest, new_id, new_token, organisations, scopes_text, workspaces, workspaces_text,
};
use crate::error::{Context, Result};
use crate::secret::Secret;
use crate::store::{Control, maybe_time, parsed, time};

/// What every key begins with, so that one in a wrong place is found.
pub const KEY_PREFIX: &str = "ngk_";
/// How exactly the last use is known.
const USE_STEP: SignedDuration = SignedDuration::from_secs(60);

/// A key as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id, which opens nothing.
    pub id: String,
    /// The organisation that it belongs to.
    pub organisation: OrganisationId,
    /// What it is for.
    pub name: String,
    /// What it may.
    pub scopes: Vec<Scope>,
    /// The workspaces that it reaches; none for all of the organisation.
    pub workspaces: Option<Vec<WorkspaceId>>,
    /// Who made it: a person's id, or `terminal`.
    pub created_by: String,
    /// When it was made (UTC).
    pub created_at: Timestamp,
    /// When it ends (UTC); none for never.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to about a minute (UTC).
    pub used_at: Option<Timestamp>,
    /// When it was revoked (UTC).
    pub revoked_at: Option<Timestamp>,
}

/// A key to make.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The organisation.
    pub organisation: OrganisationId,
    /// What it is for.
    pub name: String,
    /// What it may.
    pub scopes: Vec<Scope>,
    /// The workspaces that it reaches; none for all of the organisation.
    pub workspaces: Option<Vec<WorkspaceId>>,
    /// When it ends (UTC); none for never.
    pub expires_at: Option<Timestamp>,
}

const COLUMNS: &str = "id, organisation_id, name, scopes, workspaces, created_by, created_at, expires_at, used_at, \
    revoked_at";

fn read(row: &Row<'_>) -> crate::db::Result<ApiKey> {
    let scopes: String = row.get(3)?;
    Ok(ApiKey {
        id: row.get(0)?,
        organisation: parsed(row, 1)?,
        name: row.get(2)?,
        // a scope that a later version added gives nothing here
        scopes: scopes.split(' ').filter_map(|scope| scope.parse().ok()).collect(),
        workspaces: workspaces(row, 4)?,
        created_by: row.get(5)?,
        created_at: time(row, 6)?,
        expires_at: maybe_time(row, 7)?,
        used_at: maybe_time(row, 8)?,
        revoked_at: maybe_time(row, 9)?,
    })
}

impl Control {
    /// Makes a key; its text is known now and never again.
    ///
    /// # Errors
    /// [`Refused::Field`], [`Refused::Missing`]; when the store fails.
    pub fn create_api_key(
        &self,
        new: &NewKey,
        by: Option<&PersonId>,
        now: Timestamp,
    ) -> Result<(ApiKey, Secret)> {
        let name = organisations::name("name", &new.name)?;
        if new.scopes.is_empty() {
            return Err(Refused::field("scopes", "names none: write read, sync, write or admin").into());
        }
        if new.workspaces.as_ref().is_some_and(Vec::is_empty) {
            return Err(Refused::field("workspaces", "names none: leave it out for all, or name some").into());
        }
        if new.expires_at.is_some_and(|end| end <= now) {
            return Err(Refused::field("expires_at", "lies in the past: write a time to come").into());
        }
        self.organisation(&new.organisation)?;
        self.are_workspaces_of(&new.organisation, new.workspaces.as_deref())?;
        let (id, secret) = (new_id()?, new_token()?);
        self.db_of_all()
            .execute(
                "INSERT INTO api_keys (id, organisation_id, name, digest, scopes, workspaces, created_by, created_at, \
                 expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                params![
                    id,
                    new.organisation.as_str(),
                    name,
                    digest(&secret),
                    scopes_text(&new.scopes),
                    workspaces_text(new.workspaces.as_deref()),
                    by.map_or("terminal", PersonId::as_str),
                    now.as_microsecond(),
                    new.expires_at.map(Timestamp::as_microsecond)
                ],
            )
            .doing("make a key")?;
        let text = Secret::new(format!("{KEY_PREFIX}{id}_{secret}"));
        Ok((self.api_key_by_id(&new.organisation, &id)?, text))
    }

    fn api_key_by_id(&self, organisation: &OrganisationId, id: &str) -> Result<ApiKey> {
        self.db_of_all()
            .query_row(
                &format!("SELECT {COLUMNS} FROM api_keys WHERE organisation_id = ? AND id = ?"),
                params![organisation.as_str(), id],
                read,
            )
            .optional()
            .doing("read a key")?
            .ok_or_else(|| Refused::missing("key", id).into())
    }

    /// The keys of an organisation, the newest first; those that are revoked or over are told too.
    ///
    /// # Errors
    /// When the store fails.
    pub fn api_keys(&self, organisation: &OrganisationId) -> Result<Vec<ApiKey>> {
        const DOING: &str = "list keys";
        let db = self.db_of_all();
        let mut statement = db
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM api_keys WHERE organisation_id = ? ORDER BY created_at DESC, id"
            ))
            .doing(DOING)?;
        let rows = statement.query_map(params![organisation.as_str()], read).doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }

    /// Revokes a key: from now on it opens nothing. One that is revoked already stays so since then.
    ///
    /// # Errors
    /// [`Refused::Missing`]; when the store fails.
    pub fn revoke_api_key(&self, organisation: &OrganisationId, id: &str, now: Timestamp) -> Result<ApiKey> {
        self.db_of_all()
            .execute(
                "UPDATE api_keys SET revoked_at = ? WHERE organisation_id = ? AND id = ? AND revoked_at IS NULL",
                params![now.as_microsecond(), organisation.as_str(), id],
            )
            .doing("revoke a key")?;
        self.api_key_by_id(organisation, id)
    }

    /// The key of a text, if it is neither revoked nor over. Its use is noted.
    ///
    /// # Errors
    /// When the store fails.
    pub fn api_key_of(&self, text: &str, now: Timestamp) -> Result<Option<ApiKey>> {
        const DOING: &str = "look for a key";
        let parts = text.strip_prefix(KEY_PREFIX).and_then(|rest| rest.split_once('_'));
        let Some((id, secret)) = parts else { return Ok(None) };
        let db = self.db_of_all();
        let found: Option<ApiKey> = db
            .query_row(
                &format!("SELECT {COLUMNS} FROM api_keys WHERE id = ? AND digest = ? AND revoked_at IS NULL"),
                params![id, digest(secret)],
                read,
            )
            .optional()
            .doing(DOING)?;
        let Some(key) = found.filter(|key| key.expires_at.is_none_or(|end| end > now)) else {
            return Ok(None);
        };
        if key.used_at.is_none_or(|used| now.duration_since(used) > USE_STEP) {
            db.execute("UPDATE api_keys SET used_at = ? WHERE id = ?", params![now.as_microsecond(), id])
                .doing(DOING)?;
        }
        Ok(Some(key))
    }
}

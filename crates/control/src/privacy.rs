//! Requests of a shop's customers about their data: who asked for what, and what became of it. Whom a request is about is
//! sealed, and gone when it is done.

use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, WorkspaceId};

use crate::db::params;
use crate::error::{Context, Error, Result};
use crate::secret::Secret;
use crate::store::Control;
use crate::tombstones::place;

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivacyKind {
    /// To be told what is stored of a person. It waits for whoever hands it out.
    Export,
    /// To be erased.
    Erase,
    /// That everybody of a connection is erased.
    EraseAll,
}

impl PrivacyKind {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Erase => "erase",
            Self::EraseAll => "erase_all",
        }
    }

    pub(crate) fn named(name: &str) -> Result<Self> {
        [Self::Export, Self::Erase, Self::EraseAll].into_iter().find(|kind| kind.name() == name).ok_or_else(
            || Error::Stored { column: "privacy_requests.kind", reason: "it has no known name".to_owned() },
        )
    }
}

/// A request to be noted.
#[derive(Debug, Clone)]
pub struct NewPrivacyRequest {
    /// Its id; one that is known already is not noted again.
    pub id: String,
    /// What it asks for.
    pub kind: PrivacyKind,
    /// `person` for somebody here, otherwise who passed it on, such as `webhook`.
    pub origin: String,
    /// The connection that it came by.
    pub connection: Option<ConnectionId>,
    /// Whom it is about.
    pub about: Secret,
}

/// A request as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivacyRequest {
    /// Its id.
    pub id: String,
    /// What it asks for.
    pub kind: PrivacyKind,
    /// Who passed it on.
    pub origin: String,
    /// The connection that it came by.
    pub connection: Option<String>,
    /// When it came (UTC).
    pub asked_at: Timestamp,
    /// When it was done (UTC).
    pub finished_at: Option<Timestamp>,
    /// What was found or changed, as JSON; never whom.
    pub counts: Option<String>,
}

impl Control {
    /// Notes a request, once.
    ///
    /// # Errors
    /// When the store fails or a key is missing.
    pub fn note_privacy_request(
        &self,
        workspace: &WorkspaceId,
        new: &NewPrivacyRequest,
        now: Timestamp,
    ) -> Result<()> {
        let sealed = self.seal(Some(workspace), &place(workspace.as_str(), &new.id), new.about.expose())?;
        self.db_of(workspace)
            .execute(
                "INSERT INTO privacy_requests (workspace_id, id, kind, origin, connection_id, asked_at, sealed, \
                 key_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (workspace_id, id) DO NOTHING",
                params![
                    workspace.as_str(),
                    new.id,
                    new.kind.name(),
                    new.origin,
                    new.connection.as_ref().map(ConnectionId::as_str),
                    now.as_microsecond(),
                    sealed.bytes,
                    sealed.version
                ],
            )
            .doing("note a request of a person")?;
        Ok(())
    }

    /// The requests of a workspace, the newest first.
    ///
    /// # Errors
    /// When the store fails.
    pub fn privacy_requests(&self, workspace: &WorkspaceId, most: u32) -> Result<Vec<PrivacyRequest>> {
        const DOING: &str = "list requests of persons";
        type Cells = (String, String, String, Option<String>, i64, Option<i64>, Option<String>);
        let found: Vec<Cells> = {
            let db = self.db_of(workspace);
            let mut statement = db
                .prepare_cached(
                    "SELECT id, kind, origin, connection_id, asked_at, finished_at, counts FROM privacy_requests \
                     WHERE workspace_id = ? ORDER BY asked_at DESC, id LIMIT ?",
                )
                .doing(DOING)?;
            let rows = statement
                .query_map(params![workspace.as_str(), i64::from(most)], |row| {
                    Ok((
                        row.get(0)?,
                        row.get(1)?,
                        row.get(2)?,
                        row.get(3)?,
                        row.get(4)?,
                        row.get(5)?,
                        row.get(6)?,
                    ))
                })
                .doing(DOING)?;
            rows.collect::<std::result::Result<_, _>>().doing(DOING)?
        };
        let time = |micros| {
            Timestamp::from_microsecond(micros)
                .map_err(|error| Error::Stored { column: "privacy_requests", reason: error.to_string() })
        };
        found
            .into_iter()
            .map(|(id, kind, origin, connection, asked_at, finished_at, counts)| {
                Ok(PrivacyRequest {
                    id,
                    kind: PrivacyKind::named(&kind)?,
                    origin,
                    connection,
                    asked_at: time(asked_at)?,
                    finished_at: finished_at.map(time).transpose()?,
                    counts,
                })
            })
            .collect()
    }

    /// Ends a request and forgets whom it was about. `counts` says what was found or changed.
    ///
    /// # Errors
    /// When the store fails.
    pub fn finish_privacy_request(
        &self,
        workspace: &WorkspaceId,
        id: &str,
        counts: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.db_of(workspace)
            .execute(
                "UPDATE privacy_requests SET sealed = NULL, finished_at = ?, counts = ? \
                 WHERE workspace_id = ? AND id = ?",
                params![now.as_microsecond(), counts, workspace.as_str(), id],
            )
            .doing("end a request of a person")?;
        Ok(())
    }
}

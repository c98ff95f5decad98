//! What is known of a platform's limits from the calls of a connection, so that a restart forgets no quota that is used up.

use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, WorkspaceId};

use crate::db::{OptionalExtension, params};
use crate::error::{Context, Result};
use crate::store::Control;

/// The table of this module.
pub(crate) const TABLE: &str = "
CREATE TABLE limits_known (
    workspace_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    -- as the connector writes it
    known TEXT NOT NULL,
    noted_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, connection_id),
    FOREIGN KEY (workspace_id, connection_id) REFERENCES connections (workspace_id, id)
) STRICT;
";

impl Control {
    /// Notes what is known of the limits, in the place of what was known before.
    ///
    /// # Errors
    /// [`crate::Error::ConnectionNotFound`]; when the store fails.
    pub fn note_limits(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        known: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.connection(workspace, connection)?;
        self.db_of(workspace)
            .execute(
                "INSERT INTO limits_known (workspace_id, connection_id, known, noted_at) VALUES (?, ?, ?, ?) \
                 ON CONFLICT (workspace_id, connection_id) DO UPDATE SET \
                 known = excluded.known, noted_at = excluded.noted_at",
                params![workspace.as_str(), connection.as_str(), known, now.as_microsecond()],
            )
            .doing("note what is known of a platform's limits")
            .map(drop)
    }

    /// What was last known of the limits; none where nothing was.
    ///
    /// # Errors
    /// When the store fails.
    pub fn limits_known(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Result<Option<String>> {
        self.db_of(workspace)
            .query_row(
                "SELECT known FROM limits_known WHERE workspace_id = ? AND connection_id = ?",
                [workspace.as_str(), connection.as_str()],
                |row| row.get(0),
            )
            .optional()
            .doing("read what is known of a platform's limits")
    }
}

//! The last test of each connection: whether its platform let us in, and what it said if not.

use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, WorkspaceId};

use crate::connections::ConnectionError;
use crate::db::{OptionalExtension, params};
use crate::error::{Context, Result};
use crate::store::{Control, time};

/// The table of this module.
pub(crate) const TABLE: &str = "
CREATE TABLE connection_tests (
    workspace_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    tested_at INTEGER NOT NULL,
    -- none where the platform let us in
    error_code TEXT,
    error_message TEXT,
    error_cure TEXT,
    PRIMARY KEY (workspace_id, connection_id),
    FOREIGN KEY (workspace_id, connection_id) REFERENCES connections (workspace_id, id)
) STRICT;
";

/// How a test of a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionTest {
    /// When the platform was asked (UTC).
    pub at: Timestamp,
    /// Why it did not let us in, if it did not; never holds a secret.
    pub error: Option<ConnectionError>,
}

impl Control {
    /// Notes how a test of a connection ended, in the place of the one before.
    ///
    /// # Errors
    /// [`crate::Error::ConnectionNotFound`]; when the store fails.
    pub fn note_connection_test(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        test: &ConnectionTest,
    ) -> Result<()> {
        self.connection(workspace, connection)?;
        let error = test.error.as_ref();
        self.db_of(workspace)
            .execute(
                "INSERT INTO connection_tests \
                 (workspace_id, connection_id, tested_at, error_code, error_message, error_cure) \
                 VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (workspace_id, connection_id) DO UPDATE SET \
                 tested_at = excluded.tested_at, error_code = excluded.error_code, \
                 error_message = excluded.error_message, error_cure = excluded.error_cure",
                params![
                    workspace.as_str(),
                    connection.as_str(),
                    test.at.as_microsecond(),
                    error.map(|error| error.code.as_str()),
                    error.map(|error| error.message.as_str()),
                    error.map(|error| error.cure.as_str())
                ],
            )
            .doing("note the test of a connection")
            .map(drop)
    }

    /// How the last test of a connection ended; none where none was made.
    ///
    /// # Errors
    /// When the store fails.
    pub fn connection_test(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
    ) -> Result<Option<ConnectionTest>> {
        self.db_of(workspace)
            .query_row(
                "SELECT tested_at, error_code, error_message, error_cure FROM connection_tests \
                 WHERE workspace_id = ? AND connection_id = ?",
                [workspace.as_str(), connection.as_str()],
                |row| {
                    let code: Option<String> = row.get(1)?;
                    let (message, cure): (Option<String>, Option<String>) = (row.get(2)?, row.get(3)?);
                    let error = code.map(|code| ConnectionError {
                        code,
                        message: message.unwrap_or_default(),
                        cure: cure.unwrap_or_default(),
                    });
                    Ok(ConnectionTest { at: time(row, 0)?, error })
                },
            )
            .optional()
            .doing("read the test of a connection")
    }
}

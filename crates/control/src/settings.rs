//! Every state that a workspace's rules of reckoning ever had: a figure can name the rules that it was made by.

use crate::db::{OptionalExtension, Transaction, params};
use netgain_domain::WorkspaceId;
use netgain_domain::jiff::Timestamp;

use crate::error::{Context, Result};
use crate::store::{Control, time};

pub(crate) const TABLES: &str = "
CREATE TABLE settings_versions (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    number INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    settings TEXT NOT NULL,
    PRIMARY KEY (workspace_id, number)
) STRICT;
";

/// One state of the rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsVersion {
    /// 1 for those that the workspace was created with, then counting.
    pub number: i64,
    /// Since when they hold.
    pub recorded_at: Timestamp,
    /// The rules as JSON.
    pub settings: String,
}

impl Control {
    /// Every state of a workspace's rules, the newest first.
    ///
    /// # Errors
    /// [`crate::Error::WorkspaceNotFound`]; when the store fails.
    pub fn settings_versions(&self, id: &WorkspaceId) -> Result<Vec<SettingsVersion>> {
        const DOING: &str = "list settings";
        let workspace = self.workspace(id)?;
        let db = self.db_of(id);
        let mut statement = db
            .prepare_cached(
                "SELECT number, recorded_at, settings FROM settings_versions WHERE workspace_id = ? \
                 ORDER BY number DESC",
            )
            .doing(DOING)?;
        let rows = statement
            .query_map([id.as_str()], |row| {
                Ok(SettingsVersion { number: row.get(0)?, recorded_at: time(row, 1)?, settings: row.get(2)? })
            })
            .doing(DOING)?;
        let mut versions: Vec<_> = rows.collect::<std::result::Result<_, _>>().doing(DOING)?;
        if versions.is_empty() {
            // nobody changed them yet
            let (recorded_at, settings) = (workspace.created_at, workspace.settings);
            versions.push(SettingsVersion { number: 1, recorded_at, settings });
        }
        Ok(versions)
    }
}

/// Keeps new rules beside those that they replace. Rules that say the same are no new version.
pub(crate) fn keep(change: &Transaction<'_>, id: &WorkspaceId, settings: &str) -> Result<()> {
    const DOING: &str = "keep the settings";
    let old: Option<(String, i64)> = change
        .query_row("SELECT settings, created_at FROM workspaces WHERE id = ?", [id.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
        .doing(DOING)?;
    let Some((old, created_at)) = old.filter(|(old, _)| old != settings) else { return Ok(()) };
    let insert = "INSERT INTO settings_versions (workspace_id, number, recorded_at, settings) VALUES (?, ?, ?, ?) \
                  ON CONFLICT DO NOTHING";
    change.execute(insert, params![id.as_str(), 1, created_at, old]).doing(DOING)?;
    let newest: i64 = change
        .query_row("SELECT max(number) FROM settings_versions WHERE workspace_id = ?", [id.as_str()], |row| {
            row.get(0)
        })
        .doing(DOING)?;
    let now = Timestamp::now().as_microsecond();
    change.execute(insert, params![id.as_str(), newest + 1, now, settings]).doing(DOING)?;
    Ok(())
}

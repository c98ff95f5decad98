//! Workspaces: one brand each, with its reporting currency, time zone and settings.

use crate::db::{OptionalExtension, Row, TransactionBehavior, params};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{Currency, WorkspaceId};

use crate::error::{Context, Error, Result};
use crate::store::{Control, parsed, time};

/// A workspace to create.
#[derive(Debug, Clone)]
pub struct NewWorkspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name for people.
    pub name: String,
    /// The reporting currency.
    pub currency: Currency,
    /// The zone whose midnights part the days, by its IANA name.
    pub time_zone: String,
    /// The rules of reckoning as JSON; kept as it is, its form belongs to whoever reckons.
    pub settings: String,
}

/// A workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name for people.
    pub name: String,
    /// The reporting currency.
    pub currency: Currency,
    /// The zone whose midnights part the days, by its IANA name.
    pub time_zone: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// The rules of reckoning as JSON.
    pub settings: String,
}

const COLUMNS: &str = "id, name, currency, time_zone, created_at, settings";

fn read(row: &Row<'_>) -> crate::db::Result<Workspace> {
    Ok(Workspace {
        id: parsed(row, 0)?,
        name: row.get(1)?,
        currency: parsed(row, 2)?,
        time_zone: row.get(3)?,
        created_at: time(row, 4)?,
        settings: row.get(5)?,
    })
}

impl Control {
    /// Creates a workspace.
    ///
    /// # Errors
    /// [`Error::WorkspaceExists`]; when the store fails.
    pub fn create_workspace(&self, new: &NewWorkspace) -> Result<Workspace> {
        let made = self
            .db_of(&new.id)
            .execute(
                "INSERT INTO workspaces (id, name, currency, time_zone, created_at, settings) \
                 VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                params![
                    new.id.as_str(),
                    new.name,
                    new.currency.code(),
                    new.time_zone,
                    Timestamp::now().as_microsecond(),
                    new.settings
                ],
            )
            .doing("create a workspace")?;
        if made == 0 {
            return Err(Error::WorkspaceExists(new.id.to_string()));
        }
        self.workspace(&new.id)
    }

    /// A workspace by its id.
    ///
    /// # Errors
    /// [`Error::WorkspaceNotFound`]; when the store fails.
    pub fn workspace(&self, id: &WorkspaceId) -> Result<Workspace> {
        self.db_of(id)
            .query_row(&format!("SELECT {COLUMNS} FROM workspaces WHERE id = ?"), [id.as_str()], read)
            .optional()
            .doing("read a workspace")?
            .ok_or_else(|| Error::WorkspaceNotFound(id.to_string()))
    }

    /// All workspaces, by id.
    ///
    /// # Errors
    /// When the store fails.
    pub fn workspaces(&self) -> Result<Vec<Workspace>> {
        const DOING: &str = "list workspaces";
        let db = self.db_of_all();
        let mut statement =
            db.prepare_cached(&format!("SELECT {COLUMNS} FROM workspaces ORDER BY id")).doing(DOING)?;
        let rows = statement.query_map([], read).doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }

    /// Replaces the rules of reckoning together with the currency and the time zone that they name. The old ones stay
    /// among [`Control::settings_versions`].
    ///
    /// # Errors
    /// [`Error::WorkspaceNotFound`]; when the store fails.
    pub fn update_settings(
        &self,
        id: &WorkspaceId,
        currency: Currency,
        time_zone: &str,
        settings: &str,
    ) -> Result<Workspace> {
        const DOING: &str = "change settings";
        let changed = {
            let mut db = self.db_of(id);
            let change = db.transaction_with_behavior(TransactionBehavior::Immediate).doing(DOING)?;
            crate::settings::keep(&change, id, settings)?;
            let changed = change
                .execute(
                    "UPDATE workspaces SET currency = ?, time_zone = ?, settings = ? WHERE id = ?",
                    params![currency.code(), time_zone, settings, id.as_str()],
                )
                .doing(DOING)?;
            change.commit().doing(DOING)?;
            changed
        };
        if changed == 0 { Err(Error::WorkspaceNotFound(id.to_string())) } else { self.workspace(id) }
    }
}

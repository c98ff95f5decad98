//! Adding an entry.

use crate::db::{OptionalExtension, Transaction, TransactionBehavior, params};

use super::entry::{BEGINNING, canonical, hash};
use super::{NewEntry, heads};
use crate::error::{Context, Result};
use crate::store::Control;

const DOING: &str = "add to the audit";

impl Control {
    /// Adds an entry to the audit. Writers come in one after the other, also from several processes.
    ///
    /// # Errors
    /// When the store fails; then nothing is added.
    pub fn record(&self, entry: &NewEntry) -> Result<()> {
        let (number, hash) = {
            let mut db = self.db_of_all();
            let step = db.transaction_with_behavior(TransactionBehavior::Immediate).doing(DOING)?;
            let added = add(&step, entry)?;
            step.commit().doing(DOING)?;
            added
        };
        if number % heads::EVERY == 0 {
            heads::note(self.home(), number, &hash);
        }
        Ok(())
    }
}

/// Adds an entry within a transaction. Gives its number and its hash.
pub(crate) fn add(step: &Transaction<'_>, entry: &NewEntry) -> Result<(i64, Vec<u8>)> {
    let details = canonical(&entry.details).to_string();
    let workspace = entry.workspace.as_ref().map(|id| id.as_str().to_owned());
    let at = entry.at.as_microsecond();
    step.execute(
        "INSERT INTO audit_head (id, number, hash) VALUES (1, 0, ?) ON CONFLICT (id) DO NOTHING",
        params![BEGINNING.to_vec()],
    )
    .doing(DOING)?;
    let moved: Option<(i64, Vec<u8>)> = step
        .query_row(
            "UPDATE audit_head SET number = number + 1 WHERE id = 1 RETURNING number, hash",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
        .doing(DOING)?;
    let (number, previous) = moved.unwrap_or((1, BEGINNING.to_vec()));
    let texts = [entry.actor.kind.name(), entry.actor.id.as_str(), entry.action, &entry.subject, &details];
    let hash = hash(number, at, workspace.as_deref().unwrap_or_default(), &texts, &previous).to_vec();
    step.execute(
        "INSERT INTO audit (number, at, workspace_id, actor_kind, actor_id, action, subject, details, \
         previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            number,
            at,
            workspace,
            entry.actor.kind.name(),
            entry.actor.id,
            entry.action,
            entry.subject,
            details,
            previous,
            hash
        ],
    )
    .doing(DOING)?;
    step.execute("UPDATE audit_head SET hash = ? WHERE id = 1", params![hash]).doing(DOING)?;
    Ok((number, hash))
}

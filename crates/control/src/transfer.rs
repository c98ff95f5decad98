//! Bringing the control store from one engine to the other: all of it in one transaction, proved by checksums.
//!
//! Which tables there are, what tells their rows apart and which of them refer to others is read from the schema itself,
//! so that a table that is added later cannot be forgotten. Sealed values are copied as they are. Of the audit only the
//! entries that are missing are added: the store refuses to lose one.

mod hold;
mod tables;

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use crate::audit::{self, NewEntry, hex};
use crate::db::{Dialect, OptionalExtension, Transaction, Value, params};
use crate::error::{Context, Error, Result};
use crate::keys::StoredKey;
use crate::store::Control;
use tables::Table;

const DOING: &str = "copy a table to another store";

/// A step of the schema that changes no table: with it the rights of the application's role are given anew, and those on
/// the counters of ids (which [`Copying::everything`] moves) are among them since.
pub(crate) const COUNTERS: &str = "-- the application's role may move the counters of ids\n";

/// Programs that run now. They say so by themselves, wherever they are.
const LEFT_OUT: &str = "nodes";
/// It is only added to.
const AUDIT: &str = "audit";
/// Rows that are read or written at once.
const TOGETHER: usize = 100;

/// What one store holds of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSum {
    /// Its rows.
    pub rows: u64,
    /// SHA-256 over all cells, in the order of the table's key, in hex.
    pub sha256: String,
}

/// What became of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiedTable {
    /// The table.
    pub table: String,
    /// What the store that was copied from holds.
    pub from: TableSum,
    /// What the other one holds now.
    pub to: TableSum,
    /// Whether rows were copied; not so where both held the same already.
    pub copied: bool,
}

/// Two stores that nobody else works with for as long as this lives.
pub struct Copying<'c> {
    from: &'c Transaction<'c>,
    to: &'c Transaction<'c>,
    control: &'c Control,
}

impl Control {
    /// Does `work` while nobody else uses this store or the one that is copied `from`. What is copied holds once `work` is
    /// done, and not at all when it fails or the process ends before. `work` must not use either store by another way.
    ///
    /// # Errors
    /// [`Error::InUse`] when another program has one of them open; what `work` returns.
    pub fn alone_with<T, E: From<Error>>(
        &self,
        from: &Self,
        work: impl FnOnce(&Copying<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        const HOLDING: &str = "hold for the copy";
        let (mut source, mut target) = (from.db_of_all(), self.db_of_all());
        let source = source.transaction().doing(HOLDING)?;
        let target = target.transaction().doing(HOLDING)?;
        let ours = [from.owner.name.as_str(), self.owner.name.as_str()];
        hold::hold(&source, from, &ours)?;
        hold::hold(&target, self, &ours)?;
        let done = work(&Copying { from: &source, to: &target, control: self })?;
        // in this order: what the audits tell of the copy must not stand in the copy alone
        source.commit().doing("keep that it was copied")?;
        target.commit().doing("keep what was copied")?;
        Ok(done)
    }
}

impl Copying<'_> {
    /// Adds an entry to the audit of the store that is copied from; it goes over with the others.
    ///
    /// # Errors
    /// When the store fails.
    pub fn record(&self, entry: &NewEntry) -> Result<()> {
        audit::add(self.from, entry).map(drop)
    }

    /// Copies every table but that of running programs, in place of what is there; `done` hears of each.
    ///
    /// # Errors
    /// [`Error::MasterKeyMissing`], [`Error::MasterKeyWrong`] when the secrets could not be opened in this installation;
    /// [`Error::OtherAudit`] when the store that is copied to has an audit of its own; [`Error::NotTheSame`]; when an
    /// engine fails.
    pub fn everything(&self, done: &mut dyn FnMut(&CopiedTable)) -> Result<Vec<CopiedTable>> {
        self.keys_open()?;
        let tables: Vec<Table> = tables::all()?.into_iter().filter(|table| table.name != LEFT_OUT).collect();
        let mut sums = Vec::with_capacity(tables.len());
        let mut stale = HashSet::new();
        for table in &tables {
            let theirs = sum(self.from, table)?;
            // a row cannot be replaced under those that refer to it
            if sum(self.to, table)? != theirs || table.parents.iter().any(|name| stale.contains(name)) {
                stale.insert(table.name.clone());
            }
            sums.push(theirs);
        }
        for table in tables.iter().rev().filter(|table| stale.contains(&table.name) && table.name != AUDIT) {
            self.to.execute(&format!("DELETE FROM \"{}\"", table.name), []).doing(DOING)?;
        }
        let mut all = Vec::with_capacity(tables.len());
        for (table, from) in tables.iter().zip(sums) {
            let copied = stale.contains(&table.name);
            if copied {
                self.copy(table)?;
            }
            let to = sum(self.to, table)?;
            if to != from {
                return Err(Error::NotTheSame { table: table.name.clone(), from: from.rows, to: to.rows });
            }
            let one = CopiedTable { table: table.name.clone(), from, to, copied };
            done(&one);
            all.push(one);
        }
        Ok(all)
    }

    fn copy(&self, table: &Table) -> Result<()> {
        let mut after = if table.name == AUDIT { self.end_of_audit()? } else { None };
        loop {
            let rows = page(self.from, table, after.as_deref())?;
            let Some(last) = rows.last() else { break };
            after = Some(table.key_of(last));
            let sql = table.insert(rows.len());
            self.to.execute(&sql, rows.into_iter().flatten().collect::<Vec<_>>()).doing(DOING)?;
        }
        self.move_counter(table)
    }

    /// The last entry that the other store has, which must be one of ours.
    fn end_of_audit(&self) -> Result<Option<Vec<Value>>> {
        let end: Option<(i64, Vec<u8>)> = self
            .to
            .query_row("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()
            .doing(DOING)?;
        let Some((number, hash)) = end else { return Ok(None) };
        let ours: Option<Vec<u8>> = self
            .from
            .query_row("SELECT hash FROM audit WHERE number = ?", [number], |row| row.get(0))
            .optional()
            .doing(DOING)?;
        // each hash is made of the one before: the same end means the same entries
        if ours == Some(hash) {
            return Ok(Some(vec![Value::Int(number)]));
        }
        Err(Error::OtherAudit { place: self.control.place().to_owned() })
    }

    /// The next id that the other store counts follows the highest that was copied. SQLite looks at the rows each time.
    fn move_counter(&self, table: &Table) -> Result<()> {
        let (Some(counted), Dialect::Postgres) = (&table.counted, self.control.engine.dialect()) else {
            return Ok(());
        };
        let sequence: Option<String> = self
            .to
            .query_row("SELECT pg_get_serial_sequence(?, ?)", params![table.name, counted], |row| row.get(0))
            .doing(DOING)?;
        let Some(sequence) = sequence else { return Ok(()) };
        // counters do not go back with a transaction, so this one must never go down
        let sql = format!(
            "SELECT setval(CAST(? AS text)::regclass, \
             greatest((SELECT coalesce(max({counted}), 1) FROM {}), (SELECT last_value FROM {sequence})))",
            table.name
        );
        self.to.query_row(&sql, [sequence.as_str()], |row| row.get::<_, i64>(0)).doing(DOING).map(drop)
    }

    /// Whether this installation could open what is sealed in the store.
    fn keys_open(&self) -> Result<()> {
        const DOING: &str = "list data keys";
        let mut statement = self
            .from
            .prepare_cached("SELECT workspace_id, version, master_id, sealed FROM data_keys")
            .doing(DOING)?;
        let keys = statement.query_map([], |row| {
            Ok(StoredKey {
                scope: row.get(0)?,
                version: row.get(1)?,
                master_id: row.get(2)?,
                sealed: row.get(3)?,
            })
        });
        for key in keys.doing(DOING)? {
            self.control.unsealed(&key.doing(DOING)?)?;
        }
        Ok(())
    }
}

/// The rows that follow a key, a few.
fn page(db: &Transaction<'_>, table: &Table, after: Option<&[Value]>) -> Result<Vec<Vec<Value>>> {
    let width = table.columns.len();
    let mut statement = db.prepare_cached(&table.select(after.is_some(), TOGETHER)).doing(DOING)?;
    let rows = statement.query_map(after.unwrap_or_default().to_vec(), |row| {
        (0..width).map(|at| row.get::<_, Value>(at)).collect::<crate::db::Result<Vec<_>>>()
    });
    rows.doing(DOING)?.collect::<std::result::Result<_, _>>().doing(DOING)
}

/// Rows and checksum of a table.
fn sum(db: &Transaction<'_>, table: &Table) -> Result<TableSum> {
    let (mut sha, mut count, mut after) = (Sha256::new(), 0_u64, None);
    loop {
        let rows = page(db, table, after.as_deref())?;
        let Some(last) = rows.last() else { break };
        after = Some(table.key_of(last));
        for cell in rows.iter().flatten() {
            // kind and length first, so that no two rows read the same
            let number;
            let (kind, bytes): (u8, &[u8]) = match cell {
                Value::Null => (0, &[]),
                Value::Int(whole) => {
                    number = whole.to_be_bytes();
                    (1, &number)
                }
                Value::Text(text) => (2, text.as_bytes()),
                Value::Bytes(bytes) => (3, bytes),
            };
            sha.update([kind]);
            sha.update((bytes.len() as u64).to_be_bytes());
            sha.update(bytes);
        }
        count += rows.len() as u64;
    }
    Ok(TableSum { rows: count, sha256: hex(&sha.finalize()) })
}

//! New keys while the program runs. Every step is one transaction or one file: ended at any of them, everything opens, and
//! the next call goes on where it stopped. Old data keys stay beside the new ones, so that what is read while it is sealed
//! anew opens either way.

use std::ops::ControlFlow;

use crate::db::{OptionalExtension, params};
use netgain_domain::WorkspaceId;
use netgain_domain::jiff::Timestamp;

use super::data::{StoredKey, place, seal_with};
use crate::error::{Context, Result};
use crate::store::Control;

/// What is to be renewed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rotation {
    /// The master key: a new file, or the first of the environment's.
    pub master: bool,
    /// The data keys, and with them everything that they seal.
    pub data_keys: bool,
}

/// A step that was done; nothing of it is lost when the work ends here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RotationStep {
    /// A master key was chosen and kept.
    MasterChosen,
    /// A data key was sealed with it.
    DataKeySealed,
    /// A data key was made.
    DataKeyMade,
    /// A value was sealed with the newest data key.
    ValueSealed,
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rotated {
    /// The master key that seals now.
    pub master: String,
    /// Data keys that were sealed with it.
    pub data_keys_sealed: u64,
    /// Data keys that were made.
    pub data_keys_made: u64,
    /// Values that were sealed anew.
    pub values_sealed: u64,
    /// Values that no key opens; they stay as they are.
    pub values_unreadable: u64,
    /// Key files that seal nothing any more, by their new names.
    pub retired: Vec<String>,
    /// Whether everything was done; otherwise the next call goes on.
    pub finished: bool,
}

/// A table of sealed values.
struct Values {
    table: &'static str,
    /// What tells its rows apart, as text.
    key: &'static [&'static str],
    place: fn(&str, &[String]) -> String,
}

const VALUES: [Values; 5] = [
    Values {
        table: "secrets",
        key: &["connection_id", "name"],
        place: |scope, key| crate::secret::place_of(scope, &key[0], &key[1]),
    },
    Values {
        table: "grants",
        key: &["connection_id", "CAST(version AS TEXT)"],
        place: |scope, key| crate::grants::place_of(scope, &key[0], &key[1]),
    },
    Values {
        table: "factor_secrets",
        key: &["person_id"],
        place: |_, key| crate::people::factors::place(&key[0]),
    },
    Values {
        table: "privacy_requests",
        key: &["id"],
        place: |scope, key| crate::tombstones::place(scope, &key[0]),
    },
    Values { table: "sign_ins", key: &["state"], place: |_, key| crate::sign_ins::place(&key[0]) },
];

/// A sealed value with what tells it apart.
struct Value {
    key: Vec<String>,
    sealed: Vec<u8>,
}

impl Control {
    /// Renews keys, or goes on with what an earlier call had not finished; called with nothing to renew, it only does the
    /// latter. `each` hears of every step and may end the work.
    ///
    /// # Errors
    /// [`crate::Error::MasterKeyMissing`], [`crate::Error::MasterKeyWrong`] when a data key cannot be opened; when the store
    /// or a key file fails. What was done until then holds.
    pub fn rotate_secrets(
        &self,
        rotation: Rotation,
        each: &mut dyn FnMut(RotationStep) -> ControlFlow<()>,
    ) -> Result<Rotated> {
        let mut done = Rotated::default();
        let master = self.rotate_master(rotation.master, each, &mut done)?;
        let all = match master {
            ControlFlow::Break(()) => ControlFlow::Break(()),
            ControlFlow::Continue(()) => match self.renew_data_keys(rotation.data_keys, each, &mut done)? {
                ControlFlow::Break(()) => ControlFlow::Break(()),
                ControlFlow::Continue(()) => self.seal_anew(each, &mut done)?,
            },
        };
        done.master = self.sealing_master()?.id().to_owned();
        if all.is_continue() {
            self.finish_rotations()?;
            done.retired = self.retire_masters(done.values_unreadable)?;
            done.finished = true;
        }
        Ok(done)
    }

    fn rotate_master(
        &self,
        renew: bool,
        each: &mut dyn FnMut(RotationStep) -> ControlFlow<()>,
        done: &mut Rotated,
    ) -> Result<ControlFlow<()>> {
        let under_way = self.under_way("master")?;
        if renew && under_way.is_none() {
            let target = match self.keys.masters.preferred() {
                Some(key) => key,
                None => self.keys.masters.make()?,
            };
            self.begin_rotation("master", target.id())?;
            if each(RotationStep::MasterChosen).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        let target = self.sealing_master()?;
        for stored in self.keys_not_of(target.id())? {
            let sealed = target.wrap(&place(&stored.scope, stored.version), &self.unsealed(&stored)?)?;
            let changed = self
                .db_of_all()
                .execute(
                    "UPDATE data_keys SET master_id = ?, sealed = ? \
                     WHERE workspace_id = ? AND version = ? AND master_id = ?",
                    params![target.id(), sealed, stored.scope, stored.version, stored.master_id],
                )
                .doing("seal a data key anew")?;
            done.data_keys_sealed += changed as u64;
            if each(RotationStep::DataKeySealed).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn renew_data_keys(
        &self,
        renew: bool,
        each: &mut dyn FnMut(RotationStep) -> ControlFlow<()>,
        done: &mut Rotated,
    ) -> Result<ControlFlow<()>> {
        let mut since = self.under_way("data")?;
        if renew && since.is_none() {
            since = Some(self.begin_rotation("data", "")?);
        }
        let Some(since) = since else { return Ok(ControlFlow::Continue(())) };
        for (scope, version) in self.keys_older_than(since)? {
            self.add_key(&scope, version + 1)?;
            done.data_keys_made += 1;
            if each(RotationStep::DataKeyMade).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Seals with the newest data key what an older key sealed, one value at a time. A value that somebody replaced
    /// meanwhile stays as they left it.
    fn seal_anew(
        &self,
        each: &mut dyn FnMut(RotationStep) -> ControlFlow<()>,
        done: &mut Rotated,
    ) -> Result<ControlFlow<()>> {
        for values in &VALUES {
            for scope in self.scopes_of(values)? {
                let workspace: Option<WorkspaceId> = scope.parse().ok();
                let newest = self.newest_key(&scope)?;
                for value in self.older_values(values, &scope, newest.version)? {
                    let place = (values.place)(&scope, &value.key);
                    let Some(plain) = self.open_sealed(workspace.as_ref(), &place, &value.sealed)? else {
                        done.values_unreadable += 1;
                        continue;
                    };
                    let sealed = seal_with(&newest, &place, &plain)?;
                    let here: String = values.key.iter().map(|column| format!(" AND {column} = ?")).collect();
                    let sql = format!(
                        "UPDATE {} SET sealed = ?, key_version = ? WHERE workspace_id = ? AND sealed = ?{here}",
                        values.table
                    );
                    let mut given: Vec<&dyn crate::db::ToValue> =
                        vec![&sealed.bytes, &sealed.version, &scope, &value.sealed];
                    given.extend(value.key.iter().map(|part| part as &dyn crate::db::ToValue));
                    done.values_sealed +=
                        self.db_of_all().execute(&sql, &given[..]).doing("seal a value anew")? as u64;
                    if each(RotationStep::ValueSealed).is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Since when a renewal of that kind is under way.
    fn under_way(&self, kind: &str) -> Result<Option<i64>> {
        self.db_of_all()
            .query_row(
                "SELECT started_at FROM key_rotations WHERE kind = ? AND finished_at IS NULL",
                [kind],
                |row| row.get(0),
            )
            .optional()
            .doing("read which keys are being renewed")
    }

    fn begin_rotation(&self, kind: &str, target: &str) -> Result<i64> {
        let now = Timestamp::now().as_microsecond();
        self.db_of_all()
            .execute(
                "INSERT INTO key_rotations (kind, target, started_at) VALUES (?, ?, ?) \
                 ON CONFLICT (kind) DO UPDATE SET target = excluded.target, started_at = excluded.started_at, \
                 finished_at = NULL",
                params![kind, target, now],
            )
            .doing("begin to renew keys")?;
        Ok(now)
    }

    fn finish_rotations(&self) -> Result<()> {
        let now = Timestamp::now().as_microsecond();
        self.db_of_all()
            .execute("UPDATE key_rotations SET finished_at = ? WHERE finished_at IS NULL", params![now])
            .doing("end the renewal of keys")
            .map(drop)
    }

    /// Puts key files aside that seal nothing, unless something is left that may need them.
    fn retire_masters(&self, unreadable: u64) -> Result<Vec<String>> {
        if unreadable > 0 {
            return Ok(Vec::new());
        }
        let mut used = vec![self.sealing_master()?.id().to_owned()];
        {
            const DOING: &str = "list master keys";
            let db = self.db_of_all();
            let mut statement = db.prepare_cached("SELECT DISTINCT master_id FROM data_keys").doing(DOING)?;
            let rows = statement.query_map([], |row| row.get(0)).doing(DOING)?;
            used.extend(rows.collect::<std::result::Result<Vec<String>, _>>().doing(DOING)?);
        }
        self.keys.masters.retire(|id| used.iter().any(|one| one == id))
    }

    fn keys_not_of(&self, master: &str) -> Result<Vec<StoredKey>> {
        const DOING: &str = "list data keys";
        let db = self.db_of_all();
        let mut statement = db
            .prepare_cached(
                "SELECT workspace_id, version, master_id, sealed FROM data_keys WHERE master_id <> ? \
                 ORDER BY workspace_id, version",
            )
            .doing(DOING)?;
        let rows = statement.query_map([master], |row| {
            Ok(StoredKey {
                scope: row.get(0)?,
                version: row.get(1)?,
                master_id: row.get(2)?,
                sealed: row.get(3)?,
            })
        });
        rows.doing(DOING)?.collect::<std::result::Result<_, _>>().doing(DOING)
    }

    /// The newest version of every data key that was made before an instant; that of tombstones stays as it is for good.
    fn keys_older_than(&self, since: i64) -> Result<Vec<(String, i64)>> {
        const DOING: &str = "list data keys";
        let db = self.db_of_all();
        let mut statement = db
            .prepare_cached(
                "SELECT workspace_id, max(version) FROM data_keys WHERE workspace_id <> '*tombstones' \
                 GROUP BY workspace_id HAVING max(created_at) < ? ORDER BY workspace_id",
            )
            .doing(DOING)?;
        let rows = statement.query_map([since], |row| Ok((row.get(0)?, row.get(1)?))).doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }

    fn scopes_of(&self, values: &Values) -> Result<Vec<String>> {
        const DOING: &str = "list sealed values";
        let db = self.db_of_all();
        let sql = format!("SELECT DISTINCT workspace_id FROM {} WHERE sealed IS NOT NULL", values.table);
        let mut statement = db.prepare_cached(&sql).doing(DOING)?;
        let rows = statement.query_map([], |row| row.get(0)).doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }

    fn older_values(&self, values: &Values, scope: &str, newest: i64) -> Result<Vec<Value>> {
        const DOING: &str = "list sealed values";
        let db = self.db_of_all();
        let sql = format!(
            "SELECT sealed, {} FROM {} WHERE workspace_id = ? AND key_version < ? AND sealed IS NOT NULL",
            values.key.join(", "),
            values.table
        );
        let mut statement = db.prepare_cached(&sql).doing(DOING)?;
        let rows = statement.query_map(params![scope, newest], |row| {
            let key = (1..=values.key.len()).map(|at| row.get(at)).collect::<crate::db::Result<_>>()?;
            Ok(Value { sealed: row.get(0)?, key })
        });
        rows.doing(DOING)?.collect::<std::result::Result<_, _>>().doing(DOING)
    }
}

//! Data keys: what seals secrets.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::db::{OptionalExtension, params};
use netgain_domain::WorkspaceId;
use netgain_domain::jiff::Timestamp;
use zeroize::Zeroizing;

use super::MasterKeys;
use super::cipher::{Cipher, random_key};
use super::master::MasterKey;
use crate::error::{Context, Error, Result};
use crate::store::Control;

/// First byte of what the master key itself sealed, before there were data keys.
const FORM_MASTER: u8 = 1;
/// First byte of what a data key sealed; its version follows in four bytes.
const FORM_DATA: u8 = 2;

/// A sealed value and the version of the key that sealed it.
pub(crate) struct Sealed {
    pub(crate) bytes: Vec<u8>,
    pub(crate) version: i64,
}

/// A data key, opened.
#[derive(Clone)]
pub(crate) struct DataKey {
    pub(crate) version: i64,
    cipher: Arc<Cipher>,
}

/// The master keys, and the data keys that were opened with them.
pub(crate) struct DataKeys {
    pub(crate) masters: MasterKeys,
    opened: Mutex<HashMap<(String, i64), Arc<Cipher>>>,
}

impl DataKeys {
    pub(crate) fn new(masters: MasterKeys) -> Self {
        Self { masters, opened: Mutex::new(HashMap::new()) }
    }
}

/// A data key as it is stored.
pub(crate) struct StoredKey {
    pub(crate) scope: String,
    pub(crate) version: i64,
    pub(crate) master_id: String,
    pub(crate) sealed: Vec<u8>,
}

/// Whose data key: a workspace's, or with none the installation's own.
pub(crate) fn scope(workspace: Option<&WorkspaceId>) -> &str {
    workspace.map_or("", WorkspaceId::as_str)
}

/// What a sealed data key is bound to.
pub(crate) fn place(scope: &str, version: i64) -> String {
    format!("data-key/{scope}/{version}")
}

impl Control {
    /// Seals a text for one place with the data key of a workspace, or with none of the installation.
    pub(crate) fn seal(&self, workspace: Option<&WorkspaceId>, place: &str, plain: &str) -> Result<Sealed> {
        let key = self.newest_key(scope(workspace))?;
        seal_with(&key, place, plain)
    }

    /// Opens what was sealed for this place; nothing if the workspace, the place or a byte differs.
    ///
    /// # Errors
    /// [`Error::MasterKeyMissing`], [`Error::MasterKeyWrong`] when its data key cannot be opened.
    pub(crate) fn open_sealed(
        &self,
        workspace: Option<&WorkspaceId>,
        place: &str,
        sealed: &[u8],
    ) -> Result<Option<Zeroizing<String>>> {
        let Some((form, rest)) = sealed.split_first() else { return Ok(None) };
        let plain = match *form {
            FORM_MASTER => {
                let mut found = None;
                for key in self.keys.masters.all() {
                    if found.is_none() {
                        found = key.unwrap(place, rest)?;
                    }
                }
                found
            }
            FORM_DATA => {
                let Some((version, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
                let version = i64::from(u32::from_be_bytes(*version));
                match self.key_of(scope(workspace), version)? {
                    Some(key) => key.cipher.open(place, rest),
                    None => None,
                }
            }
            _ => None,
        };
        Ok(plain.and_then(text))
    }

    /// Refuses master keys that open nothing of this store. The installation's own data key, which the first node makes, is
    /// the known value that every later one has to open: a node with another key would seal what no other can read.
    ///
    /// # Errors
    /// [`Error::MasterKeyMissing`]; [`Error::MasterKeyWrong`].
    pub(crate) fn check_master_keys(&self) -> Result<()> {
        let own = scope(None);
        let mut known = self.stored_key(own, None)?;
        if known.is_none() {
            self.add_key(own, 1)?;
            known = self.stored_key(own, None)?;
        }
        // opened and not remembered: a copy of another store may take its place
        known.map_or(Ok(()), |stored| self.unsealed(&stored).map(drop))
    }

    /// The newest data key of a scope; the first is made when it is needed.
    pub(crate) fn newest_key(&self, scope: &str) -> Result<DataKey> {
        if let Some(stored) = self.stored_key(scope, None)? {
            return self.opened_key(&stored);
        }
        self.add_key(scope, 1)?;
        let stored = self.stored_key(scope, None)?;
        let unread = || Error::Stored { column: "data_keys", reason: "a new key is not there".to_owned() };
        self.opened_key(&stored.ok_or_else(unread)?)
    }

    /// Makes a version of a data key; of two who make it at once, the first one's stays.
    pub(crate) fn add_key(&self, scope: &str, version: i64) -> Result<()> {
        let master = self.sealing_master()?;
        let sealed = master.wrap(&place(scope, version), &random_key()?[..])?;
        self.db_of_all()
            .execute(
                "INSERT INTO data_keys (workspace_id, version, master_id, sealed, created_at) \
                 VALUES (?, ?, ?, ?, ?) ON CONFLICT (workspace_id, version) DO NOTHING",
                params![scope, version, master.id(), sealed, Timestamp::now().as_microsecond()],
            )
            .doing("make a data key")
            .map(drop)
    }

    /// The master key that seals new data keys: the operator's, or that of the last rotation, or the first file.
    pub(crate) fn sealing_master(&self) -> Result<Arc<dyn MasterKey>> {
        if let Some(key) = self.keys.masters.preferred() {
            return Ok(key);
        }
        let active: Option<String> = self
            .db_of_all()
            .query_row("SELECT target FROM key_rotations WHERE kind = 'master'", [], |row| row.get(0))
            .optional()
            .doing("read which master key seals")?;
        if let Some(id) = active
            && let Some(key) = self.keys.masters.find(&id)?
        {
            return Ok(key);
        }
        self.keys.masters.first()
    }

    fn key_of(&self, scope: &str, version: i64) -> Result<Option<DataKey>> {
        let opened = self.keys.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cipher) = opened.get(&(scope.to_owned(), version)) {
            return Ok(Some(DataKey { version, cipher: Arc::clone(cipher) }));
        }
        drop(opened);
        self.stored_key(scope, Some(version))?.map(|stored| self.opened_key(&stored)).transpose()
    }

    fn opened_key(&self, stored: &StoredKey) -> Result<DataKey> {
        let place_in_cache = (stored.scope.clone(), stored.version);
        let opened = self.keys.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(cipher) = opened.get(&place_in_cache) {
            return Ok(DataKey { version: stored.version, cipher: Arc::clone(cipher) });
        }
        drop(opened);
        let cipher = Cipher::new(&self.unsealed(stored)?).map(Arc::new);
        let cipher = cipher.ok_or_else(|| wrong(stored))?;
        let mut opened = self.keys.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.insert(place_in_cache, Arc::clone(&cipher));
        Ok(DataKey { version: stored.version, cipher })
    }

    /// The bytes of a data key.
    pub(crate) fn unsealed(&self, stored: &StoredKey) -> Result<Zeroizing<Vec<u8>>> {
        let Some(master) = self.keys.masters.find(&stored.master_id)? else {
            let known = self.keys.masters.all().iter().map(|key| key.id().to_owned()).collect::<Vec<_>>();
            return Err(Error::MasterKeyMissing { id: stored.master_id.clone(), known: known.join(", ") });
        };
        let bytes = master.unwrap(&place(&stored.scope, stored.version), &stored.sealed)?;
        bytes.ok_or_else(|| wrong(stored))
    }

    pub(crate) fn stored_key(&self, scope: &str, version: Option<i64>) -> Result<Option<StoredKey>> {
        self.db_of_all()
            .query_row(
                "SELECT workspace_id, version, master_id, sealed FROM data_keys \
                 WHERE workspace_id = ?1 AND (version = ?2 OR ?2 = 0) ORDER BY version DESC LIMIT 1",
                params![scope, version.unwrap_or(0)],
                |row| {
                    Ok(StoredKey {
                        scope: row.get(0)?,
                        version: row.get(1)?,
                        master_id: row.get(2)?,
                        sealed: row.get(3)?,
                    })
                },
            )
            .optional()
            .doing("read a data key")
    }
}

pub(crate) fn seal_with(key: &DataKey, place: &str, plain: &str) -> Result<Sealed> {
    let version = u32::try_from(key.version).unwrap_or(u32::MAX).to_be_bytes();
    let sealed = key.cipher.seal(place, plain.as_bytes())?;
    Ok(Sealed { bytes: [&[FORM_DATA][..], &version, &sealed].concat(), version: key.version })
}

fn wrong(stored: &StoredKey) -> Error {
    Error::MasterKeyWrong { id: stored.master_id.clone() }
}

fn text(mut plain: Zeroizing<Vec<u8>>) -> Option<Zeroizing<String>> {
    match String::from_utf8(std::mem::take(&mut *plain)) {
        Ok(text) => Some(Zeroizing::new(text)),
        Err(error) => {
            drop(Zeroizing::new(error.into_bytes()));
            None
        }
    }
}

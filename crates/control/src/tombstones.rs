//! Who was erased: keyed hashes of the words that persons were known by, so that a restored backup or a later reading takes
//! them out again without anybody keeping who they were.

use std::collections::HashSet;

use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, WorkspaceId};
use zeroize::Zeroizing;

use crate::db::{Engine, TransactionBehavior, params};
use crate::error::{Context, Error, Result};
use crate::privacy::PrivacyKind;
use crate::secret::Secret;
use crate::store::Control;

/// The tables.
pub(crate) const TABLES: &str = "
CREATE TABLE tombstones (
    workspace_id TEXT NOT NULL,
    hash TEXT NOT NULL,
    erased_at INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, hash)
) STRICT;
CREATE TABLE privacy_requests (
    workspace_id TEXT NOT NULL,
    id TEXT NOT NULL,
    -- export, erase, or erase_all for everybody of a connection
    kind TEXT NOT NULL DEFAULT 'erase',
    -- who asked: a person here, or a platform by a webhook of the connection
    origin TEXT NOT NULL DEFAULT 'person',
    connection_id TEXT,
    asked_at INTEGER NOT NULL,
    -- whom it is about, sealed; gone when it is done
    sealed BLOB,
    finished_at INTEGER,
    -- what was found or changed, as JSON; never whom
    counts TEXT,
    PRIMARY KEY (workspace_id, id)
) STRICT;
";

/// Whose data key the hashes are made with. It is no workspace's id, is made with the first start and never renewed: a backup
/// from before an erasure knows it too.
pub(crate) const SCOPE: &str = "*tombstones";

/// The persons who were erased from a workspace.
pub struct Tombstones {
    key: Zeroizing<Vec<u8>>,
    workspace: WorkspaceId,
    hashes: HashSet<String>,
}

impl std::fmt::Debug for Tombstones {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tombstones").field("hashes", &self.hashes.len()).finish_non_exhaustive()
    }
}

impl Tombstones {
    /// Whether nobody was erased.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Whether a text is a word that an erased person was known by: an address, a phone number or an id.
    #[must_use]
    pub fn knows(&self, text: &str) -> bool {
        normal(text).is_some_and(|word| self.hashes.contains(&self.hash(&word)))
    }

    /// What stands in the place of a person's word. The same word gives the same, so that whoever counts persons counts
    /// as before; it has the form of an address, which leads nowhere.
    #[must_use]
    pub fn instead(&self, text: &str) -> String {
        let word = format!("instead/{}", normal(text).unwrap_or_else(|| text.to_owned()));
        let hash = self.hash(&word);
        format!("erased-{}@erased.invalid", hash.get(..16).unwrap_or_default())
    }

    fn hash(&self, word: &str) -> String {
        hash(&self.key, &self.workspace, word)
    }
}

fn hash(key: &[u8], workspace: &WorkspaceId, word: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
    // no workspace's id has a slash
    let tag = ring::hmac::sign(&key, format!("{workspace}/{word}").as_bytes());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A word in the form that it is hashed in: addresses without case, phone numbers by their digits, ids as they are; none for
/// texts that are neither.
fn normal(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > 254 {
        return None;
    }
    if text.contains('@') && !text.contains(char::is_whitespace) {
        return Some(format!("email/{}", text.to_lowercase()));
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if text.starts_with('+') && digits.len() >= 6 {
        return Some(format!("phone/{digits}"));
    }
    // a short one is anybody's: a count, a size, another thing's id
    (text.len() >= 8 && !text.contains(char::is_whitespace)).then(|| format!("id/{text}"))
}

/// A request that is not done.
#[derive(Debug, Clone)]
pub struct OpenRequest {
    /// Its id.
    pub id: String,
    /// What it asks for.
    pub kind: PrivacyKind,
    /// The connection that it came by.
    pub connection: Option<String>,
    /// Whom it is about, as it was given.
    pub about: Secret,
}

impl Control {
    /// The persons who were erased from a workspace.
    ///
    /// # Errors
    /// [`Error::MasterKeyMissing`]; when the store fails.
    pub fn tombstones(&self, workspace: &WorkspaceId) -> Result<Tombstones> {
        const DOING: &str = "list who was erased";
        let key = self.tombstone_key()?;
        let db = self.db_of(workspace);
        let mut statement =
            db.prepare_cached("SELECT hash FROM tombstones WHERE workspace_id = ?").doing(DOING)?;
        let rows = statement.query_map([workspace.as_str()], |row| row.get(0)).doing(DOING)?;
        let hashes = rows.collect::<std::result::Result<_, _>>().doing(DOING)?;
        Ok(Tombstones { key, workspace: workspace.clone(), hashes })
    }

    /// Begins an erasure: notes the words of a person for good, and whom it is about until it is done.
    ///
    /// # Errors
    /// When the store fails; then nothing is begun.
    pub fn begin_erasure(
        &self,
        workspace: &WorkspaceId,
        id: &str,
        about: &Secret,
        words: &[String],
        now: Timestamp,
    ) -> Result<()> {
        const DOING: &str = "begin an erasure";
        let key = self.tombstone_key()?;
        let sealed = self.seal(Some(workspace), &place(workspace.as_str(), id), about.expose())?;
        let mut db = self.db_of(workspace);
        let step = db.transaction_with_behavior(TransactionBehavior::Immediate).doing(DOING)?;
        step.execute(
            "INSERT INTO privacy_requests (workspace_id, id, asked_at, sealed, key_version) VALUES (?, ?, ?, ?, ?) \
             ON CONFLICT (workspace_id, id) DO NOTHING",
            params![workspace.as_str(), id, now.as_microsecond(), sealed.bytes, sealed.version],
        )
        .doing(DOING)?;
        for word in words.iter().filter_map(|word| normal(word)) {
            step.execute(
                "INSERT INTO tombstones (workspace_id, hash, erased_at) VALUES (?, ?, ?) \
                 ON CONFLICT (workspace_id, hash) DO NOTHING",
                params![workspace.as_str(), hash(&key, workspace, &word), now.as_microsecond()],
            )
            .doing(DOING)?;
        }
        step.commit().doing(DOING)
    }

    /// The requests that are not done, the oldest first.
    ///
    /// # Errors
    /// When the store fails or a key is missing.
    pub fn open_requests(&self, workspace: &WorkspaceId) -> Result<Vec<OpenRequest>> {
        const DOING: &str = "list open requests of persons";
        type Cells = (String, String, Option<String>, Vec<u8>);
        let found: Vec<Cells> = {
            let db = self.db_of(workspace);
            let mut statement = db
                .prepare_cached(
                    "SELECT id, kind, connection_id, sealed FROM privacy_requests WHERE workspace_id = ? \
                     AND finished_at IS NULL AND sealed IS NOT NULL ORDER BY asked_at, id",
                )
                .doing(DOING)?;
            let rows = statement
                .query_map([workspace.as_str()], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                })
                .doing(DOING)?;
            rows.collect::<std::result::Result<_, _>>().doing(DOING)?
        };
        let mut open = Vec::new();
        for (id, kind, connection, sealed) in found {
            let about = self.open_sealed(Some(workspace), &place(workspace.as_str(), &id), &sealed)?;
            let damaged =
                || Error::Stored { column: "privacy_requests", reason: "it cannot be opened".to_owned() };
            let about = Secret::wrap(about.ok_or_else(damaged)?);
            open.push(OpenRequest { kind: PrivacyKind::named(&kind)?, about, id, connection });
        }
        Ok(open)
    }

    /// How many words of erased persons a workspace knows.
    ///
    /// # Errors
    /// When the store fails.
    pub fn tombstone_count(&self, workspace: &WorkspaceId) -> Result<u64> {
        let sql = "SELECT count(*) FROM tombstones WHERE workspace_id = ?";
        let count: i64 = self
            .db_of(workspace)
            .query_row(sql, [workspace.as_str()], |row| row.get(0))
            .doing("count who was erased")?;
        Ok(count.unsigned_abs())
    }

    /// Changes the bodies of kept events and says how many; `edit` gives a body anew, or none to leave it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn edit_events(
        &self,
        workspace: &WorkspaceId,
        edit: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
    ) -> Result<u64> {
        self.edit_some_events(workspace, None, edit)
    }

    /// As [`Control::edit_events`], of one connection.
    ///
    /// # Errors
    /// When the store fails.
    pub fn edit_events_of(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        edit: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
    ) -> Result<u64> {
        self.edit_some_events(workspace, Some(connection), edit)
    }

    fn edit_some_events(
        &self,
        workspace: &WorkspaceId,
        connection: Option<&ConnectionId>,
        edit: &mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
    ) -> Result<u64> {
        const DOING: &str = "take a person out of the inbox";
        let mut changed = 0;
        let mut after: i64 = 0;
        loop {
            let found: Vec<(i64, String, Vec<u8>)> = {
                let db = self.db_of(workspace);
                let mut statement = db
                    .prepare_cached(
                        "SELECT id, connection_id, body FROM webhook_events WHERE workspace_id = ? AND id > ? ORDER BY id LIMIT 200",
                    )
                    .doing(DOING)?;
                let rows = statement
                    .query_map(params![workspace.as_str(), after], |row| {
                        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                    })
                    .doing(DOING)?;
                rows.collect::<std::result::Result<_, _>>().doing(DOING)?
            };
            let Some((last, ..)) = found.last() else { return Ok(changed) };
            after = *last;
            for (id, of, body) in found {
                if connection.is_some_and(|connection| connection.as_str() != of) {
                    continue;
                }
                let Some(new) = edit(&body) else { continue };
                self.db_of(workspace)
                    .execute(
                        "UPDATE webhook_events SET body = ? WHERE workspace_id = ? AND id = ?",
                        params![new, workspace.as_str(), id],
                    )
                    .doing(DOING)?;
                changed += 1;
            }
        }
    }

    /// Copies the store as it is at one instant into a file that does not exist yet, while others go on writing.
    ///
    /// # Errors
    /// When the store or the disk fails.
    pub fn copy(&self, target: &std::path::Path) -> Result<()> {
        // SQLite's words; of PostgreSQL copies are made by its own tools
        let sql = format!("VACUUM INTO '{}'", target.display().to_string().replace('\'', "''"));
        match &self.engine {
            Engine::Sqlite(db) => {
                let db = db.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                db.execute_batch(&sql).map_err(crate::db::EngineError::from).doing("copy itself")
            }
            Engine::Postgres(_) => Err(Error::NotEmbedded),
        }
    }

    /// The tombstones of a workspace as texts, to be kept outside of it: hashes alone.
    ///
    /// # Errors
    /// When the store fails.
    pub fn tombstone_hashes(&self, workspace: &WorkspaceId) -> Result<Vec<String>> {
        const DOING: &str = "list who was erased";
        let db = self.db_of(workspace);
        let mut statement = db
            .prepare_cached("SELECT hash FROM tombstones WHERE workspace_id = ? ORDER BY hash")
            .doing(DOING)?;
        let rows = statement.query_map([workspace.as_str()], |row| row.get(0)).doing(DOING)?;
        rows.collect::<std::result::Result<_, _>>().doing(DOING)
    }

    /// Adds tombstones that were kept outside, such as those made after the backup that was restored.
    ///
    /// # Errors
    /// When the store fails; then none is added.
    pub fn add_tombstones(&self, workspace: &WorkspaceId, hashes: &[String], now: Timestamp) -> Result<()> {
        const DOING: &str = "add tombstones";
        let mut db = self.db_of(workspace);
        let step = db.transaction_with_behavior(TransactionBehavior::Immediate).doing(DOING)?;
        for hash in hashes {
            step.execute(
                "INSERT INTO tombstones (workspace_id, hash, erased_at) VALUES (?, ?, ?) \
                 ON CONFLICT (workspace_id, hash) DO NOTHING",
                params![workspace.as_str(), hash, now.as_microsecond()],
            )
            .doing(DOING)?;
        }
        step.commit().doing(DOING)
    }

    /// The key of everything that stands for persons.
    pub(crate) fn tombstone_key(&self) -> Result<Zeroizing<Vec<u8>>> {
        if self.stored_key(SCOPE, None)?.is_none() {
            self.add_key(SCOPE, 1)?;
        }
        let stored = self.stored_key(SCOPE, Some(1))?;
        let unread = || Error::Stored { column: "data_keys", reason: "a new key is not there".to_owned() };
        self.unsealed(&stored.ok_or_else(unread)?)
    }

    /// Makes what a first start makes: the key of tombstones, which later backups hold.
    pub(crate) fn prepare_tombstones(&self) -> Result<()> {
        if self.stored_key(SCOPE, None)?.is_none() { self.add_key(SCOPE, 1) } else { Ok(()) }
    }
}

pub(crate) fn place(workspace: &str, id: &str) -> String {
    format!("erasure/{workspace}/{id}")
}

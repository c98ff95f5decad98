//! Leaving nothing of what was overwritten or deleted in the files of an embedded store: SQLite keeps it in pages that it
//! gave up and in its log (SQLite documentation, "VACUUM" and "PRAGMA wal_checkpoint"). A mark in the data folder says that
//! this is still to be done, so that neither a crash nor a busy store forgets it.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::db::{self, Engine};
use crate::error::{Context, Error, Result};
use crate::files::{io, private_file, random_hex};
use crate::store::Control;

/// How long others may keep the files from being scrubbed.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two tries, in which others write.
const PAUSE: Duration = Duration::from_millis(50);

impl Control {
    /// Notes that the store's files are to be scrubbed: before something is overwritten or deleted that nobody may find in
    /// them. Without effect in a database server, which has its own vacuum.
    ///
    /// # Errors
    /// When the mark cannot be written.
    pub fn want_scrub(&self) -> Result<()> {
        if self.is_shared() {
            return Ok(());
        }
        let mark = self.scrub_mark();
        // another word each time, by which a scrub sees that more was deleted since it began
        let word = random_hex::<8>()?;
        let mut file = private_file(&mark, false).map_err(io("write", &mark))?;
        file.write_all(word.as_bytes()).and_then(|()| file.sync_all()).map_err(io("write", &mark))
    }

    /// Whether the store's files are still to be scrubbed.
    #[must_use]
    pub fn wants_scrub(&self) -> bool {
        !self.is_shared() && self.scrub_mark().exists()
    }

    /// Has the store's files hold nothing of what was overwritten or deleted. Others may read and write meanwhile; they wait
    /// while the file is written anew.
    ///
    /// # Errors
    /// [`Error::StillWritten`] when others leave no moment for it: then the mark stays, and it is to be called again. When
    /// the store or the disk fails.
    pub fn scrub(&self) -> Result<()> {
        self.scrub_within(PATIENCE)
    }

    /// As [`Control::scrub`], with another patience than half a minute.
    ///
    /// # Errors
    /// Those of [`Control::scrub`].
    pub fn scrub_within(&self, patience: Duration) -> Result<()> {
        // PostgreSQL does it by its own vacuum
        let Engine::Sqlite(db) = &self.engine else { return Ok(()) };
        let mark = self.scrub_mark();
        let noted = std::fs::read(&mark).ok();
        let until = Instant::now() + patience;
        // the file first: what it gives up goes through the log
        for step in [db::vacuum, db::empty_log] {
            patiently(db, until, step)?;
        }
        if noted.is_some() && noted == std::fs::read(&mark).ok() {
            std::fs::remove_file(&mark).map_err(io("remove", &mark))?;
        }
        Ok(())
    }

    fn scrub_mark(&self) -> PathBuf {
        self.home().join("control.scrub")
    }
}

/// Tries a step until the others' reads and writes let it through. Between the tries the store is free.
fn patiently(
    db: &Mutex<rusqlite::Connection>,
    until: Instant,
    step: fn(&rusqlite::Connection) -> db::Result<bool>,
) -> Result<()> {
    loop {
        let done = step(&db.lock().unwrap_or_else(PoisonError::into_inner)).doing("scrub its files")?;
        if done {
            return Ok(());
        }
        if Instant::now() >= until {
            return Err(Error::StillWritten);
        }
        std::thread::sleep(PAUSE);
    }
}

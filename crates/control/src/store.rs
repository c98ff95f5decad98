//! The handle on the control store.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use netgain_domain::jiff::Timestamp;
use rusqlite::Connection as Db;
use rusqlite::types::Type;

use crate::error::{Context, Result};
use crate::files::{io, private_file, private_folder};
use crate::keys::{DataKeys, MasterKeys};
use crate::owner::Owner;
use crate::{runs, schema};

/// How long a call waits for another process to finish its write.
const PATIENCE: Duration = Duration::from_secs(10);

/// The control store of one installation. Two processes may use it at once.
pub struct Control {
    db: Mutex<Db>,
    pub(crate) keys: DataKeys,
    pub(crate) owner: Owner,
    home: PathBuf,
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").field("home", &self.home).finish_non_exhaustive()
    }
}

impl Control {
    /// Opens `<home>/control.sqlite` with the master keys of the environment and of `<home>/secret.key`, creating what is not
    /// there readable by its owner only. Runs whose process is gone are marked interrupted.
    ///
    /// # Errors
    /// [`crate::Error::NewerSchema`] when a later version wrote it; when a file cannot be made or read.
    pub fn open(home: &Path) -> Result<Self> {
        private_folder(home)?;
        Self::open_with(home, MasterKeys::of(home)?)
    }

    /// The same, with master keys from elsewhere, such as a key service.
    ///
    /// # Errors
    /// As those of [`Control::open`].
    pub fn open_with(home: &Path, masters: MasterKeys) -> Result<Self> {
        const DOING: &str = "open";
        private_folder(home)?;
        let file = home.join("control.sqlite");
        // made before the engine would make it, so that nobody else can read it for even a moment
        drop(private_file(&file, false).map_err(io("open", &file))?);
        let mut db = Db::open(&file).doing(DOING)?;
        db.busy_timeout(PATIENCE).doing(DOING)?;
        db.pragma_update(None, "journal_mode", "WAL").doing(DOING)?;
        db.pragma_update(None, "synchronous", "FULL").doing(DOING)?;
        db.pragma_update(None, "foreign_keys", true).doing(DOING)?;
        schema::update(&mut db)?;
        let owners = home.join("owners");
        let owner = Owner::new(&owners, std::process::id())?;
        runs::interrupt_orphans(&mut db, &owners)?;
        let keys = DataKeys::new(masters);
        Ok(Self { db: Mutex::new(db), keys, owner, home: home.to_owned() })
    }

    /// The folder of the installation.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    pub(crate) fn db(&self) -> MutexGuard<'_, Db> {
        // a panic elsewhere leaves no half-done work: the engine rolls it back
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stored time.
pub(crate) fn time(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Timestamp> {
    let micros: i64 = row.get(at)?;
    Timestamp::from_microsecond(micros).map_err(|error| unreadable(at, Type::Integer, error))
}

/// A stored time that may be missing.
pub(crate) fn maybe_time(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Option<Timestamp>> {
    let micros: Option<i64> = row.get(at)?;
    let time = micros.map(Timestamp::from_microsecond).transpose();
    time.map_err(|error| unreadable(at, Type::Integer, error))
}

/// A stored text of a closed form.
pub(crate) fn parsed<T: std::str::FromStr<Err: std::error::Error + Send + Sync + 'static>>(
    row: &rusqlite::Row<'_>,
    at: usize,
) -> rusqlite::Result<T> {
    row.get::<_, String>(at)?.parse().map_err(|error| unreadable(at, Type::Text, error))
}

pub(crate) fn unreadable(
    at: usize,
    kind: Type,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, kind, Box::new(error))
}

/// A closed set of words as they are stored.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// The word in the store and the API.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::store::UnknownWord;
            fn from_str(word: &str) -> std::result::Result<Self, Self::Err> {
                match word { $($word => Ok(Self::$variant),)+ _ => Err($crate::store::UnknownWord(word.to_owned())) }
            }
        }
    };
}
pub(crate) use words;

/// A word that is not of its set.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a known word: it was written by another version of this program")]
pub struct UnknownWord(pub(crate) String);

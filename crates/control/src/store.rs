//! The handle on the control store.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use netgain_domain::WorkspaceId;
use netgain_domain::jiff::Timestamp;

use crate::database::Database;
use crate::db::{Db, Dialect, Engine, EngineError, Row, Scope};
use crate::error::{Context, Error, Result};
use crate::files::{io, private_file, private_folder};
use crate::keys::{DataKeys, MasterKeys};
use crate::nodes::Heartbeat;
use crate::owner::Owner;
use crate::{audit, db, runs, schema};

/// Pages of the embedded store's log after which the inbox copies it into the file.
const CHECKPOINT: u32 = 4_000;

/// The control store of one installation. Several processes may use it at once, and with PostgreSQL several machines.
pub struct Control {
    // first, so that the node is signed off while the rest still stands
    _heartbeat: Option<Heartbeat>,
    pub(crate) engine: Engine,
    pub(crate) keys: DataKeys,
    pub(crate) owner: Owner,
    home: PathBuf,
    place: String,
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control")
            .field("home", &self.home)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

impl Control {
    /// Opens `<home>/control.sqlite` with the master keys of the environment and of `<home>/secret.key`, creating what is not
    /// there readable by its owner only. Runs whose process is gone are marked interrupted.
    ///
    /// # Errors
    /// [`crate::Error::NewerSchema`] when a later version wrote it; when a file cannot be made or read.
    pub fn open(home: &Path) -> Result<Self> {
        Self::open_at(home, None)
    }

    /// The same, with master keys from elsewhere, such as a key service.
    ///
    /// # Errors
    /// As those of [`Control::open`].
    pub fn open_with(home: &Path, masters: MasterKeys) -> Result<Self> {
        Self::open_as(home, None, masters)
    }

    /// Opens the store in a database server, or without one that in `home`. Keys and files of this machine are in `home`
    /// in both cases. Runs whose process or node is gone are marked interrupted.
    ///
    /// # Errors
    /// As [`Control::open`]; [`Error::RoleSeesEverything`]; [`Error::MasterKeyMissing`] when the nodes before this one have
    /// another master key; when the server cannot be reached.
    pub fn open_at(home: &Path, database: Option<&Database>) -> Result<Self> {
        private_folder(home)?;
        Self::open_as(home, database, MasterKeys::of(home)?)
    }

    /// Opens the store with master keys from elsewhere, in a database server or without one in `home`.
    ///
    /// # Errors
    /// As those of [`Control::open_at`].
    pub fn open_as(home: &Path, database: Option<&Database>, masters: MasterKeys) -> Result<Self> {
        private_folder(home)?;
        let (engine, place) = match database {
            None => embedded(home)?,
            Some(database) => {
                let (app, owner) =
                    (database.url.expose(), database.owner_url.as_ref().map(|url| url.expose()));
                let pool = db::prepare_postgres(app, owner, &schema::STEPS, audit::GUARDS_OF_POSTGRES)?;
                let place = pool.address().to_string();
                (Engine::Postgres(Arc::new(pool)), place)
            }
        };
        let owner = Owner::new(&home.join("owners"), std::process::id())?;
        let heartbeat = match engine.dialect() {
            Dialect::Sqlite => None,
            Dialect::Postgres => Some(Heartbeat::start(&engine, &owner.name)?),
        };
        let control = Self {
            _heartbeat: heartbeat,
            engine,
            keys: DataKeys::new(masters),
            owner,
            home: home.to_owned(),
            place,
        };
        if control.is_shared() {
            control.check_master_keys()?;
        }
        runs::interrupt_orphans(&control.engine, &control.owners())?;
        control.prepare_tombstones()?;
        Ok(control)
    }

    /// The folder of the installation.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Where the store is: a file, or a server's address without its password.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether several machines may share the store.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.engine.dialect() == Dialect::Postgres
    }

    pub(crate) fn owners(&self) -> PathBuf {
        self.home.join("owners")
    }

    /// The store as one workspace sees it.
    pub(crate) fn db_of(&self, workspace: &WorkspaceId) -> Db<'_> {
        self.engine.scoped(Scope::Workspace(workspace.clone()))
    }

    /// The store with every workspace in it: for lists of workspaces, for work that is due, and for what is found by a
    /// secret word of its own.
    pub(crate) fn db_of_all(&self) -> Db<'_> {
        self.engine.scoped(Scope::All)
    }

    /// An engine for one who must not wait for the callers of this one.
    pub(crate) fn another_engine(&self) -> Result<Engine> {
        const DOING: &str = "open its inbox";
        match &self.engine {
            Engine::Postgres(pool) => Ok(Engine::Postgres(Arc::clone(pool))),
            Engine::Sqlite(_) => {
                let db = db::open_sqlite(&self.home.join("control.sqlite")).doing(DOING)?;
                db.pragma_update(None, "wal_autocheckpoint", CHECKPOINT).doing(DOING)?;
                Ok(Engine::Sqlite(Arc::new(Mutex::new(db))))
            }
        }
    }
}

fn embedded(home: &Path) -> Result<(Engine, String)> {
    let file = home.join("control.sqlite");
    // Made before the engine would make it, so that nobody else can read it for even a moment. One that is there must not
    // be touched: POSIX gives up all locks of a process when it closes any handle on a file, and without its lock the
    // engine's log is removed under a server by the next process that ends.
    match private_file(&file, true) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(io("create", &file)(error));
        }
        _ => {}
    }
    let db = db::open_sqlite(&file).doing("open")?;
    let newer = db::prepare_sqlite(&db, &schema::STEPS, audit::GUARDS);
    if let Some(found) = newer.doing("bring its tables up to date")? {
        let known = i64::try_from(schema::STEPS.len()).unwrap_or(i64::MAX);
        return Err(Error::NewerSchema { found, known });
    }
    Ok((Engine::Sqlite(Arc::new(Mutex::new(db))), file.display().to_string()))
}

/// A stored time.
pub(crate) fn time(row: &Row<'_>, at: usize) -> crate::db::Result<Timestamp> {
    let micros: i64 = row.get(at)?;
    Timestamp::from_microsecond(micros).map_err(|error| unreadable(at, error))
}

/// A stored time that may be missing.
pub(crate) fn maybe_time(row: &Row<'_>, at: usize) -> crate::db::Result<Option<Timestamp>> {
    let micros: Option<i64> = row.get(at)?;
    let time = micros.map(Timestamp::from_microsecond).transpose();
    time.map_err(|error| unreadable(at, error))
}

/// A stored text of a closed form.
pub(crate) fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    row: &Row<'_>,
    at: usize,
) -> crate::db::Result<T> {
    row.get::<_, String>(at)?.parse().map_err(|error| unreadable(at, error))
}

/// A stored text of a closed form that may be missing.
pub(crate) fn maybe_parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    row: &Row<'_>,
    at: usize,
) -> crate::db::Result<Option<T>> {
    let text: Option<String> = row.get(at)?;
    text.map(|text| text.parse()).transpose().map_err(|error| unreadable(at, error))
}

pub(crate) fn unreadable(at: usize, error: impl std::fmt::Display) -> EngineError {
    EngineError::unreadable(at, error)
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

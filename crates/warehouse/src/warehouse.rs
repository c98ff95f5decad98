//! The handle on a workspace's warehouse: one writer, readers on connections of their own.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use netgain_domain::WorkspaceId;

use crate::engine::postgres::Pool;
use crate::engine::{Connection, Transaction, duck};
use crate::error::{Context, Error, Result};
use crate::fences::{self, Fence};
use crate::postgres_schema;
use crate::remembered::Remembered;
use crate::schema;
use crate::turn::{Latch, Taken, Turn};
use duck::{Closing, LastOut, Opened, locked};

/// Where the facts of workspaces lie.
#[derive(Debug, Clone)]
pub enum Store {
    /// In files below this folder, one for each workspace.
    Embedded(PathBuf),
    /// In one PostgreSQL database.
    Postgres(Database),
}

impl Store {
    /// The store of an installation whose files lie in this folder: the database that `NETGAIN_DATABASE_URL` names (with
    /// `NETGAIN_DATABASE_OWNER_URL` for the role that owns the tables), or else the files. The database is reached once.
    ///
    /// # Errors
    /// Those of [`Database::connect`].
    pub fn chosen(folder: &Path) -> Result<Self> {
        static REACHED: Mutex<Option<Database>> = Mutex::new(None);
        let word = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let Some(url) = word("NETGAIN_DATABASE_URL") else { return Ok(Self::Embedded(folder.to_owned())) };
        let mut reached = locked(&REACHED);
        if let Some(database) = &*reached {
            return Ok(Self::Postgres(database.clone()));
        }
        let database = Database::connect(&url, word("NETGAIN_DATABASE_OWNER_URL").as_deref())?;
        Ok(Self::Postgres(reached.insert(database).clone()))
    }
}

impl<P: AsRef<Path> + ?Sized> From<&P> for Store {
    fn from(folder: &P) -> Self {
        Self::Embedded(folder.as_ref().to_owned())
    }
}

impl From<&Store> for Store {
    fn from(store: &Store) -> Self {
        store.clone()
    }
}

/// A PostgreSQL database with the tables of facts. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Database {
    pool: Arc<Pool>,
    number: u64,
}

impl Database {
    /// Reaches the database (`postgres://user:password@host/database`) and brings its tables up to date. A login that
    /// could bypass row-level security takes on the role `netgain_facts_user`, which is made where there is none. With
    /// `owner_url`, tables are made and changed as that role, and the other one needs no right to do so.
    ///
    /// # Errors
    /// When an address cannot be read, the server cannot be reached, or tables are missing and may not be made.
    pub fn connect(url: &str, owner_url: Option<&str>) -> Result<Self> {
        static OPENED: AtomicU64 = AtomicU64::new(0);
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        Ok(Self { pool: Arc::new(Pool::open(url, owner_url)?), number })
    }

    /// Has the server look at the tables anew after much was written at once; it does so by itself only a while later, and
    /// plans badly until then. Only the role that owns the tables may; for another the server leaves it be.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub fn analyze(&self) -> Result<()> {
        self.pool.analyze()
    }
}

/// How much of the machine one workspace may take.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Threads of the engine for this workspace.
    pub threads: u16,
    /// Megabytes the engine may hold in memory before it spills to disk.
    pub memory_limit_mb: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { threads: 2, memory_limit_mb: 256 }
    }
}

/// The warehouse of one workspace. Clones share it; the file closes when the last one is dropped.
#[derive(Clone)]
pub struct Warehouse {
    pub(crate) inner: Arc<Inner>,
    /// The work that this handle writes for, where another machine may take it over.
    pub(crate) fence: Option<Arc<Fence>>,
    /// The turn that it holds over several transactions.
    pub(crate) turn: Option<Arc<Turn>>,
}

/// What tells one open store from another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    File(PathBuf),
    Database(u64, WorkspaceId),
}

pub(crate) struct Inner {
    pub(crate) workspace: WorkspaceId,
    pub(crate) remembered: Remembered,
    place: Place,
    /// After the connections, since fields are dropped in their order.
    _last_out: LastOut,
}

#[expect(clippy::large_enum_variant, reason = "there is one for each open workspace")]
enum Place {
    File {
        file: PathBuf,
        writer: Mutex<Connection>,
        /// Only cloned from, so that a long commit does not hold up readers.
        template: Mutex<Connection>,
        idle: Mutex<Vec<Connection>>,
        memory_limit_mb: u32,
    },
    Database {
        pool: Arc<Pool>,
        latch: Latch,
    },
}

impl std::fmt::Debug for Warehouse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Warehouse").field("workspace", &self.inner.workspace).finish_non_exhaustive()
    }
}

impl Warehouse {
    /// Opens the facts of a workspace and brings its tables up to date: in a folder the file
    /// `<folder>/<workspace>/facts.duckdb`, created readable by its owner only. A workspace that this process has open
    /// already is shared, whatever the options.
    ///
    /// # Errors
    /// [`Error::Locked`] when another process has the file open; [`Error::NewerSchema`] when a later version wrote it.
    pub fn open(store: impl Into<Store>, workspace: &WorkspaceId, options: Options) -> Result<Self> {
        match store.into() {
            Store::Embedded(folder) => Self::open_file(&folder, workspace, options),
            Store::Postgres(database) => Self::open_database(database, workspace),
        }
    }

    fn open_file(dir: &Path, workspace: &WorkspaceId, options: Options) -> Result<Self> {
        let folder = dir.join(workspace.as_str());
        let io = |what, path: &Path| {
            let path = path.display().to_string();
            move |source| Error::Io { what, path, source }
        };
        std::fs::create_dir_all(&folder).map_err(io("create", &folder))?;
        duck::restrict(&folder, 0o700)?;
        let file = folder.canonicalize().map_err(io("open", &folder))?.join("facts.duckdb");
        Self::shared(Key::File(file.clone()), workspace, || {
            let template = duck::open(&file, workspace, &options)?;
            let writer = duck::again(&template)?;
            let (writer, template) = (Mutex::new(writer), Mutex::new(template));
            let memory_limit_mb = options.memory_limit_mb;
            Ok(Place::File { file, writer, template, idle: Mutex::default(), memory_limit_mb })
        })
    }

    fn open_database(database: Database, workspace: &WorkspaceId) -> Result<Self> {
        Self::shared(Key::Database(database.number, workspace.clone()), workspace, || {
            let connection = database.pool.lend(workspace)?;
            postgres_schema::migrate(&connection)?;
            database.pool.give_back(connection);
            Ok(Place::Database { pool: database.pool, latch: Latch::default() })
        })
    }

    /// The open store of this key, or one that is opened now.
    fn shared(key: Key, workspace: &WorkspaceId, open: impl FnOnce() -> Result<Place>) -> Result<Self> {
        let mut opened = duck::open_workspaces();
        while let Some(known) = opened.get(&key) {
            if let Some(inner) = known.inner.upgrade() {
                return Ok(Self { inner, fence: None, turn: None });
            }
            if known.closing.is_done() {
                break;
            }
            let closing = Arc::clone(&known.closing);
            // others may open other workspaces meanwhile
            drop(opened);
            closing.wait();
            opened = duck::open_workspaces();
        }
        let place = open()?;
        let closing = Arc::<Closing>::default();
        let last_out = LastOut(Arc::clone(&closing));
        let inner = Arc::new(Inner {
            workspace: workspace.clone(),
            remembered: Remembered::default(),
            place,
            _last_out: last_out,
        });
        opened.retain(|_, other| !other.closing.is_done());
        opened.insert(key, Opened { inner: Arc::downgrade(&inner), closing });
        Ok(Self { inner, fence: None, turn: None })
    }

    /// The workspace whose facts these are.
    #[must_use]
    pub fn workspace(&self) -> &WorkspaceId {
        &self.inner.workspace
    }

    /// Bytes on disk, the write-ahead log included; 0 in a database, which keeps all workspaces together.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        let Place::File { file, .. } = &self.inner.place else { return 0 };
        let size = |path: &Path| std::fs::metadata(path).map(|data| data.len()).unwrap_or(0);
        size(file) + size(&file.with_extension("duckdb.wal"))
    }

    /// Copies a workspace's facts as they are into a file that does not exist yet. Nobody may have them open, neither in
    /// this process nor in another.
    ///
    /// # Errors
    /// [`Error::Locked`] when somebody has; when the engine or the disk fails.
    pub fn copy(dir: &Path, workspace: &WorkspaceId, target: &Path) -> Result<()> {
        let file = dir.join(workspace.as_str()).join("facts.duckdb");
        let file = file.canonicalize().map_err(|source| Error::Io {
            what: "open",
            path: file.display().to_string(),
            source,
        })?;
        // held to the end, so that nobody in this process opens it meanwhile
        let open = duck::open_workspaces();
        if open.get(&Key::File(file.clone())).is_some_and(|known| !known.closing.is_done()) {
            let holder = " (this one)".to_owned();
            return Err(Error::Locked { workspace: workspace.to_string(), holder });
        }
        duck::copy_into(&file, workspace, target).map(drop)
    }

    /// Has the store give up what was deleted or overwritten: a file is written anew when it is opened next, and a database
    /// forgets the old versions of rows, as far as the role may ask for that.
    ///
    /// # Errors
    /// When the engine fails or the disk refuses.
    pub fn want_rewrite(&self) -> Result<()> {
        const DOING: &str = "forget old versions of rows";
        let Place::File { file, .. } = &self.inner.place else {
            let writer = self.writer()?;
            for (table, _) in schema::tables() {
                writer.execute_batch(&format!("VACUUM {table}")).doing(DOING)?;
            }
            return Ok(());
        };
        let mark = duck::rewrite_mark(file);
        std::fs::write(&mark, b"").map_err(|source| Error::Io {
            what: "mark",
            path: mark.display().to_string(),
            source,
        })
    }

    /// The one connection that writes.
    pub(crate) fn writer(&self) -> Result<Writer<'_>> {
        let held = match (&self.turn, &self.inner.place) {
            (Some(turn), _) => Held::Turn(locked(&turn.connection)),
            (None, Place::File { writer, .. }) => Held::File(locked(writer)),
            (None, Place::Database { latch, .. }) => {
                let taken = latch.take();
                Held::Database(self.reader()?, taken)
            }
        };
        Ok(Writer { _written: Written(&self.inner.remembered), held })
    }

    /// Whether other machines may write to the same facts.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self.inner.place, Place::Database { .. })
    }

    pub(crate) fn reader(&self) -> Result<Reader<'_>> {
        let connection = match &self.inner.place {
            Place::File { template, idle, .. } => {
                let idle = locked(idle).pop();
                match idle {
                    Some(connection) => connection,
                    None => duck::again(&locked(template))?,
                }
            }
            Place::Database { pool, .. } => pool.lend(&self.inner.workspace)?,
        };
        Ok(Reader { connection: Some(connection), inner: &self.inner })
    }

    /// Runs `work` in one transaction of the one writer: all of it is kept or none.
    pub(crate) fn write<T>(
        &self,
        what: &'static str,
        work: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<T> {
        let writer = self.writer()?;
        let transaction = self.begin(&writer, what)?;
        // an error drops the transaction, which rolls it back
        let done = work(&transaction)?;
        transaction.commit().doing(what)?;
        look_at_what_grew(&writer);
        Ok(done)
    }

    /// Begins a transaction that writes: in a database after those of other machines to the same workspace, and only
    /// while nobody has taken over the work that it is for.
    pub(crate) fn begin<'c>(&self, writer: &'c Writer<'_>, what: &'static str) -> Result<Transaction<'c>> {
        let transaction = writer.transaction().doing(what)?;
        if self.is_shared() {
            if !writer.is_of_turn() {
                postgres_schema::lock(writer)?;
            }
            if let Some(fence) = &self.fence {
                fences::check(writer, fence)?;
            }
        }
        Ok(transaction)
    }
}

/// After a commit: has a database see how many rows its tables have, so that what is asked next is planned by it.
pub(crate) fn look_at_what_grew(writer: &Connection) {
    if let Connection::Postgres(client) = writer
        && let Err(failure) = client.look_at_what_grew()
    {
        let error = failure.while_doing("have the database count its rows");
        tracing::warn!(%error, "rows were written; until the database looks at them by itself, it may read them slowly");
    }
}

impl Inner {
    /// Megabytes that the engine may hold, where it runs in this process.
    pub(crate) fn memory_limit_mb(&self) -> Option<u32> {
        match &self.place {
            Place::File { memory_limit_mb, .. } => Some(*memory_limit_mb),
            Place::Database { .. } => None,
        }
    }

    /// The database's connections and the latch of its writers, where the facts lie in one.
    pub(crate) fn database(&self) -> Option<(&Pool, &Latch)> {
        match &self.place {
            Place::Database { pool, latch } => Some((pool, latch)),
            Place::File { .. } => None,
        }
    }
}

/// The connection that writes, for as long as it is held.
pub(crate) struct Writer<'a> {
    /// Dropped first, so that whoever writes next, or counts, finds it noted.
    _written: Written<'a>,
    held: Held<'a>,
}

/// Notes in the end that something may have been written.
struct Written<'a>(&'a Remembered);

impl Drop for Written<'_> {
    fn drop(&mut self) {
        self.0.written();
    }
}

#[expect(clippy::large_enum_variant, reason = "it lives on the stack, for one piece of work")]
enum Held<'a> {
    File(MutexGuard<'a, Connection>),
    Database(Reader<'a>, #[expect(dead_code, reason = "held, not read")] Taken<'a>),
    /// That of a turn over several transactions.
    Turn(MutexGuard<'a, Option<Connection>>),
}

impl Writer<'_> {
    /// Whether it is that of a turn over several transactions.
    fn is_of_turn(&self) -> bool {
        matches!(self.held, Held::Turn(_))
    }
}

impl Deref for Writer<'_> {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        match &self.held {
            Held::File(connection) => connection,
            Held::Database(connection, _) => connection,
            Held::Turn(connection) => match &**connection {
                Some(connection) => connection,
                None => unreachable!("a turn has its connection until it is dropped"),
            },
        }
    }
}

/// A reader's connection; it goes back to the idle ones when dropped.
pub(crate) struct Reader<'a> {
    connection: Option<Connection>,
    inner: &'a Inner,
}

impl Reader<'_> {
    /// Keeps the connection from being used again, since its state is in doubt.
    pub(crate) fn discard(mut self) {
        self.connection = None;
    }
}

impl Deref for Reader<'_> {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        match &self.connection {
            Some(connection) => connection,
            None => unreachable!("a reader has its connection until it is dropped"),
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        const KEPT: usize = 4;
        let Some(connection) = self.connection.take() else { return };
        match &self.inner.place {
            Place::File { idle, .. } => {
                let mut idle = locked(idle);
                if idle.len() < KEPT {
                    idle.push(connection);
                }
            }
            Place::Database { pool, .. } => pool.give_back(connection),
        }
    }
}

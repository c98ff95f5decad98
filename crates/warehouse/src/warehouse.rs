//! The handle on a workspace's warehouse: one writer, readers on connections of their own.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use duckdb::Connection;
use netgain_domain::WorkspaceId;

use crate::engine::{self, Closing, LastOut, Opened, locked};
use crate::error::{Context, Error, Result};

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
}

pub(crate) struct Inner {
    pub(crate) workspace: WorkspaceId,
    file: PathBuf,
    writer: Mutex<Connection>,
    /// Only cloned from, so that a long commit does not hold up readers.
    template: Mutex<Connection>,
    idle: Mutex<Vec<Connection>>,
    /// After the connections, since fields are dropped in their order.
    _last_out: LastOut,
}

impl std::fmt::Debug for Warehouse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Warehouse").field("file", &self.inner.file).finish()
    }
}

impl Warehouse {
    /// Opens `<dir>/<workspace>/facts.duckdb`, creating it (readable by its owner only) and bringing its tables up
    /// to date. A workspace that this process has open already is shared, whatever the options.
    ///
    /// # Errors
    /// [`Error::Locked`] when another process has it open; [`Error::NewerSchema`] when a later version wrote it.
    pub fn open(dir: &Path, workspace: &WorkspaceId, options: Options) -> Result<Self> {
        let folder = dir.join(workspace.as_str());
        let io = |what, path: &Path| {
            let path = path.display().to_string();
            move |source| Error::Io { what, path, source }
        };
        std::fs::create_dir_all(&folder).map_err(io("create", &folder))?;
        engine::restrict(&folder, 0o700)?;
        let file = folder.canonicalize().map_err(io("open", &folder))?.join("facts.duckdb");

        let mut open = engine::open_workspaces();
        while let Some(known) = open.get(&file) {
            if let Some(inner) = known.inner.upgrade() {
                return Ok(Self { inner });
            }
            if known.closing.is_done() {
                break;
            }
            let closing = Arc::clone(&known.closing);
            // others may open other workspaces meanwhile
            drop(open);
            closing.wait();
            open = engine::open_workspaces();
        }
        let template = engine::open(&file, workspace, &options)?;
        let writer = template.try_clone().doing("open a connection")?;
        writer
            .execute_batch(&format!(
                "CREATE TEMPORARY TABLE batch_keys (source_id VARCHAR); \
                 CREATE TEMPORARY TABLE {}",
                crate::profit::ORDER_KEYS
            ))
            .doing("prepare the writer")?;
        let closing = Arc::<Closing>::default();
        let inner = Arc::new(Inner {
            workspace: workspace.clone(),
            file: file.clone(),
            writer: Mutex::new(writer),
            template: Mutex::new(template),
            idle: Mutex::default(),
            _last_out: LastOut(Arc::clone(&closing)),
        });
        open.retain(|_, other| !other.closing.is_done());
        open.insert(file, Opened { inner: Arc::downgrade(&inner), closing });
        Ok(Self { inner })
    }

    /// The workspace whose facts these are.
    #[must_use]
    pub fn workspace(&self) -> &WorkspaceId {
        &self.inner.workspace
    }

    /// Bytes on disk, the write-ahead log included.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        let size = |path: &Path| std::fs::metadata(path).map(|data| data.len()).unwrap_or(0);
        size(&self.inner.file) + size(&self.inner.file.with_extension("duckdb.wal"))
    }

    pub(crate) fn writer(&self) -> MutexGuard<'_, Connection> {
        locked(&self.inner.writer)
    }

    pub(crate) fn reader(&self) -> Result<Reader<'_>> {
        let idle = locked(&self.inner.idle).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => locked(&self.inner.template).try_clone().doing("open a connection")?,
        };
        Ok(Reader { connection: Some(connection), inner: &self.inner })
    }

    /// Runs `work` in one transaction of the one writer: all of it is kept or none.
    pub(crate) fn write<T>(
        &self,
        what: &'static str,
        work: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<T> {
        let connection = self.writer();
        let transaction = connection.unchecked_transaction().doing(what)?;
        // an error drops the transaction, which rolls it back
        let done = work(&transaction)?;
        transaction.commit().doing(what)?;
        Ok(done)
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
        if let Some(connection) = self.connection.take() {
            let mut idle = locked(&self.inner.idle);
            if idle.len() < KEPT {
                idle.push(connection);
            }
        }
    }
}

//! Opening the engine with every door closed that a query could leave the workspace by.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use duckdb::{Config, Connection as Duck};
use netgain_domain::WorkspaceId;

use super::Connection;
use crate::error::{Context, Error, Failure, Result};
use crate::warehouse::{Inner, Key, Options};
use crate::{dialect, schema};

/// A workspace that this process has open, or is closing.
pub(crate) struct Opened {
    pub(crate) inner: Weak<Inner>,
    pub(crate) closing: Arc<Closing>,
}

/// Workspaces that this process has open. The engine's file lock holds between processes only, so a second
/// opening inside one process must find the first.
pub(crate) fn open_workspaces() -> MutexGuard<'static, HashMap<Key, Opened>> {
    static OPEN: OnceLock<Mutex<HashMap<Key, Opened>>> = OnceLock::new();
    locked(OPEN.get_or_init(Mutex::default))
}

/// Says when an engine has let go of its file. Its last act is to bring its log into the file and to remove the log;
/// whoever opened the file meanwhile would find the log gone under its hands, or write beside it.
#[derive(Default)]
pub(crate) struct Closing {
    done: Mutex<bool>,
    changed: Condvar,
}

impl Closing {
    /// Whether the file is free.
    pub(crate) fn is_done(&self) -> bool {
        *locked(&self.done)
    }

    /// Waits until the file is free.
    pub(crate) fn wait(&self) {
        let mut done = locked(&self.done);
        while !*done {
            done = self.changed.wait(done).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Notes in the end that the file is free; it must be dropped after every connection.
pub(crate) struct LastOut(pub(crate) Arc<Closing>);

impl Drop for LastOut {
    fn drop(&mut self) {
        *locked(&self.0.done) = true;
        self.0.changed.notify_all();
    }
}

/// Takes a lock even after a panic elsewhere: connections roll back what was not committed, so their state stays
/// sound.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens the file, creates or updates its tables, and locks the configuration.
pub(crate) fn open(file: &Path, workspace: &WorkspaceId, options: &Options) -> Result<Connection> {
    const DOING: &str = "open the workspace's file";
    let config = Config::default()
        .threads(i64::from(options.threads.max(1)))
        .and_then(|config| config.max_memory(&format!("{}MiB", options.memory_limit_mb.max(64))))
        .and_then(|config| config.enable_external_access(false))
        .and_then(|config| config.enable_autoload_extension(false))
        .and_then(|config| config.with("autoinstall_known_extensions", "false"))
        .and_then(|config| config.with("allow_community_extensions", "false"))
        // nothing depends on the order of rows; without it the engine would hand every appended row on twice
        .and_then(|config| config.with("preserve_insertion_order", "true"))
        // a checkpoint rewrites the last row groups; rarer ones make the first load faster
        .and_then(|config| config.with("wal_autocheckpoint", "128MB"))
        .doing(DOING)?;
    if !file.exists() {
        create(file)?;
    }
    rewrite_if_wanted(file, workspace)?;
    let connection =
        Duck::open_with_flags(file, config).map_err(|error| opening(&error, workspace, DOING))?;
    restrict(file, 0o600)?;
    let connection = Connection::Duck(connection);
    schema::bring_up_to_date(&connection, workspace)?;
    connection.execute_batch("SET lock_configuration = true").doing(DOING)?;
    Ok(connection)
}

/// The file that says that the store is to be written anew before it is opened.
pub(crate) fn rewrite_mark(file: &Path) -> PathBuf {
    file.with_extension("rewrite")
}

/// Copies the store into a fresh file and puts that in its place: in the old one, blocks that were given up still hold what
/// was deleted. Ended at any instant, the old file or the new one is there, and both hold the same.
fn rewrite_if_wanted(file: &Path, workspace: &WorkspaceId) -> Result<()> {
    const DOING: &str = "write the workspace's file anew";
    let io = |source| Error::Io { what: "replace", path: file.display().to_string(), source };
    let mark = rewrite_mark(file);
    if !mark.exists() {
        return Ok(());
    }
    let fresh = file.with_extension("fresh");
    for left in [fresh.clone(), fresh.with_extension("fresh.wal")] {
        match std::fs::remove_file(&left) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
            _ => {}
        }
    }
    let connection = copy_into(file, workspace, &fresh)?;
    // still locked by this process, so that nobody writes into the file that goes
    std::fs::rename(&fresh, file).map_err(io)?;
    connection.close().map_err(|(_, error)| Failure::from(error)).doing(DOING)?;
    std::fs::remove_file(&mark).map_err(io)
}

/// Copies the store into a file that does not exist yet, table by table, and keeps the store open and so locked.
pub(crate) fn copy_into(file: &Path, workspace: &WorkspaceId, target: &Path) -> Result<Duck> {
    const DOING: &str = "copy the workspace's file";
    let connection = Duck::open(file).map_err(|error| opening(&error, workspace, DOING))?;
    let name: String =
        connection.query_row("SELECT current_database()", [], |row| row.get(0)).doing(DOING)?;
    connection
        .execute_batch(&format!(
            "CHECKPOINT; ATTACH {} AS fresh; COPY FROM DATABASE {} TO fresh; CHECKPOINT fresh; DETACH fresh;",
            dialect::literal(&target.display().to_string()),
            schema::quoted(&name)
        ))
        .doing(DOING)?;
    restrict(target, 0o600)?;
    let io = |source| Error::Io { what: "write", path: target.display().to_string(), source };
    std::fs::File::open(target).and_then(|file| file.sync_all()).map_err(io)?;
    Ok(connection)
}

fn opening(error: &duckdb::Error, workspace: &WorkspaceId, what: &'static str) -> Error {
    let message = error.to_string();
    match dialect::lock_holder(&message) {
        Some(holder) => Error::Locked { workspace: workspace.to_string(), holder },
        None => Error::Engine { what, reason: crate::error::first_line(&message) },
    }
}

/// Puts an empty store in place, whole or not at all: a process that is killed while the engine writes the first blocks
/// would leave a file that nobody can open.
fn create(file: &Path) -> Result<()> {
    const DOING: &str = "create the workspace's file";
    let io = |source| Error::Io { what: "create", path: file.display().to_string(), source };
    let begun = file.with_extension(format!("{}.new", std::process::id()));
    match std::fs::remove_file(&begun) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
        _ => {}
    }
    let connection = Duck::open(&begun).doing(DOING)?;
    connection.execute_batch("CHECKPOINT").doing(DOING)?;
    connection.close().map_err(|(_, error)| Failure::from(error)).doing(DOING)?;
    // unlike a renaming, a link never takes the place of a file that another process has put there meanwhile
    let linked = std::fs::hard_link(&begun, file);
    std::fs::remove_file(&begun).map_err(io)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(io(error)),
        _ => Ok(()),
    }
}

/// Another connection to the same file.
pub(crate) fn again(connection: &Connection) -> Result<Connection> {
    match connection {
        Connection::Duck(duck) => duck.try_clone().map(Connection::Duck).doing("open a connection"),
        Connection::Postgres(_) => Err(Failure::of("it is no file").while_doing("open a connection")),
    }
}

/// Lets only the owner of the process read a file or folder.
pub(crate) fn restrict(path: &Path, mode: u32) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
            .map_err(|source| Error::Io { what: "protect", path: path.display().to_string(), source })?;
    }
    #[cfg(not(unix))]
    let _ = (path, mode);
    Ok(())
}

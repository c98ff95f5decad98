//! Where raw archives lie: in a folder beside the facts, or all of an installation's in one storage.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use futures::executor::block_on;
use netgain_domain::WorkspaceId;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;

use super::failed;
use crate::engine::duck;
use crate::error::{Error, Result};

/// Storage that keeps the archives of all workspaces, each in a folder of its name.
#[derive(Debug, Clone)]
pub struct ArchiveStorage {
    /// The storage.
    pub store: Arc<dyn ObjectStore>,
    /// The folder in it.
    pub folder: Key,
    /// Where its calls run.
    pub runtime: tokio::runtime::Handle,
}

static CHOSEN: OnceLock<ArchiveStorage> = OnceLock::new();

/// Has every archive that this process opens from now on lie in that storage. It is chosen once, before the first is
/// opened: false when it was chosen already.
pub fn keep_archives_in(storage: ArchiveStorage) -> bool {
    CHOSEN.set(storage).is_ok()
}

/// The place of one workspace's archive.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) store: Arc<dyn ObjectStore>,
    folder: Key,
    runtime: Option<tokio::runtime::Handle>,
}

impl Place {
    /// In the chosen storage, else in `<dir>/<workspace>/raw`, made readable by its owner only.
    pub(super) fn of(dir: &Path, workspace: &WorkspaceId) -> Result<Self> {
        if let Some(chosen) = CHOSEN.get() {
            return Ok(Self::within(chosen, workspace));
        }
        let root = dir.join(workspace.as_str()).join("raw");
        std::fs::create_dir_all(&root).map_err(|source| Error::Io {
            what: "create",
            path: root.display().to_string(),
            source,
        })?;
        duck::restrict(&root, 0o700)?;
        let store = LocalFileSystem::new_with_prefix(&root)
            .map_err(|error| failed("open the raw archive", &error))?
            // the segment must be on disk before the rows that point to it
            .with_fsync(true);
        Ok(Self { store: Arc::new(store), folder: Key::default(), runtime: None })
    }

    pub(super) fn within(storage: &ArchiveStorage, workspace: &WorkspaceId) -> Self {
        Self {
            store: Arc::clone(&storage.store),
            folder: storage.folder.clone().join(workspace.as_str()),
            runtime: Some(storage.runtime.clone()),
        }
    }

    /// The key of something in this workspace's folder.
    pub(super) fn key(&self, name: &str) -> Key {
        name.split('/').fold(self.folder.clone(), |key, part| key.join(part))
    }

    /// Waits for a call. The caller may be on any thread.
    pub(super) fn wait<T>(&self, call: impl Future<Output = T>) -> T {
        let _in = self.runtime.as_ref().map(tokio::runtime::Handle::enter);
        block_on(call)
    }
}

//! Where a raw archive lies: in a folder beside the facts.

use std::path::Path;
use std::sync::Arc;

use futures::executor::block_on;
use netgain_domain::WorkspaceId;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;

use super::failed;
use crate::engine::duck;
use crate::error::{Error, Result};

/// The place of one workspace's archive.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) store: Arc<dyn ObjectStore>,
}

impl Place {
    /// `<dir>/<workspace>/raw`, made readable by its owner only.
    pub(super) fn of(dir: &Path, workspace: &WorkspaceId) -> Result<Self> {
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
        Ok(Self { store: Arc::new(store) })
    }

    /// The key of something in this workspace's folder.
    pub(super) fn key(&self, name: &str) -> Key {
        name.split('/').fold(Key::default(), |key, part| key.join(part))
    }

    /// Waits for a call. The caller may be on any thread.
    pub(super) fn wait<T>(&self, call: impl Future<Output = T>) -> T {
        block_on(call)
    }
}

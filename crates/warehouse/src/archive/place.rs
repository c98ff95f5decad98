//! Where raw archives lie: in a folder beside the facts, or all of an installation's in one storage. Whatever the archive does
//! with its objects goes through here.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;
use futures::executor::block_on;
use netgain_domain::WorkspaceId;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};

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

/// The place of one workspace's archive. Names are those of objects in it, with `/` between their parts.
#[derive(Debug, Clone)]
pub(super) struct Place {
    store: Arc<dyn ObjectStore>,
    folder: Key,
    runtime: Option<tokio::runtime::Handle>,
    /// Where it lies, if that is a folder of this machine.
    root: Option<PathBuf>,
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
        Ok(Self { store: Arc::new(store), folder: Key::default(), runtime: None, root: Some(root) })
    }

    pub(super) fn within(storage: &ArchiveStorage, workspace: &WorkspaceId) -> Self {
        Self {
            store: Arc::clone(&storage.store),
            folder: storage.folder.clone().join(workspace.as_str()),
            runtime: Some(storage.runtime.clone()),
            root: None,
        }
    }

    /// Whether there is such an object. A storage that does not answer is not asked again: what is done next fails, too.
    pub(super) fn has(&self, name: &str) -> bool {
        self.wait(self.store.head(&self.key(name))).is_ok()
    }

    /// Keeps an object that is not there yet; false when somebody else kept it first. It is durable when this returns.
    pub(super) fn put_new(&self, doing: &'static str, name: &str, content: Bytes) -> Result<bool> {
        let key = self.key(name);
        let new = PutOptions::from(PutMode::Create);
        match self.wait(self.store.put_opts(&key, content.clone().into(), new)) {
            Ok(_) => Ok(true),
            // S3 says the same of two that write at one instant, of whom neither may have succeeded
            Err(object_store::Error::AlreadyExists { .. }) if self.has(name) => Ok(false),
            // a storage without this promise: what is under a name is always the same, so writing it twice is no harm
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::NotImplemented { .. }) => {
                self.put(doing, name, content).map(|()| true)
            }
            Err(error) => Err(failed(doing, &error)),
        }
    }

    /// Keeps an object in the place of what is under that name, as a whole or not at all. It is durable when this returns.
    pub(super) fn put(&self, doing: &'static str, name: &str, content: Bytes) -> Result<()> {
        let put = self.wait(self.store.put(&self.key(name), content.into()));
        put.map(|_| ()).map_err(|error| failed(doing, &error))
    }

    /// What is under a name; none where nothing is.
    pub(super) fn get(&self, doing: &'static str, name: &str) -> Result<Option<Bytes>> {
        let key = self.key(name);
        match self.wait(async { self.store.get(&key).await?.bytes().await }) {
            Ok(content) => Ok(Some(content)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(doing, &error)),
        }
    }

    /// Deletes an object; one that is not there is no failure.
    pub(super) fn delete(&self, doing: &'static str, name: &str) -> Result<()> {
        match self.wait(self.store.delete(&self.key(name))) {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(doing, &error)),
        }
    }

    /// Deletes what processes that were ended while they wrote have left in a folder of this machine, and says how many
    /// files. A storage elsewhere keeps nothing half written.
    pub(super) fn sweep(&self, older_than: Duration) -> Result<u64> {
        let mut swept = 0;
        let mut folders: Vec<PathBuf> = self.root.iter().cloned().collect();
        while let Some(folder) = folders.pop() {
            let failed =
                |source| Error::Io { what: "look through", path: folder.display().to_string(), source };
            for entry in std::fs::read_dir(&folder).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                // what was there a moment ago may be in its place by now
                let Ok(about) = entry.metadata() else { continue };
                if about.is_dir() {
                    folders.push(entry.path());
                    continue;
                }
                let name = entry.file_name();
                let staged = name.to_string_lossy().rsplit_once('#').is_some_and(|(_, number)| {
                    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
                });
                let age = about.modified().ok().and_then(|at| at.elapsed().ok());
                if staged
                    && age.is_some_and(|age| age >= older_than)
                    && std::fs::remove_file(entry.path()).is_ok()
                {
                    swept += 1;
                }
            }
        }
        Ok(swept)
    }

    /// The names of all objects in a folder and in those below it, in no order; all of the archive's for an empty name.
    pub(super) fn list(&self, doing: &'static str, folder: &str) -> Result<Vec<String>> {
        let folder = self.key(folder);
        let listed = self.wait(self.store.list(Some(&folder)).try_collect::<Vec<_>>());
        let listed = listed.map_err(|error| failed(doing, &error))?;
        let own = self.folder.parts().count();
        let name = |key: Key| {
            let parts: Vec<String> = key.parts().skip(own).map(|part| part.as_ref().to_owned()).collect();
            parts.join("/")
        };
        Ok(listed.into_iter().map(|object| name(object.location)).collect())
    }

    /// The key of something in this workspace's folder.
    fn key(&self, name: &str) -> Key {
        let parts = name.split('/').filter(|part| !part.is_empty());
        parts.fold(self.folder.clone(), |key, part| key.join(part))
    }

    /// Waits for a call. The caller may be on any thread.
    fn wait<T>(&self, call: impl Future<Output = T>) -> T {
        let _in = self.runtime.as_ref().map(tokio::runtime::Handle::enter);
        block_on(call)
    }
}

/// Addresses lose what stands behind their `?`, and a storage's answer is left out: either may hold a token.
fn failed(what: &'static str, error: &object_store::Error) -> Error {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    let line = line.split_once("<?xml").or_else(|| line.split_once("<Error")).map_or(line, |(said, _)| said);
    let word = |word: &str| word.split_once('?').map_or(word, |(address, _)| address).to_owned();
    let words: Vec<String> = line.split_whitespace().map(word).collect();
    Error::Engine { what, reason: words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_without_what_may_be_secret() {
        let source = "Error performing GET https://sts.example/?WebIdentityToken=s3cret in 1ms - Server returned non-2xx \
                      status code: 403: <?xml version=\"1.0\"?><Error><AWSAccessKeyId>s3cret</AWSAccessKeyId></Error>";
        let error = object_store::Error::Generic { store: "S3", source: source.into() };
        let told = failed("read a raw segment", &error).to_string();
        assert!(told.contains("https://sts.example/") && told.contains("403"), "{told}");
        assert!(!told.contains("s3cret"), "{told}");
    }
}

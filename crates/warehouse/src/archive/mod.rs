//! The raw archive: what platforms sent, kept for ever, so that any figure can be opened down to its source and
//! re-mapping never fetches again.
//!
//! A page becomes one segment, named by the hash of its contents: a page that is fetched twice is one file, and
//! the pointers into it are the same on every run.

mod read;
mod segment;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::executor::block_on;
use netgain_domain::{ConnectionId, WorkspaceId};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};

use crate::engine::duck;
use crate::error::{Error, Result};

pub use read::{Read, ReadPage};

/// A stored page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// `connection/stream/hash`.
    pub name: String,
    /// Lines in it.
    pub lines: usize,
    /// Bytes on disk; zero if the same page was there already.
    pub bytes_written: u64,
}

impl Segment {
    /// The pointer to one line, counted from 0.
    #[must_use]
    pub fn raw_ref(&self, line: usize) -> String {
        format!("{}#{line}", self.name)
    }
}

/// The raw archive of one workspace. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Archive {
    store: Arc<LocalFileSystem>,
    root: PathBuf,
}

impl Archive {
    /// Opens `<dir>/<workspace>/raw`, creating it readable by its owner only.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(dir: &Path, workspace: &WorkspaceId) -> Result<Self> {
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
        Ok(Self { store: Arc::new(store), root })
    }

    /// Keeps a page, one line for each record (without line ends). It is on disk when this returns.
    ///
    /// # Errors
    /// [`Error::StreamName`], or when the disk refuses.
    pub fn put_page(&self, connection: &ConnectionId, stream: &str, lines: &[Bytes]) -> Result<Segment> {
        const DOING: &str = "write a raw segment";
        let plain = segment::Stream::new(stream)?;
        let content = segment::hash(lines);
        let name = format!("{connection}/{}/{content}", plain.as_str());
        let key = key_of(&name);
        let segment = |bytes_written| Segment { name: name.clone(), lines: lines.len(), bytes_written };
        if block_on(self.store.head(&key)).is_ok() {
            return Ok(segment(0));
        }
        let packed =
            segment::pack(lines).map_err(|error| Error::Engine { what: DOING, reason: error.to_string() })?;
        let size = packed.len() as u64;
        let options = PutOptions::from(PutMode::Create);
        match block_on(self.store.put_opts(&key, packed.into(), options)) {
            Ok(_) => Ok(segment(size)),
            // somebody else kept the same page meanwhile
            Err(object_store::Error::AlreadyExists { .. }) => Ok(segment(0)),
            Err(error) => Err(failed(DOING, &error)),
        }
    }

    /// The line behind a pointer, after its segment's checksum was verified.
    ///
    /// # Errors
    /// [`Error::RawRef`] for a text that is no pointer, [`Error::Damaged`] when the segment is gone or altered.
    pub fn get(&self, raw_ref: &str) -> Result<Bytes> {
        let (name, line) = segment::parse_ref(raw_ref)?;
        let lines = self.lines(name)?;
        lines.get(line).cloned().ok_or_else(|| Error::Damaged {
            segment: name.to_owned(),
            reason: format!("it has {} lines, line {line} was asked for", lines.len()),
        })
    }

    /// All lines of a segment by its name, verified.
    ///
    /// # Errors
    /// As [`Archive::get`].
    pub fn lines(&self, name: &str) -> Result<Vec<Bytes>> {
        let wanted = segment::hash_of_name(name)?;
        let damaged = |reason: String| Error::Damaged { segment: name.to_owned(), reason };
        let packed = block_on(async { self.store.get(&key_of(name)).await?.bytes().await });
        let packed = packed.map_err(|error| match error {
            object_store::Error::NotFound { .. } => damaged("it is missing".to_owned()),
            other => failed("read a raw segment", &other),
        })?;
        let lines = segment::unpack(&packed).map_err(|error| damaged(error.to_string()))?;
        if segment::hash(&lines) != wanted {
            return Err(damaged("its checksum differs".to_owned()));
        }
        Ok(lines)
    }

    /// Where the archive lies.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }
}

fn key_of(name: &str) -> Key {
    Key::from(format!("{name}.jsonl.zst"))
}

fn failed(what: &'static str, error: &object_store::Error) -> Error {
    Error::Engine { what, reason: error.to_string() }
}

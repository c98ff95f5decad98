//! The raw archive: what platforms sent, kept for ever unless a rule of retention says otherwise, so that any figure can be opened down to its source and
//! re-mapping never fetches again.
//!
//! A page becomes one segment, named by the hash of its contents: a page that is fetched twice is one file, and
//! the pointers into it are the same on every run.

mod erase;
mod place;
mod read;
pub mod redact;
mod retire;
mod segment;

use std::path::Path;

use bytes::Bytes;
use netgain_domain::{ConnectionId, WorkspaceId};

use place::Place;

use crate::error::{Error, Result};

pub use place::{ArchiveStorage, keep_archives_in};
pub use read::{Read, ReadPage};
pub use redact::Redaction;

/// What the name of a segment's object ends with.
const ENDING: &str = ".jsonl.zst";

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
    place: Place,
}

impl Archive {
    /// Opens `<dir>/<workspace>/raw`, creating it readable by its owner only; or the workspace's folder in the storage
    /// that [`keep_archives_in`] chose.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn open(dir: &Path, workspace: &WorkspaceId) -> Result<Self> {
        Ok(Self { place: Place::of(dir, workspace)? })
    }

    /// A workspace's archive in that storage.
    #[must_use]
    pub fn within(storage: &ArchiveStorage, workspace: &WorkspaceId) -> Self {
        Self { place: Place::within(storage, workspace) }
    }

    /// Keeps a page, one line for each record (without line ends). It is on disk when this returns.
    ///
    /// # Errors
    /// [`Error::StreamName`], or when the disk or the storage refuses.
    pub fn put_page(&self, connection: &ConnectionId, stream: &str, lines: &[Bytes]) -> Result<Segment> {
        const DOING: &str = "write a raw segment";
        let plain = segment::Stream::new(stream)?;
        let content = segment::hash(lines);
        let name = format!("{connection}/{}/{content}", plain.as_str());
        let object = object_of(&name);
        let segment = |bytes_written| Segment { name: name.clone(), lines: lines.len(), bytes_written };
        if self.place.has(&object) {
            return Ok(segment(0));
        }
        let packed =
            segment::pack(lines).map_err(|error| Error::Engine { what: DOING, reason: error.to_string() })?;
        let size = packed.len() as u64;
        if self.place.put_new(DOING, &object, packed.into())? {
            netgain_observe::archived(size);
            Ok(segment(size))
        } else {
            Ok(segment(0))
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
    /// As [`Archive::get`]; [`Error::Retired`] for one whose retention ended.
    pub fn lines(&self, name: &str) -> Result<Vec<Bytes>> {
        let wanted = segment::hash_of_name(name)?;
        let damaged = |reason: String| Error::Damaged { segment: name.to_owned(), reason };
        let packed = self.place.get("read a raw segment", &object_of(name))?;
        let Some(packed) = packed else {
            return Err(match self.retired_on(name)? {
                Some(on) => Error::Retired { segment: name.to_owned(), on },
                None => damaged("it is missing".to_owned()),
            });
        };
        let lines = segment::unpack(&packed).map_err(|error| damaged(error.to_string()))?;
        let found = segment::hash(&lines);
        if found != wanted && !self.was_erased(name, &found) {
            return Err(damaged("its checksum differs".to_owned()));
        }
        Ok(lines)
    }
}

/// The name of a segment's object.
fn object_of(name: &str) -> String {
    format!("{name}{ENDING}")
}

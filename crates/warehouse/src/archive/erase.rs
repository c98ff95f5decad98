//! Taking persons out of segments. A segment keeps its name, so that every pointer into it stays good; beside it stands
//! what its content may be instead. Ended at any instant, a segment is as before or as wanted.

use std::path::PathBuf;

use bytes::Bytes;
use futures::executor::block_on;
use object_store::{ObjectStore, PutMode, PutOptions};

use super::{Archive, failed, key_of, segment};
use crate::error::{Error, Result};

const DOING: &str = "take a person out of a raw segment";

impl Archive {
    /// The names of all segments, the accounts of reads included, sorted.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn every_segment(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for connection in folders(self.root().to_owned())? {
            let Ok(id) = connection.parse() else { continue };
            for stream in folders(self.root().join(&connection))? {
                names.extend(self.segments(&id, &stream)?);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Changes lines of a segment and says how many. `edit` gets each line with its number and gives it anew, or none to
    /// leave it.
    ///
    /// # Errors
    /// As [`Archive::lines`]; when the disk refuses.
    pub fn edit_segment(
        &self,
        name: &str,
        edit: &mut dyn FnMut(usize, &Bytes) -> Option<Vec<u8>>,
    ) -> Result<u64> {
        let mut lines = self.lines(name)?;
        let mut changed = 0;
        for (at, line) in lines.iter_mut().enumerate() {
            if let Some(new) = edit(at, line) {
                *line = Bytes::from(new);
                changed += 1;
            }
        }
        if changed == 0 {
            return Ok(0);
        }
        // first what it may be, then what it is: a checksum that nobody announced would mean damage
        self.announce(name, &segment::hash(&lines))?;
        let packed = segment::pack(&lines)
            .map_err(|error| Error::Engine { what: DOING, reason: error.to_string() })?;
        let options = PutOptions::from(PutMode::Overwrite);
        block_on(self.store.put_opts(&key_of(name), packed.into(), options))
            .map_err(|error| failed(DOING, &error))?;
        Ok(changed)
    }

    /// Whether a segment's content is one that an erasure has left.
    pub(super) fn was_erased(&self, name: &str, hash: &str) -> bool {
        std::fs::read_to_string(self.note_of(name)).is_ok_and(|text| text.lines().any(|line| line == hash))
    }

    fn announce(&self, name: &str, hash: &str) -> Result<()> {
        let path = self.note_of(name);
        let io = |source| Error::Io { what: "write", path: path.display().to_string(), source };
        let known = match std::fs::read_to_string(&path) {
            Ok(known) => known,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(io(error)),
        };
        let aside = path.with_extension("erased.new");
        std::fs::write(&aside, format!("{known}{hash}\n")).map_err(io)?;
        std::fs::File::open(&aside).and_then(|file| file.sync_all()).map_err(io)?;
        std::fs::rename(&aside, &path).map_err(io)
    }

    fn note_of(&self, name: &str) -> PathBuf {
        self.root().join(format!("{name}.erased"))
    }
}

fn folders(path: PathBuf) -> Result<Vec<String>> {
    let io = |source| Error::Io { what: "list", path: path.display().to_string(), source };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&path).map_err(io)? {
        let entry = entry.map_err(io)?;
        if entry.file_type().map_err(io)?.is_dir()
            && let Ok(name) = entry.file_name().into_string()
        {
            names.push(name);
        }
    }
    Ok(names)
}

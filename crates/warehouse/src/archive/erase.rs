//! Taking persons out of segments. A segment keeps its name, so that every pointer into it stays good; beside it stands
//! what its content may be instead. Ended at any instant, a segment is as before or as wanted.

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};

use super::{Archive, ENDING, failed, segment};
use crate::error::{Error, Result};

const DOING: &str = "take a person out of a raw segment";

impl Archive {
    /// The names of all segments, the accounts of reads included, sorted.
    ///
    /// # Errors
    /// When the archive cannot be listed.
    pub fn every_segment(&self) -> Result<Vec<String>> {
        const DOING: &str = "list the raw archive";
        let found: Vec<_> = self
            .place
            .wait(self.place.store.list(None).try_collect())
            .map_err(|error| failed(DOING, &error))?;
        let mut names: Vec<String> = found
            .iter()
            .filter_map(|object| object.location.as_ref().strip_suffix(ENDING).map(str::to_owned))
            .collect();
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
        self.overwrite(&self.key_of(name), packed.into())?;
        Ok(changed)
    }

    /// Whether a segment's content is one that an erasure has left.
    pub(super) fn was_erased(&self, name: &str, hash: &str) -> bool {
        self.notes(name).is_ok_and(|text| text.lines().any(|line| line == hash))
    }

    fn announce(&self, name: &str, hash: &str) -> Result<()> {
        let known = self.notes(name)?;
        self.overwrite(&self.note_of(name), format!("{known}{hash}\n").into())
    }

    /// What a segment's content may be instead: one hash a line.
    fn notes(&self, name: &str) -> Result<String> {
        let key = self.note_of(name);
        match self.place.wait(async { self.place.store.get(&key).await?.bytes().await }) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(object_store::Error::NotFound { .. }) => Ok(String::new()),
            Err(error) => Err(failed(DOING, &error)),
        }
    }

    /// Replaces an object whole or not at all.
    fn overwrite(&self, key: &Key, bytes: Bytes) -> Result<()> {
        let options = PutOptions::from(PutMode::Overwrite);
        self.place
            .wait(self.place.store.put_opts(key, bytes.into(), options))
            .map(drop)
            .map_err(|error| failed(DOING, &error))
    }

    fn note_of(&self, name: &str) -> Key {
        self.place.key(&format!("{name}.erased"))
    }
}

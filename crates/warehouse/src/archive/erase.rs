//! Taking persons out of segments. A segment keeps its name, so that every pointer into it stays good; beside it stands
//! what its content may be instead. Ended at any instant, a segment is as before or as wanted.

use std::time::Duration;

use bytes::Bytes;

use super::{Archive, ENDING, object_of, segment};
use crate::error::{Error, Result};

const DOING: &str = "take a person out of a raw segment";

impl Archive {
    /// The names of all segments, the accounts of reads included, sorted.
    ///
    /// # Errors
    /// When the archive cannot be listed.
    pub fn every_segment(&self) -> Result<Vec<String>> {
        let all = self.place.list("list the raw archive", "")?;
        let mut names: Vec<String> =
            all.iter().filter_map(|object| object.strip_suffix(ENDING).map(str::to_owned)).collect();
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
        let mut lines = match self.lines(name) {
            // deleted since it was listed
            Err(Error::Retired { .. }) => return Ok(0),
            lines => lines?,
        };
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
        self.place.put(DOING, &object_of(name), packed.into())?;
        Ok(changed)
    }

    /// Deletes what processes that were ended while they wrote have left half written: nobody would ever find a person in
    /// it. What is younger may still be written. Says how many files.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn sweep(&self, older_than: Duration) -> Result<u64> {
        self.place.sweep(older_than)
    }

    /// Whether a segment's content is one that an erasure has left.
    pub(super) fn was_erased(&self, name: &str, hash: &str) -> bool {
        self.notes(name).is_ok_and(|text| text.lines().any(|line| line == hash))
    }

    fn announce(&self, name: &str, hash: &str) -> Result<()> {
        let known = self.notes(name)?;
        self.place.put(DOING, &note_of(name), format!("{known}{hash}\n").into())
    }

    /// What a segment's content may be instead: one hash a line.
    fn notes(&self, name: &str) -> Result<String> {
        let notes = self.place.get(DOING, &note_of(name))?;
        Ok(notes.map(|notes| String::from_utf8_lossy(&notes).into_owned()).unwrap_or_default())
    }
}

/// The name of the object with the notes about a segment.
fn note_of(name: &str) -> String {
    format!("{name}.erased")
}

//! The end of a segment's retention: its payloads go, and a mark in their place says so for good. The mark comes first, so
//! that a segment which is gone without one is damage, whenever the work is ended.

use std::collections::BTreeSet;

use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::tz::TimeZone;

use super::{Archive, object_of, segment};
use crate::error::Result;

const DOING: &str = "delete a raw segment";
/// What the name of the object ends with that says when a segment was deleted.
const MARK: &str = ".retired";

impl Archive {
    /// Deletes the payloads of a segment whose retention ended. Called again, it finishes what an earlier call had begun.
    ///
    /// # Errors
    /// For a text that is no segment's name; when the disk or the storage refuses.
    pub fn retire_segment(&self, name: &str, now: Timestamp) -> Result<()> {
        segment::hash_of_name(name)?;
        let on = now.to_zoned(TimeZone::UTC).date().to_string();
        self.place.put(DOING, &mark_of(name), on.into())?;
        self.place.delete(DOING, &object_of(name))
    }

    /// The day (UTC) on which a segment was deleted because its retention had ended; none where that was not done.
    ///
    /// # Errors
    /// When the disk or the storage refuses.
    pub fn retired_on(&self, name: &str) -> Result<Option<String>> {
        let mark = self.place.get("read a raw segment", &mark_of(name))?;
        Ok(mark.map(|on| String::from_utf8_lossy(&on).into_owned()))
    }

    /// The segments whose payloads are there no more because their retention ended; those that were read again since are
    /// there.
    ///
    /// # Errors
    /// When the archive cannot be listed.
    pub fn retired_segments(&self) -> Result<BTreeSet<String>> {
        let all: BTreeSet<String> = self.place.list("list the raw archive", "")?.into_iter().collect();
        let marked = all.iter().filter_map(|object| object.strip_suffix(MARK));
        Ok(marked.filter(|name| !all.contains(&object_of(name))).map(str::to_owned).collect())
    }
}

/// The name of the object that says when a segment was deleted.
fn mark_of(name: &str) -> String {
    format!("{name}{MARK}")
}

//! The account of what was read, kept beside the payloads: which pages a commit held, and what the mapping reads
//! beside their lines. With it the canonical rows can be made again from the archive alone.

use std::collections::BTreeMap;

use bytes::Bytes;
use netgain_domain::ConnectionId;
use netgain_domain::jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Archive, Segment};
use crate::commit::Gone;
use crate::error::{Error, Result};

/// The folder of these accounts among those of the streams.
const FOLDER: &str = "_reads";

/// What one commit held, as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// Its place among the reads of its connection; a read that never was committed may share it.
    pub number: u64,
    /// The stream.
    pub stream: String,
    /// The platform's id.
    pub source: String,
    /// When its pages were read (UTC).
    pub observed_at: Timestamp,
    /// The stream's position behind it, as JSON.
    pub cursor: Option<String>,
    /// Its pages in their order.
    pub pages: Vec<ReadPage>,
}

/// One page of a read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadPage {
    /// The segment with its lines; none where it had no records.
    pub segment: Option<String>,
    /// What the mapping reads beside a record, such as `account.currency`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub context: BTreeMap<String, String>,
    /// What the page says is gone; it goes behind the records of the whole read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<Gone>,
}

impl Archive {
    /// Keeps the account of a read. It is on disk when this returns; the commit of its rows names it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn put_read(&self, connection: &ConnectionId, read: &Read) -> Result<Segment> {
        let line = serde_json::to_vec(read).map_err(|error| Error::Engine {
            what: "write the account of a read",
            reason: error.to_string(),
        })?;
        self.put_page(connection, FOLDER, &[Bytes::from(line)])
    }

    /// The account behind a name, verified.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it is gone, altered or of a later version of this program.
    pub fn read(&self, name: &str) -> Result<Read> {
        let damaged = |reason: String| Error::Damaged { segment: name.to_owned(), reason };
        let lines = self.lines(name)?;
        let line = lines.first().ok_or_else(|| damaged("it is empty".to_owned()))?;
        serde_json::from_slice(line).map_err(|error| damaged(error.to_string()))
    }

    /// The names of all accounts of a connection that lie in the archive, those of reads that never were committed
    /// included, in the order in which they were made.
    ///
    /// # Errors
    /// When the folder or an account cannot be read.
    pub fn reads(&self, connection: &ConnectionId) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for name in self.segments(connection, FOLDER)? {
            let read = self.read(&name)?;
            found.push((read.number, read.observed_at, name));
        }
        found.sort();
        Ok(found.into_iter().map(|(.., name)| name).collect())
    }

    /// The names of all segments of a stream, in no order.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn segments(&self, connection: &ConnectionId, stream: &str) -> Result<Vec<String>> {
        let stream = super::segment::Stream::new(stream)?;
        let folder = format!("{connection}/{}", stream.as_str());
        let mut names = Vec::new();
        for object in self.place.list("list raw segments", &folder)? {
            // a file that was cut off while it was written has another name
            let name = object.strip_suffix(super::ENDING).unwrap_or_default();
            if super::segment::hash_of_name(name).is_ok() {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }
}

//! The position of a stream between runs, as it is stored: one small JSON object.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use jiff::Timestamp;

use crate::Error;
use crate::events::EventPosition;
use crate::jobs::Position;

/// What is remembered of a stream. Names that this version does not know are left alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// Everything updated before this time is kept (RFC 3339, the platform's clock).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The same for each part of a stream that is listed in parts, such as accounts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<String, String>,
    /// The parts that a reading of everything has read, until it is complete.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub done: BTreeSet<String>,
    /// Where a listing under way stands; gone once it is complete. Without it the stream goes on from `since`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
    /// Where a first load from a file stands; gone once it is complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bulk: Option<BulkPosition>,
    /// Where a stream stands whose changes come from events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<EventPosition>,
    /// Where the reading of days stands, by account.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub days: BTreeMap<String, Position>,
}

/// Where a listing stands between two pages: what it was asked with and the platform's own word for the next page, so
/// that a run which was cut off asks for exactly that page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reading {
    /// The part of the stream that is listed; empty for the whole stream.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub part: String,
    /// The update time that the listing was asked to begin at (RFC 3339).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_since: Option<Timestamp>,
    /// When its first page was answered (the platform's clock).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// The value behind which it was asked to begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_beyond: Option<String>,
    /// The number behind which it was asked to begin, or the platform's word for what was read before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_mark: Option<String>,
    /// The highest number, that of earlier runs included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// The platform's word for all that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<String>,
    /// The next page; none where the listing is still to begin. Never holds a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many records are asked for at once, where the platform found the usual number too much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<PageSize>,
    /// The newest update time, that of earlier runs included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<Timestamp>,
    /// The update time of the last record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// The last record's value of what the listing is sorted by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<String>,
    /// Whether update times went back, against the platform's promise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disorder: bool,
    /// Records since the listing began.
    pub listed: u64,
    /// When the platform answered with the page before this position (its own clock).
    pub at: Timestamp,
}

/// How many records are asked for at once while the platform finds the usual number too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PageSize {
    /// Records asked for.
    pub now: u32,
    /// Pages of that size that went well.
    pub good: u32,
    /// Such pages before a larger size is tried again.
    pub patience: u32,
}

/// Where the reading of a file that the platform wrote stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BulkPosition {
    /// The platform's id of the job that wrote the file.
    pub id: String,
    /// When the job was created (RFC 3339, the platform's clock): what changed since may be missing from the file.
    pub started: String,
    /// Records of the file that are kept already.
    pub roots: u64,
}

impl State {
    /// Reads a stored position; none is the beginning.
    ///
    /// # Errors
    /// [`Error::Cursor`] when it is not what this or an earlier version wrote.
    pub fn read(stream: &str, cursor: Option<&str>) -> Result<Self, Error> {
        let Some(cursor) = cursor else { return Ok(Self::default()) };
        serde_json::from_str(cursor)
            .map_err(|error| Error::Cursor { stream: stream.to_owned(), problem: error.to_string() })
    }

    /// The position as it is stored.
    pub fn text(&self) -> String {
        // a struct of texts and numbers always becomes JSON
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_again() {
        assert_eq!(State::read("orders", None).unwrap(), State::default());
        assert_eq!(State::default().text(), "{}");
        let text = r#"{"bulk":{"id":"7","started":"2026-01-01T00:00:00Z","roots":2000}}"#;
        assert_eq!(State::read("orders", Some(text)).unwrap().text(), text);
        let text = r#"{"since":"2026-01-01T00:00:00Z"}"#;
        assert_eq!(State::read("orders", Some(text)).unwrap().text(), text);
        let text = r#"{"since":"2026-01-01T00:00:00Z","reading":{"after":"b2","listed":50,"at":"2026-01-02T00:00:00Z"}}"#;
        assert_eq!(State::read("orders", Some(text)).unwrap().text(), text);
        let error = State::read("orders", Some("[1]")).unwrap_err().to_string();
        assert!(error.contains("orders") && error.contains("--full"), "{error}");
    }
}

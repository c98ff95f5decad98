//! The position of a stream between runs, as it is stored: one small JSON object.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Error;
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
    /// Where a first load from a file stands; gone once it is complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bulk: Option<BulkPosition>,
    /// Where the reading of days stands, by account.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub days: BTreeMap<String, Position>,
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
        let error = State::read("orders", Some("[1]")).unwrap_err().to_string();
        assert!(error.contains("orders") && error.contains("--full"), "{error}");
    }
}

//! A fault in a manifest, with its place and its cure.

use std::fmt;

/// A fault in a manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ManifestError {
    /// The file; empty until [`ManifestError::in_file`].
    pub file: String,
    /// The line, counted from 1; 0 where it is not known.
    pub line: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub cure: String,
}

impl ManifestError {
    pub(crate) fn new(line: usize, message: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { file: String::new(), line, message: message.into(), cure: cure.into() }
    }

    /// The same fault with its file named.
    #[must_use]
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = file.into();
        self
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = if self.file.is_empty() { "manifest" } else { &self.file };
        write!(f, "{file}:{}: {}: {}", self.line, self.message, self.cure)
    }
}

//! Counts of the calls each face answered, so that a test can bound them.
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A face puts this into its response's extensions to name what the call did.
#[derive(Clone, Debug)]
pub struct Operation(pub String);

/// Calls of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The point, `shopify.graphql`.
    pub point: String,
    /// What the call did, as the face named it; empty when the face named nothing.
    pub operation: String,
    /// HTTP status of the answer.
    pub status: u16,
    /// How often.
    pub count: u64,
}

/// The counts since the start or the last reset.
#[derive(Debug, Default)]
pub struct Calls {
    counts: Mutex<BTreeMap<(String, String, u16), u64>>,
}

impl Calls {
    /// Counts one call.
    pub fn record(&self, point: &str, operation: &str, status: u16) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((point.to_owned(), operation.to_owned(), status)).or_default() += 1;
    }

    /// Forgets all counts.
    pub fn clear(&self) {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The counts, in order of point, operation and status.
    pub fn list(&self) -> Vec<Count> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .iter()
            .map(|((point, operation, status), count)| Count {
                point: point.clone(),
                operation: operation.clone(),
                status: *status,
                count: *count,
            })
            .collect()
    }
}

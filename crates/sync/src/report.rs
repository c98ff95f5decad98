//! What a sync did, in numbers that a person or a script can check.

use serde::Serialize;

use netgain_warehouse::Quarantined;

use crate::UncomputedOrder;

/// Set-aside records that a report lists; all are counted and all lie in the raw archive.
pub(crate) const LISTED: usize = 20;

/// What a sync of one connection did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SyncReport {
    /// The streams in the order in which they were read.
    pub streams: Vec<StreamSummary>,
    /// The first records that were set aside.
    pub quarantine: Vec<QuarantinedRecord>,
    /// Orders whose profit was computed, repeated ones included.
    pub orders_computed: u64,
    /// Orders whose profit could not be computed.
    pub orders_uncomputed: Vec<UncomputedOrder>,
}

impl SyncReport {
    /// Records kept, over all streams.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.streams.iter().map(|stream| stream.records).sum()
    }

    /// Records set aside, over all streams.
    #[must_use]
    pub fn quarantined(&self) -> u64 {
        self.streams.iter().map(|stream| stream.quarantined).sum()
    }
}

/// What became of one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct StreamSummary {
    /// The stream, as its manifest names it.
    pub stream: String,
    /// The table of its root rows.
    pub entity: String,
    /// Records that the platform sent, those set aside included.
    pub records: u64,
    /// Rows written, over all tables.
    pub rows: u64,
    /// Root rows that were not there before.
    pub new: u64,
    /// Root rows that replaced an older version, or the same one that said something else.
    pub changed: u64,
    /// Root rows that say what they said, left alone.
    pub unchanged: u64,
    /// Records left out because a later version is stored.
    pub stale: u64,
    /// Records set aside because they could not be mapped.
    pub quarantined: u64,
    /// Records that were set aside before and are kept now.
    pub mended: u64,
    /// Unit costs left out because nothing names their currency.
    pub unit_costs_without_currency: u64,
    /// Calls made, repeated ones included.
    pub calls: u64,
    /// Why it did not reach its end.
    pub error: Option<String>,
}

/// A record that was set aside. It lies in the raw archive under `raw_ref`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuarantinedRecord {
    /// The stream.
    pub stream: String,
    /// Its pointer into the raw archive.
    pub raw_ref: String,
    /// The path that failed, in the platform's own names.
    pub path: String,
    /// Why.
    pub reason: String,
}

impl QuarantinedRecord {
    pub(crate) fn of(stream: &str, bad: &Quarantined) -> Self {
        Self {
            stream: stream.to_owned(),
            raw_ref: bad.raw_ref.clone(),
            path: bad.path.clone(),
            reason: bad.reason.clone(),
        }
    }
}

//! What the program tells about its own work, in one place: the catalogue of its metrics with the calls that count, and
//! traces that go on across threads and processes.
//!
//! Invariant: no label names a workspace, a connection or a person, so that whoever may read the metrics of an
//! installation learns nothing of who is on it. Whoever keeps and sends what is counted here installs a
//! [`metrics`](https://docs.rs/metrics) recorder; without one, counting costs next to nothing.

mod catalogue;
mod count;
mod trace;

pub use catalogue::{ALL, BUCKETS, Kind, Metric, describe};
pub use count::{
    Process, Running, SyncEnd, answered, archived, asked, called, committed, delivered, set_open_workspaces,
    set_process, set_ready, set_schedule_lag, set_waiting_events, sync_begins, waited,
};
pub use trace::{Propagation, TRACEPARENT, adopt, failed, install, traceparent};

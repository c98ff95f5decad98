//! What the running program tells of itself: metrics, traces, log lines, and what its doctor sees; and an archive that lies
//! in a bucket.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[cfg(feature = "otlp")]
mod collector;
mod doctor;
mod logs;
mod metrics;
#[path = "../platforms/support.rs"]
#[allow(dead_code, reason = "shared with another test program")]
mod program;
mod rig;
#[cfg(feature = "s3")]
mod storage;
#[cfg(feature = "otlp")]
mod traces;

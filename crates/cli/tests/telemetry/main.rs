//! What the running program tells of itself: metrics, log lines, and what its doctor sees.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod doctor;
mod logs;
mod metrics;
#[path = "../platforms/support.rs"]
#[allow(dead_code, reason = "shared with another test program")]
mod program;
mod rig;

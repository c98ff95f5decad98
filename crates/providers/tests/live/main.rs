//! Manifests against the emulated platforms: a first load, a run right after, a day later, and the platform's own
//! failures. Rows are kept in memory, as the warehouse keeps them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod hubspot;
mod klaviyo;
mod rig;

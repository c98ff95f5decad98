//! Webhooks through the real program: registered, proved, kept, acknowledged and applied, for every platform that
//! sends them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../connecting/browser.rs"]
#[allow(dead_code, reason = "shared with another test program")]
mod browser;
mod checks;
mod ends;
mod harness;
mod platforms;
mod privacy;
mod privacy_kill;
#[path = "../platforms/support.rs"]
#[allow(dead_code, reason = "shared with another test program")]
mod program;
mod retention;
mod rig;
mod serve;
mod shopify;
mod upgrade;
mod waiting;

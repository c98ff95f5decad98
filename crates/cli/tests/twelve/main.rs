//! Platforms beyond the first two: each is read whole from the sandbox, read again, restated, and disturbed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod amazon_sp;
mod common;
mod ga4;
mod gohighlevel;
mod google_ads;
mod google_sheets;
mod harness;
mod postscript;
#[path = "../platforms/support.rs"]
#[allow(dead_code, reason = "shared with another test program")]
mod program;
mod stripe;
mod support;
mod triplewhale;

//! Each platform from end to end: all of it once, nothing the second time, only what a day brings, and every known fault.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod gohighlevel;
mod harness;
mod postscript;
#[path = "../platforms/support.rs"]
#[allow(dead_code, reason = "shared with the other tests of the program, which need more of it")]
mod support;
mod triplewhale;

//! Secrets are looked for after everything was done with them: in what the program printed and logged at its most
//! talkative, in what it answered, and in every file that it wrote.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../connecting/browser.rs"]
#[allow(dead_code, reason = "shared with another test program")]
mod browser;
mod full_run;
mod people;
mod platforms;
#[path = "../platforms/support.rs"]
#[allow(dead_code, reason = "shared with another test program")]
mod program;
mod search;
mod witness;

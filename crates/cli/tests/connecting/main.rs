//! Connecting through the program: by key, by sign-in and through the operator, from the terminal and over the API.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod browser;
mod central;
mod closed;
mod keys;
#[path = "../platforms/support.rs"]
#[allow(dead_code, reason = "shared with another test program")]
mod program;
mod rotation;
mod serving;
mod sign_in;

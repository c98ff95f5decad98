//! Advertising days from the emulated platform, against its own books: a first load, faults, restatement, and runs
//! that are cut off.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cut_off;
mod entities;
mod faults;
mod figures;
mod rig;

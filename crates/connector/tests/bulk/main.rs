//! First loads from a file that the emulated platform writes: the same records as by pages, whatever happens on the
//! way and wherever a run is cut off.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cut_off;
mod faults;
mod rig;
mod same;

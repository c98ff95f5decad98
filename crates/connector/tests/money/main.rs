//! Payments and a marketplace read from the emulated platforms, against the world's own books.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod amazon_sp;
mod rig;
mod stripe;

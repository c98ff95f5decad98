//! What a merchant's file becomes, through the public interface.
#![allow(clippy::expect_used, reason = "a test may fail loudly")]

mod formats;
mod kinds;
mod mapping_file;
mod orders;
mod real_files;
mod round_trip;
mod support;

//! Chores of the repository that need logic, as functions that tests can call; `main.rs` only prints.

pub mod floats;
pub mod layers;
mod metadata;
mod rules;
mod tokens;

pub use metadata::{Dependency, Error, Package, Workspace};

//! Chores of the repository that need logic, as functions that tests can call; `main.rs` only prints.

pub mod layers;
mod metadata;
mod rules;

pub use metadata::{Dependency, Error, Package, Workspace};

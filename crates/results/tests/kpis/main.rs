//! Key figures through the warehouse, against values that were worked out by hand, and the life of an override.
#![allow(missing_docs, clippy::unwrap_used)]

mod overrides;
mod place;
mod points;

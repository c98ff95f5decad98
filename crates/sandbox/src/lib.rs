//! Emulated commerce and advertising platforms that all show one seeded world, with its own books.
pub mod books;
pub mod faults;
pub mod meta;
pub mod shopify;
pub mod world;

use std::sync::Arc;

/// Everything a face needs: the world it shows and the faults it must act out.
pub struct AppState {
    /// The brand with its shop, ads and clock.
    pub world: Arc<world::World>,
    /// Faults that are switched on.
    pub faults: faults::Faults,
}

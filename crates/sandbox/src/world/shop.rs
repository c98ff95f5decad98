//! The shop's customers, products and orders.

/// The shop.
#[derive(Debug, Default)]
pub struct Shop {}

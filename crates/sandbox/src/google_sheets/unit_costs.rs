//! The sheet of unit costs, which people change by hand.
use super::Cell;
use crate::world::World;
use std::sync::{PoisonError, RwLock};

/// The names of its columns, in the first row.
const NAMES: [&str; 7] =
    ["sku", "unit_cost", "currency", "valid_from", "valid_to", "country", "min_quantity"];

/// What people wrote into the sheet below its names; nothing while they left it as it was found.
#[derive(Debug, Default)]
pub struct CostSheet(RwLock<Option<Vec<Vec<Cell>>>>);

impl CostSheet {
    /// Writes the sheet anew, below its names.
    pub fn write(&self, rows: Vec<Vec<Cell>>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(rows);
    }

    /// All rows, the names first. At first it holds what boxes cost, which the shop does not sell.
    pub fn rows(&self, world: &World) -> Vec<Vec<Cell>> {
        let mut rows = vec![NAMES.iter().map(|name| Cell::Text((*name).to_owned())).collect()];
        let written = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        rows.extend(
            written.unwrap_or_else(|| if world.brand.is_still() { Vec::new() } else { boxes(world) }),
        );
        rows
    }
}

fn boxes(world: &World) -> Vec<Vec<Cell>> {
    let row = |sku: &str, cents| {
        vec![Cell::Text(sku.to_owned()), Cell::Money(cents), Cell::Text(world.brand.currency.clone())]
    };
    vec![row("BOX-S", 38), row("BOX-M", 52), row("BOX-L", 95)]
}

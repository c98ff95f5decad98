//! Open warehouses, at most so many: each holds threads and memory.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use netgain_domain::WorkspaceId;
use netgain_warehouse::{Options, Store, Warehouse};

/// Workspaces that stay open, the one used last at the end.
pub(crate) struct Warehouses {
    folder: PathBuf,
    store: Option<Store>,
    capacity: usize,
    open: Mutex<Vec<Warehouse>>,
}

impl Warehouses {
    pub(crate) fn new(folder: PathBuf, store: Option<Store>, capacity: usize) -> Self {
        Self { folder, store, capacity: capacity.max(1), open: Mutex::default() }
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// How many are open. One that is just being opened makes this wait.
    pub(crate) fn open_count(&self) -> usize {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The warehouse of a workspace. Blocks while it opens. One that falls out closes with its last reader.
    pub(crate) fn get(&self, workspace: &WorkspaceId) -> netgain_warehouse::Result<Warehouse> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let warehouse = match open.iter().position(|other| other.workspace() == workspace) {
            Some(at) => open.remove(at),
            None => {
                let store = self.store.clone().map_or_else(|| Store::chosen(&self.folder), Ok)?;
                Warehouse::open(store, workspace, Options::default())?
            }
        };
        if open.len() >= self.capacity {
            open.remove(0);
        }
        open.push(warehouse.clone());
        Ok(warehouse)
    }
}

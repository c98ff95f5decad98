//! Tests of stores that run on files and, with `NETGAIN_TEST_STORES=postgres`, on databases: one stands for each folder.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use crate::postgres::{Database, postgres};
use crate::server::locked;

/// Says on what such tests run.
const STORES: &str = "NETGAIN_TEST_STORES";

/// Whether stores are databases.
#[must_use]
pub fn stores_are_databases() -> bool {
    std::env::var(STORES).is_ok_and(|stores| stores == "postgres")
}

fn all() -> MutexGuard<'static, HashMap<PathBuf, Arc<Database>>> {
    static ALL: OnceLock<Mutex<HashMap<PathBuf, Arc<Database>>>> = OnceLock::new();
    locked(ALL.get_or_init(Mutex::default))
}

/// The database that stands for a folder, made when it is first asked for; none where stores are files. It stays until
/// [`forget`] or the end of the process.
///
/// # Panics
/// When databases were asked for and there is no PostgreSQL.
#[must_use]
pub fn instead_of(folder: &Path) -> Option<Arc<Database>> {
    if !stores_are_databases() {
        return None;
    }
    let mut all = all();
    let found = all.get(folder).cloned().or_else(|| postgres().map(Arc::new));
    let Some(database) = found else { panic!("{STORES}=postgres needs PostgreSQL") };
    all.insert(folder.to_owned(), Arc::clone(&database));
    Some(database)
}

/// Removes the database that stands for a folder, once nobody holds it.
pub fn forget(folder: &Path) {
    let database = all().remove(folder);
    // outside of the lock: it takes a moment
    drop(database);
}

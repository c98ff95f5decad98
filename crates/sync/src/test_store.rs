//! Where the stores of this crate's tests lie.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;

use netgain_warehouse::{Database, Store};

/// The store of a folder: files in it, or with `NETGAIN_TEST_STORES=postgres` the database that stands for it.
pub(crate) fn place(dir: &Path) -> Store {
    match netgain_testkit::instead_of(dir) {
        None => dir.into(),
        Some(server) => {
            let (app, owner) = (server.app_url(), server.owner_url());
            Store::Postgres(Database::connect(&app, Some(&owner)).unwrap())
        }
    }
}

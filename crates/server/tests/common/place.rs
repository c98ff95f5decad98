//! Where the stores of a test lie: in files below its folder, or with `NETGAIN_TEST_STORES=postgres` in a database that stands
//! for the folder. `make test` runs the tests on both.

use std::path::{Path, PathBuf};

use netgain_control::{Control, Database, Secret};
use netgain_domain::WorkspaceId;
use netgain_testkit::instead_of;
use netgain_warehouse::{Options, Store, Warehouse};

/// The control store of an installation.
pub fn control(home: &Path) -> Control {
    let database = instead_of(home).map(|server| Database {
        url: Secret::new(server.app_url()),
        owner_url: Some(Secret::new(server.owner_url())),
    });
    Control::open_at(home, database.as_ref()).expect("opens")
}

/// The store of an installation's facts.
pub fn store(home: &Path) -> Store {
    match instead_of(home) {
        None => Store::Embedded(home.join("workspaces")),
        Some(server) => {
            let (app, owner) = (server.app_url(), server.owner_url());
            Store::Postgres(netgain_warehouse::Database::connect(&app, Some(&owner)).expect("connects"))
        }
    }
}

/// The facts of a workspace.
pub fn warehouse(home: &Path, workspace: &WorkspaceId) -> Warehouse {
    Warehouse::open(store(home), workspace, Options::default()).expect("opens")
}

/// Removes an installation's database when it is dropped.
pub struct Forget(pub PathBuf);

impl Drop for Forget {
    fn drop(&mut self) {
        netgain_testkit::forget(&self.0);
    }
}

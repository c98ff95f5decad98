//! One suite on both engines: each test is given a place, in which any number of handles can be opened.
#![allow(dead_code, clippy::unwrap_used)]

use std::path::Path;

use netgain_control::{Control, CredentialMode, Database, NewConnection, NewWorkspace, Secret};
use netgain_domain::{ConnectionId, WorkspaceId};

/// A store that one or more handles share.
pub struct Place {
    home: tempfile::TempDir,
    // dropped after the handles of the test, which end before their place
    server: Option<netgain_testkit::Database>,
}

impl Place {
    pub fn sqlite() -> Self {
        Self { home: tempfile::tempdir().unwrap(), server: None }
    }

    /// None where tests on PostgreSQL are left out.
    pub fn postgres() -> Option<Self> {
        Some(Self { server: Some(netgain_testkit::postgres()?), ..Self::sqlite() })
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn server(&self) -> Option<&netgain_testkit::Database> {
        self.server.as_ref()
    }

    pub fn database(&self) -> Option<Database> {
        self.server.as_ref().map(|server| Database {
            url: Secret::new(server.app_url()),
            owner_url: Some(Secret::new(server.owner_url())),
        })
    }

    pub fn open(&self) -> Control {
        Control::open_at(self.home(), self.database().as_ref()).unwrap()
    }

    /// Changes rows behind the store's back.
    pub fn tamper(&self, sql: &str) {
        match &self.server {
            Some(server) => {
                server.psql(&format!("SET search_path = netgain_control; {sql}"));
            }
            None => {
                let db = rusqlite::Connection::open(self.home().join("control.sqlite")).unwrap();
                db.execute_batch(sql).unwrap();
            }
        }
    }

    /// Everything that the store has written down.
    pub fn written(&self) -> Vec<u8> {
        if let Some(server) = &self.server {
            let tables = server.psql("SELECT tablename FROM pg_tables WHERE schemaname = 'netgain_control'");
            return tables
                .lines()
                .flat_map(|table| server.psql(&format!("SELECT * FROM netgain_control.{table}")).into_bytes())
                .collect();
        }
        ["control.sqlite", "control.sqlite-wal"]
            .iter()
            .flat_map(|file| std::fs::read(self.home().join(file)).unwrap_or_default())
            .collect()
    }
}

/// Has each of these functions run as a test on both engines.
#[allow(unused_macros)]
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite { $( #[test] fn $name() { super::$name(&crate::both::Place::sqlite()); } )+ }
        mod postgres {
            $( #[test] fn $name() {
                if let Some(place) = crate::both::Place::postgres() {
                    super::$name(&place);
                }
            } )+
        }
    };
}
#[allow(unused_imports)]
pub(crate) use on_both;

/// A workspace with nothing in it.
pub fn workspace(control: &Control, id: &str) -> WorkspaceId {
    let new = NewWorkspace {
        id: id.parse().unwrap(),
        name: format!("Brand {id}"),
        currency: "GBP".parse().unwrap(),
        time_zone: "UTC".to_owned(),
        settings: "{}".to_owned(),
    };
    control.create_workspace(&new).unwrap().id
}

/// A connection that was never read.
pub fn connection(control: &Control, workspace: &WorkspaceId, id: &str) -> ConnectionId {
    let new = NewConnection {
        id: id.parse().unwrap(),
        provider: "p".to_owned(),
        name: "P".to_owned(),
        base_url: None,
        local: false,
        mode: CredentialMode::Own,
        fields: std::collections::BTreeMap::new(),
    };
    control.create_connection(workspace, &new).unwrap().id
}

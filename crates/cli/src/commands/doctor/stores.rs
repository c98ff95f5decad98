//! The stores: the control store with every secret in it, each workspace's facts, and the raw archive.

use netgain_control::{Connection, Control, Workspace};
use netgain_warehouse::Error;

use super::Finding;
use crate::home::Home;

/// What was seen, and the connections that are in use.
#[derive(Default)]
pub struct Looked {
    pub found: Vec<Finding>,
    pub connections: Vec<Connection>,
}

/// Looks at the control store and all that it knows of.
pub fn check(home: &Home) -> Looked {
    const NAME: &str = "control store";
    let mut looked = Looked::default();
    if !home.path().exists() {
        return looked;
    }
    let opened = home.control().and_then(|control| Ok((control.workspaces()?, control)));
    let (workspaces, control) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let cure = "follow what it says; a store that is damaged is restored from a backup";
            looked.found.push(Finding::fail(NAME, format!("{error:#}"), cure));
            return looked;
        }
    };
    looked.found.push(Finding::ok(NAME, format!("opens; {} workspaces", workspaces.len())));
    for workspace in &workspaces {
        looked.found.push(facts(home, workspace));
        match control.connections(&workspace.id) {
            Ok(connections) => looked.connections.extend(connections),
            Err(error) => {
                let check = format!("workspace {}", workspace.id);
                looked.found.push(Finding::fail(check, error.to_string(), "restore the control store"));
            }
        }
    }
    looked.found.push(secrets(&control, &looked.connections));
    looked
}

/// Opens a workspace's facts, where there are any.
fn facts(home: &Home, workspace: &Workspace) -> Finding {
    let name = format!("workspace {}", workspace.id);
    let folder = home.workspaces().join(workspace.id.as_str());
    if std::env::var_os("NETGAIN_DATABASE_URL").is_none() && !folder.join("facts.duckdb").exists() {
        return Finding::ok(name, "has no facts yet");
    }
    match home.warehouse(&workspace.id) {
        Ok(_) => Finding::ok(name, "its facts open"),
        // what serves it has it open, and that is how it should be
        Err(error @ Error::Locked { .. }) => {
            let holder = error.to_string();
            let holder = holder.split(':').next().unwrap_or_default();
            Finding::ok(name, format!("its facts are open elsewhere: {holder}"))
        }
        Err(error @ Error::NewerSchema { .. }) => {
            Finding::fail(name, error.to_string(), "start the newer program, or restore a backup of before")
        }
        Err(error) => Finding::fail(
            name,
            error.to_string(),
            format!(
                "restore the workspace from a backup; or move {} away and make the rows again with `netgain replay`",
                folder.join("facts.duckdb").display()
            ),
        ),
    }
}

/// Opens every secret with the key, and shows none.
fn secrets(control: &Control, connections: &[Connection]) -> Finding {
    let mut opened = 0_u64;
    let mut closed = Vec::new();
    for connection in connections {
        let (workspace, id) = (&connection.workspace_id, &connection.id);
        let names = control.secret_names(workspace, id).unwrap_or_default();
        for name in names {
            match control.secret(workspace, id, &name) {
                Ok(_) => opened += 1,
                Err(_) => closed.push(format!("{workspace}/{id}/{name}")),
            }
        }
    }
    if closed.is_empty() {
        return Finding::ok("secrets", format!("the key opens all {opened}"));
    }
    Finding::fail(
        "secrets",
        format!(
            "the key does not open {} of {}: {}",
            closed.len(),
            opened + closed.len() as u64,
            closed.join(", ")
        ),
        "restore the `secret.key` that belongs to this store, or connect these accounts again",
    )
}

/// The raw archive, where it lies in a storage.
pub fn archive() -> Finding {
    const NAME: &str = "archive";
    match crate::archive::check() {
        Ok(None) => Finding::ok(NAME, "lies beside the facts"),
        Ok(Some(place)) => {
            Finding::ok(NAME, format!("`{place}` can be written, read, listed and deleted from"))
        }
        Err(error) => {
            let cure = format!("correct {} and the AWS_ variables beside it", crate::archive::VARIABLE);
            Finding::fail(NAME, format!("{error:#}"), cure)
        }
    }
}

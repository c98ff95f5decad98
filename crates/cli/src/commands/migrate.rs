//! `netgain migrate`: copies the facts of workspaces from one store to another and shows that both hold the same.
//!
//! The raw archive stays where it is: rows point into it by names that hold in either store.

use std::collections::BTreeSet;

use anyhow::Context;
use netgain_domain::WorkspaceId;
use netgain_warehouse::{Options, Store, Transferred, Warehouse};
use serde_json::json;

use crate::args::{MigrateArgs, StoreKind};
use crate::home::Home;

pub fn run(home: &Home, args: &MigrateArgs) -> anyhow::Result<()> {
    anyhow::ensure!(args.from != args.to, "--from and --to name the same store: name the other one in --to");
    let (from, to) = (store(home, args.from)?, store(home, args.to)?);
    let workspaces = if args.workspace.is_empty() { known(home)? } else { args.workspace.clone() };
    anyhow::ensure!(!workspaces.is_empty(), "there is no workspace to copy");
    let mut all = Vec::new();
    for workspace in workspaces {
        let from = Warehouse::open(&from, &workspace, Options::default())?;
        let to = Warehouse::open(&to, &workspace, Options::default())?;
        if !args.json {
            println!("workspace {workspace}");
        }
        let tables = to
            .copy_from(&from, &mut |one| {
                if !args.json {
                    tell(one);
                }
            })
            .with_context(|| {
                format!("workspace {workspace}; what was copied stays, run the command again")
            })?;
        let tables: Vec<_> = tables
            .iter()
            .map(|one| {
                json!({ "table": one.digest.table, "rows": one.digest.rows, "sha256": one.digest.sha256,
                        "copied": one.copied })
            })
            .collect();
        all.push(json!({ "workspace": workspace, "tables": tables }));
    }
    if args.json {
        println!("{}", json!({ "workspaces": all }));
    }
    Ok(())
}

fn tell(one: &Transferred) {
    if one.digest.rows > 0 || one.copied {
        let how = if one.copied { "copied" } else { "the same already" };
        println!(
            "  {:24} {:>10} rows  sha256 {}  {how}",
            one.digest.table, one.digest.rows, one.digest.sha256
        );
    }
}

fn store(home: &Home, kind: StoreKind) -> anyhow::Result<Store> {
    match kind {
        StoreKind::Embedded => Ok(Store::Embedded(home.workspaces())),
        StoreKind::Postgres => match Store::chosen(&home.workspaces())? {
            Store::Embedded(_) => {
                anyhow::bail!(
                    "no database is named: set NETGAIN_DATABASE_URL=postgres://user:password@host/database"
                )
            }
            store @ Store::Postgres(_) => Ok(store),
        },
    }
}

/// The workspaces that the control store knows, and those that have a folder.
fn known(home: &Home) -> anyhow::Result<Vec<WorkspaceId>> {
    let mut all: BTreeSet<WorkspaceId> =
        home.control()?.workspaces()?.into_iter().map(|workspace| workspace.id).collect();
    for entry in std::fs::read_dir(home.workspaces()).into_iter().flatten() {
        let entry = entry.context("cannot read the folder of workspaces")?;
        if entry.path().join("facts.duckdb").exists()
            && let Ok(workspace) = entry.file_name().to_string_lossy().parse()
        {
            all.insert(workspace);
        }
    }
    Ok(all.into_iter().collect())
}

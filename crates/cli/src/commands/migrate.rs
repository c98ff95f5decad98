//! `netgain migrate`: copies everything from one kind of store to the other and shows that both hold the same.
//!
//! First the facts of each workspace, then the control store, which goes over whole or not at all: a store that holds
//! workspaces holds their facts too. The raw archive stays where it is: rows point into it by names that hold in either.

use std::collections::BTreeSet;

use anyhow::Context;
use netgain_control::{Control, CopiedTable, Database, NewEntry, TableSum};
use netgain_domain::WorkspaceId;
use netgain_domain::jiff::Timestamp;
use netgain_warehouse::{Options, Store, Transferred, Warehouse};
use serde_json::json;

use crate::args::{MigrateArgs, StoreKind};
use crate::audited::terminal;
use crate::home::Home;

pub fn run(home: &Home, args: &MigrateArgs) -> anyhow::Result<()> {
    anyhow::ensure!(args.from != args.to, "--from and --to name the same store: name the other one in --to");
    let (from, to) = (control(home, args.from)?, control(home, args.to)?);
    let (from_facts, to_facts) = (facts(home, args.from)?, facts(home, args.to)?);
    let whole = args.workspace.is_empty();
    let workspaces = if whole { known(home, &from, args.from)? } else { args.workspace.clone() };
    let (mut all, mut control_tables) = (Vec::new(), Vec::new());
    to.alone_with(&from, |copying| {
        // before the copy, so that both stores tell of it
        copying.record(&entry(args))?;
        for workspace in workspaces {
            let from = Warehouse::open(&from_facts, &workspace, Options::default())?;
            let to = Warehouse::open(&to_facts, &workspace, Options::default())?;
            let tables = one_workspace(&from, &to, args.json).with_context(|| {
                format!("workspace {workspace}; what was copied stays, run the command again")
            })?;
            all.push(json!({ "workspace": workspace, "tables": tables }));
        }
        if whole {
            if !args.json {
                println!("control store");
            }
            let tables = copying.everything(&mut |one| tell_control(one, args.json))?;
            control_tables.extend(tables.iter().map(|one| {
                row(&one.table, (one.from.rows, &one.from.sha256), (one.to.rows, &one.to.sha256), one.copied)
            }));
        }
        anyhow::Ok(())
    })?;
    if let Store::Postgres(database) = &to_facts {
        database.analyze()?;
    }
    if args.json {
        let control = whole.then(|| json!({ "tables": control_tables }));
        println!("{}", json!({ "workspaces": all, "control": control }));
    }
    Ok(())
}

fn one_workspace(from: &Warehouse, to: &Warehouse, quiet: bool) -> anyhow::Result<Vec<serde_json::Value>> {
    if !quiet {
        println!("workspace {}", to.workspace());
    }
    let tables = to.copy_from(from, &mut |one| tell_facts(one, quiet))?;
    let sums = |one: &Transferred| {
        let (from, to) = (&one.from, &one.digest);
        row(one.digest.table, (from.rows, &from.sha256), (to.rows, &to.sha256), one.copied)
    };
    Ok(tables.iter().map(sums).collect())
}

/// A table in JSON; `rows` and `sha256` are those of the store that was copied to.
fn row(table: &str, from: (u64, &str), to: (u64, &str), copied: bool) -> serde_json::Value {
    json!({ "table": table, "rows": to.0, "sha256": to.1, "copied": copied,
            "from": { "rows": from.0, "sha256": from.1 }, "to": { "rows": to.0, "sha256": to.1 } })
}

fn tell_control(one: &CopiedTable, quiet: bool) {
    let side = |sum: &TableSum| (sum.rows, sum.sha256.clone());
    tell(&one.table, side(&one.from), side(&one.to), one.copied, quiet);
}

fn tell_facts(one: &Transferred, quiet: bool) {
    let from = (one.from.rows, one.from.sha256.clone());
    let to = (one.digest.rows, one.digest.sha256.clone());
    tell(one.digest.table, from, to, one.copied, quiet);
}

fn tell(table: &str, from: (u64, String), to: (u64, String), copied: bool, quiet: bool) {
    if !quiet && (to.0 > 0 || copied) {
        let how = if copied { "copied" } else { "the same already" };
        println!("  {table}: {how}");
        println!("    from {:>10} rows  sha256 {}", from.0, from.1);
        println!("    to   {:>10} rows  sha256 {}", to.0, to.1);
    }
}

fn entry(args: &MigrateArgs) -> NewEntry {
    let word = |kind: StoreKind| match kind {
        StoreKind::Embedded => "embedded",
        StoreKind::Postgres => "postgres",
    };
    NewEntry {
        workspace: None,
        actor: terminal(),
        action: "stores.migrated",
        subject: format!("{} to {}", word(args.from), word(args.to)),
        details: json!({ "workspaces": args.workspace }),
        at: Timestamp::now(),
    }
}

const NO_DATABASE: &str =
    "no database is named: set NETGAIN_DATABASE_URL=postgres://user:password@host/database";

fn control(home: &Home, kind: StoreKind) -> anyhow::Result<Control> {
    let database = match kind {
        StoreKind::Embedded => None,
        StoreKind::Postgres => Some(Database::from_environment().context(NO_DATABASE)?),
    };
    Ok(Control::open_at(home.path(), database.as_ref())?)
}

fn facts(home: &Home, kind: StoreKind) -> anyhow::Result<Store> {
    match kind {
        StoreKind::Embedded => Ok(Store::Embedded(home.workspaces())),
        StoreKind::Postgres => match Store::chosen(&home.workspaces())? {
            Store::Embedded(_) => anyhow::bail!(NO_DATABASE),
            store @ Store::Postgres(_) => Ok(store),
        },
    }
}

/// The workspaces that the control store knows and, in files, those that have a file of facts.
fn known(home: &Home, control: &Control, kind: StoreKind) -> anyhow::Result<Vec<WorkspaceId>> {
    let mut all: BTreeSet<WorkspaceId> =
        control.workspaces()?.into_iter().map(|workspace| workspace.id).collect();
    if kind == StoreKind::Postgres {
        return Ok(all.into_iter().collect());
    }
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

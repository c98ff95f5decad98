//! `netgain backup` and `netgain restore`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use netgain_control::Database;
use netgain_domain::WorkspaceId;
use netgain_domain::jiff::Timestamp;
use netgain_sync::{BackupReport, finish_erasures, reapply_tombstones, restore_backup, write_backup};
use serde::Deserialize;

use crate::args::privacy::{BackupArgs, RestoreArgs};
use crate::failure::Failure;
use crate::home::Home;

pub fn backup(home: &Home, args: &BackupArgs) -> anyhow::Result<()> {
    let control = home.control()?;
    let report = write_backup(&control, home.path(), &args.file, args.with_keys)?;
    tell("written", &report, args.json)?;
    if !args.json {
        if report.keys {
            println!("the master keys are in it: keep it as you keep a password");
        } else {
            println!(
                "the master keys are not in it: keep `secret.key` elsewhere, credentials open with it alone"
            );
        }
    }
    Ok(())
}

pub fn restore(home: &Home, args: &RestoreArgs) -> anyhow::Result<()> {
    if Database::from_environment().is_some() {
        let message =
            "NETGAIN_DATABASE_URL is set: a backup is restored into files alone; take the setting away";
        return Err(Failure::input(message).into());
    }
    let report = restore_backup(&args.file, home.path())?;
    let control = home.control()?;
    for (workspace, hashes) in kept(&args.tombstones)? {
        control.add_tombstones(&workspace, &hashes, Timestamp::now())?;
    }
    for workspace in control.workspaces()? {
        finish_erasures(&control, home.path(), &workspace.id)?;
        reapply_tombstones(&control, home.path(), &workspace.id).with_context(|| {
            format!("persons who were erased from `{}` could not be erased again", workspace.id)
        })?;
    }
    tell("restored", &report, args.json)
}

fn tell(what: &str, report: &BackupReport, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(report)?);
    } else {
        println!(
            "{what}: {} files, {} bytes, {} workspaces",
            report.files,
            report.bytes,
            report.workspaces.len()
        );
    }
    Ok(())
}

#[derive(Deserialize)]
struct Line {
    workspace: WorkspaceId,
    hash: String,
}

/// The tombstones in files, by workspace.
fn kept(files: &[impl AsRef<Path>]) -> anyhow::Result<BTreeMap<WorkspaceId, Vec<String>>> {
    let mut all: BTreeMap<WorkspaceId, Vec<String>> = BTreeMap::new();
    for file in files {
        let file = file.as_ref();
        let text =
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let line: Line = serde_json::from_str(line).with_context(|| {
                format!("{} does not hold what `netgain privacy tombstones` prints", file.display())
            })?;
            all.entry(line.workspace).or_default().push(line.hash);
        }
    }
    Ok(all)
}

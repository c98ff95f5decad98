//! `cargo xtask <chore>`: prints what a chore found. Exit code 0 is fine, 1 is a finding, 2 is a wrong call or a
//! workspace that cargo cannot read.

use std::path::Path;
use std::process::ExitCode;

use xtask::{Workspace, floats, layers};

const USAGE: &str = "usage: cargo xtask layers | floats\n\n  layers  checks every crate's dependencies against the table in crates/xtask/src/rules.rs\n  floats  checks that no amount can pass through a float";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["layers"] => check_layers(),
        ["floats"] => check_floats(),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn check_layers() -> ExitCode {
    let workspace = match Workspace::read() {
        Ok(workspace) => workspace,
        Err(error) => {
            eprintln!("layers: {error}");
            return ExitCode::from(2);
        }
    };
    let report = layers::check(&workspace);
    for violation in &report.violations {
        eprintln!("{violation}\n");
    }
    if report.violations.is_empty() {
        println!(
            "layers: {} dependencies of {} crates checked, none crosses a layer",
            report.dependencies, report.crates
        );
        ExitCode::SUCCESS
    } else {
        eprintln!(
            "layers: {} found; ARCHITECTURE.md says why the layers are as they are",
            report.violations.len()
        );
        ExitCode::FAILURE
    }
}

fn check_floats() -> ExitCode {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let report = match floats::check(&crates) {
        Ok(report) => report,
        Err(error) => {
            eprintln!("floats: {error}");
            return ExitCode::from(2);
        }
    };
    for finding in &report.findings {
        eprintln!("{finding}\n");
    }
    for file in &report.needless {
        eprintln!("floats: {file} has none any more: take it off the list in crates/xtask/src/floats.rs");
    }
    if report.findings.is_empty() && report.needless.is_empty() {
        println!("floats: {} files checked, no amount passes through one", report.files);
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

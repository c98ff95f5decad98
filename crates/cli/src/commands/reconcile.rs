//! `netgain reconcile`: holds what is stored against the platforms' own counts and sums, and reads again what differs.

use std::sync::Arc;

use netgain_sync::{ReconcileOptions, ReconcileReport, Runner, StreamCheck};
use netgain_warehouse::CheckState;
use serde_json::json;

use super::sync::{chosen, not_found, start_failure};
use crate::args::ReconcileArgs;
use crate::commands::progress::{Show, Watcher};
use crate::home::Home;

pub fn run(home: &Home, args: &ReconcileArgs) -> anyhow::Result<()> {
    super::provider::must_be_sound()?;
    let control = home.control()?;
    control.workspace(&args.workspace).map_err(not_found)?;
    let connections = chosen(&control, &args.workspace, args.connection.as_ref())?;
    let runner = Runner::new(control, home.path());
    let options = ReconcileOptions { heal: args.heal, ..ReconcileOptions::default() };
    let mut done = Vec::new();
    let mut left = 0;
    for connection in &connections {
        let watcher = Arc::new(Watcher::new(connection.id.to_string(), Show::Nothing));
        let report = runner
            .reconcile(&args.workspace, &connection.id, &options, watcher)
            .map_err(|error| start_failure(error, connection))?;
        left += report.left().count();
        if !args.json {
            tell(connection.id.as_str(), &report);
        }
        done.push(json!({ "connection": connection.id, "provider": connection.provider, "report": report }));
    }
    if args.json {
        println!("{}", json!({ "workspace": args.workspace, "connections": done, "differences_left": left }));
    }
    if left == 0 {
        return Ok(());
    }
    let cure = if args.heal { "try again later" } else { "run it with --heal" };
    Err(anyhow::anyhow!("{left} differences are left: {cure}"))
}

fn tell(connection: &str, report: &ReconcileReport) {
    for stream in &report.streams {
        println!("{connection} {}: {}", stream.stream, in_words(stream));
        for one in &stream.differences {
            let days = match (&one.day, &one.until_day) {
                (Some(day), Some(until)) if day != until => format!("{day} to {until}"),
                (Some(day), _) => day.clone(),
                _ => "in all".to_owned(),
            };
            let state = one.state.name();
            let note = one.note.as_deref().map(|note| format!(" ({note})")).unwrap_or_default();
            println!("  {days} {}: {} here, {} there, {state}{note}", one.measure, one.ours, one.theirs);
        }
    }
}

fn in_words(stream: &StreamCheck) -> String {
    let counts = match (stream.ours, stream.theirs) {
        (Some(ours), Some(theirs)) => format!("{ours} of {theirs} records"),
        _ => format!("{} sums compared", stream.checks),
    };
    match stream.state {
        CheckState::NotCheckable => {
            format!(
                "not checkable: {}",
                stream.note.as_deref().unwrap_or("the provider offers nothing to compare with")
            )
        }
        state => format!("{counts}, {}", state.name()),
    }
}

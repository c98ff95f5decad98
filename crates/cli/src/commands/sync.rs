//! `netgain sync`: reads what is new on the connected platforms, now and to the end.

use std::sync::Arc;
use std::time::Instant;

use netgain_control::{Connection, Control};
use netgain_domain::{ConnectionId, WorkspaceId};
use netgain_sync::{Runner, StartError, SyncOptions, SyncOutcome};
use serde_json::{Value, json};

use crate::args::SyncArgs;
use crate::commands::asking;
use crate::commands::progress::{Show, Watcher};
use crate::failure::Failure;
use crate::home::Home;

/// Syncs one connection after the other; a failure of one does not keep the others from being read.
pub fn run(home: &Home, args: &SyncArgs) -> anyhow::Result<()> {
    super::provider::must_be_sound()?;
    let control = home.control()?;
    // says so where there is no such workspace
    control.workspace(&args.workspace).map_err(not_found)?;
    let connections = chosen(&control, &args.workspace, args.connection.as_ref())?;
    let runner = Runner::new(control, home.path());
    let show = if args.json { Show::Nothing } else { Show::Progress };
    let options = SyncOptions { full: args.full, paged: args.paged };
    let mut done = Vec::new();
    let mut failed = None;
    for connection in &connections {
        let began = Instant::now();
        let watcher = Arc::new(Watcher::new(connection.id.to_string(), show));
        let outcome = match runner.run(&args.workspace, &connection.id, options, watcher) {
            Err(error) if is_open_elsewhere(&error) => {
                let by_server = asking::ask(runner.control(), connection, options, args.json)?;
                // nobody there takes requests
                let by_server = by_server.ok_or_else(|| start_failure(error, connection))?;
                done.push(by_server.as_json(connection));
                match by_server.error() {
                    Some(error) => {
                        let what = format!("connection {} failed", connection.id);
                        failed.get_or_insert(anyhow::anyhow!(error).context(what));
                    }
                    None if !args.json => eprintln!("{}: done", connection.id),
                    None => {}
                }
                continue;
            }
            outcome => outcome.map_err(|error| start_failure(error, connection))?,
        };
        if !args.json {
            tell(connection, &outcome);
        }
        done.push(as_json(connection, &outcome, began));
        if let Some(error) = outcome.error {
            let what = format!("connection {} failed ({})", connection.id, error.cure());
            failed.get_or_insert(anyhow::Error::new(error).context(what));
        }
    }
    if args.json {
        println!("{}", json!({ "workspace": args.workspace, "connections": done }));
    }
    failed.map_or(Ok(()), Err)
}

fn is_open_elsewhere(error: &StartError) -> bool {
    use netgain_warehouse::Error::Locked;
    matches!(error, StartError::Failed(netgain_sync::Error::Warehouse(Locked { .. })))
}

/// The connection that was named, or all that read from a platform.
pub(super) fn chosen(
    control: &Control,
    workspace: &WorkspaceId,
    only: Option<&ConnectionId>,
) -> anyhow::Result<Vec<Connection>> {
    let connections = match only {
        Some(id) => vec![control.connection(workspace, id).map_err(not_found)?],
        None => {
            let all = control.connections(workspace)?;
            all.into_iter().filter(|connection| connection.provider != "csv").collect()
        }
    };
    if connections.is_empty() {
        let message = format!(
            "workspace `{workspace}` has no connection to a platform: make one with `netgain connect`"
        );
        return Err(Failure::input(message).into());
    }
    Ok(connections)
}

pub(super) fn not_found(error: netgain_control::Error) -> anyhow::Error {
    use netgain_control::Error::{ConnectionNotFound, WorkspaceNotFound};
    match error {
        WorkspaceNotFound(_) | ConnectionNotFound { .. } => Failure::of_status(404, error.to_string()).into(),
        other => other.into(),
    }
}

pub(super) fn start_failure(error: StartError, connection: &Connection) -> anyhow::Error {
    match error {
        StartError::Failed(netgain_sync::Error::Warehouse(
            error @ netgain_warehouse::Error::Locked { .. },
        )) => anyhow::Error::new(error).context(format!(
            "if `netgain serve` or `netgain demo` is running, start the sync there: with the button on the \
             connection's card, or by `curl -X POST <its address>/api/v1/workspaces/{}/connections/{}/sync`",
            connection.workspace_id, connection.id
        )),
        StartError::AlreadyRunning(_) => Failure::of_status(409, error.to_string()).into(),
        StartError::NotPossible(why) => Failure::input(why).into(),
        StartError::Failed(error) => error.into(),
    }
}

fn tell(connection: &Connection, outcome: &SyncOutcome) {
    let report = &outcome.report;
    for bad in &report.quarantine {
        eprintln!(
            "{} {}: set aside {}: `{}` {}",
            connection.id, bad.stream, bad.raw_ref, bad.path, bad.reason
        );
    }
    for order in report.orders_uncomputed.iter().take(20) {
        eprintln!("order {} has no profit yet: {}", order.order_id, order.reason);
    }
}

fn as_json(connection: &Connection, outcome: &SyncOutcome, began: Instant) -> Value {
    let error = outcome
        .error
        .as_ref()
        .map(|error| json!({ "code": error.code(), "message": error.to_string(), "cure": error.cure() }));
    json!({
        "connection": connection.id,
        "provider": connection.provider,
        "ok": outcome.error.is_none(),
        "error": error,
        "seconds": format!("{}.{:03}", began.elapsed().as_secs(), began.elapsed().subsec_millis()),
        "records": outcome.report.records(),
        "quarantined": outcome.report.quarantined(),
        "report": outcome.report,
    })
}

//! `netgain sync` while another program has the workspace open: the server is asked to do it, and followed to the end.

use std::time::{Duration, Instant};

use netgain_control::{Connection, Control, Run, RunId, RunState, SyncAnswer};
use netgain_sync::SyncOptions;
use serde_json::{Value, json};

/// How often the store is asked how far it is.
const LOOK: Duration = Duration::from_millis(250);
/// How long a server may take to see the request; it looks every second.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a line tells of progress.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// A sync that another program did.
pub struct Done {
    run: Run,
    began: Instant,
}

/// Asks the program that has the workspace open, and waits for the end of its run. None where nobody answers: what has it
/// open is no server, or one of an earlier version. A sync that is on its way already is an error.
pub fn ask(
    control: &Control,
    connection: &Connection,
    options: SyncOptions,
    quiet: bool,
) -> anyhow::Result<Option<Done>> {
    let began = Instant::now();
    let workspace = &connection.workspace_id;
    let request = control.ask_for_sync(workspace, &connection.id, options.full, options.paged)?;
    let run = loop {
        match control.sync_answer(workspace, &request)? {
            SyncAnswer::Begun(run) => break run,
            SyncAnswer::Refused(why) => return Err(crate::failure::Failure::of_status(409, why).into()),
            SyncAnswer::Waiting if began.elapsed() > PATIENCE => {
                if control.withdraw_sync_request(workspace, &request)? {
                    return Ok(None);
                }
            }
            SyncAnswer::Waiting | SyncAnswer::Taken => {}
        }
        std::thread::sleep(LOOK);
    };
    if !quiet {
        eprintln!("{}: the running server does it; ending this command does not end the sync", connection.id);
    }
    let run = follow(control, connection, &run, quiet)?;
    Ok(Some(Done { run, began }))
}

fn follow(control: &Control, connection: &Connection, id: &RunId, quiet: bool) -> anyhow::Result<Run> {
    let mut told = Instant::now();
    loop {
        let runs = control.runs(&connection.workspace_id, &connection.id, 20)?;
        let Some(run) = runs.into_iter().find(|run| run.id == *id) else {
            anyhow::bail!("run {id} of connection {} is not in the store any more", connection.id);
        };
        if run.state != RunState::Running {
            return Ok(run);
        }
        if !quiet && told.elapsed() >= LINE_EVERY {
            told = Instant::now();
            let stream = run.stream.as_deref().unwrap_or("beginning");
            eprintln!("{} {stream}: {} records", connection.id, run.rows);
        }
        std::thread::sleep(LOOK);
    }
}

impl Done {
    /// Why it failed.
    pub fn error(&self) -> Option<String> {
        match self.run.state {
            RunState::Done => None,
            _ => Some(self.run.error.clone().unwrap_or_else(|| "the sync was stopped".to_owned())),
        }
    }

    /// As `netgain sync --json` tells it; what the server's run found in detail is on the connection's card.
    pub fn as_json(&self, connection: &Connection) -> Value {
        let error = self.error().map(|message| json!({ "message": message }));
        let time = self.began.elapsed();
        json!({
            "connection": connection.id,
            "provider": connection.provider,
            "ok": error.is_none(),
            "error": error,
            "seconds": format!("{}.{:03}", time.as_secs(), time.subsec_millis()),
            "records": self.run.rows,
            "run": self.run.id.0,
            "by_server": true,
        })
    }
}

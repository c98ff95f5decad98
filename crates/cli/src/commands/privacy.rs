//! `netgain privacy`: what is stored of one of a shop's customers.

use std::path::PathBuf;
use std::sync::Arc;

use netgain_control::{Control, PrivacyKind};
use netgain_domain::WorkspaceId;
use netgain_server::{ErasedPerson, PersonAsked, PrivacyDesk, PrivacyFailure};
use netgain_sync::{Erased, PersonRequest, answer_request, erase_person, export_person, preview_erasure};
use serde_json::{Value, json};

use super::sync::not_found;
use crate::args::privacy::{
    AnswerArgs, EraseArgs, PersonArgs, PrivacyArgs, PrivacyWhat, RequestsArgs, TombstonesArgs,
};
use crate::commands::retention;
use crate::failure::Failure;
use crate::home::Home;

/// Requests that are shown.
const SHOWN: u32 = 500;

pub fn run(home: &Home, args: &PrivacyArgs) -> anyhow::Result<()> {
    match &args.what {
        PrivacyWhat::Export(args) => export(home, args),
        PrivacyWhat::Erase(args) => erase(home, args),
        PrivacyWhat::Requests(args) => requests(home, args),
        PrivacyWhat::Answer(args) => answer(home, args),
        PrivacyWhat::Retention(args) => retention::run(home, args),
        PrivacyWhat::Tombstones(args) => tombstones(home, args),
    }
}

fn asked(args: &PersonArgs) -> anyhow::Result<PersonRequest> {
    let (email, phone, customer) = (args.email.clone(), args.phone.clone(), args.customer.clone());
    let request = PersonRequest { email, phone, customer, connection: None };
    if request.is_empty() {
        let message = "nobody is named: give --email, --phone or --customer";
        return Err(Failure::input(message).into());
    }
    Ok(request)
}

fn export(home: &Home, args: &PersonArgs) -> anyhow::Result<()> {
    let request = asked(args)?;
    home.control()?.workspace(&args.workspace).map_err(not_found)?;
    let told = export_person(home.path(), &args.workspace, &request)?;
    if args.json {
        println!("{told}");
    } else {
        println!("{}", serde_json::to_string_pretty(&told)?);
    }
    Ok(())
}

fn erase(home: &Home, args: &EraseArgs) -> anyhow::Result<()> {
    let (request, preview) = (asked(&args.person)?, args.preview);
    let args = &args.person;
    let control = home.control()?;
    control.workspace(&args.workspace).map_err(not_found)?;
    let act = if preview { preview_erasure } else { erase_person };
    let done = act(&control, home.path(), &args.workspace, &request)?;
    if args.json {
        println!("{}", serde_json::to_string(&done)?);
    } else if preview {
        let Erased { rows, lines, events, .. } = done;
        println!("would be erased: {rows} rows of the person, {lines} raw lines, {events} events");
    } else {
        tell(&done);
    }
    Ok(())
}

fn tell(done: &Erased) {
    println!(
        "erased: {} rows of the person, {} other rows, {} raw lines, {} events; figures stay as they were",
        done.rows, done.mentions, done.lines, done.events
    );
    if done.keys_left > 0 {
        println!(
            "{} rows keep the person's address as their key: a source uses addresses as ids, remove it there too",
            done.keys_left
        );
    }
}

fn requests(home: &Home, args: &RequestsArgs) -> anyhow::Result<()> {
    let control = home.control()?;
    control.workspace(&args.workspace).map_err(not_found)?;
    let found = control.privacy_requests(&args.workspace, SHOWN)?;
    let rows = found.iter().map(|request| {
        let waits = request.kind == PrivacyKind::Export;
        let state = match request.finished_at {
            Some(_) => "done",
            None if waits => "waiting",
            None => "running",
        };
        json!({
            "id": request.id, "kind": request.kind.name(), "origin": request.origin,
            "connection": request.connection, "state": state, "asked_at": request.asked_at,
            "finished_at": request.finished_at,
            "counts": request.counts.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok()),
        })
    });
    if args.json {
        println!("{}", json!({ "requests": rows.collect::<Vec<_>>() }));
        return Ok(());
    }
    for row in rows {
        let text = |name: &str| row[name].as_str().unwrap_or("-").to_owned();
        println!(
            "{}  {:<9} {:<8} {:<7} {}  {}",
            text("asked_at"),
            text("kind"),
            text("state"),
            text("origin"),
            text("connection"),
            text("id")
        );
    }
    Ok(())
}

fn answer(home: &Home, args: &AnswerArgs) -> anyhow::Result<()> {
    let control = home.control()?;
    control.workspace(&args.workspace).map_err(not_found)?;
    match answer_request(&control, home.path(), &args.workspace, &args.id)? {
        Some(told) => println!("{}", serde_json::to_string_pretty(&told)?),
        None => {
            let message = format!(
                "no request `{}` waits: choose one of `netgain privacy requests --workspace {}`",
                args.id, args.workspace
            );
            return Err(Failure::input(message).into());
        }
    }
    Ok(())
}

fn tombstones(home: &Home, args: &TombstonesArgs) -> anyhow::Result<()> {
    let control = home.control()?;
    control.workspace(&args.workspace).map_err(not_found)?;
    for hash in control.tombstone_hashes(&args.workspace)? {
        println!("{}", json!({ "workspace": args.workspace, "hash": hash }));
    }
    Ok(())
}

/// The same for the server.
pub struct Desk {
    pub control: Arc<Control>,
    pub home: PathBuf,
}

impl PrivacyDesk for Desk {
    fn export(&self, workspace: &WorkspaceId, who: &PersonAsked) -> Result<Value, PrivacyFailure> {
        export_person(&self.home, workspace, &person(who)).map_err(|error| failed(&error))
    }

    fn preview(&self, workspace: &WorkspaceId, who: &PersonAsked) -> Result<ErasedPerson, PrivacyFailure> {
        let done = preview_erasure(&self.control, &self.home, workspace, &person(who));
        done.map(counted).map_err(|error| failed(&error))
    }

    fn erase(&self, workspace: &WorkspaceId, who: &PersonAsked) -> Result<ErasedPerson, PrivacyFailure> {
        let done = erase_person(&self.control, &self.home, workspace, &person(who));
        done.map(counted).map_err(|error| failed(&error))
    }

    fn answer(&self, workspace: &WorkspaceId, id: &str) -> Result<Option<Value>, PrivacyFailure> {
        answer_request(&self.control, &self.home, workspace, id).map_err(|error| failed(&error))
    }
}

fn person(who: &PersonAsked) -> PersonRequest {
    let PersonAsked { email, phone, customer } = who.clone();
    PersonRequest { email, phone, customer, connection: None }
}

fn counted(done: Erased) -> ErasedPerson {
    let Erased { rows, mentions, lines, events, keys_left } = done;
    ErasedPerson { rows, mentions, lines, events, keys_left }
}

fn failed(error: &netgain_sync::Error) -> PrivacyFailure {
    match error {
        netgain_sync::Error::Warehouse(netgain_warehouse::Error::Locked { .. })
        | netgain_sync::Error::Control(netgain_control::Error::StillWritten) => {
            PrivacyFailure::InUse(error.to_string())
        }
        other => PrivacyFailure::Failed(other.to_string()),
    }
}

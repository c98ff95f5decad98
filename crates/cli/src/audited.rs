//! Keeps in the audit what is done at the terminal. Commands that go through the API are kept by it, with the terminal as
//! the one who asks.

use netgain_control::{Actor, ActorKind, Database, NewEntry};
use netgain_domain::WorkspaceId;
use netgain_domain::jiff::Timestamp;
use serde_json::json;

use crate::args::costs::CostsWhat;
use crate::args::privacy::PrivacyWhat;
use crate::args::schedule::ScheduleWhat;
use crate::args::{Command, ConnectionWhat, CostsArgs, ImportFormat};
use crate::home::Home;

/// What a command does.
pub struct Deed {
    action: &'static str,
    workspace: Option<WorkspaceId>,
    subject: String,
}

/// The person at the terminal, by the name of the account.
pub fn terminal() -> Actor {
    let name = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    Actor::new(ActorKind::Terminal, name.unwrap_or_else(|| "terminal".to_owned()))
}

/// What a command does; none for those that only look, and for those that the API keeps.
pub fn of(command: &Command) -> Option<Deed> {
    let deed = |action: &'static str, workspace: &WorkspaceId, subject: String| {
        Some(Deed { action, workspace: Some(workspace.clone()), subject })
    };
    let all = |connection: &Option<netgain_domain::ConnectionId>| {
        connection.as_ref().map_or_else(|| "all".to_owned(), ToString::to_string)
    };
    match command {
        Command::Connect(args) => {
            let subject = args.connection.as_ref().map_or_else(|| args.provider.clone(), ToString::to_string);
            let action = if args.sign_in { "connection.sign_in_begun" } else { "connection.connected" };
            deed(action, &args.workspace, subject)
        }
        Command::Sync(args) => deed("sync.run", &args.workspace, all(&args.connection)),
        Command::Schedule(args) => {
            let (action, one) = match &args.what {
                ScheduleWhat::List(_) => return None,
                ScheduleWhat::Set(args) => ("schedule.changed", &args.one),
                ScheduleWhat::Pause(one) => ("schedule.paused", one),
                ScheduleWhat::Resume(one) => ("schedule.resumed", one),
            };
            deed(action, &one.workspace, one.connection.to_string())
        }
        Command::Reconcile(args) => deed("reconcile.run", &args.workspace, all(&args.connection)),
        Command::Replay(args) => deed("replay.run", &args.workspace, args.connection.to_string()),
        Command::Inbox(args) => {
            let retried = args.retry.as_ref()?;
            deed("inbox.retried", &args.workspace, retried.to_string())
        }
        Command::Connection(args) => match &args.what {
            ConnectionWhat::Webhooks(args) => {
                deed("connection.webhooks_shown", &args.workspace, args.connection.to_string())
            }
        },
        Command::Import(args) => match &args.format {
            // without a workspace the mapping names it
            ImportFormat::Csv(args) => Some(Deed {
                action: "file.imported",
                workspace: args.workspace.clone(),
                subject: named(&args.file),
            }),
            ImportFormat::Kpis(args) => deed("file.imported", &args.workspace, named(&args.file)),
        },
        Command::Secrets(_) => {
            Some(Deed { action: "secrets.rotated", workspace: None, subject: String::new() })
        }
        Command::Privacy(args) => match &args.what {
            // whom it is about stays out of it
            PrivacyWhat::Export(args) => deed("privacy.exported", &args.workspace, String::new()),
            PrivacyWhat::Erase(args) if args.preview => {
                deed("privacy.previewed", &args.person.workspace, String::new())
            }
            PrivacyWhat::Erase(args) => deed("privacy.erased", &args.person.workspace, String::new()),
            PrivacyWhat::Answer(args) => deed("privacy.answered", &args.workspace, args.id.clone()),
            PrivacyWhat::Retention(args) if args.apply => {
                deed("privacy.retention_applied", &args.workspace, String::new())
            }
            PrivacyWhat::Retention(args) if !args.keep.is_empty() => {
                deed("privacy.retention_changed", &args.workspace, args.keep.join(" "))
            }
            PrivacyWhat::Retention(_) => None,
            PrivacyWhat::Requests(_) | PrivacyWhat::Tombstones(_) => None,
        },
        Command::Backup(args) => {
            Some(Deed { action: "backup.written", workspace: None, subject: named(&args.file) })
        }
        Command::Restore(args) => {
            Some(Deed { action: "backup.restored", workspace: None, subject: named(&args.file) })
        }
        Command::Costs(args) => costs(args),
        _ => None,
    }
}

/// A change of the cost book; a look at it is none.
fn costs(args: &CostsArgs) -> Option<Deed> {
    let (action, workspace, preview, subject) = match &args.what {
        CostsWhat::Set(args) => {
            ("costs.recorded", &args.recording.workspace, args.recording.keep.preview, &args.id)
        }
        CostsWhat::Rule(args) => {
            ("costs.recorded", &args.recording.workspace, args.recording.keep.preview, &args.kind)
        }
        CostsWhat::Withdraw(args) => ("costs.withdrawn", &args.workspace, args.keep.preview, &args.id),
        CostsWhat::List(_) | CostsWhat::Compare(_) => return None,
    };
    let deed = || Deed { action, workspace: Some(workspace.clone()), subject: subject.clone() };
    (!preview).then(deed)
}

/// A file's name without its folder, which is nobody's business.
fn named(file: &std::path::Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Adds what was done to the audit, also when it failed half-way.
pub fn keep(home: &Home, deed: Option<Deed>, done: &anyhow::Result<()>) {
    let Some(Deed { action, workspace, subject }) = deed else { return };
    // a command that was wrong about the installation's folder must not make one
    if Database::from_environment().is_none() && !home.path().join("control.sqlite").exists() {
        return;
    }
    let (actor, at) = (terminal(), Timestamp::now());
    let details = json!({ "done": done.is_ok() });
    let entry = NewEntry { workspace, actor, action, subject, details, at };
    let kept = home.control().and_then(|control| Ok(control.record(&entry)?));
    if let Err(error) = kept {
        eprintln!("netgain: what was done could not be added to the audit: {error:#}");
    }
}

//! `netgain schedule`: when connections are read by themselves.

use netgain_control::{Control, Schedule, Slot};
use netgain_domain::jiff::Timestamp;
use serde_json::{Value, json};

use super::sync::not_found;
use crate::args::schedule::{ScheduleOneArgs, ScheduleWhat};
use crate::home::Home;

pub fn run(home: &Home, what: ScheduleWhat) -> anyhow::Result<()> {
    let control = home.control()?;
    match what {
        ScheduleWhat::List(args) => {
            control.workspace(&args.workspace).map_err(not_found)?;
            let slots = control.timetable()?;
            let slots: Vec<Slot> =
                slots.into_iter().filter(|slot| slot.workspace == args.workspace).collect();
            if args.json {
                let all: Vec<Value> = slots.iter().map(as_json).collect();
                println!("{}", json!({ "workspace": args.workspace, "connections": all }));
            } else {
                slots.iter().for_each(|slot| println!("{}", line(slot)));
            }
            Ok(())
        }
        ScheduleWhat::Set(args) => change(&control, &args.one, |before| Schedule {
            cadence: if args.default_cadence { None } else { args.cadence.or(before.cadence) },
            quiet: if args.no_quiet { None } else { args.quiet.or(before.quiet) },
            paused: before.paused,
        }),
        ScheduleWhat::Pause(args) => change(&control, &args, |before| Schedule { paused: true, ..before }),
        ScheduleWhat::Resume(args) => change(&control, &args, |before| Schedule { paused: false, ..before }),
    }
}

fn change(
    control: &Control,
    args: &ScheduleOneArgs,
    how: impl FnOnce(Schedule) -> Schedule,
) -> anyhow::Result<()> {
    let before = control.slot(&args.workspace, &args.connection).map_err(not_found)?;
    control.set_schedule(&args.workspace, &args.connection, &how(before.schedule))?;
    let now = control.slot(&args.workspace, &args.connection)?;
    if args.json {
        println!("{}", as_json(&now));
    } else {
        println!("{}", line(&now));
    }
    Ok(())
}

fn as_json(slot: &Slot) -> Value {
    let timing = netgain_sync::timing(slot, Timestamp::now());
    json!({
        "connection": slot.connection,
        "provider": slot.provider,
        "cadence": slot.schedule.cadence.as_ref().unwrap_or(&timing.default).to_string(),
        "default_cadence": timing.default.to_string(),
        "quiet": slot.schedule.quiet.map(|quiet| quiet.to_string()),
        "paused": slot.schedule.paused,
        "last_sync_began_at": slot.last.began_at.map(|at| at.to_string()),
        "failures": slot.last.failures,
        "next_sync_at": timing.next_sync_at.map(|at| at.to_string()),
        "next_check_at": timing.next_check_at.map(|at| at.to_string()),
    })
}

fn line(slot: &Slot) -> String {
    let now = Timestamp::now();
    let timing = netgain_sync::timing(slot, now);
    let cadence = slot.schedule.cadence.as_ref().unwrap_or(&timing.default);
    let quiet = slot.schedule.quiet.map_or(String::new(), |quiet| format!(", quiet {quiet}"));
    let next = match timing.next_sync_at {
        _ if slot.schedule.paused => "paused".to_owned(),
        _ if slot.running => "being read now".to_owned(),
        None => "next when a person asks".to_owned(),
        Some(at) if at <= now => "due now".to_owned(),
        // whole seconds are enough for people
        Some(at) => format!("next {}", at.round(netgain_domain::jiff::Unit::Second).unwrap_or(at)),
    };
    format!("{}: {cadence}{quiet}; {next}", slot.connection)
}

//! `netgain privacy retention`: for how long data is kept.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use netgain_control::{Control, DataClass};
use netgain_domain::WorkspaceId;
use netgain_sync::{Expired, apply_retention};
use serde_json::{Map, Value, json};

use super::sync::not_found;
use crate::args::privacy::RetentionArgs;
use crate::failure::Failure;
use crate::home::Home;

pub fn run(home: &Home, args: &RetentionArgs) -> anyhow::Result<()> {
    let control = home.control()?;
    let workspace = &args.workspace;
    control.workspace(workspace).map_err(not_found)?;
    let wanted = args.keep.iter().map(|text| rule(text)).collect::<anyhow::Result<Vec<_>>>()?;
    for (class, days) in wanted {
        let set = control.set_retention(workspace, class, days, Timestamp::now());
        set.map_err(|error| match error {
            error @ netgain_control::Error::Retention { .. } => Failure::input(error.to_string()).into(),
            error => anyhow::Error::from(error),
        })?;
    }
    let now = match args.on {
        Some(day) => day.to_zoned(TimeZone::UTC)?.timestamp(),
        None => Timestamp::now(),
    };
    let done = match args.apply {
        true => Some(apply_retention(&control, home.path(), workspace, now)?),
        false => None,
    };
    let kept = kept(&control, workspace)?;
    if args.json {
        println!("{}", json!({ "days": kept, "deleted": done }));
        return Ok(());
    }
    for (class, days) in kept {
        match days.as_u64() {
            Some(days) => println!("{class}: {days} days"),
            None => println!("{class}: for ever"),
        }
    }
    if let Some(Expired { segments, events, runs, busy }) = done {
        println!("deleted: {segments} raw segments, {events} deliveries, {runs} runs");
        if busy > 0 {
            println!("{busy} connections are being read: their payloads are looked at the next time");
        }
    }
    Ok(())
}

/// The days of each class, null for one that is kept for ever.
fn kept(control: &Control, workspace: &WorkspaceId) -> anyhow::Result<Map<String, Value>> {
    let rules = control.retention(workspace)?;
    let days = |class| rules.iter().find(|rule| rule.class == class).map(|rule| rule.days);
    Ok(DataClass::ALL.into_iter().map(|class| (class.name().to_owned(), json!(days(class)))).collect())
}

fn rule(text: &str) -> anyhow::Result<(DataClass, Option<u32>)> {
    let wrong = || {
        let message = format!(
            "`{text}` is no rule: write raw, inbox or runs, `=` and a number of days or `forever`, such as raw=730"
        );
        anyhow::Error::from(Failure::input(message))
    };
    let (class, days) = text.split_once('=').ok_or_else(wrong)?;
    let class: DataClass = class.trim().parse().map_err(|_| wrong())?;
    match days.trim() {
        "forever" => Ok((class, None)),
        days => Ok((class, Some(days.parse().map_err(|_| wrong())?))),
    }
}

//! `netgain audit`: who did what.

use anyhow::Context;
use netgain_control::{AuditEntry, AuditFilter, Control};
use netgain_domain::jiff::civil::Date;
use netgain_domain::jiff::tz::TimeZone;
use netgain_domain::jiff::{Span, Timestamp};
use serde_json::{Value, json};

use crate::args::audit::{AuditArgs, AuditWhat, FilterArgs, ListArgs, VerifyArgs};
use crate::failure::Failure;
use crate::home::Home;

/// Entries that are read at once for an export.
const TOGETHER: u32 = 1_000;

pub fn run(home: &Home, args: &AuditArgs) -> anyhow::Result<()> {
    let control = home.control()?;
    match &args.what {
        AuditWhat::List(args) => list(&control, args),
        AuditWhat::Export(args) => export(&control, args),
        AuditWhat::Verify(args) => verify(&control, args),
    }
}

fn list(control: &Control, args: &ListArgs) -> anyhow::Result<()> {
    let entries = control.audit(&filter(&args.filter)?, args.limit)?;
    if args.json {
        let entries: Vec<Value> = entries.iter().map(AuditEntry::to_json).collect();
        println!("{}", json!({ "entries": entries }));
        return Ok(());
    }
    for entry in &entries {
        let workspace = entry.workspace.as_ref().map_or("-", |id| id.as_str());
        let AuditEntry { number, at, actor, action, subject, details, .. } = entry;
        println!(
            "{number} {at} {workspace} {} {}: {action} {subject} {details}",
            actor.kind.name(),
            actor.id
        );
    }
    Ok(())
}

fn export(control: &Control, args: &FilterArgs) -> anyhow::Result<()> {
    let mut filter = filter(args)?;
    // the search goes backwards; an export is read forwards
    let mut lines = Vec::new();
    loop {
        let entries = control.audit(&filter, TOGETHER)?;
        let Some(last) = entries.last() else { break };
        filter.before = Some(last.number);
        lines.extend(entries.iter().map(|entry| entry.to_json().to_string()));
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in lines.iter().rev() {
        std::io::Write::write_all(&mut out, line.as_bytes())?;
        std::io::Write::write_all(&mut out, b"\n")?;
    }
    std::io::Write::flush(&mut out).context("the export cannot be written")
}

fn verify(control: &Control, args: &VerifyArgs) -> anyhow::Result<()> {
    let found = control.verify_audit(args.from, args.to)?;
    let fault = found.fault.as_ref();
    if args.json {
        let fault = fault.map(|fault| json!({ "number": fault.number, "reason": fault.reason }));
        println!(
            "{}",
            json!({
                "whole": fault.is_none(), "entries": found.entries, "last": found.last, "hash": found.hash,
                "heads": found.heads, "fault": fault,
            })
        );
    } else if fault.is_none() {
        println!(
            "{} entries are as they were written, {} noted heads agree; the last is {} with hash {}",
            found.entries, found.heads, found.last, found.hash
        );
    }
    match fault {
        None => Ok(()),
        Some(fault) => {
            let message = format!(
                "entry {} of the audit is not as it was written: {}; keep a copy of the store, and compare it with a \
                 backup or with the heads in your log",
                fault.number, fault.reason
            );
            Err(anyhow::anyhow!(message))
        }
    }
}

fn filter(args: &FilterArgs) -> anyhow::Result<AuditFilter> {
    Ok(AuditFilter {
        workspace: args.workspace.clone(),
        actor: args.actor.clone(),
        action: args.action.clone(),
        from: args.from.as_deref().map(|text| instant("--from", text, 0)).transpose()?,
        to: args.to.as_deref().map(|text| instant("--to", text, 1)).transpose()?,
        text: args.text.clone(),
        before: None,
    })
}

fn instant(field: &str, text: &str, days: i64) -> anyhow::Result<Timestamp> {
    let day = || {
        let day = text.parse::<Date>().ok().filter(|_| text.len() == 10)?;
        let start = day.saturating_add(Span::new().days(days)).to_zoned(TimeZone::UTC);
        start.ok().map(|start| start.timestamp())
    };
    let found = day().or_else(|| text.parse().ok());
    found.ok_or_else(|| {
        let message =
            format!("{field} `{text}` is not a day or an instant: write 2026-03-01 or 2026-03-01T08:00:00Z");
        Failure::input(message).into()
    })
}

//! `netgain quarantine`: the records that are set aside because they could not be mapped.

use serde_json::json;

use super::sync::not_found;
use crate::args::QuarantineArgs;
use crate::home::Home;

pub fn run(home: &Home, args: &QuarantineArgs) -> anyhow::Result<()> {
    let control = home.control()?;
    control.workspace(&args.workspace).map_err(not_found)?;
    if let Some(id) = &args.connection {
        control.connection(&args.workspace, id).map_err(not_found)?;
    }
    let rows = home.warehouse(&args.workspace)?.quarantine(args.connection.as_ref())?;
    if args.json {
        let records: Vec<_> = rows
            .iter()
            .map(|row| {
                json!({
                    "connection": row.connection_id,
                    "stream": row.stream,
                    "record_id": row.record.record_id,
                    "raw_ref": row.record.raw_ref,
                    "path": row.record.path,
                    "reason": row.record.reason,
                    "first_seen": row.first_seen.to_string(),
                    "times": row.times,
                })
            })
            .collect();
        println!("{}", json!({ "workspace": args.workspace, "count": rows.len(), "records": records }));
        return Ok(());
    }
    for row in &rows {
        println!(
            "{} {} {}: `{}` {} (since {}, met {} times, {})",
            row.connection_id,
            row.stream,
            row.record.record_id.as_deref().unwrap_or("without an id"),
            row.record.path,
            row.record.reason,
            row.first_seen,
            row.times,
            row.record.raw_ref,
        );
    }
    println!(
        "{} records are set aside; a mended manifest lets them in with the next sync or replay",
        rows.len()
    );
    Ok(())
}

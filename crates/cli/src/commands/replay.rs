//! `netgain replay`: makes a connection's rows again from the raw archive, without a single request.

use netgain_sync::{ReplayReport, Runner};
use serde_json::json;

use super::sync::{not_found, start_failure};
use crate::args::ReplayArgs;
use crate::home::Home;

pub fn run(home: &Home, args: &ReplayArgs) -> anyhow::Result<()> {
    super::provider::must_be_sound()?;
    let control = home.control()?;
    let connection = control.connection(&args.workspace, &args.connection).map_err(not_found)?;
    let runner = Runner::new(control, home.path());
    let report = runner
        .replay(&args.workspace, &args.connection, args.stream.as_deref())
        .map_err(|error| start_failure(error, &connection))?;
    if args.json {
        println!(
            "{}",
            json!({ "workspace": args.workspace, "connection": args.connection, "report": report })
        );
    } else {
        tell(&report);
    }
    Ok(())
}

fn tell(report: &ReplayReport) {
    for one in &report.streams {
        println!("{}: {} records in {} reads", one.stream, one.records, one.reads);
        if one.quarantined > 0 {
            println!("  {} could not be mapped: see `netgain quarantine`", one.quarantined);
        }
        if one.segments_without_account > 0 {
            println!(
                "  {} segments were kept without what the mapping reads beside them (the account's currency and \
                 zone, the time of reading): their rows stay as they are; `netgain sync --full` reads them again",
                one.segments_without_account
            );
        }
        if one.segments_retired > 0 {
            println!(
                "  {} segments are deleted because their retention ended: rows made from them stay as they are",
                one.segments_retired
            );
        }
    }
    println!(
        "{} rows take the place of {}; the profit of {} orders was computed again",
        report.rows, report.rows_before, report.orders_computed
    );
}

//! Who comes back, what recurs, and which spend pays.

use serde_json::Value;

use super::{Api, cell, encoded, print_notices, print_table};
use crate::args::{CampaignsArgs, CohortsArgs, MessagesArgs, MrrArgs, PipelineArgs};
use crate::home::Home;

/// Asks the API; parameters without a value are left out.
pub(super) fn ask(home: &Home, path: &str, params: &[(&str, Option<&str>)]) -> anyhow::Result<Value> {
    let named = params.iter().filter_map(|(name, value)| Some(format!("{name}={}", encoded((*value)?))));
    let query = named.collect::<Vec<_>>().join("&");
    Api::open(home)?.call(axum::http::Method::GET, &format!("/api/v1/workspaces/{path}?{query}"), None)
}

pub(super) fn list<'v>(value: &'v Value, path: &str) -> impl Iterator<Item = &'v Value> {
    value.pointer(path).and_then(Value::as_array).into_iter().flatten()
}

pub(super) fn text(value: &Value, path: &str) -> String {
    value.pointer(path).map_or_else(String::new, cell)
}

/// `netgain cohorts`.
pub fn cohorts(home: &Home, args: &CohortsArgs) -> anyhow::Result<()> {
    let path = format!("{}/customers/cohorts", args.workspace);
    let answer = ask(home, &path, &[("measure", args.measure.as_deref())])?;
    if args.json {
        println!("{answer}");
        return Ok(());
    }
    let ages = list(&answer, "/rows").map(|row| list(row, "/cells").count()).max().unwrap_or(0);
    let numbers: Vec<String> = (0..ages).map(|age| age.to_string()).collect();
    let header: Vec<&str> =
        ["month", "customers", "ncac"].into_iter().chain(numbers.iter().map(String::as_str)).collect();
    let row = |row: &Value| {
        let heads = ["/month", "/customers", "/ncac/value"].map(|path| text(row, path));
        let cells: Vec<String> = list(row, "/cells").map(|one| text(one, "/value")).collect();
        heads.into_iter().chain(cells).collect()
    };
    let rows: Vec<Vec<String>> = list(&answer, "/rows").map(row).collect();
    print_table(&header, &rows);
    print_notices(&answer);
    Ok(())
}

/// `netgain mrr`.
pub fn mrr(home: &Home, args: &MrrArgs) -> anyhow::Result<()> {
    let params = [
        ("from", args.from.as_deref()),
        ("to", args.to.as_deref()),
        ("definition", args.definition.as_deref()),
    ];
    let answer = ask(home, &format!("{}/subscriptions/mrr", args.workspace), &params)?;
    if args.json {
        println!("{answer}");
        return Ok(());
    }
    if text(&answer, "/subscriptions") == "0" {
        println!("no subscriptions are known: connect the platform that bills them");
        return Ok(());
    }
    let mut rows = Vec::new();
    let total = answer.get("total").filter(|total| !total.is_null());
    let bridges = list(&answer, "/by_currency").map(|bridge| (text(bridge, "/currency"), bridge));
    for (name, bridge) in bridges.chain(total.map(|total| ("total".to_owned(), total))) {
        let amounts = list(bridge, "/steps").map(|step| text(step, "/amount"));
        rows.push(std::iter::once(name).chain(amounts).collect());
    }
    let header = ["", "opening", "new", "reactivation", "expansion", "contraction", "churn", "fx", "closing"];
    print_table(&header, &rows);
    print_notices(&answer);
    Ok(())
}

/// Prints rows by the places of their cells.
fn print_rows(answer: &Value, columns: &[(&str, &str)]) {
    let row = |row: &Value| columns.iter().map(|(_, path)| text(row, path)).collect();
    let rows: Vec<Vec<String>> = list(answer, "/rows").map(row).collect();
    print_table(&columns.iter().map(|(name, _)| *name).collect::<Vec<_>>(), &rows);
    print_notices(answer);
}

/// `netgain messages`.
pub fn messages(home: &Home, args: &MessagesArgs) -> anyhow::Result<()> {
    let params = [("from", args.from.as_deref()), ("to", args.to.as_deref())];
    let answer = ask(home, &format!("{}/messages", args.workspace), &params)?;
    if args.json {
        println!("{answer}");
        return Ok(());
    }
    let columns = [
        ("provider", "/provider"),
        ("channel", "/channel"),
        ("campaign", "/campaign"),
        ("sent", "/sent"),
        ("cost", "/cost"),
        ("orders", "/orders"),
        ("revenue", "/revenue"),
        ("roi", "/roi/value"),
        ("per_message", "/revenue_per_message/value"),
    ];
    print_rows(&answer, &columns);
    Ok(())
}

/// `netgain pipeline`.
pub fn pipeline(home: &Home, args: &PipelineArgs) -> anyhow::Result<()> {
    let answer = ask(home, &format!("{}/pipeline", args.workspace), &[])?;
    if args.json {
        println!("{answer}");
        return Ok(());
    }
    let amounts = |row: &Value, path: &str| {
        let said = list(row, path).map(|one| format!("{} {}", text(one, "/amount"), text(one, "/currency")));
        said.collect::<Vec<_>>().join(" + ")
    };
    let row = |row: &Value| {
        let mut cells: Vec<String> =
            ["/pipeline_id", "/stage", "/open", "/won", "/lost"].iter().map(|path| text(row, path)).collect();
        cells.extend([amounts(row, "/value"), amounts(row, "/weighted")]);
        cells.extend(["/reached", "/conversion/value"].map(|path| text(row, path)));
        cells
    };
    let rows: Vec<Vec<String>> = list(&answer, "/rows").map(row).collect();
    let header = ["pipeline", "stage", "open", "won", "lost", "value", "weighted", "reached", "conversion"];
    print_table(&header, &rows);
    Ok(())
}

/// `netgain campaigns`.
pub fn campaigns(home: &Home, args: &CampaignsArgs) -> anyhow::Result<()> {
    let window = args.window.map(|days| days.to_string());
    let params = [
        ("from", args.from.as_deref()),
        ("to", args.to.as_deref()),
        ("model", args.model.as_deref()),
        ("window", window.as_deref()),
        ("clock", args.clock.as_deref()),
        ("visits", args.visits.as_deref()),
        ("provider", args.provider.as_deref()),
        ("campaign_id", args.campaign.as_deref()),
        ("by", args.by.as_deref()),
    ];
    let parts = if args.provider.is_some() { "/parts" } else { "" };
    let answer = ask(home, &format!("{}/campaigns{parts}", args.workspace), &params)?;
    if args.json {
        println!("{answer}");
        return Ok(());
    }
    let columns = [
        ("provider", "/provider"),
        ("campaign", "/campaign"),
        ("spend", "/spend"),
        ("claimed_value", "/claimed_value"),
        ("supported_net_sales", "/supported_net_sales"),
        ("over_claimed_value", "/over_claimed_value"),
        ("roas_platform", "/roas_platform/value"),
        ("roas_attributed", "/roas_attributed/value"),
        ("roas_contribution", "/roas_contribution/value"),
        ("break_even_roas", "/break_even_roas/value"),
        ("cost_per_order", "/cost_per_order/value"),
        ("ncac", "/ncac/value"),
        ("profit", "/profit"),
    ];
    let row = |row: &Value| columns.iter().map(|(_, path)| text(row, path)).collect();
    let rows: Vec<Vec<String>> = list(&answer, "/rows").map(row).collect();
    print_table(&columns.map(|(name, _)| name), &rows);
    print_notices(&answer);
    Ok(())
}

//! `netgain kpi`: key figures from the command line.

use axum::http::Method;
use serde_json::{Value, json};

use super::growth::{ask, list, text};
use super::{Api, encoded, print_table};
use crate::args::KpiArgs;
use crate::args::kpi::{AuditArgs, ChangeArgs, KpiWhat, ListArgs, SetArgs, ShowArgs, UnsetArgs};
use crate::home::Home;

pub fn run(home: &Home, args: &KpiArgs) -> anyhow::Result<()> {
    match &args.what {
        KpiWhat::List(args) => sources(home, args),
        KpiWhat::Show(args) => show(home, args),
        KpiWhat::Set(args) => set(home, args),
        KpiWhat::Unset(args) => unset(home, args),
        KpiWhat::Audit(args) => audit(home, args),
    }
}

fn sources(home: &Home, args: &ListArgs) -> anyhow::Result<()> {
    let answer = ask(home, &format!("{}/kpis", args.workspace), &[("points", Some("1"))])?;
    if args.json {
        println!("{answer}");
        return Ok(());
    }
    let mut rows = Vec::new();
    for source in list(&answer, "/sources") {
        for kpi in list(source, "/kpis") {
            let said = if kpi.get("overridden") == Some(&Value::Bool(true)) { "set by hand" } else { "" };
            let cells = ["/metric", "/value", "/unit", "/timestamp", "/origin"].map(|path| text(kpi, path));
            let first = std::iter::once(text(source, "/connection_id"));
            rows.push(first.chain(cells).chain([said.to_owned()]).collect());
        }
    }
    print_table(&["source", "metric", "value", "unit", "timestamp", "origin", ""], &rows);
    Ok(())
}

fn show(home: &Home, args: &ShowArgs) -> anyhow::Result<()> {
    let params =
        [("from", args.from.as_deref()), ("to", args.to.as_deref()), ("source", args.source.as_deref())];
    let answer = ask(home, &format!("{}/kpis/{}", args.workspace, encoded(&args.metric)), &params)?;
    if args.json {
        println!("{answer}");
        return Ok(());
    }
    let mut rows = Vec::new();
    for series in list(&answer, "/series") {
        for point in list(series, "/points") {
            let cells = ["/day", "/value", "/source_value", "/override/by"].map(|path| text(point, path));
            rows.push(std::iter::once(text(series, "/connection_id")).chain(cells).collect());
        }
    }
    print_table(&["source", "day", "value", "source says", "set by"], &rows);
    Ok(())
}

fn path_of(change: &ChangeArgs, metric: &str, day: &str) -> String {
    format!("/api/v1/workspaces/{}/kpis/{}/overrides/{}", change.workspace, encoded(metric), encoded(day))
}

fn set(home: &Home, args: &SetArgs) -> anyhow::Result<()> {
    let change = &args.change;
    let body =
        json!({ "value": args.value, "source": change.source, "by": change.by, "reason": change.reason });
    let path = path_of(change, &args.metric, &args.day);
    changed(&Api::open(home)?.call(Method::PUT, &path, Some(body))?, change.json)
}

fn unset(home: &Home, args: &UnsetArgs) -> anyhow::Result<()> {
    let change = &args.change;
    let params = [
        ("source", change.source.as_deref()),
        ("by", Some(change.by.as_str())),
        ("reason", change.reason.as_deref()),
    ];
    let named = params.iter().filter_map(|(name, value)| Some(format!("{name}={}", encoded((*value)?))));
    let path =
        format!("{}?{}", path_of(change, &args.metric, &args.day), named.collect::<Vec<_>>().join("&"));
    changed(&Api::open(home)?.call(Method::DELETE, &path, None)?, change.json)
}

fn changed(answer: &Value, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        println!("{answer}");
        return Ok(());
    }
    let of = |path: &str| match text(answer, path) {
        none if none.is_empty() => "nothing".to_owned(),
        some => some,
    };
    println!(
        "{} of {} on {}: {} instead of {}",
        text(answer, "/entry/metric"),
        text(answer, "/entry/connection_id"),
        text(answer, "/entry/day"),
        of("/entry/new"),
        of("/entry/old")
    );
    Ok(())
}

fn audit(home: &Home, args: &AuditArgs) -> anyhow::Result<()> {
    let limit = args.limit.map(|limit| limit.to_string());
    let params = [("metric", args.metric.as_deref()), ("limit", limit.as_deref())];
    let answer = ask(home, &format!("{}/kpis/audit", args.workspace), &params)?;
    if args.json {
        println!("{answer}");
        return Ok(());
    }
    let columns = ["at", "actor", "action", "connection_id", "metric", "day", "old", "new", "reason"];
    let row = |entry: &Value| columns.iter().map(|column| text(entry, &format!("/{column}"))).collect();
    let rows: Vec<Vec<String>> = list(&answer, "/entries").map(row).collect();
    print_table(&columns, &rows);
    Ok(())
}

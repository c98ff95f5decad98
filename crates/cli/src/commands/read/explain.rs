//! `netgain explain`: where a figure comes from, as a tree of figures.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Api, cell, encoded, print_table};
use crate::args::{ExplainArgs, ExplainWhat, FigureArgs};
use crate::failure::Failure;
use crate::home::Home;

/// `netgain explain`.
pub fn explain(home: &Home, args: &ExplainArgs) -> anyhow::Result<()> {
    match (&args.what, &args.figure) {
        (Some(ExplainWhat::Order { id, workspace, raw, json }), _) => {
            let path = format!("/api/v1/workspaces/{workspace}/orders/{}/explain", encoded(id));
            let answer = Api::open(home)?.call_exact(Method::GET, &path, None)?;
            if *json {
                println!("{}", str::from_utf8(&answer)?);
                return Ok(());
            }
            order(&serde_json::from_slice(&answer)?);
            if *raw {
                print_payloads(serde_json::from_slice::<Payloads>(&answer)?.raw);
            }
            Ok(())
        }
        (None, Some(args)) => figure(home, args),
        (None, None) => {
            let message = "a figure and --workspace say what is to be explained".to_owned();
            Err(Failure::of_status(400, message).into())
        }
    }
}

fn order(answer: &Value) {
    let rows: Vec<Vec<String>> = list(answer, "steps")
        .iter()
        .map(|step| ["sign", "label", "amount", "rule"].iter().map(|key| text(step, key)).collect())
        .collect();
    print_table(&["", "step", "amount", "rule"], &rows);
}

fn figure(home: &Home, args: &FigureArgs) -> anyhow::Result<()> {
    let api = Api::open(home)?;
    let mut sent = Vec::new();
    let answer = level(&api, args, (&args.figure, args.by.as_deref(), args.depth), &mut sent)?;
    if args.json {
        println!("{}", answer.get());
        return Ok(());
    }
    let answer: Value = serde_json::from_str(answer.get())?;
    println!("{}", headline(&answer));
    println!("  = {}", text(&answer, "formula"));
    for line in remarks(&answer) {
        println!("  {line}");
    }
    parts(&answer, 1);
    print_payloads(sent);
    Ok(())
}

/// A figure with its parts; below the first level each part holds its own explanation as `below`. Payloads are gathered
/// beside it. Nothing passes through a number of the machine's, so that all digits stay.
fn level(
    api: &Api,
    args: &FigureArgs,
    (figure, by, depth): (&str, Option<&str>, u8),
    sent: &mut Vec<Payload>,
) -> anyhow::Result<Box<RawValue>> {
    let mut path = format!(
        "/api/v1/workspaces/{}/explain?figure={}&limit={}",
        args.workspace,
        encoded(figure),
        args.limit
    );
    if args.raw {
        path.push_str("&raw=true");
    }
    if let Some(by) = by {
        path.push_str(&format!("&by={}", encoded(by)));
    }
    let bytes = api.call_exact(Method::GET, &path, None)?;
    sent.extend(serde_json::from_slice::<Payloads>(&bytes)?.raw);
    let mut answer: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(&bytes)?;
    if depth > 1
        && let Some(parts) = answer.get_mut("parts")
    {
        let mut below: Vec<BTreeMap<String, Box<RawValue>>> = serde_json::from_str(parts.get())?;
        for part in &mut below {
            let figure =
                part.get("figure").map(|figure| serde_json::from_str::<Option<String>>(figure.get()));
            let Some(figure) = figure.transpose()?.flatten() else { continue };
            part.insert("below".to_owned(), level(api, args, (&figure, None, depth - 1), sent)?);
        }
        *parts = serde_json::value::to_raw_value(&below)?;
    }
    Ok(serde_json::value::to_raw_value(&answer)?)
}

/// The payloads of an answer.
#[derive(Deserialize)]
struct Payloads {
    raw: Vec<Payload>,
}

/// What a platform sent, digit for digit.
#[derive(Deserialize)]
struct Payload {
    raw_ref: String,
    observed_at: String,
    payload: Option<Box<RawValue>>,
    missing: Option<String>,
}

/// Prints payloads, each once.
fn print_payloads(sent: Vec<Payload>) {
    let mut seen = BTreeSet::new();
    for one in sent {
        if !seen.insert(one.raw_ref.clone()) {
            continue;
        }
        println!("\n{}, read {}", one.raw_ref, one.observed_at);
        match (one.payload, one.missing) {
            (Some(payload), _) => println!("{payload}"),
            (None, missing) => println!("the archive cannot give it: {}", missing.unwrap_or_default()),
        }
    }
}

fn headline(answer: &Value) -> String {
    let unit = if text(answer, "unit") == "money" {
        format!(" {}", text(answer, "currency"))
    } else {
        String::new()
    };
    let value = match text(answer, "value") {
        none if none.is_empty() => "no value".to_owned(),
        value => format!("{value}{unit}"),
    };
    let days = match (text(answer, "from"), text(answer, "to")) {
        (from, _) if from.is_empty() => String::new(),
        (from, to) if from == to => format!(", {from}"),
        (from, to) => format!(", {from} to {to}"),
    };
    format!("{}: {value}{days}", text(answer, "label"))
}

/// The definition, and how far the figure can be trusted.
fn remarks(answer: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(label) = answer.pointer("/profile/label").map(cell) {
        let key = answer.pointer("/settings/key").map_or_else(String::new, cell);
        lines.push(format!("definition: {label}, by {}; settings {key}", text(answer, "basis")));
    }
    if let Some(Value::Object(choices)) =
        answer.get("choices").filter(|one| one.as_object().is_some_and(|one| !one.is_empty()))
    {
        let words: Vec<String> =
            choices.iter().map(|(name, value)| format!("{name} {}", cell(value))).collect();
        lines.push(words.join(", "));
    }
    if !text(answer, "cost_coverage").is_empty() {
        lines.push(format!("cost coverage: {}", text(answer, "cost_coverage")));
    }
    if !text(answer, "low").is_empty() && text(answer, "low") != text(answer, "high") {
        lines.push(format!(
            "between {} and {}, as goods without a recorded cost cost all or nothing",
            text(answer, "low"),
            text(answer, "high")
        ));
    }
    for clock in list(answer, "clocks") {
        let days = match text(&clock, "days").as_str() {
            "1" => "1 day".to_owned(),
            days => format!("{days} days"),
        };
        let source = text(&clock, "source");
        let moving = match text(&clock, "what").as_str() {
            "fees" => format!("fees of {source} orders of {days} are estimated until they are booked"),
            what => format!("{source} may still restate its {what} of {days}"),
        };
        lines.push(match text(&clock, "final_on") {
            none if none.is_empty() => format!("provisional: {moving}"),
            day => format!("provisional: {moving}, final on {day}"),
        });
    }
    lines.extend(list(answer, "notices").iter().map(|notice| format!("note: {}", text(notice, "message"))));
    lines
}

fn parts(answer: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    for part in list(answer, "parts") {
        let amount = match part.get("role").map(cell).as_deref() {
            Some("over") => format!("over {}", text(&part, "value")),
            Some("under") => format!("under {}", text(&part, "value")),
            _ => text(&part, "amount"),
        };
        let rows: Vec<String> = list(&part, "rows")
            .iter()
            .map(|row| format!("{} {}", text(row, "table"), text(row, "source_id")))
            .collect();
        let told = [text(&part, "formula"), text(&part, "figure"), rows.join(", ")];
        let told: Vec<String> = told.into_iter().filter(|one| !one.is_empty()).collect();
        println!("{indent}{amount:>14}  {}  ({})", text(&part, "label"), told.join("; "));
        if let Some(below) = part.get("below") {
            parts(below, depth + 1);
        }
    }
    if let Some(others) = answer.get("others").filter(|others| !others.is_null()) {
        println!("{indent}{:>14}  {} more", text(others, "amount"), text(others, "count"));
    }
}

fn list(answer: &Value, key: &str) -> Vec<Value> {
    answer.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn text(row: &Value, key: &str) -> String {
    row.get(key).map_or_else(String::new, cell)
}

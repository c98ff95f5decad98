//! Profit by other definitions, what stands between two, and the rules that figures are made by.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Api, cell, encoded, print_notices, print_table};
use crate::args::{BridgeArgs, ProfitTableArgs, SettingsArgs};
use crate::failure::Failure;
use crate::home::Home;

fn column(row: &Value, keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| row.get(*key).map_or_else(String::new, cell)).collect()
}

fn rows(answer: &Value, list: &str) -> Vec<Value> {
    answer.get(list).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// `netgain profit --profile`.
pub fn statement(home: &Home, args: &ProfitTableArgs) -> anyhow::Result<()> {
    let mut path = format!(
        "/api/v1/workspaces/{}/profit/statement?from={}&to={}&by={}",
        args.workspace,
        encoded(&args.from),
        encoded(&args.to),
        encoded(args.by.as_deref().unwrap_or("total"))
    );
    for (key, value) in [("profile", &args.profile), ("basis", &args.basis)] {
        if let Some(value) = value {
            path.push_str(&format!("&{key}={}", encoded(value)));
        }
    }
    let answer = Api::open(home)?.call(Method::GET, &path, None)?;
    if args.json {
        println!("{answer}");
        return Ok(());
    }
    // one column for each day, month or channel, the total last
    let mut header = vec![String::new(), "step".to_owned()];
    let mut columns = rows(&answer, "rows");
    columns.extend(answer.get("total").cloned());
    let mut table: Vec<Vec<String>> = Vec::new();
    for row in &columns {
        let name =
            ["day", "channel"].iter().find_map(|key| row.get(*key)).map_or_else(|| "total".into(), cell);
        header.push(name);
        for (at, step) in rows(row, "steps").iter().enumerate() {
            if table.len() <= at {
                table.push(column(step, &["sign", "label"]));
            }
            if let Some(line) = table.get_mut(at) {
                line.extend(column(step, &["amount"]));
            }
        }
    }
    print_table(&header.iter().map(String::as_str).collect::<Vec<_>>(), &table);
    print_notices(&answer);
    Ok(())
}

/// `netgain profit bridge`.
pub fn bridge(home: &Home, args: &BridgeArgs) -> anyhow::Result<()> {
    let path = format!(
        "/api/v1/workspaces/{}/profit/bridge?first={}&second={}&from={}&to={}&figure={}",
        args.workspace,
        encoded(&args.first),
        encoded(&args.second),
        encoded(&args.from),
        encoded(&args.to),
        encoded(&args.figure)
    );
    let answer = Api::open(home)?.call(Method::GET, &path, None)?;
    if args.json {
        println!("{answer}");
        return Ok(());
    }
    let end = |key: &str| {
        let text = |pointer: &str| answer.pointer(&format!("/{key}{pointer}")).map_or_else(String::new, cell);
        vec![format!("{}: {}", text("/profile/label"), text("/label")), text("/amount")]
    };
    let mut table = vec![end("first")];
    table.extend(rows(&answer, "steps").iter().map(|step| column(step, &["label", "amount"])));
    table.push(end("second"));
    print_table(&["step", "amount"], &table);
    Ok(())
}

/// `netgain profit profiles`.
pub fn profiles(home: &Home, as_json: bool) -> anyhow::Result<()> {
    let answer = Api::open(home)?.call(Method::GET, "/api/v1/profiles", None)?;
    if as_json {
        println!("{answer}");
        return Ok(());
    }
    for profile in rows(&answer, "profiles") {
        println!("{}", column(&profile, &["id", "label", "source"]).join("  "));
    }
    Ok(())
}

/// `netgain settings`.
pub fn settings(home: &Home, args: &SettingsArgs) -> anyhow::Result<()> {
    let path = format!("/api/v1/workspaces/{}/settings", args.workspace);
    let api = Api::open(home)?;
    let answer = if args.set.is_empty() {
        api.call(Method::GET, &path, None)?
    } else {
        let mut patch = json!({});
        for change in &args.set {
            put(&mut patch, change)?;
        }
        api.call(Method::PATCH, &path, Some(patch))?
    };
    if args.json {
        println!("{answer}");
        return Ok(());
    }
    println!("{}", serde_json::to_string_pretty(answer.get("settings").unwrap_or(&Value::Null))?);
    if let Some(orders) = answer.get("restated_orders").and_then(Value::as_u64) {
        println!("{orders} orders were computed again");
    }
    Ok(())
}

/// Puts `a.b=value` into a patch; a value that is no JSON is a text.
fn put(patch: &mut Value, change: &str) -> anyhow::Result<()> {
    let wrong =
        || Failure::of_status(400, format!("--set {change}: write FIELD=VALUE, such as profile=seed"));
    let (field, value) = change.split_once('=').filter(|(field, _)| !field.is_empty()).ok_or_else(wrong)?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    let mut place = patch;
    for part in field.split('.') {
        if !place.is_object() {
            *place = json!({});
        }
        let Some(object) = place.as_object_mut() else { return Err(wrong().into()) };
        place = object.entry(part).or_insert(Value::Null);
    }
    *place = value;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_of_one_object_come_together() {
        let mut patch = json!({});
        for change in
            ["revenue.refund_basis=order_day", "revenue.tax_mode=exclude", "orders.count_tests=true"]
        {
            put(&mut patch, change).unwrap();
        }
        let revenue = json!({ "refund_basis": "order_day", "tax_mode": "exclude" });
        assert_eq!(patch, json!({ "revenue": revenue, "orders": { "count_tests": true } }));
        assert!(put(&mut patch, "profile").is_err() && put(&mut patch, "=1").is_err());
    }
}

//! The commands that read figures. They ask the same API as the web pages, inside this process, so that a script
//! and a page can never see different numbers.

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Method, Request, header};
use serde_json::Value;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::args::{ProfitArgs, ProfitTableArgs, ProfitWhat, QueryArgs};
use crate::commands::serve;
use crate::failure::Failure;
use crate::home::Home;

pub mod definitions;
pub mod explain;
pub mod growth;
pub mod kpi;

/// The API over an installation, opened once for all calls of a command.
struct Api {
    router: Router,
    runtime: Runtime,
}

impl Api {
    fn open(home: &Home) -> anyhow::Result<Self> {
        let (app, _) = serve::app(home, true)?;
        Ok(Self { router: netgain_server::router(app), runtime: super::runtime()? })
    }

    fn call(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        Ok(serde_json::from_slice(&self.call_exact(method, path, body)?)?)
    }

    /// The answer as it was written, for numbers that must keep their digits.
    fn call_exact(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Bytes> {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost");
        let body = match body {
            Some(json) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(json.to_string())
            }
            None => Body::empty(),
        };
        let request = request.extension(crate::audited::terminal()).body(body)?;
        let (status, bytes) = self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await?;
            let status = response.status();
            Ok::<_, anyhow::Error>((status, to_bytes(response.into_body(), usize::MAX).await?))
        })?;
        if status.is_success() {
            return Ok(bytes);
        }
        let answer: Value = serde_json::from_slice(&bytes)?;
        let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut message = text("detail");
        if !text("cure").is_empty() {
            message = format!("{message}: {}", text("cure"));
        }
        Err(Failure::of_status(status.as_u16(), message).into())
    }
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What a reader must know goes beside the figures, not among them.
fn print_notices(answer: &Value) {
    for notice in answer.get("notices").and_then(Value::as_array).into_iter().flatten() {
        eprintln!("note: {}", notice.get("message").map_or_else(String::new, cell));
    }
}

/// Prints rows as aligned columns.
pub fn print_table(header: &[&str], rows: &[Vec<String>]) {
    let width = |at: usize| {
        rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> =
        header.iter().enumerate().map(|(at, name)| name.chars().count().max(width(at))).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let cells: Vec<String> = cells.zip(&widths).map(|(cell, width)| format!("{cell:>width$}")).collect();
        println!("{}", cells.join("  "));
    };
    line(&mut header.iter().copied());
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
}

/// An answer with the rows of all its pages.
fn all_pages(home: &Home, path: &str) -> anyhow::Result<Value> {
    let api = Api::open(home)?;
    let mut answer = api.call(Method::GET, path, None)?;
    while let Some(next) = answer.as_object_mut().and_then(|answer| answer.remove("next")) {
        let mut page = api.call(Method::GET, &format!("{path}&after={}", encoded(&cell(&next))), None)?;
        let more = page.get_mut("rows").map(Value::take);
        if let (Some(Value::Array(rows)), Some(Value::Array(mut more))) = (answer.get_mut("rows"), more) {
            rows.append(&mut more);
        }
        if let (Some(next), Some(answer)) = (page.get_mut("next"), answer.as_object_mut()) {
            answer.insert("next".to_owned(), next.take());
        }
    }
    Ok(answer)
}

/// `netgain profit`.
pub fn profit(home: &Home, args: &ProfitArgs) -> anyhow::Result<()> {
    match (&args.what, &args.table) {
        (Some(ProfitWhat::Bridge(args)), _) => definitions::bridge(home, args),
        (Some(ProfitWhat::Profiles { json }), _) => definitions::profiles(home, *json),
        (None, Some(args)) if args.profile.is_some() && args.by.as_deref() != Some("order") => {
            definitions::statement(home, args)
        }
        (None, Some(args)) => ladder(home, args),
        (None, None) => {
            Err(Failure::of_status(400, "--workspace, --from and --to say whose profit is meant".to_owned())
                .into())
        }
    }
}

/// The definitions whose steps are the ladder's own columns.
const NATIVE: [&str; 2] = ["netgain", "netgain_with_tax"];

fn ladder(home: &Home, args: &ProfitTableArgs) -> anyhow::Result<()> {
    let by = args.by.as_deref().unwrap_or("day");
    let mut path = format!(
        "/api/v1/workspaces/{}/profit?from={}&to={}&by={}",
        args.workspace,
        encoded(&args.from),
        encoded(&args.to),
        encoded(by)
    );
    for (key, value) in [("profile", &args.profile), ("basis", &args.basis)] {
        if let Some(value) = value {
            path.push_str(&format!("&{key}={}", encoded(value)));
        }
    }
    let answer = all_pages(home, &path)?;
    if args.json {
        println!("{answer}");
        return Ok(());
    }
    let key = match by {
        "order" => "name",
        other => other,
    };
    let text = |pointer: &str| answer.pointer(pointer).map_or_else(String::new, cell);
    if !NATIVE.contains(&text("/profile").as_str()) {
        let (revenue, result) = (text("/definition/revenue_label"), text("/definition/result_label"));
        let header = [key, "orders", &revenue, &result, "margin"];
        let row = |row: &Value| {
            let of = |pointer: &str| row.pointer(pointer).map_or_else(String::new, cell);
            [&format!("/{key}"), "/told/orders", "/told/revenue", "/told/result", "/told/margin"]
                .map(of)
                .to_vec()
        };
        print_table(&header, &rows_of(&answer, row));
        eprintln!("by the definition {}", text("/definition/profile/label"));
        print_notices(&answer);
        return Ok(());
    }
    let columns = [
        key,
        "orders",
        "gross_sales",
        "discounts",
        "returns",
        "net_sales",
        "shipping_income",
        "cogs",
        "payment_fees",
        "ad_spend",
        "operating_costs",
        "net_profit",
    ];
    let row =
        |row: &Value| columns.iter().map(|column| row.get(*column).map_or_else(String::new, cell)).collect();
    print_table(&columns, &rows_of(&answer, row));
    print_notices(&answer);
    Ok(())
}

/// The rows of an answer and their total as cells.
fn rows_of(answer: &Value, row: impl Fn(&Value) -> Vec<String>) -> Vec<Vec<String>> {
    let rows = answer.get("rows").and_then(Value::as_array);
    let mut all: Vec<Vec<String>> = rows.map_or_else(Vec::new, |rows| rows.iter().map(&row).collect());
    if let Some(total) = answer.get("total") {
        let mut total = row(total);
        if let Some(first) = total.first_mut() {
            "total".clone_into(first);
        }
        all.push(total);
    }
    all
}

/// `netgain query`.
pub fn query(home: &Home, args: &QueryArgs) -> anyhow::Result<()> {
    let path = format!("/api/v1/workspaces/{}/query", args.workspace);
    let answer = Api::open(home)?.call(
        Method::POST,
        &path,
        Some(serde_json::json!({ "sql": args.sql, "pseudonymised": args.pseudonymised })),
    )?;
    if args.json {
        println!("{answer}");
        return Ok(());
    }
    let columns = answer.get("columns").and_then(Value::as_array).cloned().unwrap_or_default();
    let names: Vec<String> = columns.iter().filter_map(|column| column.get("name").map(cell)).collect();
    let rows: Vec<Vec<String>> = answer.get("rows").and_then(Value::as_array).map_or_else(Vec::new, |rows| {
        rows.iter().filter_map(Value::as_array).map(|row| row.iter().map(cell).collect()).collect()
    });
    print_table(&names.iter().map(String::as_str).collect::<Vec<_>>(), &rows);
    if answer.get("truncated") == Some(&Value::Bool(true)) {
        eprintln!("there are more rows; add LIMIT and OFFSET to see them");
    }
    Ok(())
}

//! The Google Sheets API face, nested under `/google_sheets`: sign-in, one spreadsheet, its values, and the
//! file's version as the Drive API tells it.
mod book;
mod range;
mod unit_costs;

pub use book::{Cell, Sheet, sheets};
pub use unit_costs::CostSheet;

use crate::AppState;
use crate::draw::mix;
use crate::faces::Face;
use crate::faults::calls::Operation;
use crate::google::{self, Call, Grants, Quota, Refusal, Standing, mask};
use crate::server::Platform;
use axum::extract::{Request, State as Shared};
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use book::{GRID, Style};
use range::Block;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How the sandbox serves this platform.
pub const FACE: Face = Face { id: "google_sheets", router, platform, point_of, throttled, expired_token };

const SCOPE: &str = "https://www.googleapis.com/auth/spreadsheets.readonly";
const SERVICE: &str = "sheets.googleapis.com";
/// Read requests a minute and user.
const READS: u64 = 60;

struct Service {
    app: Arc<AppState>,
    grants: Grants,
    id: String,
    reads: Quota,
}

fn spreadsheet_id(state: &AppState) -> String {
    format!("1{}", &state.secrets.word("google_sheets spreadsheet")[..43])
}

fn router(app: Arc<AppState>) -> Router {
    let service = Service {
        grants: Grants::new(&app, FACE.id, SCOPE),
        id: spreadsheet_id(&app),
        reads: Quota::new(READS, Duration::from_secs(60)),
        app,
    };
    Router::new().fallback(handle).with_state(Arc::new(service))
}

fn platform(state: &AppState) -> Option<Platform> {
    Some(google::platform(state, FACE.id, &[("spreadsheet_id", spreadsheet_id(state))]))
}

fn point_of(_method: &Method, path: &str) -> &'static str {
    match path {
        "/token" => "google_sheets.token",
        "/revoke" | "/o/oauth2/v2/auth" => "google_sheets.oauth",
        path if path.contains("/values") => "google_sheets.values",
        path if path.starts_with("/drive/") => "google_sheets.file",
        _ => "google_sheets.spreadsheet",
    }
}

fn throttled(_state: &AppState, _point: &str) -> Response {
    exhausted().into_response()
}

fn exhausted() -> Refusal {
    let words = "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user' of \
        service 'sheets.googleapis.com' for consumer 'project_number:123456789012'.";
    let more = json!({
        "consumer": "projects/123456789012",
        "quota_limit": "ReadRequestsPerMinutePerUser",
        "quota_limit_value": READS.to_string(),
        "quota_location": "global",
        "quota_metric": "sheets.googleapis.com/read_requests",
    });
    Refusal::exhausted(words).because("RATE_LIMIT_EXCEEDED", SERVICE, more)
}

fn expired_token(_point: &str) -> Response {
    Refusal::unauthenticated(Standing::Expired, SERVICE).into_response()
}

async fn handle(Shared(service): Shared<Arc<Service>>, request: Request) -> Response {
    let call = Call::read(request).await;
    if let Some(response) = service.grants.answer(&call) {
        return response;
    }
    let answered = service.answer(&call).and_then(|(operation, body)| {
        let body = mask::cut(body, call.param("fields"))?;
        Ok((operation, body))
    });
    match answered {
        Ok((operation, body)) => {
            let mut response = Json(body).into_response();
            response.extensions_mut().insert(Operation(operation.to_owned()));
            response
        }
        Err(refusal) => refusal.into_response(),
    }
}

impl Service {
    fn answer(&self, call: &Call) -> Result<(&'static str, Value), Refusal> {
        let standing = self.grants.standing(call.token());
        if standing != Standing::Good {
            return Err(Refusal::unauthenticated(standing, SERVICE));
        }
        let missing = || Refusal::not_found("Requested entity was not found.");
        if call.method != Method::GET {
            return Err(missing());
        }
        if let Some(id) = call.path.strip_prefix("/drive/v3/files/") {
            return if id == self.id { Ok(("file", self.file())) } else { Err(missing()) };
        }
        let rest = call.path.strip_prefix("/v4/spreadsheets/").ok_or_else(missing)?;
        let (id, rest) = rest.split_once('/').unwrap_or((rest, ""));
        if id != self.id {
            return Err(missing());
        }
        if !self.app.options.unlimited {
            self.reads.take(1, Instant::now()).map_err(|_| exhausted())?;
        }
        let mut sheets = sheets(&self.app.world, self.app.options.seed);
        sheets.push(Sheet {
            id: 815_412_003,
            title: "UnitCosts",
            rows: Some(self.app.cost_sheet.rows(&self.app.world)),
        });
        if rest.is_empty() {
            return Ok(("spreadsheet", self.describe(&sheets)));
        }
        let style = style(call)?;
        if rest == "values:batchGet" {
            let ranges = call.query.iter().filter(|(name, _)| name == "ranges");
            let shown =
                ranges.map(|(_, text)| values(&sheets, text, call, style)).collect::<Result<Vec<_>, _>>()?;
            return Ok(("values", json!({ "spreadsheetId": self.id, "valueRanges": shown })));
        }
        let text = rest.strip_prefix("values/").ok_or_else(missing)?;
        Ok(("values", values(&sheets, text, call, style)?))
    }

    fn describe(&self, sheets: &[Sheet]) -> Value {
        let sheets: Vec<Value> = sheets
            .iter()
            .enumerate()
            .map(|(index, sheet)| {
                let mut properties = json!({
                    "sheetId": sheet.id,
                    "title": sheet.title,
                    "index": index,
                    "sheetType": if sheet.rows.is_some() { "GRID" } else { "OBJECT" },
                });
                if sheet.rows.is_some() {
                    properties["gridProperties"] =
                        json!({ "rowCount": GRID.0, "columnCount": GRID.1, "frozenRowCount": 1 });
                }
                json!({ "properties": properties })
            })
            .collect();
        json!({
            "spreadsheetId": self.id,
            "properties": {
                "title": "Brand figures and costs",
                "locale": "en_GB",
                "autoRecalc": "ON_CHANGE",
                "timeZone": self.app.world.brand.time_zone.iana_name().unwrap_or("Etc/GMT"),
            },
            "sheets": sheets,
            "spreadsheetUrl": format!("https://docs.google.com/spreadsheets/d/{}/edit", self.id),
        })
    }

    /// The file as Drive knows it: changed whenever anything in the sheets did.
    fn file(&self) -> Value {
        let shop = self.app.world.shop();
        let changed = shop.orders.last().map_or(shop.opened_at, |order| order.placed_at);
        let changed = jiff::Timestamp::from_second(changed).unwrap_or_default();
        json!({
            "kind": "drive#file",
            "id": self.id,
            "name": "Brand figures and costs",
            "mimeType": "application/vnd.google-apps.spreadsheet",
            "modifiedTime": format!("{changed:.3}"),
            "version": (shop.orders.len() as u64 + mix(self.app.options.seed) % 100).to_string(),
        })
    }
}

fn style(call: &Call) -> Result<Style, Refusal> {
    let wrong = |name: &str, value: &str| {
        Refusal::invalid(format!(
            "Invalid value at '{name}' (type.googleapis.com/google.apps.sheets.v4), \"{value}\""
        ))
    };
    let formatted = match call.param("valueRenderOption").unwrap_or("FORMATTED_VALUE") {
        "FORMATTED_VALUE" => true,
        "UNFORMATTED_VALUE" | "FORMULA" => false,
        other => return Err(wrong("value_render_option", other)),
    };
    let serial = match call.param("dateTimeRenderOption").unwrap_or("SERIAL_NUMBER") {
        "SERIAL_NUMBER" => true,
        "FORMATTED_STRING" => false,
        other => return Err(wrong("date_time_render_option", other)),
    };
    Ok(Style { formatted, serial })
}

/// A range's values: cells and rows that are empty at the end are left out, and so is the list when all are.
fn values(sheets: &[Sheet], text: &str, call: &Call, style: Style) -> Result<Value, Refusal> {
    let block = range::parse(sheets, text)?;
    let columns = match call.param("majorDimension").unwrap_or("ROWS") {
        "ROWS" | "DIMENSION_UNSPECIFIED" => false,
        "COLUMNS" => true,
        other => return Err(Refusal::invalid(format!("Invalid value at 'major_dimension', \"{other}\""))),
    };
    let mut rows = cells(sheets, &block);
    if columns {
        let width = rows.iter().map(Vec::len).max().unwrap_or(0);
        rows = (0..width)
            .map(|column| {
                trimmed(rows.iter().map(|row| row.get(column).cloned().unwrap_or(Cell::Empty)).collect())
            })
            .collect();
    }
    let mut shown = json!({
        "range": range::name(sheets, &block),
        "majorDimension": if columns { "COLUMNS" } else { "ROWS" },
    });
    if !rows.is_empty() {
        shown["values"] =
            rows.iter().map(|row| Value::Array(row.iter().map(|cell| cell.show(style)).collect())).collect();
    }
    Ok(shown)
}

fn cells(sheets: &[Sheet], block: &Block) -> Vec<Vec<Cell>> {
    let all = sheets.get(block.sheet).and_then(|sheet| sheet.rows.as_deref()).unwrap_or_default();
    let rows = all.iter().take(block.rows.1).skip(block.rows.0);
    let mut rows: Vec<Vec<Cell>> = rows
        .map(|row| trimmed(row.iter().take(block.columns.1).skip(block.columns.0).cloned().collect()))
        .collect();
    while rows.last().is_some_and(Vec::is_empty) {
        rows.pop();
    }
    rows
}

fn trimmed(mut row: Vec<Cell>) -> Vec<Cell> {
    while row.last() == Some(&Cell::Empty) {
        row.pop();
    }
    row
}

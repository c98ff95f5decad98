//! Reports 2021-06-30: made, polled, listed and cancelled; what they hold is fixed when they are made.
use super::call::{Call, iso, moment, numbers_of, token_of};
use super::documents;
use super::error::SpError;
use super::{MARKETPLACE, Own, Trade};
use crate::AppState;
use crate::draw::mix;
use crate::faults::Fault;
use crate::world::shop::Seconds;
use axum::Json;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Real time a report takes.
const TAKES: Duration = Duration::from_millis(150);
/// Real time an address of a document is good.
pub const ADDRESS_LIFE: Duration = Duration::from_secs(300);
/// Days reports are kept, on the world's clock.
const KEPT_DAYS: i64 = 90;
/// The longest span of the order reports.
const LONGEST_DAYS: i64 = 31;
/// Report types that can be asked for.
pub const ORDERS_BY_DATE: &str = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_ORDER_DATE_GENERAL";
/// The same by last update.
pub const ORDERS_BY_UPDATE: &str = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL";
/// Sales and visits by day.
pub const TRAFFIC: &str = "GET_SALES_AND_TRAFFIC_REPORT";

#[derive(Debug)]
struct Report {
    kind: String,
    start: Seconds,
    end: Seconds,
    created: Seconds,
    began: Instant,
    fault: Option<Fault>,
    cancelled: bool,
    /// What the document holds; nothing when there is no data.
    content: Option<documents::Content>,
}

impl Report {
    fn status(&self) -> &'static str {
        let passed = self.began.elapsed();
        match &self.fault {
            _ if self.cancelled => "CANCELLED",
            _ if passed < TAKES / 3 => "IN_QUEUE",
            Some(Fault::JobStuck) => "IN_PROGRESS",
            _ if passed < TAKES => "IN_PROGRESS",
            Some(Fault::JobFailed) => "FATAL",
            Some(Fault::JobSkipped) => "CANCELLED",
            _ if self.end - self.start > LONGEST_DAYS * 86_400 && self.kind != TRAFFIC => "FATAL",
            // a report without data is cancelled
            _ if self.content.is_none() => "CANCELLED",
            _ => "DONE",
        }
    }
}

/// The reports made, and the addresses given out for their documents.
#[derive(Debug, Default)]
pub struct Reports {
    made: Mutex<Vec<Report>>,
    /// Signatures by the document they open, with when they were given out.
    signed: Mutex<HashMap<String, (usize, Instant)>>,
}

impl Reports {
    /// The content that a signature opens: none when it was never given out, an error when it is too old.
    pub fn open(&self, signature: &str) -> Option<Result<documents::Content, ()>> {
        let found = self.signed.lock().unwrap_or_else(PoisonError::into_inner).get(signature).copied();
        let (place, since) = found?;
        if since.elapsed() > ADDRESS_LIFE {
            return Some(Err(()));
        }
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.get(place)?.content.clone().map(Ok)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    report_type: String,
    marketplace_ids: Vec<String>,
    data_start_time: Option<String>,
    data_end_time: Option<String>,
    #[serde(default)]
    report_options: BTreeMap<String, String>,
}

/// Answers everything below `/reports/2021-06-30`.
pub fn answer(
    state: &AppState,
    own: &Own,
    call: &Call,
    words: &[&str],
    trade: &Trade,
) -> Result<Response, SpError> {
    let now = state.world.now().as_second();
    let value = match (&call.method, words) {
        (&Method::POST, ["reports"]) => {
            let id = create(state, own, call, trade, now)?;
            return Ok((StatusCode::ACCEPTED, Json(json!({ "reportId": id }))).into_response());
        }
        (&Method::GET, ["reports"]) => list(own, call, now)?,
        (&Method::GET, ["reports", id]) => {
            let made = own.reports.made.lock().unwrap_or_else(PoisonError::into_inner);
            let place = place_of(id, made.len())?;
            shown(&made[place], place)
        }
        (&Method::DELETE, ["reports", id]) => {
            let mut made = own.reports.made.lock().unwrap_or_else(PoisonError::into_inner);
            let place = place_of(id, made.len())?;
            if made[place].status() != "IN_QUEUE" {
                return Err(SpError::invalid(
                    "Only reports with processingStatus IN_QUEUE can be cancelled.",
                ));
            }
            made[place].cancelled = true;
            json!({})
        }
        (&Method::GET, ["documents", id]) => document(state, own, id)?,
        _ => return Err(SpError::not_found(&call.raw_path)),
    };
    Ok(Json(value).into_response())
}

fn report_id(place: usize) -> String {
    (50_000_000_000 + place).to_string()
}

fn place_of(id: &str, count: usize) -> Result<usize, SpError> {
    let number = id.parse::<usize>().ok().and_then(|number| number.checked_sub(50_000_000_000));
    number.filter(|place| *place < count).ok_or_else(|| SpError::not_found(&format!("report {id}")))
}

fn document_id(place: usize) -> String {
    format!("amzn1.spdoc.1.4.eu.{:016x}.{place}", mix(place as u64))
}

fn create(state: &AppState, own: &Own, call: &Call, trade: &Trade, now: Seconds) -> Result<String, SpError> {
    let asked: Asked = serde_json::from_slice(&call.body)
        .map_err(|error| SpError::invalid(format!("Invalid request: {error}")))?;
    if asked.marketplace_ids.is_empty() || asked.marketplace_ids.len() > 25 {
        return Err(SpError::invalid("marketplaceIds must have 1 to 25 values."));
    }
    let read = |text: &Option<String>, name: &str| text.as_deref().map(|text| moment(text, name)).transpose();
    let end = read(&asked.data_end_time, "dataEndTime")?.unwrap_or(now);
    let start = read(&asked.data_start_time, "dataStartTime")?.unwrap_or(end - 30 * 86_400);
    if start > end {
        return Err(SpError::invalid("dataStartTime must not be after dataEndTime."));
    }
    let here = asked.marketplace_ids.iter().any(|id| id == MARKETPLACE);
    let zone = &state.world.brand.time_zone;
    let content = match asked.report_type.as_str() {
        _ if !here => None,
        ORDERS_BY_DATE => documents::orders(trade, false, start, end, now),
        ORDERS_BY_UPDATE => documents::orders(trade, true, start, end, now),
        TRAFFIC => {
            let granularity = asked.report_options.get("dateGranularity").map_or("DAY", String::as_str);
            if granularity != "DAY" {
                return Err(SpError::invalid("reportOptions.dateGranularity: only DAY is served here."));
            }
            documents::traffic(trade, zone, start, end, now, state.options.seed)
        }
        other => return Err(SpError::invalid(format!("Invalid reportType: {other}"))),
    };
    let is_job = |fault: &Fault| matches!(fault, Fault::JobFailed | Fault::JobStuck | Fault::JobSkipped);
    let fault = state.faults.hit_if("amazon_sp.report_create", is_job);
    let mut made = own.reports.made.lock().unwrap_or_else(PoisonError::into_inner);
    made.push(Report {
        kind: asked.report_type,
        start,
        end,
        created: now,
        began: Instant::now(),
        fault,
        cancelled: false,
        content,
    });
    Ok(report_id(made.len() - 1))
}

fn shown(report: &Report, place: usize) -> Value {
    let status = report.status();
    let mut value = json!({
        "reportId": report_id(place),
        "reportType": report.kind,
        "marketplaceIds": [MARKETPLACE],
        "dataStartTime": iso(report.start),
        "dataEndTime": iso(report.end),
        "createdTime": iso(report.created),
        "processingStatus": status,
    });
    if status != "IN_QUEUE" {
        value["processingStartTime"] = json!(iso(report.created));
    }
    if matches!(status, "DONE" | "FATAL" | "CANCELLED") {
        value["processingEndTime"] = json!(iso(report.created));
    }
    if status == "DONE" {
        value["reportDocumentId"] = json!(document_id(place));
    }
    value
}

fn list(own: &Own, call: &Call, now: Seconds) -> Result<Value, SpError> {
    call.only(&[
        "reportTypes",
        "processingStatuses",
        "marketplaceIds",
        "pageSize",
        "createdSince",
        "createdUntil",
        "nextToken",
    ])?;
    let made = own.reports.made.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(token) = call.param("nextToken") {
        if call.query.len() > 1 {
            return Err(SpError::invalid("nextToken must be the only parameter."));
        }
        let bad = || SpError::invalid("The nextToken is invalid.");
        let [place, size] = numbers_of::<2>(token).ok_or_else(bad)?;
        return Ok(page(
            &made,
            usize::try_from(place).map_err(|_| bad())?,
            size.unsigned_abs() as usize,
            |_| true,
        ));
    }
    let size = match call.param("pageSize").map(str::parse::<usize>) {
        None => 10,
        Some(Ok(size @ 1..=100)) => size,
        _ => return Err(SpError::invalid("pageSize must be between 1 and 100.")),
    };
    let (kinds, statuses) = (call.list("reportTypes"), call.list("processingStatuses"));
    if kinds.is_empty() {
        return Err(SpError::invalid("Either reportTypes or nextToken must be provided."));
    }
    let since = call.moment("createdSince")?.unwrap_or(Seconds::MIN).max(now - KEPT_DAYS * 86_400);
    let until = call.moment("createdUntil")?.unwrap_or(now);
    Ok(page(&made, 0, size, |report| {
        kinds.contains(&report.kind.as_str())
            && (statuses.is_empty() || statuses.contains(&report.status()))
            && (since..=until).contains(&report.created)
    }))
}

fn page(made: &[Report], from: usize, size: usize, takes: impl Fn(&Report) -> bool) -> Value {
    let mut found: Vec<usize> =
        (from..made.len()).filter(|place| takes(&made[*place])).take(size + 1).collect();
    let next = if found.len() > size { found.pop() } else { None };
    let mut answer = Map::new();
    let reports: Vec<Value> = found.into_iter().map(|place| shown(&made[place], place)).collect();
    answer.insert("reports".to_owned(), Value::Array(reports));
    if let Some(next) = next {
        answer.insert("nextToken".to_owned(), json!(token_of(&[next as i64, size as i64])));
    }
    Value::Object(answer)
}

fn document(state: &AppState, own: &Own, id: &str) -> Result<Value, SpError> {
    let made = own.reports.made.lock().unwrap_or_else(PoisonError::into_inner);
    let missing = || SpError::not_found(&format!("report document {id}"));
    let place = id.rsplit_once('.').and_then(|(_, place)| place.parse::<usize>().ok()).ok_or_else(missing)?;
    if id != document_id(place) || made.get(place).is_none_or(|report| report.status() != "DONE") {
        return Err(missing());
    }
    let mut signed = own.reports.signed.lock().unwrap_or_else(PoisonError::into_inner);
    let signature =
        format!("{:016x}{:016x}", mix(signed.len() as u64 ^ state.options.seed), mix(place as u64));
    signed.insert(signature.clone(), (place, Instant::now()));
    let url = format!(
        "{}/amazon_sp/documents/{id}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=300&X-Amz-Signature={signature}",
        state.address
    );
    Ok(json!({"reportDocumentId": id, "url": url, "compressionAlgorithm": "GZIP"}))
}

//! The Meta Marketing API face, written from the platform's documents for v25.0 and v26.0.
mod call;
mod entities;
mod error;
mod fields;
mod filter;
mod insights;
mod limits;
mod node;
mod oauth;
mod paging;
mod runs;
#[cfg(test)]
mod spec;

pub use runs::is_report_run;

use crate::AppState;
use crate::faults::Fault;
use crate::faults::calls::Operation;
use crate::faults::layer::point_of;
use crate::world::ads::Ads;
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use call::Call;
use entities::Object;
use error::GraphError;
use insights::Report;
use limits::{Bucket, Level};
use paging::Page;
use serde_json::{Map, Value, json};
use std::sync::{Arc, PoisonError, RwLockReadGuard};
use std::time::Duration;

/// Report runs, tokens and call counters.
#[derive(Debug, Default)]
pub struct State {
    runs: runs::Runs,
    tokens: oauth::Tokens,
    usage: limits::Usage,
}

/// The routes of the Meta face.
pub fn router(state: Arc<AppState>) -> Router {
    // Node ids stand where other APIs have fixed words, so the path is read by hand.
    Router::new().fallback(handle).with_state(state)
}

/// The answer to a call over the limit, in one of the codes in which the platform says so.
pub fn throttled(state: &AppState, point: &str) -> Response {
    let bucket = Bucket::of(point);
    let turn = state.faults.list().iter().map(|active| active.fired).sum::<u64>();
    let error = GraphError::throttled(bucket == Bucket::Insights, usize::try_from(turn).unwrap_or(0));
    let mut response = error.into_response();
    let account = ads(state).account.id;
    limits::write_headers(response.headers_mut(), state, account, Level::full(bucket));
    response
}

/// The answer to a call with an expired token.
pub fn expired_token() -> Response {
    GraphError::expired_token().into_response()
}

async fn handle(Shared(state): Shared<Arc<AppState>>, request: Request) -> Response {
    // Nesting has cut the prefix off the path; points are named by the whole one.
    let path = format!("/meta{}", request.uri().path());
    let point = point_of(request.method(), &path).unwrap_or("meta.node");
    let mut level = None;
    let mut version = None;
    let answered = match Call::read(request).await {
        Ok(call) => {
            version = HeaderValue::from_str(&call.version).ok();
            answer(&state, &call, point, &mut level)
        }
        Err(error) => Err(error),
    };
    let mut response = answered.unwrap_or_else(|error| {
        let name = match error.subcode {
            Some(subcode) => format!("error {}/{subcode}", error.code),
            None => format!("error {}", error.code),
        };
        let mut response = error.into_response();
        response.extensions_mut().insert(Operation(name));
        response
    });
    if let Some(level) = level {
        let account = ads(&state).account.id;
        limits::write_headers(response.headers_mut(), &state, account, level);
    }
    if let Some(version) = version {
        response.headers_mut().insert(HeaderName::from_static("facebook-api-version"), version);
    }
    response
}

fn answer(
    state: &AppState,
    call: &Call,
    point: &'static str,
    level: &mut Option<Level>,
) -> Result<Response, GraphError> {
    if point == "meta.oauth" {
        return oauth::answer(call, state);
    }
    call.authenticate(state)?;
    let (reached, admitted) = limits::admit(state, Bucket::of(point));
    *level = Some(reached);
    admitted?;
    let value = match (&call.method, point) {
        (&Method::POST, "meta.insights_create") => begin_run(state, call)?,
        (&Method::GET, "meta.run") => run_node(state, call)?,
        (&Method::GET, "meta.run_insights") => run_insights(state, call)?,
        (&Method::DELETE, "meta.permissions") => oauth::remove_permissions(call, state)?,
        (&Method::GET, "meta.accounts") => accounts(state, call)?,
        (&Method::GET, "meta.insights") => insights_now(state, call)?,
        (&Method::GET, "meta.campaigns" | "meta.adsets" | "meta.ads") => edge(state, call, point)?,
        (&Method::GET, "meta.account" | "meta.node") => node(state, call)?,
        _ => return Err(GraphError::no_object(call.method.as_str(), &call.node)),
    };
    Ok(Json(value).into_response())
}

fn ads(state: &AppState) -> RwLockReadGuard<'_, Ads> {
    state.world.ads.read().unwrap_or_else(PoisonError::into_inner)
}

fn find(ads: &Ads, call: &Call) -> Result<Object, GraphError> {
    Object::find(ads, &call.node).ok_or_else(|| GraphError::no_object(call.method.as_str(), &call.node))
}

fn asked_fields(call: &Call) -> Result<Option<Vec<fields::Field>>, GraphError> {
    call.param("fields").map(fields::parse).transpose()
}

fn accounts(state: &AppState, call: &Call) -> Result<Value, GraphError> {
    let ads = ads(state);
    let page = Page::choose(call, 1, state, "meta.accounts")?;
    let fields = asked_fields(call)?;
    let shown = page.shown.clone().map(|_| Object::Account.show(&ads, state.world.now(), fields.as_deref()));
    let records = shown.collect::<Result<_, _>>()?;
    Ok(Value::Object(page.answer(call, state, records)))
}

fn node(state: &AppState, call: &Call) -> Result<Value, GraphError> {
    if !call.edge.is_empty() {
        return Err(GraphError::no_edge(&call.edge));
    }
    let fields = asked_fields(call)?;
    if call.node == "me" {
        let me = json!({"id": "122100000000000001", "name": "Netgain system user"});
        return Ok(me);
    }
    let ads = ads(state);
    find(&ads, call)?.show(&ads, state.world.now(), fields.as_deref())
}

/// Lists campaigns, ad sets or ads below a node, newest first.
fn edge(state: &AppState, call: &Call, point: &str) -> Result<Value, GraphError> {
    let ads = ads(state);
    let node = find(&ads, call)?;
    let listed: Vec<Object> = match point {
        "meta.campaigns" => (0..ads.campaigns.len()).rev().map(Object::Campaign).collect(),
        "meta.adsets" => (0..ads.ad_sets.len()).rev().map(Object::AdSet).collect(),
        _ => (0..ads.ads.len()).rev().map(Object::Ad).collect(),
    };
    let listed =
        listed.into_iter().filter(|object| *object != node && object.is_within(node, &ads)).collect();
    let chosen = filter::choose(call, &ads, listed, point != "meta.campaigns")?;
    let page = Page::choose(call, chosen.len(), state, point)?;
    let fields = asked_fields(call)?;
    let shown = chosen.get(page.shown.clone()).unwrap_or_default().iter();
    let records = shown
        .map(|object| object.show(&ads, state.world.now(), fields.as_deref()))
        .collect::<Result<_, _>>()?;
    let mut answer = page.answer(call, state, records);
    if matches!(call.param("summary"), Some("true" | "total_count" | "[\"total_count\"]")) {
        answer.insert("summary".to_owned(), json!({"total_count": chosen.len()}));
    }
    Ok(Value::Object(answer))
}

fn insights_now(state: &AppState, call: &Call) -> Result<Value, GraphError> {
    let ads = ads(state);
    let node = find(&ads, call)?;
    let today = ads.local_day(state.world.now());
    let request = insights::Request::read(call, node, today)?;
    if Report::largest_size(&request, &ads)? > state.options.meta.sync_rows {
        return Err(GraphError::too_large());
    }
    let report = Report::make(request, &ads, today)?;
    report_page(state, call, &ads, &report, "meta.insights")
}

fn report_page(
    state: &AppState,
    call: &Call,
    ads: &Ads,
    report: &Report,
    point: &str,
) -> Result<Value, GraphError> {
    let page = Page::choose(call, report.rows.len(), state, point)?;
    let shown = report.rows.get(page.shown.clone()).unwrap_or_default();
    let records = shown.iter().map(|row| report.render(ads, *row)).collect();
    let mut answer: Map<String, Value> = page.answer(call, state, records);
    if report.request().summary {
        answer.insert("summary".to_owned(), report.summary(ads));
    }
    Ok(Value::Object(answer))
}

fn begin_run(state: &AppState, call: &Call) -> Result<Value, GraphError> {
    let ads = ads(state);
    let node = find(&ads, call)?;
    let now = state.world.now();
    let today = ads.local_day(now);
    let request = insights::Request::read(call, node, today)?;
    let report = Report::make(request, &ads, today)?;
    let is_job = |fault: &Fault| matches!(fault, Fault::JobFailed | Fault::JobStuck | Fault::JobSkipped);
    let fault = state.faults.hit_if("meta.insights_create", is_job);
    let takes = Duration::from_millis(state.options.meta.job_ms);
    let id = state.meta.runs.begin(report, ads.account.id, now.as_second(), takes, fault);
    Ok(json!({ "report_run_id": id }))
}

fn find_run(state: &AppState, call: &Call) -> Result<Arc<runs::Run>, GraphError> {
    let found = state.meta.runs.find(&call.node);
    found.ok_or_else(|| GraphError::no_object(call.method.as_str(), &call.node))
}

fn run_node(state: &AppState, call: &Call) -> Result<Value, GraphError> {
    let node = find_run(state, call)?.node();
    match asked_fields(call)? {
        Some(fields) => Ok(fields::project(&node, &fields)),
        None => Ok(Value::Object(node)),
    }
}

fn run_insights(state: &AppState, call: &Call) -> Result<Value, GraphError> {
    let run = find_run(state, call)?;
    report_page(state, call, &ads(state), run.report()?, "meta.run_insights")
}

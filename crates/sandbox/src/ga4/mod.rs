//! The Google Analytics Data API face, nested under `/ga4`: sign-in, properties, reports and their quota.
mod fields;
mod report;
mod request;
mod traffic;

pub use traffic::report_lag;

use crate::AppState;
use crate::draw::mix;
use crate::faces::Face;
use crate::faults::calls::Operation;
use crate::google::{self, Call, Grants, Memo, Quota, Refusal, Standing};
use crate::server::Platform;
use axum::extract::{Request as HttpRequest, State as Shared};
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use fields::{DIMENSIONS, METRICS};
use request::Request;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use traffic::Known;

/// How the sandbox serves this platform.
pub const FACE: Face = Face { id: "ga4", router, platform, point_of, throttled, expired_token };

const SCOPE: &str = "https://www.googleapis.com/auth/analytics.readonly";
const SERVICE: &str = "analyticsdata.googleapis.com";
const HOUR: Duration = Duration::from_secs(3_600);
/// Tokens of a standard property: a day, an hour, an hour and project.
const TOKENS: (u64, u64, u64) = (200_000, 40_000, 14_000);
const BATCH: usize = 5;

struct Service {
    app: Arc<AppState>,
    grants: Grants,
    property: u64,
    day: Quota,
    hour: Quota,
    project_hour: Quota,
    known: Memo<Known>,
}

/// The number of the brand's property.
fn property(seed: u64) -> u64 {
    300_000_000 + mix(seed ^ mix(71)) % 200_000_000
}

fn router(app: Arc<AppState>) -> Router {
    let service = Service {
        grants: Grants::new(&app, FACE.id, SCOPE),
        property: property(app.options.seed),
        day: Quota::new(TOKENS.0, HOUR * 24),
        hour: Quota::new(TOKENS.1, HOUR),
        project_hour: Quota::new(TOKENS.2, HOUR),
        known: Memo::new(),
        app,
    };
    Router::new().fallback(handle).with_state(Arc::new(service))
}

fn platform(state: &AppState) -> Option<Platform> {
    let fields = [("property_id", property(state.options.seed).to_string())];
    Some(google::platform(state, FACE.id, &fields))
}

fn point_of(_method: &Method, path: &str) -> &'static str {
    match path {
        "/token" => "ga4.token",
        "/revoke" | "/o/oauth2/v2/auth" => "ga4.oauth",
        path if path.ends_with(":runReport") => "ga4.report",
        path if path.ends_with(":batchRunReports") => "ga4.batch",
        path if path.ends_with("/metadata") => "ga4.metadata",
        path if path.ends_with("/accountSummaries") => "ga4.accounts",
        _ => "ga4.property",
    }
}

fn throttled(_state: &AppState, _point: &str) -> Response {
    exhausted("hour").into_response()
}

fn exhausted(window: &str) -> Refusal {
    let name = if window == "day" { "daily" } else { "hourly" };
    Refusal::exhausted(format!(
        "Exhausted property tokens per {window}. These quota tokens will return in under one {window}. To learn more \
         about {name} tokens, see https://developers.google.com/analytics/devguides/reporting/data/v1/quotas"
    ))
}

fn expired_token(_point: &str) -> Response {
    Refusal::unauthenticated(Standing::Expired, SERVICE).into_response()
}

async fn handle(Shared(service): Shared<Arc<Service>>, request: HttpRequest) -> Response {
    let call = Call::read(request).await;
    if let Some(response) = service.grants.answer(&call) {
        return response;
    }
    match service.answer(&call) {
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
        let nowhere = || Refusal::not_found("Requested entity was not found.");
        let rest = call.path.strip_prefix("/v1beta/").ok_or_else(nowhere)?;
        if rest == "accountSummaries" && call.method == Method::GET {
            return Ok(("accounts", self.summaries()));
        }
        let (id, verb) = rest
            .strip_prefix("properties/")
            .map(|rest| rest.find([':', '/']).map_or((rest, ""), |at| rest.split_at(at)))
            .ok_or_else(nowhere)?;
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Refusal::invalid(format!(
                "Invalid property ID: {id}. A numeric Property ID is required."
            )));
        }
        if id != self.property.to_string() {
            return Err(Refusal::forbidden(
                "User does not have sufficient permissions for this property. To learn more about Property ID, see \
                 https://developers.google.com/analytics/devguides/reporting/data/v1/property-id.",
            ));
        }
        match (&call.method, verb) {
            (&Method::POST, ":runReport") => Ok(("report", self.report(&call.json()?)?)),
            (&Method::POST, ":batchRunReports") => Ok(("batch", self.batch(&call.json()?)?)),
            (&Method::GET, "/metadata") => Ok(("metadata", self.metadata())),
            (&Method::GET, "") => Ok(("property", self.describe())),
            _ => Err(nowhere()),
        }
    }

    fn currency(&self) -> &str {
        &self.app.world.brand.currency
    }

    fn zone(&self) -> &str {
        self.app.world.brand.time_zone.iana_name().unwrap_or("UTC")
    }

    fn report(&self, body: &Value) -> Result<Value, Refusal> {
        let known = self.known();
        let mut request = Request::read(body, known.today)?;
        request.limit = self.app.largest_page(request.limit);
        let now = Instant::now();
        if !self.app.options.unlimited {
            for (quota, window) in [(&self.day, "day"), (&self.hour, "hour"), (&self.project_hour, "hour")] {
                quota.take(1, now).map_err(|_| exhausted(window))?;
            }
        }
        let (mut report, cost) = report::run(&request, &known, self.currency(), self.zone());
        let mut left = (TOKENS.0, TOKENS.1, TOKENS.2);
        if !self.app.options.unlimited {
            left = (
                self.day.charge(cost - 1, now),
                self.hour.charge(cost - 1, now),
                self.project_hour.charge(cost - 1, now),
            );
        }
        if request.quota {
            let status = |remaining: u64| json!({ "consumed": cost, "remaining": remaining });
            report["propertyQuota"] = json!({
                "tokensPerDay": status(left.0),
                "tokensPerHour": status(left.1),
                "tokensPerProjectPerHour": status(left.2),
                "concurrentRequests": { "remaining": 10 },
                "serverErrorsPerProjectPerHour": { "remaining": 10 },
                "potentiallyThresholdedRequestsPerHour": { "remaining": 120 },
            });
        }
        Ok(report)
    }

    fn batch(&self, body: &Value) -> Result<Value, Refusal> {
        let requests = body["requests"].as_array().map_or(&[][..], Vec::as_slice);
        if requests.is_empty() || requests.len() > BATCH {
            return Err(Refusal::invalid(format!("A batch needs 1 to {BATCH} requests.")));
        }
        let reports = requests.iter().map(|body| self.report(body)).collect::<Result<Vec<_>, _>>()?;
        Ok(json!({ "kind": "analyticsData#batchRunReports", "reports": reports }))
    }

    fn metadata(&self) -> Value {
        let dimensions: Vec<Value> = DIMENSIONS
            .iter()
            .map(|(name, title)| json!({ "apiName": name, "uiName": title, "category": "Traffic source" }))
            .collect();
        let metrics: Vec<Value> = METRICS.iter()
            .map(|(name, kind, title)| json!({ "apiName": name, "uiName": title, "type": kind, "category": "Session" }))
            .collect();
        json!({
            "name": format!("properties/{}/metadata", self.property),
            "dimensions": dimensions,
            "metrics": metrics,
        })
    }

    fn describe(&self) -> Value {
        json!({
            "name": format!("properties/{}", self.property),
            "account": "accounts/190000001",
            "parent": "accounts/190000001",
            "displayName": "Brand site",
            "propertyType": "PROPERTY_TYPE_ORDINARY",
            "industryCategory": "SHOPPING",
            "serviceLevel": "GOOGLE_ANALYTICS_STANDARD",
            "currencyCode": self.currency(),
            "timeZone": self.zone(),
            "createTime": "2024-01-15T09:30:00.000Z",
            "updateTime": "2024-01-15T09:30:00.000Z",
        })
    }

    fn summaries(&self) -> Value {
        json!({ "accountSummaries": [{
            "name": "accountSummaries/190000001",
            "account": "accounts/190000001",
            "displayName": "Brand",
            "propertySummaries": [{
                "property": format!("properties/{}", self.property),
                "displayName": "Brand site",
                "propertyType": "PROPERTY_TYPE_ORDINARY",
                "parent": "accounts/190000001",
            }],
        }]})
    }

    fn known(&self) -> Arc<Known> {
        self.known.get(&self.app.world, |now| Known::at(&self.app.world, self.app.options.seed, now))
    }
}

//! The layer around all faces: names the point, acts out wire faults, counts calls, sets the clock header.
use super::{Fault, body, calls::Operation, credentials, dialect};
use crate::AppState;
use crate::faces::face_of;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::fmt::rfc2822::DateTimePrinter;
use std::sync::Arc;
use std::time::Duration;

/// Runs a request through the faults.
pub async fn layer(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let mut response = match point_of(request.method(), request.uri().path()) {
        Some(point) => {
            let response = act(&state, point, request, next).await;
            let operation = response.extensions().get::<Operation>().map_or("", |name| name.0.as_str());
            state.calls.record(point, operation, response.status().as_u16());
            response
        }
        None => next.run(request).await,
    };
    if let Ok(text) = DateTimePrinter::new().timestamp_to_rfc9110_string(&state.world.now())
        && let Ok(value) = HeaderValue::from_str(&text)
    {
        response.headers_mut().insert(header::DATE, value);
    }
    response
}

async fn act(state: &AppState, point: &str, request: Request, next: Next) -> Response {
    let Some(fault) = state.faults.hit_wire(point) else { return next.run(request).await };
    let mut response = match &fault {
        Fault::Status { status, headers, body, retry_after } => {
            let mut response = match body {
                Some(serde_json::Value::String(text)) => text.clone().into_response(),
                Some(value) => Json(value).into_response(),
                None => Response::default(),
            };
            *response.status_mut() =
                StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            for (name, value) in headers {
                if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
                    response.headers_mut().insert(name, value);
                }
            }
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
            }
            response
        }
        Fault::Throttled { status } => with_status(dialect::throttled(state, point), *status),
        Fault::ExpiredToken { status } => with_status(dialect::expired_token(point), *status),
        Fault::Slow { ms } => {
            tokio::time::sleep(Duration::from_millis(*ms)).await;
            next.run(request).await
        }
        Fault::Reset { after_bytes } => body::reset(next.run(request).await, *after_bytes).await,
        Fault::Truncate => body::truncate(next.run(request).await).await,
        Fault::DropRecords { percent, seed } => {
            body::drop_records(next.run(request).await, *percent, *seed, &state.address).await
        }
        Fault::Value { path, value } => body::set(next.run(request).await, path, value).await,
        Fault::RevokedToken => next.run(credentials::forgotten(request).await).await,
        Fault::WrongType { path } => body::wrong_type(next.run(request).await, path).await,
        // Job faults are asked for by the face and never come out of `hit_wire`.
        Fault::BulkFail
        | Fault::BulkPartial
        | Fault::JobFailed
        | Fault::JobStuck
        | Fault::JobSkipped
        | Fault::EmptyPage => next.run(request).await,
    };
    if response.extensions().get::<Operation>().is_none() {
        response.extensions_mut().insert(Operation("fault".to_owned()));
    }
    response
}

fn with_status(mut response: Response, status: Option<u16>) -> Response {
    if let Some(status) = status.and_then(|status| StatusCode::from_u16(status).ok()) {
        *response.status_mut() = status;
    }
    response
}

/// The name of the point that a request passes; `None` for the sandbox's own paths.
pub fn point_of(method: &Method, path: &str) -> Option<&'static str> {
    if let Some(rest) = path.strip_prefix("/shopify/") {
        return Some(match rest.split_once('/').map_or("", |(_, rest)| rest) {
            rest if rest.starts_with("admin/oauth/") => "shopify.oauth",
            rest if rest.ends_with("graphql.json") => "shopify.graphql",
            _ => "shopify.download",
        });
    }
    if let Some((face, _)) = path.strip_prefix('/').and_then(|path| face_of(path, '/')) {
        let below = path.get(face.id.len() + 1..).unwrap_or_default();
        return Some((face.point_of)(method, below));
    }
    let rest = path.strip_prefix("/meta/")?;
    // The version is optional in a Graph path.
    let rest = match rest.split_once('/') {
        Some((first, rest)) if first.starts_with('v') => rest,
        _ => rest,
    };
    let mut parts = rest.trim_end_matches('/').split('/');
    let (node, edge) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    Some(match (node, edge) {
        ("oauth" | "dialog" | "debug_token", _) => "meta.oauth",
        ("me", "adaccounts") => "meta.accounts",
        (_, "permissions") => "meta.permissions",
        (_, "campaigns") => "meta.campaigns",
        (_, "adsets") => "meta.adsets",
        (_, "ads") => "meta.ads",
        (_, "insights") if method == Method::POST => "meta.insights_create",
        (node, "insights") if crate::meta::is_report_run(node) => "meta.run_insights",
        (_, "insights") => "meta.insights",
        (node, "") if crate::meta::is_report_run(node) => "meta.run",
        (node, "") if node.starts_with("act_") => "meta.account",
        _ => "meta.node",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_points() {
        for (method, path, point) in [
            (Method::POST, "/shopify/demo/admin/api/2026-10/graphql.json", Some("shopify.graphql")),
            (Method::POST, "/shopify/demo/admin/oauth/access_token", Some("shopify.oauth")),
            (Method::GET, "/shopify/demo/bulk/1.jsonl", Some("shopify.download")),
            (Method::GET, "/meta/v26.0/act_1/campaigns", Some("meta.campaigns")),
            (Method::GET, "/meta/v26.0/me/adaccounts", Some("meta.accounts")),
            (Method::DELETE, "/meta/v26.0/me/permissions", Some("meta.permissions")),
            (Method::POST, "/meta/v26.0/act_1/insights", Some("meta.insights_create")),
            (Method::GET, "/meta/v26.0/act_1/insights", Some("meta.insights")),
            (Method::GET, "/meta/act_1", Some("meta.account")),
            (Method::GET, "/meta/v26.0/oauth/access_token", Some("meta.oauth")),
            (Method::GET, "/world/truth", None),
        ] {
            assert_eq!(point_of(&method, path), point, "{path}");
        }
    }
}

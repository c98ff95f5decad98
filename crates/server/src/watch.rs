//! Watches every request: gives it an id that its answer, its problem and its log lines name, counts it, and makes it part
//! of the trace that it came with.

use axum::extract::{MatchedPath, Request};
use axum::http::header::HeaderName;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use netgain_domain::WorkspaceId;
use netgain_observe as observe;
use tracing::{Instrument, Span, field};

/// Carries a request's id, both ways.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Characters that an id from outside may have.
const LONGEST_ID: usize = 64;
/// Random bytes of an id of ours.
const ID_BYTES: usize = 12;
/// Requests that no route of the API answers: files and pages, or nothing.
const OTHER: &str = "other";

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request that is being answered in this task.
pub(crate) fn request_id() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Surrounds all routes.
pub(crate) async fn watch(request: Request, next: Next) -> Response {
    let running = observe::asked();
    let id = given(request.headers()).unwrap_or_else(drawn);
    let method = method_name(request.method());
    let matched = request.extensions().get::<MatchedPath>().map(|matched| matched.as_str().to_owned());
    let workspace = matched.as_deref().and_then(|template| workspace_of(template, request.uri().path()));
    let route = matched.unwrap_or_else(|| OTHER.to_owned());
    let span = tracing::info_span!(
        "request",
        request.id = %id,
        http.request.method = method,
        http.route = %route,
        workspace.id = field::Empty,
        http.response.status_code = field::Empty,
    );
    if let Some(workspace) = workspace {
        span.record("workspace.id", field::display(workspace));
    }
    observe::adopt(&span, text(request.headers(), &HeaderName::from_static(observe::TRACEPARENT)));
    let answering = CURRENT.scope(id.clone(), next.run(request)).instrument(span.clone());
    let mut response = answering.await;
    let (status, time) = (response.status().as_u16(), running.elapsed());
    observe::answered(&route, method, status, time);
    told(&span, status, time);
    // an id has only characters that a header may have
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn told(span: &Span, status: u16, time: std::time::Duration) {
    span.record("http.response.status_code", status);
    let _in = span.enter();
    let duration_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(duration_ms, "a request was answered");
}

/// The id that came with the request, where it is of a form that can stand in a log and a header.
fn given(headers: &HeaderMap) -> Option<String> {
    let id = text(headers, &REQUEST_ID)?;
    let plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    (plain && (1..=LONGEST_ID).contains(&id.len())).then(|| id.to_owned())
}

fn drawn() -> String {
    let mut bytes = [0; ID_BYTES];
    // an id is for finding things, no secret: without chance it is all zeros, and the request is answered all the same
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// HTTP's own methods; others come from strangers, who may send any number of them.
fn method_name(method: &Method) -> &'static str {
    let known = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    known.into_iter().find(|name| *name == method.as_str()).unwrap_or("other")
}

/// The workspace that a path names, where the route's template has one and the name could be one.
fn workspace_of(template: &str, path: &str) -> Option<WorkspaceId> {
    let mut parts = template.split('/').zip(path.split('/'));
    parts.find(|(part, _)| *part == "workspaces")?;
    let (part, name) = parts.next()?;
    part.starts_with('{').then(|| name.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_from_outside_are_taken_only_where_they_are_plain() {
        let taken = |id: &[u8]| {
            let value = HeaderValue::from_bytes(id).expect("a header's value");
            given(&HeaderMap::from_iter([(REQUEST_ID, value)]))
        };
        assert_eq!(taken(b"a-B_9.z").as_deref(), Some("a-B_9.z"));
        for bad in [&b""[..], b"a b", b"a\"b", "\u{e9}".as_bytes(), b"a{b}", &[b'a'; 65]] {
            assert_eq!(taken(bad), None, "{bad:?}");
        }
        assert_ne!(drawn(), drawn());
        assert_eq!(drawn().len(), 2 * ID_BYTES);
    }

    #[test]
    fn the_workspace_of_a_path_is_known() {
        let template = "/api/v1/workspaces/{w}/orders/{id}";
        let found = workspace_of(template, "/api/v1/workspaces/mine/orders/7").map(|id| id.to_string());
        assert_eq!(found.as_deref(), Some("mine"));
        assert_eq!(workspace_of(template, "/api/v1/workspaces/%22x/orders/7"), None);
        assert_eq!(workspace_of("/api/v1/workspaces", "/api/v1/workspaces"), None);
    }
}

//! Keeps in the audit what is done through the API. One place for all routes, so that a new one cannot be forgotten: what
//! a route does is in a table, and a change by a route that the table does not know is kept under its path.

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use netgain_control::{Actor, ActorKind, NewEntry};
use netgain_domain::WorkspaceId;
use netgain_domain::jiff::Timestamp;
use serde_json::json;

use crate::app::App;

/// What a route does: its method, its path, the action's name, and which part of the path it is done to. Reading is in
/// here where it hands out rows of persons or whole payloads.
const DEEDS: &[(&str, &str, &str, &str)] = &[
    ("PATCH", "/api/v1/workspaces/{w}/settings", "settings.changed", ""),
    ("POST", "/api/v1/workspaces/{w}/costs", "costs.recorded", ""),
    ("POST", "/api/v1/workspaces/{w}/costs/file", "costs.imported", ""),
    ("PUT", "/api/v1/workspaces/{w}/kpis/{metric}/overrides/{day}", "kpi.set", "{metric}/{day}"),
    ("DELETE", "/api/v1/workspaces/{w}/kpis/{metric}/overrides/{day}", "kpi.unset", "{metric}/{day}"),
    ("POST", "/api/v1/workspaces/{w}/connections", "connection.connected", ""),
    ("POST", "/api/v1/workspaces/{w}/connections/{id}/sync", "sync.started", "{id}"),
    ("POST", "/api/v1/workspaces/{w}/connections/{id}/reconcile", "reconcile.started", "{id}"),
    ("PUT", "/api/v1/workspaces/{w}/connections/{id}/schedule", "schedule.changed", "{id}"),
    ("POST", "/api/v1/workspaces/{w}/connections/{id}/pause", "schedule.paused", "{id}"),
    ("POST", "/api/v1/workspaces/{w}/connections/{id}/resume", "schedule.resumed", "{id}"),
    ("POST", "/api/integrations/{platform}/connect", "connection.connected", "{platform}"),
    ("GET", "/api/integrations/{platform}/oauth/authorize", "connection.sign_in_begun", "{platform}"),
    ("POST", "/api/integrations/{platform}/oauth/callback", "connection.connected", "{platform}"),
    ("POST", "/api/integrations/{platform}/oauth/refresh", "connection.renewed", "{platform}"),
    ("POST", "/api/v1/marketing/integrations/connect", "connection.connected", ""),
    ("GET", "/api/v1/marketing/integrations/{platform}/oauth-url", "connection.sign_in_begun", "{platform}"),
    ("POST", "/api/v1/marketing/integrations/{platform}/callback", "connection.connected", "{platform}"),
    ("DELETE", "/api/v1/marketing/integrations/{platform}", "connection.disconnected", "{platform}"),
    ("POST", "/api/v1/marketing/integrations/{id}/validate", "connection.tested", "{id}"),
    ("POST", "/api/v1/marketing/integrations/{id}/refresh", "connection.renewed", "{id}"),
    ("POST", "/api/v1/marketing/integrations/sync-campaign", "sync.started", ""),
    ("POST", "/api/v1/workspaces/{w}/query", "data.queried", ""),
    ("GET", "/api/v1/workspaces/{w}/orders/{order_id}/explain", "data.read", "{order_id}"),
    // whom it is about stays out of it
    ("POST", "/api/v1/workspaces/{w}/privacy/export", "privacy.exported", ""),
    ("POST", "/api/v1/workspaces/{w}/privacy/erase/preview", "privacy.previewed", ""),
    ("POST", "/api/v1/workspaces/{w}/privacy/erase", "privacy.erased", ""),
    ("POST", "/api/v1/workspaces/{w}/privacy/requests/{id}/export", "privacy.answered", "{id}"),
    ("PUT", "/api/v1/workspaces/{w}/privacy/retention", "privacy.retention_changed", ""),
];

/// Routes that change nothing although their method might, and those of people: their handlers alone know who signs in, so
/// they keep it themselves, as `session.created` or `key.revoked`.
const HARMLESS: &[(&str, &str)] = &[
    ("POST", "/api/v1/workspaces/{w}/costs/preview"),
    ("POST", "/api/v1/workspaces/{w}/costs/file/preview"),
    ("POST", "/api/v1/marketing/integrations/bulk-metrics"),
    ("POST", "/api/v1/session"),
    ("DELETE", "/api/v1/session"),
    ("POST", "/api/v1/session/second-factor"),
    ("DELETE", "/api/v1/sessions"),
    ("DELETE", "/api/v1/sessions/{id}"),
    ("PUT", "/api/v1/account/password"),
    ("POST", "/api/v1/account/second-factor"),
    ("POST", "/api/v1/account/second-factor/confirm"),
    ("POST", "/api/v1/account/second-factor/remove"),
    ("PUT", "/api/v1/people/{id}"),
    ("DELETE", "/api/v1/people/{id}"),
    ("POST", "/api/v1/invitations"),
    ("DELETE", "/api/v1/invitations/{id}"),
    ("POST", "/api/v1/invitations/open"),
    ("POST", "/api/v1/invitations/accept"),
    ("POST", "/api/v1/owner"),
    ("POST", "/api/v1/password"),
    ("POST", "/api/v1/keys"),
    ("DELETE", "/api/v1/keys/{id}"),
];

/// A thing that was done.
#[derive(Debug, PartialEq, Eq)]
struct Deed {
    action: &'static str,
    subject: String,
    workspace: Option<WorkspaceId>,
}

/// What a request does, by the route that it meets; none where it only looks.
fn deed(method: &Method, pattern: &str, path: &str) -> Option<Deed> {
    let parts = || pattern.split('/').zip(path.split('/'));
    let value = |name: &str| parts().find(|(part, _)| *part == name).map(|(_, value)| decoded(value));
    let workspace = ["{w}", "{workspace}"].into_iter().find_map(value).and_then(|id| id.parse().ok());
    if HARMLESS.contains(&(method.as_str(), pattern)) {
        return None;
    }
    let known = DEEDS.iter().find(|(verb, route, ..)| *verb == method.as_str() && *route == pattern);
    let (action, subject) = match known {
        Some((_, _, action, subject)) => {
            let named: Vec<String> = subject.split('/').filter_map(value).collect();
            (*action, named.join("/"))
        }
        // the pattern alone: a part of a path that nobody knows may be a word that opens something
        None if !method.is_safe() => ("api.called", format!("{method} {pattern}")),
        None => return None,
    };
    Some(Deed { action, subject, workspace })
}

fn decoded(part: &str) -> String {
    let pair = format!("x={}", part.replace('+', "%2B"));
    let text = url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned());
    text.unwrap_or_default().chars().take(200).collect()
}

/// The workspace that a request names beside its path.
fn named(request: &Request) -> Option<WorkspaceId> {
    let header = request.headers().get("x-netgain-workspace").and_then(|value| value.to_str().ok());
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let parameter = || {
        let found = url::form_urlencoded::parse(query).find(|(name, _)| name == "workspace");
        found.map(|(_, value)| value.into_owned())
    };
    header.map(str::to_owned).or_else(parameter)?.parse().ok()
}

/// Runs a request and keeps what it did, once it is done. What was refused or failed has done nothing.
pub(crate) async fn record(State(app): State<App>, request: Request, next: Next) -> Response {
    let deed = request
        .extensions()
        .get::<MatchedPath>()
        .and_then(|route| deed(request.method(), route.as_str(), request.uri().path()));
    let Some(mut deed) = deed else { return next.run(request).await };
    if deed.workspace.is_none() {
        deed.workspace = named(&request);
    }
    let actor = request.extensions().get::<Actor>().cloned();
    let actor = actor.unwrap_or_else(|| Actor::new(ActorKind::Open, "anybody"));
    let response = next.run(request).await;
    let status = response.status();
    if status.is_success() || status.is_redirection() {
        let entry = NewEntry {
            workspace: deed.workspace,
            actor,
            action: deed.action,
            subject: deed.subject,
            details: json!({ "status": status.as_u16() }),
            at: Timestamp::now(),
        };
        let kept = app.blocking(move |shared| Ok(shared.control.record(&entry)?)).await;
        if kept.is_err() {
            // it is done already; the reason is in the log
            tracing::error!(audit.action = deed.action, "what was done could not be added to the audit");
        }
    }
    response
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_deed_is_named_by_its_route_and_says_what_it_was_done_to() {
        let of = |method: Method, pattern: &str, path: &str| deed(&method, pattern, path);
        let pattern = "/api/v1/workspaces/{w}/kpis/{metric}/overrides/{day}";
        let set =
            of(Method::PUT, pattern, "/api/v1/workspaces/mine/kpis/a%20b/overrides/2026-03-01").unwrap();
        assert_eq!((set.action, set.subject.as_str()), ("kpi.set", "a b/2026-03-01"));
        assert_eq!(set.workspace.unwrap().as_str(), "mine");
        // a route that nobody entered here is kept, without the words of its path
        let other =
            of(Method::POST, "/api/v1/invitations/{word}", "/api/v1/invitations/tell-nobody").unwrap();
        assert_eq!((other.action, other.subject.as_str()), ("api.called", "POST /api/v1/invitations/{word}"));
        assert_eq!(of(Method::GET, "/api/v1/workspaces/{w}/profit", "/api/v1/workspaces/mine/profit"), None);
        let preview = "/api/v1/workspaces/{w}/costs/preview";
        assert_eq!(of(Method::POST, preview, "/api/v1/workspaces/mine/costs/preview"), None);
    }

    #[test]
    fn every_route_of_the_table_exists() {
        let description: serde_json::Value = serde_json::from_str(&crate::openapi().unwrap()).unwrap();
        let routes = DEEDS.iter().map(|(method, path, ..)| (*method, *path)).chain(HARMLESS.iter().copied());
        for (method, path) in routes {
            let found = &description["paths"][path][method.to_lowercase()];
            assert!(found.is_object(), "{method} {path} is not a route");
        }
    }
}

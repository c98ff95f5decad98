//! What each route needs: method, path and permission. A path of a workspace needs it there; any other somewhere, and its
//! handler says where.

use axum::http::Method;

use super::Permission::{self, Known, Manage, Operate, Person, Public, Query, Read, Sync, Write};

const W: &str = "/api/v1/workspaces/{w}";

/// Every route of the API: its method, its path and what it needs. What is not here is refused.
pub const ROUTES: &[(&str, &str, Permission)] = &[
    // reached before anybody can be known
    ("GET", "/healthz", Public),
    ("GET", "/readyz", Public),
    // it has a door of its own
    ("GET", "/metrics", Public),
    ("GET", "/api/openapi.json", Public),
    ("GET", "/api/v1/session", Public),
    ("POST", "/api/v1/session", Public),
    ("DELETE", "/api/v1/session", Public),
    ("POST", "/api/v1/session/second-factor", Public),
    ("GET", "/api/v1/session/oidc", Public),
    ("GET", "/oidc/callback", Public),
    ("POST", "/api/v1/owner", Public),
    ("POST", "/api/v1/password", Public),
    ("POST", "/api/v1/invitations/open", Public),
    ("POST", "/api/v1/invitations/accept", Public),
    // bound to the browser and the state of the sign-in that a person began
    ("GET", "/oauth/begin", Public),
    ("GET", "/oauth/callback", Public),
    ("GET", "/oauth/told.js", Public),
    // one's own
    ("GET", "/api/v1/sessions", Person),
    ("DELETE", "/api/v1/sessions", Person),
    ("DELETE", "/api/v1/sessions/{id}", Person),
    ("PUT", "/api/v1/account/password", Person),
    ("GET", "/api/v1/account/second-factor", Person),
    ("POST", "/api/v1/account/second-factor", Person),
    ("POST", "/api/v1/account/second-factor/confirm", Person),
    ("POST", "/api/v1/account/second-factor/remove", Person),
    // of an organisation
    ("GET", "/api/v1/organisations", Known),
    ("GET", "/api/v1/people", Manage),
    ("PUT", "/api/v1/people/{id}", Manage),
    ("DELETE", "/api/v1/people/{id}", Manage),
    ("GET", "/api/v1/invitations", Manage),
    ("POST", "/api/v1/invitations", Manage),
    ("DELETE", "/api/v1/invitations/{id}", Manage),
    ("GET", "/api/v1/keys", Manage),
    ("POST", "/api/v1/keys", Manage),
    ("DELETE", "/api/v1/keys/{id}", Manage),
    // the same for everybody
    ("GET", "/api/v1/providers", Known),
    ("GET", "/api/v1/profiles", Known),
    // only what the caller may know of is listed
    ("GET", "/api/v1/workspaces", Known),
    // of a workspace
    ("GET", W, Read),
    ("GET", "/api/v1/workspaces/{w}/settings", Read),
    ("PATCH", "/api/v1/workspaces/{w}/settings", Manage),
    ("GET", "/api/v1/workspaces/{w}/profit", Read),
    ("GET", "/api/v1/workspaces/{w}/profit/currencies", Read),
    ("GET", "/api/v1/workspaces/{w}/profit/statement", Read),
    ("GET", "/api/v1/workspaces/{w}/profit/bridge", Read),
    ("GET", "/api/v1/workspaces/{w}/orders", Read),
    ("GET", "/api/v1/workspaces/{w}/orders/{order_id}/explain", Read),
    ("GET", "/api/v1/workspaces/{w}/explain", Read),
    ("GET", "/api/v1/workspaces/{w}/raw", Read),
    ("GET", "/api/v1/workspaces/{w}/ads", Read),
    ("GET", "/api/v1/workspaces/{w}/costs", Read),
    ("POST", "/api/v1/workspaces/{w}/costs", Write),
    ("POST", "/api/v1/workspaces/{w}/costs/preview", Read),
    ("POST", "/api/v1/workspaces/{w}/costs/file", Write),
    ("POST", "/api/v1/workspaces/{w}/costs/file/preview", Read),
    ("GET", "/api/v1/workspaces/{w}/campaigns", Read),
    ("GET", "/api/v1/workspaces/{w}/campaigns/parts", Read),
    ("GET", "/api/v1/workspaces/{w}/customers/cohorts", Read),
    ("GET", "/api/v1/workspaces/{w}/subscriptions/mrr", Read),
    ("GET", "/api/v1/workspaces/{w}/messages", Read),
    ("GET", "/api/v1/workspaces/{w}/consent", Read),
    ("GET", "/api/v1/workspaces/{w}/pipeline", Read),
    ("GET", "/api/v1/workspaces/{w}/kpis", Read),
    ("GET", "/api/v1/workspaces/{w}/kpis/audit", Read),
    ("GET", "/api/v1/workspaces/{w}/kpis/{metric}", Read),
    ("PUT", "/api/v1/workspaces/{w}/kpis/{metric}/overrides/{day}", Write),
    ("DELETE", "/api/v1/workspaces/{w}/kpis/{metric}/overrides/{day}", Write),
    ("GET", "/api/v1/workspaces/{w}/connections", Read),
    ("POST", CONNECT, Manage),
    ("POST", "/api/v1/workspaces/{w}/connections/{id}/sync", Sync),
    ("POST", "/api/v1/workspaces/{w}/connections/{id}/reconcile", Sync),
    ("POST", SIGN_IN, Manage),
    ("GET", "/api/v1/workspaces/{w}/connections/{id}/schedule", Read),
    ("PUT", "/api/v1/workspaces/{w}/connections/{id}/schedule", Manage),
    ("POST", "/api/v1/workspaces/{w}/connections/{id}/pause", Manage),
    ("POST", "/api/v1/workspaces/{w}/connections/{id}/resume", Manage),
    ("GET", "/api/v1/workspaces/{w}/completeness", Read),
    ("GET", "/api/v1/workspaces/{w}/quarantine", Read),
    ("POST", "/api/v1/workspaces/{w}/query", Query),
    ("GET", "/api/v1/workspaces/{w}/audit", Manage),
    ("POST", "/api/v1/workspaces/{w}/privacy/export", Manage),
    ("POST", "/api/v1/workspaces/{w}/privacy/erase/preview", Manage),
    ("POST", "/api/v1/workspaces/{w}/privacy/erase", Manage),
    ("GET", "/api/v1/workspaces/{w}/privacy/requests", Manage),
    ("POST", "/api/v1/workspaces/{w}/privacy/requests/{id}/export", Manage),
    ("GET", "/api/v1/workspaces/{w}/privacy/retention", Manage),
    ("PUT", "/api/v1/workspaces/{w}/privacy/retention", Manage),
    // of a workspace that the handler finds out, and holds the caller against
    ("POST", "/api/integrations/{platform}/connect", Manage),
    ("GET", "/api/integrations/{platform}/oauth/authorize", Manage),
    ("POST", "/api/integrations/{platform}/oauth/callback", Manage),
    ("POST", "/api/integrations/{platform}/oauth/refresh", Manage),
    ("GET", "/api/integrations/{platform}/status", Read),
    ("GET", "/api/integrations/{platform}/{resource}", Read),
    ("POST", "/api/integrations/{platform}/{resource}", Write),
    ("GET", "/api/integrations/{platform}/{resource}/{part}", Read),
    ("POST", "/api/integrations/{platform}/{resource}/{part}", Write),
    ("GET", "/api/v1/marketing/integrations", Read),
    ("POST", "/api/v1/marketing/integrations/connect", Manage),
    ("DELETE", "/api/v1/marketing/integrations/{platform}", Manage),
    ("POST", "/api/v1/marketing/integrations/{id}/validate", Sync),
    ("POST", "/api/v1/marketing/integrations/{id}/refresh", Manage),
    ("GET", "/api/v1/marketing/integrations/{platform}/oauth-url", Manage),
    ("POST", "/api/v1/marketing/integrations/{platform}/callback", Manage),
    ("POST", "/api/v1/marketing/integrations/sync-campaign", Sync),
    ("GET", "/api/v1/marketing/integrations/sync-status/{campaignId}", Read),
    ("GET", "/api/v1/marketing/integrations/{platform}/metrics", Read),
    ("POST", "/api/v1/marketing/integrations/bulk-metrics", Read),
    // the whole installation's
    ("GET", "/api/v1/audit", Operate),
    ("GET", "/api/v1/audit/verify", Operate),
];

const CONNECT: &str = "/api/v1/workspaces/{w}/connections";
const SIGN_IN: &str = "/api/v1/workspaces/{w}/connections/{id}/oauth/start";

/// What a route needs; none for a method that the path does not have.
pub(crate) fn needed(method: &Method, path: &str) -> Option<Permission> {
    // a HEAD is a GET without its body
    let asked = if *method == Method::HEAD { "GET" } else { method.as_str() };
    ROUTES.iter().find(|(method, route, _)| *method == asked && *route == path).map(|(_, _, needed)| *needed)
}

/// Methods of a path.
pub(crate) fn methods(path: &str) -> Vec<&'static str> {
    ROUTES.iter().filter(|(_, route, _)| *route == path).map(|(method, _, _)| *method).collect()
}

/// Whether the path belongs to one workspace.
pub(crate) fn of_workspace(path: &str) -> bool {
    path.strip_prefix(W).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the route makes its workspace where there is none: connecting the first account does.
pub(crate) fn makes_workspace(method: &Method, path: &str) -> bool {
    *method == Method::POST && (path == CONNECT || path == SIGN_IN)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What changes something needs more than reading, and what is of a workspace is never public.
    #[test]
    fn nothing_is_changed_with_the_right_to_read() {
        for (method, path, needed) in ROUTES {
            let reads = *method == "GET" || path.contains("/costs/") && path.ends_with("/preview");
            if of_workspace(path) {
                assert!(!matches!(needed, Public | Known | Person), "{method} {path}");
                assert!(reads || *needed != Read, "{method} {path}");
            }
        }
        assert!(of_workspace("/api/v1/workspaces/{w}") && !of_workspace("/api/v1/workspaces"));
        assert_eq!(needed(&Method::HEAD, "/healthz"), Some(Public));
        assert_eq!(needed(&Method::POST, "/healthz"), None);
    }
}

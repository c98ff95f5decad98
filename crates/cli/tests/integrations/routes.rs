//! Every route of both families answers for every platform as `docs/api.md` says.

use serde_json::Value;

use crate::page;
use crate::program::Home;
use crate::serving::{Server, app_of, sandbox};
use crate::walk::Walk;

/// Shops, ads, payments, messages, CRMs and another's reckoning.
const PLATFORMS: [&str; 8] =
    ["shopify", "triplewhale", "hubspot", "klaviyo", "gohighlevel", "meta_ads", "google_ads", "stripe"];

#[test]
fn every_route_answers_for_every_platform() {
    let (sandbox, home) = (sandbox(), Home::new().hurried(1_000));
    let apps: Vec<(String, String)> = PLATFORMS.iter().flat_map(|one| app_of(&sandbox, one)).collect();
    let server = Server::start(&home, &apps);
    let description: Value = serde_json::from_str(&netgain_server::openapi().unwrap()).unwrap();
    let mut answers = Vec::new();
    for platform in PLATFORMS {
        let told = Walk::new(&server, &sandbox, platform).all();
        answers.push((platform, told));
    }
    // none is left out, and what was answered is described
    for (method, path, operation) in page::operations(&description) {
        for (platform, told) in &answers {
            let Some(told) = told.get(&(method.clone(), path.clone())) else {
                let is_part = path.ends_with("/{part}");
                assert!(is_part, "{method} {path} was not asked for {platform}");
                continue;
            };
            let status = told.split(' ').next().unwrap();
            assert!(operation["responses"][status].is_object(), "{method} {path} answers {told}");
        }
    }
    assert!(!String::from_utf8_lossy(&server.log()).contains("ERROR"), "the server logged an error");
    page::check(&page::write(&description, &answers));
}

/// The words of the requirement lead to routes that there are.
#[test]
fn the_required_routes_are_described() {
    let description: Value = serde_json::from_str(&netgain_server::openapi().unwrap()).unwrap();
    let described: Vec<(String, String)> =
        page::operations(&description).into_iter().map(|(method, path, _)| (method, path)).collect();
    let first =
        ["POST connect", "GET oauth/authorize", "POST oauth/callback", "POST oauth/refresh", "GET status"];
    for required in first {
        let (method, path) = required.split_once(' ').unwrap();
        let path = format!("/api/integrations/{{platform}}/{path}");
        assert!(described.contains(&(method.to_owned(), path)), "{required}");
    }
    for required in [
        "GET ",
        "POST /connect",
        "DELETE /{platform}",
        "POST /{id}/validate",
        "POST /{id}/refresh",
        "GET /{platform}/oauth-url",
        "POST /{platform}/callback",
        "POST /sync-campaign",
        "GET /sync-status/{campaignId}",
        "GET /{platform}/metrics",
        "POST /bulk-metrics",
    ] {
        let (method, path) = required.split_once(' ').unwrap();
        let path = format!("/api/v1/marketing/integrations{path}");
        assert!(described.contains(&(method.to_owned(), path)), "{required}");
    }
    // resources and actions that every one of these platforms has to have, by its manifest
    for (platform, reads, actions) in [
        ("triplewhale", &["attribution", "revenue", "creatives/performance", "roas"][..], &[][..]),
        ("hubspot", &["analytics"], &["contacts", "campaigns", "workflows", "workflows/trigger"]),
        ("klaviyo", &["analytics"], &["campaigns", "flows", "flows/trigger"]),
        ("gohighlevel", &["analytics"], &["contacts", "workflows", "workflows/trigger"]),
    ] {
        let api = netgain_providers::manifest(platform).unwrap().unwrap().api.unwrap();
        assert!(reads.iter().all(|read| api.reads.contains_key(*read)), "{platform}");
        assert!(actions.iter().all(|action| api.actions.contains_key(*action)), "{platform}");
    }
}

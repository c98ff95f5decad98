//! A person signs in at a platform, from the terminal or from the pages, and nobody else in their place.

use std::collections::BTreeMap;

use netgain_control::{Control, Secret, SignIn};
use serde_json::{Value, json};
use url::Url;

use crate::browser::{Answer, Browser};
use crate::program::{Home, Sandbox};
use crate::serving::{Server, assert_nowhere, holds, sandbox, sign_in_request};

fn begin(browser: &mut Browser, server: &Server, sandbox: &Sandbox, provider: &str) -> Answer {
    let id = provider.replace('_', "-");
    let path = format!("{}/api/v1/workspaces/w/connections/{id}/oauth/start", server.address);
    browser.post(&path, &sign_in_request(sandbox, provider))
}

/// Where the platform sends the browser back to.
fn granted(browser: &mut Browser, begun: &Answer) -> Url {
    assert_eq!(begun.status, 200, "{}", begun.body);
    browser.page(begun.json()["authorize_url"].as_str().unwrap()).location()
}

#[test]
fn from_the_terminal_to_the_first_rows() {
    let (sandbox, home) = (sandbox(), Home::new());
    let server = Server::start(&home, &[]);
    let request = sign_in_request(&sandbox, "hubspot");
    let callback = format!("{}/oauth/callback", server.address);
    let mut args: Vec<String> =
        ["connect", "hubspot", "--workspace", "w", "--sign-in", "--mode", "own"].map(str::to_owned).into();
    args.extend(["--callback".to_owned(), callback]);
    for (option, key) in
        [("--base-url", "base_url"), ("--currency", "currency"), ("--time-zone", "time_zone")]
    {
        args.extend([option.to_owned(), request[key].as_str().unwrap().to_owned()]);
    }
    for (option, key) in [("--field", "fields"), ("--secret", "secrets")] {
        for (name, value) in request[key].as_object().unwrap() {
            args.extend([option.to_owned(), format!("{name}={}", value.as_str().unwrap())]);
        }
    }
    let printed = home.stdout(&args);
    let address = printed.trim();
    assert!(address.starts_with(&format!("{}/oauth/begin?state=", server.address)), "{address}");
    let mut browser = Browser::default();
    let (last, page) = browser.follow(address);
    assert_eq!((page.status, last.path()), (200, "/signed-in"), "{last}");
    assert_eq!(last.query(), Some("workspace=w&connection=hubspot"));
    // the address works in one browser, once
    let (_, again) = Browser::default().follow(address);
    assert_eq!(again.status, 400);
    assert!(again.body.contains("sign_in_unknown"), "{}", again.body);
    let connections = server.connections();
    assert_eq!((connections.len(), &connections[0]["mode"]), (1, &json!("own")));
    assert!(server.sync("hubspot") > 0);
    let secret = request["secrets"]["client_secret"].as_str().unwrap();
    assert_nowhere(home.path(), secret);
    assert!(!holds(&server.log(), secret));
}

#[test]
fn a_wrong_callback_is_refused_before_anything_begins() {
    let home = Home::new();
    for callback in ["localhost:8080", "http://localhost:8080/", "http://localhost:8080/oauth/callback?x=1"] {
        let args = ["connect", "klaviyo", "--workspace", "w", "--sign-in", "--callback", callback];
        let output = home.output(&args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains("--callback"), "{callback}: {said}");
    }
}

#[test]
fn a_way_back_belongs_to_the_browser_that_began() {
    let (sandbox, home) = (sandbox(), Home::new());
    let server = Server::start(&home, &[]);
    let mut browser = Browser::default();
    let begun = begin(&mut browser, &server, &sandbox, "shopify");
    let cookie = begun.header("set-cookie").unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/oauth/callback", "Max-Age=900"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let back = granted(&mut browser, &begun);

    // another browser, as a problem and as a page
    let mut other = Browser::default();
    let refused = other.get(back.as_str());
    assert_eq!((refused.status, refused.code()), (403, "sign_in_elsewhere".to_owned()));
    let page = other.page(back.as_str());
    assert_eq!(page.status, 403);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(
        page.body.contains("another browser") && page.body.contains("sign_in_elsewhere"),
        "{}",
        page.body
    );
    // one that began a sign-in of its own
    let begun = begin(&mut other, &server, &sandbox, "shopify");
    granted(&mut other, &begun);
    assert_eq!(other.get(back.as_str()).status, 403);
    assert!(server.connections().is_empty());

    let changed = |name: &str, value: &str| {
        let mut pairs: BTreeMap<String, String> = back.query_pairs().into_owned().collect();
        pairs.insert(name.to_owned(), value.to_owned());
        let mut url = back.clone();
        url.query_pairs_mut().clear().extend_pairs(pairs);
        url
    };
    let forged = browser.get(changed("state", "made-up").as_str());
    assert_eq!((forged.status, forged.code()), (400, "sign_in_unknown".to_owned()));
    let done = browser.get(back.as_str());
    assert_eq!(done.status, 303, "{}", done.body);
    assert_eq!(done.header("location").unwrap(), "/signed-in?workspace=w&connection=shopify");
    let replayed = browser.get(back.as_str());
    assert_eq!((replayed.status, replayed.code()), (400, "sign_in_unknown".to_owned()));

    // what the platform signed is changed on the way
    let begun = begin(&mut browser, &server, &sandbox, "shopify");
    let mut back = granted(&mut browser, &begun);
    let query = back.query().unwrap().replace("shop=", "shop=other-");
    back.set_query(Some(&query));
    let forged = browser.get(back.as_str());
    assert_eq!((forged.status, forged.code()), (403, "sign_in_forged".to_owned()), "{}", forged.body);
}

#[test]
fn a_way_back_at_another_address_or_too_late_is_refused() {
    let (sandbox, home) = (sandbox(), Home::new());
    let server = Server::start(&home, &[]);
    let mut browser = Browser::default();
    let begun = begin(&mut browser, &server, &sandbox, "meta_ads");
    let back = granted(&mut browser, &begun);
    // the cookie comes along, as if the browser took both names for one host
    let cookie = begun.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let port = back.port().unwrap();
    let mut elsewhere = back.clone();
    elsewhere.set_host(Some("localhost")).unwrap();
    let mut one = Browser::default();
    one.set(&format!("localhost:{port}"), "/oauth/callback", &cookie);
    let refused = one.get(elsewhere.as_str());
    assert_eq!((refused.status, refused.code()), (403, "sign_in_elsewhere".to_owned()));

    let control = Control::open(home.path()).unwrap();
    let past: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let over = SignIn {
        workspace: "w".parse().unwrap(),
        connection: "shopify".parse().unwrap(),
        remembered: Secret::new("{}".to_owned()),
        expires_at: past,
        begun_by: None,
    };
    control.put_sign_in("long-ago", &over, Some("word"), past - jiff::SignedDuration::from_mins(1)).unwrap();
    one.set(&format!("127.0.0.1:{port}"), "/oauth/callback", "netgain_sign_in_long-ago=word");
    let late = one.get(&format!("{}/oauth/callback?state=long-ago&code=x", server.address));
    assert_eq!((late.status, late.code()), (410, "sign_in_expired".to_owned()), "{}", late.body);
    assert!(server.connections().is_empty());
}

#[test]
fn what_was_granted_is_given_back_by_the_platforms_own_call() {
    let (sandbox, home) = (sandbox(), Home::new());
    let server = Server::start(&home, &[]);
    let mut browser = Browser::default();
    let begun = begin(&mut browser, &server, &sandbox, "meta_ads");
    let back = granted(&mut browser, &begun);
    let (last, _) = browser.follow(back.as_str());
    assert_eq!(last.path(), "/signed-in", "{last}");
    let end = format!("{}/api/v1/marketing/integrations/meta_ads?workspace=w", server.address);
    let ended = Browser::default().ask("DELETE", &end, "", None);
    assert_eq!((ended.status, &ended.json()["grant"]), (200, &json!("revoked")), "{}", ended.body);
    let calls = sandbox.get("/control/calls").to_string();
    assert!(calls.contains("meta.permissions"), "{calls}");
    // nothing is left to give back
    let again = Browser::default().ask("DELETE", &end, "", None);
    assert_eq!(again.json()["grant"], json!("no_grant"), "{}", again.body);
}

#[test]
fn the_app_may_be_the_operators() {
    let (sandbox, home) = (sandbox(), Home::new());
    let access = &sandbox.ready().platforms["hubspot"];
    let variable = |name: &str| format!("NETGAIN_APP_HUBSPOT_{name}");
    let secret = access.oauth["client_secret"].clone();
    let environment = [
        (variable("CLIENT_ID"), access.oauth["client_id"].clone()),
        (variable("CLIENT_SECRET"), secret.clone()),
        (variable("BASE_URL"), access.base_url.clone()),
    ];
    let server = Server::start(&home, &environment);
    let providers = server.get("/api/v1/providers").json();
    let hubspot =
        providers["providers"].as_array().unwrap().iter().find(|one| one["id"] == "hubspot").unwrap();
    let way = hubspot["ways"].as_array().unwrap().iter().find(|way| way["way"] == "sign_in").unwrap();
    let names: Vec<&Value> = way["fields"].as_array().unwrap().iter().map(|field| &field["name"]).collect();
    assert!(!names.contains(&&json!("client_secret")), "{names:?}");

    let mut browser = Browser::default();
    let path = format!("{}/api/v1/workspaces/w/connections/hubspot/oauth/start", server.address);
    let mut request = sign_in_request(&sandbox, "hubspot");
    request["secrets"] = json!({});
    let begun = browser.post(&path, &request);
    let back = granted(&mut browser, &begun);
    let (last, _) = browser.follow(back.as_str());
    assert_eq!(last.path(), "/signed-in");
    assert_nowhere(home.path(), &secret);

    // the operator's app goes nowhere that a user names
    request["base_url"] = json!("http://127.0.0.1:9/elsewhere");
    let refused = browser.post(&path, &request);
    assert_eq!((refused.status, refused.code()), (422, "connection_invalid".to_owned()));
    let problem = refused.json();
    assert_eq!(problem["field"], "client_id");
    assert!(problem["cure"].as_str().unwrap().contains("NETGAIN_APP_HUBSPOT_CLIENT_ID"), "{problem}");
}

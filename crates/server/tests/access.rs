//! Who may what, through the real router: every route has a permission, every role and key gets what the table says, and
//! nobody gets at what is another organisation's.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::collections::BTreeSet;

use common::guests::{Guests, HOST, PASSWORD, Who};
use netgain_control::{Role, Scope};
use netgain_server::{Permission, ROUTES};
use serde_json::{Value, json};

fn description() -> Value {
    serde_json::from_str(&netgain_server::openapi().unwrap()).unwrap()
}

/// Every route that the description knows has a row, and every row a route.
#[test]
fn every_route_has_a_permission() {
    let description = description();
    // a description of itself, and the script of a page, are no part of the description
    let beside = ["/api/openapi.json", "/oauth/told.js"].map(|path| ("GET".to_owned(), path.to_owned()));
    let mut described = BTreeSet::from(beside);
    for (path, methods) in description["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            if ["get", "put", "post", "delete", "patch", "head"].contains(&method.as_str()) {
                described.insert((method.to_uppercase(), path.clone()));
            }
        }
    }
    let listed: Vec<_> = ROUTES.iter().map(|(m, path, _)| ((*m).to_owned(), (*path).to_owned())).collect();
    let set: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), set.len(), "a route is listed twice");
    let missing: Vec<_> = described.difference(&set).collect();
    assert!(missing.is_empty(), "routes without a permission: {missing:#?}");
    let left: Vec<_> = set.difference(&described).collect();
    assert!(left.is_empty(), "permissions without a route: {left:#?}");
}

/// A path with something in each of its places.
fn filled(path: &str, workspace: &str) -> String {
    let filled = path.replace("{w}", workspace).replace("{workspace}", workspace);
    let filled = filled.replace("{metric}", "spend").replace("{day}", "2026-03-01");
    let parts = filled.split('/').map(|part| if part.starts_with('{') { "shop" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Whether the door let a request in: what is wrong with it afterwards says the handler.
fn let_in(answer: &common::Answer) -> bool {
    let code = if answer.status >= 400 {
        answer.json()["code"].as_str().unwrap_or_default().to_owned()
    } else {
        String::new()
    };
    !["not_allowed", "signed_out", "key_invalid", "request_header_missing"].contains(&code.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_and_scope_gets_what_the_table_says() {
    let guests = Guests::new();
    let nobody = Who::Nobody;
    let people: Vec<(Role, Who)> = Role::ALL.iter().map(|role| (*role, guests.person(*role))).collect();
    let scopes = [Scope::Read, Scope::Sync, Scope::Write, Scope::Admin];
    let keys: Vec<(Scope, Who)> = scopes.iter().map(|scope| (*scope, guests.key(*scope))).collect();
    // what ends or changes the one who asks comes in tests of its own
    let own = ["/api/v1/session", "/api/v1/sessions", "/api/v1/account", "/api/v1/owner", "/api/v1/password"];
    let mut asked = 0;
    for (method, path, needed) in
        ROUTES.iter().filter(|(_, path, _)| !own.iter().any(|own| path.starts_with(own)))
    {
        let path = filled(path, "demo");
        let public = *needed == Permission::Public;
        let answer = guests.ask(&nobody, method, &path, "{}").await;
        assert_eq!(let_in(&answer), public, "nobody {method} {path}: {}", answer.text);
        for (role, who) in &people {
            let answer = guests.ask(who, method, &path, "{}").await;
            let expected = needed.is_of_role(*role);
            // what only owners do is refused to admins by the handler, by what they ask
            assert_eq!(let_in(&answer), expected, "{role:?} {method} {path}: {}", answer.text);
        }
        for (scope, who) in &keys {
            let answer = guests.ask(who, method, &path, "{}").await;
            let expected = needed.is_of_scopes(&[*scope]);
            assert_eq!(let_in(&answer), expected, "{scope:?} {method} {path}: {}", answer.text);
        }
        asked += 1;
    }
    assert!(asked > 45, "{asked}");
}

/// Two organisations with data: every route with the other's workspace answers as if there were none, whatever else the
/// path names, and the lists name nothing of the other.
#[tokio::test(flavor = "multi_thread")]
async fn another_organisations_workspace_does_not_exist() {
    let guests = Guests::new();
    let order = guests.app.get("/api/v1/workspaces/demo/orders").await.ok()["rows"][0]["order_id"].clone();
    let order = order.as_str().unwrap().to_owned();
    let strangers = [guests.stranger(Role::Owner), guests.stranger_key(), guests.restricted()];
    let of_workspace: Vec<_> = ROUTES.iter().filter(|(_, path, _)| path.contains("{w}")).collect();
    assert!(of_workspace.len() > 30, "{}", of_workspace.len());
    let mut refused = 0;
    for who in &strangers {
        for (method, path, _) in &of_workspace {
            for id in ["shop", order.as_str(), "%231001"] {
                let ask = |workspace: &str| {
                    let path = path.replace("{id}", id);
                    (filled(&path, workspace), workspace.to_owned())
                };
                let ((theirs, _), (none, _)) = (ask("demo"), ask("nowhere"));
                // connecting the first account makes a workspace that nobody has
                let makes =
                    *method == "POST" && (path.ends_with("/connections") || path.ends_with("/oauth/start"));
                let answer = guests.ask(who, method, &theirs, r#"{"sql":"SELECT * FROM orders"}"#).await;
                let problem = answer.problem(404, "workspace_not_found");
                for word in ["1001", "Demo brand", "The shop", "GBP"] {
                    assert!(!answer.text.contains(word), "{method} {theirs} shows {word}: {}", answer.text);
                }
                if !makes {
                    let unknown =
                        guests.ask(who, method, &none, "{}").await.problem(404, "workspace_not_found");
                    let told = problem.to_string().replace("`demo`", "`nowhere`");
                    assert_eq!(told, unknown.to_string(), "{method} {path}");
                }
                refused += 1;
            }
        }
        let listed = guests.ask(who, "GET", "/api/v1/workspaces", "").await.ok();
        assert!(!listed.to_string().contains("Demo brand"), "{listed}");
        let organisations = guests.ask(who, "GET", "/api/v1/organisations", "").await.ok();
        assert_eq!(organisations["organisations"].as_array().unwrap().len(), 1, "{organisations}");
    }
    assert!(refused > 300, "{refused}");
    // who belongs there sees it, so the refusals above are not of something else
    let own =
        guests.ask(&guests.person(Role::Viewer), "GET", "/api/v1/workspaces/demo/orders", "").await.ok();
    assert!(own.to_string().contains("1001"));
}

/// People, invitations and keys of another organisation are not found, not listed and not changed.
#[tokio::test(flavor = "multi_thread")]
async fn another_organisations_people_and_keys_do_not_exist() {
    let guests = Guests::new();
    let stranger = guests.stranger(Role::Owner);
    let (viewer, key) = (guests.id_of(Role::Viewer), guests.key_id());
    let owner = guests.person(Role::Owner);
    let invited = json!({ "email": "soon@example.com", "role": "viewer" }).to_string();
    let made = guests.ask(&owner, "POST", "/api/v1/invitations", &invited).await.json();
    let invitation = made["invitation"]["id"].as_str().unwrap().to_owned();
    for (method, path, body) in [
        ("PUT", format!("/api/v1/people/{viewer}"), r#"{"role":"owner"}"#),
        ("DELETE", format!("/api/v1/people/{viewer}"), ""),
        ("DELETE", format!("/api/v1/keys/{key}"), ""),
        ("DELETE", format!("/api/v1/invitations/{invitation}"), ""),
        ("GET", "/api/v1/people?organisation=default".to_owned(), ""),
        ("GET", "/api/v1/keys?organisation=default".to_owned(), ""),
        (
            "POST",
            "/api/v1/invitations?organisation=default".to_owned(),
            r#"{"email":"e@example.com","role":"owner"}"#,
        ),
        ("POST", "/api/v1/keys?organisation=default".to_owned(), r#"{"name":"k","scopes":["admin"]}"#),
    ] {
        let answer = guests.ask(&stranger, method, &path, body).await;
        answer.problem(404, "entry_not_found");
        let unknown = path.replace("organisation=default", "organisation=nowhere");
        let same = guests.ask(&stranger, method, &unknown, body).await.text.replace("nowhere", "default");
        assert_eq!(answer.text, same, "{method} {path}");
    }
    for path in ["/api/v1/people", "/api/v1/keys", "/api/v1/invitations"] {
        let listed = guests.ask(&stranger, "GET", path, "").await.ok().to_string();
        assert!(!listed.contains(&viewer) && !listed.contains(&key) && !listed.contains("soon@"), "{listed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_that_a_cookie_proves_need_a_header() {
    let guests = Guests::new();
    let Who::Cookie(cookie) = guests.person(Role::Owner) else { panic!("no cookie") };
    let body = r#"{"name":"k","scopes":["read"]}"#;
    let bare = [HOST, ("content-type", "application/json"), ("cookie", cookie.as_str())];
    let path = "/api/v1/keys";
    guests.send("POST", path, &bare, body).await.problem(403, "request_header_missing");
    let mut with = bare.to_vec();
    with.push(("x-netgain-request", "1"));
    assert_eq!(guests.send("POST", path, &with, body).await.status, 201);
    // a page of another site is refused whatever it sends
    with.push(("origin", "https://evil.example"));
    guests.send("POST", path, &with, body).await.problem(403, "origin_not_allowed");
    // reading needs no header
    assert_eq!(guests.send("GET", path, &bare, "").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_through_the_api() {
    let guests = Guests::new();
    let nobody = guests.ask(&Who::Nobody, "GET", "/api/v1/session", "").await.ok();
    assert_eq!((&nobody["open"], &nobody["person"]), (&json!(false), &Value::Null));
    let sign_in = |password: &str| json!({ "email": "owner@example.com", "password": password }).to_string();
    let wrong = guests.ask(&Who::Nobody, "POST", "/api/v1/session", &sign_in("not the password")).await;
    wrong.problem(401, "sign_in_failed");
    let missing = json!({ "email": "nobody@example.com", "password": "not the password" }).to_string();
    let unknown = guests.ask(&Who::Nobody, "POST", "/api/v1/session", &missing).await;
    assert_eq!(unknown.text, wrong.text, "nobody learns who has an account");
    let done = guests.ask(&Who::Nobody, "POST", "/api/v1/session", &sign_in(PASSWORD)).await;
    assert_eq!(done.ok()["state"], "signed_in");
    let cookies = done.headers("set-cookie");
    assert!(cookies.iter().any(|one| one.starts_with("netgain-session=")), "{cookies:?}");
    for cookie in &cookies {
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
            "{cookie}"
        );
        assert!(!cookie.contains("Secure"), "not encrypted here: {cookie}");
    }
    let who = Who::Cookie(cookies[0].split(';').next().unwrap().to_owned());
    let me = guests.ask(&who, "GET", "/api/v1/session", "").await.ok();
    assert_eq!(
        (me["person"]["email"].as_str(), me["person"]["memberships"][0]["role"].as_str()),
        (Some("owner@example.com"), Some("owner"))
    );
    let all = guests.ask(&who, "GET", "/api/v1/sessions", "").await.ok();
    assert!(all["sessions"].as_array().unwrap().iter().any(|one| one["current"] == json!(true)));
    assert_eq!(guests.ask(&who, "DELETE", "/api/v1/session", "").await.status, 204);
    guests.ask(&who, "GET", "/api/v1/workspaces", "").await.problem(401, "signed_out");
    let bad = Who::Key("ngk_0000_1111".to_owned());
    guests.ask(&bad, "GET", "/api/v1/workspaces", "").await.problem(401, "key_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_an_encrypted_connection_cookies_go_nowhere_else() {
    let guests = Guests::behind("https://netgain.example");
    let body = json!({ "email": "owner@example.com", "password": PASSWORD }).to_string();
    let headers = [("host", "netgain.example"), ("content-type", "application/json")];
    let done = guests.send("POST", "/api/v1/session", &headers, &body).await;
    let cookies = done.headers("set-cookie");
    assert_eq!((done.status, cookies.len()), (200, 2), "{}", done.text);
    for cookie in &cookies {
        assert!(cookie.starts_with("__Host-netgain-") && cookie.ends_with("; Secure"), "{cookie}");
    }
    // the unencrypted name is not taken where people come encrypted
    let token = cookies[0].split(';').next().unwrap().replace("__Host-", "");
    let plain = [("host", "netgain.example"), ("cookie", token.as_str())];
    guests.send("GET", "/api/v1/workspaces", &plain, "").await.problem(401, "signed_out");
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_sign_ins_are_slowed_by_the_address_they_come_from() {
    let guests = Guests::new();
    let body = json!({ "email": "owner@example.com", "password": "not the password" }).to_string();
    let from =
        |address: &'static str| [HOST, ("content-type", "application/json"), ("x-forwarded-for", address)];
    // each wait is twice the one before, so that even where a password takes long to hash one is met
    let mut slowed = None;
    for _ in 0..16 {
        let answer = guests.send("POST", "/api/v1/session", &from("198.51.100.7"), &body).await;
        if answer.status == 429 {
            slowed = Some(answer);
            break;
        }
        answer.problem(401, "sign_in_failed");
    }
    let answer = slowed.unwrap();
    assert_eq!(
        answer.problem(429, "sign_in_slowed")["retry_after"].to_string(),
        answer.header("retry-after")
    );
    let good = json!({ "email": "owner@example.com", "password": PASSWORD }).to_string();
    let elsewhere = guests.send("POST", "/api/v1/session", &from("203.0.113.8"), &good).await;
    assert_eq!(elsewhere.status, 200, "the person is not locked out: {}", elsewhere.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_often_is_told_how_long_to_wait() {
    let guests = Guests::slow();
    let who = guests.key(Scope::Read);
    let mut last = guests.ask(&who, "GET", "/api/v1/workspaces", "").await;
    for _ in 0..3 {
        last = guests.ask(&who, "GET", "/api/v1/workspaces", "").await;
    }
    last.problem(429, "too_many_requests");
    assert!(last.header("retry-after").parse::<u32>().unwrap() >= 1);
    let other = guests.person(Role::Viewer);
    assert_eq!(guests.ask(&other, "GET", "/api/v1/profiles", "").await.status, 200, "others have their own");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_owners_make_owners() {
    let guests = Guests::new();
    let admin = guests.person(Role::Admin);
    let (owner, viewer) = (guests.id_of(Role::Owner), guests.id_of(Role::Viewer));
    let put = |id: &str| format!("/api/v1/people/{id}");
    guests.ask(&admin, "PUT", &put(&viewer), r#"{"role":"owner"}"#).await.problem(403, "not_allowed");
    guests.ask(&admin, "PUT", &put(&owner), r#"{"role":"viewer"}"#).await.problem(403, "not_allowed");
    guests.ask(&admin, "DELETE", &put(&owner), "").await.problem(403, "not_allowed");
    let invite = r#"{"email":"o@example.com","role":"owner"}"#;
    guests.ask(&admin, "POST", "/api/v1/invitations", invite).await.problem(403, "not_allowed");
    let changed = guests.ask(&admin, "PUT", &put(&viewer), r#"{"role":"analyst"}"#).await.ok();
    assert_eq!(changed["role"], "analyst");
    let own = guests.person(Role::Owner);
    guests.ask(&own, "PUT", &put(&owner), r#"{"role":"admin"}"#).await.problem(409, "last_owner");
    guests.ask(&own, "PUT", &put(&viewer), r#"{"role":"king"}"#).await.problem(422, "person_refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_server_says_so() {
    let app = common::TestApp::new();
    let session = app.get("/api/v1/session").await.ok();
    assert_eq!((&session["open"], &session["needs_owner"]), (&json!(true), &json!(false)));
}

//! Connecting with a key over the API: proved first, kept sealed, never given out, one connection for one account.

use serde_json::{Value, json};

use crate::program::Home;
use crate::serving::{Server, assert_nowhere, holds, request, sandbox};

const CONNECT: &str = "/api/v1/workspaces/w/connections";

#[test]
fn a_key_is_proved_kept_sealed_and_read_with() {
    let (sandbox, home) = (sandbox(), Home::new());
    let server = Server::start(&home, &[]);
    let right = request(&sandbox, "stripe");
    let key = right["secrets"]["api_key"].as_str().unwrap();

    let mut wrong = right.clone();
    wrong["secrets"]["api_key"] = json!("rk_test_wrong1wrong1wrong1");
    let refused = server.post(CONNECT, &wrong);
    assert_eq!((refused.status, refused.code()), (422, "connection_not_working".to_owned()));
    let problem = refused.json();
    assert_eq!(problem["field"], "api_key");
    assert!(problem["cure"].as_str().unwrap().contains("`api_key`"), "{problem}");
    assert!(!refused.body.contains("wrong1wrong1"), "{}", refused.body);
    assert!(server.connections().is_empty());

    let made = server.post(CONNECT, &right);
    assert_eq!((made.status, &made.json()["created"]), (201, &json!(true)), "{}", made.body);
    let id = made.json()["connection"].as_str().unwrap().to_owned();
    assert!(server.sync(&id) > 0);

    // the same account again is the same connection
    let mut named = right.clone();
    named["name"] = json!("Payments");
    let again = server.post(CONNECT, &named);
    assert_eq!((again.status, &again.json()["created"]), (200, &json!(false)), "{}", again.body);
    assert_eq!(again.json()["connection"], json!(id));
    let listed = server.get(CONNECT);
    let connections = listed.json()["connections"].as_array().unwrap().clone();
    assert_eq!((connections.len(), &connections[0]["name"]), (1, &json!("Payments")));

    for answer in [&made, &again, &listed] {
        assert!(!answer.body.contains(key) && !answer.head.contains(key));
    }
    assert_nowhere(home.path(), key);
    assert!(!holds(&server.log(), key));
}

#[test]
fn mistakes_name_the_field_and_what_helps() {
    let (sandbox, home) = (sandbox(), Home::new());
    let server = Server::start(&home, &[]);
    type Change = fn(&mut Value);
    let cases: [(&str, &str, Change); 7] = [
        ("api_key", "give `api_key`", |body| body["secrets"] = json!({})),
        ("api_key", "as a whole", |body| body["secrets"]["api_key"] = json!("not a key")),
        ("colour", "leave it out", |body| body["fields"] = json!({"colour": "red"})),
        ("provider", "", |body| body["provider"] = json!("nobody")),
        ("mode", "leave it out", |body| body["mode"] = json!("central")),
        ("mode", "own or central", |body| body["mode"] = json!("borrowed")),
        ("base_url", "https://", |body| body["base_url"] = json!("ftp://example.com")),
    ];
    for (field, cure, change) in cases {
        let mut body = request(&sandbox, "stripe");
        change(&mut body);
        let refused = server.post(CONNECT, &body);
        let problem = refused.json();
        assert_eq!((refused.status, refused.code()), (422, "connection_invalid".to_owned()), "{problem}");
        assert_eq!(problem["field"], field, "{problem}");
        let told = problem["cure"].as_str().unwrap();
        assert!(told.contains(cure) && !told.contains("--"), "{problem}");
    }
    // what a new workspace needs and the account does not say
    let mut body = request(&sandbox, "postscript");
    body["currency"] = Value::Null;
    body["time_zone"] = Value::Null;
    let refused = server.post(CONNECT, &body);
    assert_eq!((refused.status, &refused.json()["field"]), (422, &json!("currency")), "{}", refused.body);
    assert!(server.connections().is_empty());
}

#[test]
fn each_platform_says_how_it_is_connected() {
    let (_sandbox, home) = (sandbox(), Home::new());
    let server = Server::start(&home, &[]);
    let providers = server.get("/api/v1/providers").json()["providers"].as_array().unwrap().clone();
    let listed = home.json(&["provider", "list", "--json"])["providers"].as_array().unwrap().clone();
    let known = netgain_providers::ids().count();
    assert_eq!((providers.len(), listed.len()), (known, known));
    for provider in &providers {
        let id = provider["id"].as_str().unwrap();
        let ways = provider["ways"].as_array().unwrap();
        let entry = listed.iter().find(|one| one["id"] == id).unwrap();
        let modes = entry["modes"].as_array().unwrap();
        for mode in ["own", "central"] {
            let offered = ways.iter().any(|way| way["mode"] == mode);
            assert_eq!(offered, modes.contains(&json!(mode)), "{id} {mode}");
        }
        let kinds = entry["auth"].as_array().unwrap();
        let signs_in = ways.iter().any(|way| way["way"] == "sign_in");
        assert_eq!(signs_in, kinds.contains(&json!("oauth2_code")), "{id}");
        for way in ways {
            // what is open to everybody asks for nothing
            let asks = !way["fields"].as_array().unwrap().is_empty();
            assert_eq!(asks, kinds[0] != "none", "{id} {way}");
            // nothing is set here
            assert_eq!(way["ready"], way["way"] != "central", "{id} {way}");
        }
    }
}

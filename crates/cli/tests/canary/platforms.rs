//! What is done with platforms, and everything that goes wrong with them: credentials that are refused, answers that are
//! cut, late, wrong, or repeat the credential; a sign-in with its forged ways back; deliveries that nobody proved.

use netgain_control::{Control, StoredGrant};
use netgain_sandbox::{Brand, Options};
use serde_json::{Value, json};

use crate::program::{Home, Sandbox, http};
use crate::search::Secrets;
use crate::witness::{Client, Witness, wait_for};

/// Connected with a key each, from the terminal.
const KEYED: [&str; 4] = ["shopify", "stripe", "meta_ads", "google_ads"];
/// Signed in at, from the pages.
const SIGNED_IN: &str = "hubspot";
/// A secret that no platform takes, with signs that every encoding writes otherwise.
const REFUSED: &str = "canary-7f3a/9c+do=not&show";
const CONNECTIONS: &str = "/api/v1/workspaces/w/connections";

pub fn sandbox() -> Sandbox {
    let today = Some("2026-11-21".parse().unwrap());
    Sandbox::start(Options { brand: Brand::Golden, today, unlimited: true, ..Options::default() })
}

/// The operator's secrets, which the environment holds.
pub fn environment(secrets: &mut Secrets) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for name in ["NETGAIN_OIDC_CLIENT_SECRET", "NETGAIN_APP_GA4_CLIENT_SECRET", "NETGAIN_METRICS_TOKEN"] {
        let value = format!("canary-of-{}+/=&", name.to_ascii_lowercase());
        secrets.add(name, value.as_str());
        all.push((name.to_owned(), value));
    }
    for (name, value) in [
        // nobody answers there
        ("NETGAIN_OIDC_ISSUER", "http://127.0.0.1:9"),
        ("NETGAIN_OIDC_CLIENT_ID", "netgain"),
        ("NETGAIN_APP_GA4_CLIENT_ID", "netgain"),
    ] {
        all.push((name.to_owned(), value.to_owned()));
    }
    all
}

/// Connects with keys that are refused, and with those that are right.
pub fn connect(sandbox: &Sandbox, home: &Home, witness: &Witness, secrets: &mut Secrets) {
    secrets.add("a secret that is refused", REFUSED);
    for platform in KEYED {
        let access = &sandbox.ready().platforms[platform];
        for (name, value) in &access.secrets {
            secrets.add(format!("{platform}'s {name}"), value.as_str());
        }
        let args = sandbox.connect_args(platform, "w");
        let wrong: Vec<String> = args
            .iter()
            .map(|arg| match arg.split_once('=') {
                Some((name, _)) if access.secrets.contains_key(name) => format!("{name}={REFUSED}"),
                _ => arg.clone(),
            })
            .collect();
        assert!(!witness.run(home, &wrong).0, "{platform} takes what it must not");
        assert!(witness.run(home, &args).0, "{platform} is not connected");
    }
}

/// What a platform says that repeats the credential it was called with, as some do.
fn repeats(point: &str, status: u16, credential: &str, times: u64) -> Value {
    let words = format!("Malformed access token {credential}, given as Bearer {credential}");
    let body = json!({"error": {"message": words, "type": "OAuthException", "code": 190}, "errors": words,
        "message": words, "error_description": words});
    json!({"point": point, "times": times, "fault": {"kind": "status", "status": status, "body": body}})
}

/// Reads everything while platforms fail in every way, and again while they do not.
pub fn read(sandbox: &Sandbox, home: &Home, witness: &Witness) {
    let key = |platform: &str, name: &str| sandbox.ready().platforms[platform].secrets[name].clone();
    let shopify = |fault: Value, after: u64| json!({"point": "shopify.graphql", "after": after, "first": 1, "fault": fault});
    sandbox.faults(&json!({"rules": [
        shopify(json!({"kind": "status", "status": 429, "retry_after": 1}), 1),
        shopify(json!({"kind": "status", "status": 500}), 2),
        shopify(json!({"kind": "truncate"}), 4),
        shopify(json!({"kind": "reset", "after_bytes": 700}), 6),
        repeats("meta.campaigns", 400, &key("meta_ads", "access_token"), 1),
        repeats("stripe.charges", 401, &key("stripe", "api_key"), 1),
        {"point": "google_ads.*", "after": 3, "times": 1, "fault": {"kind": "revoked_token"}},
    ]}));
    let (went_well, _) = witness.run(home, &["sync", "--workspace", "w", "--json"]);
    assert!(!went_well, "what was refused is told");
    sandbox
        .faults(&json!({"rules": [repeats("shopify.graphql", 401, &key("shopify", "access_token"), 1_000)]}));
    assert!(!witness.run(home, &["sync", "--workspace", "w", "--connection", "shopify"]).0);
    http("DELETE", &sandbox.ready().address, "/control/faults", None);
    // a connection that was refused waits for a person, who connects it again
    for platform in KEYED {
        let args = sandbox.connect_args(platform, "w");
        assert!(witness.run(home, &args).0, "{platform}");
    }
    assert!(witness.run(home, &["sync", "--workspace", "w"]).0);
}

/// Mistakes in what connects, a sign-in with forged ways back, its end, and the renewal of what it brought.
pub fn sign_in(sandbox: &Sandbox, home: &Home, client: &mut Client<'_>, secrets: &mut Secrets) {
    let access = &sandbox.ready().platforms[SIGNED_IN];
    let app = &access.oauth;
    secrets.add("the app's secret", app["client_secret"].as_str());
    let mut asked = json!({"provider": SIGNED_IN, "base_url": access.base_url, "fields": access.fields,
        "secrets": {"client_id": app["client_id"], "client_secret": app["client_secret"]},
        "currency": "EUR", "time_zone": "Europe/Berlin"});
    let start = format!("{CONNECTIONS}/{SIGNED_IN}/oauth/start");
    for (path, wrong) in [
        (CONNECTIONS, json!({"provider": "stripe", "secrets": REFUSED})),
        (CONNECTIONS, json!({"provider": "stripe", "secrets": {"api_key": [REFUSED]}})),
        (CONNECTIONS, json!({"provider": "stripe", "secrets": {"api_key": REFUSED}, "currency": "none"})),
        (CONNECTIONS, json!({"provider": "nobody", "secrets": {"api_key": REFUSED}})),
        (&start, json!({"provider": SIGNED_IN, "secrets": [REFUSED]})),
        ("/api/integrations/stripe/connect?workspace=w", json!({"secrets": {"api_key": 7, "x": REFUSED}})),
    ] {
        let refused = client.post(path, &wrong);
        assert!((400..500).contains(&refused.status), "{path}: {}", refused.body);
    }
    let begun = client.post(&start, &asked);
    assert_eq!(begun.status, 200, "{}", begun.body);
    let begun = begun.json()["authorize_url"].as_str().unwrap().to_owned();
    let refused: String = url::form_urlencoded::byte_serialize(REFUSED.as_bytes()).collect();
    let forged = client.get(&format!("/oauth/callback?state={refused}&code={refused}"));
    assert_eq!(forged.status, 400, "{}", forged.body);
    let back = client.browser.page(&begun).location();
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    secrets.add("the code of a sign-in", code);
    // the code is exchanged, and the platform refuses it with the app's secret in its words
    sandbox.faults(&json!({"rules": [repeats("hubspot.oauth", 400, &app["client_secret"], 9)]}));
    client.follow(back.as_str());
    http("DELETE", &sandbox.ready().address, "/control/faults", None);
    asked["name"] = json!("CRM");
    let begun = client.post(&start, &asked);
    let begun = begun.json()["authorize_url"].as_str().unwrap().to_owned();
    let last = client.follow(&begun);
    assert_eq!(last.path(), "/signed-in", "{last}");
    let first = keep_grant(home, secrets);
    sync(client, SIGNED_IN);
    // renewed at a person's wish; once the platform refuses with the token in its words
    let refresh = format!("/api/integrations/{SIGNED_IN}/oauth/refresh?workspace=w");
    sandbox.faults(&json!({"rules": [repeats("hubspot.oauth", 400, &refresh_token(&first), 9)]}));
    let refused = client.post(&refresh, &json!({}));
    assert!(refused.status >= 400, "{}", refused.body);
    http("DELETE", &sandbox.ready().address, "/control/faults", None);
    let last = client.post(&start, &asked);
    let last = client.follow(last.json()["authorize_url"].as_str().unwrap());
    assert_eq!(last.path(), "/signed-in", "{last}");
    keep_grant(home, secrets);
    let renewed = client.post(&refresh, &json!({}));
    assert_eq!(renewed.status, 200, "{}", renewed.body);
    keep_grant(home, secrets);
    // and by itself when the platform says that the token is over
    sandbox.faults(
        &json!({"rules": [{"point": "hubspot.contacts", "times": 1, "fault": {"kind": "expired_token"}}]}),
    );
    sync(client, SIGNED_IN);
    http("DELETE", &sandbox.ready().address, "/control/faults", None);
    keep_grant(home, secrets);
}

/// The grant that the store holds now is looked for too.
fn keep_grant(home: &Home, secrets: &mut Secrets) -> Value {
    let control = Control::open(home.path()).unwrap();
    let StoredGrant { text, version } =
        control.grant(&"w".parse().unwrap(), &SIGNED_IN.parse().unwrap()).unwrap().unwrap();
    let grant: Value = serde_json::from_str(text.expose()).unwrap();
    for name in ["access_token", "refresh_token"] {
        secrets.add(format!("{name} {version}"), grant[name].as_str().unwrap());
    }
    grant
}

fn refresh_token(grant: &Value) -> String {
    grant["refresh_token"].as_str().unwrap().to_owned()
}

/// Reads a connection over the API to its end, whatever that is.
pub fn sync(client: &mut Client<'_>, connection: &str) {
    let begun = client.post(&format!("{CONNECTIONS}/{connection}/sync"), &json!({}));
    assert_eq!(begun.status, 202, "{}", begun.body);
    wait_for("the end of the sync", || {
        let all = client.get(CONNECTIONS).json();
        let one = all["connections"].as_array().unwrap().iter().find(|one| one["id"] == connection);
        (one.unwrap()["state"] != "syncing").then_some(())
    });
}

/// Deliveries: right, forged, and one whose object cannot be read because the platform refuses with the token in its words.
pub fn webhooks(sandbox: &Sandbox, home: &Home, client: &mut Client<'_>) {
    let registrations = || sandbox.get("/control/webhooks")["registrations"].as_array().unwrap().clone();
    let of_shop = |one: &&Value| one["address"].as_str().unwrap().starts_with(&client.address);
    let path = wait_for("the registration", || {
        let all = registrations();
        let first = all.iter().find(of_shop)?;
        Some(first["address"].as_str().unwrap().to_owned())
    });
    let path = path.strip_prefix(&client.address).unwrap().to_owned();
    let asked = json!({"sql": "SELECT source_id FROM orders ORDER BY source_id LIMIT 1"});
    let order = client.post("/api/v1/workspaces/w/query", &asked).json()["rows"][0][0].clone();
    let send = |more: Value| {
        let mut event = json!({"face": "shopify", "topic": "orders/updated", "objects": [order]});
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let sent = http("POST", &sandbox.ready().address, "/control/webhooks/send", Some(&event));
        sent["deliveries"][0]["status"].clone()
    };
    wait_for("a delivery that is taken", || (send(json!({})) == 200).then_some(()));
    assert_eq!(send(json!({"forge": true})), 401);
    let headers = format!(
        "content-type: application/json\r\nx-shopify-hmac-sha256: {REFUSED}\r\nx-shopify-topic: orders/updated\r\n"
    );
    let body = json!({"id": 1, "token": REFUSED}).to_string();
    assert_eq!(client.send("POST", &path, &headers, &body).status, 401);
    let token = &sandbox.ready().platforms["shopify"].secrets["access_token"];
    // the account is asked for before the object is
    let mut refused = repeats("shopify.graphql", 400, token, 1_000);
    refused["every"] = json!(2);
    sandbox.faults(&json!({"rules": [refused]}));
    assert_eq!(send(json!({})), 200);
    wait_for("an event that is given up", || {
        let inbox = home.json(&["inbox", "--workspace", "w", "--json"]);
        let all = inbox["connections"].as_array().unwrap().clone();
        let dead = |one: &&Value| one["dead"].as_u64().unwrap() > 0 || one["retried"].as_u64().unwrap() > 0;
        all.iter().find(dead).map(|_| ())
    });
    http("DELETE", &sandbox.ready().address, "/control/faults", None);
}

//! Sign-ins over the integrations API that somebody else, too late, twice, or at another address tries to end.

use std::collections::BTreeMap;

use netgain_control::{Control, Secret, SignIn};
use serde_json::{Value, json};
use url::Url;

use crate::browser::{Answer, Browser};
use crate::program::Home;
use crate::serving::{Server, app_of, request, sandbox};

const CALLBACK: &str = "/api/integrations/klaviyo/oauth/callback";

struct Stage {
    _sandbox: crate::program::Sandbox,
    home: Home,
    server: Server,
    browser: Browser,
}

impl Stage {
    /// Klaviyo, which asks for PKCE, is connected with a key; a sign-in changes that connection.
    fn new() -> Self {
        let (sandbox, home) = (sandbox(), Home::new());
        let mut environment = app_of(&sandbox, "klaviyo");
        environment.extend(app_of(&sandbox, "hubspot"));
        let server = Server::start(&home, &environment);
        let mut account = request(&sandbox, "klaviyo");
        account.as_object_mut().unwrap().remove("provider");
        let made = server.post("/api/integrations/klaviyo/connect?workspace=w", &account);
        assert_eq!(made.status, 201, "{}", made.body);
        Self { _sandbox: sandbox, home, server, browser: Browser::default() }
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.server.address)
    }

    fn begin(&mut self) -> (Answer, Value) {
        let begun = self.browser.get(&self.address("/api/integrations/klaviyo/oauth/authorize"));
        assert_eq!(begun.status, 200, "{}", begun.body);
        let authorize: Url = begun.json()["authorize_url"].as_str().unwrap().parse().unwrap();
        let asked: BTreeMap<String, String> = authorize.query_pairs().into_owned().collect();
        assert_eq!(asked["code_challenge_method"], "S256", "{asked:?}");
        assert_eq!(asked["redirect_uri"], self.address("/oauth/callback"));
        let back = self.browser.page(authorize.as_str()).location();
        let mut params: BTreeMap<String, String> = back.query_pairs().into_owned().collect();
        let came = json!({"state": params.remove("state"), "code": params.remove("code"), "params": params});
        (begun, came)
    }

    fn end(&mut self, path: &str, came: &Value) -> Answer {
        let address = self.address(path);
        self.browser.post(&address, came)
    }
}

fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.code().as_str()), (status, code), "{}", answer.body);
}

#[test]
fn a_way_back_is_taken_from_one_browser_at_one_platform_once() {
    let mut stage = Stage::new();
    let (begun, came) = stage.begin();
    let cookies: Vec<&str> = begun.head.lines().filter(|line| line.starts_with("set-cookie:")).collect();
    assert_eq!(cookies.len(), 3, "{}", begun.head);
    assert!(cookies.iter().all(|cookie| cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax")));

    // a state that was made up, and none
    let mut forged = came.clone();
    forged["state"] = json!("made-up");
    refused(&stage.end(CALLBACK, &forged), 400, "sign_in_unknown");
    refused(&stage.end(CALLBACK, &json!({"code": came["code"]})), 400, "invalid_body");
    // another browser, with and without a sign-in of its own
    let mut other = Browser::default();
    refused(&other.post(&stage.address(CALLBACK), &came), 403, "sign_in_elsewhere");
    assert_eq!(other.get(&stage.address("/api/integrations/klaviyo/oauth/authorize")).status, 200);
    refused(&other.post(&stage.address(CALLBACK), &came), 403, "sign_in_elsewhere");
    // the page of another site, which a browser names
    let address = stage.address(CALLBACK);
    let foreign = stage.browser.ask("POST", &address, "origin: https://evil.example\r\n", Some(&came));
    refused(&foreign, 403, "origin_not_allowed");

    let done = stage.end(CALLBACK, &came);
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(done.json(), json!({"workspace": "w", "platform": "klaviyo", "connection": "klaviyo"}));
    refused(&stage.end(CALLBACK, &came), 400, "sign_in_unknown");
    let stands = stage.server.get("/api/integrations/klaviyo/status").json();
    let token = &stands["connections"][0]["health"]["token"];
    assert_eq!(token["renewable"], json!(true), "{stands}");
    assert!(token["expires_at"].is_string() && !stands.to_string().contains("access_token"), "{stands}");
}

#[test]
fn another_platform_another_address_or_too_late_is_refused() {
    let mut stage = Stage::new();
    // the way back of one platform brought to another: its cookie is not sent there, and with it the platform is wrong
    let (begun, came) = stage.begin();
    let there = "/api/integrations/hubspot/oauth/callback";
    refused(&stage.end(there, &came), 403, "sign_in_elsewhere");
    let cookie = begun.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let address = stage.address(there);
    let brought = stage.browser.ask("POST", &address, &format!("cookie: {cookie}\r\n"), Some(&came));
    refused(&brought, 403, "sign_in_elsewhere");
    assert!(brought.body.contains("begun at klaviyo"), "{}", brought.body);
    refused(&stage.end(CALLBACK, &came), 400, "sign_in_unknown");

    // an address that is not exactly the one that the platform was told
    for wrong in ["/oauth/callback/", "/oauth/callback?x=1", "/oauth/CALLBACK"] {
        let (_, mut came) = stage.begin();
        came["redirect_uri"] = json!(stage.address(wrong));
        refused(&stage.end(CALLBACK, &came), 403, "sign_in_elsewhere");
    }
    for asked in ["https://evil.example/oauth/callback", "/oauth/callback"] {
        let query =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("redirect_uri", asked).finish();
        let path = format!("/api/integrations/klaviyo/oauth/authorize?{query}");
        let begun = stage.browser.get(&stage.address(&path));
        refused(&begun, 400, "invalid_parameter");
        assert_eq!(begun.json()["field"], "redirect_uri");
    }

    // one whose time is over
    let control = Control::open(stage.home.path()).unwrap();
    let over: jiff::Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
    let late = SignIn {
        workspace: "w".parse().unwrap(),
        connection: "klaviyo".parse().unwrap(),
        remembered: Secret::new("{}".to_owned()),
        expires_at: over,
        begun_by: None,
    };
    control
        .put_sign_in("late-state-12345", &late, Some("word"), over - jiff::SignedDuration::from_mins(1))
        .unwrap();
    let host = stage.server.address.strip_prefix("http://").unwrap().to_owned();
    stage.browser.set(&host, CALLBACK, "netgain_sign_in_late-state-1=word");
    refused(&stage.end(CALLBACK, &json!({"state": "late-state-12345", "code": "x"})), 410, "sign_in_expired");
}

#[test]
fn a_page_of_another_site_begins_nothing_and_a_person_is_led_to_the_platform() {
    let mut stage = Stage::new();
    let address = stage.address("/api/integrations/klaviyo/oauth/authorize?redirect=1");
    let foreign = stage.browser.ask("GET", &address, "sec-fetch-site: cross-site\r\n", None);
    refused(&foreign, 403, "origin_not_allowed");
    let led = stage.browser.ask("GET", &address, "sec-fetch-site: same-origin\r\n", None);
    assert_eq!(led.status, 303, "{}", led.body);
    // and comes back to the page that tells who opened the window
    let (last, page) = stage.browser.follow(led.location().as_str());
    assert_eq!((page.status, last.path()), (200, "/signed-in"), "{last}");
    assert_eq!(last.query(), Some("workspace=w&connection=klaviyo"));
    // a person who is refused gets a page that tells the opener, from a file of this server
    let mut person = Browser::default();
    let told = person.page(&stage.address("/oauth/callback?state=made-up&code=x"));
    assert_eq!(told.status, 400);
    assert!(
        told.body.contains("sign_in_unknown") && told.body.contains("src=\"/oauth/told.js\""),
        "{}",
        told.body
    );
    let script = person.get(&stage.address("/oauth/told.js"));
    assert_eq!(script.status, 200);
    assert!(script.body.contains("postMessage") && !script.body.contains("'*'"), "{}", script.body);
}

#[test]
fn the_workspace_and_the_connection_are_named_where_they_must_be() {
    let stage = Stage::new();
    let status = "/api/integrations/klaviyo/status";
    // one workspace: it is meant
    assert_eq!(stage.server.get(status).status, 200);
    let mut browser = Browser::default();
    let mut ask = |path: &str, header: &str| browser.ask("GET", &stage.address(path), header, None);
    refused(&ask("/api/integrations/nobody/status", ""), 404, "platform_not_found");
    refused(&ask(status, "x-netgain-workspace: other\r\n"), 404, "workspace_not_found");
    refused(
        &ask(&format!("{status}?workspace=w"), "x-netgain-workspace: other\r\n"),
        400,
        "invalid_parameter",
    );
    let unknown = ask(&format!("{status}?connection=klaviyo-9"), "");
    refused(&unknown, 404, "not_connected");

    let control = Control::open(stage.home.path()).unwrap();
    let mut second = control.workspace(&"w".parse().unwrap()).unwrap();
    second.id = "second".parse().unwrap();
    let new = netgain_control::NewWorkspace {
        id: second.id,
        name: "Second".to_owned(),
        currency: second.currency,
        time_zone: second.time_zone,
        settings: second.settings,
    };
    control.create_workspace(&new).unwrap();
    let required = ask(status, "");
    refused(&required, 400, "workspace_required");
    assert!(required.json()["cure"].as_str().unwrap().contains("X-Netgain-Workspace"), "{}", required.body);
    assert_eq!(ask(status, "x-netgain-workspace: w\r\n").status, 200);
    // another workspace has none of it
    let elsewhere = ask("/api/integrations/klaviyo/analytics", "x-netgain-workspace: second\r\n");
    refused(&elsewhere, 404, "not_connected");

    // two accounts of one platform
    let first = control.connection(&"w".parse().unwrap(), &"klaviyo".parse().unwrap()).unwrap();
    let twin = netgain_control::NewConnection {
        id: "klaviyo-2".parse().unwrap(),
        provider: first.provider,
        name: first.name,
        base_url: first.base_url,
        local: first.local,
        mode: first.mode,
        fields: first.fields,
    };
    control.create_connection(&"w".parse().unwrap(), &twin).unwrap();
    let several = ask("/api/integrations/klaviyo/analytics", "x-netgain-workspace: w\r\n");
    refused(&several, 409, "connection_required");
    assert!(several.body.contains("`klaviyo` or `klaviyo-2`"), "{}", several.body);
    let one = ask("/api/integrations/klaviyo/analytics?connection=klaviyo", "x-netgain-workspace: w\r\n");
    assert_eq!(one.status, 200, "{}", one.body);
}

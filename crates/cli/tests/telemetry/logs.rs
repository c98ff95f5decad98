//! Log lines for programs: JSON, each with the request, workspace and connection that it is about.

use serde_json::Value;

use crate::program::Home;
use crate::rig::{PROVIDER, Server, WORKSPACE, connected, sandbox, secrets, wait_for};

fn lines(log: &str) -> Vec<Value> {
    // words for people stand beside log lines, and are no JSON
    log.lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn json_lines_name_request_workspace_and_connection() {
    let sandbox = sandbox();
    let home = connected(&sandbox);
    let server = Server::start(&home, &["--log-format", "json", "--log-level", "info"], &[]);
    server.sync(&[("x-request-id", "the-sync-of-the-test")]);
    server.ask(
        "GET",
        &format!("/api/v1/workspaces/{WORKSPACE}/orders?nonsense=1"),
        &[("x-request-id", "a-mistake")],
    );
    let log = server.end();
    let lines = lines(&log);
    let about = |message: &str, field: &str, value: &str| {
        let found = lines.iter().find(|line| line["message"] == message && line[field] == value);
        found.unwrap_or_else(|| panic!("no line `{message}` with {field} {value} in\n{log}")).clone()
    };
    let answered = about("a request was answered", "request.id", "the-sync-of-the-test");
    assert_eq!(answered["workspace.id"], WORKSPACE);
    assert_eq!(answered["level"], "info");
    assert!(answered["duration_ms"].is_u64() && answered["timestamp"].is_string(), "{answered}");
    let mistake = about("a request was answered", "request.id", "a-mistake");
    assert_eq!(mistake["http.response.status_code"], 400);
    assert_eq!(mistake["http.route"], "/api/v1/workspaces/{w}/orders");
    let ended = about("a sync ended", "connection.id", PROVIDER);
    assert_eq!((ended["workspace.id"].as_str(), ended["ok"].as_bool()), (Some(WORKSPACE), Some(true)));
    for secret in secrets(&sandbox) {
        assert!(!log.contains(&secret), "a secret stands in the log");
    }
}

#[test]
fn a_warning_for_people_names_its_request_too() {
    let sandbox = sandbox();
    let home = connected(&sandbox);
    home.stdout(&["sync", "--workspace", WORKSPACE]);
    let server = Server::start(&home, &[], &[]);
    // something else lies where the archive was: the server's log says so, the answer does not
    let raw = home.path().join("workspaces").join(WORKSPACE).join("raw");
    std::fs::rename(&raw, raw.with_extension("gone")).unwrap();
    std::fs::write(&raw, b"no folder").unwrap();
    let orders = format!("/api/v1/workspaces/{WORKSPACE}/orders?from=2000-01-01&to=2100-01-01");
    let orders: Value = serde_json::from_str(&server.ask("GET", &orders, &[]).2).unwrap();
    let order = orders["rows"][0]["order_id"].as_str().unwrap().replace('/', "%2F").replace(':', "%3A");
    let path = format!("/api/v1/workspaces/{WORKSPACE}/orders/{order}/explain");
    let (status, head, body) = server.ask("GET", &path, &[("x-request-id", "looks-for-damage")]);
    assert_eq!(status, 500, "{body}");
    assert!(head.contains("x-request-id: looks-for-damage"), "{head}");
    let problem: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (problem["code"].as_str(), problem["request_id"].as_str()),
        (Some("internal"), Some("looks-for-damage"))
    );
    assert!(!body.contains("cannot create"), "{body}");
    let line = wait_for("the line of the log", || {
        server.log().lines().find(|line| line.contains("looks-for-damage")).map(str::to_owned)
    });
    assert!(line.contains("ERROR") && line.contains(WORKSPACE) && line.contains("cannot create"), "{line}");
}

#[test]
fn a_form_that_does_not_exist_is_refused_with_those_that_do() {
    let refused =
        Home::new().command(&["inbox", "--workspace", "w"]).env("NETGAIN_LOG", "xml").output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("text") && said.contains("json"), "{said}");
}

//! `netgain sync` while a server has the workspace open: the server does it, and the command tells how it ended.

use netgain_sandbox::{Brand, Options};
use serde_json::json;

use crate::schedule::Server;
use crate::support::{Home, Sandbox, assert_same};

fn shop() -> Sandbox {
    Sandbox::start(Options { brand: Brand::Golden, unlimited: true, ..Options::default() })
}

#[test]
fn a_running_server_does_what_the_terminal_asks_for() {
    let sandbox = shop();
    let undisturbed = Home::new();
    undisturbed.stdout(&sandbox.connect_args("shopify", "w"));
    undisturbed.stdout(&["sync", "--workspace", "w"]);

    let home = Home::new();
    home.stdout(&sandbox.connect_args("shopify", "w"));
    let server = Server::start(&home);
    // the server has nothing open before it was asked for something
    let first = home.json(&["sync", "--workspace", "w", "--json"]);
    assert_eq!(first["connections"][0]["ok"], true, "{first}");
    server.look();
    let second = home.json(&["sync", "--workspace", "w", "--full", "--json"]);
    let done = &second["connections"][0];
    assert_eq!((&done["ok"], &done["by_server"]), (&json!(true), &json!(true)), "{second}");
    assert!(done["records"].as_u64().unwrap() > 0, "everything was read again: {second}");
    assert_eq!(server.card()["state"], "ok");
    let told = home.output(&["sync", "--workspace", "w"]);
    assert!(told.status.success());
    assert!(String::from_utf8_lossy(&told.stderr).contains("shopify: done"));

    // what fails there fails here
    sandbox.faults(&json!([{"point": "shopify*", "fault": {"kind": "revoked_token"}}]));
    let failed = home.output(&["sync", "--workspace", "w"]);
    let words = String::from_utf8_lossy(&failed.stderr).into_owned();
    assert_eq!(failed.status.code(), Some(1), "{words}");
    assert!(words.contains("connection shopify failed"), "{words}");
    server.terminate();
    assert_same(&home.digest(), &undisturbed.digest());
}

#[test]
fn whoever_has_the_workspace_open_and_takes_no_requests_is_named() {
    let sandbox = shop();
    let home = Home::new();
    home.stdout(&sandbox.connect_args("shopify", "w"));
    // this process is no server
    let open = home.warehouse();
    let refused = home.output(&["sync", "--workspace", "w"]);
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(3), "{words}");
    assert!(words.contains("in use by another process") && words.contains("start the sync there"), "{words}");
    drop(open);
    home.stdout(&["sync", "--workspace", "w"]);
}

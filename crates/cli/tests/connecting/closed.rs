//! A server that nobody opened: its first owner comes by the link that it prints, everybody else by an invitation, and
//! programs by a key.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::json;

use crate::browser::Browser;
use crate::program::{Home, Killed};

/// Starts it; its address, and the word of the link to create the owner where it prints one.
fn start(home: &Home) -> (Killed, String, Option<String>) {
    let mut child =
        home.command(&["serve", "--no-schedule", "--port", "0"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let first = lines.next().unwrap();
    let address = format!("http://{}", first.split_once("http://").unwrap_or_else(|| panic!("{first}")).1);
    let owned = !home.json(&["people", "list", "--json"])["people"].as_array().unwrap().is_empty();
    let word = if owned {
        None
    } else {
        lines.find_map(|line| line.split_once("/owner#").map(|(_, word)| word.to_owned()))
    };
    std::thread::spawn(move || lines.for_each(drop));
    (Killed(child), address, word)
}

#[test]
fn the_first_owner_comes_by_a_link_and_programs_by_a_key() {
    let home = Home::new();
    let (server, address, word) = start(&home);
    let workspaces = format!("{address}/api/v1/workspaces");
    let mut browser = Browser::default();
    assert_eq!(browser.get(&workspaces).code(), "signed_out");
    let owner = json!({ "token": word.unwrap(), "email": "ada@example.com", "name": "Ada",
        "password": "a long enough password" });
    let made = browser.post(&format!("{address}/api/v1/owner"), &owner);
    assert_eq!((made.status, made.json()["state"].as_str()), (200, Some("signed_in")), "{}", made.body);
    assert_eq!(browser.get(&workspaces).status, 200);
    let again = Browser::default().post(&format!("{address}/api/v1/owner"), &owner);
    assert_eq!((again.status, again.code().as_str()), (410, "link_over"));
    assert_eq!(Browser::default().get(&workspaces).code(), "signed_out", "the cookie opens, not the address");

    let key = home.json(&["keys", "add", "robot", "--scope", "read", "--json"]);
    let bearer = format!("authorization: Bearer {}\r\n", key["text"].as_str().unwrap());
    let asked = |path: &str| Browser::default().send("GET", &format!("{address}{path}"), &bearer, "");
    assert_eq!(asked("/api/v1/workspaces").status, 200);
    assert_eq!(asked("/api/v1/people").code(), "not_allowed");
    home.stdout(&["keys", "revoke", key["id"].as_str().unwrap()]);
    assert_eq!(asked("/api/v1/workspaces").code(), "key_invalid");

    let invited = home.json(&["people", "invite", "bob@example.com", "--role", "viewer", "--json"]);
    let word = invited["link"].as_str().unwrap().split_once("/invitation#").unwrap().1.to_owned();
    let accept = json!({ "token": word, "name": "Bob", "password": "another long password" });
    let mut bob = Browser::default();
    assert_eq!(bob.post(&format!("{address}/api/v1/invitations/accept"), &accept).status, 200);
    assert_eq!(bob.get(&format!("{address}/api/v1/people")).code(), "not_allowed");
    // the terminal's change holds with the next request
    home.stdout(&["people", "role", "bob@example.com", "--role", "admin"]);
    assert_eq!(bob.get(&format!("{address}/api/v1/people")).status, 200);
    home.stdout(&["people", "remove", "bob@example.com"]);
    assert_eq!(bob.get(&workspaces).code(), "signed_out");
    let last = home.output(&["people", "remove", "ada@example.com"]);
    assert!(String::from_utf8_lossy(&last.stderr).contains("would have no owner"));

    drop(server);
    let (_server, _, word) = start(&home);
    assert_eq!(word, None, "there is an owner");
}

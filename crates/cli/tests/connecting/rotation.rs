//! A refresh token that works once, and several processes that need the next one at the same moment.

use std::process::Stdio;

use serde_json::json;

use crate::browser::Browser;
use crate::program::{Home, Killed, Sandbox, http};
use crate::serving::{Server, sandbox, sign_in_request};

/// Answers of the token address since the last look, as status and number.
fn tokens(sandbox: &Sandbox) -> Vec<(u64, u64)> {
    let calls = sandbox.get("/control/calls");
    let all = calls["calls"].as_array().unwrap().iter();
    let of_token = all.filter(|call| call["point"] == "gohighlevel.token");
    of_token.map(|call| (call["status"].as_u64().unwrap(), call["count"].as_u64().unwrap())).collect()
}

#[test]
fn four_processes_renew_it_once_and_none_loses_it() {
    let (sandbox, home) = (sandbox(), Home::new());
    {
        let server = Server::start(&home, &[]);
        let mut browser = Browser::default();
        let path = format!("{}/api/v1/workspaces/w/connections/gohighlevel/oauth/start", server.address);
        let begun = browser.post(&path, &sign_in_request(&sandbox, "gohighlevel"));
        assert_eq!(begun.status, 200, "{}", begun.body);
        let (last, page) = browser.follow(begun.json()["authorize_url"].as_str().unwrap());
        assert_eq!(last.path(), "/signed-in", "{}", page.body);
    }
    for _ in 0..2 {
        // the token is over, which only the platform knows
        http("POST", &sandbox.ready().address, "/world/clock", Some(&json!({"advance_days": 2})));
        http("DELETE", &sandbox.ready().address, "/control/calls", None);
        let connect = ["connect", "gohighlevel", "--workspace", "w"];
        let sync = ["sync", "--workspace", "w"];
        let all: Vec<Killed> = [&sync[..], &connect, &connect, &connect]
            .into_iter()
            .map(|args| {
                let mut command = home.command(args);
                Killed(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap())
            })
            .collect();
        for mut one in all {
            let status = one.0.wait().unwrap();
            let mut said = String::new();
            std::io::Read::read_to_string(&mut one.0.stderr.take().unwrap(), &mut said).unwrap();
            assert!(status.success(), "{said}");
        }
        assert_eq!(tokens(&sandbox), [(200, 1)]);
    }
}

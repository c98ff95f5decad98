//! A small made-up shop, the program that reads it, and everything that it says.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use netgain_sandbox::{Brand, Options};
use serde_json::Value;

use crate::program::{Home, Killed, Log, Sandbox, serve, wait_within};

/// The platform that is read.
pub const PROVIDER: &str = "shopify";
/// A workspace whose name nothing but its own lines and spans may hold.
pub const WORKSPACE: &str = "wonderful-things";
/// How long something in the background may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

pub fn sandbox() -> Sandbox {
    Sandbox::start(Options { brand: Brand::Golden, unlimited: true, ..Options::default() })
}

/// An installation with the shop connected and nothing read yet.
pub fn connected(sandbox: &Sandbox) -> Home {
    let home = Home::new();
    home.stdout(&sandbox.connect_args(PROVIDER, WORKSPACE));
    home
}

/// A running `netgain serve`.
pub struct Server {
    pub child: Killed,
    pub host: String,
    log: Log,
}

impl Server {
    pub fn start(home: &Home, args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command =
            home.command(&[&["serve", "--port", "0", "--no-schedule", "--open"], args].concat());
        command.envs(env.iter().copied());
        let (child, address, log) = serve(command);
        Self { child, host: address.trim_start_matches("http://").to_owned(), log }
    }

    /// One request; the status, the head and the body of its answer.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, String, String) {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.host);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        let body = if method == "POST" { "{}" } else { "" };
        request.push_str(&format!(
            "Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_owned(), body.to_owned())
    }

    pub fn metrics(&self) -> String {
        let (status, _, body) = self.ask("GET", "/metrics", &[]);
        assert_eq!(status, 200, "{body}");
        body
    }

    /// Starts a sync and waits for its good end.
    pub fn sync(&self, headers: &[(&str, &str)]) {
        self.sync_to(headers, "ok");
    }

    /// Starts a sync and waits until it has ended so.
    pub fn sync_to(&self, headers: &[(&str, &str)], result: &str) {
        let path = format!("/api/v1/workspaces/{WORKSPACE}/connections/{PROVIDER}/sync");
        let (status, _, body) = self.ask("POST", &path, headers);
        assert!((200..300).contains(&status), "{status} {body}");
        let ended = format!("netgain_syncs_total{{provider=\"{PROVIDER}\",result=\"{result}\"}} 1");
        wait_for("the sync's end", || self.metrics().contains(&ended).then_some(()));
    }

    /// What it said on standard error since its address was known.
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// Asks it to end, and waits for that.
    pub fn end(mut self) -> String {
        let id = self.child.0.id().to_string();
        assert!(std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(self.child.0.wait().unwrap().success());
        self.log()
    }
}

/// Waits until it is so.
pub fn wait_for<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    wait_within(PATIENCE, what, look)
}

/// Every secret of the connection, none of which may be told to anybody.
pub fn secrets(sandbox: &Sandbox) -> Vec<String> {
    sandbox.ready().platforms[PROVIDER].secrets.values().cloned().collect()
}

/// The checks of `netgain doctor --json`, by name.
pub fn findings(output: &std::process::Output) -> std::collections::BTreeMap<String, Value> {
    let said: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let checks = said["checks"].as_array().unwrap().clone();
    checks.into_iter().map(|check| (check["check"].as_str().unwrap().to_owned(), check)).collect()
}

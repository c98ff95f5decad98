//! A running server, and waiting for what happens behind it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::program::{Home, Killed, Log, http, serve, wait_within};

/// How long something that happens in the background may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// A running `netgain serve`.
pub struct Server {
    pub child: Killed,
    pub address: String,
    _log: Log,
}

impl Server {
    pub fn start(home: &Home, port: &str) -> Self {
        let (child, address, log) =
            serve(home.command(&["serve", "--open", "--no-schedule", "--port", port]));
        Self { child, address, _log: log }
    }

    pub fn port(&self) -> &str {
        self.address.rsplit_once(':').unwrap().1
    }

    pub fn rows(&self, sql: &str) -> Value {
        http("POST", &self.address, "/api/v1/workspaces/w/query", Some(&json!({"sql": sql})))["rows"].clone()
    }
}

/// Waits until it is so.
pub fn wait_for<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    wait_within(PATIENCE, what, look)
}

pub fn inbox(home: &Home) -> Value {
    home.json(&["inbox", "--workspace", "w", "--json"])["connections"][0].clone()
}

pub fn count(inbox: &Value, names: &[&str]) -> u64 {
    names.iter().map(|name| inbox[*name].as_u64().unwrap()).sum()
}

pub fn wait_until_applied(home: &Home) -> Value {
    wait_for("applying the inbox", || Some(inbox(home)).filter(|inbox| count(inbox, &["waiting"]) == 0))
}

pub fn send(sandbox: &str, body: &Value) -> Vec<Value> {
    http("POST", sandbox, "/control/webhooks/send", Some(body))["deliveries"].as_array().unwrap().clone()
}

/// The status of an unsigned delivery to any address of the server.
pub fn status_of(address: &str, path: &str) -> u16 {
    let host = address.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    // a foreign page's browser, under a name that is not ours: neither matters here
    write!(stream, "POST {path} HTTP/1.1\r\nHost: hooks.example\r\nOrigin: https://evil.example\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}").unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

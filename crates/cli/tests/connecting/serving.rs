//! A running `netgain serve`, and what tests ask of it and of the sandbox.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use netgain_sandbox::{Brand, Options};
use serde_json::{Value, json};

use crate::browser::{Answer, Browser};
use crate::program::{Home, Killed, Sandbox};

/// How long something that happens in the background may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Server {
    _child: Killed,
    pub address: String,
    log: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    pub fn start(home: &Home, environment: &[(String, String)]) -> Self {
        let mut command = home.command(&["serve", "--open", "--port", "0"]);
        command.envs(environment.iter().cloned()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut from = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        from.read_line(&mut line).unwrap();
        let host = line.trim().split_once("http://").unwrap_or_else(|| panic!("{line}")).1.to_owned();
        let log = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&log);
        std::thread::spawn(move || {
            let mut part = [0; 4096];
            while let Ok(length @ 1..) = from.read(&mut part) {
                kept.lock().unwrap().extend_from_slice(&part[..length]);
            }
        });
        Self { _child: Killed(child), address: format!("http://{host}"), log }
    }

    /// What the server logged so far.
    pub fn log(&self) -> Vec<u8> {
        self.log.lock().unwrap().clone()
    }

    pub fn get(&self, path: &str) -> Answer {
        Browser::default().get(&format!("{}{path}", self.address))
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        Browser::default().post(&format!("{}{path}", self.address), body)
    }

    pub fn connections(&self) -> Vec<Value> {
        let answer = self.get("/api/v1/workspaces/w/connections");
        if answer.status == 404 {
            return Vec::new();
        }
        answer.json()["connections"].as_array().unwrap().clone()
    }

    /// Syncs a connection to its end; the rows that are stored from it.
    pub fn sync(&self, connection: &str) -> u64 {
        let path = format!("/api/v1/workspaces/w/connections/{connection}/sync");
        assert_eq!(self.post(&path, &json!({})).status, 202);
        self.wait(connection)
    }

    /// Waits for the end of a connection's sync; the rows that are stored from it.
    pub fn wait(&self, connection: &str) -> u64 {
        let began = Instant::now();
        loop {
            let all = self.connections();
            let one = all.iter().find(|one| one["id"] == connection).unwrap();
            if one["state"] == "ok" {
                return one["rows"].as_u64().unwrap();
            }
            assert_ne!(one["state"], "error", "{one}");
            assert!(began.elapsed() < PATIENCE, "the sync did not end: {one}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

pub fn sandbox() -> Sandbox {
    let today = Some("2026-11-21".parse().unwrap());
    Sandbox::start(Options { brand: Brand::Golden, today, unlimited: true, ..Options::default() })
}

/// The body that connects one of the sandbox's platforms; secrets that the manifest does not ask for are left out.
pub fn request(sandbox: &Sandbox, provider: &str) -> Value {
    let access = &sandbox.ready().platforms[provider];
    let manifest = netgain_providers::manifest(provider).unwrap().unwrap();
    let secrets = access.secrets.iter().filter(|(name, _)| manifest.connection.fields.contains_key(**name));
    let secrets: serde_json::Map<String, Value> =
        secrets.map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({
        "provider": provider,
        "fields": access.fields,
        "secrets": secrets,
        "base_url": access.base_url,
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
    })
}

/// The same for a sign-in under the sandbox's app.
pub fn sign_in_request(sandbox: &Sandbox, provider: &str) -> Value {
    let app = &sandbox.ready().platforms[provider].oauth;
    let mut request = request(sandbox, provider);
    request["secrets"] = json!({"client_id": app["client_id"], "client_secret": app["client_secret"]});
    request
}

/// The operator's variables for the app under which people sign in at a platform of the sandbox; none where nobody does.
#[allow(dead_code, reason = "another test program that shares this file needs it")]
pub fn app_of(sandbox: &Sandbox, provider: &str) -> Vec<(String, String)> {
    let access = &sandbox.ready().platforms[provider];
    let variable = |name: &str| format!("NETGAIN_APP_{}_{name}", provider.to_ascii_uppercase());
    let of_app = |name: &str| access.oauth.get(name).cloned();
    let Some((id, secret)) = of_app("client_id").zip(of_app("client_secret")) else { return Vec::new() };
    vec![
        (variable("CLIENT_ID"), id),
        (variable("CLIENT_SECRET"), secret),
        (variable("BASE_URL"), access.base_url.clone()),
    ]
}

/// The operator's variables for a platform of the sandbox.
pub fn central(sandbox: &Sandbox, provider: &str, values: &[(&str, &str)]) -> Vec<(String, String)> {
    let variable = |name: &str| {
        format!("NETGAIN_CENTRAL_{}_{}", provider.to_ascii_uppercase(), name.to_ascii_uppercase())
    };
    let mut all = vec![(variable("base_url"), sandbox.ready().platforms[provider].base_url.clone())];
    all.extend(values.iter().map(|(name, value)| (variable(name), (*value).to_owned())));
    all
}

/// Asserts that no file below a folder holds a text.
pub fn assert_nowhere(folder: &Path, text: &str) {
    let mut files = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            // a socket or a file that is gone meanwhile holds nothing
            let bytes = std::fs::read(&path).unwrap_or_default();
            assert!(!holds(&bytes, text), "{} holds a secret", path.display());
        }
    }
    assert!(files > 0, "nothing was searched");
}

pub fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|part| part == text.as_bytes())
}

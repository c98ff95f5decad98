//! A platform of a sandbox, a connection to it, and the running server that the platform tells of its news.

use std::collections::BTreeMap;

use netgain_control::Control;
use netgain_sandbox::{Brand, Options};
use serde_json::{Value, json};

use crate::program::{Home, Sandbox, http};
use crate::serve::{Server, count, wait_for};

/// How the platform comes to know the server's address.
#[derive(Debug, Clone, Copy)]
pub enum Told {
    /// The running server registers so many subscriptions through the platform's interface.
    ByApi { subscriptions: usize },
    /// A person enters the address at the platform, which signs with that secret.
    ByHand { secret: &'static str },
}

/// What the tests hold on to.
pub struct Rig {
    pub id: &'static str,
    pub sandbox: Sandbox,
    pub home: Home,
    pub server: Server,
    /// The path of the connection's address.
    pub path: String,
}

/// A demo brand of which a platform is read.
pub fn demo() -> Sandbox {
    let today = Some("2026-11-21".parse().unwrap());
    Sandbox::start(Options { brand: Brand::Demo, today, unlimited: true, ..Options::default() })
}

/// A workspace `w` with everything of the platform in it.
pub fn read_whole(id: &str, sandbox: &Sandbox, secrets: &[&str]) -> Home {
    let home = connected(id, sandbox, secrets);
    home.stdout(&["sync", "--workspace", "w"]);
    home
}

/// A workspace `w` that is connected to the platform.
pub fn connected(id: &str, sandbox: &Sandbox, secrets: &[&str]) -> Home {
    let home = Home::new();
    let mut args = sandbox.connect_args(id, "w");
    // a key is enough; a grant that stands beside it is for signing in
    if let Some(at) = args.iter().position(|arg| arg.starts_with("refresh_token=")) {
        args.drain(at - 1..=at);
    }
    for secret in secrets {
        args.extend(["--secret".to_owned(), (*secret).to_owned()]);
    }
    home.stdout(&args);
    home
}

impl Rig {
    /// `begun` is the stream that must have been read, where reading all of them takes too long.
    pub fn start(
        id: &'static str,
        told: Told,
        secrets: &[&str],
        begun: Option<&str>,
        more: impl FnOnce(&Home, &Sandbox),
    ) -> Self {
        let sandbox = demo();
        let home = match begun {
            Some(_) => connected(id, &sandbox, secrets),
            None => read_whole(id, &sandbox, secrets),
        };
        more(&home, &sandbox);
        let server = Server::start(&home, "0");
        if let Some(stream) = begun {
            begin(&server, id, stream);
        }
        let shown = home.json(&["connection", "webhooks", "--workspace", "w", "--connection", id, "--json"]);
        let path = shown["path"].as_str().unwrap().to_owned();
        let rig = Self { id, sandbox, home, server, path };
        match told {
            Told::ByApi { subscriptions } => rig.wait_until_registered(subscriptions),
            Told::ByHand { secret } => {
                assert_eq!(shown["register"], "manual", "{shown}");
                rig.register(&["*"], secret);
            }
        }
        rig
    }

    /// Registers the server's address as a person does in the platform's pages.
    pub fn register(&self, topics: &[&str], secret: &str) {
        self.register_at(&self.path, topics, secret);
    }

    pub fn register_at(&self, path: &str, topics: &[&str], secret: &str) {
        let address = format!("{}{path}", self.server.address);
        let asked = json!({ "face": self.id, "address": address, "secret": secret, "topics": topics });
        self.control("/control/webhooks/register", &asked);
    }

    pub fn wait_until_registered(&self, subscriptions: usize) {
        wait_for("the registration", || (self.registrations().len() == subscriptions).then_some(()));
        self.wait_for_inbox(self.id, |inbox| inbox["active_since"].is_string());
    }

    /// The numbers of the registrations that the platform still knows.
    pub fn registrations(&self) -> Vec<u64> {
        let all = self.sandbox.get("/control/webhooks")["registrations"].clone();
        let own = |one: &&Value| one["address"].as_str().unwrap().starts_with(&self.server.address);
        let known = all.as_array().unwrap().iter().filter(own).filter(|one| one["forgotten"] == false);
        known.map(|one| one["id"].as_u64().unwrap()).collect()
    }

    /// The subscriptions that the program knows of.
    pub fn known_here(&self) -> Vec<String> {
        let control = Control::open(self.home.path()).unwrap();
        let known = control.subscriptions(&"w".parse().unwrap(), &self.id.parse().unwrap()).unwrap();
        known.into_iter().map(|one| one.id).collect()
    }

    /// A call of the sandbox's own paths.
    pub fn control(&self, path: &str, body: &Value) -> Value {
        http("POST", &self.sandbox.ready().address, path, Some(body))
    }

    /// Sends an event now; what became of each first try.
    pub fn send(&self, event: &Value) -> Vec<Value> {
        let mut event = event.clone();
        event["face"] = json!(self.id);
        crate::serve::send(&self.sandbox.ready().address, &event)
    }

    /// The inbox of a connection.
    pub fn inbox(&self, connection: &str) -> Value {
        let all = self.home.json(&["inbox", "--workspace", "w", "--json"]);
        let found = all["connections"].as_array().unwrap().iter().find(|one| one["connection"] == connection);
        found.cloned().unwrap_or(Value::Null)
    }

    pub fn wait_for_inbox(&self, connection: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        wait_for("that state of the inbox", || Some(self.inbox(connection)).filter(|inbox| is_so(inbox)))
    }

    pub fn wait_until_applied(&self) -> Value {
        self.wait_for_inbox(self.id, |inbox| inbox.is_object() && count(inbox, &["waiting"]) == 0)
    }

    /// Lets a day pass at the platform, and waits until everything that it sent has its answer.
    pub fn advance(&self) {
        self.control("/world/advance", &json!({ "days": 1 }));
    }

    /// Waits until the platform has sent everything, and all of it is applied.
    pub fn wait_for_the_news(&self) {
        let before = std::cell::Cell::new(0);
        wait_for("the news", || {
            let counts = self.sandbox.get("/control/webhooks")["counts"][self.id].clone();
            let [sent, taken] = ["sent", "acknowledged"].map(|name| counts[name].as_u64().unwrap_or(0));
            // no more on its way since the last look
            let settled = sent > 0 && sent == taken && before.replace(sent) == sent;
            std::thread::sleep(std::time::Duration::from_millis(500));
            settled.then_some(())
        });
        self.wait_until_applied();
    }

    pub fn card(&self, connection: &str) -> Value {
        let cards = http("GET", &self.server.address, "/api/v1/workspaces/w/connections", None);
        let found =
            cards["connections"].as_array().unwrap().iter().find(|one| one["id"] == connection).cloned();
        found.unwrap()
    }

    /// What the connection's card says of its webhooks.
    pub fn note(&self) -> String {
        self.card(self.id)["webhooks"]["note"].as_str().unwrap_or_default().to_owned()
    }

    pub fn wait_until_idle(&self) {
        wait_for("the end of the sync", || (self.card(self.id)["state"] == "ok").then_some(()));
    }

    /// Polls the platform once.
    pub fn poll(&self) {
        self.wait_until_idle();
        let before = self.card(self.id)["last_sync_at"].clone();
        let path = format!("/api/v1/workspaces/w/connections/{}/sync", self.id);
        http("POST", &self.server.address, &path, Some(&json!({})));
        wait_for("the end of the sync", || {
            let card = self.card(self.id);
            (card["state"] == "ok" && card["last_sync_at"] != before).then_some(())
        });
    }

    /// The rows of a table: what stands for their contents, by the platform's id.
    pub fn rows(&self, table: &str) -> BTreeMap<String, String> {
        rows_of(&self.server, table)
    }

    /// What events announced and what polling found that they had not, of a stream, until this moment.
    pub fn announced_and_lost(&self, stream: &str) -> (u64, u64) {
        let control = Control::open(self.home.path()).unwrap();
        let (since, until) = (jiff::Timestamp::UNIX_EPOCH, jiff::Timestamp::now());
        let losses = control.losses(&"w".parse().unwrap(), &self.id.parse().unwrap(), since, until).unwrap();
        let found = losses.iter().find(|one| one.stream == stream);
        found.map_or((0, 0), |one| (one.announced, one.lost))
    }

    /// Starts the program anew at the same address.
    pub fn restart(&mut self) {
        let port = self.server.port().to_owned();
        self.server.child.kill();
        self.server = Server::start(&self.home, &port);
    }
}

/// Has the server begin to read a platform, and waits until it has read a stream.
pub fn begin(server: &Server, id: &str, stream: &str) {
    http("POST", &server.address, &format!("/api/v1/workspaces/w/connections/{id}/sync"), Some(&json!({})));
    wait_for("the end of a stream", || {
        let cards = http("GET", &server.address, "/api/v1/workspaces/w/connections", None);
        let streams = cards["connections"][0]["streams"].as_array().unwrap().clone();
        streams.iter().any(|one| one["stream"] == stream && one["state"] == "done").then_some(())
    });
}

/// All rows of a table in one cell, because an answer has a limit.
fn listing(table: &str) -> String {
    format!("SELECT string_agg(source_id || ' ' || content_hash::VARCHAR, chr(10)) FROM {table}")
}

fn by_id(answer: &Value) -> BTreeMap<String, String> {
    let text = answer[0][0].as_str().unwrap_or_default();
    let rows = text.lines().map(|line| line.split_once(' ').unwrap());
    rows.map(|(id, rest)| (id.to_owned(), rest.to_owned())).collect()
}

/// The rows of a table of a running server, by the platform's id.
pub fn rows_of(server: &Server, table: &str) -> BTreeMap<String, String> {
    by_id(&server.rows(&listing(table)))
}

/// The rows that polling alone brings, by the platform's id.
pub fn polled(home: &Home, table: &str) -> BTreeMap<String, String> {
    by_id(&home.query(&listing(table)))
}

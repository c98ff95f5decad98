//! What the tests put in place of the world: scripted answers, a clock that nobody waits for, a sink that remembers.
#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "a test that cannot go on fails; not every test uses all of it"
)]

pub mod relay;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use netgain_connector::{
    BoxError, Clock, Engine, Note, Page, Request, Response, SecretSource, Setup, Sink, Transport,
    TransportError,
};
use netgain_manifest::Manifest;
use serde_json::Value;

/// When tests begin.
pub const START: &str = "2026-03-31T12:00:00Z";

/// A clock that moves when somebody sleeps, and remembers how long.
pub struct TestClock {
    now: Mutex<Timestamp>,
    pub slept: Mutex<Vec<Duration>>,
}

impl TestClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { now: Mutex::new(START.parse().unwrap()), slept: Mutex::default() })
    }

    /// Time passes without anybody sleeping, as while an answer is on its way.
    pub fn pass(&self, time: Duration) {
        *self.now.lock().unwrap() += time;
    }

    pub fn total(&self) -> Duration {
        self.slept.lock().unwrap().iter().sum()
    }
}

#[async_trait::async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    async fn sleep(&self, time: Duration) {
        *self.now.lock().unwrap() += time;
        self.slept.lock().unwrap().push(time);
    }
}

/// Secrets of which each is read from the front until the last.
pub struct Secrets(Mutex<BTreeMap<String, VecDeque<String>>>);

impl Secrets {
    pub fn new(secrets: &[(&str, &[&str])]) -> Arc<Self> {
        let list = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        let secrets = secrets.iter().map(|(name, values)| ((*name).to_owned(), list(values))).collect();
        Arc::new(Self(Mutex::new(secrets)))
    }
}

impl SecretSource for Secrets {
    fn secret(&self, field: &str) -> Result<Option<String>, BoxError> {
        let mut secrets = self.0.lock().unwrap();
        let Some(values) = secrets.get_mut(field) else { return Ok(None) };
        Ok(if values.len() > 1 { values.pop_front() } else { values.front().cloned() })
    }
}

/// A request as it went out.
#[derive(Debug, Clone)]
pub struct Sent {
    pub url: url::Url,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Sent {
    pub fn query(&self, name: &str) -> Option<String> {
        self.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// A GraphQL variable; null when it was not given.
    pub fn variable(&self, name: &str) -> Value {
        serde_json::from_str::<Value>(&self.body).unwrap()["variables"][name].clone()
    }
}

type Answerer = dyn Fn(&Sent, usize) -> Result<Response, TransportError> + Send + Sync;

/// A platform made of one function, which sees the request and its number from 0.
pub struct Platform {
    answer: Box<Answerer>,
    pub sent: Mutex<Vec<Sent>>,
}

impl Platform {
    pub fn new(
        answer: impl Fn(&Sent, usize) -> Result<Response, TransportError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { answer: Box::new(answer), sent: Mutex::default() })
    }

    pub fn calls(&self) -> usize {
        self.sent.lock().unwrap().len()
    }

    /// What it answers, without being asked over a connection.
    pub fn answer(&self, sent: &Sent, number: usize) -> Result<Response, TransportError> {
        (self.answer)(sent, number)
    }
}

#[async_trait::async_trait]
impl Transport for Platform {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let sent = Sent {
            url: request.url,
            headers: request.headers.into_iter().collect(),
            body: String::from_utf8(request.body.to_vec()).unwrap(),
        };
        let number = self.calls();
        self.sent.lock().unwrap().push(sent.clone());
        (self.answer)(&sent, number)
    }
}

/// An answer.
pub fn answer(status: u16, body: &str) -> Response {
    Response { status, headers: Vec::new(), body: Bytes::copy_from_slice(body.as_bytes()) }
}

/// An answer with a header.
pub fn with_header(mut response: Response, name: &str, value: &str) -> Response {
    response.headers.push((name.to_owned(), value.to_owned()));
    response
}

/// The connection broke off.
pub fn broken() -> TransportError {
    TransportError::Broken { host: "shop.example.com".into(), reason: "it broke off".into(), sent: true }
}

/// Keeps what it is given.
#[derive(Default)]
pub struct Kept {
    pub pages: Mutex<Vec<Page>>,
    pub notes: Mutex<Vec<Note>>,
    /// Refuses the page of this number, from 0.
    pub refuse: Mutex<Option<usize>>,
}

impl Kept {
    /// All records in their order.
    pub fn records(&self) -> Vec<Value> {
        let pages = self.pages.lock().unwrap();
        pages.iter().flat_map(|page| &page.lines).map(|line| serde_json::from_slice(line).unwrap()).collect()
    }

    /// The last position.
    pub fn cursor(&self) -> Option<String> {
        self.pages.lock().unwrap().iter().rev().find_map(|page| page.cursor.clone())
    }

    pub fn cursors(&self) -> Vec<Option<String>> {
        self.pages.lock().unwrap().iter().map(|page| page.cursor.clone()).collect()
    }
}

#[async_trait::async_trait]
impl Sink for Kept {
    async fn page(&self, page: Page) -> Result<(), BoxError> {
        let mut pages = self.pages.lock().unwrap();
        if *self.refuse.lock().unwrap() == Some(pages.len()) {
            return Err("the disk is full".into());
        }
        pages.push(page);
        Ok(())
    }

    fn note(&self, note: Note) {
        self.notes.lock().unwrap().push(note);
    }
}

/// A manifest with these sections in place of its own.
pub fn manifest(auth: &str, errors: &str, more: &str, stream: &str) -> Arc<Manifest> {
    let text = format!(
        "manifest: 1
id: test
name: Test
category: commerce
docs: https://docs.example.com
versions: {{api: \"1\"}}
connection: {{fields: {{shop: {{title: Shop}}, token: {{title: Token, secret: true}}}}}}
auth: {auth}
http: {{base_url: \"https://{{connection.shop}}.example.com\", allowed_hosts: [\"*.example.com\"]}}
errors:
{errors}
check: {{request: {{path: /me}}, expect: id}}
{more}
streams:
  - name: things
    entity: customers
    fetch: {{kind: pages}}
    decode: {{kind: json}}
    key: [id]
    map: {{fields: {{name: {{from: name}}}}}}
{stream}
"
    );
    Arc::new(Manifest::from_yaml(&text).unwrap_or_else(|error| panic!("{error}\n{text}")))
}

pub const HEADER: &str = "{kind: api_key, field: token, place: header, name: X-Token}";

/// An engine for the manifest over the platform.
pub fn engine(manifest: &Arc<Manifest>, platform: &Arc<Platform>, clock: &Arc<TestClock>) -> Engine {
    with_secrets(manifest, platform, clock, Secrets::new(&[("token", &["s3cret+key"])]))
}

pub fn with_secrets(
    manifest: &Arc<Manifest>,
    platform: &Arc<Platform>,
    clock: &Arc<TestClock>,
    secrets: Arc<Secrets>,
) -> Engine {
    Engine::new(Setup {
        manifest: Arc::clone(manifest),
        fields: BTreeMap::from([("shop".to_owned(), "shop".to_owned())]),
        base_url: None,
        transport: Arc::clone(platform) as Arc<dyn Transport>,
        secrets,
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        spool: std::env::temp_dir(),
    })
    .unwrap()
}

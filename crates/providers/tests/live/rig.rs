//! An emulated platform, a connection to it, a clock that does not wait, and rows by their key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use netgain_connector::{
    BoxError, Clock, Engine, Error, HttpTransport, Limits, Page, Reach, SecretSource, Setup, Sink,
};
use netgain_domain::{Row, Value};
use netgain_manifest::{Manifest, Stream};
use netgain_mapping::{Mapper, parse};
use netgain_sandbox::{Brand, Options, Running, start};
use rust_decimal::Decimal;

/// Time passes only where somebody waits for it.
struct FastClock(Mutex<Timestamp>);

#[async_trait::async_trait]
impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, time: Duration) {
        let mut now = self.0.lock().unwrap();
        *now = now.checked_add(time).unwrap();
    }
}

struct Secrets(BTreeMap<String, String>);

impl SecretSource for Secrets {
    fn secret(&self, field: &str) -> Result<Option<String>, BoxError> {
        Ok(self.0.get(field).cloned())
    }
}

/// What the rows of one table came to.
#[derive(Debug, Default)]
pub struct Store {
    /// By table and key: the version and the row.
    pub rows: BTreeMap<(String, String), (i64, Row)>,
    /// Positions by stream.
    cursors: BTreeMap<String, String>,
    /// Rows that were new, changed or removed since the last look.
    pub moved: BTreeSet<(String, String)>,
    /// Paths at which records were set aside.
    pub set_aside: Vec<String>,
}

struct Rows<'a> {
    store: &'a Mutex<Store>,
    mapper: Mapper,
    entity: String,
}

impl Rows<'_> {
    /// Rows that another stream of the same table brought are not swept.
    fn gone(&self, store: &mut Store, id: &str) {
        let key = (self.entity.clone(), id.to_owned());
        if store.rows.remove(&key).is_some() {
            store.moved.insert(key);
        }
    }
}

#[async_trait::async_trait]
impl Sink for Rows<'_> {
    async fn page(&self, page: Page) -> Result<(), BoxError> {
        let mut store = self.store.lock().unwrap();
        for line in &page.lines {
            let record = parse(std::str::from_utf8(line)?)?;
            let seen = page.observed_at.as_microsecond();
            let records = match self.mapper.record(&record, 0, seen, &page.context) {
                Ok(records) => records,
                Err(bad) => {
                    store.set_aside.push(bad.path);
                    continue;
                }
            };
            for record in records {
                let key = (self.entity.clone(), record.root.source_id.clone());
                let stored = store.rows.get(&key);
                if stored.is_some_and(|(version, row)| *version > record.version || *row == record.root) {
                    continue;
                }
                store.rows.insert(key.clone(), (record.version, record.root));
                store.moved.insert(key);
            }
        }
        for id in &page.deleted {
            self.gone(&mut store, id);
        }
        if let Some(sweep) = &page.sweep {
            assert!(sweep.days.is_none(), "no stream here sweeps windows");
            let kept: BTreeSet<&str> = sweep.kept.iter().map(String::as_str).collect();
            let of_table = store.rows.keys().filter(|(table, _)| *table == self.entity);
            let gone: Vec<String> =
                of_table.map(|(_, id)| id.clone()).filter(|id| !kept.contains(id.as_str())).collect();
            gone.iter().for_each(|id| self.gone(&mut store, id));
        }
        if let Some(cursor) = page.cursor {
            store.cursors.insert(page.stream, cursor);
        }
        Ok(())
    }
}

/// A connection with what it has brought.
pub struct Connection {
    manifest: Arc<Manifest>,
    fields: BTreeMap<String, String>,
    base_url: String,
    secrets: BTreeMap<String, String>,
    pub store: Mutex<Store>,
}

/// The demo brand without limits; the same each time.
pub async fn demo() -> Running {
    let today = Some("2026-11-21".parse().unwrap());
    start(Options { port: 0, today, seed: 7, unlimited: true, ..Options::default() }).await.unwrap()
}

/// The golden brand without limits: small.
pub async fn golden() -> Running {
    start(Options { port: 0, brand: Brand::Golden, unlimited: true, ..Options::default() }).await.unwrap()
}

impl Connection {
    /// A connection with the secrets of the ready line.
    pub fn new(running: &Running, platform: &str) -> Self {
        let access = &running.ready.platforms[platform];
        let owned = |known: &BTreeMap<&str, String>| {
            known.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
        };
        Self {
            manifest: Arc::new(netgain_providers::manifest(platform).unwrap().unwrap()),
            fields: owned(&access.fields),
            base_url: access.base_url.clone(),
            secrets: owned(&access.secrets),
            store: Mutex::default(),
        }
    }

    /// The same with another secret.
    pub fn with_secret(mut self, name: &str, value: String) -> Self {
        self.secrets.insert(name.to_owned(), value);
        self
    }

    /// Reads every stream from where it was left; the first error ends the run, as it pauses a connection.
    pub async fn sync(&self, running: &Running) -> Result<(), Error> {
        let setup = Setup {
            manifest: Arc::clone(&self.manifest),
            fields: self.fields.clone(),
            base_url: Some(self.base_url.clone()),
            transport: Arc::new(HttpTransport::new(Reach::Local, Limits::default()).unwrap()),
            secrets: Arc::new(Secrets(self.secrets.clone())),
            clock: Arc::new(FastClock(Mutex::new(running.state.world.now()))),
            spool: std::env::temp_dir(),
        };
        let engine = Engine::new(setup)?;
        let section = self.manifest.accounts.as_ref().unwrap().as_stream();
        let accounts = engine.accounts(&self.sink(&section)).await?;
        for stream in &self.manifest.streams {
            let cursor = self.store.lock().unwrap().cursors.get(&stream.name).cloned();
            engine.run(stream, &accounts, cursor.as_deref(), &self.sink(stream)).await?;
        }
        Ok(())
    }

    fn sink(&self, stream: &Stream) -> Rows<'_> {
        let mapper = Mapper::compile(stream).unwrap();
        Rows { store: &self.store, mapper, entity: stream.entity.clone() }
    }

    /// The rows of a table.
    pub fn rows(&self, table: &str) -> Vec<Row> {
        let store = self.store.lock().unwrap();
        store.rows.iter().filter(|((one, _), _)| one == table).map(|(_, (_, row))| row.clone()).collect()
    }

    /// The tables and keys of the rows that moved since this was last asked.
    pub fn moved(&self) -> BTreeSet<(String, String)> {
        std::mem::take(&mut self.store.lock().unwrap().moved)
    }

    /// Everything it has brought, without the versions.
    pub fn contents(&self) -> BTreeMap<(String, String), Row> {
        let store = self.store.lock().unwrap();
        store.rows.iter().map(|(key, (_, row))| (key.clone(), row.clone())).collect()
    }
}

/// A cell as text; empty when nothing was said.
pub fn text(row: &Row, column: &str) -> String {
    match row.get(column) {
        Value::Null => String::new(),
        Value::Text(text) | Value::Json(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Decimal(amount) => amount.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Time(moment) => moment.to_string(),
        Value::Date(day) => day.to_string(),
    }
}

/// A cell as an amount; zero when nothing was said.
pub fn amount(row: &Row, column: &str) -> Decimal {
    match row.get(column) {
        Value::Decimal(amount) => *amount,
        Value::Int(number) => Decimal::from(*number),
        _ => Decimal::ZERO,
    }
}

/// A sync under faults ends like one without, and every fault has come about.
pub async fn assert_withstands(running: &Running, platform: &str, rules: serde_json::Value) {
    let expected = Connection::new(running, platform);
    expected.sync(running).await.unwrap();
    let found = Connection::new(running, platform);
    running.state.faults.add(netgain_sandbox::faults::Faults::parse(rules).unwrap());
    found.sync(running).await.unwrap();
    for active in running.state.faults.list() {
        assert!(active.fired > 0, "never came about: {active:?}");
    }
    running.state.faults.clear();
    assert!(expected.contents().len() > 5);
    assert_eq!(found.contents(), expected.contents());
}

/// Switches faults on.
pub fn fail(running: &Running, rules: serde_json::Value) {
    running.state.faults.add(netgain_sandbox::faults::Faults::parse(rules).unwrap());
}

/// Moves the world's clock on by a day.
pub fn next_day(running: &Running) {
    let now = running.state.world.now();
    running.state.world.move_clock(now.checked_add(Duration::from_secs(86_400)).unwrap());
}

//! An emulated shop, a connection to it, a clock that does not wait, and a sink that keeps rows by their key.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use netgain_connector::{
    BoxError, Clock, Engine, Error, HttpTransport, Limits, Method, Note, Page, Reach, Request, SecretSource,
    Setup, Sink, StreamReport, Transport,
};
use netgain_manifest::{Deletes, Manifest, Stream};
use netgain_mapping::{Context, Mapper, parse};
use netgain_sandbox::{Brand, Options, Running, start};

/// Time passes only where somebody waits for it.
struct FastClock(Mutex<Timestamp>);

#[async_trait::async_trait]
impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    async fn sleep(&self, time: Duration) {
        {
            let mut now = self.0.lock().unwrap();
            *now = now.checked_add(time).unwrap();
        }
        // the platform's jobs take real time
        tokio::time::sleep(time.min(Duration::from_millis(5))).await;
    }
}

struct Secrets(BTreeMap<String, String>);

impl SecretSource for Secrets {
    fn secret(&self, field: &str) -> Result<Option<String>, BoxError> {
        Ok(self.0.get(field).cloned())
    }
}

/// What a warehouse would hold.
#[derive(Default)]
pub struct Kept {
    /// Each record by its id, as canonical rows where ways are compared, else as its line; and how often it came.
    pub rows: BTreeMap<String, (String, u32)>,
    pub cursor: Option<String>,
    pub notes: Vec<Note>,
    pub fractions: Vec<u16>,
    /// Ids that pages said are gone.
    pub deleted: Vec<String>,
    /// Pages that are still taken; none for all.
    pub left: Option<usize>,
}

struct Rows<'a> {
    kept: &'a Mutex<Kept>,
    /// Mapping takes long without optimisation, so it is left out where the lines themselves are compared.
    mapper: Option<Mapper>,
}

#[derive(serde::Deserialize)]
struct Named {
    id: String,
}

impl Rows<'_> {
    fn rows(&self, line: &[u8], context: &Context) -> Result<(String, String), BoxError> {
        let line = std::str::from_utf8(line)?;
        let Some(mapper) = &self.mapper else {
            return Ok((sonic_rs::from_str::<Named>(line)?.id, line.to_owned()));
        };
        let records = mapper.record(&parse(line)?, 0, 0, context).map_err(|bad| format!("{bad:?}"))?;
        let mut rows = String::new();
        for record in &records {
            write!(rows, "{} {:?} {:?}", record.version, record.root, record.children)?;
        }
        Ok((records[0].root.source_id.clone(), rows))
    }
}

#[async_trait::async_trait]
impl Sink for Rows<'_> {
    async fn page(&self, page: Page) -> Result<(), BoxError> {
        let mut kept = self.kept.lock().unwrap();
        match &mut kept.left {
            Some(0) => return Err("the disk is full".into()),
            Some(left) => *left -= 1,
            None => {}
        }
        for line in &page.lines {
            let (id, rows) = self.rows(line, &page.context)?;
            let kept = kept.rows.entry(id).or_default();
            *kept = (rows, kept.1 + 1);
        }
        kept.fractions.extend(page.fraction);
        kept.deleted.extend(page.deleted);
        if let Some(cursor) = page.cursor {
            kept.cursor = Some(cursor);
        }
        Ok(())
    }

    fn note(&self, note: Note) {
        self.kept.lock().unwrap().notes.push(note);
    }
}

/// The shop and a connection to it.
pub struct Rig {
    pub running: Running,
    pub spool: tempfile::TempDir,
    clock: Arc<FastClock>,
    manifest: Manifest,
    kept: Mutex<Kept>,
}

impl Rig {
    pub async fn of(brand: Brand) -> Self {
        Self::with(Options { brand, ..Options::default() }).await
    }

    /// A shop with so many plain orders.
    pub async fn of_orders(count: u32) -> Self {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "customer_id date number_of_cds dollar_value").unwrap();
        for order in 0..count {
            let (customer, day, cds) = (order / 3 + 1, order % 28 + 1, order % 5 + 1);
            writeln!(file, " {customer:05} 199701{day:02} {cds:2} {:6}.{:02}", order % 90 + 1, order % 100)
                .unwrap();
        }
        Self::with(Options { orders: Some(file.path().to_owned()), ..Options::default() }).await
    }

    pub async fn with(options: Options) -> Self {
        // the limits' own tests are elsewhere
        let today = options.orders.is_none().then(|| "2026-11-21".parse().unwrap());
        let running = start(Options { port: 0, unlimited: true, today, ..options }).await.unwrap();
        let text = include_str!("../../../providers/shopify/manifest.yaml");
        Self {
            running,
            spool: tempfile::tempdir().unwrap(),
            clock: Arc::new(FastClock(Mutex::new("2026-11-21T12:00:00Z".parse().unwrap()))),
            manifest: Manifest::from_yaml(text).unwrap(),
            kept: Mutex::default(),
        }
    }

    fn engine(&self) -> Engine {
        let platform = &self.running.ready.platforms["shopify"];
        let owned = |known: &BTreeMap<&'static str, String>| {
            known.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
        };
        let setup = Setup {
            manifest: Arc::new(self.manifest.clone()),
            fields: owned(&platform.fields),
            base_url: Some(platform.base_url.clone()),
            transport: Arc::new(HttpTransport::new(Reach::Local, Limits::default()).unwrap()),
            secrets: Arc::new(Secrets(owned(&platform.secrets))),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            spool: self.spool.path().to_owned(),
        };
        Engine::new(setup).unwrap()
    }

    /// Runs a stream from the kept position.
    pub async fn sync(&self, stream: &str) -> Result<StreamReport, Error> {
        self.run(self.manifest.stream(stream).unwrap(), false).await
    }

    /// Runs a stream as the manifest says or by pages, and maps its records.
    pub async fn sync_mapped(&self, stream: &str, paged: bool) -> Result<StreamReport, Error> {
        let mut stream = self.manifest.stream(stream).unwrap().clone();
        if paged {
            stream.first_load = None;
        }
        self.run(&stream, true).await
    }

    /// Runs a stream as if a record with one of these values at a path said that it is gone.
    pub async fn sync_flagged(
        &self,
        stream: &str,
        path: &str,
        values: &[&str],
    ) -> Result<StreamReport, Error> {
        let mut stream = self.manifest.stream(stream).unwrap().clone();
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        stream.deletes = Deletes::Flag { path: path.to_owned(), values };
        self.run(&stream, false).await
    }

    async fn run(&self, stream: &Stream, mapped: bool) -> Result<StreamReport, Error> {
        let cursor = self.kept().cursor.clone();
        let rows = Rows { kept: &self.kept, mapper: mapped.then(|| Mapper::compile(stream).unwrap()) };
        self.engine().run(stream, &[], cursor.as_deref(), &rows).await
    }

    pub fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    /// Takes what was kept and begins anew.
    pub fn take(&self) -> Kept {
        std::mem::take(&mut *self.kept())
    }

    /// Switches faults on, as a list of rules.
    pub fn faults(&self, rules: &str) {
        let rules = netgain_sandbox::faults::Faults::parse(serde_json::from_str(rules).unwrap()).unwrap();
        self.running.state.faults.clear();
        self.running.state.faults.add(rules);
    }

    /// How often the platform was asked by a call whose operation begins so.
    pub fn calls(&self, operation: &str) -> u64 {
        let calls = self.running.state.calls.list();
        calls.iter().filter(|call| call.operation.starts_with(operation)).map(|call| call.count).sum()
    }

    /// What the notes say was put right.
    pub fn recovered(&self) -> Vec<String> {
        let said = |note: &Note| match note {
            Note::Recovered { what, .. } => Some(what.clone()),
            _ => None,
        };
        self.kept().notes.iter().filter_map(said).collect()
    }

    /// Files in the spool folder.
    pub fn spooled(&self) -> Vec<PathBuf> {
        std::fs::read_dir(self.spool.path()).unwrap().map(|file| file.unwrap().path()).collect()
    }

    /// Asks the shop something directly.
    pub async fn ask(&self, query: &str) -> serde_json::Value {
        let platform = &self.running.ready.platforms["shopify"];
        let url = format!("{}/admin/api/2026-10/graphql.json", platform.base_url);
        let headers = [
            ("content-type", "application/json"),
            ("x-shopify-access-token", platform.secrets["access_token"].as_str()),
        ];
        let request = Request {
            method: Method::Post,
            url: url.parse().unwrap(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            body: Bytes::from(serde_json::json!({ "query": query }).to_string()),
        };
        let transport = HttpTransport::new(Reach::Local, Limits::default()).unwrap();
        serde_json::from_slice(&transport.send(request).await.unwrap().body).unwrap()
    }
}

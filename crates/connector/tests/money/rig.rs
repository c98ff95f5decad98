//! An emulated platform, a connection to it, a clock that does not wait, and a sink that keeps rows as a store does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use netgain_connector::{
    BoxError, Clock, Engine, Error, HttpTransport, Limits, Note, Page, Reach, SecretSource, Setup, Sink,
};
use netgain_domain::{Row, Table, Value};
use netgain_manifest::Manifest;
use netgain_mapping::{Mapper, parse};
use netgain_sandbox::faults::Faults;
use netgain_sandbox::{Options, Running, start};
use rust_decimal::Decimal;

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
        tokio::time::sleep(time.min(Duration::from_millis(10))).await;
    }
}

struct Secrets(Mutex<BTreeMap<String, String>>);

impl SecretSource for Secrets {
    fn secret(&self, field: &str) -> Result<Option<String>, BoxError> {
        Ok(self.0.lock().unwrap().get(field).cloned())
    }
}

/// What a run did to the rows.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Counts {
    pub records: usize,
    pub new: usize,
    pub changed: usize,
    pub unchanged: usize,
    pub deleted: usize,
    pub quarantined: Vec<String>,
    pub waited: Vec<&'static str>,
}

#[derive(Default)]
struct Kept {
    /// Rows by table and id.
    rows: BTreeMap<(&'static str, String), Row>,
    /// Rows of the tables that a root owns, by that root.
    owned: BTreeMap<(&'static str, String), Vec<Row>>,
    cursors: BTreeMap<String, String>,
    counts: Counts,
}

struct Rows<'a> {
    kept: &'a Mutex<Kept>,
    mapper: Mapper,
}

#[async_trait::async_trait]
impl Sink for Rows<'_> {
    async fn page(&self, page: Page) -> Result<(), BoxError> {
        let mut kept = self.kept.lock().unwrap();
        let kept = &mut *kept;
        let version = page.observed_at.as_microsecond();
        for line in &page.lines {
            kept.counts.records += 1;
            let record = parse(std::str::from_utf8(line)?)?;
            let records = match self.mapper.record(&record, 0, version, &page.context) {
                Ok(records) => records,
                Err(bad) => {
                    kept.counts.quarantined.push(format!("{bad:?}"));
                    continue;
                }
            };
            for record in records {
                record.root.check()?;
                let key = (record.root.table.name(), record.root.source_id.clone());
                // rows that a root owns are replaced with it
                kept.owned.insert(key.clone(), record.children);
                match kept.rows.insert(key, record.root.clone()) {
                    None => kept.counts.new += 1,
                    Some(old) if old == record.root => kept.counts.unchanged += 1,
                    Some(_) => kept.counts.changed += 1,
                }
            }
        }
        let table = self.mapper_table(&page.stream);
        for id in &page.deleted {
            kept.counts.deleted += usize::from(kept.rows.remove(&(table, id.clone())).is_some());
        }
        if let Some(cursor) = page.cursor {
            kept.cursors.insert(page.stream, cursor);
        }
        Ok(())
    }

    fn note(&self, note: Note) {
        if let Note::Waiting { why, .. } = note {
            self.kept.lock().unwrap().counts.waited.push(why);
        }
    }
}

impl Rows<'_> {
    fn mapper_table(&self, stream: &str) -> &'static str {
        // only streams whose table is named like them lose rows here
        Table::from_name(stream).map_or("", Table::name)
    }
}

/// Takes accounts, which are not what is looked at here.
struct Nothing;

#[async_trait::async_trait]
impl Sink for Nothing {
    async fn page(&self, _: Page) -> Result<(), BoxError> {
        Ok(())
    }
}

/// The platform and a connection to it.
pub struct Rig {
    pub running: Arc<Running>,
    manifest: Arc<Manifest>,
    engine: Engine,
    kept: Mutex<Kept>,
}

/// The demo brand's platforms on a fixed day, without limits of their own.
pub async fn sandbox(change: impl FnOnce(&mut Options)) -> Arc<Running> {
    let today = Some("2026-11-21".parse().unwrap());
    let mut options = Options { today, port: 0, seed: 3, unlimited: true, ..Options::default() };
    change(&mut options);
    Arc::new(start(options).await.unwrap())
}

impl Rig {
    /// A connection to a platform; `other` secrets stand in place of the platform's.
    pub fn new(running: &Arc<Running>, platform: &str, other: &[(&str, String)]) -> Self {
        let text = match platform {
            "stripe" => include_str!("../../../providers/stripe/manifest.yaml"),
            _ => include_str!("../../../providers/amazon_sp/manifest.yaml"),
        };
        let access = &running.ready.platforms[platform];
        let owned = |known: &BTreeMap<&'static str, String>| -> BTreeMap<String, String> {
            known.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
        };
        let mut secrets = owned(&access.secrets);
        secrets.extend(other.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let manifest = Arc::new(Manifest::from_yaml(text).unwrap());
        let engine = Engine::new(Setup {
            manifest: Arc::clone(&manifest),
            fields: owned(&access.fields),
            base_url: Some(access.base_url.clone()),
            transport: Arc::new(HttpTransport::new(Reach::Local, Limits::default()).unwrap()),
            secrets: Arc::new(Secrets(Mutex::new(secrets))),
            clock: Arc::new(FastClock(Mutex::new("2026-11-21T12:00:00Z".parse().unwrap()))),
            spool: std::env::temp_dir(),
        })
        .unwrap();
        Self { running: Arc::clone(running), manifest, engine, kept: Mutex::default() }
    }

    /// Reads a stream from where it ended.
    pub async fn run(&self, stream: &str) -> Result<Counts, Error> {
        let stream = self.manifest.stream(stream).unwrap();
        let accounts = self.engine.accounts(&Nothing).await?;
        let cursor = self.kept.lock().unwrap().cursors.get(&stream.name).cloned();
        self.kept.lock().unwrap().counts = Counts::default();
        let rows = Rows { kept: &self.kept, mapper: Mapper::compile(stream).unwrap() };
        self.engine.run(stream, &accounts, cursor.as_deref(), &rows).await?;
        Ok(self.kept.lock().unwrap().counts.clone())
    }

    /// Reads a stream, which must go well.
    pub async fn read(&self, stream: &str) -> Counts {
        let counts = self.run(stream).await.unwrap();
        assert_eq!(counts.quarantined, Vec::<String>::new());
        counts
    }

    /// Reads the platform's day anew after so many days.
    pub async fn advance(&self, days: i64) {
        let world = Arc::clone(&self.running.state);
        let then = world.world.now() + jiff::SignedDuration::from_hours(24 * days);
        tokio::task::spawn_blocking(move || world.world.move_clock(then)).await.unwrap();
    }

    /// Faults from now on.
    pub fn faults(&self, rules: serde_json::Value) {
        self.running.state.faults.clear();
        self.running.state.faults.add(Faults::parse(rules).unwrap());
    }

    /// That every fault came about.
    pub fn assert_fired(&self) {
        let idle: Vec<_> =
            self.running.state.faults.list().into_iter().filter(|one| one.fired == 0).collect();
        assert!(idle.is_empty(), "{idle:?}");
    }

    /// The rows of a table.
    pub fn rows(&self, table: Table) -> Vec<Row> {
        let kept = self.kept.lock().unwrap();
        let all = kept.rows.values().chain(kept.owned.values().flatten());
        all.filter(|row| row.table == table).cloned().collect()
    }

    /// The sum of a column over the rows that `takes`, in hundredths.
    pub fn sum(&self, table: Table, column: &str, takes: impl Fn(&Row) -> bool) -> Decimal {
        (self.rows(table).iter().filter(|row| takes(row)))
            .filter_map(|row| match row.get(column) {
                Value::Decimal(amount) => Some(*amount),
                _ => None,
            })
            .sum()
    }
}

/// Whether a cell holds this text.
pub fn says(row: &Row, column: &str, text: &str) -> bool {
    matches!(row.get(column), Value::Text(said) if said == text)
}

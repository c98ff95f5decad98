//! An emulated platform, a connection to it, a clock that does not wait, and a sink that keeps rows by their key.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use netgain_connector::{
    BoxError, Clock, Engine, Error, HttpTransport, Limits, Note, Page, Reach, SecretSource, Setup, Sink,
    StreamReport, Transport,
};
use netgain_domain::Value;
use netgain_manifest::Manifest;
use netgain_mapping::{Mapper, parse};
use netgain_sandbox::{Options, Running, start};
use rust_decimal::Decimal;

/// What an ad did on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdDay {
    pub day: Date,
    pub spend: Decimal,
    pub purchases: Decimal,
    pub value: Decimal,
    pub provisional: bool,
}

/// Spend, purchases and their value of a day.
pub type Sums = BTreeMap<Date, (Decimal, Decimal, Decimal)>;

/// Time passes only where somebody waits for it.
pub struct FastClock {
    now: Mutex<Timestamp>,
}

#[async_trait::async_trait]
impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    async fn sleep(&self, time: Duration) {
        {
            let mut now = self.now.lock().unwrap();
            *now = now.checked_add(time).unwrap();
        }
        // the platform's jobs take real time
        tokio::time::sleep(time.min(Duration::from_millis(10))).await;
    }
}

#[derive(Default)]
struct Secrets(Mutex<BTreeMap<String, String>>);

impl SecretSource for Secrets {
    fn secret(&self, field: &str) -> Result<Option<String>, BoxError> {
        Ok(self.0.lock().unwrap().get(field).cloned())
    }
}

/// Keeps rows by their key and the position with them, as the warehouse does.
#[derive(Default)]
pub struct Kept {
    pub rows: BTreeMap<String, AdDay>,
    pub cursor: Option<String>,
    /// First day of each page in its order.
    pub pages: Vec<(String, bool)>,
    pub fractions: Vec<u16>,
    pub notes: Vec<Note>,
    /// Pages that are still taken; none for all.
    pub left: Option<usize>,
}

struct Rows<'a> {
    kept: &'a Mutex<Kept>,
    mapper: Mapper,
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
        let version = page.observed_at.as_microsecond();
        for line in &page.lines {
            let record = parse(std::str::from_utf8(line)?)?;
            let records =
                self.mapper.record(&record, 0, version, &page.context).map_err(|bad| format!("{bad:?}"))?;
            for record in records {
                let amount = |column| match record.root.get(column) {
                    Value::Decimal(amount) => *amount,
                    other => panic!("{column} is {other:?}"),
                };
                let (Value::Date(day), Value::Bool(provisional)) =
                    (record.root.get("day"), record.root.get("provisional"))
                else {
                    panic!("{record:?}")
                };
                let row = AdDay {
                    day: *day,
                    spend: amount("spend"),
                    purchases: amount("conversions"),
                    value: amount("conversion_value"),
                    provisional: *provisional,
                };
                kept.rows.insert(record.root.source_id.clone(), row);
            }
        }
        if let Some(since) = page.context.get("slice.since") {
            kept.pages.push((since.clone(), page.cursor.is_some()));
        }
        kept.fractions.extend(page.fraction);
        if let Some(cursor) = page.cursor {
            kept.cursor = Some(cursor);
        }
        Ok(())
    }

    fn note(&self, note: Note) {
        self.kept.lock().unwrap().notes.push(note);
    }
}

fn owned(known: &BTreeMap<&'static str, String>) -> BTreeMap<String, String> {
    known.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

/// A campaign, ad set or ad.
#[derive(Debug)]
pub struct Entity {
    pub effective_status: String,
    pub parent: Option<String>,
}

struct Listed {
    kept: Mutex<BTreeMap<String, Entity>>,
    mapper: Mapper,
}

#[async_trait::async_trait]
impl Sink for Listed {
    async fn page(&self, page: Page) -> Result<(), BoxError> {
        for line in &page.lines {
            let record = parse(std::str::from_utf8(line)?)?;
            let records =
                self.mapper.record(&record, 0, 0, &page.context).map_err(|bad| format!("{bad:?}"))?;
            for netgain_domain::Record { root, .. } in records {
                let text = |column| match root.get(column) {
                    Value::Text(text) => Some(text.clone()),
                    _ => None,
                };
                let (effective_status, parent) = (text("effective_status").unwrap(), text("parent_id"));
                self.kept.lock().unwrap().insert(root.source_id, Entity { effective_status, parent });
            }
        }
        Ok(())
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
    pub running: Running,
    pub clock: Arc<FastClock>,
    manifest: Arc<Manifest>,
    secrets: Arc<Secrets>,
    transport: Mutex<Arc<dyn Transport>>,
    kept: Mutex<Kept>,
}

impl Rig {
    /// The demo brand's two years up to a fixed day.
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let mut options =
            Options { today: Some("2026-11-21".parse().unwrap()), port: 0, ..Options::default() };
        options.meta.job_ms = 20;
        change(&mut options);
        let running = start(options).await.unwrap();
        // small pages, so that a window has several
        let text = include_str!("../../../providers/meta_ads/manifest.yaml");
        let paged = text.replace(r#"limit: "500""#, r#"limit: "120""#);
        assert_ne!(text, paged);
        let secrets = Secrets(Mutex::new(owned(&running.ready.platforms["meta_ads"].secrets)));
        let secrets = Arc::new(secrets);
        Self {
            running,
            clock: Arc::new(FastClock { now: Mutex::new("2026-11-21T12:00:00Z".parse().unwrap()) }),
            manifest: Arc::new(Manifest::from_yaml(&paged).unwrap()),
            secrets,
            transport: Mutex::new(Arc::new(HttpTransport::new(Reach::Local, Limits::default()).unwrap())),
            kept: Mutex::default(),
        }
    }

    /// Sends calls out through another transport.
    pub fn use_transport(&self, transport: Arc<dyn Transport>) {
        *self.transport.lock().unwrap() = transport;
    }

    pub fn add_secret(&self, field: &str, value: &str) {
        self.secrets.0.lock().unwrap().insert(field.to_owned(), value.to_owned());
    }

    /// Lists a stream of campaigns, ad sets or ads.
    pub async fn entities(&self, stream: &str) -> BTreeMap<String, Entity> {
        let stream = self.manifest.stream(stream).unwrap();
        let engine = self.engine();
        let accounts = engine.accounts(&Nothing).await.unwrap();
        let listed = Listed { kept: Mutex::default(), mapper: Mapper::compile(stream).unwrap() };
        engine.run(stream, &accounts, None, &listed).await.unwrap();
        listed.kept.into_inner().unwrap()
    }

    pub fn engine(&self) -> Engine {
        let platform = &self.running.ready.platforms["meta_ads"];
        let setup = Setup {
            manifest: Arc::clone(&self.manifest),
            fields: owned(&platform.fields),
            base_url: Some(platform.base_url.clone()),
            transport: Arc::clone(&self.transport.lock().unwrap()),
            secrets: Arc::clone(&self.secrets) as Arc<dyn SecretSource>,
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            spool: PathBuf::new(),
        };
        Engine::new(setup).unwrap()
    }

    /// Runs the days from the kept position.
    pub async fn sync(&self) -> Result<StreamReport, Error> {
        let stream = self.manifest.stream("insights").unwrap();
        let cursor = self.kept().cursor.clone();
        let engine = self.engine();
        let accounts = engine.accounts(&Nothing).await?;
        assert_eq!(accounts.len(), 1);
        let rows = Rows { kept: &self.kept, mapper: Mapper::compile(stream).unwrap() };
        engine.run(stream, &accounts, cursor.as_deref(), &rows).await
    }

    pub fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    /// The kept rows as sums by day.
    pub fn found(&self) -> Sums {
        let mut sums = Sums::new();
        for row in self.kept().rows.values() {
            let sum = sums.entry(row.day).or_default();
            *sum = (sum.0 + row.spend, sum.1 + row.purchases, sum.2 + row.value);
        }
        sums
    }

    /// What the platform's own books say on its clock's day: purchases within 7 days of a click or 1 of a view.
    pub fn truth(&self) -> Sums {
        let world = &self.running.state.world;
        let ads = world.ads.read().unwrap();
        let today = ads.local_day(world.now());
        let mut sums = Sums::new();
        let mut day = ads.account.from;
        while day <= today {
            for ad in 0..ads.ads.len() {
                let figures = ads.figures(ad, day, today);
                if figures.spend > 0 {
                    let count = figures.click_7d.count + figures.view_1d.count;
                    let value = figures.click_7d.value + figures.view_1d.value;
                    let sum = sums.entry(day).or_default();
                    sum.0 += Decimal::new(figures.spend, 2);
                    sum.1 += Decimal::from(count);
                    sum.2 += Decimal::new(value, 2);
                }
            }
            day = day.tomorrow().unwrap();
        }
        sums
    }

    /// Moves the platform's clock and this machine's.
    pub fn advance(&self, days: i64) {
        let hours = jiff::SignedDuration::from_hours(24 * days);
        let world = &self.running.state.world;
        world.move_clock(world.now().checked_add(hours).unwrap());
        let mut now = self.clock.now.lock().unwrap();
        *now = now.checked_add(hours).unwrap();
    }

    /// Switches faults on, as a list of rules.
    pub fn faults(&self, rules: &str) {
        let rules = netgain_sandbox::faults::Faults::parse(serde_json::from_str(rules).unwrap()).unwrap();
        self.running.state.faults.clear();
        self.running.state.faults.add(rules);
    }

    /// How often the platform was asked, by what.
    pub fn calls(&self, point: &str) -> u64 {
        let calls = self.running.state.calls.list();
        calls.iter().filter(|call| call.point == point).map(|call| call.count).sum()
    }
}

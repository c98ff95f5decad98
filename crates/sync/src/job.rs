//! One sync of one connection, from the first call to the profit of what changed.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use netgain_connector::{
    Account, BoxError, Engine, HttpTransport, Limits, Note, Page, Reach, SecretSource, Setup, Sink,
};
use netgain_control::Connection;
use netgain_domain::{ErrorClass, Table};
use netgain_manifest::{Accounts, Manifest, Stream};
use netgain_mapping::Mapper;
use netgain_profit::Settings;
use netgain_warehouse::{Archive, Warehouse};
use tokio::sync::watch;
use tracing::{Instrument, Span, field};

use crate::budgets::budget_of;
use crate::clock::clock_of;
use crate::committer::{Committer, Kept};
use crate::keeper::Keeper;
use crate::mapped::PageMapper;
use crate::privacy::Forgotten;
use crate::{Error, StreamSummary, SyncReport, kpis, remap};

/// What a sync is made of.
pub struct SyncJob {
    /// The provider's manifest.
    pub manifest: Arc<Manifest>,
    /// The connection as it is stored.
    pub connection: Connection,
    /// Where its secrets come from.
    pub secrets: Arc<dyn SecretSource>,
    /// The workspace's warehouse.
    pub warehouse: Warehouse,
    /// Its raw archive.
    pub archive: Archive,
    /// Who was erased from the workspace, and is taken out of what is read.
    pub forgotten: Forgotten,
    /// Its rules of reckoning.
    pub settings: Settings,
    /// Folder for large downloads; its files may be thrown away at any time.
    pub spool: PathBuf,
    /// Whether everything is read again. Rows stay: they are replaced by their key.
    pub full: bool,
    /// Held while the workspace is written to; the same one for every sync of the workspace in this process.
    pub turn: Arc<Mutex<()>>,
    /// Turns true when the run is to end early; what was read until then is kept.
    pub stop: watch::Receiver<bool>,
}

/// What happens during a sync.
#[derive(Debug)]
pub enum Event<'a> {
    /// A stream begins.
    StreamBegan {
        /// Its name.
        stream: &'a str,
        /// The table of its root rows.
        entity: &'a str,
    },
    /// Records are stored.
    Kept {
        /// The stream.
        stream: &'a str,
        /// How many more.
        records: u64,
        /// Part of the stream that is stored, in ten-thousandths, where its end is known.
        fraction: Option<u16>,
    },
    /// Records were new or changed, by table and key. Those of a commit that had to be cut apart are not told.
    Wrote {
        /// The stream.
        stream: &'a str,
        /// The records.
        records: &'a [(Table, String)],
    },
    /// A stream ended, well or with an error.
    StreamEnded(&'a StreamSummary),
    /// What the engine does meanwhile.
    Note(&'a Note),
    /// The profit of so many orders was computed in this round.
    Profit {
        /// Orders.
        orders: u64,
    },
}

/// Watches a sync. Its calls come from several threads and must return at once.
pub trait Observer: Send + Sync {
    /// Hears what happens.
    fn event(&self, event: &Event<'_>);
}

/// How a sync ended.
#[derive(Debug)]
pub struct SyncOutcome {
    /// What was kept, also before a failure.
    pub report: SyncReport,
    /// The first failure. Streams that do not depend on it were read all the same.
    pub error: Option<Error>,
}

/// Hands pages to the keeper.
pub(crate) struct KeeperSink<'a> {
    pub keeper: &'a Keeper,
    pub mappers: &'a HashMap<String, Arc<Mapper>>,
    pub observer: &'a dyn Observer,
}

#[async_trait::async_trait]
impl Sink for KeeperSink<'_> {
    async fn page(&self, page: Page) -> Result<(), BoxError> {
        let Some(mapper) = self.mappers.get(&page.stream) else {
            return Err(format!("stream `{}` has no field table: add it to the manifest", page.stream).into());
        };
        Ok(self.keeper.page(page, mapper).await?)
    }

    fn note(&self, note: Note) {
        self.observer.event(&Event::Note(&note));
    }
}

/// What the engine of a connection is made of.
pub(crate) fn setup(
    manifest: &Arc<Manifest>,
    connection: &Connection,
    secrets: Arc<dyn SecretSource>,
    spool: PathBuf,
) -> Result<Setup, Error> {
    let reach = if connection.local { Reach::Local } else { Reach::Public };
    let transport = HttpTransport::new(reach, Limits::default()).map_err(netgain_connector::Error::from)?;
    Ok(Setup {
        manifest: Arc::clone(manifest),
        fields: connection.fields.clone(),
        base_url: connection.base_url.clone(),
        transport: Arc::new(transport),
        secrets,
        clock: clock_of(connection),
        spool,
    })
}

/// Builds the engine of a connection; where its address comes with its grant, that is got first.
pub(crate) async fn engine(
    manifest: &Arc<Manifest>,
    connection: &Connection,
    secrets: Arc<dyn SecretSource>,
    spool: PathBuf,
) -> Result<Engine, Error> {
    let engine = Engine::open(setup(manifest, connection, secrets, spool)?).await?;
    Ok(engine.with_budget(budget_of(manifest, connection)))
}

/// Syncs a connection: its accounts, then its streams in the manifest's order, then the profit of what changed and the key figures.
///
/// Each page is archived before its rows are committed, and the rows with the cursor behind them, so that a run that
/// is killed at any instant and started again ends at the same contents.
pub async fn sync_connection(job: SyncJob, observer: Arc<dyn Observer>) -> SyncOutcome {
    let began = Timestamp::now();
    let failed = |error| SyncOutcome { report: SyncReport::default(), error: Some(error) };
    let mappers = match mappers(&job.manifest) {
        Ok(mappers) => mappers,
        Err(error) => return failed(error),
    };
    let engine = engine(&job.manifest, &job.connection, Arc::clone(&job.secrets), job.spool.clone());
    let engine = match engine.await {
        Ok(engine) => engine,
        Err(error) => return failed(error),
    };
    let keeper = match start_keeper(&job, &observer) {
        Ok(keeper) => keeper,
        Err(error) => return failed(error),
    };
    let mut run = Run {
        job,
        engine,
        keeper,
        mappers,
        observer,
        streams: Vec::new(),
        mended: BTreeMap::new(),
        error: None,
    };
    if let Err(error) = run.streams().await {
        run.error.get_or_insert(error);
    }
    // what was kept before a failure has its profit too; whoever stops it does not want to wait for that
    if !matches!(run.error, Some(Error::Stopped))
        && let Err(error) = run.keeper.profit().await
    {
        run.error.get_or_insert(error);
    }
    let report = run.keeper.finish();
    if !matches!(run.error, Some(Error::Stopped))
        && let Err(error) = kpis::after_sync(&run.job, began, &run.streams).await
    {
        run.error.get_or_insert(error);
    }
    SyncOutcome { report: SyncReport { streams: run.streams, ..report }, error: run.error }
}

pub(crate) fn mappers(manifest: &Manifest) -> Result<HashMap<String, Arc<Mapper>>, Error> {
    let mut all = HashMap::new();
    let accounts = manifest.accounts.as_ref().map(Accounts::as_stream);
    for stream in manifest.streams.iter().chain(&accounts) {
        let mapper = Mapper::compile(stream)
            .map_err(|error| Error::FieldTable { stream: stream.name.clone(), error })?;
        all.insert(stream.name.clone(), Arc::new(mapper));
    }
    Ok(all)
}

pub(crate) fn start_keeper(job: &SyncJob, observer: &Arc<dyn Observer>) -> Result<Keeper, Error> {
    let connection = job.connection.id.clone();
    let rules = Arc::new(remap::rules(&job.manifest));
    let page_mapper = PageMapper {
        archive: job.archive.clone(),
        connection: connection.clone(),
        forgotten: job.forgotten.clone(),
        rules: Arc::clone(&rules),
    };
    let committer = Committer {
        warehouse: job.warehouse.clone(),
        archive: job.archive.clone(),
        rules,
        connection,
        source: job.manifest.id.clone(),
        settings: job.settings.clone(),
        observer: Arc::clone(observer),
        turn: Arc::clone(&job.turn),
        state: crate::committer::State::default(),
    };
    Keeper::start(&page_mapper, committer)
}

struct Run {
    job: SyncJob,
    engine: Engine,
    keeper: Keeper,
    mappers: HashMap<String, Arc<Mapper>>,
    observer: Arc<dyn Observer>,
    streams: Vec<StreamSummary>,
    /// Records that another field table let in, by stream.
    mended: BTreeMap<String, u64>,
    error: Option<Error>,
}

impl Run {
    async fn streams(&mut self) -> Result<(), Error> {
        let warehouse = self.job.warehouse.clone();
        let connection = self.job.connection.id.clone();
        self.mended = remap::remap(&remap::Remap {
            warehouse: &warehouse,
            archive: &self.job.archive,
            connection: &connection,
            manifest: &self.job.manifest,
            mappers: &self.mappers,
            turn: &self.job.turn,
        })?;
        if self.job.full {
            warehouse.clear_cursor(&connection, None)?;
        }
        let mut stop = self.job.stop.clone();
        let manifest = Arc::clone(&self.job.manifest);
        let accounts = match &manifest.accounts {
            Some(accounts) => self.accounts(&accounts.as_stream()).await?,
            None => Vec::new(),
        };
        for stream in &manifest.streams {
            let cursor = warehouse.cursor(&connection, &stream.name)?.map(|cursor| cursor.state);
            self.observer.event(&Event::StreamBegan { stream: &stream.name, entity: &stream.entity });
            let span = span_of(stream);
            let read = {
                let sink = self.sink();
                tokio::select! {
                    read = self.engine.run(stream, &accounts, cursor.as_deref(), &sink).instrument(span.clone()) => {
                        read.map(|read| read.calls).map_err(Error::from)
                    }
                    () = stopped(&mut stop) => Err(Error::Stopped),
                }
            };
            // a failure to keep comes first: it is what made the engine end
            let kept = self.keeper.flush().await;
            mark(&span, kept.as_ref().err().or(read.as_ref().err()));
            self.end(stream, read, kept)?;
        }
        Ok(())
    }

    async fn accounts(&mut self, stream: &Stream) -> Result<Vec<Account>, Error> {
        let mut stop = self.job.stop.clone();
        self.observer.event(&Event::StreamBegan { stream: &stream.name, entity: &stream.entity });
        let span = span_of(stream);
        let read = {
            let sink = self.sink();
            tokio::select! {
                accounts = self.engine.accounts(&sink).instrument(span.clone()) => accounts.map_err(Error::from),
                () = stopped(&mut stop) => Err(Error::Stopped),
            }
        };
        let kept = self.keeper.flush().await;
        mark(&span, kept.as_ref().err().or(read.as_ref().err()));
        let (accounts, read) = match read {
            Ok(accounts) => (accounts, Ok(0)),
            Err(error) => (Vec::new(), Err(error)),
        };
        self.end(stream, read, kept)?;
        Ok(accounts)
    }

    fn sink(&self) -> KeeperSink<'_> {
        KeeperSink { keeper: &self.keeper, mappers: &self.mappers, observer: &*self.observer }
    }

    /// Notes how a stream ended. An error ends the run only where the other streams would meet it too.
    fn end(
        &mut self,
        stream: &Stream,
        read: Result<u64, Error>,
        kept: Result<Kept, Error>,
    ) -> Result<(), Error> {
        let mut summary = StreamSummary {
            stream: stream.name.clone(),
            entity: stream.entity.clone(),
            calls: read.as_ref().copied().unwrap_or_default(),
            ..StreamSummary::default()
        };
        let error = match kept {
            Ok(kept) => {
                summary.records = kept.records;
                summary.rows = kept.rows;
                summary.new = kept.new;
                summary.changed = kept.changed;
                summary.unchanged = kept.unchanged;
                summary.stale = kept.stale;
                summary.quarantined = kept.quarantined;
                netgain_observe::committed(&self.job.manifest.id, 0, kept.quarantined);
                summary.mended = kept.mended + self.mended.remove(&stream.name).unwrap_or_default();
                summary.unit_costs_without_currency = kept.unit_costs_without_currency;
                read.err()
            }
            Err(error) => Some(error),
        };
        summary.error = error.as_ref().map(ToString::to_string);
        self.observer.event(&Event::StreamEnded(&summary));
        self.streams.push(summary);
        match error {
            None => Ok(()),
            // what the accounts are, every stream asks
            Some(error) if stream.name != Accounts::STREAM && concerns_stream_alone(&error) => {
                tracing::warn!(stream = stream.name, %error, "a stream failed, the others go on");
                self.error.get_or_insert(error);
                Ok(())
            }
            Some(error) => Err(error),
        }
    }
}

/// The span of a stream that is read.
fn span_of(stream: &Stream) -> Span {
    tracing::info_span!(
        "stream",
        stream = stream.name,
        otel.status_code = field::Empty,
        otel.status_description = field::Empty,
    )
}

/// Marks what failed. What was stopped has not.
pub(crate) fn mark(span: &Span, error: Option<&Error>) {
    if let Some(error) = error.filter(|error| !matches!(error, Error::Stopped)) {
        netgain_observe::failed(span, error);
    }
}

/// Ready when the run is to end; never when nobody can say so any more.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn concerns_stream_alone(error: &Error) -> bool {
    use netgain_connector::Error::{Answer, Cursor, Refused};
    let Error::Connector(error) = error else { return false };
    match error {
        Answer { .. } | Cursor { .. } => true,
        Refused { class, .. } => matches!(
            class,
            ErrorClass::Permission
                | ErrorClass::NotFound
                | ErrorClass::Invalid
                | ErrorClass::TooLarge
                | ErrorClass::Fatal
        ),
        _ => false,
    }
}

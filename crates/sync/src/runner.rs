//! Runs syncs of stored connections, here or in the background, and keeps their state in the control store.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use netgain_connector::SecretSource;
use netgain_control::{Connection, ConnectionState, Control, CredentialMode, RunId, SyncEnd};
use netgain_domain::{ConnectionId, WorkspaceId};
use netgain_manifest::Manifest;
use netgain_observe::SyncEnd as Ended;
use netgain_profit::Settings;
use netgain_warehouse::{Archive, Options, Store, Warehouse};
use tokio::sync::watch;

use crate::completeness::KnownCheck;
use crate::operator::Operator;
use crate::pace::Pace;
use crate::privacy::Forgotten;
use crate::secrets::StoredSecrets;
use crate::tracker::Tracker;
use crate::{
    Error, Observer, ProfitReport, Progress, SyncJob, SyncOutcome, SyncReport, budgets, job, sync_connection,
};

/// What the store may take where a sync is the first to open it. The pages under way need memory beside it; a second
/// thread finds little to do in commits of this size, while the one that commits spins until it is done.
const STORE: Options = Options { threads: 1, memory_limit_mb: 256 };

pub(crate) type Key = (WorkspaceId, ConnectionId);

/// Why a sync does not begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// One is on its way already, here or in another process.
    #[error("connection `{0}` is being synced already: wait for its end")]
    AlreadyRunning(String),
    /// The connection cannot be synced as it is; the text says why and what helps.
    #[error("{0}")]
    NotPossible(String),
    /// Something else failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<netgain_control::Error> for StartError {
    fn from(error: netgain_control::Error) -> Self {
        match error {
            netgain_control::Error::AlreadyRunning { connection, .. } => Self::AlreadyRunning(connection),
            other => Self::Failed(other.into()),
        }
    }
}

/// How a sync reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyncOptions {
    /// Everything again instead of what is new.
    pub full: bool,
    /// Page by page also where a first load would have the platform write a file.
    pub paged: bool,
}

/// Runs syncs over one installation.
pub struct Runner {
    pub(crate) control: Arc<Control>,
    home: PathBuf,
    active: Arc<Mutex<HashMap<Key, Arc<Mutex<Pace>>>>>,
    turns: Mutex<HashMap<WorkspaceId, Arc<Mutex<()>>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    pub(crate) checks: Mutex<HashMap<Key, KnownCheck>>,
    stop: watch::Sender<bool>,
}

/// A run that is noted in the control store and not begun yet.
struct Prepared {
    run: RunId,
    key: Key,
    job: SyncJob,
    pace: Arc<Mutex<Pace>>,
}

/// Nobody watches but the control store.
pub(crate) struct Unwatched;

impl Observer for Unwatched {
    fn event(&self, _: &crate::Event<'_>) {}
}

impl Runner {
    /// A runner over the installation in `home`; warehouses lie in `<home>/workspaces`.
    #[must_use]
    pub fn new(control: Arc<Control>, home: &Path) -> Self {
        Self {
            control,
            home: home.to_owned(),
            active: Arc::default(),
            turns: Mutex::default(),
            threads: Mutex::default(),
            checks: Mutex::default(),
            stop: watch::Sender::new(false),
        }
    }

    /// The control store.
    #[must_use]
    pub fn control(&self) -> &Arc<Control> {
        &self.control
    }

    /// The folder of the installation.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Begins a sync in the background.
    ///
    /// # Errors
    /// [`StartError`] when it cannot begin.
    pub fn start(
        self: &Arc<Self>,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        options: SyncOptions,
    ) -> Result<RunId, StartError> {
        let prepared = self.prepare(workspace, connection, options)?;
        let run = prepared.run.clone();
        let this = Arc::clone(self);
        // the sync is part of the trace of whoever starts it, and lasts longer than he does
        let parent = netgain_observe::traceparent();
        let spawned = self.in_background("sync", move || {
            // the outcome stands in the control store; the log tells it to whoever runs the server
            let key = prepared.key.clone();
            let outcome = this.execute(prepared, Arc::new(Unwatched), parent.as_deref());
            match &outcome.error {
                Some(error) => {
                    tracing::warn!(workspace.id = %key.0, connection.id = %key.1, %error, "a sync failed")
                }
                None => this.check_behind(&key, &outcome.report),
            }
        });
        if let Err(error) = spawned {
            locked(&self.active).remove(&(workspace.clone(), connection.clone()));
            self.control.finish_run(workspace, &run, 0, Some(&error.to_string()))?;
            return Err(error.into());
        }
        Ok(run)
    }

    /// Does something on a thread that [`Runner::stop`] waits for.
    pub(crate) fn in_background(
        &self,
        name: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<(), Error> {
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work).map_err(Error::Thread)?;
        let mut threads = locked(&self.threads);
        threads.retain(|thread| !thread.is_finished());
        threads.push(thread);
        Ok(())
    }

    /// Syncs a connection and returns when it is done.
    ///
    /// # Errors
    /// [`StartError`] when it cannot begin; a failure on the way is part of the outcome.
    pub fn run(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        options: SyncOptions,
        observer: Arc<dyn Observer>,
    ) -> Result<SyncOutcome, StartError> {
        let prepared = self.prepare(workspace, connection, options)?;
        Ok(self.execute(prepared, observer, netgain_observe::traceparent().as_deref()))
    }

    /// Computes the orders again that a workspace's rules make stale.
    ///
    /// # Errors
    /// When the control store or the warehouse fails, or the stored rules cannot be read.
    pub fn restate(&self, workspace: &WorkspaceId) -> Result<ProfitReport, Error> {
        let settings = Settings::from_json(&self.control.workspace(workspace)?.settings)?;
        let warehouse = self.warehouse(workspace)?;
        let turn = Arc::clone(locked(&self.turns).entry(workspace.clone()).or_default());
        let _turn = locked(&turn);
        let report = crate::update_profit(&warehouse, &settings, &mut |_| {})?;
        crate::update_kpis(&warehouse, &settings, &[])?;
        Ok(report)
    }

    /// Works out a workspace's key figures from the rows that are there.
    ///
    /// # Errors
    /// When the control store or the warehouse fails, or the stored rules cannot be read.
    pub fn refresh_kpis(&self, workspace: &WorkspaceId) -> Result<(), Error> {
        let settings = Settings::from_json(&self.control.workspace(workspace)?.settings)?;
        let warehouse = self.warehouse(workspace)?;
        let turn = Arc::clone(locked(&self.turns).entry(workspace.clone()).or_default());
        let _turn = locked(&turn);
        // no table was read to the end, so that what people said instead stands
        crate::update_kpis(&warehouse, &settings, &[])?;
        Ok(())
    }

    /// The workspaces of which an earlier version of the program, or other settings, computed some orders. One that cannot
    /// be opened now is left out: the next sync of it computes what is left.
    ///
    /// # Errors
    /// When the control store fails.
    pub fn outdated(&self) -> Result<Vec<WorkspaceId>, Error> {
        let is_outdated = |workspace: &netgain_control::Workspace| -> Result<bool, Error> {
            // what never had facts is not opened for it
            if !self.has_facts(&workspace.id)? {
                return Ok(false);
            }
            let settings = Settings::from_json(&workspace.settings)?;
            let warehouse = self.warehouse(&workspace.id)?;
            Ok(warehouse.outdated_orders(&settings.key()?)? > 0 || !warehouse.has_lines()?)
        };
        let all = self.control.workspaces()?.into_iter();
        Ok(all.filter(|one| is_outdated(one).unwrap_or(false)).map(|one| one.id).collect())
    }

    /// Whether a workspace has a file of facts, or may have some in a database.
    fn has_facts(&self, workspace: &WorkspaceId) -> Result<bool, Error> {
        Ok(match Store::chosen(&self.home.join("workspaces"))? {
            Store::Embedded(folder) => folder.join(workspace.as_str()).join("facts.duckdb").exists(),
            Store::Postgres(_) => true,
        })
    }

    /// How far the running sync of a connection is; none when none runs in this process.
    #[must_use]
    pub fn progress(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Option<Progress> {
        let pace = locked(&self.active).get(&(workspace.clone(), connection.clone())).cloned()?;
        let progress = locked(&pace).progress(Instant::now());
        Some(progress)
    }

    /// The connections whose syncs run in this process.
    pub(crate) fn busy(&self) -> Vec<Key> {
        locked(&self.active).keys().cloned().collect()
    }

    /// Ends the running syncs early and waits for their last commits. Later ones end at once.
    pub fn stop(&self) {
        self.stop.send_replace(true);
        let threads = std::mem::take(&mut *locked(&self.threads));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a sync ended by a panic; the next one goes on where it stopped");
            }
        }
    }

    fn prepare(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        options: SyncOptions,
    ) -> Result<Prepared, StartError> {
        let record = self.control.connection(workspace, connection)?;
        let mut manifest = manifest_for(&record)?;
        if options.paged {
            manifest.streams.iter_mut().for_each(|stream| stream.first_load = None);
        }
        let job = SyncJob { full: options.full, ..self.job(&record, &Arc::new(manifest))? };
        self.end_check(&(workspace.clone(), connection.clone()));
        let run = self.control.start_run(workspace, connection)?;
        let state = ConnectionState::Syncing;
        self.control.set_state(workspace, connection, state, None)?;
        self.control.sync_began(workspace, connection, jiff::Timestamp::now())?;
        let key = (workspace.clone(), connection.clone());
        let pace = Arc::new(Mutex::new(Pace::new(Instant::now())));
        locked(&self.active).insert(key.clone(), Arc::clone(&pace));
        Ok(Prepared { run, key, job, pace })
    }

    /// A job that writes only as long as its run is the newest of its connection. Waits for who writes to the workspace.
    pub(crate) fn fenced(&self, job: SyncJob, run: &RunId) -> Result<SyncJob, Error> {
        let fence = self.control.run_fence(&job.connection.workspace_id, run)?;
        let warehouse = job.warehouse.fenced(&job.connection.id, "sync", fence)?;
        Ok(SyncJob { warehouse, ..job })
    }

    /// What work on a stored connection needs, with its workspace opened.
    pub(crate) fn open(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
    ) -> Result<SyncJob, StartError> {
        let record = self.control.connection(workspace, connection)?;
        let manifest = manifest_for(&record)?;
        Ok(self.job(&record, &Arc::new(manifest))?)
    }

    /// The facts of a workspace, wherever this installation keeps them.
    fn warehouse(&self, workspace: &WorkspaceId) -> netgain_warehouse::Result<Warehouse> {
        Warehouse::open(Store::chosen(&self.home.join("workspaces"))?, workspace, STORE)
    }

    /// What reading a connection needs, with its workspace opened.
    pub(crate) fn job(&self, connection: &Connection, manifest: &Arc<Manifest>) -> Result<SyncJob, Error> {
        let workspace = &connection.workspace_id;
        let settings = self.control.workspace(workspace)?.settings;
        let folder = self.home.join("workspaces");
        budgets::recall(&self.control, manifest, connection);
        Ok(SyncJob {
            manifest: Arc::clone(manifest),
            connection: connection.clone(),
            secrets: self.secrets(connection),
            warehouse: self.warehouse(workspace)?,
            archive: Archive::open(&folder, workspace)?,
            forgotten: Forgotten::of(&self.control, workspace)?,
            settings: Settings::from_json(&settings)?,
            spool: self.spool(connection),
            full: false,
            turn: Arc::clone(locked(&self.turns).entry(workspace.clone()).or_default()),
            stop: self.stop.subscribe(),
        })
    }

    /// The stored secrets of a connection.
    pub(crate) fn secrets(&self, connection: &Connection) -> Arc<dyn SecretSource> {
        Arc::new(StoredSecrets::of(&self.control, connection))
    }

    /// Folder for a connection's large downloads.
    pub(crate) fn spool(&self, connection: &Connection) -> PathBuf {
        let folder = self.home.join("workspaces").join(connection.workspace_id.as_str());
        folder.join("spool").join(connection.id.as_str())
    }

    fn execute(&self, prepared: Prepared, observer: Arc<dyn Observer>, parent: Option<&str>) -> SyncOutcome {
        let Prepared { run, key, job, pace } = prepared;
        let running = netgain_observe::sync_begins(&job.manifest.id);
        let span = tracing::info_span!(
            "sync",
            workspace.id = %key.0,
            connection.id = %key.1,
            provider = job.manifest.id,
            run.id = run.0,
            otel.status_code = tracing::field::Empty,
            otel.status_description = tracing::field::Empty,
        );
        netgain_observe::adopt(&span, parent);
        let _in = span.enter();
        let tracker =
            Arc::new(Tracker::new(Arc::clone(&self.control), key.clone(), run.clone(), pace, observer));
        let (manifest, connection) = (Arc::clone(&job.manifest), job.connection.clone());
        let forgotten = job.forgotten.clone();
        tracker.announce(&manifest);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let ready = runtime.map_err(Error::Thread).and_then(|runtime| Ok((runtime, self.fenced(job, &run)?)));
        let outcome = match ready {
            Ok((runtime, job)) => runtime.block_on(sync_connection(job, tracker)),
            Err(error) => SyncOutcome { report: SyncReport::default(), error: Some(error) },
        };
        budgets::remember(&self.control, &manifest, &connection);
        running.ended(match &outcome.error {
            None => Ended::Ok,
            Some(Error::Stopped) => Ended::Stopped,
            Some(_) => Ended::Failed,
        });
        tracing::info!(records = outcome.report.records(), ok = outcome.error.is_none(), "a sync ended");
        if let Err(error) = self.erase_again(&key.0, &forgotten) {
            tracing::error!(%error, "who was erased during the sync may be in its rows: the daily check takes them out");
            if let Err(error) = self.control.want_daily_check(&key.0) {
                tracing::error!(%error, "the daily check keeps its time");
            }
        }
        let noted = self.note_end(&key, &run, &outcome);
        locked(&self.active).remove(&key);
        let outcome = match noted {
            Ok(()) => outcome,
            Err(error) => SyncOutcome { error: Some(outcome.error.unwrap_or(error.into())), ..outcome },
        };
        job::mark(&span, outcome.error.as_ref());
        outcome
    }

    /// Erases once more whoever was erased while something was being read: a page under way then may have brought the
    /// person back.
    pub(crate) fn erase_again(&self, workspace: &WorkspaceId, forgotten: &Forgotten) -> Result<(), Error> {
        if forgotten.grew()? {
            crate::reapply_tombstones(&self.control, &self.home, workspace)?;
        }
        Ok(())
    }

    fn note_end(
        &self,
        (workspace, connection): &Key,
        run: &RunId,
        outcome: &SyncOutcome,
    ) -> netgain_control::Result<()> {
        let (state, shown) = match &outcome.error {
            None => (ConnectionState::Ok, None),
            // the process is about to end; the next one marks the run as interrupted
            Some(Error::Stopped) => return Ok(()),
            Some(error) => (error.connection_state(), Some(error.for_connection())),
        };
        let error = outcome.error.as_ref().map(ToString::to_string);
        let rows = outcome.report.records();
        let end = SyncEnd { rows, error: error.as_deref(), state, shown: shown.as_ref() };
        match self.control.end_sync(workspace, connection, run, &end) {
            // another node has it since: what its run shows stays
            Err(netgain_control::Error::RunNotFound(_)) if outcome.error.is_some() => Ok(()),
            done => done,
        }
    }
}

fn manifest_for(record: &Connection) -> Result<Manifest, StartError> {
    let found = netgain_providers::manifest(&record.provider).map_err(Error::from)?;
    let manifest = found.ok_or_else(|| StartError::NotPossible(not_synced(record)))?;
    if record.mode == CredentialMode::Central {
        let missing = Operator::default().missing(&manifest, record.base_url.as_deref());
        if !missing.is_empty() {
            return Err(StartError::NotPossible(format!(
                "connection `{}` uses the operator's credentials, which are not there: set {} where the program runs",
                record.id,
                missing.join(", ")
            )));
        }
    }
    Ok(manifest)
}

fn not_synced(connection: &Connection) -> String {
    let id = &connection.id;
    match connection.provider.as_str() {
        "csv" => {
            format!("connection `{id}` holds an imported file: import a newer one with `netgain import csv`")
        }
        other => {
            format!("connection `{id}` is of provider `{other}`, which this program does not read: update it")
        }
    }
}

/// The manifest of a built-in provider.
///
/// # Errors
/// [`Error::UnknownProvider`] with the ids that are known.
pub(crate) fn manifest_of(id: &str) -> Result<Manifest, Error> {
    netgain_providers::manifest(id)?.ok_or_else(|| Error::UnknownProvider {
        id: id.chars().take(64).collect(),
        known: netgain_providers::ids().collect::<Vec<_>>().join(", "),
    })
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // what these guard is whole at any instant
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

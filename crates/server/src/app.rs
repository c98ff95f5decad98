//! What every handler shares.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use netgain_control::{Control, Workspace};
use netgain_domain::WorkspaceId;
use netgain_profit::Settings;
use netgain_warehouse::{Archive, Store, Warehouse};

use crate::access::oidc::Oidc;
use crate::access::rate::{Buckets, Rates};
use crate::api::webhooks::WebhookReceiver;
use crate::observed::{MetricsAccess, Observed};
use crate::problem::{Code, Problem};
use crate::runner::SyncRunner;
use crate::together::Together;
use crate::turns::Turns;
use crate::warehouses::Warehouses;

/// Passwords that are hashed at once.
const HASHING: usize = 4;

/// How the server is set up.
#[derive(Debug, Clone)]
pub struct AppOptions {
    /// Host names beside `localhost`, `127.0.0.1` and `[::1]` under which requests are answered, without port.
    pub hosts: Vec<String>,
    /// Where people reach the server from outside, such as `https://netgain.example`; none for the host of each request.
    pub public_url: Option<String>,
    /// Workspaces that stay open at once.
    pub open_workspaces: usize,
    /// Whether everybody who reaches the server may everything: for a demo and for tests alone. It says so.
    pub open: bool,
    /// How much callers may ask for.
    pub rates: Rates,
    /// Who may read the metrics.
    pub metrics: MetricsAccess,
    /// Where facts lie; none for the store that the environment chooses, see [`Store::chosen`].
    pub store: Option<Store>,
}

impl Default for AppOptions {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            public_url: None,
            open_workspaces: 16,
            open: false,
            rates: Rates::default(),
            metrics: MetricsAccess::default(),
            store: None,
        }
    }
}

/// The server's state. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub(crate) shared: Arc<Shared>,
    pub(crate) webhooks: Option<Arc<dyn WebhookReceiver>>,
    pub(crate) oidc: Option<Arc<Oidc>>,
    /// Passwords that are hashed at once: each takes 19 MiB and a core.
    pub(crate) hashing: Arc<tokio::sync::Semaphore>,
    pub(crate) together: Arc<Together>,
    turns: Arc<Turns>,
}

pub(crate) struct Shared {
    pub(crate) control: Arc<Control>,
    pub(crate) runner: Arc<dyn SyncRunner>,
    pub(crate) hosts: Vec<String>,
    pub(crate) public_url: Option<String>,
    pub(crate) open: bool,
    pub(crate) rates: Rates,
    pub(crate) buckets: Buckets,
    pub(crate) metrics_access: MetricsAccess,
    pub(crate) observed: Option<Arc<dyn Observed>>,
    stopping: AtomicBool,
    warehouses: Warehouses,
}

/// A workspace with its warehouse and its rules.
pub(crate) struct Place {
    pub(crate) workspace: Workspace,
    pub(crate) settings: Settings,
    pub(crate) warehouse: Warehouse,
}

impl App {
    /// A server over the installation in `home`; warehouses lie in `<home>/workspaces`.
    #[must_use]
    pub fn new(
        control: Arc<Control>,
        home: PathBuf,
        runner: Arc<dyn SyncRunner>,
        options: AppOptions,
    ) -> Self {
        Self::observed(control, home, runner, options, None)
    }

    /// As [`App::new`], with somebody who knows the process: then `/metrics` and `/readyz` tell of it too.
    #[must_use]
    pub fn observed(
        control: Arc<Control>,
        home: PathBuf,
        runner: Arc<dyn SyncRunner>,
        options: AppOptions,
        observed: Option<Arc<dyn Observed>>,
    ) -> Self {
        let warehouses = Warehouses::new(home.join("workspaces"), options.store, options.open_workspaces);
        let shared = Shared {
            control,
            runner,
            hosts: options.hosts,
            public_url: options.public_url,
            metrics_access: options.metrics,
            observed,
            stopping: AtomicBool::new(false),
            open: options.open,
            rates: options.rates,
            buckets: Buckets::default(),
            warehouses,
        };
        let hashing = Arc::new(tokio::sync::Semaphore::new(HASHING));
        Self {
            shared: Arc::new(shared),
            webhooks: None,
            oidc: None,
            hashing,
            together: Arc::default(),
            turns: Arc::default(),
        }
    }

    /// Has webhooks received by it; without one their addresses do not exist.
    #[must_use]
    pub fn with_webhooks(mut self, receiver: Arc<dyn WebhookReceiver>) -> Self {
        self.webhooks = Some(receiver);
        self
    }

    /// Has people sign in at an identity provider too.
    #[must_use]
    pub fn with_oidc(mut self, oidc: Oidc) -> Self {
        self.oidc = Some(Arc::new(oidc));
        self
    }

    /// Runs blocking work that hashes a password: few at once, so that a flood of sign-ins does not take the memory.
    pub(crate) async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let _turn = self.hashing.acquire().await.map_err(|error| Problem::internal(&error))?;
        self.blocking(work).await
    }

    /// From now on `/readyz` says that no more requests are to be sent here. Requests are still answered.
    pub fn stopping(&self) {
        self.shared.stopping.store(true, Ordering::Relaxed);
    }

    /// Looks again at what changes without a call that could count it.
    pub async fn refresh_metrics(&self) {
        let looked = self.blocking(|shared| {
            netgain_observe::set_open_workspaces(shared.warehouses.open_count());
            netgain_observe::set_waiting_events(shared.control.waiting_event_count()?);
            Ok(())
        });
        if let Err(problem) = looked.await {
            tracing::warn!(detail = problem.detail, "some metrics keep their last value");
        }
    }

    /// Runs blocking work beside the server's own threads.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let shared = Arc::clone(&self.shared);
        let span = tracing::Span::current();
        match tokio::task::spawn_blocking(move || span.in_scope(|| work(&shared))).await {
            Ok(done) => done,
            Err(error) => Err(Problem::internal(&error)),
        }
    }

    /// Runs blocking work on one workspace, after whatever else is under way there.
    pub(crate) async fn on<T: Send + 'static>(
        &self,
        workspace: String,
        work: impl FnOnce(&Shared, &Place) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = self.turns.turn(&workspace).await?;
        self.blocking(move |shared| {
            let _turn = turn;
            let place = shared.place(&workspace)?;
            work(shared, &place)
        })
        .await
    }

    /// As [`App::on`], of work that may take long and must not hold up everything else in the workspace.
    pub(crate) async fn long_on<T: Send + 'static>(
        &self,
        workspace: String,
        work: impl FnOnce(&Shared, &Place) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = self.turns.long_turn(&workspace).await?;
        self.on(workspace, move |shared, place| {
            let _turn = turn;
            work(shared, place)
        })
        .await
    }
}

impl Shared {
    /// Whether the server is about to end.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// A workspace by the id of a request.
    pub(crate) fn workspace(&self, id: &str) -> Result<Workspace, Problem> {
        // an id that cannot exist is answered as one that does not
        let id: WorkspaceId = id.parse().map_err(|_| no_workspace(id))?;
        Ok(self.control.workspace(&id)?)
    }

    pub(crate) fn open(&self, workspace: Workspace) -> Result<Place, Problem> {
        let settings = Settings::from_json(&workspace.settings).map_err(|error| Problem::internal(&error))?;
        let warehouse = self.warehouses.get(&workspace.id)?;
        Ok(Place { workspace, settings, warehouse })
    }

    fn place(&self, id: &str) -> Result<Place, Problem> {
        self.open(self.workspace(id)?)
    }

    pub(crate) fn archive(&self, workspace: &WorkspaceId) -> Result<Archive, Problem> {
        Ok(Archive::open(self.warehouses.folder(), workspace)?)
    }
}

pub(crate) fn no_workspace(id: &str) -> Problem {
    let shown: String = id.chars().take(64).collect();
    Problem::new(Code::WorkspaceNotFound, format!("workspace `{shown}` does not exist"))
}

//! What every handler shares.

use std::path::PathBuf;
use std::sync::Arc;

use netgain_control::{Control, Workspace};
use netgain_domain::WorkspaceId;
use netgain_profit::Settings;
use netgain_warehouse::{Archive, Warehouse};

use crate::api::webhooks::WebhookReceiver;
use crate::problem::{Code, Problem};
use crate::runner::SyncRunner;
use crate::warehouses::Warehouses;

/// How the server is set up.
#[derive(Debug, Clone)]
pub struct AppOptions {
    /// Host names beside `localhost`, `127.0.0.1` and `[::1]` under which requests are answered, without port.
    pub hosts: Vec<String>,
    /// Where people reach the server from outside, such as `https://netgain.example`; none for the host of each request.
    pub public_url: Option<String>,
    /// Workspaces that stay open at once.
    pub open_workspaces: usize,
}

impl Default for AppOptions {
    fn default() -> Self {
        Self { hosts: Vec::new(), public_url: None, open_workspaces: 16 }
    }
}

/// The server's state. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub(crate) shared: Arc<Shared>,
    pub(crate) webhooks: Option<Arc<dyn WebhookReceiver>>,
}

pub(crate) struct Shared {
    pub(crate) control: Arc<Control>,
    pub(crate) runner: Arc<dyn SyncRunner>,
    pub(crate) hosts: Vec<String>,
    pub(crate) public_url: Option<String>,
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
        let warehouses = Warehouses::new(home.join("workspaces"), options.open_workspaces);
        let shared =
            Shared { control, runner, hosts: options.hosts, public_url: options.public_url, warehouses };
        Self { shared: Arc::new(shared), webhooks: None }
    }

    /// Has webhooks received by it; without one their addresses do not exist.
    #[must_use]
    pub fn with_webhooks(mut self, receiver: Arc<dyn WebhookReceiver>) -> Self {
        self.webhooks = Some(receiver);
        self
    }

    /// Runs blocking work beside the server's own threads.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let shared = Arc::clone(&self.shared);
        match tokio::task::spawn_blocking(move || work(&shared)).await {
            Ok(done) => done,
            Err(error) => Err(Problem::internal(&error)),
        }
    }

    /// Runs blocking work on one workspace.
    pub(crate) async fn on<T: Send + 'static>(
        &self,
        workspace: String,
        work: impl FnOnce(&Shared, &Place) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.blocking(move |shared| {
            let place = shared.place(&workspace)?;
            work(shared, &place)
        })
        .await
    }
}

impl Shared {
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

fn no_workspace(id: &str) -> Problem {
    let shown: String = id.chars().take(64).collect();
    Problem::new(Code::WorkspaceNotFound, format!("workspace `{shown}` does not exist"))
}

//! `netgain serve`: the API and the web pages, and the syncs that they start.

use std::sync::Arc;

use netgain_control::RunId;
use netgain_domain::{ConnectionId, WorkspaceId};
use netgain_manifest::Category;
use netgain_server::{App, AppOptions, Progress, ProviderInfo, StartError, SyncRunner};
use netgain_sync::{Runner, SyncOptions};
use tokio::net::TcpListener;

use crate::args::ServeArgs;
use crate::commands::webhooks;
use crate::home::Home;

/// The runner as the server knows it.
struct Syncs(Arc<Runner>);

impl SyncRunner for Syncs {
    fn start(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        full: bool,
    ) -> Result<RunId, StartError> {
        use netgain_sync::StartError as Why;
        let options = SyncOptions { full, ..SyncOptions::default() };
        self.0.start(workspace, connection, options).map_err(|error| match error {
            Why::AlreadyRunning(connection) => StartError::AlreadyRunning(connection),
            Why::NotPossible(why) => StartError::NotPossible(why),
            Why::Failed(error) => StartError::Failed(error.to_string()),
        })
    }

    fn progress(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Option<Progress> {
        self.0.progress(workspace, connection).map(|progress| Progress {
            stream: progress.stream,
            rows: progress.records,
            fraction: progress.fraction,
            rows_per_second: progress.records_per_second,
            seconds_left: progress.seconds_left,
        })
    }

    fn provider_info(&self, id: &str) -> Option<ProviderInfo> {
        if id == "csv" {
            return Some(ProviderInfo { name: "CSV file".to_owned(), category: "files".to_owned() });
        }
        let manifest = netgain_providers::manifest(id).ok().flatten()?;
        let category = match manifest.category {
            Category::Commerce => "commerce",
            Category::Ads => "advertising",
            Category::Messaging => "messaging",
            Category::Crm => "crm",
            Category::Analytics => "analytics",
            Category::Finance => "finance",
        };
        Some(ProviderInfo { name: manifest.name, category: category.to_owned() })
    }
}

/// The server's state over an installation, and the runner of its syncs.
///
/// # Errors
/// When the control store cannot be opened.
pub fn app(home: &Home) -> anyhow::Result<(App, Arc<Runner>)> {
    let control = home.control()?;
    let runner = Arc::new(Runner::new(Arc::clone(&control), home.path()));
    let syncs = Arc::new(Syncs(Arc::clone(&runner)));
    Ok((App::new(control, home.path().to_owned(), syncs, AppOptions::default()), runner))
}

/// Listens on this machine.
pub async fn listen(port: u16) -> anyhow::Result<TcpListener> {
    let address = netgain_server::default_address(port);
    TcpListener::bind(address).await.map_err(|error| {
        anyhow::anyhow!("cannot listen on {address}: {error}; choose another port with --port")
    })
}

/// Ready when the process is asked to end.
pub async fn interrupted() {
    let asked = async {
        #[cfg(unix)]
        if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            tokio::select! {
                done = tokio::signal::ctrl_c() => return done,
                _ = terminate.recv() => return Ok(()),
            }
        }
        tokio::signal::ctrl_c().await
    };
    // without a signal handler there is nothing to wait for but the end of the process
    if asked.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Serves until it is interrupted.
pub fn run(home: &Home, args: &ServeArgs) -> anyhow::Result<()> {
    super::provider::must_be_sound()?;
    let (app, runner) = app(home)?;
    let served = super::runtime()?.block_on(async {
        let listener = listen(args.port).await?;
        let address = listener.local_addr()?;
        let (webhooks, receiver) = webhooks::start(home, &runner, address, args.public_url.clone())?;
        eprintln!("Netgain answers at http://{address}");
        let served = netgain_server::serve(app.with_webhooks(receiver), listener, interrupted()).await;
        // what was acknowledged is on disk; the rest is sent again
        tokio::task::spawn_blocking(move || webhooks.stop()).await?;
        Ok(served?)
    });
    runner.stop();
    served
}

//! `netgain serve`: the API and the web pages.

use netgain_control::RunId;
use netgain_domain::{ConnectionId, WorkspaceId};
use netgain_server::{App, AppOptions, Progress, ProviderInfo, StartError, SyncRunner};

use crate::args::ServeArgs;
use crate::home::Home;

/// Knows imported files only: they are read again by importing them again.
pub struct Files;

impl SyncRunner for Files {
    fn start(&self, _: &WorkspaceId, connection: &ConnectionId, _: bool) -> Result<RunId, StartError> {
        Err(StartError::NotPossible(format!(
            "connection `{connection}` holds an imported file: bring a newer one in with `netgain import csv`"
        )))
    }

    fn progress(&self, _: &WorkspaceId, _: &ConnectionId) -> Option<Progress> {
        None
    }

    fn provider_info(&self, id: &str) -> Option<ProviderInfo> {
        (id == "csv").then(|| ProviderInfo { name: "CSV file".to_owned(), category: "files".to_owned() })
    }
}

/// The server's state over an installation.
pub fn app(home: &Home) -> anyhow::Result<App> {
    Ok(App::new(home.control()?, home.path().to_owned(), std::sync::Arc::new(Files), AppOptions::default()))
}

/// Serves until it is interrupted.
pub fn run(home: &Home, args: &ServeArgs) -> anyhow::Result<()> {
    let app = app(home)?;
    super::runtime()?.block_on(async {
        let address = netgain_server::default_address(args.port);
        let listener = tokio::net::TcpListener::bind(address).await.map_err(|error| {
            anyhow::anyhow!("cannot listen on {address}: {error}; choose another port with --port")
        })?;
        eprintln!("Netgain answers at http://{}", listener.local_addr()?);
        netgain_server::serve(app, listener, async {
            // without a signal handler there is nothing to wait for but the end of the process
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
        .await?;
        Ok(())
    })
}

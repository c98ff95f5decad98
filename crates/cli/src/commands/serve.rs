//! `netgain serve`: the API and the web pages, and the syncs that they start.

use std::sync::Arc;
use std::time::Duration;

use netgain_control::{Control, RunId, Secret, Slot};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{ConnectionId, Table, WorkspaceId};
use netgain_server::{
    App, AppOptions, Check, ConnectFailure, ConnectStart, ConnectedTo, Disconnected, Grant, Integration,
    MetricsAccess, PrivacyDesk, Progress, Provider, ProviderInfo, Quota, RestatedDays, SignInBegun,
    SignInError, SignInReturn, SignInStart, SignedIn, StartError, SyncRunner, Timing,
};
use netgain_sync::{ConnectRequest, ReconcileOptions, Runner, Scheduler, SignInRequest, SyncOptions};
use tokio::net::TcpListener;

use crate::args::ServeArgs;
use crate::commands::privacy::Desk;
use crate::commands::{connecting, integrations, webhooks};
use crate::home::Home;
use crate::machine::Machine;
use crate::telemetry;

/// How often what nobody counts is looked at.
const REFRESHED: Duration = Duration::from_secs(15);
/// Characters that a metrics token has at least: a short one is guessed.
const SHORTEST_TOKEN: usize = 16;

/// The runner as the server knows it.
struct Syncs(Arc<Runner>, Desk);

impl SyncRunner for Syncs {
    fn start(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        full: bool,
    ) -> Result<RunId, StartError> {
        let options = SyncOptions { full, ..SyncOptions::default() };
        self.0.start(workspace, connection, options).map_err(not_started)
    }

    fn restate(&self, workspace: &WorkspaceId) -> Result<Option<u64>, StartError> {
        let report = self.0.restate(workspace).map_err(|error| StartError::Failed(error.to_string()))?;
        Ok(Some(report.orders))
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

    fn start_check(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
        heal: bool,
    ) -> Result<RunId, StartError> {
        let options = ReconcileOptions { heal, ..ReconcileOptions::default() };
        self.0.start_reconcile(workspace, connection, options).map_err(not_started)
    }

    fn check(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Option<Check> {
        self.0.checking(workspace, connection).map(|check| Check {
            running: check.running,
            heal: check.heal,
            stream: check.stream,
            started_at: check.started_at,
            error: check.error,
        })
    }

    fn timing(&self, slot: &Slot, now: Timestamp) -> Timing {
        let timing = netgain_sync::timing(slot, now);
        Timing {
            default: timing.default,
            next_sync_at: timing.next_sync_at,
            next_check_at: timing.next_check_at,
        }
    }

    fn providers(&self) -> Vec<Provider> {
        connecting::providers()
    }

    fn connect(&self, start: ConnectStart) -> Result<ConnectedTo, ConnectFailure> {
        connecting::connect(self.0.control(), self.0.home(), start)
    }

    fn integrations(&self) -> Vec<Integration> {
        integrations::all()
    }

    fn test(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Result<Timestamp, ConnectFailure> {
        integrations::test(&self.0, workspace, connection)
    }

    fn renew(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Result<Grant, ConnectFailure> {
        integrations::renew(&self.0, workspace, connection)
    }

    fn disconnect(
        &self,
        workspace: &WorkspaceId,
        connection: &ConnectionId,
    ) -> Result<Disconnected, ConnectFailure> {
        integrations::disconnect(&self.0, workspace, connection)
    }

    fn grant(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Option<Grant> {
        integrations::grant(&self.0, workspace, connection)
    }

    fn quota(&self, workspace: &WorkspaceId, connection: &ConnectionId) -> Vec<Quota> {
        integrations::quota(&self.0, workspace, connection)
    }

    fn privacy(&self) -> Option<&dyn PrivacyDesk> {
        Some(&self.1)
    }

    fn begin_sign_in(&self, start: SignInStart) -> Result<SignInBegun, SignInError> {
        let connect = ConnectRequest {
            workspace: start.workspace,
            provider: start.provider,
            connection: Some(start.connection),
            name: start.name,
            fields: start.fields,
            secrets: start.secrets.into_iter().map(|(name, secret)| (name, Secret::new(secret))).collect(),
            base_url: start.base_url,
            mode: None,
            currency: connecting::currency(start.currency)?,
            time_zone: start.time_zone,
        };
        let (redirect_uri, begun_by) = (start.redirect_uri, start.begun_by);
        let request = SignInRequest { connect, redirect_uri, by_browser: true, begun_by };
        let begun = netgain_sync::begin_sign_in(self.0.control(), self.0.home(), request);
        begun.map(begun_in_browser).map_err(not_signed_in)
    }

    fn open_sign_in(&self, state: &str) -> Result<SignInBegun, SignInError> {
        netgain_sync::open_sign_in(self.0.control(), state).map(begun_in_browser).map_err(not_signed_in)
    }

    fn finish_sign_in(&self, came: &SignInReturn) -> Result<SignedIn, SignInError> {
        let runtime = super::runtime().map_err(|error| ConnectFailure::Failed(error.to_string()))?;
        let came = netgain_sync::SignInReturn {
            params: came.params.clone(),
            browser: came.browser.clone(),
            arrived_at: came.arrived_at.clone(),
            provider: came.provider.clone(),
        };
        let finishing = netgain_sync::finish_sign_in(self.0.control(), self.0.home(), &came);
        let connected = runtime.block_on(finishing).map_err(not_signed_in)?;
        Ok(SignedIn { workspace: connected.workspace.id, connection: connected.connection.id })
    }

    fn provider_info(&self, id: &str) -> Option<ProviderInfo> {
        if id == "csv" {
            let (name, category) = ("CSV file".to_owned(), "files".to_owned());
            return Some(ProviderInfo { name, category, restated: RestatedDays::default() });
        }
        let manifest = netgain_providers::manifest(id).ok().flatten()?;
        let category = connecting::category(&manifest).to_owned();
        let days = |table: Table| manifest.restated_days(table.name());
        let restated = RestatedDays {
            ads: days(Table::AdDays),
            messages: days(Table::MessageDays),
            bookings: days(Table::BalanceTransactions),
        };
        Some(ProviderInfo { name: manifest.name, category, restated })
    }
}

/// Why a sync or a check does not begin, as the server knows it.
fn not_started(error: netgain_sync::StartError) -> StartError {
    use netgain_sync::StartError as Why;
    match error {
        Why::AlreadyRunning(connection) => StartError::AlreadyRunning(connection),
        Why::NotPossible(why) => StartError::NotPossible(why),
        Why::Failed(error) => StartError::Failed(error.to_string()),
    }
}

/// Why a sign-in did not work, as the server knows it.
fn not_signed_in(error: netgain_sync::SignInError) -> SignInError {
    use netgain_sync::SignInError as Why;
    match error {
        Why::Unknown => SignInError::Unknown,
        Why::Expired => SignInError::Expired,
        Why::Refused(why) => SignInError::Refused(why),
        Why::NotOffered(why) => SignInError::NotOffered(why),
        Why::Elsewhere(why) => SignInError::Elsewhere(why),
        Why::Forged(why) => SignInError::Forged(why),
        Why::Connect(error) => SignInError::Connect(connecting::failure(error)),
    }
}

fn begun_in_browser(begun: netgain_sync::SignInBegun) -> SignInBegun {
    let browser = begun.browser.map(|word| word.expose().to_owned()).unwrap_or_default();
    SignInBegun { state: begun.state, authorize_url: begun.authorize_url, browser }
}

/// The server's state over an installation, and the runner of its syncs. `open` lets everybody who reaches it do
/// everything.
///
/// # Errors
/// When the control store cannot be opened.
pub fn app(home: &Home, open: bool) -> anyhow::Result<(App, Arc<Runner>)> {
    app_over(home, home.control()?, open)
}

fn app_over(home: &Home, control: Arc<Control>, open: bool) -> anyhow::Result<(App, Arc<Runner>)> {
    let runner = Arc::new(Runner::new(Arc::clone(&control), home.path()));
    let desk = Desk { control: Arc::clone(&control), home: home.path().to_owned() };
    let syncs = Arc::new(Syncs(Arc::clone(&runner), desk));
    let machine = Arc::new(Machine::new(home.path()));
    let app = App::observed(control, home.path().to_owned(), syncs, options(open)?, Some(machine));
    Ok((app, runner))
}

/// How the server is reached: behind `NETGAIN_PUBLIC_URL`, if that is set.
fn options(open: bool) -> anyhow::Result<AppOptions> {
    let metrics = MetricsAccess { token: metrics_token()?, behind_proxy: false };
    let Ok(public_url) = std::env::var("NETGAIN_PUBLIC_URL") else {
        return Ok(AppOptions { metrics, open, ..AppOptions::default() });
    };
    let url = url::Url::parse(&public_url).map_err(|error| {
        anyhow::anyhow!("NETGAIN_PUBLIC_URL is not an address: {error}; write https://host")
    })?;
    let host = url.host_str().unwrap_or_default().to_owned();
    // what is open is reached under no other name than this machine's own
    let hosts = if open { Vec::new() } else { vec![host] };
    let metrics = MetricsAccess { behind_proxy: true, ..metrics };
    Ok(AppOptions { hosts, public_url: Some(public_url), open, metrics, ..AppOptions::default() })
}

/// Who brings this may read the metrics: `NETGAIN_METRICS_TOKEN`, or the first line of `NETGAIN_METRICS_TOKEN_FILE`.
fn metrics_token() -> anyhow::Result<Option<Secret>> {
    const FILE: &str = "NETGAIN_METRICS_TOKEN_FILE";
    let token = match (std::env::var("NETGAIN_METRICS_TOKEN"), std::env::var(FILE)) {
        (Ok(token), _) => token,
        (Err(_), Ok(file)) => {
            let text = std::fs::read_to_string(&file)
                .map_err(|error| anyhow::anyhow!("{FILE} names `{file}`, which cannot be read: {error}"))?;
            text.lines().next().unwrap_or_default().to_owned()
        }
        (Err(_), Err(_)) => return Ok(None),
    };
    let token = token.trim().to_owned();
    anyhow::ensure!(
        token.len() >= SHORTEST_TOKEN,
        "the metrics token has fewer than {SHORTEST_TOKEN} characters: write a longer one, such as `openssl rand -hex 16` gives"
    );
    Ok(Some(Secret::new(token)))
}

/// Tells what changes without a call that could count it, for as long as the runtime lasts.
pub fn watch(app: &App) {
    let app = app.clone();
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(REFRESHED);
        loop {
            tick.tick().await;
            app.refresh_metrics().await;
            telemetry::refresh();
        }
    });
}

/// Ready when the process is asked to end and whoever spreads requests had time to notice it.
pub async fn drained(app: App, drain: Duration) {
    interrupted().await;
    app.stopping();
    tokio::time::sleep(drain).await;
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

/// After an update of the program, brings the results of workspaces to its rules while they are being served. Ended at any
/// instant, the next start goes on.
fn restate_in_background(runner: &Arc<Runner>) {
    let runner = Arc::clone(runner);
    // every workspace is opened to be asked, for which the first page must not wait
    std::thread::spawn(move || {
        let outdated = runner.outdated().unwrap_or_else(|error| {
            tracing::warn!(%error, "nobody knows which orders must be computed anew");
            Vec::new()
        });
        for workspace in outdated {
            eprintln!("The orders of `{workspace}` are being computed anew by the rules of this version");
            if let Err(error) = runner.restate(&workspace) {
                // it is told with the figures, and the next sync tries again
                tracing::warn!(workspace.id = %workspace, %error, "orders cannot be computed anew");
            }
        }
    });
}

/// Says who may come in: with --open everybody on this machine, else those who sign in; the first owner by a link.
fn welcome(home: &Home, args: &ServeArgs, address: &str) -> anyhow::Result<()> {
    if args.open {
        eprintln!("It is open: everybody on this machine may do everything, without signing in");
        return Ok(());
    }
    let control = home.control()?;
    if !control.has_owner()? {
        let link = control.owner_link(jiff::Timestamp::now())?;
        let base = args.public_url.as_deref().unwrap_or(address).trim_end_matches('/');
        eprintln!(
            "Nobody owns this installation yet. Create its owner with this link, once and within a day:"
        );
        eprintln!("{base}/owner#{}", link.expose());
    }
    Ok(())
}

/// Serves until it is interrupted.
pub fn run(home: &Home, args: &ServeArgs) -> anyhow::Result<()> {
    super::provider::must_be_sound()?;
    let control = home.control()?;
    if control.is_shared() {
        eprintln!("The control store is {}", control.place());
    }
    let (app, runner) = app_over(home, control, args.open)?;
    let app = match super::oidc::from_environment()? {
        Some(oidc) if !args.open => app.with_oidc(oidc),
        _ => app,
    };
    restate_in_background(&runner);
    let served = super::runtime()?.block_on(async {
        let listener = listen(args.port).await?;
        let address = listener.local_addr()?;
        let (webhooks, receiver) = webhooks::start(&runner, address, args.public_url.clone())?;
        eprintln!("Netgain answers at http://{address}");
        welcome(home, args, &format!("http://{address}"))?;
        let schedule = Scheduler::start(&runner, !args.no_schedule)?;
        watch(&app);
        let ending = drained(app.clone(), Duration::from_secs(args.drain_s));
        let served = netgain_server::serve(app.with_webhooks(receiver), listener, ending).await;
        // what was acknowledged is on disk; the rest is sent again
        let ended = move || {
            schedule.stop();
            webhooks.stop();
        };
        tokio::task::spawn_blocking(ended).await?;
        Ok(served?)
    });
    runner.stop();
    served
}

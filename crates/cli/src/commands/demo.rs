//! `netgain demo`: a made-up shop with two years of orders and advertising, read from an emulated platform in this
//! process on the way that real ones are read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use netgain_control::{Control, CredentialMode, NewConnection, NewWorkspace, Secret};
use netgain_domain::{ConnectionId, Currency, Decimal, WorkspaceId};
use netgain_import::Mapping;
use netgain_profit::{Dated, Settings};
use netgain_sandbox::{Ready, Running};
use netgain_sync::{ConnectRequest, FileImport, Runner, Scheduler, SyncOptions};
use netgain_warehouse::Archive;
use serde::{Deserialize, Serialize};
use tower::ServiceExt;

use crate::args::DemoArgs;
use crate::commands::{connect, import, serve, webhooks};
use crate::home::Home;

/// What sending a parcel costs the demo's merchant, in pence.
const LABEL_COST: Decimal = Decimal::from_parts(450, 0, 0, false, 2);
/// The platforms that the demo reads: those whose orders and costs the made-up brand's own books count. The sandbox
/// emulates the others too, but a second channel, other ads and the same fees once more would change the profit.
const SHOWN: [&str; 2] = ["meta_ads", "shopify"];

/// The merchant's cost sheet as a connection.
const COSTS: &str = "costs";

/// Which shop the stored data belongs to. The emulated world depends on its seed and its last day alone, so a later
/// start shows the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct World {
    seed: u64,
    today: Date,
}

/// Serves the demo until it is interrupted.
pub fn run(home: &Home, args: &DemoArgs) -> anyhow::Result<()> {
    let workspace: WorkspaceId = match args.seed {
        1 => "demo".parse()?,
        seed => format!("demo-{seed}").parse()?,
    };
    super::provider::must_be_sound()?;
    let world = world(home, &workspace, args)?;
    let (app, runner) = serve::app(home, true)?;
    let served = super::runtime()?.block_on(async {
        let listener = serve::listen(args.port).await?;
        let sandbox = netgain_sandbox::start(netgain_sandbox::Options {
            port: 0,
            seed: world.seed,
            today: Some(world.today),
            unlimited: true,
            ..netgain_sandbox::Options::default()
        })
        .await?;
        let control = home.control()?;
        create_workspace(&control, &workspace, &sandbox.ready)?;
        eprintln!("Netgain answers at http://{}", listener.local_addr()?);
        eprintln!(
            "workspace {workspace}: a made-up shop, read from {}; Ctrl+C ends it",
            sandbox.ready.address
        );
        let (webhooks, receiver) = webhooks::start(&runner, listener.local_addr()?, None)?;
        let app = app.with_webhooks(receiver);
        serve::watch(&app);
        let serving = tokio::spawn(netgain_server::serve(app, listener, serve::interrupted()));
        // the page is there already, and shows this happening
        if let Err(error) = fill(home, &control, &workspace, world, &sandbox, &runner).await {
            eprintln!("netgain: the demo's data could not be read: {error:#}");
        }
        let schedule = Scheduler::start(&runner, true)?;
        let served = serving.await;
        let ended = move || {
            schedule.stop();
            webhooks.stop();
        };
        tokio::task::spawn_blocking(ended).await?;
        served??;
        anyhow::Ok(())
    });
    runner.stop();
    served
}

/// The world of this workspace: the stored one, or a new one that ends today.
fn world(home: &Home, workspace: &WorkspaceId, args: &DemoArgs) -> anyhow::Result<World> {
    let folder = home.workspaces().join(workspace.as_str());
    let file = folder.join("demo.json");
    if args.fresh && folder.exists() {
        // refuses while another process has it open
        drop(home.warehouse(workspace)?);
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    if let Ok(text) = std::fs::read_to_string(&file) {
        let stored: World = serde_json::from_str(&text)
            .with_context(|| format!("cannot read {}: begin anew with --fresh", file.display()))?;
        return Ok(stored);
    }
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let world = World { seed: args.seed, today };
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    write_whole(&file, &serde_json::to_string(&world)?)?;
    Ok(world)
}

/// Writes a file so that it is there as a whole or not at all.
fn write_whole(file: &Path, text: &str) -> anyhow::Result<()> {
    let new: PathBuf = file.with_extension("new");
    std::fs::write(&new, text)
        .and_then(|()| std::fs::rename(&new, file))
        .with_context(|| format!("cannot write {}", file.display()))
}

fn create_workspace(control: &Control, id: &WorkspaceId, ready: &Ready) -> anyhow::Result<()> {
    if control.workspaces()?.iter().any(|workspace| workspace.id == *id) {
        return Ok(());
    }
    let currency: Currency = ready.world.currency.parse()?;
    let mut settings = Settings::new(currency, ready.world.time_zone.parse()?);
    settings.shipping.cost_per_order = vec![Dated { valid_from: None, value: LABEL_COST }];
    let new = NewWorkspace {
        id: id.clone(),
        name: "Demo shop".to_owned(),
        currency,
        time_zone: ready.world.time_zone.clone(),
        settings: settings.to_json()?,
    };
    control.create_workspace(&new)?;
    Ok(())
}

/// Connects the emulated platforms, brings in the cost sheet and starts the syncs.
async fn fill(
    home: &Home,
    control: &Arc<Control>,
    workspace: &WorkspaceId,
    world: World,
    sandbox: &Running,
    runner: &Arc<Runner>,
) -> anyhow::Result<()> {
    import_costs(home, control, workspace, world, sandbox).await?;
    let shown = sandbox.ready.platforms.iter().filter(|(provider, _)| SHOWN.contains(provider));
    for (provider, access) in shown {
        let request = ConnectRequest {
            workspace: workspace.clone(),
            provider: (*provider).to_owned(),
            connection: None,
            name: None,
            fields: access.fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            secrets: access
                .secrets
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Secret::new(value.clone())))
                .collect(),
            base_url: Some(access.base_url.clone()),
            mode: None,
            currency: None,
            time_zone: None,
        };
        let connected =
            netgain_sync::connect(control, home.path(), request).await.map_err(connect::failure)?;
        runner.start(workspace, &connected.connection.id, SyncOptions::default())?;
    }
    Ok(())
}

/// The merchant's own cost sheet, with its history: the emulated shop keeps only today's costs, as real ones do.
async fn import_costs(
    home: &Home,
    control: &Control,
    workspace: &WorkspaceId,
    world: World,
    sandbox: &Running,
) -> anyhow::Result<()> {
    let router = netgain_sandbox::server::router(Arc::clone(&sandbox.state));
    let response = router.oneshot(Request::get("/world/costs.csv").body(Body::empty())?).await?;
    let sheet = to_bytes(response.into_body(), usize::MAX).await?;
    let mapping = Mapping::from_yaml(
        "version: 1\nformat: {date_formats: [\"%Y-%m-%d\"]}\n\
         costs: {scope: sku, scope_id: sku, unit_cost: unit_cost, currency: currency, valid_from: valid_from}\n",
    )?;
    let connection: ConnectionId = COSTS.parse()?;
    control.create_connection(
        workspace,
        &NewConnection {
            id: connection.clone(),
            provider: "csv".to_owned(),
            name: "Cost sheet".to_owned(),
            base_url: None,
            local: false,
            mode: CredentialMode::Own,
            fields: std::collections::BTreeMap::new(),
        },
    )?;
    let (folder, id, sheet_of) = (home.workspaces(), workspace.clone(), connection.clone());
    // the same day at each start, so that the sheet is recorded once
    let observed_at = world.today.to_zoned(TimeZone::UTC)?.timestamp();
    let warehouse = home.warehouse(workspace)?;
    let summary = tokio::task::spawn_blocking(move || {
        let archive = Archive::open(&folder, &id)?;
        let to = FileImport { warehouse: &warehouse, archive: &archive, connection: sheet_of, observed_at };
        anyhow::Ok(netgain_sync::import_file(
            sheet.as_ref(),
            &mapping,
            &to,
            &mut |reject| Err(format!("line {}: {}", reject.line, reject.reason).into()),
            &mut |_| (),
        )?)
    })
    .await??;
    import::note_state(control, workspace, &connection, None)?;
    eprintln!("{} unit costs from the merchant's sheet", summary.unit_costs);
    Ok(())
}

//! Starts a sandbox on 127.0.0.1 and says how to connect to it.
use crate::faces::FACES;
use crate::faults::{Faults, layer};
use crate::options::Brand;
use crate::world::{World, days};
use crate::{AppState, Error, Options, books, control, meta, shopify, world};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::serve::ListenerExt;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How to connect to one emulated platform.
#[derive(Clone, Debug, Serialize)]
pub struct Platform {
    /// The address that stands for the platform's own host.
    pub base_url: String,
    /// Connection fields by name.
    pub fields: BTreeMap<&'static str, String>,
    /// Connection secrets by name.
    pub secrets: BTreeMap<&'static str, String>,
    /// Application credentials for the OAuth paths.
    pub oauth: BTreeMap<&'static str, String>,
}

/// What the world holds.
#[derive(Clone, Debug, Serialize)]
pub struct Span {
    /// The shop's currency, ISO 4217.
    pub currency: String,
    /// The shop's time zone, IANA.
    pub time_zone: String,
    /// Local day of the first order.
    pub from: Date,
    /// Local day that the clock has reached.
    pub to: Date,
}

/// The one line that a sandbox prints when it is ready.
#[derive(Clone, Debug, Serialize)]
pub struct Ready {
    /// Always true.
    pub ready: bool,
    /// Where the sandbox answers.
    pub address: String,
    /// The emulated platforms by id.
    pub platforms: BTreeMap<&'static str, Platform>,
    /// What the world holds.
    pub world: Span,
}

/// A sandbox that is serving; dropping it stops it.
pub struct Running {
    /// How to connect.
    pub ready: Ready,
    /// The state behind the faces, for tests in the same process.
    pub state: Arc<AppState>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// Serves until the server ends by itself, which it does only on an error.
    pub async fn wait(self) -> Result<(), Error> {
        let Running { task, stop, .. } = self;
        let result = finished(task).await;
        drop(stop);
        result
    }

    /// Stops serving; answers under way are finished.
    pub async fn stop(self) -> Result<(), Error> {
        let Running { task, stop, .. } = self;
        drop(stop);
        finished(task).await
    }
}

async fn finished(task: JoinHandle<std::io::Result<()>>) -> Result<(), Error> {
    match task.await {
        Ok(result) => result.map_err(|error| Error::Serve(error.to_string())),
        Err(error) => Err(Error::Serve(error.to_string())),
    }
}

/// Makes the world, binds 127.0.0.1 and begins to serve.
pub async fn start(options: Options) -> Result<Running, Error> {
    let rules = options.faults.as_deref().map(Faults::load).transpose()?.unwrap_or_default();
    let making = options.clone();
    let world = tokio::task::spawn_blocking(move || make_world(&making))
        .await
        .map_err(|error| Error::Serve(error.to_string()))??;
    let port = options.port;
    let bound = |source| Error::Bind { port, source };
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(bound)?;
    let address = format!("http://{}", listener.local_addr().map_err(bound)?);
    let state = Arc::new(AppState::new(Arc::new(world), options, address));
    state.faults.add(rules);
    let ready = ready(&state);
    let router = router(Arc::clone(&state));
    let (stop, stopped) = oneshot::channel::<()>();
    // Small answers must not wait for the acknowledgement of the one before; a failure only costs speed.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let task = tokio::spawn(async move {
        axum::serve(listener, router)
            .with_graceful_shutdown(async move {
                // Both a message and a dropped sender mean: stop.
                drop(stopped.await);
            })
            .await
    });
    Ok(Running { ready, state, stop, task })
}

/// Starts, hands the ready line to `announce`, and serves.
pub async fn run(options: Options, announce: impl FnOnce(&Ready)) -> Result<(), Error> {
    let running = start(options).await?;
    announce(&running.ready);
    running.wait().await
}

/// All faces under one router, inside the fault layer.
pub fn router(state: Arc<AppState>) -> Router {
    let mut router = Router::new()
        .nest("/shopify/{shop}", shopify::router(Arc::clone(&state)))
        .merge(books::router(Arc::clone(&state)))
        .merge(control::router(Arc::clone(&state)))
        .merge(crate::webhooks::control::router(Arc::clone(&state)));
    if state.has_ads() {
        router = router.nest("/meta", meta::router(Arc::clone(&state)));
        for face in FACES {
            router = router.nest(&format!("/{}", face.id), (face.router)(Arc::clone(&state)));
        }
    }
    router.layer(from_fn_with_state(state, layer::layer))
}

fn make_world(options: &Options) -> Result<World, Error> {
    if let Some(path) = &options.orders {
        return Ok(world::cdnow::load(path)?);
    }
    let today = options.today.unwrap_or_else(|| Timestamp::now().to_zoned(TimeZone::UTC).date());
    Ok(match options.brand {
        Brand::Golden => world::golden::world(),
        Brand::Empty => world::empty::world(today),
        Brand::Demo => world::demo::world(options.seed, today, options.days.unwrap_or(world::demo::LIFE)),
    })
}

/// How to connect to the sandbox.
pub fn ready(state: &AppState) -> Ready {
    let world = &state.world;
    let brand = &world.brand;
    let shop = world.shop();
    let secrets = &state.secrets;
    let first = shop.orders.first().map_or(shop.opened_at, |order| order.placed_at);
    let mut platforms = BTreeMap::new();
    platforms.insert(
        "shopify",
        Platform {
            base_url: format!("{}/shopify/{}", state.address, brand.name),
            fields: [("shop", brand.name.clone())].into(),
            secrets: [
                ("access_token", secrets.shopify_access_token.clone()),
                ("client_secret", secrets.shopify_client_secret.clone()),
            ]
            .into(),
            oauth: [
                ("client_id", secrets.shopify_client_id.clone()),
                ("client_secret", secrets.shopify_client_secret.clone()),
            ]
            .into(),
        },
    );
    if state.has_ads() {
        let ads = world.ads.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        platforms.insert(
            "meta_ads",
            Platform {
                base_url: format!("{}/meta", state.address),
                fields: [("account_id", ads.account.id.to_string())].into(),
                secrets: [("access_token", secrets.meta_access_token.clone())].into(),
                oauth: [
                    ("client_id", secrets.meta_app_id.clone()),
                    ("client_secret", secrets.meta_app_secret.clone()),
                ]
                .into(),
            },
        );
    }
    if state.has_ads() {
        let further = FACES.iter().filter_map(|face| Some((face.id, (face.platform)(state)?)));
        platforms.extend(further);
    }
    Ready {
        ready: true,
        address: state.address.clone(),
        platforms,
        world: Span {
            currency: brand.currency.clone(),
            time_zone: brand.time_zone.iana_name().unwrap_or("UTC").to_owned(),
            from: days::day_of(first, &brand.time_zone),
            to: days::day_of(world.now().as_second(), &brand.time_zone),
        },
    }
}

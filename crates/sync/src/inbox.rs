//! Webhooks from the request to the rows: a delivery is proved, kept on disk, acknowledged and then applied.
//!
//! Applying is idempotent: what was kept is applied at least once, in any order, and an older version never replaces a
//! newer one. What events miss, the next sync finds.

mod apply;
mod figures;
mod keys;
mod receive;
mod register;
mod tries;
mod worker;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use netgain_connector::{BoxError, Page, Sink};
use netgain_control::Inbox;
use netgain_domain::{ConnectionId, WorkspaceId};
use tokio::sync::{Notify, watch};

use crate::runner::locked;
use crate::{Error, Runner};

pub(crate) use keys::{is_left_over, is_own_secret, keep_for_requests, proving_keys, replace as replace_key};
pub use receive::{Answer, Arrived};

/// Receives and applies webhooks of one installation.
pub struct Webhooks {
    runner: Arc<Runner>,
    inbox: Arc<Inbox>,
    known: receive::Known,
    counts: receive::Counts,
    addresses: Addresses,
    /// Connections whose registrations were looked after since the start.
    tended: Mutex<HashSet<(WorkspaceId, ConnectionId)>>,
    /// Workspaces whose key figures are out of date, and since when.
    stale_figures: figures::Stale,
    wake: Notify,
    stop: watch::Sender<bool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Under which addresses this installation can be told.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    /// The address that the world knows, such as `https://netgain.example.com`.
    pub public: Option<String>,
    /// The address on this machine, for platforms that run on it as well.
    pub local: Option<String>,
}

impl Addresses {
    /// The address of an endpoint for a connection; `local` is whether its platform runs on this machine or network.
    #[must_use]
    pub fn of(&self, key: &str, local: bool) -> Option<String> {
        let base = self.public.as_deref().or(self.local.as_deref().filter(|_| local))?;
        Some(format!("{}/webhooks/{key}", base.trim_end_matches('/')))
    }
}

impl Webhooks {
    /// Opens the inbox and begins to apply it in the background.
    ///
    /// # Errors
    /// When the inbox cannot be opened or the system gives no thread.
    pub fn start(runner: &Arc<Runner>, addresses: Addresses) -> Result<Arc<Self>, Error> {
        let this = Arc::new(Self {
            runner: Arc::clone(runner),
            inbox: Inbox::open(&runner.control)?,
            known: receive::Known::default(),
            counts: receive::Counts::default(),
            addresses,
            tended: Mutex::default(),
            stale_figures: figures::Stale::default(),
            wake: Notify::new(),
            stop: watch::Sender::new(false),
            thread: Mutex::default(),
        });
        let working = Arc::clone(&this);
        let spawned =
            std::thread::Builder::new().name("webhooks".to_owned()).spawn(move || worker::run(&working));
        *locked(&this.thread) = Some(spawned.map_err(Error::Thread)?);
        Ok(this)
    }

    /// Ends: what was taken is on disk, and what is not applied waits for the next start.
    pub fn stop(&self) {
        self.stop.send_replace(true);
        let thread = locked(&self.thread).take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the inbox's worker ended by a panic; the next start goes on where it stopped");
        }
        self.inbox.close();
    }
}

/// Hears of pauses and keeps nothing.
struct Nowhere;

#[async_trait::async_trait]
impl Sink for Nowhere {
    async fn page(&self, _: Page) -> Result<(), BoxError> {
        Ok(())
    }
}

//! Emulated commerce and advertising platforms that all show one seeded world, with its own books.
//!
//! The crate shares no code with the connectors: it is written from the platforms' documents, so that it
//! can disagree with them.
pub mod amazon_sp;
pub mod books;
pub mod clicks;
pub mod control;
pub mod draw;
pub mod ecb;
pub mod faces;
pub mod faults;
pub mod ga4;
pub mod gohighlevel;
pub mod google;
pub mod google_ads;
pub mod google_sheets;
pub mod grants;
pub mod hubspot;
pub mod klaviyo;
pub mod meta;
pub mod options;
pub mod postscript;
pub mod secrets;
pub mod server;
pub mod shopify;
pub mod stripe;
pub mod triplewhale;
pub mod webhooks;
pub mod windows;
pub mod world;

pub use options::{Brand, Options};
pub use server::{Ready, Running, run, start};

use std::sync::Arc;

/// Everything a face needs: the world it shows and the faults it must act out.
pub struct AppState {
    /// The brand with its shop, ads and clock.
    pub world: Arc<world::World>,
    /// Faults that are switched on.
    pub faults: faults::Faults,
    /// Counts of the calls answered.
    pub calls: faults::calls::Calls,
    /// Tokens and application secrets that the faces accept.
    pub secrets: secrets::Secrets,
    /// What the sandbox was started with.
    pub options: Options,
    /// Where the sandbox answers, `http://127.0.0.1:9400`.
    pub address: String,
    /// The advertising face's report runs and call counters.
    pub meta: meta::State,
    /// The brand's account at the other advertising face, whose ads lead to the shop as well.
    pub google_ads: google_ads::Account,
    /// Who is told of changes, and the telling.
    pub webhooks: webhooks::Webhooks,
    /// What people wrote into the spreadsheet's sheet of unit costs.
    pub cost_sheet: google_sheets::CostSheet,
}

impl AppState {
    /// The state of a sandbox that answers at `address`.
    pub fn new(world: Arc<world::World>, options: Options, address: String) -> AppState {
        let secrets = secrets::Secrets::from_seed(options.seed);
        let identity = webhooks::Identity {
            shop: world.brand.name.clone(),
            key_seed: secrets.key_seed("webhook key pair"),
        };
        let google_ads = google_ads::Account::of(&world, options.seed);
        AppState {
            world,
            google_ads,
            faults: faults::Faults::default(),
            calls: faults::calls::Calls::default(),
            secrets,
            options,
            address,
            meta: meta::State::default(),
            webhooks: webhooks::Webhooks::new(identity),
            cost_sheet: google_sheets::CostSheet::default(),
        }
    }

    /// Most records on a page of a list, where the platform allows `usual`.
    pub fn largest_page(&self, usual: usize) -> usize {
        self.options.page_cap.map_or(usual, |cap| cap.clamp(1, usual.max(1)))
    }

    /// Whether the world has advertising (a file of real orders has none).
    pub fn has_ads(&self) -> bool {
        self.options.orders.is_none()
    }
}

/// Why a sandbox could not be started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// Fault rules that cannot be meant.
    #[error("cannot use the fault rules: {0}")]
    Faults(String),
    /// The port is taken or forbidden.
    #[error("cannot listen on 127.0.0.1:{port}: {source}; choose another port, or 0 for any free one")]
    Bind {
        /// The port asked for.
        port: u16,
        /// Why not.
        source: std::io::Error,
    },
    /// The orders file could not be used.
    #[error(transparent)]
    Orders(#[from] world::cdnow::Error),
    /// The server ended with an error.
    #[error("the sandbox stopped serving: {0}")]
    Serve(String),
}

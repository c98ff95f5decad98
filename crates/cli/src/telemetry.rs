//! What the program tells of its work while it runs: log lines, and metrics for whoever collects them.

mod json;
mod logs;
mod metrics;
mod process;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::args::LogArgs;

pub use metrics::{refresh, render};

/// Begins. A program that serves keeps metrics for whoever reads them.
pub fn start(log: &LogArgs, serves: bool) {
    // a second subscriber in one process can only come from a test, which has its own
    let _ = tracing_subscriber::registry().with(logs::layer(log)).try_init();
    if serves {
        metrics::install();
    }
}

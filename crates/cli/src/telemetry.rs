//! What the program tells of its work while it runs: log lines, metrics, and traces for whoever collects them.

#[cfg(feature = "otlp")]
mod fanout;
mod json;
mod logs;
mod metrics;
#[cfg(feature = "otlp")]
mod otlp;
#[cfg(not(feature = "otlp"))]
#[path = "telemetry/no_otlp.rs"]
mod otlp;
mod process;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::args::LogArgs;

pub use metrics::{refresh, render};

/// Ends the telling when it is dropped: what is not sent yet is sent.
pub struct Telemetry {
    otlp: Option<otlp::Otlp>,
}

/// Begins. A program that serves keeps metrics for whoever reads them; traces and metrics are sent where
/// `OTEL_EXPORTER_OTLP_ENDPOINT` says where to.
///
/// # Errors
/// When what the environment says of it cannot be used.
pub fn start(log: &LogArgs, serves: bool) -> anyhow::Result<Telemetry> {
    let otlp = otlp::Otlp::start()?;
    let traces = otlp.as_ref().map(otlp::Otlp::layer);
    // a second subscriber in one process can only come from a test, which has its own
    let _ = tracing_subscriber::registry().with(logs::layer(log)).with(traces).try_init();
    metrics::install(serves, otlp.as_ref());
    Ok(Telemetry { otlp })
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(otlp) = self.otlp.take() {
            otlp.end();
        }
    }
}

//! A program that was built without OTLP: it says so where it is asked for it.

use metrics_exporter_prometheus::PrometheusRecorder;
use tracing_subscriber::layer::Identity;

/// There is none.
pub enum Otlp {}

impl Otlp {
    /// Sends nothing.
    ///
    /// # Errors
    /// When the environment says where to send to.
    pub fn start() -> anyhow::Result<Option<Self>> {
        const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
        anyhow::ensure!(
            std::env::var_os(ENDPOINT).is_none(),
            "{ENDPOINT} is set, but this program was built without OTLP: build it with --features otlp, or unset it"
        );
        Ok(None)
    }

    pub fn layer(&self) -> Identity {
        match *self {}
    }

    pub fn install(&self, _: Option<PrometheusRecorder>) -> bool {
        match *self {}
    }

    pub fn end(self) {
        match self {}
    }
}

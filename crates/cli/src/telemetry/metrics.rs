//! Keeps the metrics: in memory for whoever reads `/metrics`, and for the collector where there is one.

use std::sync::OnceLock;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use netgain_observe as observe;

use super::otlp::Otlp;
use super::process;

static KEPT: OnceLock<PrometheusHandle> = OnceLock::new();

/// Begins to keep metrics, if anybody is to have them.
pub fn install(serves: bool, otlp: Option<&Otlp>) {
    let kept = serves.then(|| {
        // the list is not empty, which is all that could be wrong with it
        let builder = PrometheusBuilder::new().set_buckets(observe::BUCKETS);
        let recorder = builder.unwrap_or_default().build_recorder();
        let _ = KEPT.set(recorder.handle());
        recorder
    });
    let installed = match (kept, otlp) {
        (None, None) => return,
        (Some(kept), None) => metrics::set_global_recorder(kept).is_ok(),
        (kept, Some(otlp)) => otlp.install(kept),
    };
    if installed {
        observe::describe();
    }
}

/// Looks again at what this process uses, and makes room for what is counted next.
pub fn refresh() {
    if let Some(process) = process::look() {
        observe::set_process(&process);
    }
    if let Some(kept) = KEPT.get() {
        kept.run_upkeep();
    }
}

/// All metrics in the text format of Prometheus.
pub fn render() -> String {
    refresh();
    KEPT.get().map(PrometheusHandle::render).unwrap_or_default()
}

//! Every metric that exists. Names follow Prometheus: base units, `_total` for what only grows.
//! <https://prometheus.io/docs/practices/naming/>

/// How a metric behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by size, here always seconds.
    Histogram,
}

/// One metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name as Prometheus shows it.
    pub name: &'static str,
    /// How it behaves.
    pub kind: Kind,
    /// What it says.
    pub help: &'static str,
    /// Its labels.
    pub labels: &'static [&'static str],
}

/// Upper bounds of the histograms, in seconds: from an answer out of memory to a long wait for a platform.
pub const BUCKETS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0,
];

macro_rules! metrics_list {
    ($($constant:ident = $name:literal, $kind:ident, [$($label:literal),*], $help:literal;)+) => {
        $(pub(crate) const $constant: &str = $name;)+

        /// All metrics.
        pub const ALL: &[Metric] = &[$(Metric {
            name: $name, kind: Kind::$kind, help: $help, labels: &[$($label),*],
        }),+];
    };
}

metrics_list! {
    REQUESTS = "netgain_http_requests_total", Counter, ["route", "method", "status"],
        "Requests answered, by route template.";
    REQUEST_SECONDS = "netgain_http_request_duration_seconds", Histogram, ["route", "method"],
        "Time from a request's arrival to the head of its answer.";
    REQUESTS_RUNNING = "netgain_http_requests_in_flight", Gauge, [],
        "Requests that are being answered.";
    OPEN_WORKSPACES = "netgain_workspaces_open", Gauge, [],
        "Workspaces whose facts the server holds open.";
    SYNCS_RUNNING = "netgain_syncs_running", Gauge, ["provider"],
        "Syncs that are under way in this process.";
    SYNCS = "netgain_syncs_total", Counter, ["provider", "result"],
        "Syncs that ended: ok, failed or stopped.";
    SYNC_SECONDS = "netgain_sync_duration_seconds", Histogram, ["provider"],
        "Time that syncs took.";
    ROWS = "netgain_rows_committed_total", Counter, ["provider"],
        "Canonical rows written to facts.";
    QUARANTINED = "netgain_records_quarantined_total", Counter, ["provider"],
        "Records set aside because they could not be mapped or kept.";
    ARCHIVED_BYTES = "netgain_archive_written_bytes_total", Counter, [],
        "Bytes written to the raw archive.";
    CALLS = "netgain_platform_calls_total", Counter, ["provider", "status"],
        "Calls to platforms by class of their status: 2xx, 3xx, 4xx, 429, 5xx, or none without an answer.";
    CALL_SECONDS = "netgain_platform_call_duration_seconds", Histogram, ["provider"],
        "Time that platforms took to answer a call.";
    WAIT_SECONDS = "netgain_platform_wait_seconds", Histogram, ["provider", "why"],
        "Waits before a call: for our own budget (limits), or because the platform said so.";
    DELIVERIES = "netgain_webhook_deliveries_total", Counter, ["answer"],
        "Webhook deliveries by what they were answered.";
    WAITING_EVENTS = "netgain_webhook_events_waiting", Gauge, [],
        "Events of the inbox that are still to be applied.";
    SCHEDULE_LAG = "netgain_schedule_lag_seconds", Gauge, [],
        "How long the longest overdue sync of the schedule waits to begin.";
    READY = "netgain_ready", Gauge, [],
        "1 when the last look said that requests can be answered, 0 otherwise.";
    MEMORY = "process_resident_memory_bytes", Gauge, [],
        "Memory of this process that is in use.";
    CPU = "process_cpu_seconds_total", Counter, [],
        "Seconds of all cores that this process has used, in whole seconds.";
    FDS = "process_open_fds", Gauge, [],
        "Files and sockets that this process holds open.";
    MAX_FDS = "process_max_fds", Gauge, [],
        "Files and sockets that this process may hold open.";
    THREADS = "process_threads", Gauge, [],
        "Threads of this process.";
    STARTED = "process_start_time_seconds", Gauge, [],
        "When this process began, in seconds since 1970 (UTC).";
}

/// Tells the installed recorder what each metric means.
pub fn describe() {
    for metric in ALL {
        match metric.kind {
            Kind::Counter => metrics::describe_counter!(metric.name, metric.help),
            Kind::Gauge => metrics::describe_gauge!(metric.name, metric.help),
            Kind::Histogram => {
                metrics::describe_histogram!(metric.name, metrics::Unit::Seconds, metric.help)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_well_formed_and_labels_tell_nothing_of_workspaces() {
        let mut names: Vec<_> = ALL.iter().map(|metric| metric.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len(), "a name stands twice");
        for metric in ALL {
            let plain = metric.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            assert!(plain, "{}", metric.name);
            assert_eq!(metric.name.ends_with("_total"), metric.kind == Kind::Counter, "{}", metric.name);
            assert_eq!(metric.name.ends_with("_seconds"), {
                metric.kind == Kind::Histogram || matches!(metric.name, SCHEDULE_LAG | STARTED)
            });
            for label in metric.labels {
                let hidden = ["workspace", "connection", "person", "key", "account", "request"];
                assert!(!hidden.contains(label), "{} names a {label}", metric.name);
            }
        }
    }
}

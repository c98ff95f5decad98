//! `/metrics` counts what happens, names nobody, and is what dashboard and alerts ask for.

use std::collections::BTreeSet;
use std::path::Path;

use netgain_observe::{ALL, Kind};

use crate::program::root;
use crate::rig::{PROVIDER, Server, WORKSPACE, connected, sandbox, secrets};

/// Metrics that count what does not happen in a small shop's first sync.
const QUIET: [&str; 4] = [
    "netgain_records_quarantined_total",
    "netgain_platform_wait_seconds",
    "netgain_webhook_deliveries_total",
    "netgain_schedule_lag_seconds",
];

/// The value of the first sample that begins so.
fn value(text: &str, sample: &str) -> f64 {
    let line = text.lines().find(|line| line.starts_with(sample));
    line.unwrap_or_else(|| panic!("no {sample} in\n{text}")).rsplit_once(' ').unwrap().1.parse().unwrap()
}

#[test]
fn a_sync_and_its_requests_are_counted_without_a_name() {
    let sandbox = sandbox();
    let home = connected(&sandbox);
    let server = Server::start(&home, &[], &[]);
    server.sync(&[]);
    assert_eq!(
        server
            .ask("GET", &format!("/api/v1/workspaces/{WORKSPACE}/profit?from=2026-01-01&to=2026-01-31"), &[])
            .0,
        200
    );
    assert_eq!(server.ask("GET", "/api/v1/workspaces/nobody-at-all/orders", &[]).0, 404);
    assert_eq!(server.ask("GET", "/some/page/of/somebody", &[]).0, 200);
    assert_eq!(server.ask("GET", "/readyz", &[]).0, 200);
    let text = server.metrics();

    let route = "route=\"/api/v1/workspaces/{w}/";
    assert_eq!(
        value(
            &text,
            &format!("netgain_http_requests_total{{{route}profit\",method=\"GET\",status=\"200\"}}")
        ),
        1.0
    );
    assert_eq!(
        value(
            &text,
            &format!("netgain_http_requests_total{{{route}orders\",method=\"GET\",status=\"404\"}}")
        ),
        1.0
    );
    assert_eq!(
        value(&text, "netgain_http_requests_total{route=\"other\",method=\"GET\",status=\"200\"}"),
        1.0
    );
    assert_eq!(
        value(
            &text,
            &format!("netgain_http_request_duration_seconds_count{{{route}profit\",method=\"GET\"}}")
        ),
        1.0
    );
    // the one that reads the metrics
    assert_eq!(value(&text, "netgain_http_requests_in_flight"), 1.0);
    assert_eq!(value(&text, &format!("netgain_syncs_running{{provider=\"{PROVIDER}\"}}")), 0.0);
    assert_eq!(value(&text, &format!("netgain_sync_duration_seconds_count{{provider=\"{PROVIDER}\"}}")), 1.0);
    assert!(value(&text, &format!("netgain_rows_committed_total{{provider=\"{PROVIDER}\"}}")) > 10.0);
    assert!(
        value(&text, &format!("netgain_platform_calls_total{{provider=\"{PROVIDER}\",status=\"2xx\"}}"))
            > 2.0
    );
    assert!(value(&text, "netgain_archive_written_bytes_total") > 100.0);
    assert_eq!(value(&text, "netgain_workspaces_open"), 1.0);
    assert_eq!(value(&text, "netgain_webhook_events_waiting"), 0.0);
    assert_eq!(value(&text, "netgain_ready"), 1.0);
    assert!(value(&text, "process_resident_memory_bytes") > 1e6);
    assert!(value(&text, "process_open_fds") > 3.0);

    for name in
        [WORKSPACE, "nobody-at-all", "somebody"].map(str::to_owned).into_iter().chain(secrets(&sandbox))
    {
        assert!(!text.contains(&name), "{name} stands in the metrics");
    }
    // what is shown is the catalogue
    let shown: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let known: BTreeSet<&str> = ALL.iter().map(|metric| metric.name).collect();
    assert!(shown.is_subset(&known), "not in the catalogue: {:?}", shown.difference(&known));
    let expected: BTreeSet<&str> = known.into_iter().filter(|name| !QUIET.contains(name)).collect();
    let missing: Vec<_> = expected.difference(&shown).collect();
    assert!(missing.is_empty(), "never counted: {missing:?}");
    for metric in ALL.iter().filter(|metric| shown.contains(metric.name)) {
        assert!(text.contains(&format!("# HELP {} ", metric.name)), "{} is not explained", metric.name);
    }
}

/// Every name in the text that looks like one of our metrics.
fn named(text: &str) -> BTreeSet<String> {
    let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    let ours = |name: &&str| {
        ["netgain_", "process_"].iter().any(|prefix| name.starts_with(prefix))
            && name.len() > "process_".len()
    };
    text.split(word).filter(ours).map(str::to_owned).collect()
}

#[test]
fn dashboard_and_alerts_ask_for_metrics_that_exist() {
    let samples: BTreeSet<String> = ALL
        .iter()
        .flat_map(|metric| {
            let suffixes: &[&str] = match metric.kind {
                Kind::Histogram => &["_bucket", "_sum", "_count"],
                Kind::Counter | Kind::Gauge => &[""],
            };
            suffixes.iter().map(|suffix| format!("{}{suffix}", metric.name))
        })
        .collect();
    for file in ["deploy/grafana/netgain.json", "deploy/prometheus/alerts.yaml"] {
        let text = std::fs::read_to_string(Path::new(&root()).join(file)).unwrap();
        let asked = named(&text);
        assert!(asked.len() > 5, "{file} asks for next to nothing: {asked:?}");
        let unknown: Vec<_> = asked.iter().filter(|name| !samples.contains(*name)).collect();
        assert!(unknown.is_empty(), "{file} asks for what does not exist: {unknown:?}");
        // labels too
        for (at, _) in
            text.match_indices('{').filter(|(at, _)| text[..*at].ends_with(|c: char| c.is_ascii_lowercase()))
        {
            let name = text[..at].rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap();
            let Some(metric) = ALL.iter().find(|metric| name.starts_with(metric.name)) else { continue };
            let inner = text[at + 1..].split('}').next().unwrap();
            for pair in inner.split(',').filter(|pair| pair.contains('=')) {
                let label = pair.split(['=', '!']).next().unwrap().trim();
                assert!(
                    label == "job" || label == "instance" || metric.labels.contains(&label),
                    "{file}: {name} has no label {label}"
                );
            }
        }
    }
    serde_json::from_str::<serde_json::Value>(
        &std::fs::read_to_string(root().join("deploy/grafana/netgain.json")).unwrap(),
    )
    .unwrap();
}

#[test]
fn a_token_closes_the_metrics_and_is_never_told() {
    let home = crate::program::Home::new();
    let token = "a-token-of-some-length";
    let server = Server::start(&home, &["--log-level", "debug"], &[("NETGAIN_METRICS_TOKEN", token)]);
    let (status, _, body) = server.ask("GET", "/metrics", &[]);
    assert_eq!(status, 403, "{body}");
    let bearer = format!("Bearer {token}");
    let (status, _, text) = server.ask("GET", "/metrics", &[("authorization", &bearer)]);
    assert_eq!(status, 200);
    assert!(!text.contains(token) && !body.contains(token));
    assert!(!server.end().contains(token));
    let refused =
        home.command(&["serve", "--port", "0"]).env("NETGAIN_METRICS_TOKEN", "short").output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        !refused.status.success() && said.contains("fewer than 16") && !said.contains("short\n"),
        "{said}"
    );
}

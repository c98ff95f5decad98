//! A trace goes on from whoever asks, through the request and the sync that it begins, to each exchange with the platform.

use std::collections::BTreeMap;

use netgain_observe::ALL;
use serde_json::json;

use crate::collector::{Collector, Span};
use crate::rig::{PROVIDER, Server, WORKSPACE, connected, sandbox, secrets};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

#[test]
fn request_sync_and_calls_are_one_trace() {
    let sandbox = sandbox();
    let home = connected(&sandbox);
    let collector = Collector::start();
    let server = Server::start(&home, &[], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.address)]);
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    server.sync(&[("traceparent", &traceparent)]);
    server.end();

    assert_eq!(collector.refused(), Vec::<String>::new());
    let spans: BTreeMap<String, Span> = collector
        .spans()
        .into_iter()
        .filter(|span| span.trace == TRACE)
        .map(|span| (span.id.clone(), span))
        .collect();
    // from each exchange with the platform up to whoever asked
    let way = |span: &Span| {
        let (mut names, mut at) = (vec![span.name.clone()], span.parent.clone());
        while at != CALLER {
            let parent = spans.get(&at).unwrap_or_else(|| panic!("{at} was not sent: {spans:#?}"));
            names.push(parent.name.clone());
            at.clone_from(&parent.parent);
        }
        names
    };
    let exchanges: Vec<&Span> = spans.values().filter(|span| span.name == "exchange").collect();
    assert!(exchanges.len() > 2, "{spans:#?}");
    for exchange in exchanges {
        let way = way(exchange);
        assert!(way.ends_with(&["sync".to_owned(), "request".to_owned()]), "{way:?}");
        assert_eq!(exchange.attributes["provider"], PROVIDER);
        assert_eq!(exchange.attributes["server.address"], "127.0.0.1");
    }
    let whole = ["exchange", "call", "page", "stream", "sync", "request"].map(str::to_owned);
    assert!(spans.values().any(|span| way(span) == whole), "no stream's page is whole: {spans:#?}");
    let pages: Vec<&Span> = spans.values().filter(|span| span.name == "page").collect();
    assert!(pages.iter().any(|page| page.attributes["records"] != "0"), "{pages:#?}");
    assert!(spans.values().all(|span| span.failed.is_none()), "nothing failed: {spans:#?}");
    let named = |name: &str| spans.values().find(|span| span.name == name).unwrap();
    assert_eq!(named("sync").attributes["workspace.id"], WORKSPACE);
    assert_eq!(named("sync").attributes["connection.id"], PROVIDER);
    assert_eq!(named("request").attributes["http.request.method"], "POST");
    assert_eq!(named("request").attributes["http.response.status_code"], "202");
    assert!(collector.resources().iter().all(|resource| resource["service.name"] == "netgain"));

    let sent = collector.metrics();
    for name in
        ["netgain_syncs_total", "netgain_http_request_duration_seconds", "process_resident_memory_bytes"]
    {
        assert!(sent.iter().any(|sent| sent == name), "{name} was not sent: {sent:?}");
    }
    let unknown: Vec<_> = sent.iter().filter(|sent| ALL.iter().all(|metric| metric.name != **sent)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    for secret in secrets(&sandbox) {
        assert!(!collector.was_sent(&secret), "a secret was sent to the collector");
    }
}

#[test]
fn what_failed_says_so() {
    let sandbox = sandbox();
    let home = connected(&sandbox);
    let collector = Collector::start();
    let server = Server::start(&home, &[], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.address)]);
    let fault = json!({"kind": "status", "status": 400, "body": {"error": {"message": "not today"}}});
    sandbox.faults(&json!({"rules": [{"point": format!("{PROVIDER}.*"), "fault": fault}]}));
    server.sync_to(&[], "failed");
    server.end();
    let spans = collector.spans();
    for name in ["sync", "stream", "page", "call"] {
        let failed = spans.iter().filter(|span| span.name == name).filter_map(|span| span.failed.as_ref());
        assert!(failed.into_iter().any(|why| !why.is_empty()), "no {name} is marked: {spans:#?}");
    }
    for secret in secrets(&sandbox) {
        assert!(!collector.was_sent(&secret), "a secret was sent to the collector");
    }
}

#[test]
fn another_protocol_is_refused_and_a_collector_that_is_gone_harms_nobody() {
    let home = crate::program::Home::new();
    let mut command = home.command(&["serve", "--port", "0"]);
    command
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
        .env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let refused = command.output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("http/protobuf"), "{said}");

    let server = Server::start(&home, &[], &[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")]);
    assert_eq!(server.ask("GET", "/readyz", &[]).0, 200);
    assert!(server.metrics().contains("netgain_ready 1"));
    server.end();
}

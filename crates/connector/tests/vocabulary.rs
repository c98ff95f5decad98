//! The ways of asking, paging, resuming and forgetting that manifests may choose from, against scripted platforms.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

#[path = "vocabulary/cursors.rs"]
mod cursors;
#[path = "vocabulary/days.rs"]
mod days;
#[path = "vocabulary/events.rs"]
mod events;
#[path = "vocabulary/gone.rs"]
mod gone;
#[path = "vocabulary/pagings.rs"]
mod pagings;

use std::sync::Arc;

use netgain_connector::{Account, Error, StreamReport};
use netgain_manifest::Manifest;
use serde_json::Value;
use support::{HEADER, Kept, Platform, TestClock, engine, manifest};

/// Rules of a platform that says what is wrong by its status.
pub const ERRORS: &str = "  - {when: {status: [401]}, class: auth_revoked}
  - {when: {status: [404]}, class: not_found}
  - {when: {status: [413]}, class: too_large}";

/// A manifest of one stream, `things`.
pub fn things(stream: &str) -> Arc<Manifest> {
    manifest(HEADER, ERRORS, "", stream)
}

/// One run of the stream.
pub async fn run(
    manifest: &Arc<Manifest>,
    platform: &Arc<Platform>,
    accounts: &[Account],
    cursor: Option<&str>,
    sink: &Kept,
) -> Result<StreamReport, Error> {
    let engine = engine(manifest, platform, &TestClock::new());
    engine.run(&manifest.streams[0], accounts, cursor, sink).await
}

/// Runs from the beginning, cut off behind every page in turn and started again, and compares the records with those of
/// a run that was left alone; returns them and the last position.
pub async fn cut_everywhere(
    manifest: &Arc<Manifest>,
    platform: impl Fn() -> Arc<Platform>,
    begin: Option<&str>,
) -> (Vec<Value>, Option<String>) {
    let whole = Kept::default();
    run(manifest, &platform(), &[], begin, &whole).await.unwrap();
    let (records, cursor, pages) = (whole.records(), whole.cursor(), whole.cursors().len());
    for cut in 1..pages {
        let (first, rest) = (Kept::default(), Kept::default());
        *first.refuse.lock().unwrap() = Some(cut);
        run(manifest, &platform(), &[], begin, &first).await.unwrap_err();
        let from = first.cursor();
        run(manifest, &platform(), &[], from.as_deref().or(begin), &rest).await.unwrap();
        let mut found = first.records();
        found.extend(rest.records());
        let ids = |records: &[Value]| records.iter().map(|one| one["id"].to_string()).collect::<Vec<_>>();
        assert_eq!(ids(&found), ids(&records), "cut behind page {cut}");
        assert_eq!(rest.cursor(), cursor, "cut behind page {cut}");
    }
    (records, cursor)
}

/// A record's ids.
pub fn ids(records: &[Value]) -> Vec<i64> {
    records.iter().map(|record| record["id"].as_i64().unwrap()).collect()
}

/// The JSON body of a call.
pub fn body(sent: &support::Sent) -> Value {
    serde_json::from_str(&sent.body).unwrap()
}

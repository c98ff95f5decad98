//! A scripted platform with Relay listings.

use std::sync::Arc;

use netgain_connector::{Account, Error, StreamReport};
use netgain_manifest::Manifest;
use serde_json::{Value, json};

use super::{HEADER, Kept, Platform, TestClock, answer, engine, manifest};

pub const ERRORS: &str = "  - {when: {status: [401]}, class: auth_revoked}
  - {when: {path: error.code, values: [TOO_MUCH]}, class: too_large}";

pub fn second(number: i64) -> String {
    jiff::Timestamp::from_second(1_767_225_600 + number).unwrap().to_string()
}

/// A Relay listing of `times` (one record each, sorted), as platforms page and filter: `query` is `t>=…`, at most
/// `cap` records in a listing.
pub fn relay(times: Vec<i64>, cap: usize) -> Arc<Platform> {
    relay_that_loses(times, cap, &[])
}

/// The same listing on a platform that leaves these records out of its pages without a word.
pub fn relay_that_loses(times: Vec<i64>, cap: usize, lost: &'static [usize]) -> Arc<Platform> {
    Platform::new(move |sent, _| {
        let size = sent.variable("first").as_u64().map_or(2, |size| size as usize);
        if size > 8 {
            return Ok(answer(200, r#"{"error": {"code": "TOO_MUCH"}}"#));
        }
        let from =
            sent.variable("query").as_str().and_then(|query| query.strip_prefix("t>=").map(str::to_owned));
        let beyond = sent.variable("beyond").as_str().and_then(|text| text.parse::<i64>().ok()).unwrap_or(-1);
        let listed: Vec<(usize, i64)> = times
            .iter()
            .copied()
            .enumerate()
            .filter(|(id, time)| {
                from.as_deref().is_none_or(|from| second(*time).as_str() >= from) && *id as i64 > beyond
            })
            .take(cap)
            .collect();
        let after = sent.variable("after").as_str().map_or(0, |after| after.parse::<usize>().unwrap());
        let end = (after + size).min(listed.len());
        let nodes: Vec<Value> = listed[after..end]
            .iter()
            .filter(|(id, _)| !lost.contains(id))
            .map(|(id, time)| json!({"id": id, "gid": format!("gid://{id}"), "t": second(*time)}))
            .collect();
        let info = json!({"hasNextPage": end < listed.len(), "endCursor": end.to_string()});
        Ok(answer(200, &json!({"data": {"things": {"pageInfo": info, "nodes": nodes}}}).to_string()))
    })
}

pub const RELAY: &str = "    request:
      method: POST
      path: /graphql
      body:
        kind: graphql
        document: \"query { things }\"
        variables: {after: \"{page.after}\", query: \"t>={cursor.since}\", first: \"{page.size}\", beyond: \"{page.beyond}\"}
    pagination: {kind: graphql, page_info: data.things.pageInfo}
    records: data.things.nodes";
pub const SORTED: &str = "    cursor: {kind: timestamp, path: t, overlap_s: 10, sorted: true}";

/// A manifest of one stream, `things`.
pub fn things(stream: &str) -> Arc<Manifest> {
    manifest(HEADER, ERRORS, "", stream)
}

/// Runs the stream `things`.
pub async fn run(
    manifest: &Arc<Manifest>,
    platform: &Arc<Platform>,
    accounts: &[Account],
    cursor: Option<&str>,
    sink: &Kept,
) -> Result<StreamReport, Error> {
    let engine = engine(manifest, platform, &TestClock::new());
    engine.run(manifest.stream("things").unwrap(), accounts, cursor, sink).await
}

//! Changes that are known from events only.

use std::sync::Arc;

use netgain_connector::Note;
use serde_json::{Value, json};

use crate::support::{Kept, Platform, START, answer, with_header};
use crate::{cut_everywhere, ids as ids_of, run, things};

const STREAM: &str = "    request: {path: /things}
    pagination: {kind: keyset, path: id, query: after, more: has_more}
    records: data
    cursor:
      kind: events
      request: {path: /events, query: {\"created[gte]\": \"{cursor.since|epoch_s}\", \"types[]\": [thing.updated, thing.gone]}}
      pagination: {kind: keyset, path: id, query: after, more: has_more}
      records: data
      type: type
      time: created
      format: epoch_s
      id: object.id
      object: object
      types: {\"thing.*\": refetch, thing.gone: delete, thing.is: upsert}
      refetch: {path: \"/things/{event.id}\"}
      retention_days: 30";

/// A platform at `date` with these events, the newest first.
fn platform(date: &'static str, events: Vec<(i64, &'static str, i64)>) -> impl Fn() -> Arc<Platform> {
    move || {
        let events = events.clone();
        Platform::new(move |sent, _| {
            let path = sent.url.path().to_owned();
            let after =
                sent.query("after").map(|after| after.parse::<usize>().unwrap() + 1).unwrap_or_default();
            let body = match path.as_str() {
                "/me" => json!({"id": 1}),
                "/events" => {
                    assert_eq!(sent.url.query_pairs().filter(|(key, _)| key == "types[]").count(), 2);
                    let since: i64 = sent.query("created[gte]").unwrap().parse().unwrap();
                    let event = |(at, (created, kind, id)): (usize, &(i64, &str, i64))| json!({"id": at, "type": kind, "created": created, "object": {"id": id, "old": at}});
                    let all: Vec<Value> =
                        events.iter().filter(|(at, ..)| *at >= since).enumerate().map(event).collect();
                    let page: Vec<&Value> = all.iter().skip(after).take(2).collect();
                    json!({"data": page, "has_more": after + 2 < all.len()})
                }
                "/things" => {
                    let page: Vec<Value> = (after..5.min(after + 2)).map(|id| json!({"id": id})).collect();
                    json!({"data": page, "has_more": after + 2 < 5})
                }
                "/things/9" => return Ok(answer(404, "{}")),
                other => {
                    json!({"id": other.rsplit('/').next().unwrap().parse::<i64>().unwrap(), "new": true})
                }
            };
            Ok(with_header(answer(200, &body.to_string()), "date", date))
        })
    }
}

const NOON: &str = "Tue, 31 Mar 2026 12:00:00 GMT";

#[tokio::test]
async fn everything_first_and_then_each_changed_object_once() {
    let now = START.parse::<jiff::Timestamp>().unwrap().as_second();
    let manifest = things(STREAM);
    let (records, cursor) = cut_everywhere(&manifest, platform(NOON, vec![]), None).await;
    assert_eq!(records.len(), 5);
    assert_eq!(cursor.as_deref(), Some(r#"{"events":{"since":"2026-03-31T12:00:00Z"}}"#));

    let events = vec![
        (now + 50, "thing.updated", 3),
        (now + 40, "thing.gone", 4),
        (now + 30, "other", 7),
        (now + 20, "thing.is", 1),
        (now + 10, "thing.updated", 4),
        (now + 5, "thing.updated", 9),
        (now + 4, "thing.updated", 3),
        (now - 61, "thing.updated", 2),
    ];
    let sink = Kept::default();
    let later = "Tue, 31 Mar 2026 12:05:00 GMT";
    run(&manifest, &platform(later, events)(), &[], cursor.as_deref(), &sink).await.unwrap();
    assert_eq!(sink.records(), [json!({"id": 1, "old": 3}), json!({"id": 3, "new": true})]);
    let deleted: Vec<String> =
        sink.pages.lock().unwrap().iter().flat_map(|page| page.deleted.clone()).collect();
    assert_eq!(deleted, ["4", "9"]);
    assert_eq!(sink.cursor().as_deref(), Some(r#"{"events":{"since":"2026-03-31T12:00:50Z"}}"#));
    // what was handed on before the end moves nothing
    assert!(sink.cursors().iter().rev().skip(1).all(Option::is_none));
}

#[tokio::test]
async fn a_gap_longer_than_events_are_kept_means_everything() {
    let cursor = r#"{"events":{"since":"2026-03-01T12:00:00Z"}}"#;
    let sink = Kept::default();
    run(&things(STREAM), &platform(NOON, vec![])(), &[], Some(cursor), &sink).await.unwrap();
    assert_eq!(sink.records().len(), 5);
    assert!(
        matches!(&sink.notes.lock().unwrap()[..], [Note::Recovered { what, .. }] if what.contains("older"))
    );
    let cursor = r#"{"events":{"since":"2026-03-02T12:00:00Z"}}"#;
    let sink = Kept::default();
    run(&things(STREAM), &platform(NOON, vec![])(), &[], Some(cursor), &sink).await.unwrap();
    assert_eq!(sink.records().len(), 0);
}

#[tokio::test]
async fn objects_of_events_are_what_records_of_the_listing_are() {
    let now = START.parse::<jiff::Timestamp>().unwrap().as_second();
    // a kind is looked up beside the records, and only two kinds count
    let stream = format!(
        "    where: {{kind.data.name: [shirt, hat]}}\n    lift: {{shop: shop}}\n    join: {{included: included, into: [kind.data]}}\n{}",
        STREAM.replace("retention_days: 30", "refetched: data\n      retention_days: 30")
    );
    let object = |id: i64, kind: i64| json!({"id": id, "relationships": {}, "kind": {"data": {"type": "kind", "id": kind}}});
    let kinds =
        json!([{"type": "kind", "id": 1, "name": "shirt"}, {"type": "kind", "id": 2, "name": "shoe"}]);
    let platform = Platform::new(move |sent, _| {
        let body = match sent.url.path() {
            "/me" => json!({"id": 1}),
            "/events" => {
                let event = |at: i64, kind: &str, id: i64, object: Value| json!({"id": at, "type": kind, "created": now + at, "object": object, "oid": id});
                json!({"has_more": false, "data": [
                    event(4, "thing.updated", 3, object(3, 9)),
                    event(3, "thing.updated", 2, object(2, 9)),
                    event(2, "thing.is", 1, object(1, 1)),
                ]})
            }
            other => {
                let id: i64 = other.rsplit('/').next().unwrap().parse().unwrap();
                json!({"shop": "north", "data": object(id, id - 1), "included": kinds})
            }
        };
        Ok(with_header(answer(200, &body.to_string()), "date", "Tue, 31 Mar 2026 12:05:00 GMT"))
    });
    let sink = Kept::default();
    let cursor = r#"{"events":{"since":"2026-03-31T12:00:00Z"}}"#;
    run(&things(&stream), &platform, &[], Some(cursor), &sink).await.unwrap();
    let records = sink.records();
    assert_eq!(ids_of(&records), [2], "{records:?}");
    assert_eq!(
        (&records[0]["shop"], &records[0]["kind"]["data"]["name"]),
        (&json!("north"), &json!("shirt"))
    );
    // what does not count any more is gone
    let pages = sink.pages.lock().unwrap();
    let deleted: Vec<String> = pages.iter().flat_map(|page| page.deleted.clone()).collect();
    assert_eq!(deleted, ["1", "3"]);
}

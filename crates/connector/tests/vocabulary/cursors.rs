//! What is remembered between runs, and what the next run asks for with it.

use netgain_connector::Account;
use serde_json::{Value, json};

use crate::support::{Kept, Platform, answer};
use crate::{cut_everywhere, ids, run, things};

#[tokio::test]
async fn numbers_go_on_behind_the_highest() {
    let platform = || {
        Platform::new(|sent, _| {
            let after = sent.query("min").map_or(0, |min| min.parse::<i64>().unwrap() + 1);
            let page = sent.query("page").unwrap().parse::<i64>().unwrap() - 1;
            // listed in no order
            let all: Vec<Value> =
                [4, 0, 6, 2, 5, 1, 3].iter().filter(|id| **id >= after).map(|id| json!({"id": id})).collect();
            let from = (page as usize * 2).min(all.len());
            Ok(answer(200, &json!({"data": all[from..all.len().min(from + 2)]}).to_string()))
        })
    };
    let stream = "    request: {path: /things, query: {min: \"{cursor.after}\"}}
    pagination: {kind: page, query: page, limit: 2}
    records: data
    cursor: {kind: sequence, path: id, overlap: 2}";
    let (records, cursor) = cut_everywhere(&things(stream), platform, None).await;
    assert_eq!((ids(&records), cursor.as_deref()), (vec![4, 0, 6, 2, 5, 1, 3], Some(r#"{"since":"6"}"#)));
    let (records, again) = cut_everywhere(&things(stream), platform, cursor.as_deref()).await;
    assert_eq!((ids(&records), again), (vec![6, 5], cursor));
}

#[tokio::test]
async fn the_platforms_word_is_given_back() {
    let platform = || {
        Platform::new(|sent, _| {
            let (page, token) = (sent.query("page").unwrap(), sent.query("token"));
            let word = if token.is_none() { "w1" } else { "w2" };
            Ok(answer(
                200,
                &match page.as_str() {
                    "1" => json!({"items": [{"id": 1}], "pages": 2}),
                    _ => json!({"items": [{"id": 2}], "pages": 2, "sync": word}),
                }
                .to_string(),
            ))
        })
    };
    let stream = "    request: {path: /things, query: {token: \"{cursor.token}\"}}
    pagination: {kind: page, query: page, total_pages: pages}
    records: items
    cursor: {kind: token, path: sync}";
    let (_, cursor) = cut_everywhere(&things(stream), platform, None).await;
    assert_eq!(cursor.as_deref(), Some(r#"{"since":"w1"}"#));
    let (_, cursor) = cut_everywhere(&things(stream), platform, cursor.as_deref()).await;
    assert_eq!(cursor.as_deref(), Some(r#"{"since":"w2"}"#));
}

#[tokio::test]
async fn the_index_lag_is_read_again_and_older_records_are_passed_over() {
    let platform = Platform::new(|sent, _| {
        assert_eq!(sent.query("since").is_some(), sent.query("ms").is_some());
        Ok(answer(200, r#"{"data": [{"id": 1, "t": 1000}, {"id": 2, "t": 5000}, {"id": 3, "t": 9000}]}"#))
    });
    let stream = "    request: {path: /things, query: {since: \"{cursor.since|iso}\", ms: \"{cursor.since|epoch_ms}\"}}
    pagination: {kind: none}
    records: data
    cursor: {kind: timestamp, path: t, format: epoch_s, overlap_s: 1000, lag_s: 3000, filter: client}";
    let (first, second) = (Kept::default(), Kept::default());
    run(&things(stream), &platform, &[], None, &first).await.unwrap();
    assert_eq!(ids(&first.records()), [1, 2, 3]);
    run(&things(stream), &platform, &[], first.cursor().as_deref(), &second).await.unwrap();
    assert_eq!(ids(&second.records()), [2, 3]);
    let sent = platform.sent.lock().unwrap();
    assert_eq!(sent[1].query("since").as_deref(), Some("1970-01-01T01:23:20Z"));
    assert_eq!(sent[1].query("ms").as_deref(), Some("5000000"));
}

#[tokio::test]
async fn parents_are_listed_for_their_children() {
    let stream = "    slices: [{kind: accounts}, {kind: parent, stream: lists, key: id, batch: 2}]
    request: {path: \"/{slice.account}/members\", query: {lists: \"{slice.parent}\", zone: \"{account.time_zone}\"}}
    pagination: {kind: none}
    records: data
    cursor: {kind: full}
  - name: lists
    entity: customers
    slices: [{kind: accounts}]
    request: {path: \"/{slice.account}/lists\"}
    fetch: {kind: pages}
    pagination: {kind: token, path: next, query: page}
    decode: {kind: json}
    records: data
    cursor: {kind: full}
    key: [id]
    map: {fields: {name: {from: name}}}";
    let platform = Platform::new(|sent, _| {
        let path = sent.url.path().to_owned();
        Ok(answer(
            200,
            &match path.rsplit('/').next() {
                Some("lists") if sent.query("page").is_none() => {
                    json!({"data": [{"id": format!("{path}a")}, {"id": format!("{path}b")}], "next": 2})
                }
                Some("lists") => json!({"data": [{"id": format!("{path}c")}]}),
                _ => json!({"data": [{"id": 1}]}),
            }
            .to_string(),
        ))
    });
    let accounts = ["x", "y"].map(|id| Account {
        id: id.to_owned(),
        context: [("account.time_zone".to_owned(), "UTC".to_owned())].into(),
    });
    let sink = Kept::default();
    run(&things(stream), &platform, &accounts, None, &sink).await.unwrap();
    let sent = platform.sent.lock().unwrap();
    let asked: Vec<String> = sent.iter().filter_map(|sent| sent.query("lists")).collect();
    assert_eq!(asked, ["/x/listsa,/x/listsb", "/x/listsc", "/y/listsa,/y/listsb", "/y/listsc"]);
    let parents: Vec<_> =
        sink.pages.lock().unwrap().iter().map(|page| page.context["slice.parent"].clone()).collect();
    assert_eq!(parents, asked);
}

#[tokio::test]
async fn the_only_account_is_what_the_connection_says() {
    let more = "accounts:
  fixed: {id: \"{connection.shop}\", zone: Europe/Berlin, currency: eur}
  key: [id]
  map: {fields: {kind: {const: shop}, name: {from: id}, currency: {from: currency, as: currency}, time_zone: {from: zone}}}";
    let manifest = crate::support::manifest(
        crate::support::HEADER,
        crate::ERRORS,
        more,
        "    request: {path: /x}\n    pagination: {kind: none}\n    cursor: {kind: full}",
    );
    let platform = Platform::new(|_, _| panic!("nothing is asked for"));
    let sink = Kept::default();
    let engine = crate::support::engine(&manifest, &platform, &crate::support::TestClock::new());
    let accounts = engine.accounts(&sink).await.unwrap();
    assert_eq!((accounts[0].id.as_str(), accounts[0].context["account.currency"].as_str()), ("shop", "EUR"));
    assert_eq!(sink.records().len(), 1);
}

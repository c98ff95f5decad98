//! Streams by pages against a scripted platform: every pagination, the cursor, slices, caps and page sizes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::sync::Arc;

use netgain_connector::{Account, Error, Note, TransportError};
use netgain_manifest::Manifest;
use serde_json::{Value, json};
use support::relay::{ERRORS, RELAY, SORTED, relay, relay_that_loses, run, second, things};
use support::{HEADER, Kept, Platform, Sent, TestClock, answer, engine, manifest};

fn ids(sink: &Kept) -> Vec<i64> {
    sink.records().iter().map(|record| record["id"].as_i64().unwrap()).collect()
}

/// The positions behind the pages.
fn positions(sink: &Kept) -> Vec<Value> {
    sink.cursors().iter().flatten().map(|cursor| serde_json::from_str(cursor).unwrap()).collect()
}

#[tokio::test]
async fn each_page_of_a_sorted_listing_keeps_its_position() {
    let manifest = things(&format!("{RELAY}\n{SORTED}"));
    let (platform, sink) = (relay(vec![0, 5, 20, 30, 31], 100), Kept::default());
    let report = run(&manifest, &platform, &[], None, &sink).await.unwrap();
    assert_eq!((report.records, report.calls), (5, 3));
    assert_eq!(ids(&sink), [0, 1, 2, 3, 4]);
    let since = |number| Some(format!(r#"{{"since":"{}"}}"#, second(number)));
    let cursors = positions(&sink);
    let told = |at: usize, name: &str| cursors[at]["reading"][name].clone();
    assert_eq!([&cursors[0]["since"], &cursors[1]["since"]], [&json!(second(5)), &json!(second(30))]);
    assert_eq!([told(0, "after"), told(1, "after")], ["2", "4"]);
    assert_eq!([told(0, "listed"), told(1, "listed")], [2, 4]);
    assert_eq!(sink.cursor(), since(31), "nothing but the newest time is left at the end");
    assert_eq!(
        platform.sent.lock().unwrap()[0].variable("query"),
        Value::Null,
        "the first load asks for all"
    );

    // the next run reads the overlap again and never falls behind where it was
    let again = Kept::default();
    run(&manifest, &platform, &[], since(31).as_deref(), &again).await.unwrap();
    assert_eq!(platform.sent.lock().unwrap()[3].variable("query"), format!("t>={}", second(21)));
    assert_eq!(ids(&again), [3, 4]);
    assert_eq!(again.cursors(), [since(31)]);
}

#[tokio::test]
async fn an_unsorted_listing_keeps_its_position_at_the_end() {
    let manifest = things(&format!("{RELAY}\n{}", SORTED.replace(", sorted: true", "")));
    let (platform, sink) = (relay(vec![40, 5, 20], 100), Kept::default());
    run(&manifest, &platform, &[], None, &sink).await.unwrap();
    assert_eq!(positions(&sink)[0]["since"], Value::Null);
    assert_eq!(sink.cursor(), Some(format!(r#"{{"since":"{}"}}"#, second(40))));

    // a promise of order that is broken is not built upon any further
    let (manifest, sink) = (things(&format!("{RELAY}\n{SORTED}")), Kept::default());
    run(&manifest, &relay(vec![1, 40, 5, 20, 21, 22], 100), &[], None, &sink).await.unwrap();
    let since: Vec<Value> = positions(&sink).iter().map(|position| position["since"].clone()).collect();
    assert_eq!(since, [second(40), second(40), second(40)]);
}

#[tokio::test]
async fn a_silent_cap_is_met_by_beginning_again() {
    let capped = format!("    cap: {{records: 4}}\n{RELAY}\n{SORTED}");
    let sink = Kept::default();
    // two records share the time at which the first listing ends
    let times = vec![0, 1, 2, 2, 2, 3, 4, 5, 6, 7, 8];
    run(&things(&capped), &relay(times, 4), &[], None, &sink).await.unwrap();
    let mut found = ids(&sink);
    found.dedup();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found, (0..11).collect::<Vec<_>>());
    assert!(sink.notes.lock().unwrap().iter().any(|note| matches!(note, Note::Recovered { .. })));
}

#[tokio::test]
async fn a_cap_is_seen_though_records_are_left_out_or_do_not_count() {
    let ids_of = |sink: &Kept| ids(sink).into_iter().collect::<std::collections::BTreeSet<_>>();
    let all = |without: &[i64]| (0..11).filter(|id| !without.contains(id)).collect();
    // a listing ends at its fourth place, whether a record came for each place or not
    let by_time = format!("    page_size: 2\n    cap: {{records: 4}}\n{RELAY}\n{SORTED}");
    let sink = Kept::default();
    run(&things(&by_time), &relay_that_loses((0..11).collect(), 4, &[1, 2, 6]), &[], None, &sink)
        .await
        .unwrap();
    assert_eq!(ids_of(&sink), all(&[1, 2, 6]));
    let by_key = format!(
        "    page_size: 2\n    cap: {{records: 4, beyond: gid, strip_prefix: \"gid://\"}}\n{RELAY}\n    cursor: {{kind: full}}"
    );
    let sink = Kept::default();
    run(&things(&by_key), &relay_that_loses(vec![0; 11], 4, &[0, 5]), &[], None, &sink).await.unwrap();
    assert_eq!(ids_of(&sink), all(&[0, 5]));
    // nor whether the stream counts it
    let some = format!("    where: {{gid: [\"gid://0\", \"gid://3\", \"gid://5\", \"gid://9\"]}}\n{by_key}");
    let sink = Kept::default();
    run(&things(&some), &relay(vec![0; 11], 4), &[], None, &sink).await.unwrap();
    assert_eq!(ids_of(&sink), [0, 3, 5, 9].into());
}

#[tokio::test]
async fn more_records_at_one_time_than_a_listing_holds_is_an_error_not_a_loss() {
    let capped = format!("    cap: {{records: 4}}\n{RELAY}\n{SORTED}");
    let sink = Kept::default();
    let error = run(&things(&capped), &relay(vec![1, 1, 1, 1, 1, 1], 4), &[], None, &sink).await.unwrap_err();
    assert!(error.to_string().contains("one position") && error.to_string().contains("--full"), "{error}");
}

#[tokio::test]
async fn a_listing_of_everything_goes_on_behind_its_last_record() {
    let capped = format!(
        "    cap: {{records: 4, beyond: gid, strip_prefix: \"gid://\"}}\n{RELAY}\n    cursor: {{kind: full}}"
    );
    let (platform, sink) = (relay(vec![0; 11], 4), Kept::default());
    let report = run(&things(&capped), &platform, &[], None, &sink).await.unwrap();
    assert_eq!(ids(&sink), (0..11).collect::<Vec<_>>());
    assert_eq!(report.records, 11);
    assert_eq!(platform.sent.lock().unwrap()[2].variable("beyond"), "3");
    assert_eq!(sink.cursor().as_deref(), Some("{}"), "the next run reads everything again");
}

#[tokio::test]
async fn pages_shrink_until_the_platform_is_content() {
    let manifest = things(&format!("    page_size: 50\n{RELAY}\n    cursor: {{kind: full}}"));
    let (platform, sink) = (relay(vec![0; 20], 100), Kept::default());
    run(&manifest, &platform, &[], None, &sink).await.unwrap();
    assert_eq!(ids(&sink), (0..20).collect::<Vec<_>>());
    let sizes: Vec<Value> = platform.sent.lock().unwrap().iter().map(|sent| sent.variable("first")).collect();
    assert_eq!(sizes, [50, 25, 12, 6, 6, 6, 6], "as numbers, halved until it fits");

    // too long for us counts as well, and one record that is too large is an error
    let huge =
        Platform::new(|_, _| Err(TransportError::TooLarge { host: "shop.example.com".into(), limit: 9 }));
    let error = run(&manifest, &huge, &[], None, &Kept::default()).await.unwrap_err();
    assert!(matches!(error, Error::Transport(TransportError::TooLarge { .. })), "{error}");
    assert_eq!(huge.calls(), 6);
}

fn plain(pagination: &str, query: &str) -> Arc<Manifest> {
    things(&format!(
        "    page_size: 2
    request: {{path: /things, query: {query}}}
    pagination: {pagination}
    records: data
    cursor: {{kind: full}}"
    ))
}

#[tokio::test]
async fn next_addresses_are_followed_on_the_same_host_with_our_own_token() {
    let manifest = plain("{kind: next_url, path: paging.next}", "{limit: \"{page.size}\"}");
    let next = |host: &'static str| {
        Platform::new(move |sent, number| {
            assert_eq!(sent.headers["X-Token"], "s3cret+key");
            assert_eq!(sent.query("access_token"), None, "no token in an address");
            let next = format!("https://{host}/things?access_token=s3cret%2Bkey&limit=2&after=x");
            Ok(answer(
                200,
                &match number {
                    0 => json!({"data": [{"id": 1}], "paging": {"next": next}}).to_string(),
                    1 => json!({"data": [], "paging": {"next": next.replace("after=x", "after=y")}})
                        .to_string(),
                    _ => json!({"data": [{"id": 2}], "paging": {}}).to_string(),
                },
            ))
        })
    };
    let (platform, sink) = (next("shop.example.com"), Kept::default());
    run(&manifest, &platform, &[], None, &sink).await.unwrap();
    assert_eq!(ids(&sink), [1, 2], "an empty page is not the end");
    let last = platform.sent.lock().unwrap()[2].clone();
    assert_eq!((last.query("after").as_deref(), last.query("limit").as_deref()), (Some("y"), Some("2")));

    let error = run(&manifest, &next("evil.example.net"), &[], None, &Kept::default()).await.unwrap_err();
    let error = error.to_string();
    assert!(error.contains("another host") && !error.contains("s3cret"), "{error}");
}

#[tokio::test]
async fn tokens_offsets_and_single_pages_end_where_they_should() {
    let (platform, sink) = (
        Platform::new(|sent, _| {
            Ok(answer(
                200,
                match sent.query("page").as_deref() {
                    None => r#"{"data": [{"id": 1}], "next": "b c"}"#,
                    Some("b c") => r#"{"data": [{"id": 2}], "next": ""}"#,
                    other => panic!("{other:?}"),
                },
            ))
        }),
        Kept::default(),
    );
    run(&plain("{kind: token, path: next, query: page}", "{}"), &platform, &[], None, &sink).await.unwrap();
    assert_eq!(ids(&sink), [1, 2]);

    let offsets = |sent: &Sent, _: usize| {
        let from = sent.query("skip").map_or(0, |skip| skip.parse::<i64>().unwrap());
        let data: Vec<Value> = (from..5.min(from + 2)).map(|id| json!({"id": id})).collect();
        Ok(answer(200, &json!({"data": data}).to_string()))
    };
    let (platform, sink) = (Platform::new(offsets), Kept::default());
    run(&plain("{kind: offset, query: skip, limit: 100}", "{}"), &platform, &[], None, &sink).await.unwrap();
    assert_eq!((ids(&sink), platform.calls()), (vec![0, 1, 2, 3, 4], 3));

    let (platform, sink) = (Platform::new(|_, _| Ok(answer(200, r#"{"data": {"id": 7}}"#))), Kept::default());
    run(&plain("{kind: none}", "{}"), &platform, &[], None, &sink).await.unwrap();
    assert_eq!((ids(&sink), platform.calls()), (vec![7], 1));
}

#[tokio::test]
async fn a_listing_that_lies_is_an_error_and_no_early_end() {
    let manifest = things(&format!("{RELAY}\n    cursor: {{kind: full}}"));
    for (body, word) in [
        (json!({"data": {"things": {"nodes": [], "pageInfo": {"hasNextPage": true}}}}), "not where"),
        (json!({"data": {"things": {"nodes": []}}}), "pageInfo"),
        (json!({"data": {"things": {"pageInfo": {"hasNextPage": false}}}}), "nodes"),
        (
            json!({"data": {"things": {"nodes": [{"id": 1}], "pageInfo": {"hasNextPage": true, "endCursor": "a"}}}}),
            "same",
        ),
    ] {
        let platform = Platform::new(move |_, _| Ok(answer(200, &body.to_string())));
        let error = run(&manifest, &platform, &[], None, &Kept::default()).await.unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
        assert!(platform.calls() <= 2, "{} calls, {error}", platform.calls());
    }
}

fn account(id: &str, currency: &str) -> Account {
    let context = [("account.id", id), ("account.currency", currency)];
    Account { id: id.into(), context: context.map(|(k, v)| (k.to_owned(), v.to_owned())).into() }
}

#[tokio::test]
async fn each_account_has_its_own_listing_context_and_position() {
    let slices = |cursor: &str| {
        things(&format!(
            "    slices: [{{kind: accounts}}]
    request: {{path: \"/{{slice.account}}/things\", query: {{since: \"{{cursor.since}}\"}}}}
    pagination: {{kind: none}}
    records: data
    cursor: {cursor}"
        ))
    };
    let platform = || {
        Platform::new(|sent, _| {
            let id = if sent.url.path().starts_with("/a/") { 1 } else { 2 };
            Ok(answer(200, &json!({"data": [{"id": id, "t": second(id * 100)}]}).to_string()))
        })
    };
    let accounts = [account("a", "EUR"), account("b", "USD")];
    let (manifest, sink) = (slices("{kind: timestamp, path: t, overlap_s: 50}"), Kept::default());
    run(&manifest, &platform(), &accounts, None, &sink).await.unwrap();
    let contexts: Vec<_> = sink.pages.lock().unwrap().iter().map(|page| page.context.clone()).collect();
    assert_eq!(
        (contexts[0]["account.currency"].as_str(), contexts[0]["slice.account"].as_str()),
        ("EUR", "a")
    );
    assert_eq!(contexts[1]["account.currency"], "USD");
    let again = platform();
    run(&manifest, &again, &accounts, sink.cursor().as_deref(), &Kept::default()).await.unwrap();
    let asked: Vec<_> = again.sent.lock().unwrap().iter().map(|sent| sent.query("since")).collect();
    assert_eq!(asked, [Some(second(50)), Some(second(150))]);

    // a reading of everything that was cut off between accounts goes on with the second
    let (manifest, sink) = (slices("{kind: full}"), Kept::default());
    *sink.refuse.lock().unwrap() = Some(1);
    run(&manifest, &platform(), &accounts, None, &sink).await.unwrap_err();
    let rest = Kept::default();
    run(&manifest, &platform(), &accounts, sink.cursor().as_deref(), &rest).await.unwrap();
    assert_eq!((ids(&sink), ids(&rest)), (vec![1], vec![2]));
    assert_eq!(rest.cursor().as_deref(), Some("{}"), "the next run reads both again");

    // the account that was still to be read has gone: what is left is read anew
    let left = Kept::default();
    run(&manifest, &platform(), &accounts[..1], sink.cursor().as_deref(), &left).await.unwrap();
    assert_eq!((ids(&left), left.cursor().as_deref()), (vec![1], Some("{}")));
}

#[tokio::test]
async fn accounts_are_records_and_context() {
    let more = "accounts:
  request: {path: /shops}
  pagination: {kind: token, path: next, query: page}
  records: shops
  key: [id]
  map: {fields: {kind: {const: shop}, name: {from: name}, currency: {from: currency, required: true}, time_zone: {from: zone}}}";
    let manifest = manifest(HEADER, ERRORS, more, &format!("{RELAY}\n    cursor: {{kind: full}}"));
    let platform = Platform::new(|sent, _| {
        let more = sent.query("page").is_none();
        Ok(answer(
            200,
            if more {
                r#"{"shops": [{"id": 1.0, "name": "A", "currency": "EUR", "zone": "Europe/Paris"}], "next": "2"}"#
            } else {
                r#"{"shops": [{"id": 2, "currency": "USD", "zone": "UTC"}]}"#
            },
        ))
    });
    let sink = Kept::default();
    let accounts = engine(&manifest, &platform, &TestClock::new()).accounts(&sink).await.unwrap();
    assert_eq!(accounts.iter().map(|account| account.id.as_str()).collect::<Vec<_>>(), ["1.0", "2"]);
    assert_eq!(accounts[0].context["account.time_zone"], "Europe/Paris");
    assert_eq!(accounts[1].context.get("account.name"), None);
    let pages = std::mem::take(&mut *sink.pages.lock().unwrap());
    assert_eq!(pages.len(), 2);
    assert!(pages.iter().all(|page| page.stream == "accounts" && page.cursor.is_none()));
    assert!(pages[0].lines[0].starts_with(br#"{"id":1.0,"#), "as the platform wrote it");

    let platform = Platform::new(|_, _| Ok(answer(200, r#"{"shops": [{"id": 1, "zone": "UTC"}]}"#)));
    let error = engine(&manifest, &platform, &TestClock::new()).accounts(&sink).await.unwrap_err();
    assert!(error.to_string().contains("currency"), "{error}");
}

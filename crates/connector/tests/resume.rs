//! Runs that are cut off behind any page and started again hand on the very pages of a run that was left alone.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::sync::Arc;

use netgain_connector::{Account, Error, Note};
use netgain_manifest::Manifest;
use serde_json::{Value, json};
use support::relay::{RELAY, SORTED, relay, run, second, things};
use support::{Kept, Platform, answer, with_header};

/// Lines and position of every page.
fn pages(sink: &Kept) -> Vec<(Vec<String>, Option<String>)> {
    let text = |line: &bytes::Bytes| String::from_utf8(line.to_vec()).unwrap();
    let pages = sink.pages.lock().unwrap();
    pages.iter().map(|page| (page.lines.iter().map(text).collect(), page.cursor.clone())).collect()
}

/// Cuts a run off behind each of its pages, starts it again and compares; returns the positions between them.
async fn cut_everywhere(
    manifest: &Arc<Manifest>,
    platform: impl Fn() -> Arc<Platform>,
    accounts: &[Account],
    begin: Option<&str>,
) -> Vec<String> {
    let whole = Kept::default();
    let undisturbed = platform();
    run(manifest, &undisturbed, accounts, begin, &whole).await.unwrap();
    let whole = pages(&whole);
    assert!(whole.len() > 3, "{} pages leave little to cut", whole.len());
    for cut in 1..whole.len() {
        let (first, rest) = (Kept::default(), Kept::default());
        *first.refuse.lock().unwrap() = Some(cut);
        let error = run(manifest, &platform(), accounts, begin, &first).await.unwrap_err();
        assert!(matches!(error, Error::Sink(_)), "{error}");
        let again = platform();
        run(manifest, &again, accounts, first.cursor().as_deref(), &rest).await.unwrap();
        let found: Vec<_> = pages(&first).into_iter().chain(pages(&rest)).collect();
        assert_eq!(found, whole, "cut behind page {cut}");
        let calls = undisturbed.calls();
        assert!(again.calls() < calls, "{} calls instead of {calls}: cut behind page {cut}", again.calls());
    }
    whole.into_iter().filter_map(|(_, cursor)| cursor).collect()
}

#[tokio::test]
async fn a_sorted_listing_goes_on_at_its_next_page() {
    let manifest = things(&format!("{RELAY}\n{SORTED}"));
    // so close together that the overlap reaches far back
    let platform = || relay((0..20).collect(), 100);
    cut_everywhere(&manifest, platform, &[], None).await;
    let begin = format!(r#"{{"since":"{}"}}"#, second(12));
    let positions = cut_everywhere(&manifest, platform, &[], Some(&begin)).await;
    let first: Value = serde_json::from_str(&positions[0]).unwrap();
    assert_eq!(first["reading"]["asked_since"], second(2));
    assert_eq!(first["since"], second(12), "never behind where it was");
}

#[tokio::test]
async fn listings_that_are_not_sorted_or_read_whole_do_so_too() {
    let unsorted = things(&format!("{RELAY}\n{}", SORTED.replace(", sorted: true", "")));
    cut_everywhere(&unsorted, || relay(vec![9, 3, 7, 1, 8, 2, 6], 100), &[], None).await;
    let full = things(&format!("{RELAY}\n    cursor: {{kind: full}}"));
    cut_everywhere(&full, || relay(vec![0; 9], 100), &[], None).await;
    // a promise of order that was broken before the cut is still broken behind it
    let sorted = things(&format!("{RELAY}\n{SORTED}"));
    cut_everywhere(&sorted, || relay(vec![1, 40, 5, 20, 21, 22, 23], 100), &[], None).await;
}

#[tokio::test]
async fn the_platforms_cap_is_met_at_the_same_record() {
    let by_time = things(&format!("    cap: {{records: 4}}\n{RELAY}\n{SORTED}"));
    cut_everywhere(&by_time, || relay(vec![0, 1, 2, 2, 2, 3, 4, 5, 6, 7, 8], 4), &[], None).await;
    let by_id = things(&format!(
        "    cap: {{records: 4, beyond: gid, strip_prefix: \"gid://\"}}\n{RELAY}\n    cursor: {{kind: full}}"
    ));
    cut_everywhere(&by_id, || relay(vec![0; 11], 4), &[], None).await;
}

#[tokio::test]
async fn pages_that_were_made_smaller_stay_so() {
    let manifest = things(&format!("    page_size: 32\n{RELAY}\n    cursor: {{kind: full}}"));
    cut_everywhere(&manifest, || relay(vec![0; 40], 100), &[], None).await;
}

fn plain(pagination: &str) -> Arc<Manifest> {
    things(&format!(
        "    slices: [{{kind: accounts}}]
    page_size: 2
    request: {{path: \"/{{slice.account}}/things\", query: {{limit: \"{{page.size}}\"}}}}
    pagination: {pagination}
    records: data
    cursor: {{kind: full}}"
    ))
}

/// Seven things in each account.
fn listing(named: fn(&str, usize) -> Value) -> Arc<Platform> {
    Platform::new(move |sent, _| {
        assert_eq!((sent.query("access_token"), sent.query("limit").as_deref()), (None, Some("2")));
        let account = sent.url.path().split('/').nth(1).unwrap().to_owned();
        let from = sent.query("after").map_or(0, |after| after.parse::<usize>().unwrap());
        let data: Vec<Value> =
            (from..7.min(from + 2)).map(|id| json!({"id": format!("{account}{id}")})).collect();
        let next = if from + 2 < 7 { named(&account, from + 2) } else { Value::Null };
        Ok(answer(200, &json!({"data": data, "next": next}).to_string()))
    })
}

#[tokio::test]
async fn every_way_of_naming_a_page_is_stored_and_none_with_a_secret() {
    let accounts = ["a", "b", "c"].map(|id| Account { id: id.to_owned(), context: Default::default() });
    let by_address = |account: &str, from: usize| {
        let host = "https://shop.example.com";
        json!(format!("{host}/{account}/things?access_token=s3cret%2Bkey&limit=2&after={from}"))
    };
    let manifest = plain("{kind: next_url, path: next}");
    let positions = cut_everywhere(&manifest, || listing(by_address), &accounts, None).await;
    assert!(positions[0].contains(r#""after":"/a/things?limit=2&after=2""#), "{}", positions[0]);
    assert!(positions.iter().all(|position| !position.contains("s3cret")));

    let by_token = |_: &str, from: usize| json!(from.to_string());
    let manifest = plain("{kind: token, path: next, query: after}");
    cut_everywhere(&manifest, || listing(by_token), &accounts, None).await;
    let manifest = plain("{kind: offset, query: after, limit: 2}");
    let positions = cut_everywhere(&manifest, || listing(by_token), &accounts, None).await;
    assert_eq!(positions.last().map(String::as_str), Some("{}"));
}

/// A run over twenty records with their own seconds that goes on from a page called `after`, named at noon.
async fn with_stored_page(
    after: &str,
    platform: Arc<Platform>,
) -> (Result<(), Error>, Vec<i64>, Vec<Note>, Option<String>) {
    let manifest = things(&format!("{RELAY}\n{SORTED}"));
    let reading = json!({"after": after, "high": second(11), "listed": 12, "at": "2026-03-31T12:00:00Z"});
    let cursor = json!({"since": second(11), "reading": reading}).to_string();
    let sink = Kept::default();
    let done = run(&manifest, &platform, &[], Some(&cursor), &sink).await;
    let ids = sink.records().iter().map(|record| record["id"].as_i64().unwrap()).collect();
    let notes = sink.notes.lock().unwrap().clone();
    (done.map(drop), ids, notes, sink.cursor())
}

/// What a platform answers to a call that names a page, if not what it should.
type Told = fn(&str) -> Option<(u16, &'static str)>;

/// A platform that answers the first call which names a page as told, and others as it should.
fn with_pages(answers: Told, hour: &'static str) -> Arc<Platform> {
    let inner = relay((0..20).collect(), 100);
    let first = std::sync::atomic::AtomicBool::new(true);
    Platform::new(move |sent, number| {
        let named = sent.variable("after").as_str().map(str::to_owned);
        let told = named.as_deref().filter(|_| first.swap(false, std::sync::atomic::Ordering::Relaxed));
        let response = match told.and_then(answers) {
            Some((status, body)) => answer(status, body),
            None => inner.answer(sent, number)?,
        };
        Ok(with_header(response, "date", hour))
    })
}

const NEXT_NOON: &str = "Wed, 01 Apr 2026 12:00:00 GMT";

#[tokio::test]
async fn a_stored_page_is_used_for_a_day() {
    let (done, ids, notes, cursor) = with_stored_page("12", with_pages(|_| None, NEXT_NOON)).await;
    done.unwrap();
    assert_eq!((ids, notes), ((12..20).collect(), vec![]));
    assert_eq!(cursor, Some(format!(r#"{{"since":"{}"}}"#, second(19))));

    let late = "Wed, 01 Apr 2026 12:00:01 GMT";
    let (done, ids, notes, cursor) = with_stored_page("12", with_pages(|_| None, late)).await;
    done.unwrap();
    assert_eq!(ids, (1..20).collect::<Vec<_>>(), "from the newest time, less the overlap");
    assert!(matches!(&notes[..], [Note::Recovered { what, .. }] if what.contains("too old")), "{notes:?}");
    assert_eq!(cursor, Some(format!(r#"{{"since":"{}"}}"#, second(19))));
}

#[tokio::test]
async fn a_page_that_the_platform_refuses_is_forgotten() {
    let refusals: [Told; 3] = [
        |_| Some((400, r#"{"error": {"message": "Invalid cursor"}}"#)),
        |_| Some((404, r#"{"error": {"message": "gone"}}"#)),
        |_| Some((200, r#"{"data": {"things": null}}"#)),
    ];
    for answers in refusals {
        let (done, ids, notes, cursor) = with_stored_page("nonsense", with_pages(answers, NEXT_NOON)).await;
        done.unwrap();
        assert_eq!(ids, (1..20).collect::<Vec<_>>());
        assert!(matches!(&notes[..], [Note::Recovered { .. }]), "{notes:?}");
        assert_eq!(cursor, Some(format!(r#"{{"since":"{}"}}"#, second(19))));
    }
    // a token that is not valid any more says nothing about the page
    let platform = with_pages(|_| Some((401, "{}")), NEXT_NOON);
    let (done, ids, notes, _) = with_stored_page("12", platform).await;
    assert!(matches!(done, Err(Error::Refused { status: 401, .. })));
    assert_eq!((ids.len(), notes.len()), (0, 0));
}

#[tokio::test]
async fn an_account_that_has_gone_does_not_hold_the_others_up() {
    let accounts = ["a", "b"].map(|id| Account { id: id.to_owned(), context: Default::default() });
    let manifest = plain("{kind: token, path: next, query: after}");
    let platform = || listing(|_, from| json!(from.to_string()));
    let first = Kept::default();
    *first.refuse.lock().unwrap() = Some(5);
    run(&manifest, &platform(), &accounts, None, &first).await.unwrap_err();
    assert!(first.cursor().unwrap().contains(r#""part":"b""#));
    let rest = Kept::default();
    run(&manifest, &platform(), &accounts[..1], first.cursor().as_deref(), &rest).await.unwrap();
    assert_eq!((rest.records().len(), rest.cursor().as_deref()), (7, Some("{}")));
}

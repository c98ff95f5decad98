//! Every way of naming the next page reads the whole listing, also when it is cut off between any two pages.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::support::{Platform, Sent, answer, with_header};
use crate::{body, cut_everywhere, ids, things};

/// Seven things, two in a page; `from` finds the first in a call, `more` names what follows.
fn seven(
    from: fn(&Sent) -> usize,
    more: fn(&mut serde_json::Map<String, Value>, usize),
) -> impl Fn() -> Arc<Platform> {
    move || {
        Platform::new(move |sent, _| {
            let at = from(sent);
            let data: Vec<Value> =
                (at..7.min(at + 2)).map(|id| json!({"id": id, "sort": [id, "x"]})).collect();
            let mut answered = serde_json::Map::new();
            answered.insert("data".to_owned(), data.into());
            more(&mut answered, at + 2);
            let response = answer(200, &Value::Object(answered).to_string());
            let next = (at + 2 < 7).then(|| format!("https://shop.example.com/things?at={}", at + 2));
            let link = next.map(|next| format!("<{next}>; rel=\"next\"")).unwrap_or_default();
            let token = if at + 2 < 7 { (at + 2).to_string() } else { String::new() };
            Ok(with_header(with_header(response, "link", &link), "x-next", &token))
        })
    }
}

async fn reads(request: &str, pagination: &str, platform: impl Fn() -> Arc<Platform>) {
    let stream = format!(
        "    request: {request}\n    pagination: {pagination}\n    records: data\n    cursor: {{kind: full}}"
    );
    let (records, _) = cut_everywhere(&things(&stream), platform, None).await;
    assert_eq!(ids(&records), (0..7).collect::<Vec<_>>(), "{pagination}");
}

fn at(sent: &Sent) -> usize {
    sent.query("at").map_or(0, |at| at.parse().unwrap())
}

fn page(sent: &Sent) -> usize {
    (sent.query("page").unwrap().parse::<usize>().unwrap() - 1) * 2
}

const GET: &str = "{path: /things}";
const POST: &str = "{method: POST, path: /things, body: {kind: json, body: {q: {n: 1}}}}";

#[tokio::test]
async fn by_address_and_token() {
    reads(GET, "{kind: link_header}", seven(at, |_, _| {})).await;
    reads(GET, "{kind: token, header: X-Next, query: at}", seven(at, |_, _| {})).await;
    let named = |answered: &mut serde_json::Map<String, Value>, next: usize| {
        if next < 7 {
            answered.insert("next".to_owned(), json!({"a": next.to_string(), "b": "two"}));
        }
    };
    let both = |sent: &Sent| {
        assert_eq!(sent.query("at").is_some(), sent.query("b").as_deref() == Some("two"));
        at(sent)
    };
    let pagination = "{kind: token, path: next.a, query: at, also: {b: next.b}}";
    reads(GET, pagination, seven(both, named)).await;
    let flagged = |answered: &mut serde_json::Map<String, Value>, next: usize| {
        answered.insert("next".to_owned(), json!(next));
        answered.insert("more".to_owned(), json!(next < 7));
    };
    reads(GET, "{kind: token, path: next, query: at, more: more}", seven(at, flagged)).await;
    let alone = |sent: &Sent| {
        assert_eq!(sent.query("size").is_some(), sent.query("at").is_none(), "the token stands alone");
        at(sent)
    };
    let sized = "{path: /things, query: {size: 2}}";
    reads(sized, "{kind: token, header: x-next, query: at, alone: true}", seven(alone, |_, _| {})).await;
    let typed = |answered: &mut serde_json::Map<String, Value>, next: usize| {
        answered.insert("next".to_owned(), if next < 7 { json!([next, "x"]) } else { Value::Null });
    };
    let in_body = |sent: &Sent| body(sent)["q"]["after"][0].as_u64().unwrap_or_default() as usize;
    reads(POST, "{kind: token, path: next, body: q.after}", seven(in_body, typed)).await;
}

#[tokio::test]
async fn by_number_and_offset() {
    let total = |answered: &mut serde_json::Map<String, Value>, _| {
        answered.insert("total".to_owned(), json!("7"));
        answered.insert("pages".to_owned(), json!(4));
    };
    let more = |answered: &mut serde_json::Map<String, Value>, next: usize| {
        answered.insert("more".to_owned(), json!(next < 7));
    };
    reads(GET, "{kind: page, query: page, limit: 2}", seven(page, |_, _| {})).await;
    reads(GET, "{kind: page, query: page}", seven(page, |_, _| {})).await;
    reads(GET, "{kind: page, query: page, total_pages: pages}", seven(page, total)).await;
    reads(GET, "{kind: page, query: page, total: total, limit: 2}", seven(page, total)).await;
    // pages that hold fewer than the platform said are not the last
    reads(GET, "{kind: page, query: page, total: total, limit: 5}", seven(page, total)).await;
    reads(GET, "{kind: page, query: page, more: more}", seven(page, more)).await;
    let zero = |sent: &Sent| body(sent)["p"].as_u64().unwrap() as usize * 2;
    reads(POST, "{kind: page, body: p, start: 0, total_pages: pages}", seven(zero, total)).await;
    let offset = |sent: &Sent| body(sent)["offset"].as_u64().unwrap_or_default() as usize;
    reads(POST, "{kind: offset, body: offset, limit: 2, total: total}", seven(offset, total)).await;
}

#[tokio::test]
async fn by_the_last_record() {
    let more = |answered: &mut serde_json::Map<String, Value>, next: usize| {
        answered.insert("has_more".to_owned(), json!(next < 7));
    };
    let after = |sent: &Sent| sent.query("starting_after").map_or(0, |id| id.parse::<usize>().unwrap() + 1);
    let pagination = "{kind: keyset, path: id, query: starting_after, more: has_more}";
    reads(GET, pagination, seven(after, more)).await;
    reads(GET, "{kind: keyset, path: id, query: starting_after}", seven(after, more)).await;
    let listed = |sent: &Sent| body(sent)["searchAfter"][0].as_u64().map_or(0, |id| id as usize + 1);
    reads(POST, "{kind: keyset, path: sort, body: searchAfter, limit: 2}", seven(listed, more)).await;
}

/// Whoever goes on past the cap is refused.
#[tokio::test]
async fn a_refused_page_behind_the_cap_is_never_asked_for() {
    let platform = || {
        Platform::new(|sent, _| {
            let asked = body(sent);
            let beyond = asked["filters"][0]["value"].as_str().map_or(-1, |id| id.parse::<i64>().unwrap());
            let after = asked["after"].as_str().map_or(0, |after| after.parse::<usize>().unwrap());
            if after >= 4 {
                return Ok(answer(400, r#"{"message": "too far"}"#));
            }
            let all: Vec<i64> = (0..11).filter(|id| *id > beyond).collect();
            let data: Vec<Value> = all.iter().skip(after).take(2).map(|id| json!({"id": id})).collect();
            let next = (after + 2 < all.len()).then(|| (after + 2).to_string());
            Ok(answer(200, &json!({"results": data, "paging": {"next": {"after": next}}}).to_string()))
        })
    };
    let stream = "    request: {method: POST, path: /search, body: {kind: json, body: {filters: [{name: id, op: GT, value: \"{page.beyond}\"}]}}}
    pagination: {kind: token, path: paging.next.after, body: after}
    cap: {records: 4, beyond: id, refuses: true}
    records: results
    cursor: {kind: full}";
    let (records, _) = cut_everywhere(&things(stream), platform, None).await;
    assert_eq!(ids(&records), (0..11).collect::<Vec<_>>());
}

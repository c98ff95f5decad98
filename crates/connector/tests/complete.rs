//! Lists inside records that a page shows only in part: one level deep, below a list, and two levels deep.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::sync::Arc;

use netgain_connector::Error;
use netgain_manifest::Manifest;
use serde_json::{Value, json};
use support::{HEADER, Kept, Platform, Sent, TestClock, answer, engine, manifest};

const STREAM: &str = "    request: {method: POST, path: /graphql, body: {kind: graphql, document: orders}}
    pagination: {kind: none}
    records: orders
    cursor: {kind: full}
    complete:
      - list: lines
        request:
          method: POST
          path: /graphql
          body: {kind: graphql, document: lines, variables: {id: \"{owner.id}\", after: \"{page.after}\"}}
        found: data.lines
      - list: refunds[].lines
        request: {method: POST, path: /graphql, body: {kind: graphql, document: refund, variables: {id: \"{owner.id}\", after: \"{page.after}\"}}}
        found: data.lines
      - list: agreements
        inner: sales
        request: {method: POST, path: /graphql, body: {kind: graphql, document: agreements, variables: {id: \"{owner.id}\", outer: \"{page.outer}\", after: \"{page.after}\"}}}
        found: data.agreements";

fn orders() -> Arc<Manifest> {
    let errors = "  - {when: {status: [401]}, class: auth_revoked}";
    manifest(HEADER, errors, "", STREAM)
}

/// The part of a list of `0..count` after a position, `size` elements long, made by `element`.
fn part(count: u64, after: &Value, size: u64, element: impl Fn(u64) -> Value) -> Value {
    let from = after.as_str().map_or(0, |after| after.parse::<u64>().unwrap());
    let end = (from + size).min(count);
    let info = json!({"hasNextPage": end < count, "endCursor": end.to_string()});
    json!({"pageInfo": info, "nodes": (from..end).map(element).collect::<Vec<_>>()})
}

/// How many lines an order has, lines its second refund, agreements it, and sales its agreement number 1.
#[derive(Clone, Copy)]
struct Shop {
    lines: u64,
    refund_lines: u64,
    agreements: u64,
    sales: u64,
}

impl Shop {
    fn lines(self, owner: &str, count: u64, after: &Value) -> Value {
        part(count, after, 2, |at| json!({"id": format!("{owner}/{at}"), "price": 1}))
    }

    fn agreements(self, outer: &Value, after: &Value, size: u64) -> Value {
        part(self.agreements, outer, size, |at| {
            let count = if at == 1 { self.sales } else { 1 };
            json!({"id": format!("a{at}"), "sales": part(count, after, 2, |sale| json!({"id": format!("a{at}s{sale}")}))})
        })
    }

    fn answer(self, sent: &Sent) -> Value {
        let body: Value = serde_json::from_str(&sent.body).unwrap();
        let variables = &body["variables"];
        let (owner, after) = (variables["id"].as_str().unwrap_or_default(), &variables["after"]);
        match body["query"].as_str().unwrap() {
            "orders" => {
                let refund =
                    |id: &str, count| json!({"id": id, "lines": self.lines(id, count, &Value::Null)});
                json!({"orders": [{
                    "id": "o", "total": 19.990,
                    "lines": self.lines("o", self.lines, &Value::Null),
                    "refunds": [refund("r1", 1), refund("r2", self.refund_lines)],
                    "agreements": self.agreements(&Value::Null, &Value::Null, 2),
                }, {"id": "none", "lines": {"pageInfo": {"hasNextPage": false}, "nodes": []}, "refunds": []}]})
            }
            "lines" => json!({"data": {"lines": self.lines(owner, self.lines, after)}}),
            "refund" => json!({"data": {"lines": self.lines(owner, self.refund_lines, after)}}),
            "agreements" => json!({"data": {"agreements": self.agreements(&variables["outer"], after, 1)}}),
            other => panic!("{other}"),
        }
    }
}

async fn run(shop: Shop) -> (Result<Vec<Value>, Error>, usize) {
    // an order's total keeps the digits that it was written with
    let platform = Platform::new(move |sent, _| {
        Ok(answer(200, &shop.answer(sent).to_string().replace("\"total\":19.99", "\"total\":19.990")))
    });
    let (manifest, sink) = (orders(), Kept::default());
    let engine = engine(&manifest, &platform, &TestClock::new());
    let result = engine.run(manifest.stream("things").unwrap(), &[], None, &sink).await;
    if result.is_ok() {
        let pages = sink.pages.lock().unwrap();
        assert!(String::from_utf8_lossy(&pages[0].lines[0]).contains("\"total\":19.990"));
    }
    (result.map(|_| sink.records()), platform.calls())
}

fn ids(list: &Value) -> Vec<&str> {
    assert_ne!(list["pageInfo"]["hasNextPage"], true, "a record that is whole says so");
    list["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_is_whole_costs_no_call() {
    let (records, calls) = run(Shop { lines: 2, refund_lines: 1, agreements: 2, sales: 2 }).await;
    assert_eq!((records.unwrap().len(), calls), (2, 1));
}

#[tokio::test]
async fn every_list_is_made_whole_in_its_order() {
    let (records, calls) = run(Shop { lines: 7, refund_lines: 3, agreements: 4, sales: 5 }).await;
    let order = &records.unwrap()[0];
    assert_eq!(ids(&order["lines"]), ["o/0", "o/1", "o/2", "o/3", "o/4", "o/5", "o/6"]);
    assert_eq!(ids(&order["refunds"][0]["lines"]), ["r1/0"]);
    assert_eq!(ids(&order["refunds"][1]["lines"]), ["r2/0", "r2/1", "r2/2"]);
    assert_eq!(ids(&order["agreements"]), ["a0", "a1", "a2", "a3"]);
    let sales: Vec<_> =
        order["agreements"]["nodes"].as_array().unwrap().iter().map(|one| ids(&one["sales"])).collect();
    assert_eq!(
        sales,
        [vec!["a0s0"], vec!["a1s0", "a1s1", "a1s2", "a1s3", "a1s4"], vec!["a2s0"], vec!["a3s0"]]
    );
    // one page, three for the lines, one for the refund, one for each agreement and two more for its sales
    assert_eq!(calls, 1 + 3 + 1 + 4 + 2);
}

#[tokio::test]
async fn an_inner_list_alone_that_is_cut_is_seen() {
    let (records, _) = run(Shop { lines: 1, refund_lines: 1, agreements: 2, sales: 3 }).await;
    let order = &records.unwrap()[0];
    assert_eq!(ids(&order["agreements"]), ["a0", "a1"]);
    assert_eq!(ids(&order["agreements"]["nodes"][1]["sales"]), ["a1s0", "a1s1", "a1s2"]);
}

#[tokio::test]
async fn a_rest_that_cannot_be_had_is_an_error() {
    let shop = Shop { lines: 5, refund_lines: 1, agreements: 1, sales: 1 };
    let platform = Platform::new(move |sent, number| {
        let answered = if number == 0 { shop.answer(sent) } else { json!({"data": {"lines": null}}) };
        Ok(answer(200, &answered.to_string()))
    });
    let (manifest, sink) = (orders(), Kept::default());
    let engine = engine(&manifest, &platform, &TestClock::new());
    let error = engine.run(manifest.stream("things").unwrap(), &[], None, &sink).await.unwrap_err();
    assert!(error.to_string().contains("`lines` is missing from the answer"), "{error}");
    assert!(sink.records().is_empty(), "no order without its lines");
}

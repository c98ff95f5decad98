//! Records that are gone reach the sink.

use serde_json::{Value, json};

use crate::support::{Kept, Platform, answer};
use crate::{ids, run, things};

const PAGES: &str = "    request: {path: /things}
    pagination: {kind: page, query: page, limit: 2}
    records: data
    cursor: {kind: full}";

fn five(flags: bool) -> std::sync::Arc<Platform> {
    Platform::new(move |sent, _| {
        if sent.query("archived").is_some() {
            return Ok(answer(200, r#"{"gone": [{"key": 8}, {"key": 9}]}"#));
        }
        let from = (sent.query("page").unwrap().parse::<usize>().unwrap() - 1) * 2;
        let thing = |id: usize| json!({"id": id, "archived": flags && id % 2 == 1});
        let data: Vec<Value> = (from..5.min(from + 2)).map(thing).collect();
        Ok(answer(200, &json!({"data": data}).to_string()))
    })
}

#[tokio::test]
async fn by_a_flag_and_by_a_listing_of_their_own() {
    let stream = format!("{PAGES}\n    deletes: {{kind: flag, path: archived, values: [\"true\"]}}");
    let sink = Kept::default();
    run(&things(&stream), &five(true), &[], None, &sink).await.unwrap();
    let deleted = |sink: &Kept| -> Vec<String> {
        sink.pages.lock().unwrap().iter().flat_map(|page| page.deleted.clone()).collect()
    };
    assert_eq!((ids(&sink.records()), deleted(&sink)), (vec![0, 2, 4], vec!["1".to_owned(), "3".to_owned()]));

    let stream = format!(
        "{PAGES}\n    deletes: {{kind: tombstone, request: {{path: /things, query: {{archived: true}}}}, pagination: {{kind: none}}, records: gone, key: [key]}}"
    );
    let sink = Kept::default();
    run(&things(&stream), &five(false), &[], None, &sink).await.unwrap();
    assert_eq!((sink.records().len(), deleted(&sink)), (5, vec!["8".to_owned(), "9".to_owned()]));
}

#[tokio::test]
async fn by_what_a_complete_listing_did_not_hold() {
    let manifest = things(&format!("{PAGES}\n    deletes: {{kind: sweep}}"));
    let sink = Kept::default();
    run(&manifest, &five(false), &[], None, &sink).await.unwrap();
    let sweeps = |sink: &Kept| -> Vec<_> {
        sink.pages.lock().unwrap().iter().filter_map(|page| page.sweep.clone()).collect()
    };
    let swept = sweeps(&sink);
    assert_eq!((swept.len(), swept[0].kept.join(",").as_str()), (1, "0,1,2,3,4"));
    assert!(swept[0].days.is_none() && swept[0].only.is_empty());

    // a run that goes on where another was cut off has not seen everything
    let (first, rest) = (Kept::default(), Kept::default());
    *first.refuse.lock().unwrap() = Some(2);
    run(&manifest, &five(false), &[], None, &first).await.unwrap_err();
    run(&manifest, &five(false), &[], first.cursor().as_deref(), &rest).await.unwrap();
    assert_eq!((sweeps(&first).len(), sweeps(&rest).len()), (0, 0));
}

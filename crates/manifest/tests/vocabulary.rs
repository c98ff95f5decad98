//! The examples of the vocabulary page are what the types read.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

use netgain_manifest::{
    Accounts, Cap, Cursor, Decode, Deletes, Fetch, Join, Lift, Limit, Pagination, Request, Slice,
};
use serde::de::DeserializeOwned;

/// The examples of the page: what stands from one line without indentation to the next.
fn examples() -> Vec<String> {
    let page = include_str!("../VOCABULARY.md");
    let mut found: Vec<String> = Vec::new();
    for block in page.split("```yaml\n").skip(1).filter_map(|rest| rest.split_once("```")) {
        for line in block.0.lines() {
            if line.starts_with([' ', '#']) {
                if let Some(last) = found.last_mut() {
                    last.push('\n');
                    last.push_str(line);
                }
            } else {
                found.push(line.to_owned());
            }
        }
    }
    found
}

fn reads<T: DeserializeOwned>(text: &str) {
    let read: Result<BTreeMap<String, T>, _> = serde_norway::from_str(text);
    assert!(read.is_ok(), "{}\n{text}", read.err().map(|error| error.to_string()).unwrap_or_default());
}

#[test]
fn every_example_of_the_page_is_read() {
    let mut counted: BTreeMap<String, u32> = BTreeMap::new();
    for example in examples() {
        let key = example.split(':').next().unwrap().to_owned();
        match key.as_str() {
            "request" => reads::<Request>(&example),
            "pagination" => reads::<Pagination>(&example),
            "cap" => reads::<Cap>(&example),
            "decode" => reads::<Decode>(&example),
            "lift" => reads::<Lift>(&example),
            "join" => reads::<Join>(&example),
            "slices" => reads::<Vec<Slice>>(&example),
            "cursor" => reads::<Cursor>(&example),
            "deletes" => reads::<Deletes>(&example),
            "fetch" => reads::<Fetch>(&example),
            "limits" => reads::<Vec<Limit>>(&example),
            "accounts" => reads::<Accounts>(&example),
            _ => continue,
        }
        *counted.entry(key).or_default() += 1;
    }
    assert!(counted.len() == 12 && counted["pagination"] > 10 && counted["cursor"] > 6, "{counted:?}");
}

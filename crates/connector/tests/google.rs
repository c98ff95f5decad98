//! The manifests of the Google platforms have no faults, and their samples become the rows that they show.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

use netgain_connector::records_of;
use netgain_domain::{Record, Row, Value};
use netgain_manifest::{Manifest, Stream, lint};
use netgain_mapping::{Context, Mapper};

fn folder(id: &str) -> String {
    format!("{}/../providers/{id}", env!("CARGO_MANIFEST_DIR"))
}

fn manifest(id: &str) -> Manifest {
    Manifest::from_yaml(&std::fs::read_to_string(format!("{}/manifest.yaml", folder(id))).unwrap()).unwrap()
}

fn stream(id: &str, name: &str) -> Stream {
    let manifest = manifest(id);
    if name == "accounts" {
        manifest.accounts.unwrap().as_stream()
    } else {
        manifest.stream(name).unwrap().clone()
    }
}

/// The rows of a stream's sample.
fn map(id: &str, name: &str) -> Vec<Record> {
    let known = [
        ("account.currency", "GBP"),
        ("account.time_zone", "Europe/London"),
        ("slice.account", "1234567890"),
        ("slice.provisional", "true"),
    ];
    let context: Context = known.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let stream = stream(id, name);
    let sample = std::fs::read_to_string(format!("{}/samples/{name}.json", folder(id))).unwrap();
    let mapper = Mapper::compile(&stream).unwrap();
    let records = records_of(&stream, &sample).unwrap();
    records.iter().flat_map(|record| mapper.record(record, 0, 0, &context).unwrap()).collect()
}

fn text(row: &Row, column: &str) -> String {
    if column == "source_id" {
        return row.source_id.clone();
    }
    match row.get(column) {
        Value::Text(text) => text.clone(),
        Value::Decimal(amount) => amount.normalize().to_string(),
        Value::Int(number) => number.to_string(),
        Value::Time(time) => time.to_string(),
        Value::Date(day) => day.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null => "nothing".to_owned(),
        other => format!("{other:?}"),
    }
}

fn texts<const N: usize>(row: &Row, columns: [&str; N]) -> [String; N] {
    columns.map(|column| text(row, column))
}

#[test]
fn the_manifests_have_no_faults_and_every_stream_a_sample() {
    for id in ["google_ads", "ga4", "google_sheets"] {
        let files = std::fs::read_dir(format!("{}/samples", folder(id))).unwrap();
        let files = files.map(|file| file.unwrap().path());
        let samples: BTreeSet<_> =
            files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
        assert_eq!(lint(&manifest(id), &samples), [], "{id}");
    }
}

#[test]
fn managers_are_no_accounts() {
    let accounts = map("google_ads", "accounts");
    assert_eq!(accounts.len(), 1);
    let root = &accounts[0].root;
    assert_eq!(texts(root, ["source_id", "currency", "time_zone"]), ["1234567890", "GBP", "Europe/London"]);
}

#[test]
fn entities_hang_together_by_their_resource_names() {
    let campaigns = map("google_ads", "campaigns");
    assert_eq!(
        texts(&campaigns[0].root, ["level", "objective", "daily_budget", "lifetime_budget", "currency"]),
        ["campaign", "SEARCH", "42.5", "nothing", "GBP"]
    );
    assert_eq!(texts(&campaigns[1].root, ["status", "lifetime_budget"]), ["REMOVED", "1500"]);
    let (groups, ads) = (map("google_ads", "ad_groups"), map("google_ads", "ads"));
    assert_eq!(text(&groups[0].root, "parent_id"), text(&campaigns[0].root, "source_id"));
    assert_eq!(text(&ads[0].root, "parent_id"), text(&groups[0].root, "source_id"));
    assert_eq!([text(&ads[0].root, "name"), text(&ads[1].root, "name")], ["702000000001", "Banner 2"]);
}

#[test]
fn days_keep_every_millionth_and_parts_of_conversions() {
    let days = map("google_ads", "campaign_days");
    assert_eq!(days.len(), 3, "of all chunks of the stream");
    assert_eq!(
        texts(&days[0].root, ["day", "spend", "impressions", "clicks", "conversions", "conversion_value"]),
        ["2026-03-28", "39.871234", "1204", "57", "2.5", "181.325"]
    );
    assert_eq!(texts(&days[1].root, ["spend", "conversions", "provisional"]), ["0", "0", "true"]);
    assert_eq!(text(&days[2].root, "spend"), "150.000001");
}

#[test]
fn columns_are_read_by_their_headers_and_losses_are_flagged() {
    let days = map("ga4", "traffic_days");
    assert_eq!(
        texts(
            &days[0].root,
            ["day", "channel", "traffic_source", "sessions", "users", "page_views", "revenue"]
        ),
        ["2026-03-28", "Paid Search", "google", "214", "190", "702", "431.9"]
    );
    assert_eq!(texts(&days[0].root, ["other_row", "sampled", "currency"]), ["false", "true", "GBP"]);
    assert_eq!(texts(&days[1].root, ["other_row", "transactions"]), ["true", "0"]);
    assert_eq!(text(&map("ga4", "accounts")[0].root, "source_id"), "123456789");
}

#[test]
fn sheets_give_days_times_and_ragged_rows() {
    let points = map("google_sheets", "kpis");
    assert_eq!(points.len(), 2, "blank lines are passed over");
    // summer time has begun: midnight in London is 23 o'clock UTC
    assert_eq!(
        texts(&points[0].root, ["metric", "value", "timestamp"]),
        ["packing_hours", "41.25", "2026-03-29T23:00:00Z"]
    );
    assert_eq!(text(&points[1].root, "metadata"), "nothing");
    let costs = map("google_sheets", "costs");
    assert_eq!(costs.len(), 3);
    assert_eq!(
        texts(&costs[1].root, ["category", "amount", "currency", "since", "until"]),
        ["agency", "1580.5", "GBP", "2026-03-01", "2026-03-31"]
    );
    assert_eq!(texts(&costs[2].root, ["since", "until"]), ["2026-03-09", "nothing"]);
}

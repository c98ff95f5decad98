//! The Klaviyo manifest has no faults, and its samples become the rows that they show.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

use netgain_domain::{Record, Row, Value};
use netgain_manifest::{Manifest, lint};
use netgain_mapping::{Context, Mapper, parse};
use netgain_providers::manifest;

fn klaviyo() -> Manifest {
    manifest("klaviyo").unwrap().unwrap()
}

fn context() -> Context {
    let known = [
        ("account.currency", "GBP"),
        ("account.time_zone", "Europe/London"),
        ("slice.value", "email"),
        ("slice.since", "2026-03-10"),
        ("slice.provisional", "true"),
    ];
    known.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

fn map(stream: &str, sample: &str) -> Vec<Record> {
    let mapper = Mapper::compile(klaviyo().stream(stream).unwrap()).unwrap();
    let mapped = mapper.page(&parse(sample).unwrap(), 0, &context());
    assert_eq!(mapped.quarantined, []);
    mapped.records
}

fn text(row: &Row, column: &str) -> String {
    match row.get(column) {
        Value::Text(text) => text.clone(),
        Value::Decimal(amount) => amount.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Time(time) => time.to_string(),
        Value::Date(day) => day.to_string(),
        Value::Null => "nothing".to_owned(),
        other => format!("{other:?}"),
    }
}

fn texts<const N: usize>(row: &Row, columns: [&str; N]) -> [String; N] {
    columns.map(|column| text(row, column))
}

#[test]
fn the_manifest_has_no_faults_and_every_stream_a_sample() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/klaviyo/samples");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let samples: BTreeSet<_> =
        files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(lint(&klaviyo(), &samples), []);
}

#[test]
fn the_account_brings_its_currency_and_zone() {
    let stream = klaviyo().accounts.unwrap().as_stream();
    let sample = parse(include_str!("../klaviyo/samples/accounts.json")).unwrap();
    let mapped = Mapper::compile(&stream).unwrap().page(&sample, 0, &Context::new());
    assert_eq!(mapped.quarantined, []);
    let row = &mapped.records[0].root;
    assert_eq!(texts(row, ["kind", "currency", "time_zone"]), ["workspace", "GBP", "Europe/London"]);
}

#[test]
fn profiles_say_whether_they_may_be_written_to() {
    let rows = map("profiles", include_str!("../klaviyo/samples/profiles.json"));
    let shown = |row| texts(row, ["email", "phone", "email_consent", "sms_consent", "updated_at"]);
    assert_eq!(
        shown(&rows[0].root),
        ["ruth.vance@example.com", "+447911123456", "subscribed", "subscribed", "2026-03-09T08:00:00Z"]
    );
    assert_eq!(
        shown(&rows[1].root),
        ["ines.berg@example.com", "nothing", "unsubscribed", "never_subscribed", "2026-03-10T09:30:15Z"]
    );
}

#[test]
fn flows_are_campaigns_that_start_by_themselves() {
    let rows = map("flows", include_str!("../klaviyo/samples/flows.json"));
    assert_eq!(texts(&rows[0].root, ["kind", "name", "status"]), ["flow", "Welcome series", "live"]);
}

#[test]
fn what_was_sent_and_brought_is_counted_by_campaign_and_by_day_of_a_flow() {
    let columns = [
        "day",
        "sent",
        "delivered",
        "opened",
        "clicked",
        "bounced",
        "conversions",
        "conversion_value",
        "cost",
    ];
    let campaigns = map("campaign_results", include_str!("../klaviyo/samples/campaign_results.json"));
    assert_eq!(
        texts(&campaigns[0].root, columns),
        ["nothing", "4210", "4172", "1688", "141", "38", "12", "1431.5", "0"]
    );
    let flows = map("flow_days", include_str!("../klaviyo/samples/flow_days.json"));
    assert_eq!(texts(&flows[0].root, columns), ["2026-03-10", "41", "40", "19", "4", "1", "1", "89.95", "0"]);
    assert_eq!(flows[0].root.source_id, "VbQ8Lm:Hq7TzP:email:2026-03-10");
}

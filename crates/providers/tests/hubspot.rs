//! The HubSpot manifest has no faults, and its samples become the rows that they show.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

use netgain_domain::{Record, Row, Value};
use netgain_manifest::{Manifest, lint};
use netgain_mapping::{Context, Mapper, parse};
use netgain_providers::manifest;

fn hubspot() -> Manifest {
    manifest("hubspot").unwrap().unwrap()
}

fn map(stream: &str, sample: &str) -> Vec<Record> {
    let context: Context = [("account.currency", "GBP"), ("account.time_zone", "Europe/London")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let mapper = Mapper::compile(hubspot().stream(stream).unwrap()).unwrap();
    let mapped = mapper.page(&parse(sample).unwrap(), 0, &context);
    assert_eq!(mapped.quarantined, []);
    mapped.records
}

fn text(row: &Row, column: &str) -> String {
    match row.get(column) {
        Value::Text(text) => text.clone(),
        Value::Decimal(amount) => amount.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Time(time) => time.to_string(),
        Value::Null => "nothing".to_owned(),
        other => format!("{other:?}"),
    }
}

fn texts<const N: usize>(row: &Row, columns: [&str; N]) -> [String; N] {
    columns.map(|column| text(row, column))
}

#[test]
fn the_manifest_has_no_faults_and_every_stream_a_sample() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/hubspot/samples");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let samples: BTreeSet<_> =
        files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(lint(&hubspot(), &samples), []);
}

#[test]
fn the_account_brings_its_currency_and_zone() {
    let stream = hubspot().accounts.unwrap().as_stream();
    let sample = parse(include_str!("../hubspot/samples/accounts.json")).unwrap();
    let mapped = Mapper::compile(&stream).unwrap().page(&sample, 0, &Context::new());
    assert_eq!(mapped.quarantined, []);
    let row = &mapped.records[0].root;
    assert_eq!(row.source_id, "4242001");
    assert_eq!(texts(row, ["kind", "currency", "time_zone"]), ["workspace", "GBP", "Europe/London"]);
}

#[test]
fn contacts_keep_numbers_beyond_what_a_float_holds() {
    let rows = map("contacts", include_str!("../hubspot/samples/contacts.json"));
    assert_eq!(rows[0].root.source_id, "9007199254740993");
    let shown = |row| texts(row, ["email", "company_id", "stage", "email_consent", "updated_at"]);
    assert_eq!(
        shown(&rows[0].root),
        ["ruth.vance@example.com", "771", "customer", "nothing", "2026-03-11T12:30:45.12Z"]
    );
    assert_eq!(shown(&rows[1].root)[1..4], ["nothing", "lead", "unsubscribed"]);
}

#[test]
fn deals_have_their_own_currency_and_say_whose_they_are() {
    let rows = map("deals", include_str!("../hubspot/samples/deals.json"));
    let columns = ["amount", "currency", "stage_id", "status", "contact_id", "company_id", "closed_at"];
    assert_eq!(
        texts(&rows[0].root, columns),
        ["1450.50", "EUR", "closedwon", "won", "9007199254740993", "771", "2026-03-01T00:00:00Z"]
    );
    assert_eq!(
        texts(&rows[1].root, columns),
        ["nothing", "GBP", "contractsent", "open", "nothing", "nothing", "nothing"]
    );
}

#[test]
fn emails_are_campaigns_with_what_they_reached() {
    let campaigns = map("marketing_emails", include_str!("../hubspot/samples/marketing_emails.json"));
    assert_eq!(texts(&campaigns[1].root, ["status", "sent_at"]), ["DRAFT", "nothing"]);
    let results =
        map("marketing_email_results", include_str!("../hubspot/samples/marketing_email_results.json"));
    let columns = ["day", "sent", "delivered", "opened", "clicked", "bounced", "unsubscribed"];
    assert_eq!(texts(&results[0].root, columns), ["nothing", "812", "801", "377", "42", "11", "3"]);
}

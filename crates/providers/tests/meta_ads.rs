//! The Meta Ads manifest has no faults, and its samples become the rows that they show.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

use netgain_domain::{Record, Row, Value};
use netgain_manifest::{Manifest, lint};
use netgain_mapping::{Context, Mapper, parse};
use netgain_providers::manifest;

fn meta() -> Manifest {
    manifest("meta_ads").unwrap().unwrap()
}

/// What the engine knows beside a record.
fn context(currency: &str) -> Context {
    let known = [
        ("account.currency", currency),
        ("account.time_zone", "Europe/London"),
        ("slice.account", "1234567890"),
        ("slice.provisional", "true"),
    ];
    known.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

fn map_in(stream: &str, sample: &str, currency: &str) -> Vec<Record> {
    let manifest = meta();
    let mapper = Mapper::compile(manifest.stream(stream).unwrap()).unwrap();
    let mapped = mapper.page(&parse(sample).unwrap(), 0, &context(currency));
    assert_eq!(mapped.quarantined, []);
    mapped.records
}

fn map(stream: &str, sample: &str) -> Vec<Record> {
    map_in(stream, sample, "GBP")
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
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/meta_ads/samples");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let samples: BTreeSet<_> =
        files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(lint(&meta(), &samples), []);
}

#[test]
fn the_account_brings_its_currency_and_zone() {
    let stream = meta().accounts.unwrap().as_stream();
    let sample = parse(include_str!("../meta_ads/samples/accounts.json")).unwrap();
    let mapped = Mapper::compile(&stream).unwrap().page(&sample, 0, &Context::new());
    assert_eq!(mapped.quarantined, []);
    let row = &mapped.records[0].root;
    // the paths put `act_` before it by themselves
    assert_eq!(row.source_id, "1234567890");
    assert_eq!(texts(row, ["kind", "currency", "time_zone"]), ["ad_account", "GBP", "Europe/London"]);
}

#[test]
fn campaigns_ad_sets_and_ads_stand_below_each_other() {
    let campaigns = map("campaigns", include_str!("../meta_ads/samples/campaigns.json"));
    let sets = map("ad_sets", include_str!("../meta_ads/samples/ad_sets.json"));
    let ads = map("ads", include_str!("../meta_ads/samples/ads.json"));
    let [spring, friday] = campaigns.as_slice() else { panic!("{}", campaigns.len()) };
    assert_eq!(
        texts(&spring.root, ["level", "parent_id", "daily_budget", "lifetime_budget", "updated_at"]),
        ["campaign", "nothing", "125.00", "nothing", "2026-04-21T21:33:56Z"]
    );
    assert_eq!(texts(&friday.root, ["effective_status", "daily_budget"]), ["DELETED", "nothing"]);
    let budgets = |row| texts(row, ["level", "daily_budget", "lifetime_budget"]);
    assert_eq!(budgets(&sets[0].root), ["ad_set", "40.50", "nothing"]);
    assert_eq!(budgets(&sets[1].root), ["ad_set", "nothing", "900.00"]);
    assert_eq!(text(&sets[0].root, "parent_id"), spring.root.source_id);
    assert_eq!(texts(&ads[0].root, ["level", "status"]), ["ad", "ARCHIVED"]);
    assert_eq!(text(&ads[0].root, "parent_id"), sets[0].root.source_id);
}

#[test]
fn a_budget_in_yen_or_forint_has_no_decimals() {
    for (currency, budget) in [("JPY", "12500"), ("HUF", "12500"), ("EUR", "125.00")] {
        let campaigns = map_in("campaigns", include_str!("../meta_ads/samples/campaigns.json"), currency);
        assert_eq!(texts(&campaigns[0].root, ["daily_budget", "currency"]), [budget, currency]);
    }
}

#[test]
fn a_purchase_counts_once_under_its_widest_name() {
    let days = map("insights", include_str!("../meta_ads/samples/insights.json"));
    let shown: Vec<_> = days
        .iter()
        .map(|day| texts(&day.root, ["day", "spend", "conversions", "conversion_value", "clicks"]))
        .collect();
    assert_eq!(
        shown,
        [
            ["2026-03-01", "14.35", "3", "179.9", "31"],
            // the aggregate before the channel; a value that only the channel has is better than none
            ["2026-03-02", "9", "2", "42.00", "11"],
            ["2026-03-03", "0.4", "0", "0", "0"],
        ]
    );
    let row = &days[0].root;
    assert_eq!(row.source_id, "23850000000000031:2026-03-01");
    assert_eq!(
        texts(row, ["level", "entity_id", "ad_set_id", "account_id", "currency", "time_zone"]),
        ["ad", "23850000000000031", "23850000000000021", "1234567890", "GBP", "Europe/London"]
    );
    assert_eq!(row.get("provisional"), &Value::Bool(true));
}

#[test]
fn no_address_holds_the_token() {
    let manifest = include_str!("../meta_ads/manifest.yaml");
    assert!(!manifest.contains("{connection.access_token}") && !manifest.contains("access_token="));
    let streams = meta().streams;
    let mut names = streams.iter().flat_map(|stream| stream.request.query.keys());
    assert!(names.all(|name| name != "access_token"));
}

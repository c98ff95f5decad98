//! Attribution, CRM and text messages.

use netgain_domain::{Record, Table};
use netgain_mapping::{Context, Mapper, parse};

use crate::support::{self, manifest, records, records_in, sample};

fn text(record: &Record, column: &str) -> String {
    support::text(&record.root, column)
}

fn texts<const N: usize>(record: &Record, columns: [&str; N]) -> [String; N] {
    support::texts(&record.root, columns)
}

#[test]
fn what_the_pixel_credits_is_a_day_of_an_ad_or_channel() {
    let [day] = &records("triplewhale", "ad_days")[..] else { panic!("one row") };
    assert_eq!(day.root.source_id, "2026-03-31:facebook-ads:120220000000000031");
    assert_eq!(
        texts(day, ["day", "level", "entity_id", "spend", "orders", "revenue", "model", "currency"]),
        ["2026-03-31", "ad", "120220000000000031", "84.12", "2.5", "311.4", "triple", "GBP"]
    );
    let channels = records("triplewhale", "channel_days");
    let named: Vec<String> = channels.iter().map(|row| text(row, "entity_id")).collect();
    assert_eq!(named, ["facebook-ads", "klaviyo"]);
}

#[test]
fn the_summary_is_a_point_for_each_figure_and_day() {
    let points = records_in("triplewhale", "summary", &[("slice.since", "2026-03-31")]);
    assert_eq!(points[0].root.source_id, "2026-03-31:revenue");
    assert_eq!(
        texts(&points[0], ["metric", "value", "timestamp"]),
        ["revenue", "12345.67", "2026-03-31T00:00:00Z"]
    );
}

#[test]
fn an_order_brings_the_visits_that_are_credited() {
    let orders = records("triplewhale", "journeys");
    assert_eq!(orders[0].root.source_id, "5100000001024", "the shop's own id of the order");
    assert_eq!(texts(&orders[0], ["is_known", "created_at"]), ["true", "2026-03-10T16:00:00Z"]);
    let visit =
        |row| support::texts(row, ["position", "referrer_source", "campaign_id", "ad_id", "occurred_at"]);
    let [first, last] = &orders[0].children[..] else { panic!("two visits") };
    let ad = "120220000000000031";
    assert_eq!(visit(first), ["first", "facebook-ads", "120200000000000011", ad, "2026-03-08T14:30:00Z"]);
    assert_eq!(visit(last), ["last", "klaviyo", "weekly-letter", "nothing", "2026-03-10T15:40:00Z"]);
    assert_eq!(
        (first.table, first.source_id.as_str()),
        (Table::Touchpoints, "5100000001024:facebook-ads:2026-03-08T09:30:00.000-0500")
    );
    // nothing led to the second one
    assert!(orders[1].children.is_empty());
}

#[test]
fn an_outcome_that_is_not_known_is_set_aside() {
    let manifest = manifest("gohighlevel");
    let stream = manifest.stream("opportunities").unwrap();
    let strange = sample("gohighlevel", "opportunities").replace("\"open\"", "\"paused\"");
    let mapped = Mapper::compile(stream).unwrap().page(&parse(&strange).unwrap(), 0, &Context::new());
    assert_eq!((mapped.records.len(), mapped.quarantined.len()), (0, 1));
    assert_eq!(mapped.quarantined[0].path, "status");
}

#[test]
fn consent_stages_and_outcomes_are_told_in_our_words() {
    let contacts = records("gohighlevel", "contacts");
    assert_eq!(
        texts(&contacts[0], ["sms_consent", "email_consent", "stage"]),
        ["unsubscribed", "subscribed", "customer"]
    );
    assert_eq!(texts(&contacts[1], ["email", "phone", "sms_consent"]), ["nothing", "nothing", "nothing"]);
    let deal = &records("gohighlevel", "opportunities")[0];
    assert_eq!(texts(deal, ["status", "amount", "contact_id"]), ["open", "1250.5", "seD4PfOuKoVMLkEZqohJ"]);
    let manifest = manifest("gohighlevel");
    let pipelines = manifest.stream("pipelines").unwrap();
    let stage =
        r#"{"id": "s1", "name": "Paid", "position": 1, "pipeline_id": "p1", "pipeline_name": "Wholesale"}"#;
    let mapper = Mapper::compile(pipelines).unwrap();
    let stage = &mapper.record(&parse(stage).unwrap(), 0, 0, &Context::new()).unwrap()[0];
    assert_eq!(
        texts(stage, ["pipeline_id", "pipeline_name", "name", "position"]),
        ["p1", "Wholesale", "Paid", "1"]
    );
}

#[test]
fn subscribers_and_keywords() {
    let people = records("postscript", "subscribers");
    assert_eq!(texts(&people[0], ["sms_consent", "lead_source", "country"]), ["subscribed", "JOIN", "GB"]);
    assert_eq!(texts(&people[1], ["sms_consent", "email"]), ["unsubscribed", "nothing"]);
    let word = &records("postscript", "keywords")[0];
    assert_eq!(texts(word, ["kind", "channel", "name"]), ["keyword", "sms", "JOIN"]);
}

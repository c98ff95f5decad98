//! The Stripe manifest has no faults, and its samples become the rows that they show.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

use netgain_domain::{Record, Row, Value};
use netgain_manifest::{Manifest, lint};
use netgain_mapping::{Context, Mapper, parse};
use netgain_providers::manifest;

fn stripe() -> Manifest {
    manifest("stripe").unwrap().unwrap()
}

fn map(stream: &str, sample: &str) -> Vec<Record> {
    let manifest = stripe();
    let mapper = Mapper::compile(manifest.stream(stream).unwrap()).unwrap();
    let mapped = mapper.page(&parse(sample).unwrap(), 0, &Context::new());
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
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/stripe/samples");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let samples: BTreeSet<_> =
        files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(lint(&stripe(), &samples), []);
}

#[test]
fn minor_units_become_amounts_by_their_currency() {
    let rows = map("balance_transactions", include_str!("../stripe/samples/balance_transactions.json"));
    let [payout, fee, charge, yen] = rows.as_slice() else { panic!("{}", rows.len()) };
    let columns = ["kind", "gross", "fee", "net", "currency", "order_ref", "source_ref"];
    assert_eq!(
        texts(&charge.root, columns),
        ["charge", "126.00", "3.95", "122.05", "GBP", "#1001", "ch_sample_1"]
    );
    assert_eq!(texts(&fee.root, columns), ["fee", "0.00", "2.50", "-2.50", "GBP", "nothing", "nothing"]);
    assert_eq!(texts(&payout.root, ["kind", "gross"]), ["payout", "-119.55"]);
    assert_eq!(texts(&yen.root, ["gross", "fee", "currency"]), ["2400", "106", "JPY"]);
    assert_eq!(text(&charge.root, "created_at"), "2026-03-10T12:00:00Z");
}

#[test]
fn payouts_subscriptions_and_invoices() {
    let payout = &map("payouts", include_str!("../stripe/samples/payouts.json"))[0].root;
    assert_eq!(texts(payout, ["amount", "status", "arrives_on"]), ["119.55", "in_transit", "2026-03-16"]);
    let subscription = &map("subscriptions", include_str!("../stripe/samples/subscriptions.json"))[0].root;
    let columns = ["status", "amount", "interval", "period_end", "plan"];
    assert_eq!(
        texts(subscription, columns),
        ["active", "36.00", "month", "2026-04-25T06:13:20Z", "price_sample_1"]
    );
    let changes = map("subscription_changes", include_str!("../stripe/samples/subscription_changes.json"));
    let kinds: Vec<String> = changes.iter().map(|change| text(&change.root, "kind")).collect();
    assert_eq!(kinds, ["updated", "created"]);
    let invoices = map("invoices", include_str!("../stripe/samples/invoices.json"));
    let columns = ["subscription_id", "status", "total", "tax", "amount_paid"];
    assert_eq!(texts(&invoices[0].root, columns), ["sub_sample_1", "paid", "36.00", "6.00", "36.00"]);
    assert_eq!(texts(&invoices[1].root, columns), ["nothing", "draft", "2400", "0", "0"]);
}

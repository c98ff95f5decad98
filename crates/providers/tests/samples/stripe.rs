//! Stripe: movements of the balance, payouts, subscriptions and invoices.

use netgain_domain::Record;

use crate::support::{records, text, texts};

const ID: &str = "stripe";

fn map(stream: &str) -> Vec<Record> {
    records(ID, stream)
}

#[test]
fn minor_units_become_amounts_by_their_currency() {
    let rows = map("balance_transactions");
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
    let payout = &map("payouts")[0].root;
    assert_eq!(texts(payout, ["amount", "status", "arrives_on"]), ["119.55", "in_transit", "2026-03-16"]);
    let subscription = &map("subscriptions")[0].root;
    let columns = ["status", "amount", "interval", "period_end", "plan"];
    assert_eq!(
        texts(subscription, columns),
        ["active", "36.00", "month", "2026-04-25T06:13:20Z", "price_sample_1"]
    );
    let changes = map("subscription_changes");
    let kinds: Vec<String> = changes.iter().map(|change| text(&change.root, "kind")).collect();
    assert_eq!(kinds, ["updated", "created"]);
    let invoices = map("invoices");
    let columns = ["subscription_id", "status", "total", "tax", "amount_paid"];
    assert_eq!(texts(&invoices[0].root, columns), ["sub_sample_1", "paid", "36.00", "6.00", "36.00"]);
    assert_eq!(texts(&invoices[1].root, columns), ["nothing", "draft", "2400", "0", "0"]);
}

//! Stripe: movements of the balance, payouts, subscriptions with their prices and discounts, and invoices.

use netgain_domain::{Record, Table};

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

#[test]
fn prices_by_tiers_and_discounts_in_their_order() {
    let prices = map("prices");
    let tiered = &prices[0];
    let columns = ["scheme", "tiers_mode", "unit_amount", "currency"];
    assert_eq!(texts(&tiered.root, columns), ["tiered", "graduated", "nothing", "GBP"]);
    let columns = ["price_id", "place", "up_to", "unit_amount", "flat_amount"];
    let tiers: Vec<_> = tiered.children.iter().map(|tier| texts(tier, columns)).collect();
    assert_eq!(
        tiers,
        [
            ["price_sample_3", "0", "5", "16.20", "6.00"],
            ["price_sample_3", "1", "nothing", "14.405", "nothing"]
        ]
    );
    assert_eq!(
        texts(&prices[1].root, ["unit_amount", "package_size", "package_round"]),
        ["18.00", "10", "up"]
    );
    let coupons = map("coupons");
    assert_eq!(texts(&coupons[0].root, ["percent", "amount", "currency"]), ["nothing", "5.00", "GBP"]);
    assert_eq!(texts(&coupons[1].root, ["percent", "amount", "currency"]), ["10.5", "nothing", "nothing"]);
    let subscription = &map("subscriptions")[0];
    let of = |table: Table| subscription.children.iter().filter(move |row| row.table == table);
    let columns = ["subscription_id", "price_id", "quantity", "unit_amount", "usage"];
    let items: Vec<_> = of(Table::SubscriptionItems).map(|item| texts(item, columns)).collect();
    assert_eq!(
        items,
        [
            ["sub_sample_1", "price_sample_1", "2", "18.00", "licensed"],
            ["sub_sample_1", "price_sample_2", "nothing", "0.05", "metered"]
        ]
    );
    let columns = ["item_id", "place", "coupon_id", "percent", "amount", "duration"];
    let discounts: Vec<_> = of(Table::SubscriptionDiscounts).map(|taken| texts(taken, columns)).collect();
    assert_eq!(
        discounts,
        [
            ["nothing", "0", "co_sample_1", "10", "nothing", "forever"],
            ["nothing", "1", "co_sample_2", "nothing", "5.00", "repeating"],
            ["si_sample_1", "0", "co_sample_2", "nothing", "nothing", "nothing"]
        ]
    );
}

//! Stripe: the balance's movements equal the shop's card payments, changes come by events.

use netgain_sandbox::Options;
use netgain_sandbox::stripe::empty_account_key;
use netgain_sandbox::world::shop::{Gateway, PaymentKind};

use crate::baseline;
use crate::harness::{Connected, hundredths, new_home, small};
use crate::table::{Empty, Expiry, Platform, Spoiled, Unknown};

pub static PLATFORM: Platform = Platform {
    id: "stripe",
    face: "stripe",
    truth,
    filled: ("balance_transactions", 500),
    bent: "stripe.customers",
    paged: "stripe.customers",
    mode: &[],
    throttled_with: 429,
    expiry: Expiry::Cured("make a new restricted key and connect again"),
    revoked: "connect again with a restricted key",
    spoiled: Spoiled {
        point: "stripe.customers",
        path: "data.0.created",
        field: "created",
        tables: &["customers"],
    },
    unknown: Unknown::Row {
        point: "stripe.balance_transactions",
        path: "data.0.reporting_category",
        table: "balance_transactions",
        cells: &["other"],
    },
    empty: Empty::Other("api_key", |state| empty_account_key(&state.secrets)),
    never_empty: &[],
    restated: None,
    without: &[("restated_day", "movements of the balance are final: there are no days of ads")],
};

/// Card payments, refunds and fees of the shop.
fn truth(connected: &Connected) {
    let shop = connected.state().world.shop();
    let [mut taken, mut back, mut fees] = [0; 3];
    for payment in shop.orders.iter().filter(|order| !order.test).flat_map(|order| &order.payments) {
        if payment.gateway != Gateway::ShopifyPayments || payment.failed {
            continue;
        }
        match payment.kind {
            PaymentKind::Sale | PaymentKind::Capture => taken += payment.amount,
            PaymentKind::Refund => back += payment.amount,
            _ => {}
        }
        fees += payment.fee.map_or(0, |fee| fee.amount);
    }
    drop(shop);
    let of = |what: &str, kind: &str| {
        connected.amount(&format!(
            "SELECT sum({what}) FROM balance_transactions WHERE kind = '{kind}' AND order_ref IS NOT NULL"
        ))
    };
    assert_eq!(of("gross", "charge"), hundredths(taken));
    assert_eq!(of("gross", "refund"), hundredths(-back));
    assert_eq!(of("fee", "charge"), hundredths(fees));
}

#[test]
fn currencies_without_minor_units_are_whole() {
    // subscriptions abroad begin late in the club's life
    let options = Options { days: Some(200), ..small() };
    let connected = Connected::within(&PLATFORM, options, new_home(), &[]);
    connected.sync();
    let rows = connected.rows();
    let yen: Vec<i64> = rows
        .of_table("invoices")
        .filter(|row| row.cell("currency") == Some("JPY"))
        .map(|row| row.cell("total").unwrap().split('.').next().unwrap().parse().unwrap())
        .collect();
    assert!(!yen.is_empty() && yen.iter().all(|total| total % 2_400 == 0), "{yen:?}");
}

#[test]
fn a_day_reads_what_changed_and_not_everything() {
    let later = baseline::of(&PLATFORM).elsewhere();
    later.advance(1);
    let report = later.sync();
    assert!(report.one("balance_transactions", "new") > 10, "{report:?}");
    // money that became available; the rest of the eight days stays as it was
    let of = |figure: &str| report.one("balance_transactions", figure);
    assert!(of("unchanged") > of("changed"), "{report:?}");
    assert!(report.one("customers", "records") < 200, "{report:?}");
}

//! Stripe from end to end: the balance's movements equal the shop's card payments, changes come by events, failures end
//! as if they had not been.

use netgain_sandbox::stripe::empty_account_key;
use netgain_sandbox::world::shop::{Gateway, PaymentKind};
use serde_json::json;

use crate::common::{
    advance, all, assert_fired, clear_faults, connected, connected_with, hundredths, one, sandbox, sync,
    sync_refused, value,
};
use crate::program::{Sandbox, assert_same};

/// Card payments, refunds and fees of the shop, in pence.
fn books(sandbox: &Sandbox) -> [i64; 3] {
    let shop = sandbox.state().world.shop();
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
    [taken, back, fees]
}

#[test]
fn movements_equal_the_shop_and_a_second_sync_moves_nothing() {
    let sandbox = sandbox();
    let home = connected(&sandbox, "stripe");
    let first = sync(&home);
    assert_eq!((all(&first, "quarantined"), all(&first, "unchanged")), (0, 0), "{first:?}");
    assert!(one(&first, "customers", "records") > 7_000);
    let sums = |home: &_| {
        let of = |what: &str, kind: &str| {
            let sql = format!(
                "SELECT sum({what}) FROM balance_transactions WHERE kind = '{kind}' AND order_ref IS NOT NULL"
            );
            hundredths(home, &sql)
        };
        [of("gross", "charge"), -of("gross", "refund"), of("fee", "charge")]
    };
    assert_eq!(sums(&home), books(&sandbox));
    // yen are whole
    let yen = value(&home, "SELECT count(*) FROM invoices WHERE currency = 'JPY' AND total % 2400 <> 0");
    assert_eq!(yen, "0");
    assert_ne!(value(&home, "SELECT count(*) FROM invoices WHERE currency = 'JPY'"), "0");

    let again = sync(&home);
    assert_eq!([all(&again, "rows"), all(&again, "new"), all(&again, "changed")], [0, 0, 0], "{again:?}");

    advance(&sandbox, 1);
    let later = sync(&home);
    assert!(one(&later, "balance_transactions", "new") > 10, "{later:?}");
    // money that became available; the rest of the eight days stays as it was
    assert!(
        one(&later, "balance_transactions", "unchanged") > one(&later, "balance_transactions", "changed")
    );
    assert!(one(&later, "customers", "records") < 200, "{later:?}");
    assert!(
        one(&later, "subscription_changes", "new") > 0 && one(&later, "payouts", "new") == 1,
        "{later:?}"
    );
    assert_eq!(sums(&home), books(&sandbox));
    // what came step by step is what a fresh reading finds
    let fresh = connected(&sandbox, "stripe");
    sync(&fresh);
    for table in ["balance_transactions", "payouts", "customers", "subscriptions", "invoices"] {
        let of = |home: &_| -> Vec<_> {
            let digest: Vec<_> = crate::program::Home::digest(home);
            digest.into_iter().filter(|found| found.table == table).map(|found| found.rows).collect()
        };
        assert_eq!(of(&home), of(&fresh), "{table}");
    }
    let statuses = "SELECT string_agg(status || n, ',' ORDER BY status) FROM \
        (SELECT status, count(*) AS n FROM subscriptions GROUP BY status)";
    assert_eq!(value(&home, statuses), value(&fresh, statuses));
}

#[test]
fn limits_failures_and_cut_answers_end_as_if_they_had_not_been() {
    let sandbox = sandbox();
    let home = connected_with(&sandbox, "stripe", "api_key", &empty_account_key(&sandbox.state().secrets));
    let nothing = sync(&home);
    let read = (all(&nothing, "records"), all(&nothing, "rows"));
    assert_eq!(read, (1, 1), "an empty account is fine: nothing but itself");

    let expected = connected(&sandbox, "stripe");
    sync(&expected);
    let home = connected(&sandbox, "stripe");
    sandbox.faults(&json!({"rules": [
        {"point": "stripe.balance_transactions", "after": 2, "first": 2, "fault": {"kind": "throttled"}},
        {"point": "stripe.customers", "after": 3, "first": 3, "fault": {"kind": "status", "status": 500}},
        {"point": "stripe.payouts", "after": 1, "first": 1, "fault": {"kind": "reset", "after_bytes": 700}},
        {"point": "stripe.invoices", "after": 1, "first": 1, "fault": {"kind": "truncate"}},
    ]}));
    sync(&home);
    assert_fired(&sandbox);
    assert_same_tables(&home, &expected);
}

fn assert_same_tables(found: &crate::program::Home, expected: &crate::program::Home) {
    let balance = |home: &crate::program::Home| {
        home.digest().into_iter().filter(|table| table.rows > 0).collect::<Vec<_>>()
    };
    let (found, expected) = (balance(found), balance(expected));
    assert!(expected.iter().any(|table| table.table == "balance_transactions"));
    if expected.iter().any(|table| table.table == "orders") {
        assert_same(&found, &expected);
    } else {
        assert_eq!(found, expected);
    }
}

#[test]
fn a_key_that_is_gone_pauses_and_wrong_types_are_set_aside() {
    let sandbox = sandbox();
    let home = connected(&sandbox, "stripe");
    sandbox.faults(&json!([{"point": "stripe.payouts", "fault": {"kind": "expired_token"}}]));
    let told = sync_refused(&home);
    assert!(told.contains("restricted key") && told.contains("connect again"), "{told}");
    let control = netgain_control::Control::open(home.path()).unwrap();
    let connection = control.connection(&"w".parse().unwrap(), &"stripe".parse().unwrap()).unwrap();
    assert_eq!(
        (connection.state.name(), connection.error.unwrap().code.as_str()),
        ("paused", "auth_revoked")
    );
    clear_faults(&sandbox);

    let home = connected(&sandbox, "stripe");
    sandbox.faults(&json!([
        {"point": "stripe.payouts", "first": 1, "fault": {"kind": "wrong_type", "path": "data.*.amount"}},
        {"point": "stripe.subscriptions", "first": 1, "fault": {"kind": "wrong_type", "path": "data.*.cancel_at_period_end"}},
    ]));
    let streams = sync(&home);
    assert_eq!(one(&streams, "payouts", "quarantined"), 100, "{streams:?}");
    assert!(one(&streams, "subscriptions", "quarantined") > 0);
    assert!(one(&streams, "payouts", "new") > 100);
}

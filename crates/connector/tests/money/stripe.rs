//! Stripe: the balance's movements equal the shop's card payments; changes come by events.

use netgain_domain::{Row, Table, Value};
use netgain_sandbox::Running;
use netgain_sandbox::stripe::{empty_account_key, narrow_key};
use netgain_sandbox::world::shop::{Gateway, PaymentKind};
use rust_decimal::Decimal;
use serde_json::json;

use crate::rig::{Rig, sandbox, says};

const STREAMS: [&str; 6] =
    ["balance_transactions", "payouts", "customers", "subscriptions", "subscription_changes", "invoices"];

/// Card payments, refunds and fees of the shop.
fn books(running: &Running) -> [Decimal; 3] {
    let shop = running.state.world.shop();
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
    [taken, back, fees].map(|cents| Decimal::new(cents, 2))
}

fn found(rig: &Rig) -> [Decimal; 3] {
    let of =
        |kind: &'static str| move |row: &Row| says(row, "kind", kind) && *row.get("order_ref") != Value::Null;
    let table = Table::BalanceTransactions;
    [
        rig.sum(table, "gross", of("charge")),
        -rig.sum(table, "gross", of("refund")),
        rig.sum(table, "fee", of("charge")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_step_by_step_is_what_a_fresh_reading_finds() {
    let running = sandbox(|_| ()).await;
    let rig = Rig::new(&running, "stripe", &[]);
    for stream in STREAMS {
        let first = rig.read(stream).await;
        assert!(first.new > 10 && first.unchanged == 0, "{stream}: {first:?}");
        let again = rig.read(stream).await;
        assert_eq!((again.new, again.changed, again.deleted), (0, 0, 0), "{stream}: {again:?}");
        assert!(again.records < first.records / 2, "{stream} is read whole again: {again:?}");
    }
    assert_eq!(found(&rig), books(&running));
    let yen: Vec<Row> =
        rig.rows(Table::Invoices).into_iter().filter(|row| says(row, "currency", "JPY")).collect();
    assert!(!yen.is_empty());
    for invoice in &yen {
        let Value::Decimal(total) = invoice.get("total") else { panic!("{invoice:?}") };
        assert_eq!(*total % Decimal::from(2_400), Decimal::ZERO, "yen have no minor unit");
    }
    let customers = rig.rows(Table::Customers).len();

    rig.advance(1).await;
    for stream in STREAMS {
        let later = rig.read(stream).await;
        assert!(later.new + later.changed > 0, "{stream}: {later:?}");
        assert!(later.new < 200, "{stream}: {later:?}");
    }
    assert_eq!(found(&rig), books(&running));
    rig.advance(20).await;
    let mut deleted = 0;
    for stream in STREAMS {
        deleted += rig.read(stream).await.deleted;
    }
    assert!(deleted > 0 && rig.rows(Table::Customers).len() > customers);

    let fresh = Rig::new(&running, "stripe", &[]);
    for stream in STREAMS {
        fresh.read(stream).await;
    }
    for table in
        [Table::BalanceTransactions, Table::Payouts, Table::Customers, Table::Subscriptions, Table::Invoices]
    {
        let (stepwise, whole) = (rig.rows(table), fresh.rows(table));
        assert_eq!(stepwise.len(), whole.len(), "{table:?}");
        let differing = stepwise.iter().zip(&whole).find(|(one, other)| one != other);
        assert_eq!(differing, None, "{table:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_failures_and_cut_answers_end_as_if_they_had_not_been() {
    let running = sandbox(|_| ()).await;
    let expected = Rig::new(&running, "stripe", &[]);
    let rig = Rig::new(&running, "stripe", &[]);
    for stream in ["payouts", "customers", "invoices"] {
        expected.read(stream).await;
    }
    rig.faults(json!([
        {"point": "stripe.payouts", "after": 1, "first": 2, "fault": {"kind": "throttled"}},
        {"point": "stripe.payouts", "after": 4, "first": 1, "fault": {"kind": "reset", "after_bytes": 700}},
        {"point": "stripe.customers", "after": 3, "first": 3, "fault": {"kind": "status", "status": 500}},
        {"point": "stripe.invoices", "after": 1, "first": 1, "fault": {"kind": "truncate"}},
    ]));
    let limited = rig.read("payouts").await;
    assert!(limited.waited.contains(&"rate_limited"), "{limited:?}");
    rig.read("customers").await;
    rig.read("invoices").await;
    rig.assert_fired();
    for table in [Table::Payouts, Table::Customers, Table::Invoices] {
        assert_eq!(rig.rows(table), expected.rows(table), "{table:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_gone_or_narrow_empty_accounts_and_wrong_types() {
    let running = sandbox(|_| ()).await;
    let secrets = &running.state.secrets;
    let empty = Rig::new(&running, "stripe", &[("api_key", empty_account_key(secrets))]);
    for stream in STREAMS {
        assert_eq!(empty.read(stream).await.records, 0, "{stream}");
    }
    let narrow = Rig::new(&running, "stripe", &[("api_key", narrow_key(secrets))]);
    let told = narrow.run("payouts").await.unwrap_err().to_string();
    assert!(told.contains("permission"), "{told}");
    let wrong = Rig::new(&running, "stripe", &[("api_key", "rk_live_hushhush0000".to_owned())]);
    let error = wrong.run("customers").await.unwrap_err();
    assert!(error.to_string().contains("connect again") && !error.to_string().contains("hush"), "{error}");

    let rig = Rig::new(&running, "stripe", &[]);
    rig.faults(json!([{"point": "stripe.payouts", "fault": {"kind": "expired_token"}}]));
    let told = rig.run("payouts").await.unwrap_err().to_string();
    assert!(told.contains("make a new restricted key"), "{told}");
    rig.faults(json!([
        {"point": "stripe.payouts", "first": 1, "fault": {"kind": "wrong_type", "path": "data.*.amount"}},
    ]));
    let counts = rig.run("payouts").await.unwrap();
    assert_eq!(counts.quarantined.len(), 100, "{counts:?}");
    assert!(counts.quarantined[0].contains("amount") && counts.new > 100);
}

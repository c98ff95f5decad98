//! The Selling Partner API: a second channel's orders and what they came to after fees, visits by report.

use netgain_domain::Decimal;
use netgain_sandbox::amazon_sp::{empty_seller_refresh_token, narrow_refresh_token, sold};

use crate::harness::{Connected, hundredths, new_home, small};
use crate::program::Sandbox;
use crate::table::{Empty, Expiry, Platform, Spoiled, Unknown};

pub static PLATFORM: Platform = Platform {
    id: "amazon_sp",
    face: "amazon_sp",
    truth,
    filled: ("orders", 100),
    bent: "amazon_sp.transactions",
    paged: "amazon_sp.transactions",
    mode: &[],
    throttled_with: 429,
    expiry: Expiry::Refreshed("amazon_sp.oauth"),
    revoked: "connect again with a new refresh_token",
    spoiled: Spoiled {
        point: "amazon_sp.orders",
        path: "orders.0.createdTime",
        field: "createdTime",
        tables: &["orders"],
    },
    unknown: Unknown::Row {
        point: "amazon_sp.orders",
        path: "orders.0.fulfillment.fulfillmentStatus",
        table: "orders",
        cells: &["unknown"],
    },
    empty: Empty::Other("refresh_token", |state| empty_seller_refresh_token(&state.secrets)),
    never_empty: &[],
    restated: None,
    without: &[("restated_day", "days of ads are another API; days of visits are compared by a_day_later")],
};

fn truth(connected: &Connected) {
    let (orders, cents) = sold(connected.state());
    assert_eq!(connected.count("SELECT count(*) FROM orders"), orders);
    let sold = connected.amount("SELECT sum(total_amount) FROM sale_events");
    assert_eq!(sold, hundredths(cents));
    let paid = "SELECT sum(total_price) FROM orders WHERE financial_status = 'paid'";
    assert_eq!(connected.amount(paid), sold);
    let net = connected.amount("SELECT sum(net) - sum(gross) + sum(fee) FROM balance_transactions");
    assert_eq!(net, Decimal::ZERO);
    let fees = connected.amount("SELECT sum(fee) FROM balance_transactions WHERE kind = 'charge'");
    assert!(fees > Decimal::ZERO);
    let paid_out = connected.amount("SELECT -sum(net) FROM balance_transactions WHERE kind = 'payout'");
    assert_eq!(paid_out, connected.amount("SELECT sum(amount) FROM payouts"));
    assert!(connected.count("SELECT count(*) FROM web_days") >= 30);
}

#[test]
fn a_missing_role_is_named() {
    let sandbox = Sandbox::start(small());
    let token = narrow_refresh_token(&sandbox.state().secrets);
    let connected = Connected { platform: &PLATFORM, sandbox, home: new_home() };
    connected.connect(&[("refresh_token", &token)]);
    let output = connected.home.output(&["sync", "--workspace", "w"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && told.contains("Finance and Accounting"), "{told}");
}

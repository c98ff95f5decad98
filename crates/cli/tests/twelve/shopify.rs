//! Shopify: every amount of the ladder equals the world's own books, on both ways in.

use netgain_sandbox::Brand;

use crate::harness::Connected;
use crate::table::{Empty, Expiry, Platform, Spoiled, Unknown};

pub static PLATFORM: Platform = Platform {
    id: "shopify",
    face: "shopify",
    truth,
    filled: ("orders", 500),
    bent: "shopify.graphql",
    paged: "shopify.graphql",
    mode: &["--paged"],
    throttled_with: 200,
    expiry: Expiry::Cured("new access token"),
    revoked: "new access token",
    spoiled: Spoiled {
        point: "shopify.graphql",
        path: "data.orders.nodes.0.name",
        field: "name",
        tables: &["orders"],
    },
    unknown: Unknown::Row {
        point: "shopify.graphql",
        path: "data.orders.nodes.0.displayFinancialStatus",
        table: "orders",
        cells: &["unknown"],
    },
    empty: Empty::World(Brand::Empty),
    never_empty: &[],
    restated: None,
    without: &[("restated_day", "the shop's books have no days of ads")],
};

fn truth(connected: &Connected) {
    let orders = connected.state().world.shop().orders.len();
    assert_eq!(connected.count("SELECT count(*) FROM orders"), orders);
    let truth = connected.sandbox.get("/world/truth");
    let (from, to) = (truth["from"].as_str().unwrap(), truth["to"].as_str().unwrap());
    let found = connected.home.profit(from, to, "day");
    for column in
        ["orders", "gross_sales", "discounts", "returns", "net_sales", "shipping_income", "payment_fees"]
    {
        assert_eq!(found["total"][column], truth["total"][column], "{column}");
    }
}

#[test]
fn a_bulk_operation_brings_the_same_rows() {
    let connected = Connected::to(&PLATFORM);
    connected.sync_with(&[]);
    connected.rows().assert_same(&crate::baseline::of(&PLATFORM).rows);
}

//! Google Analytics: days equal the world's purchases as far as they are known; the last two weeks move.

use netgain_domain::Decimal;
use netgain_sandbox::Brand;
use netgain_sandbox::ga4::report_lag;

use crate::baseline;
use crate::harness::{Connected, hundredths};
use crate::table::{Empty, Expiry, NEW_WORD, Platform, Spoiled, Unknown};

pub static PLATFORM: Platform = Platform {
    id: "ga4",
    face: "ga4",
    truth,
    filled: ("web_days", 200),
    bent: "ga4.report",
    paged: "ga4.report",
    mode: &[],
    throttled_with: 429,
    expiry: Expiry::Refreshed("ga4.token"),
    revoked: "connect again",
    spoiled: Spoiled {
        point: "ga4.report",
        path: "rows.0.metricValues.0.value",
        field: "sessions",
        tables: &["web_days"],
    },
    unknown: Unknown::Row {
        point: "ga4.report",
        path: "rows.0.dimensionValues.1.value",
        table: "web_days",
        cells: &[NEW_WORD],
    },
    empty: Empty::World(Brand::Empty),
    never_empty: &[],
    restated: Some("web_days"),
    without: &[],
};

/// Purchases that the property has seen, and their revenue.
fn truth(connected: &Connected) {
    let state = connected.state();
    let now = state.world.now().as_second();
    let shop = state.world.shop();
    let known = shop.orders.iter().filter(|order| {
        report_lag(order, state.options.seed).is_some_and(|lag| order.placed_at + lag <= now)
    });
    let (count, cents) =
        known.fold((0, 0), |(count, cents), order| (count + 1, cents + order.original_total()));
    drop(shop);
    assert!(count > 500, "{count}");
    assert_eq!(connected.amount("SELECT sum(transactions) FROM web_days"), Decimal::from(count));
    assert_eq!(connected.amount("SELECT sum(revenue) FROM web_days"), hundredths(cents));
    assert_eq!(connected.count("SELECT count(*) FROM web_days WHERE sampled"), 0);
}

#[test]
fn two_weeks_are_provisional() {
    let last = "SELECT max(day) FROM web_days WHERE NOT provisional";
    assert_eq!(baseline::of(&PLATFORM).connected.value(last), "2026-11-06");
}

//! Google Analytics: days equal the world's purchases as far as they are known; the last two weeks move.

use netgain_domain::Decimal;
use netgain_sandbox::ga4::report_lag;
use serde_json::json;

use crate::google_ads::revoke;
use crate::support::{
    World, amount, assert_nothing_moves, assert_paused, assert_set_aside, assert_withstands, demo, golden,
    moved, sync, value,
};

const ID: &str = "ga4";

/// Purchases that the property has seen, and their revenue in hundredths.
fn truth(world: &World) -> (u64, i64) {
    let state = world.state();
    let now = state.world.now().as_second();
    let shop = state.world.shop();
    let known = shop.orders.iter().filter(|order| {
        report_lag(order, state.options.seed).is_some_and(|lag| order.placed_at + lag <= now)
    });
    known.fold((0, 0), |(count, cents), order| (count + 1, cents + order.original_total()))
}

#[test]
fn days_are_those_of_the_world_and_two_weeks_move() {
    let world = World::start(ID, demo());
    let home = world.connected();
    sync(&home);
    let check = || {
        let (purchases, cents) = truth(&world);
        assert!(purchases > 20_000, "{purchases}");
        assert_eq!(amount(&home, "SELECT sum(transactions) FROM web_days"), Decimal::from(purchases));
        assert_eq!(amount(&home, "SELECT sum(revenue) FROM web_days"), Decimal::new(cents, 2).normalize());
    };
    check();
    let days = "SELECT count(DISTINCT day) FROM web_days";
    assert_eq!(amount(&home, days), Decimal::from(731));
    // values that were folded into one row are flagged, and nothing was reckoned from a sample
    assert_eq!(value(&home, "SELECT min(day) > '2024-11-01' FROM web_days WHERE other_row"), "true");
    assert_eq!(amount(&home, "SELECT count(*) FROM web_days WHERE sampled"), Decimal::ZERO);
    assert_eq!(value(&home, "SELECT max(day) FROM web_days WHERE NOT provisional"), "2026-11-06");
    assert_nothing_moves(&home);

    let rows = amount(&home, "SELECT count(*) FROM web_days");
    world.advance(1);
    let report = sync(&home);
    check();
    let (new, changed) = moved(&report, "traffic_days");
    assert!(new > 10 && changed > 10, "{report}");
    assert_eq!(amount(&home, "SELECT count(*) FROM web_days"), rows + Decimal::from(new));
    assert_eq!(amount(&home, days), Decimal::from(732));
    assert_nothing_moves(&home);
}

#[test]
fn a_property_without_visits_has_no_rows() {
    let world = World::start(ID, golden());
    let home = world.connected();
    sync(&home);
    assert_eq!(amount(&home, "SELECT count(*) FROM web_days"), Decimal::ZERO);
}

#[test]
fn refusals_and_cut_answers_change_nothing() {
    let world = World::start(ID, demo());
    assert_withstands(
        &world,
        &json!([
            {"point": "ga4.report", "after": 1, "first": 1, "fault": {"kind": "throttled"}},
            {"point": "ga4.report", "after": 3, "first": 3, "fault": {"kind": "status", "status": 500}},
            {"point": "ga4.report", "after": 8, "first": 1, "fault": {"kind": "reset", "after_bytes": 900}},
            {"point": "ga4.report", "after": 10, "first": 1, "fault": {"kind": "truncate"}},
            {"point": "ga4.report", "after": 12, "first": 1, "fault": {"kind": "expired_token"}},
        ]),
    );
    assert_set_aside(&world, "ga4.report", "rows.*.metricValues.0.value", "sessions");
}

#[test]
fn access_that_was_taken_back_pauses_the_connection() {
    let world = World::start(ID, golden());
    let home = world.connected();
    revoke(&world, ID);
    assert_paused(&home, ID, "connect again");
}

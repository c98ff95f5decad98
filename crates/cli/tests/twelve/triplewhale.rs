//! Triple Whale: what the pixel credits adds up to the orders that visits led to, its spend to that of the ads.

use netgain_sandbox::world::days;

use crate::harness::{self, Connected};
use crate::program::http;
use netgain_sandbox::Brand;

const ID: &str = "triplewhale";

#[test]
fn follows_the_world() {
    harness::follows_the_world(ID, |connected| {
        let world = &connected.sandbox.state().world;
        let zone = world.brand.time_zone.clone();
        let today = days::day_of(world.now().as_second(), &zone);
        let since = days::plus(today, -20);
        let start = days::start_of(since, &zone);
        let (count, revenue) = {
            let shop = world.shop();
            let led = shop
                .orders
                .iter()
                .filter(|order| order.placed_at >= start && order.journey.is_some() && !order.test);
            led.fold((0_u64, 0), |(count, total), order| (count + 1, total + order.total()))
        };
        assert!(count > 500);
        let channels = format!("FROM attribution_days WHERE level = 'channel' AND day >= DATE '{since}'");
        assert_eq!(connected.cents(&format!("SELECT sum(orders) {channels}")) as u64, count * 100);
        assert_eq!(connected.cents(&format!("SELECT sum(revenue) {channels}")), revenue);
        let path = format!("/world/truth?from={since}&to={today}");
        let spend = connected.sandbox.get(&path)["total"]["ad_spend"].as_str().unwrap().replace('.', "");
        let of = |level: &str| {
            connected.cents(&format!(
                "SELECT sum(spend) FROM attribution_days WHERE level = '{level}' AND day >= DATE '{since}'"
            ))
        };
        assert_eq!((of("channel"), of("ad")), (spend.parse().unwrap(), spend.parse().unwrap()));
        let orders = format!("FROM profile_events WHERE happened_at >= TIMESTAMP '{since}'");
        assert!(connected.count(&format!("SELECT count(*) {orders}")) >= count);
        assert!(
            connected.count(&format!("SELECT count(*) {orders} AND campaign_id IS NOT NULL")) > count / 3
        );
        let roas = format!(
            "SELECT count(*) FROM kpi_points WHERE metric = 'roas' AND timestamp >= TIMESTAMP '{since}'"
        );
        assert_eq!(connected.count(&roas), 21);
    });
}

#[test]
fn a_restated_day_changes() {
    let connected = Connected::to(ID, Brand::Demo);
    connected.moved();
    let day = connected.one("SELECT max(day) FROM attribution_days");
    let spend = format!("SELECT sum(spend) FROM attribution_days WHERE level = 'ad' AND day = DATE '{day}'");
    let before = connected.cents(&spend);
    connected.advance(1);
    connected.moved();
    let after = connected.cents(&spend);
    assert!(after > before, "half of the day had passed: {before}, then {after}");
    let truth =
        http("GET", &connected.sandbox.ready().address, &format!("/world/truth?from={day}&to={day}"), None);
    assert_eq!(after.to_string(), truth["total"]["ad_spend"].as_str().unwrap().replace('.', ""));
}

#[test]
fn withstands_faults() {
    harness::withstands(ID, "triplewhale.sql");
    harness::withstands(ID, "triplewhale.summary");
}

#[test]
fn pauses_when_the_key_is_withdrawn() {
    harness::pauses_when_revoked(ID, "connect again");
}

#[test]
fn sets_aside_what_has_another_type() {
    harness::sets_aside(ID, "triplewhale.summary", "metrics.*.value", "value");
}

#[test]
fn reads_an_empty_account() {
    harness::reads_an_empty_account(
        ID,
        &[("shop_domain", "empty.myshopify.com")],
        &["attribution_days", "profile_events"],
    );
}

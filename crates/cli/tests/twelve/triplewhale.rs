//! Triple Whale: what the pixel credits adds up to the orders that visits led to, its spend to that of the ads.

use netgain_domain::Decimal;
use netgain_sandbox::world::days;

use crate::harness::{Connected, hundredths};
use crate::table::{Empty, Expiry, NEW_WORD, Platform, Spoiled, Unknown};

pub static PLATFORM: Platform = Platform {
    id: "triplewhale",
    face: "triplewhale",
    truth,
    filled: ("attribution_days", 200),
    bent: "triplewhale.sql",
    paged: "triplewhale.journeys",
    mode: &[],
    throttled_with: 429,
    expiry: Expiry::Never,
    revoked: "create one under Settings, API keys, and connect again",
    spoiled: Spoiled {
        point: "triplewhale.summary",
        path: "metrics.0.value",
        field: "value",
        tables: &["kpi_points"],
    },
    unknown: Unknown::Row {
        point: "triplewhale.sql",
        path: "data.0.ad_status",
        table: "ad_entities",
        cells: &[NEW_WORD],
    },
    empty: Empty::Other("shop_domain", |_| "empty.myshopify.com".to_owned()),
    never_empty: &["kpi_points"],
    restated: Some("attribution_days"),
    without: &[("expired_token", "an API key is good until it is withdrawn; there is no other token")],
};

fn truth(connected: &Connected) {
    let world = &connected.state().world;
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
        led.fold((0, 0), |(count, total), order| (count + 1, total + order.total()))
    };
    assert!(count > 300, "{count}");
    let channels = format!("FROM attribution_days WHERE level = 'channel' AND day >= DATE '{since}'");
    assert_eq!(connected.amount(&format!("SELECT sum(orders) {channels}")), Decimal::from(count));
    assert_eq!(connected.amount(&format!("SELECT sum(revenue) {channels}")), hundredths(revenue));
    let path = format!("/world/truth?from={since}&to={today}");
    let spend: Decimal = connected.sandbox.get(&path)["total"]["ad_spend"].as_str().unwrap().parse().unwrap();
    for level in ["channel", "ad"] {
        let sql = format!(
            "SELECT sum(spend) FROM attribution_days WHERE level = '{level}' AND day >= DATE '{since}'"
        );
        assert_eq!(connected.amount(&sql), spend.normalize(), "{level}");
    }
    let orders = format!("FROM journeys WHERE created_at >= TIMESTAMP '{since}'");
    assert!(connected.count(&format!("SELECT count(*) {orders}")) >= count);
    let visits = format!(
        "SELECT count(DISTINCT order_id) FROM touchpoints WHERE order_id IN (SELECT source_id {orders})"
    );
    assert!(connected.count(&visits) >= count, "every order that somebody saw coming has a visit");
    let credited = connected.count(&format!("{visits} AND campaign_id IS NOT NULL"));
    assert!(credited > count / 3, "{credited}");
    let roas =
        format!("SELECT count(*) FROM kpi_points WHERE metric = 'roas' AND timestamp >= TIMESTAMP '{since}'");
    assert_eq!(connected.count(&roas), 21);
}

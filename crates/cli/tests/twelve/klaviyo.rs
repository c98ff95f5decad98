//! Klaviyo: profiles, campaigns, flows, late events and reports, against the world they come from.

use netgain_domain::Decimal;
use netgain_sandbox::world::leads::leads;

use crate::baseline;
use crate::harness::{Connected, hundredths};
use crate::table::{Empty, Expiry, Platform, Spoiled, Unknown};

pub static PLATFORM: Platform = Platform {
    id: "klaviyo",
    face: "klaviyo",
    truth,
    filled: ("profile_events", 300),
    bent: "klaviyo.events",
    paged: "klaviyo.events",
    mode: &[],
    throttled_with: 429,
    expiry: Expiry::Cured("connect again with a new private key"),
    revoked: "connect again with a new private key",
    spoiled: Spoiled {
        point: "klaviyo.profiles",
        path: "data.0.attributes.created",
        field: "created",
        tables: &["contacts"],
    },
    unknown: Unknown::SetAside {
        point: "klaviyo.profiles",
        path: "data.0.attributes.subscriptions.email.marketing.consent",
        field: "consent",
    },
    empty: Empty::Other("api_key", |state| {
        format!("pk_empty_{}", &state.secrets.word("klaviyo api key")[..34])
    }),
    never_empty: &[],
    restated: None,
    without: &[("restated_day", "no ads; days of messages are restated in a test of their own")],
};

/// Seconds after which an event is surely listed.
const INDEX_LAG: i64 = 6_600;

fn truth(connected: &Connected) {
    let state = connected.state();
    let leads = leads(&state.world, state.options.seed).len();
    let until = state.world.now().as_second() - INDEX_LAG;
    let shop = state.world.shop();
    let people = shop.customers.len() + leads;
    let placed = shop
        .orders
        .iter()
        .filter(|order| !order.test && order.customer.is_some() && order.placed_at <= until);
    let (count, value) = placed.fold((0, 0), |(count, sum), order| (count + 1, sum + order.original_total()));
    drop(shop);
    assert_eq!(connected.count("SELECT count(*) FROM contacts"), people);
    let orders =
        format!("FROM profile_events WHERE metric_name = 'Placed Order' AND epoch(happened_at) <= {until}");
    assert_eq!(connected.count(&format!("SELECT count(*) {orders}")), count);
    assert_eq!(connected.amount(&format!("SELECT sum(value) {orders}")), hundredths(value));
    // what the reports say that campaigns brought is what the events say
    let sent = "SELECT source_id FROM message_campaigns WHERE kind = 'campaign' AND status = 'Sent'";
    let brought = connected.amount(&format!(
        "SELECT sum(value) FROM profile_events WHERE metric_name = 'Placed Order' AND campaign_id IN ({sent})"
    ));
    let reported = "FROM message_days WHERE day IS NULL";
    assert_eq!(
        connected.count(&format!("SELECT count(*) {reported}")),
        connected.count(&format!("SELECT count(*) FROM ({sent})"))
    );
    assert_eq!(connected.amount(&format!("SELECT sum(conversion_value) {reported}")), brought);
    assert!(brought > Decimal::ZERO);
}

#[test]
fn the_last_days_of_messages_are_restated_and_older_ones_stay() {
    let baseline = baseline::of(&PLATFORM);
    let later = baseline.elsewhere();
    later.advance(1);
    later.sync();
    let gone = baseline.rows.without(&later.rows());
    let restated: Vec<&str> = gone.of_table("message_days").filter_map(|row| row.cell("day")).collect();
    assert!(!restated.is_empty() && restated.iter().all(|day| *day >= "2026-11-14"), "{restated:?}");
}

//! Klaviyo: profiles, campaigns, flows, late events and reports, against the world they come from.

use std::collections::BTreeSet;

use jiff::Timestamp;
use netgain_domain::{ErrorClass, Value};
use netgain_sandbox::Running;
use netgain_sandbox::world::leads::leads;
use netgain_sandbox::world::money::decimal;
use rust_decimal::Decimal;
use serde_json::json;

use crate::rig::{Connection, amount, assert_withstands, demo, fail, golden, next_day, text};

const ID: &str = "klaviyo";
/// Seconds after which an event is surely listed.
const INDEX_LAG: i64 = 6_600;

/// Placed orders that the platform has heard of until a moment: how many, and what they were worth.
fn placed(running: &Running, until: i64) -> (usize, Decimal) {
    let shop = running.state.world.shop();
    let orders = shop
        .orders
        .iter()
        .filter(|order| !order.test && order.customer.is_some() && order.placed_at <= until);
    orders.fold((0, Decimal::ZERO), |(count, sum), order| (count + 1, sum + decimal(order.original_total())))
}

fn assert_is_the_worlds(connection: &Connection, running: &Running) {
    let state = &running.state;
    let people = state.world.shop().customers.len() + leads(&state.world, state.options.seed).len();
    assert_eq!(connection.rows("contacts").len(), people);
    let until = state.world.now().as_second() - INDEX_LAG;
    let moment = Timestamp::from_second(until).unwrap();
    let events = connection.rows("profile_events");
    let orders: Vec<_> = events.iter().filter(|row| text(row, "metric_name") == "Placed Order").collect();
    let certain: Vec<_> = orders
        .iter()
        .filter(|row| matches!(row.get("happened_at"), Value::Time(at) if *at <= moment))
        .collect();
    let value = certain.iter().map(|row| amount(row, "value")).sum::<Decimal>();
    assert_eq!((certain.len(), value), placed(running, until));
    // what the reports say that campaigns brought is what the events say
    let campaigns: BTreeSet<String> = connection
        .rows("message_campaigns")
        .iter()
        .filter(|row| text(row, "kind") == "campaign" && text(row, "status") == "Sent")
        .map(|row| row.source_id.clone())
        .collect();
    let brought: Decimal = orders
        .iter()
        .filter(|row| campaigns.contains(&text(row, "campaign_id")))
        .map(|row| amount(row, "value"))
        .sum();
    let days = connection.rows("message_days");
    let reported: Vec<_> = days.iter().filter(|row| row.get("day") == &Value::Null).collect();
    assert_eq!(reported.len(), campaigns.len());
    assert_eq!(reported.iter().map(|row| amount(row, "conversion_value")).sum::<Decimal>(), brought);
    assert!(brought > Decimal::from(1_000));
}

#[tokio::test]
async fn everything_comes_over_and_a_day_brings_what_is_new() {
    let running = demo().await;
    let connection = Connection::new(&running, ID);
    connection.sync(&running).await.unwrap();
    assert_is_the_worlds(&connection, &running);
    connection.moved();
    connection.sync(&running).await.unwrap();
    assert_eq!(connection.moved(), BTreeSet::new(), "a run right after moves nothing");

    let before = connection.contents();
    next_day(&running);
    connection.sync(&running).await.unwrap();
    assert_is_the_worlds(&connection, &running);
    let moved = connection.moved();
    let of = |table: &str| moved.iter().filter(|(one, _)| one == table).count();
    assert!((20..400).contains(&of("contacts")), "{}", of("contacts"));
    assert!((20..400).contains(&of("profile_events")), "{}", of("profile_events"));
    assert!(of("message_campaigns") < 5);
    // the last days are restated, and the one that left them is final; older ones stay as they were
    let restated: BTreeSet<String> = moved
        .iter()
        .filter(|(table, _)| table == "message_days")
        .filter_map(|key| before.get(key))
        .map(|row| text(row, "day"))
        .filter(|day| !day.is_empty())
        .collect();
    assert!(!restated.is_empty() && restated.iter().all(|day| day.as_str() >= "2026-11-14"), "{restated:?}");
}

#[tokio::test]
async fn limits_failures_and_cut_answers_leave_no_trace() {
    let rules = json!({"rules": [
        {"point": "klaviyo.profiles", "first": 1, "fault": {"kind": "throttled"}},
        {"point": "klaviyo.campaigns", "first": 2, "fault": {"kind": "status", "status": 500}},
        {"point": "klaviyo.flows", "first": 1, "fault": {"kind": "status", "status": 429, "retry_after": 1}},
        {"point": "klaviyo.events", "first": 1, "fault": {"kind": "reset", "after_bytes": 300}},
        {"point": "klaviyo.campaign_report", "first": 1, "fault": {"kind": "truncate"}},
        {"point": "klaviyo.flow_report", "after": 3, "first": 2, "fault": {"kind": "status", "status": 503}},
    ]});
    assert_withstands(&golden().await, ID, rules).await;
}

#[tokio::test]
async fn a_refused_key_says_what_to_do() {
    let running = golden().await;
    fail(&running, json!({"point": "klaviyo.events", "fault": {"kind": "expired_token"}}));
    let error = Connection::new(&running, ID).sync(&running).await.unwrap_err();
    assert!(matches!(error.class(), ErrorClass::AuthExpired | ErrorClass::AuthRevoked), "{error:?}");
    assert!(error.to_string().contains("connect again with a new private key"), "{error}");
    running.state.faults.clear();
    let wrong = Connection::new(&running, ID).with_secret("api_key", "pk_wrong".to_owned());
    let error = wrong.sync(&running).await.unwrap_err().to_string();
    assert!(!error.contains("pk_wrong"), "{error}");
}

#[tokio::test]
async fn a_value_of_the_wrong_type_is_set_aside() {
    let running = golden().await;
    let fault = json!({"kind": "wrong_type", "path": "data.*.attributes.event_properties.$value"});
    fail(&running, json!({"point": "klaviyo.events", "fault": fault}));
    let connection = Connection::new(&running, ID);
    connection.sync(&running).await.unwrap();
    let set_aside = connection.store.lock().unwrap().set_aside.clone();
    // five orders and one refund have a value
    assert_eq!(set_aside.len(), 6, "{set_aside:?}");
    assert!(set_aside.iter().all(|path| path.contains("$value")), "{set_aside:?}");
    assert_eq!(connection.rows("contacts").len(), 1);
}

#[tokio::test]
async fn an_empty_account_is_no_error() {
    let running = golden().await;
    let key = format!("pk_empty_{}", &running.state.secrets.word("klaviyo api key")[..34]);
    let connection = Connection::new(&running, ID).with_secret("api_key", key);
    connection.sync(&running).await.unwrap();
    assert_eq!(connection.contents().len(), 1, "only the account itself");
}

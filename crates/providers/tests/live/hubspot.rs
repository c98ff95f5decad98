//! HubSpot: contacts beyond the search's end, companies, deals and emails, against the world they come from.

use std::collections::BTreeSet;

use netgain_domain::ErrorClass;
use netgain_sandbox::Running;
use netgain_sandbox::world::leads::leads;
use netgain_sandbox::world::money::decimal;
use netgain_sandbox::world::shop::Channel;
use rust_decimal::Decimal;
use serde_json::json;

use crate::rig::{Connection, amount, assert_withstands, demo, fail, golden, next_day, text};

const ID: &str = "hubspot";

fn assert_is_the_worlds(connection: &Connection, running: &Running) {
    let state = &running.state;
    let shop = state.world.shop();
    let orders: Vec<_> =
        shop.orders.iter().filter(|order| order.channel == Channel::Draft && !order.test).collect();
    let deals = connection.rows("deals");
    assert_eq!(deals.len(), orders.len());
    let won: Decimal = orders
        .iter()
        .filter(|order| order.cancelled.is_none() && order.received() > 0)
        .map(|order| decimal(order.total()))
        .sum();
    let found = deals.iter().filter(|deal| text(deal, "status") == "won").map(|deal| amount(deal, "amount"));
    assert_eq!(found.sum::<Decimal>(), won);
    let buyers: BTreeSet<u32> = orders.iter().filter_map(|order| order.customer).collect();
    assert_eq!(connection.rows("companies").len(), buyers.len());
    let stages: BTreeSet<String> =
        connection.rows("deal_stages").iter().map(|stage| stage.source_id.clone()).collect();
    for deal in &deals {
        let stage = format!("{}:{}", text(deal, "pipeline_id"), text(deal, "stage_id"));
        assert!(stages.contains(&stage), "{stage}");
    }
}

/// Everybody whom the platform knows, archived contacts too.
fn everybody(running: &Running) -> usize {
    let state = &running.state;
    state.world.shop().customers.len() + leads(&state.world, state.options.seed).len()
}

#[tokio::test]
async fn everything_comes_over_and_a_day_brings_what_is_new() {
    let running = demo().await;
    let connection = Connection::new(&running, ID);
    connection.sync(&running).await.unwrap();
    assert_is_the_worlds(&connection, &running);
    let contacts = connection.rows("contacts").len();
    let archived = everybody(&running) - contacts;
    assert!(contacts > 10_000, "more than one search can page through");
    assert!((5..200).contains(&archived), "{archived}");
    let published =
        connection.rows("message_campaigns").iter().filter(|row| text(row, "status") == "PUBLISHED").count();
    assert_eq!(connection.rows("message_days").len(), published);
    connection.moved();
    connection.sync(&running).await.unwrap();
    assert_eq!(connection.moved(), BTreeSet::new(), "a run right after moves nothing");

    let before: BTreeSet<(String, String)> = connection.contents().into_keys().collect();
    for _ in 0..7 {
        next_day(&running);
    }
    connection.sync(&running).await.unwrap();
    assert_is_the_worlds(&connection, &running);
    let moved = connection.moved();
    let after: BTreeSet<(String, String)> = connection.contents().into_keys().collect();
    let gone: Vec<_> = before.difference(&after).collect();
    let later = everybody(&running) - connection.rows("contacts").len();
    assert_eq!(gone.len(), later - archived, "contacts that were archived since are gone");
    assert!(gone.iter().all(|(table, _)| table == "contacts"), "{gone:?}");
    let of = |table: &str| moved.iter().filter(|(one, _)| one == table).count();
    assert!((100..2_000).contains(&of("contacts")), "{}", of("contacts"));
    assert!((5..200).contains(&of("deals")), "{}", of("deals"));
    assert_eq!(of("deal_stages"), 0);
}

#[tokio::test]
async fn limits_failures_and_cut_answers_leave_no_trace() {
    let rules = json!({"rules": [
        {"point": "hubspot.search_contacts", "first": 2, "fault": {"kind": "throttled"}},
        {"point": "hubspot.search_companies", "first": 2, "fault": {"kind": "status", "status": 502}},
        {"point": "hubspot.deals", "first": 1, "fault": {"kind": "reset", "after_bytes": 5}},
        {"point": "hubspot.pipelines", "first": 1, "fault": {"kind": "truncate"}},
        {"point": "hubspot.emails", "first": 1, "fault": {"kind": "status", "status": 423}},
    ]});
    assert_withstands(&golden().await, ID, rules).await;
}

#[tokio::test]
async fn an_expired_token_says_what_to_do() {
    let running = golden().await;
    fail(&running, json!({"point": "hubspot.search_contacts", "fault": {"kind": "expired_token"}}));
    let error = Connection::new(&running, ID).sync(&running).await.unwrap_err();
    assert!(matches!(error.class(), ErrorClass::AuthExpired | ErrorClass::AuthRevoked), "{error:?}");
    assert!(error.to_string().contains("sign in again"), "{error}");
    running.state.faults.clear();
    let wrong = Connection::new(&running, ID).with_secret("access_token", "pat-wrong".to_owned());
    let error = wrong.sync(&running).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::AuthRevoked);
    assert!(
        error.to_string().contains("connect again") && !error.to_string().contains("pat-wrong"),
        "{error}"
    );
}

#[tokio::test]
async fn a_used_up_day_is_not_asked_again() {
    let running = golden().await;
    let body = json!({"status": "error", "message": "You have reached your daily limit.", "errorType": "RATE_LIMIT",
        "policyName": "DAILY", "correlationId": "x"});
    fail(
        &running,
        json!({"point": "hubspot.search_companies", "fault": {"kind": "status", "status": 429, "body": body}}),
    );
    let error = Connection::new(&running, ID).sync(&running).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::QuotaExhausted, "{error}");
}

#[tokio::test]
async fn a_value_of_the_wrong_type_is_set_aside() {
    let running = golden().await;
    let fault = json!({"kind": "wrong_type", "path": "results.*.properties.firstname"});
    fail(&running, json!({"point": "hubspot.search_contacts", "fault": fault}));
    let connection = Connection::new(&running, ID);
    connection.sync(&running).await.unwrap();
    assert_eq!(connection.store.lock().unwrap().set_aside, ["properties.firstname"]);
    assert_eq!(connection.rows("contacts").len(), 0);
}

#[tokio::test]
async fn an_empty_account_is_no_error() {
    let running = golden().await;
    let key = format!("pat-empty-{}", &running.state.secrets.word("hubspot key")[..36]);
    let connection = Connection::new(&running, ID).with_secret("access_token", key);
    connection.sync(&running).await.unwrap();
    for table in ["contacts", "companies", "deals", "message_campaigns"] {
        assert_eq!(connection.rows(table).len(), 0, "{table}");
    }
}

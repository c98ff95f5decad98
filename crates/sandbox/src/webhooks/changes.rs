//! Tells the receivers what changed in the world, each face in its own topics.
use super::{Event, Manner, bodies};
use crate::AppState;
use crate::{gohighlevel, hubspot, klaviyo, postscript, stripe};
use bytes::Bytes;
use serde_json::Value;

/// An object of a face that changed: the topic and the object's id at the platform.
pub type Change = (&'static str, String);

/// What changed on a face since a moment.
type Changes = fn(&AppState, i64) -> Vec<Change>;

/// Emits what happened after `since` (seconds since 1970, UTC) and until now, to whoever asked for it.
pub fn emit(state: &AppState, since: i64) {
    // what nobody asked for is not even looked for
    let asked = |face: &str| !state.webhooks.list(face).is_empty();
    let each: [(&str, Changes); 3] = [
        ("shopify", shop_changes),
        ("gohighlevel", gohighlevel::changes),
        ("postscript", postscript::changes),
    ];
    for (face, changes) in each {
        if asked(face) {
            changes(state, since).iter().for_each(|(topic, object)| tell(state, face, topic, object));
        }
    }
    if asked("stripe") {
        for (topic, id, body) in stripe::events_after(state, since) {
            send(state, "stripe", topic, id, &body);
        }
    }
    if asked("klaviyo") {
        for (topic, id, body) in klaviyo::deliveries(state, since) {
            send(state, "klaviyo", topic, id, &body);
        }
    }
    if asked("hubspot") {
        for (topic, body) in hubspot::deliveries(state, since) {
            send(state, "hubspot", topic, state.webhooks.event_id(), &body);
        }
    }
}

/// Emits that an order was refunded just now; the number is the order's.
pub fn refunded(state: &AppState, order: &str) {
    for topic in ["refunds/create", "orders/updated"] {
        tell(state, "shopify", topic, order);
    }
}

/// Emits that something happened to an object of a face.
pub fn tell(state: &AppState, face: &str, topic: &str, object: &str) {
    let id = state.webhooks.event_id();
    if let Some(body) = bodies::body(state, face, topic, object, &id) {
        send(state, face, topic, id, &body);
    }
}

fn send(state: &AppState, face: &str, topic: &str, id: String, body: &Value) {
    let event = Event { topic: topic.to_owned(), id, body: Bytes::from(body.to_string()) };
    drop(state.webhooks.send(face, &event, Manner { insist: true, ..Manner::default() }));
}

fn shop_changes(state: &AppState, since: i64) -> Vec<Change> {
    let shop = state.world.shop();
    let mut changes = Vec::new();
    let mut add = |topic, id: u64| changes.push((topic, id.to_string()));
    for order in shop.orders.iter().filter(|order| order.updated_at > since) {
        let topic = if order.placed_at > since { "orders/create" } else { "orders/updated" };
        add(topic, order.id);
        if order.refunds().any(|(at, _)| at > since) {
            add("refunds/create", order.id);
        }
    }
    for one in shop.customers.iter().filter(|one| one.updated_at > since) {
        add(if one.created_at > since { "customers/create" } else { "customers/update" }, one.id);
    }
    for one in shop.products.iter().filter(|one| one.updated_at > since) {
        add(if one.created_at > since { "products/create" } else { "products/update" }, one.id);
    }
    changes
}

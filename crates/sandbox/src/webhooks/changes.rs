//! Tells the receivers what changed in the world, each face in its own topics.
use super::{Event, Manner, bodies};
use crate::AppState;
use bytes::Bytes;

/// An object of a face that changed.
struct Change {
    face: &'static str,
    topic: &'static str,
    object: String,
}

/// Emits what happened after `since` (seconds since 1970, UTC) and until now, to whoever asked for it.
pub fn emit(state: &AppState, since: i64) {
    for change in changes(state, since) {
        tell(state, &change);
    }
    if !state.webhooks.list("stripe").is_empty() {
        for (topic, id, body) in crate::stripe::events_after(state, since) {
            let event = Event { topic: topic.to_owned(), id, body: Bytes::from(body.to_string()) };
            drop(state.webhooks.send("stripe", event, Manner { insist: true, ..Manner::default() }));
        }
    }
}

/// Emits that an order was refunded just now; the number is the order's.
pub fn refunded(state: &AppState, order: &str) {
    for topic in ["refunds/create", "orders/updated"] {
        tell(state, &Change { face: "shopify", topic, object: order.to_owned() });
    }
}

fn tell(state: &AppState, change: &Change) {
    let id = state.webhooks.event_id();
    if let Some(body) = bodies::body(state, change.face, change.topic, &change.object, &id) {
        let event = Event { topic: change.topic.to_owned(), id, body: Bytes::from(body.to_string()) };
        drop(state.webhooks.send(change.face, event, Manner { insist: true, ..Manner::default() }));
    }
}

fn changes(state: &AppState, since: i64) -> Vec<Change> {
    let shop = state.world.shop();
    let mut changes = Vec::new();
    let mut add = |topic, id: u64| changes.push(Change { face: "shopify", topic, object: id.to_string() });
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

//! Webhook subscriptions: one event each, signed by one token that the shop may ask for.
use super::{Refusal, Shared, iso};
use crate::AppState;
use crate::webhooks::Registration;
use axum::http::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

const EVENTS: [&str; 5] = [
    "shop.test",
    "shop.incoming_message",
    "shop.subscriber.opt_in",
    "shop.subscriber.opt_out",
    // spelled so in the list of events, and without the first word in deliveries
    COLLECTED,
];
const COLLECTED: &str = "shop.shop.email_collected";
const FACE: &str = "postscript";

/// What registrations do not keep: when each was made, and its further headers.
pub type Hooks = Mutex<BTreeMap<u64, (String, Value)>>;

/// The event's name in deliveries.
fn delivered(event: &str) -> &str {
    if event == COLLECTED { "shop.email_collected" } else { event }
}

/// Answers everything below `/webhooks`.
pub fn answer(shared: &Shared, method: &Method, path: &[&str], body: &Value) -> Result<Value, Refusal> {
    let registered = &shared.app.webhooks;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let find = |id: &str| {
        let found = registered.list(FACE).into_iter().find(|one| id_of(one.id) == id);
        found.ok_or_else(|| Refusal::missing("webhook"))
    };
    match (method.as_str(), path) {
        ("GET", []) => {
            let list: Vec<Value> = registered.list(FACE).iter().map(|one| show(shared, one)).collect();
            Ok(json!({ "webhook_subscriptions": list }))
        }
        ("POST", []) => {
            let (Some(address), Some(event)) = (text("callback_url"), text("event")) else {
                return Err(Refusal::invalid("callback_url and event are required"));
            };
            if !EVENTS.contains(&event) {
                return Err(Refusal::invalid(&format!("event must be one of {}", EVENTS.join(", "))));
            }
            let number = registered.register(FACE, address, &token(&shared.app), &[delivered(event)]);
            let made =
                (iso(shared.app.world.now().as_second()), body.get("headers").cloned().unwrap_or_default());
            shared.hooks.lock().unwrap_or_else(PoisonError::into_inner).insert(number, made);
            Ok(show(shared, &find(&id_of(number))?))
        }
        ("GET", ["token"]) => Ok(json!({ "token": token(&shared.app) })),
        ("POST", ["test"]) => Ok(json!({"message": "OK"})),
        ("GET", [id]) => Ok(show(shared, &find(id)?)),
        ("DELETE", [id]) => {
            let found = find(id)?;
            registered.remove(FACE, found.id);
            Ok(show(shared, &found))
        }
        _ => Err(Refusal::missing("webhook")),
    }
}

/// What every delivery carries in `Postscript-Signature`.
pub fn token(state: &AppState) -> String {
    state.secrets.word("postscript signature")
}

fn id_of(number: u64) -> String {
    format!("a47606a1-5b39-4a81-9480-{number:012x}")
}

fn show(shared: &Shared, one: &Registration) -> Value {
    let hooks = shared.hooks.lock().unwrap_or_else(PoisonError::into_inner);
    let (made, headers) = hooks.get(&one.id).cloned().unwrap_or_default();
    let event =
        EVENTS.into_iter().find(|event| one.topics.first().is_some_and(|one| one == delivered(event)));
    json!({
        "callback_url": one.address, "created_at": made, "event": event, "headers": headers,
        "id": id_of(one.id), "updated_at": made,
    })
}

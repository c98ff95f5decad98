//! System webhooks: the topics, and webhooks that are made, listed, changed and deleted. The secret is never shown.
use super::call::Call;
use super::error::ApiError;
use super::events::subscription;
use super::index::Kept;
use super::render::{Renderer, time};
use crate::AppState;
use crate::webhooks::Registration;
use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

const FACE: &str = "klaviyo";
/// Topics of this account, which depend on its metrics; nobody ever followed a link in a text message of it.
const TOPICS: [&str; 8] = [
    "event:klaviyo.bounced_email",
    "event:klaviyo.received_email",
    "event:klaviyo.received_sms",
    "event:klaviyo.sent_sms",
    SUBSCRIBED,
    "event:klaviyo.subscribed_to_sms_marketing",
    "event:klaviyo.unsubscribed_from_email_marketing",
    "event:klaviyo.unsubscribed_from_sms_marketing",
];
const SUBSCRIBED: &str = "event:klaviyo.subscribed_to_email_marketing";
const SHORTEST_SECRET: usize = 16;
/// Characters of an address that are shown again.
const SHOWN: usize = 24;

/// The platform's id of a registration, which its deliveries carry too.
pub fn webhook_id(number: u64) -> String {
    super::ids::long(&[number, 691])
}

/// The body of a delivery of one happening.
pub fn notice(topic: &str, happening: &Value, at: Timestamp) -> Value {
    json!({
        "data": [{ "external_id": happening["id"], "topic": topic, "payload": { "data": happening } }],
        "meta": { "klaviyo_account_id": "SANDBX", "version": "2026-07-15", "timestamp": at }
    })
}

/// Who agreed to get letters after `since` (seconds since 1970, UTC): topic, id and body of each delivery.
pub fn deliveries(app: &AppState, since: i64) -> Vec<(&'static str, String, Value)> {
    let index = Kept::default().get(app);
    let show = Renderer { state: app, index: &index, base: format!("{}/klaviyo", app.address) };
    let shop = app.world.shop();
    let people = index.people.iter().enumerate();
    let events = people.filter_map(|(place, person)| subscription(app.options.seed, place as u32, person));
    let news = events.filter(|event| event.at > since && event.at <= index.now);
    news.map(|event| {
        let body = notice(SUBSCRIBED, &show.event(&event, &shop), app.world.now());
        (SUBSCRIBED, event.id, body)
    })
    .collect()
}

/// Answers everything below `/webhooks` and `/webhook-topics`.
pub fn answer(app: &AppState, call: &Call) -> Result<(StatusCode, Value), ApiError> {
    let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
    let find = |id: &str| {
        let found = app.webhooks.list(FACE).into_iter().find(|one| webhook_id(one.id) == id);
        found.ok_or_else(|| ApiError::not_found("webhook", id))
    };
    let own = format!("{}/klaviyo{}", app.address, call.whole_path);
    let links = json!({ "self": own, "next": null, "prev": null });
    match (&call.method, path.as_slice()) {
        (&Method::GET, ["webhook-topics"]) => {
            let topics: Vec<Value> = TOPICS.iter().map(|topic| show_topic(app, topic)).collect();
            Ok((StatusCode::OK, json!({ "data": topics, "links": links })))
        }
        (&Method::GET, ["webhook-topics", id]) => {
            let found = TOPICS.contains(id).then(|| json!({ "data": show_topic(app, id) }));
            found.map(|body| (StatusCode::OK, body)).ok_or_else(|| ApiError::not_found("webhook-topic", id))
        }
        (&Method::GET, ["webhooks"]) => {
            let list: Vec<Value> = app.webhooks.list(FACE).iter().map(|one| show(app, one)).collect();
            Ok((StatusCode::OK, json!({ "data": list, "links": links })))
        }
        (&Method::POST, ["webhooks"]) => {
            let made = create(app, &call.body)?;
            Ok((StatusCode::CREATED, json!({ "data": show(app, &find(&webhook_id(made))?) })))
        }
        (&Method::GET, ["webhooks", id]) => Ok((StatusCode::OK, json!({ "data": show(app, &find(id)?) }))),
        (&Method::DELETE, ["webhooks", id]) => {
            app.webhooks.remove(FACE, find(id)?.id);
            Ok((StatusCode::NO_CONTENT, Value::Null))
        }
        _ => Err(ApiError::method(call.method.as_str())),
    }
}

fn create(app: &AppState, body: &Value) -> Result<u64, ApiError> {
    let text = |name: &str| {
        let found = body["data"]["attributes"][name].as_str().filter(|text| !text.is_empty());
        let pointer = format!("/data/attributes/{name}");
        found.ok_or_else(|| ApiError::body(&pointer, format!("'{name}' is a required field.")))
    };
    text("name")?;
    let (address, secret) = (text("endpoint_url")?, text("secret_key")?);
    // the platform takes https only; addresses of this machine are the sandbox's own need
    if !["https://", "http://127.0.0.1", "http://localhost"].iter().any(|start| address.starts_with(start)) {
        return Err(ApiError::body("/data/attributes/endpoint_url", "Must be a valid https URL."));
    }
    if secret.len() < SHORTEST_SECRET {
        let detail = format!("Must have at least {SHORTEST_SECRET} characters.");
        return Err(ApiError::body("/data/attributes/secret_key", detail));
    }
    let pointer = "/data/relationships/webhook-topics/data";
    let asked = body["data"]["relationships"]["webhook-topics"]["data"].as_array();
    let topics: Vec<&str> = asked.into_iter().flatten().filter_map(|one| one["id"].as_str()).collect();
    if topics.is_empty() {
        return Err(ApiError::body(pointer, "At least one topic is required."));
    }
    if let Some(unknown) = topics.iter().find(|topic| !TOPICS.contains(topic)) {
        return Err(ApiError::body(pointer, format!("'{unknown}' is not a topic of this account.")));
    }
    Ok(app.webhooks.register(FACE, address, secret, &topics))
}

fn show_topic(app: &AppState, topic: &str) -> Value {
    let own = format!("{}/klaviyo/api/webhook-topics/{topic}", app.address);
    json!({ "type": "webhook-topic", "id": topic, "links": { "self": own } })
}

fn show(app: &AppState, one: &Registration) -> Value {
    let id = webhook_id(one.id);
    let own = format!("{}/klaviyo/api/webhooks/{id}", app.address);
    let topics: Vec<Value> =
        one.topics.iter().map(|topic| json!({ "type": "webhook-topic", "id": topic })).collect();
    let made = time(app.world.now().as_second());
    let address: String = one.address.chars().take(SHOWN).collect();
    json!({
        "type": "webhook", "id": id,
        "attributes": { "name": "netgain", "description": null, "endpoint_url": address, "enabled": true,
            "created_at": made, "updated_at": made },
        "relationships": { "webhook-topics": { "data": topics,
            "links": { "self": format!("{own}/relationships/webhook-topics"), "related": format!("{own}/webhook-topics") } } },
        "links": { "self": own },
    })
}

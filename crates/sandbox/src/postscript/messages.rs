//! Messages sent through the API, with the credits each used; the API lists none of them.
use super::{Refusal, Shared, Shop, iso, subscribers};
use crate::draw::mix;
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};

/// Characters in one part of a text message; each part costs a credit, a picture three more.
const PART: usize = 160;

/// Message requests by id, oldest first.
pub type Requests = Mutex<Vec<(String, Value)>>;

/// `POST /events`.
pub fn event(body: &Value) -> Result<Value, Refusal> {
    let kind = body.get("type").and_then(Value::as_str).unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if kind.is_empty() || !kind.bytes().all(plain) {
        return Err(Refusal::invalid("type is required: letters, digits and underscores"));
    }
    let hash = body.to_string().bytes().fold(0, |hash, byte| mix(hash ^ u64::from(byte)));
    Ok(json!({ "event_ids": [format!("{hash:016x}")] }))
}

/// `POST /message_requests`: the sandbox sends at once.
pub fn request(shared: &Shared, shop: Shop, body: &Value) -> Result<Value, Refusal> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let words = text("body").filter(|words| !words.is_empty());
    let words = words.ok_or_else(|| Refusal::invalid("body is required"))?;
    let category = text("category").unwrap_or("promotional");
    if !["promotional", "transactional", "conversational"].contains(&category) {
        return Err(Refusal::invalid("category must be promotional, transactional or conversational"));
    }
    let (subscriber, number) = subscribers::named(shared, shop, body)?;
    let mut requests = shared.requests.lock().unwrap_or_else(PoisonError::into_inner);
    let count = requests.len() as u64 + 1;
    let (id, sent_id) = (format!("mr_{:012x}", mix(count) >> 16), format!("sm_{:012x}", mix(!count) >> 16));
    let now = iso(shared.app.world.now().as_second());
    let media = text("media_url");
    let credits = words.chars().count().div_ceil(PART) + if media.is_some() { 3 } else { 0 };
    let sent = json!({
        "body": words, "created_at": now, "credits_used": credits, "id": sent_id, "media_url": media,
        "phone": number, "shop_id": shared.shop_id(), "subscriber_id": subscriber,
    });
    let answer = json!({
        "body": words, "category": category, "created_at": now, "id": id, "phone": number,
        "scheduled_at": body.get("scheduled_at"), "sent_message": sent, "status": "sent", "status_code": 0,
        "subscriber_id": subscriber, "updated_at": now,
    });
    requests.push((id, answer.clone()));
    let mut first = answer;
    first["status"] = json!("processing");
    first["sent_message"] = Value::Null;
    Ok(first)
}

/// `GET /message_requests/{id}`, or the message that was sent.
pub fn one(shared: &Shared, id: &str, sent: bool) -> Result<Value, Refusal> {
    let requests = shared.requests.lock().unwrap_or_else(PoisonError::into_inner);
    let found = requests.iter().find(
        |(own, answer)| {
            if sent { answer["sent_message"]["id"] == id } else { own == id }
        },
    );
    let answer = found.map(|(_, answer)| if sent { answer["sent_message"].clone() } else { answer.clone() });
    answer.ok_or_else(|| Refusal::missing("message"))
}

//! What the platform sends by itself: lists of what happened to objects, up to a hundred in one delivery.
use super::objects::{APP, Index, Kind, PORTAL};
use crate::AppState;
use crate::webhooks::bodies::number;
use crate::world::leads::leads;
use serde_json::{Value, json};

/// Happenings in one delivery.
const TOGETHER: usize = 100;

/// One happening as a delivery lists it; `at` is in milliseconds since 1970.
pub fn notice(topic: &str, object: u64, event: u64, at: i64) -> Value {
    let mut notice = json!({
        "eventId": event, "subscriptionId": 1, "portalId": PORTAL, "appId": APP, "occurredAt": at,
        "subscriptionType": topic, "attemptNumber": 0, "objectId": object, "changeSource": "CRM"
    });
    match topic.rsplit_once('.') {
        Some((_, "creation")) => notice["changeFlag"] = json!("CREATED"),
        Some((_, "deletion")) => notice["changeFlag"] = json!("DELETED"),
        Some((kind, "propertyChange")) => {
            let name = Kind::of(kind).map_or("hs_lastmodifieddate", Kind::modified);
            notice["propertyName"] = json!(name);
            notice["propertyValue"] = json!(at.to_string());
        }
        _ => {}
    }
    notice
}

/// What happened after `since` (seconds since 1970, UTC): topics, each with a delivery's body.
pub fn deliveries(app: &AppState, since: i64) -> Vec<(&'static str, Value)> {
    let now = app.world.now();
    let leads = leads(&app.world, app.options.seed);
    let index = Index::make(app.options.seed, &app.world.shop(), leads, now.as_second());
    let mut deliveries = Vec::new();
    for (kind, [creation, change, deletion]) in [
        (Kind::Contact, ["contact.creation", "contact.propertyChange", "contact.deletion"]),
        (Kind::Company, ["company.creation", "company.propertyChange", "company.deletion"]),
        (Kind::Deal, ["deal.creation", "deal.propertyChange", "deal.deletion"]),
    ] {
        let mut happened: [(&'static str, Vec<Value>); 3] =
            [(creation, Vec::new()), (change, Vec::new()), (deletion, Vec::new())];
        for object in index.of(kind).iter().filter(|object| object.updated > since) {
            let place = match object.archived {
                Some(_) => 2,
                None => usize::from(object.created <= since),
            };
            let (topic, list) = &mut happened[place];
            let event = number(&format!("{topic} {} {}", object.id, object.updated));
            list.push(notice(topic, object.id, event, object.updated * 1_000));
        }
        for (topic, list) in happened {
            deliveries.extend(list.chunks(TOGETHER).map(|some| (topic, Value::from(some))));
        }
    }
    deliveries
}

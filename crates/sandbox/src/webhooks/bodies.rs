//! The bodies of events, in each platform's own shape.
use crate::AppState;
use crate::secrets::encode;
use crate::shopify::render::refund::REFUND_OFFSET;
use crate::world::money::decimal;
use crate::world::people::{email, phone};
use crate::world::shop::{Customer, Order, Product, What};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The body of an event of `face` about the object of that id; `id` is the event's own. None when the face sends no
/// such topic or has no such object.
pub fn body(state: &AppState, face: &str, topic: &str, object: &str, id: &str) -> Option<Value> {
    let now = state.world.now();
    Some(match face {
        "shopify" => shopify(state, topic, object)?,
        "stripe" => {
            // what an event is about stands in its type: `charge.refunded` carries a charge
            let kind = topic.rsplit_once('.').map_or(topic, |(kind, _)| kind);
            json!({
                "id": format!("evt_{}", short(id, 24)), "object": "event", "api_version": "2026-09-30.dahlia",
                "created": now.as_second(), "livemode": false, "pending_webhooks": 1,
                "request": { "id": null, "idempotency_key": null }, "type": topic,
                "data": { "object": { "id": object, "object": kind } }
            })
        }
        // a happening to the profile of that id
        "klaviyo" => {
            let happening = json!({ "type": "event", "id": short(id, 11), "attributes": { "datetime": now },
                "relationships": { "profile": { "data": { "type": "profile", "id": object } } } });
            crate::klaviyo::notice(topic, &happening, now)
        }
        "hubspot" => {
            json!([crate::hubspot::notice(topic, object.parse().ok()?, number(id), now.as_millisecond())])
        }
        "gohighlevel" => json!({
            "type": topic, "locationId": crate::gohighlevel::location(state), "id": object,
            "timestamp": Timestamp::now(), "webhookId": id
        }),
        "postscript" => json!({
            "webhook_id": id, "resource_type": "shop", "resource_id": crate::postscript::shop_id(state),
            "event_time": naive(now), "event": topic,
            "event_data": { "id": object, "subscriber_id": object, "shop_id": crate::postscript::shop_id(state) }
        }),
        "meta" | "meta_ads" => json!({
            "object": "ad_account",
            "entry": [{ "id": account(state), "time": now.as_second(),
                "changes": [{ "field": topic, "value": { "id": object } }] }]
        }),
        _ => return None,
    })
}

/// Has a body that carries its own time of sending claim to be so many seconds old.
pub fn backdate(face: &str, body: &mut Value, age_s: u32) {
    if face == "gohighlevel" && age_s > 0 {
        body["timestamp"] = json!(Timestamp::now() - jiff::SignedDuration::from_secs(i64::from(age_s)));
    }
}

fn shopify(state: &AppState, topic: &str, object: &str) -> Option<Value> {
    let shop = state.world.shop();
    let number: u64 = object.parse().ok()?;
    let brand = &state.world.brand;
    // such bodies carry the shop's own offset, unlike the GraphQL interface
    let local = |at: i64| {
        let at = Timestamp::from_second(at).unwrap_or_default().to_zoned(brand.time_zone.clone());
        at.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    };
    let order = |order: &Order| {
        json!({
            "id": order.id, "admin_graphql_api_id": format!("gid://shopify/Order/{}", order.id),
            "name": order.name.as_deref().map_or_else(|| format!("#{}", order.number), str::to_owned),
            "created_at": local(order.placed_at), "updated_at": local(order.updated_at),
            "currency": brand.currency, "current_total_price": decimal(order.current_total()).to_string(),
            "test": order.test, "taxes_included": order.taxes_included
        })
    };
    let customer = |one: &Customer| {
        json!({
            "id": one.id, "admin_graphql_api_id": format!("gid://shopify/Customer/{}", one.id),
            "first_name": one.first_name, "last_name": one.last_name,
            "created_at": local(one.created_at), "updated_at": local(one.updated_at)
        })
    };
    let product = |one: &Product| {
        json!({
            "id": one.id, "admin_graphql_api_id": format!("gid://shopify/Product/{}", one.id),
            "title": one.title, "vendor": one.vendor, "product_type": one.product_type,
            "created_at": local(one.created_at), "updated_at": local(one.updated_at)
        })
    };
    // what the law has every app take: they name the shop, and the customer whose data it is about
    let domain = format!("{}.myshopify.com", state.world.brand.name.to_lowercase().replace(' ', "-"));
    let person = || {
        let at = shop.customers.iter().position(|one| one.id == number)?;
        let one = &shop.customers[at];
        let own = |order: &&Order| order.customer.is_some_and(|customer| customer as usize == at);
        let orders: Vec<u64> = shop.orders.iter().filter(own).map(|order| order.id).collect();
        Some((json!({ "id": one.id, "email": email(one), "phone": phone(one) }), orders))
    };
    match topic.split_once('/')? {
        ("customers", "data_request") => {
            let (customer, orders) = person()?;
            Some(json!({ "shop_id": shop.id, "shop_domain": domain, "customer": customer,
                "orders_requested": orders, "data_request": { "id": number % 10_000 } }))
        }
        ("customers", "redact") => {
            let (customer, orders) = person()?;
            Some(json!({ "shop_id": shop.id, "shop_domain": domain, "customer": customer,
                "orders_to_redact": orders }))
        }
        ("shop", "redact") => Some(json!({ "shop_id": shop.id, "shop_domain": domain })),
        ("orders", "delete") => Some(json!({ "id": number })),
        ("orders", _) => shop.orders.iter().find(|one| one.id == number).map(order),
        ("refunds", "create") => {
            let found = shop.orders.iter().find(|one| one.id == number)?;
            // an order's happenings share its number space, as in the answers to queries
            let (place, happening) = found
                .happenings
                .iter()
                .enumerate()
                .rfind(|(_, one)| matches!(one.what, What::Refunded(_)))?;
            let id = found.id + REFUND_OFFSET + place as u64;
            Some(json!({
                "id": id, "admin_graphql_api_id": format!("gid://shopify/Refund/{id}"),
                "order_id": found.id, "created_at": local(happening.at)
            }))
        }
        ("customers", _) => shop.customers.iter().find(|one| one.id == number).map(customer),
        ("products", "delete") => Some(json!({ "id": number })),
        ("products", _) => shop.products.iter().find(|one| one.id == number).map(product),
        ("app", "uninstalled") => Some(json!({ "id": shop.id, "name": brand.name })),
        _ => None,
    }
}

fn account(state: &AppState) -> String {
    let ads = state.world.ads.read().unwrap_or_else(std::sync::PoisonError::into_inner);
    ads.account.id.to_string()
}

/// A time without a zone, to the microsecond.
fn naive(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}

/// So many characters that depend on an id alone.
fn short(id: &str, length: usize) -> String {
    let digits = encode(&Sha256::digest(id));
    digits.chars().take(length).collect()
}

/// A number that depends on an id alone.
pub fn number(id: &str) -> u64 {
    let digest = Sha256::digest(id);
    digest.iter().take(5).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

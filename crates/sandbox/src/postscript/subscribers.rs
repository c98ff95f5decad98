//! Subscribers: customers who gave their number, and the keywords they came by.
use super::{Refusal, Shared, Shop, iso};
use crate::AppState;
use crate::draw::mix;
use crate::webhooks::changes::Change;
use crate::world::days;
use crate::world::people::{email, phone};
use crate::world::shop::{Customer, Seconds};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Subscribers on a page.
const PAGE: usize = 100;
/// Keywords and how many subscribers of a hundred came by each; the others came by a form.
const KEYWORDS: [(&str, u64); 3] = [("JOIN", 30), ("SAVE10", 22), ("VIP", 8)];

/// Customers who were unsubscribed through the API, by id, and when.
pub type Unsubscribed = Mutex<BTreeMap<u64, Seconds>>;

/// A customer as a subscriber.
struct Subscriber<'a> {
    customer: &'a Customer,
    created_at: Seconds,
    updated_at: Seconds,
    /// When the subscriber left.
    left_at: Option<Seconds>,
}

fn id_of(customer: &Customer) -> String {
    format!("s_{:012x}", mix(customer.id) >> 16)
}

/// The keyword that a subscriber came by.
fn keyword(customer: &Customer) -> Option<usize> {
    let mut rest = mix(customer.id ^ 3) % 100;
    for (index, (_, weight)) in KEYWORDS.iter().enumerate() {
        if rest < *weight {
            return Some(index);
        }
        rest -= weight;
    }
    None
}

/// Two customers in five subscribe some minutes after their first order; one in twelve of them leaves again.
fn all<'a>(shared: &Shared, customers: &'a [Customer]) -> Vec<Subscriber<'a>> {
    let left = shared.unsubscribed.lock().unwrap_or_else(PoisonError::into_inner);
    at(shared.app.world.now().as_second(), &left, customers)
}

/// The subscribers at `now`, of whom those in `left` were unsubscribed through the API.
fn at<'a>(now: Seconds, left: &BTreeMap<u64, Seconds>, customers: &'a [Customer]) -> Vec<Subscriber<'a>> {
    let subscriber = |customer: &'a Customer| {
        let draw = mix(customer.id ^ 1);
        let created_at = customer.created_at + 300 + (mix(draw) % 1200) as i64;
        if draw % 5 >= 2 || created_at > now {
            return None;
        }
        let leaves = mix(customer.id ^ 2)
            .is_multiple_of(12)
            .then(|| created_at + (1 + (mix(draw ^ 2) % 90) as i64) * 86_400)
            .filter(|at| *at <= now);
        let left_at = left.get(&customer.id).copied().into_iter().chain(leaves).min();
        let updated_at = created_at.max(customer.updated_at).max(left_at.unwrap_or(0));
        Some(Subscriber { customer, created_at, updated_at, left_at })
    };
    customers.iter().filter_map(subscriber).collect()
}

/// Who came and who left by themselves after `since` (seconds since 1970, UTC). Nothing tells of other changes.
pub fn changes(state: &AppState, since: Seconds) -> Vec<Change> {
    let shop = state.world.shop();
    let mut changes = Vec::new();
    for one in at(state.world.now().as_second(), &BTreeMap::new(), &shop.customers) {
        let moments =
            [(Some(one.created_at), "shop.subscriber.opt_in"), (one.left_at, "shop.subscriber.opt_out")];
        let news = moments.into_iter().filter(|(at, _)| at.is_some_and(|at| at > since));
        changes.extend(news.map(|(_, topic)| (topic, id_of(one.customer))));
    }
    changes
}

impl Subscriber<'_> {
    fn show(&self) -> Value {
        let customer = self.customer;
        let tags: Vec<&str> = if customer.orders >= 5 { vec!["VIP"] } else { vec![] };
        let can_send = self.left_at.is_none();
        let word = keyword(customer).map(|index| KEYWORDS[index].0);
        json!({
            "created_at": iso(self.created_at),
            "data": word.map_or_else(|| json!({}), |word| json!({ "keyword": word })),
            "email": email(customer),
            "id": id_of(customer),
            "ps_id": customer.id % 1_000_000_000,
            "phone_number": phone(customer),
            "properties": {"has_purchased": customer.orders > 0, "country": customer.country},
            "shopify_customer_id": customer.id,
            "subscriptions": {
                "promotional": {"can_send": can_send},
                "transactional": {"can_send": can_send},
            },
            "tags": tags,
            "updated_at": iso(self.updated_at),
        })
    }

    /// Whether a filter such as `created_at__gte` holds.
    fn passes(&self, filter: &str, value: &str) -> Result<bool, Refusal> {
        let (field, operator) = filter.split_once("__").unwrap_or((filter, ""));
        let texts = |own: String| match operator {
            "eq" => Ok(own == value),
            "contains" => Ok(own.contains(value)),
            "in" => Ok(value.split(',').any(|one| one == own)),
            _ => Err(Refusal::invalid(&format!("{filter} is not a filter"))),
        };
        match field {
            "created_at" | "updated_at" => {
                let own = if field == "created_at" { self.created_at } else { self.updated_at };
                let asked =
                    moment(value).ok_or_else(|| Refusal::invalid(&format!("{filter} must be a moment")))?;
                let ordering = own.cmp(&asked);
                match operator {
                    "eq" => Ok(ordering == Ordering::Equal),
                    "gt" => Ok(ordering == Ordering::Greater),
                    "gte" => Ok(ordering != Ordering::Less),
                    "lt" => Ok(ordering == Ordering::Less),
                    "lte" => Ok(ordering != Ordering::Greater),
                    _ => Err(Refusal::invalid(&format!("{filter} is not a filter"))),
                }
            }
            "email" => texts(email(self.customer)),
            "phone_number" => texts(phone(self.customer)),
            "shopify_customer_id" => texts(self.customer.id.to_string()),
            "ps_id" if operator == "eq" => texts((self.customer.id % 1_000_000_000).to_string()),
            _ => Err(Refusal::invalid(&format!("{filter} is not a filter"))),
        }
    }
}

/// A moment as ISO 8601 text; without a zone it is UTC.
fn moment(text: &str) -> Option<Seconds> {
    let parsed = text.parse::<Timestamp>().or_else(|_| format!("{text}Z").parse());
    parsed.ok().map(|moment| moment.as_second())
}

/// `GET /subscribers`.
pub fn list(shared: &Shared, shop: Shop, query: &[(String, String)]) -> Result<Value, Refusal> {
    let guard = shared.app.world.shop();
    let customers = if shop == Shop::World { guard.customers.as_slice() } else { &[] };
    let mut found = all(shared, customers);
    let (mut page, mut sort) = (1_usize, ("created_at", "asc"));
    for (name, value) in query {
        match name.as_str() {
            "page" => {
                let number = value.parse().ok().filter(|page| *page >= 1);
                page = number.ok_or_else(|| Refusal::invalid("page must be a number from 1"))?;
            }
            "sort" => {
                let parts = value.rsplit_once("__").filter(|(field, direction)| {
                    ["created_at", "updated_at", "phone_number", "shopify_customer_id"].contains(field)
                        && ["asc", "desc"].contains(direction)
                });
                sort = parts.ok_or_else(|| Refusal::invalid("sort must be {field}__asc or {field}__desc"))?;
            }
            filter => {
                let mut kept = Vec::with_capacity(found.len());
                for subscriber in found {
                    if subscriber.passes(filter, value)? {
                        kept.push(subscriber);
                    }
                }
                found = kept;
            }
        }
    }
    let key = |subscriber: &Subscriber| match sort.0 {
        "created_at" => (subscriber.created_at, subscriber.customer.id),
        "updated_at" => (subscriber.updated_at, subscriber.customer.id),
        _ => (0, subscriber.customer.id),
    };
    found.sort_by_key(key);
    if sort.1 == "desc" {
        found.reverse();
    }
    let size = shared.app.largest_page(PAGE);
    let shown: Vec<Value> = found.iter().skip((page - 1) * size).take(size).map(Subscriber::show).collect();
    Ok(json!({
        "page_info": {"page": page, "total_pages": found.len().div_ceil(size).max(1)},
        "subscribers": shown,
    }))
}

/// `GET /subscribers/{id}`.
pub fn one(shared: &Shared, shop: Shop, id: &str) -> Result<Value, Refusal> {
    let guard = shared.app.world.shop();
    let customers = if shop == Shop::World { guard.customers.as_slice() } else { &[] };
    let found = all(shared, customers).into_iter().find(|subscriber| id_of(subscriber.customer) == id);
    found.map(|subscriber| subscriber.show()).ok_or_else(|| Refusal::missing("subscriber"))
}

/// The id of the subscriber that a body names, with the number.
pub fn named(shared: &Shared, shop: Shop, body: &Value) -> Result<(String, String), Refusal> {
    let guard = shared.app.world.shop();
    let customers = if shop == Shop::World { guard.customers.as_slice() } else { &[] };
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let (id, number) = (text("subscriber_id"), text("phone"));
    if id.is_none() && number.is_none() {
        return Err(Refusal::invalid("either subscriber_id or phone is required"));
    }
    let is = |subscriber: &Subscriber| {
        id.is_none_or(|id| id_of(subscriber.customer) == id)
            && number.is_none_or(|number| phone(subscriber.customer) == number)
    };
    let found = all(shared, customers).into_iter().find(is);
    let found = found.ok_or_else(|| Refusal::missing("subscriber"))?;
    Ok((id_of(found.customer), phone(found.customer)))
}

/// `PATCH /compliance/unsubscribe`: the subscriber is unsubscribed now.
pub fn unsubscribe(shared: &Shared, shop: Shop, body: &Value) -> Result<Value, Refusal> {
    let (id, _) = named(shared, shop, body)?;
    let guard = shared.app.world.shop();
    let now = shared.app.world.now().as_second();
    if let Some(customer) = guard.customers.iter().find(|customer| id_of(customer) == id) {
        let mut left = shared.unsubscribed.lock().unwrap_or_else(PoisonError::into_inner);
        left.entry(customer.id).or_insert(now);
        crate::webhooks::changes::tell(&shared.app, super::FACE.id, "shop.subscriber.opt_out", &id);
    }
    Ok(json!({"message": "OK"}))
}

/// The active keywords with how often each brought a subscriber.
pub fn keywords(shared: &Shared, shop: Shop) -> Vec<Value> {
    if shop == Shop::Empty {
        return Vec::new();
    }
    let guard = shared.app.world.shop();
    let subscribers = all(shared, &guard.customers);
    let zone = &shared.app.world.brand.time_zone;
    let opened = days::start_of(days::day_of(guard.opened_at, zone), zone);
    let show = |(index, (word, _)): (usize, &(&str, u64))| {
        let came = subscribers.iter().filter(|one| keyword(one.customer) == Some(index));
        let (count, last) =
            came.fold((0_u64, opened), |(count, last), one| (count + 1, last.max(one.created_at)));
        json!({
            "created_at": naive(opened), "id": format!("kw_{:012x}", mix(index as u64) >> 16), "keyword": word,
            "triggered_count": count, "updated_at": naive(last),
        })
    };
    KEYWORDS.iter().enumerate().map(show).collect()
}

/// Moments of keywords carry microseconds and no zone; they are UTC.
fn naive(at: Seconds) -> String {
    Timestamp::from_second(at).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S.000000").to_string()
}

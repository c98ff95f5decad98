//! Contacts: searched with filters, one order and two ways of paging; read and deleted one by one.
use super::{Call, Refusal, Shared, identifier, iso};
use crate::draw::mix;
use crate::world::people::{email, phone};
use crate::world::shop::{Customer, Seconds};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::cmp::Ordering;

/// Records that page numbers reach; beyond them only `searchAfter` goes on.
const REACH: usize = 10_000;

/// The contact's id.
pub fn id_of(shared: &Shared, customer: &Customer) -> String {
    identifier(shared.app.options.seed, "contact", customer.id)
}

struct Hit<'a> {
    customer: &'a Customer,
    id: String,
}

impl Hit<'_> {
    fn moment(&self, field: &str) -> Seconds {
        if field == "dateUpdated" { self.customer.updated_at } else { self.customer.created_at }
    }
}

/// `POST /contacts/search`.
pub fn search(shared: &Shared, call: &Call) -> Result<Value, Refusal> {
    let body = &call.body;
    let shown = shared.see(call, body.get("locationId").and_then(Value::as_str))?;
    let limit = whole(body, "pageLimit")?.unwrap_or(20);
    if !(1..=500).contains(&limit) {
        return Err(Refusal::invalid("pageLimit must be between 1 and 500"));
    }
    let limit = shared.app.largest_page(limit);
    let (field, descending) = order(body)?;
    let deleted = shared.deleted();
    let shop = shared.app.world.shop();
    let mut hits = Vec::new();
    for (index, customer) in shop.customers.iter().enumerate() {
        if !shown || deleted.contains(&index) || !matches(customer, body.get("filters"))? {
            continue;
        }
        hits.push(Hit { customer, id: id_of(shared, customer) });
    }
    let compare = |one: (Seconds, &str), other: (Seconds, &str)| -> Ordering {
        let by_time = one.0.cmp(&other.0);
        let by_time = if descending { by_time.reverse() } else { by_time };
        by_time.then_with(|| one.1.cmp(other.1))
    };
    hits.sort_by(|one, other| compare((one.moment(&field), &one.id), (other.moment(&field), &other.id)));
    let total = hits.len();
    let from = match (after(body)?, whole(body, "page")?) {
        (Some((moment, id)), _) => hits.partition_point(|hit| {
            compare((hit.moment(&field), &hit.id), (moment, &id)) != Ordering::Greater
        }),
        (None, page) => {
            let page = page.unwrap_or(1).max(1);
            if page * limit > REACH {
                return Err(Refusal::bad("page * pageLimit must not exceed 10000; use searchAfter"));
            }
            (page - 1) * limit
        }
    };
    let list: Vec<Value> = hits
        .iter()
        .skip(from)
        .take(limit)
        .map(|hit| {
            let mut contact = show(shared, hit.customer);
            contact["searchAfter"] = json!([hit.moment(&field) * 1000, hit.id]);
            contact
        })
        .collect();
    Ok(json!({"contacts": list, "total": total, "traceId": "00000000-0000-4000-8000-000000000000"}))
}

fn whole(body: &Value, field: &str) -> Result<Option<usize>, Refusal> {
    match body.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let number = value.as_u64().and_then(|number| usize::try_from(number).ok());
            number.map(Some).ok_or_else(|| Refusal::invalid(format!("{field} must be a number")))
        }
    }
}

/// The field to sort by and whether downwards; the newest contacts first when nothing is said.
fn order(body: &Value) -> Result<(String, bool), Refusal> {
    let Some(sort) = body.get("sort").and_then(Value::as_array).and_then(|list| list.first()) else {
        return Ok(("dateAdded".to_owned(), true));
    };
    let field = sort.get("field").and_then(Value::as_str).unwrap_or_default();
    if !["dateAdded", "dateUpdated"].contains(&field) {
        return Err(Refusal::invalid(format!("Invalid sort field {field}")));
    }
    Ok((field.to_owned(), sort.get("direction").and_then(Value::as_str) == Some("desc")))
}

/// The last contact of the page before: its sort value in milliseconds and its id.
fn after(body: &Value) -> Result<Option<(Seconds, String)>, Refusal> {
    let Some(list) = body.get("searchAfter").and_then(Value::as_array).filter(|list| !list.is_empty()) else {
        return Ok(None);
    };
    match (list.first().and_then(Value::as_i64), list.get(1).and_then(Value::as_str)) {
        (Some(moment), Some(id)) => Ok(Some((moment.div_euclid(1000), id.to_owned()))),
        _ => Err(Refusal::invalid("searchAfter must hold a sort value and an id")),
    }
}

/// A moment in milliseconds or as ISO 8601 text, in milliseconds.
fn moment(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
        Value::String(text) => text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond),
        _ => None,
    }
}

/// Whether all filters hold; groups of `AND` may be nested.
fn matches(customer: &Customer, filters: Option<&Value>) -> Result<bool, Refusal> {
    for filter in filters.and_then(Value::as_array).map_or(&[][..], Vec::as_slice) {
        if filter.get("group").is_some() {
            if filter["group"] != "AND" {
                return Err(Refusal::invalid("only groups of AND are understood here"));
            }
            if !matches(customer, filter.get("filters"))? {
                return Ok(false);
            }
            continue;
        }
        let text = |name: &str| filter.get(name).and_then(Value::as_str).unwrap_or_default();
        let value = filter.get("value").unwrap_or(&Value::Null);
        let holds = match (text("field"), text("operator")) {
            (field @ ("dateUpdated" | "dateAdded"), "range") => {
                let at =
                    if field == "dateUpdated" { customer.updated_at } else { customer.created_at } * 1000;
                let bound = |name: &str| {
                    value.get(name).map(|bound| {
                        moment(bound).ok_or_else(|| Refusal::invalid(format!("{name} must be a moment")))
                    })
                };
                let mut holds = true;
                for (name, check) in [
                    ("gt", (|at, bound| at > bound) as fn(i64, i64) -> bool),
                    ("gte", |at, bound| at >= bound),
                    ("lt", |at, bound| at < bound),
                    ("lte", |at, bound| at <= bound),
                ] {
                    if let Some(bound) = bound(name) {
                        holds = holds && check(at, bound?);
                    }
                }
                holds
            }
            ("email", "eq") => value.as_str() == Some(email(customer).as_str()),
            ("phone", "eq") => value.as_str() == Some(phone(customer).as_str()),
            (field, operator) => {
                return Err(Refusal::invalid(format!("Invalid filter {field} {operator}")));
            }
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A contact as the platform shows it.
pub fn show(shared: &Shared, customer: &Customer) -> Value {
    let name = format!("{} {}", customer.first_name, customer.last_name).to_lowercase();
    let muted = mix(customer.id).is_multiple_of(14);
    let sms = if muted { "active" } else { "inactive" };
    let tags: Vec<&str> = if customer.orders >= 5 { vec!["customer", "loyal"] } else { vec!["customer"] };
    json!({
        "id": id_of(shared, customer),
        "locationId": shared.location,
        "firstName": customer.first_name,
        "lastName": customer.last_name,
        "firstNameLowerCase": customer.first_name.to_lowercase(),
        "lastNameLowerCase": customer.last_name.to_lowercase(),
        "fullNameLowerCase": name,
        "email": email(customer),
        "emailLowerCase": email(customer),
        "phone": phone(customer),
        "country": customer.country,
        "type": "customer",
        "source": "online store",
        "tags": tags,
        "dnd": false,
        "dndSettings": {"SMS": {"status": sms, "message": "", "code": ""}},
        "customFields": [],
        "dateAdded": iso(customer.created_at),
        "dateUpdated": iso(customer.updated_at),
    })
}

fn find(shared: &Shared, id: &str) -> Result<usize, Refusal> {
    let shop = shared.app.world.shop();
    let found = shop.customers.iter().position(|customer| id_of(shared, customer) == id);
    let found = found.filter(|index| !shared.deleted().contains(index));
    found.ok_or_else(|| Refusal::bad(format!("Contact with id {id} not found")))
}

/// `GET /contacts/{id}`.
pub fn one(shared: &Shared, call: &Call, id: &str) -> Result<Value, Refusal> {
    shared.see(call, Some(&shared.location))?;
    let index = find(shared, id)?;
    let shop = shared.app.world.shop();
    let customer = shop.customers.get(index).ok_or_else(|| Refusal::not_found("Contact not found"))?;
    Ok(json!({ "contact": show(shared, customer) }))
}

/// `DELETE /contacts/{id}`; the answer's member is spelt as the platform spells it.
pub fn delete(shared: &Shared, call: &Call, id: &str) -> Result<Value, Refusal> {
    shared.see(call, Some(&shared.location))?;
    let index = find(shared, id)?;
    shared.deleted.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(index);
    crate::webhooks::changes::tell(&shared.app, super::FACE.id, "ContactDelete", id);
    Ok(json!({"succeded": true}))
}

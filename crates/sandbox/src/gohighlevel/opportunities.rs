//! Opportunities: the orders that began as drafts, in the one pipeline of wholesale.
use super::contacts::id_of;
use super::{Call, Refusal, Shared, identifier, iso};
use crate::world::money::decimal;
use crate::world::people::{email, phone};
use crate::world::shop::{Channel, Order, Settled, Shop};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::HashMap;

const STAGES: [&str; 3] = ["Draft sent", "Paid", "Lost"];

/// Whether an order is an opportunity.
pub fn is_one(order: &Order) -> bool {
    order.channel == Channel::Draft && !order.test
}

/// The pipelines with their stages.
pub fn pipelines(shared: &Shared) -> Vec<Value> {
    let stages: Vec<Value> = STAGES
        .iter()
        .enumerate()
        .map(|(position, name)| {
            json!({
                "id": stage(shared, position), "name": name, "position": position,
                "showInFunnel": true, "showInPieChart": true,
            })
        })
        .collect();
    vec![json!({
        "id": pipeline(shared), "name": "Wholesale", "stages": stages, "showInFunnel": true,
        "showInPieChart": true, "locationId": shared.location,
    })]
}

fn pipeline(shared: &Shared) -> String {
    identifier(shared.app.options.seed, "pipeline", 1)
}

fn stage(shared: &Shared, position: usize) -> String {
    identifier(shared.app.options.seed, "stage", position as u64)
}

fn id(shared: &Shared, order: &Order) -> String {
    identifier(shared.app.options.seed, "opportunity", order.id)
}

/// Status and stage of an order's opportunity.
fn state(order: &Order) -> (&'static str, usize) {
    match order.settled {
        Settled::Paid => ("won", 1),
        Settled::Voided => ("lost", 2),
        Settled::Authorized | Settled::Pending => ("open", 0),
    }
}

fn show(shared: &Shared, shop: &Shop, order: &Order) -> Value {
    let customer = order.customer.and_then(|index| shop.customers.get(index as usize));
    let (status, position) = state(order);
    let contact = customer.map(|customer| {
        json!({
            "id": id_of(shared, customer),
            "name": format!("{} {}", customer.first_name, customer.last_name),
            "email": email(customer), "phone": phone(customer), "tags": ["customer"],
        })
    });
    let value: Value =
        serde_json::from_str(&decimal(order.total()).normalize().to_string()).unwrap_or(Value::Null);
    let id = id(shared, order);
    json!({
        "id": id,
        "name": format!("Wholesale order {}", order.number),
        "monetaryValue": value,
        "pipelineId": pipeline(shared),
        "pipelineStageId": stage(shared, position),
        "status": status,
        "source": "wholesale",
        "lastStatusChangeAt": iso(order.updated_at),
        "lastStageChangeAt": iso(order.updated_at),
        "createdAt": iso(order.placed_at),
        "updatedAt": iso(order.updated_at),
        "contactId": customer.map(|customer| id_of(shared, customer)),
        "locationId": shared.location,
        "contact": contact,
        "notes": [], "tasks": [], "calendarEvents": [], "customFields": [], "followers": [],
        "sort": [order.placed_at * 1000, id],
    })
}

/// All opportunities, newest first, that `keep` accepts.
fn found<R>(shared: &Shared, keep: impl Fn(&Order) -> bool, with: impl FnOnce(&Shop, Vec<&Order>) -> R) -> R {
    let shop = shared.app.world.shop();
    let drafts = shop.orders.iter().filter(|order| is_one(order) && keep(order));
    let mut list: Vec<&Order> = drafts.collect();
    list.sort_by_cached_key(|order| (Reverse(order.placed_at), id(shared, order)));
    with(&shop, list)
}

/// A day as `mm-dd-yyyy`, or as an ISO date.
fn day(text: Option<&str>) -> Result<Option<Date>, Refusal> {
    let Some(text) = text else { return Ok(None) };
    let parsed = Date::strptime("%m-%d-%Y", text).or_else(|_| text.parse());
    parsed.map(Some).map_err(|_| Refusal::invalid("date and endDate must be mm-dd-yyyy"))
}

fn number<T: std::str::FromStr>(text: Option<&str>, field: &str) -> Result<Option<T>, Refusal> {
    text.map(|text| text.parse().map_err(|_| Refusal::invalid(format!("{field} must be a number"))))
        .transpose()
}

/// `GET /opportunities/search`.
pub fn list(shared: &Shared, call: &Call) -> Result<Value, Refusal> {
    let location = call.param(&["locationId", "location_id"]);
    let shown = shared.see(call, location)?;
    let limit = number(call.param(&["limit"]), "limit")?.unwrap_or(20_usize);
    if !(1..=100).contains(&limit) {
        return Err(Refusal::invalid("limit must not be greater than 100"));
    }
    let limit = shared.app.largest_page(limit);
    let page = number(call.param(&["page"]), "page")?.unwrap_or(1_usize).max(1);
    let (since, until) = (day(call.param(&["date"]))?, day(call.param(&["endDate"]))?);
    let status = call.param(&["status"]).filter(|status| *status != "all");
    let (wanted, pipe) = (call.param(&["id"]), call.param(&["pipelineId", "pipeline_id"]));
    let zone = &shared.app.world.brand.time_zone;
    let keep = |order: &Order| {
        let placed = crate::world::days::day_of(order.placed_at, zone);
        shown
            && status.is_none_or(|status| state(order).0 == status)
            && wanted.is_none_or(|wanted| id(shared, order) == wanted)
            && pipe.is_none_or(|pipe| pipeline(shared) == pipe)
            && since.is_none_or(|since| placed >= since)
            && until.is_none_or(|until| placed <= until)
    };
    let after: Option<i64> = number(call.param(&["startAfter"]), "startAfter")?;
    let after_id = call.param(&["startAfterId"]).unwrap_or_default().to_owned();
    let base = format!("{}/gohighlevel/opportunities/search", shared.app.address);
    Ok(found(shared, keep, |shop, list| {
        let total = list.len();
        let from = match after {
            Some(after) => {
                let key = (Reverse(after.div_euclid(1000)), after_id);
                list.partition_point(|order| (Reverse(order.placed_at), id(shared, order)) <= key)
            }
            None => (page - 1) * limit,
        };
        let records: Vec<Value> =
            list.iter().skip(from).take(limit).map(|order| show(shared, shop, order)).collect();
        let more = from + records.len() < total && !records.is_empty();
        let mut meta = json!({
            "total": total, "nextPageUrl": null, "startAfterId": null, "startAfter": null,
            "currentPage": page, "nextPage": null, "prevPage": (page > 1).then(|| page - 1),
        });
        if let Some(last) = records.last().filter(|_| more) {
            let (at, id) = (&last["sort"][0], last["sort"][1].as_str().unwrap_or_default());
            let mut query: HashMap<&str, String> = HashMap::new();
            for (name, value) in &call.query {
                query.insert(name, value.clone());
            }
            query.extend([
                ("startAfter", at.to_string()),
                ("startAfterId", id.to_owned()),
                ("page", (page + 1).to_string()),
            ]);
            let mut pairs: Vec<_> = query.into_iter().collect();
            pairs.sort();
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            meta["nextPageUrl"] = json!(format!("{base}?{query}"));
            meta["startAfter"] = at.clone();
            meta["startAfterId"] = json!(id);
            meta["nextPage"] = json!(page + 1);
        }
        json!({"opportunities": records, "meta": meta, "aggregations": {}})
    }))
}

/// `POST /opportunities/search`.
pub fn search(shared: &Shared, call: &Call) -> Result<Value, Refusal> {
    let body = &call.body;
    let shown = shared.see(call, body.get("locationId").and_then(Value::as_str))?;
    let whole =
        |name: &str| body.get(name).and_then(Value::as_u64).and_then(|value| usize::try_from(value).ok());
    let limit = whole("limit").unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(Refusal::invalid("limit must not be greater than 100"));
    }
    let limit = shared.app.largest_page(limit);
    let after = body.get("searchAfter").and_then(Value::as_array).filter(|list| list.len() == 2);
    let after = after.and_then(|list| {
        let moment = list[0].as_i64().or_else(|| list[0].as_str()?.parse().ok())?;
        Some((Reverse(moment.div_euclid(1000)), list[1].as_str()?.to_owned()))
    });
    Ok(found(
        shared,
        |_| shown,
        |shop, list| {
            let from = match &after {
                Some(key) => {
                    list.partition_point(|order| (Reverse(order.placed_at), id(shared, order)) <= *key)
                }
                None => whole("page").unwrap_or(1).saturating_sub(1) * limit,
            };
            let records: Vec<Value> =
                list.iter().skip(from).take(limit).map(|order| show(shared, shop, order)).collect();
            json!({"opportunities": records, "total": list.len(), "aggregations": {}})
        },
    ))
}

/// `GET /opportunities/{id}`.
pub fn one(shared: &Shared, call: &Call, wanted: &str) -> Result<Value, Refusal> {
    shared.see(call, Some(&shared.location))?;
    found(
        shared,
        |order| id(shared, order) == wanted,
        |shop, list| {
            let order = list.first().ok_or_else(|| Refusal::bad("Opportunity not found"))?;
            Ok(json!({ "opportunity": show(shared, shop, order) }))
        },
    )
}

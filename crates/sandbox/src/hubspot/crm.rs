//! Objects by list, number and batch; pipelines, owners, properties, associations, the account.
use super::call::Call;
use super::error::ApiError;
use super::objects::{Index, Kind, Object, PORTAL};
use super::properties::{self, Reader, definitions, time, usual};
use crate::world::shop::Seconds;
use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

const LARGEST_PAGE: usize = 100;

/// An answer and its status.
pub type Answer = Result<(StatusCode, Value), ApiError>;

/// Answers below `/crm/objects/{kind}`, search left out.
pub fn objects(call: &Call, reader: &Reader<'_>, base: &str, kind: Kind, rest: &[&str]) -> Answer {
    match (&call.method, rest) {
        (&Method::GET, []) => list(call, reader, base, kind),
        (&Method::GET, [id]) => {
            let found = reader
                .index
                .find(kind, id)
                .filter(|object| object.archived.is_some() == call.flag("archived"));
            let object = found.ok_or_else(|| {
                ApiError::not_found(format!("Object not found.  objectId are usually numeric. {id}"))
            })?;
            let mut shown = show(reader, object, &wanted(call, kind));
            associate(call, reader, object, &mut shown)?;
            Ok((StatusCode::OK, shown))
        }
        (&Method::POST, ["batch", "read"]) => batch_read(call, reader, kind),
        _ => Err(ApiError::method(call.method.as_str())),
    }
}

/// The properties asked for in the query, or the usual ones.
fn wanted(call: &Call, kind: Kind) -> Vec<&str> {
    let asked = call.list("properties");
    if asked.is_empty() {
        return usual(kind).to_vec();
    }
    // these come whether asked for or not
    let mut all = vec!["createdate", kind.modified(), "hs_object_id"];
    all.extend(asked.into_iter().filter(|name| properties::kind_of(kind, name).is_some()));
    all
}

/// An object with these properties; those without a value are null.
pub fn show(reader: &Reader<'_>, object: &Object, names: &[&str]) -> Value {
    let each = names.iter().map(|name| ((*name).to_owned(), json!(reader.value(object, name))));
    let mut shown = json!({
        "id": object.id.to_string(),
        "properties": each.collect::<Map<_, _>>(),
        "createdAt": time(object.created),
        "updatedAt": time(object.updated),
        "archived": object.archived.is_some(),
        "url": format!("https://app.hubspot.com/contacts/{PORTAL}/record/{}/{}", object.kind.word(), object.id),
    });
    if let Some(at) = object.archived {
        shown["archivedAt"] = json!(time(at));
    }
    shown
}

fn associate(call: &Call, reader: &Reader<'_>, object: &Object, shown: &mut Value) -> Result<(), ApiError> {
    let mut found = Map::new();
    for word in call.list("associations") {
        // associations that do not exist are ignored
        let Some(kind) = Kind::of(word) else { continue };
        let ids = reader.index.associated(reader.shop, object, kind);
        if ids.is_empty() {
            continue;
        }
        let name = format!("{}_to_{}", object.kind.word(), kind.word());
        let results: Vec<Value> = ids.iter().map(|id| json!({"id": id.to_string(), "type": name})).collect();
        found.insert(kind.plural().to_owned(), json!({ "results": results }));
    }
    if !found.is_empty() {
        shown["associations"] = Value::Object(found);
    }
    Ok(())
}

fn list(call: &Call, reader: &Reader<'_>, base: &str, kind: Kind) -> Answer {
    let limit = reader.app.largest_page(call.limit(10, LARGEST_PAGE)?);
    let after: u64 = match call.param("after") {
        Some(text) => text.parse().map_err(|_| ApiError::invalid(format!("Invalid after: {text}")))?,
        None => 0,
    };
    let archived = call.flag("archived");
    let mut rest = reader.index.of(kind).iter();
    let mut shown = Vec::new();
    let mut last = None;
    let names = wanted(call, kind);
    for object in rest.by_ref().filter(|object| object.id > after && object.archived.is_some() == archived) {
        if shown.len() == limit {
            return Ok((StatusCode::OK, page(call, base, shown, last)));
        }
        let mut one = show(reader, object, &names);
        associate(call, reader, object, &mut one)?;
        shown.push(one);
        last = Some(object.id.to_string());
    }
    Ok((StatusCode::OK, page(call, base, shown, None)))
}

/// A page of results with the way to the next one.
pub fn page(call: &Call, base: &str, results: Vec<Value>, after: Option<String>) -> Value {
    let mut answer = json!({ "results": results });
    if let Some(after) = after {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query
            .extend_pairs(call.query.iter().filter(|(name, _)| name != "after"))
            .append_pair("after", &after);
        let link = format!("{base}{}?{}", call.whole_path, query.finish());
        answer["paging"] = json!({"next": {"after": after, "link": link}});
    }
    answer
}

fn inputs(call: &Call) -> Result<Vec<&str>, ApiError> {
    let inputs = call.body["inputs"]
        .as_array()
        .ok_or_else(|| ApiError::invalid("Some required fields were not set: [inputs]"))?;
    if inputs.len() > 1_000 {
        return Err(ApiError::invalid("The maximum number of inputs is 1000"));
    }
    Ok(inputs.iter().filter_map(|input| input["id"].as_str()).collect())
}

fn batch(now: Seconds, results: Vec<Value>, errors: Vec<Value>) -> (StatusCode, Value) {
    let mut answer =
        json!({"status": "COMPLETE", "results": results, "startedAt": time(now), "completedAt": time(now)});
    if errors.is_empty() {
        return (StatusCode::OK, answer);
    }
    answer["numErrors"] = json!(errors.len());
    answer["errors"] = json!(errors);
    (StatusCode::MULTI_STATUS, answer)
}

fn batch_read(call: &Call, reader: &Reader<'_>, kind: Kind) -> Answer {
    let ids = inputs(call)?;
    if ids.len() > 100 {
        return Err(ApiError::invalid("The maximum number of inputs is 100"));
    }
    let asked = call.body["properties"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut names: Vec<&str> = asked.iter().filter_map(Value::as_str).collect();
    if names.is_empty() {
        names = usual(kind).to_vec();
    }
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for id in ids {
        match reader.index.find(kind, id).filter(|object| object.archived.is_none()) {
            Some(object) => found.push(show(reader, object, &names)),
            None => missing.push(id.to_owned()),
        }
    }
    let errors = if missing.is_empty() {
        Vec::new()
    } else {
        vec![
            json!({"status": "error", "category": "OBJECT_NOT_FOUND", "message": "Could not get some objects, they may be deleted or not exist.",
            "context": {"ids": missing}}),
        ]
    };
    Ok(batch(reader.index.now, found, errors))
}

/// Answers `/crm/associations/{from}/{to}/batch/read`.
pub fn associations(call: &Call, reader: &Reader<'_>, from: Kind, to: Kind) -> Answer {
    let (mut results, mut errors) = (Vec::new(), Vec::new());
    for id in inputs(call)? {
        let found = reader.index.find(from, id).filter(|object| object.archived.is_none());
        let ids = found.map(|object| reader.index.associated(reader.shop, object, to)).unwrap_or_default();
        if ids.is_empty() {
            let message = format!("No {} is associated with {} {id}.", to.word(), from.word());
            errors.push(json!({"status": "error", "category": "OBJECT_NOT_FOUND",
                "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND", "message": message,
                "context": {"fromObjectId": [id]}}));
            continue;
        }
        let each = ids.iter().map(|id| {
            json!({"toObjectId": id.to_string(), "associationTypes":
                [{"category": "HUBSPOT_DEFINED", "typeId": type_id(from, to), "label": null}]})
        });
        results.push(json!({"from": {"id": id}, "to": each.collect::<Vec<_>>()}));
    }
    Ok(batch(reader.index.now, results, errors))
}

fn type_id(from: Kind, to: Kind) -> u32 {
    match (from, to) {
        (Kind::Contact, Kind::Company) => 279,
        (Kind::Company, Kind::Contact) => 280,
        (Kind::Deal, Kind::Contact) => 3,
        (Kind::Contact, Kind::Deal) => 4,
        (Kind::Deal, Kind::Company) => 341,
        (Kind::Company, Kind::Deal) => 342,
        _ => 0,
    }
}

/// The stages of the sales pipeline: id, label, probability.
pub const STAGES: [(&str, &str, &str); 7] = [
    ("appointmentscheduled", "Appointment Scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified To Buy", "0.4"),
    ("presentationscheduled", "Presentation Scheduled", "0.6"),
    ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
    ("contractsent", "Contract Sent", "0.9"),
    ("closedwon", "Closed Won", "1.0"),
    ("closedlost", "Closed Lost", "0.0"),
];

/// Answers `/crm/pipelines/deals`.
pub fn pipelines(reader: &Reader<'_>, empty: bool) -> Value {
    let made = time(reader.shop.opened_at);
    let stages: Vec<Value> = STAGES
        .iter()
        .enumerate()
        .map(|(place, (id, label, probability))| {
            let closed = matches!(*probability, "1.0" | "0.0");
            json!({"id": id, "label": label, "displayOrder": place, "createdAt": made, "updatedAt": made,
                "archived": false, "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
                "metadata": {"probability": probability, "isClosed": closed.to_string()}})
        })
        .collect();
    let pipeline = json!({"id": "default", "label": "Sales Pipeline", "displayOrder": 0, "createdAt": made,
        "updatedAt": made, "archived": false, "stages": stages});
    json!({ "results": if empty { Vec::new() } else { vec![pipeline] } })
}

/// Answers `/crm/owners`.
pub fn owners(reader: &Reader<'_>) -> Value {
    let made = time(reader.shop.opened_at);
    let people = [("Rosa", "Field"), ("Ken", "Ashby"), ("Mo", "Lund")];
    let each = people.iter().enumerate().map(|(place, (first, last))| {
        json!({"id": (71_000_001 + place).to_string(), "email": format!("{}@example.com", first.to_lowercase()),
            "type": "PERSON", "firstName": first, "lastName": last, "userId": 9_001 + place, "userIdIncludingInactive": 9_001 + place,
            "createdAt": made, "updatedAt": made, "archived": false, "teams": []})
    });
    json!({ "results": each.collect::<Vec<_>>() })
}

/// Answers `/crm/properties/{kind}`.
pub fn property_list(kind: Kind) -> Value {
    json!({ "results": definitions(kind).iter().map(properties::shown).collect::<Vec<_>>() })
}

/// Answers `/account-info/details`.
pub fn account(reader: &Reader<'_>) -> Value {
    let brand = &reader.app.world.brand;
    json!({
        "portalId": PORTAL,
        "accountType": "STANDARD",
        "timeZone": brand.time_zone.iana_name().unwrap_or("UTC"),
        "companyCurrency": brand.currency,
        "additionalCurrencies": [],
        "utcOffset": "+00:00",
        "utcOffsetMilliseconds": 0,
        "uiDomain": "app-eu1.hubspot.com",
        "dataHostingLocation": "eu1",
    })
}

/// Whether an account has nothing in it.
pub fn is_empty(index: &Index) -> bool {
    index.contacts.is_empty()
}

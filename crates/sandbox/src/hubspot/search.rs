//! Search: groups of filters, one sort, at most 10,000 results to a query, moments behind what happens.
use super::call::Call;
use super::crm::{Answer, show};
use super::error::ApiError;
use super::objects::{Kind, Object};
use super::properties::{Reader, kind_of, usual};
use crate::draw::Draw;
use axum::http::StatusCode;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::cmp::Ordering;

/// Results of a query that can be paged through.
const CAP: usize = 10_000;
const LARGEST_PAGE: usize = 200;
/// A change is found at the latest so many seconds after it happened.
const INDEX_LAG: i64 = 180;

/// Answers `POST /crm/objects/{kind}/search`.
pub fn answer(call: &Call, reader: &Reader<'_>, kind: Kind) -> Answer {
    let body = &call.body;
    let limit = match &body["limit"] {
        Value::Null => 10,
        value => value.as_u64().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX),
    };
    if !(1..=LARGEST_PAGE).contains(&limit) {
        return Err(ApiError::invalid(format!("The limit must be between 1 and {LARGEST_PAGE}.")));
    }
    let limit = reader.app.largest_page(limit);
    let from: usize = match &body["after"] {
        Value::Null => 0,
        Value::String(text) if text.is_empty() => 0,
        value => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            text.parse().map_err(|_| ApiError::invalid(format!("Invalid after: {text}")))?
        }
    };
    if from + limit > CAP {
        return Err(ApiError::invalid(format!("The results of a search cannot be paged beyond {CAP}.")));
    }
    let groups = groups(body, kind)?;
    let query = body["query"].as_str().unwrap_or_default().to_lowercase();
    let seed = reader.app.options.seed;
    let mut found: Vec<&Object> = reader
        .index
        .of(kind)
        .iter()
        .filter(|object| object.archived.is_none() && is_indexed(object, seed, reader.index.now))
        .filter(|object| {
            groups.is_empty() || groups.iter().any(|group| group.iter().all(|one| one.holds(reader, object)))
        })
        .filter(|object| query.is_empty() || mentions(reader, object, &query))
        .collect();
    sort(body, reader, kind, &mut found)?;
    let asked = body["properties"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut names: Vec<&str> =
        asked.iter().filter_map(Value::as_str).filter(|name| kind_of(kind, name).is_some()).collect();
    if names.is_empty() {
        names = usual(kind).to_vec();
    } else {
        names.extend(["createdate", kind.modified(), "hs_object_id"]);
    }
    let shown: Vec<Value> =
        found.iter().skip(from).take(limit).map(|object| show(reader, object, &names)).collect();
    let mut answer = json!({ "total": found.len(), "results": shown });
    if from + limit < found.len() {
        answer["paging"] = json!({"next": {"after": (from + limit).to_string()}});
    }
    Ok((StatusCode::OK, answer))
}

/// Whether an object's last change has reached the search index.
fn is_indexed(object: &Object, seed: u64, now: i64) -> bool {
    let mut draw = Draw::new(&[seed, 741, object.id, object.updated.unsigned_abs()]);
    object.updated + draw.between(2, INDEX_LAG) <= now
}

fn mentions(reader: &Reader<'_>, object: &Object, query: &str) -> bool {
    let names: &[&str] = match object.kind {
        Kind::Contact => &["firstname", "lastname", "email", "phone"],
        Kind::Company => &["name", "domain"],
        Kind::Deal => &["dealname"],
    };
    names.iter().filter_map(|name| reader.value(object, name)).any(|text| text.to_lowercase().contains(query))
}

/// A value in the order of its type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(Decimal),
    Text(String),
}

fn key(kind: &str, text: &str) -> Option<Key> {
    match kind {
        "number" => text.parse().ok().map(Key::Number),
        "datetime" => {
            let day = |text: &str| {
                let day = text.parse::<Date>().ok()?;
                Some(day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond())
            };
            let millis = text
                .parse::<i64>()
                .ok()
                .or_else(|| text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond))
                .or_else(|| day(text));
            millis.map(|millis| Key::Number(Decimal::from(millis)))
        }
        _ => Some(Key::Text(text.to_lowercase())),
    }
}

struct Filter<'a> {
    name: &'a str,
    kind: &'static str,
    operator: &'a str,
    values: Vec<Key>,
}

fn groups<'a>(body: &'a Value, kind: Kind) -> Result<Vec<Vec<Filter<'a>>>, ApiError> {
    let list = |value: &'a Value| value.as_array().map(Vec::as_slice).unwrap_or_default();
    let all = list(&body["filterGroups"]);
    let mut groups = Vec::new();
    for group in all {
        let filters = list(&group["filters"]);
        if filters.len() > 6 {
            return Err(ApiError::invalid("A filter group can have at most 6 filters."));
        }
        groups.push(filters.iter().map(|filter| read(filter, kind)).collect::<Result<Vec<_>, _>>()?);
    }
    if groups.len() > 5 || groups.iter().map(Vec::len).sum::<usize>() > 18 {
        return Err(ApiError::invalid("A search can have at most 5 filter groups and 18 filters."));
    }
    Ok(groups)
}

fn read<'a>(filter: &'a Value, kind: Kind) -> Result<Filter<'a>, ApiError> {
    let name = filter["propertyName"].as_str().unwrap_or_default();
    let Some(value_kind) = kind_of(kind, name) else {
        return Err(ApiError::invalid(format!(
            "There was a problem with the request. The property {name} does not exist."
        )));
    };
    let operator = filter["operator"].as_str().unwrap_or_default();
    let texts: Vec<&Value> = match operator {
        "HAS_PROPERTY" | "NOT_HAS_PROPERTY" => Vec::new(),
        "IN" | "NOT_IN" => {
            filter["values"].as_array().map(|values| values.iter().collect()).unwrap_or_default()
        }
        "BETWEEN" => vec![&filter["value"], &filter["highValue"]],
        "EQ" | "NEQ" | "LT" | "LTE" | "GT" | "GTE" | "CONTAINS_TOKEN" => vec![&filter["value"]],
        _ => return Err(ApiError::invalid(format!("Invalid operator: {operator}"))),
    };
    let mut values = Vec::new();
    for text in texts {
        let text = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
        let wrong = || ApiError::invalid(format!("{text} is not a valid value for the property {name}."));
        values.push(key(value_kind, &text).ok_or_else(wrong)?);
    }
    Ok(Filter { name, kind: value_kind, operator, values })
}

impl Filter<'_> {
    fn holds(&self, reader: &Reader<'_>, object: &Object) -> bool {
        let value = match self.name {
            // without a detour through text, because these are what large searches go by
            "hs_object_id" => Some(Key::Number(Decimal::from(object.id))),
            "createdate" => Some(Key::Number(Decimal::from(object.created * 1_000))),
            name if name == object.kind.modified() => {
                Some(Key::Number(Decimal::from(object.updated * 1_000)))
            }
            name => reader.value(object, name).and_then(|text| key(self.kind, &text)),
        };
        let Some(value) = value else {
            return matches!(self.operator, "NOT_HAS_PROPERTY" | "NEQ" | "NOT_IN");
        };
        let order = |place: usize| self.values.get(place).map_or(Ordering::Less, |other| value.cmp(other));
        match self.operator {
            "HAS_PROPERTY" => true,
            "EQ" => order(0).is_eq(),
            "NEQ" => order(0).is_ne(),
            "LT" => order(0).is_lt(),
            "LTE" => order(0).is_le(),
            "GT" => order(0).is_gt(),
            "GTE" => order(0).is_ge(),
            "BETWEEN" => order(0).is_ge() && order(1).is_le(),
            "IN" => self.values.contains(&value),
            "NOT_IN" => !self.values.contains(&value),
            "CONTAINS_TOKEN" => match (&value, self.values.first()) {
                (Key::Text(text), Some(Key::Text(token))) => text.contains(token.trim_matches('*')),
                _ => false,
            },
            _ => false,
        }
    }
}

fn sort(body: &Value, reader: &Reader<'_>, kind: Kind, found: &mut [&Object]) -> Result<(), ApiError> {
    let sorts = body["sorts"].as_array().map(Vec::as_slice).unwrap_or_default();
    if sorts.len() > 1 {
        return Err(ApiError::invalid("Only one sort is allowed."));
    }
    let (name, down) = match sorts.first() {
        None => ("createdate", false),
        Some(Value::String(text)) => (text.trim_start_matches('-'), text.starts_with('-')),
        Some(sort) => (sort["propertyName"].as_str().unwrap_or_default(), sort["direction"] == "DESCENDING"),
    };
    let Some(value_kind) = kind_of(kind, name) else {
        return Err(ApiError::invalid(format!(
            "There was a problem with the request. The property {name} does not exist."
        )));
    };
    let place = |object: &Object| match name {
        "hs_object_id" => (Some(Key::Number(Decimal::from(object.id))), object.id),
        "createdate" => (Some(Key::Number(Decimal::from(object.created))), object.id),
        name if name == kind.modified() => (Some(Key::Number(Decimal::from(object.updated))), object.id),
        name => (reader.value(object, name).and_then(|text| key(value_kind, &text)), object.id),
    };
    found.sort_by_cached_key(|object| place(object));
    if down {
        found.reverse();
    }
    Ok(())
}

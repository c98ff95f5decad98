//! A page of resources: filters, sorting, cursor, size, sparse fields and links.
use super::call::Call;
use super::error::ApiError;
use super::filter::{self, Allowed, Key, Term};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// What a resource's listing understands.
pub struct Spec {
    /// The resource's type, `profile`.
    pub kind: &'static str,
    /// Resources on a page when nothing else is asked for.
    pub default_size: usize,
    /// The most that may be asked for.
    pub max_size: usize,
    /// Fields to sort by; the first is the order when nothing is asked for.
    pub sorts: &'static [&'static str],
    /// Fields to filter by.
    pub filters: &'static [Allowed],
}

/// The page that was asked for, before its resources are shown.
pub struct Page<T> {
    /// The resources, in order.
    pub shown: Vec<T>,
    /// Where the next page begins.
    next: Option<String>,
}

struct Order<'a> {
    field: &'a str,
    down: bool,
}

impl Spec {
    fn order<'a>(&self, call: &'a Call) -> Result<Order<'a>, ApiError> {
        let Some(text) = call.param("sort") else {
            return Ok(Order { field: self.sorts.first().copied().unwrap_or("id"), down: false });
        };
        let order = Order { field: text.trim_start_matches('-'), down: text.starts_with('-') };
        if !self.sorts.contains(&order.field) {
            let detail = format!("'{text}' is not a valid sort for {}.", self.kind);
            return Err(ApiError::parameter("sort", detail));
        }
        Ok(order)
    }

    fn size(&self, call: &Call) -> Result<usize, ApiError> {
        let Some(text) = call.param("page[size]") else { return Ok(self.default_size) };
        match text.parse::<usize>() {
            Ok(size) if (1..=self.max_size).contains(&size) => Ok(size),
            _ => {
                let detail = format!("Page size must be an integer between 1 and {}.", self.max_size);
                Err(ApiError::parameter("page[size]", detail))
            }
        }
    }

    /// The conditions of a call.
    pub fn terms(&self, call: &Call) -> Result<Vec<Term>, ApiError> {
        call.param("filter").map_or_else(|| Ok(Vec::new()), |text| filter::parse(text, self.filters))
    }

    /// Chooses a page of `all`; `key` gives a resource's value of a field, where `id` sets equal values apart.
    pub fn choose<T>(
        &self,
        call: &Call,
        all: Vec<T>,
        key: impl Fn(&T, &str) -> Option<Key>,
    ) -> Result<Page<T>, ApiError> {
        let (order, size, terms) = (self.order(call)?, self.size(call)?, self.terms(call)?);
        let id = |item: &T| match key(item, "id") {
            Some(Key::Text(id)) => id,
            _ => String::new(),
        };
        let place = |item: &T| (key(item, order.field), id(item));
        let mut kept = Vec::new();
        'items: for item in all {
            for term in &terms {
                if !term.holds(key(&item, &term.field).as_ref())? {
                    continue 'items;
                }
            }
            kept.push((place(&item), item));
        }
        kept.sort_by(|(one, _), (two, _)| if order.down { two.cmp(one) } else { one.cmp(two) });
        if let Some(cursor) = call.param("page[cursor]") {
            let last = read_cursor(cursor, order.field)
                .ok_or_else(|| ApiError::parameter("page[cursor]", "Invalid cursor provided."))?;
            kept.retain(|(place, _)| if order.down { *place < last } else { *place > last });
        }
        let more = kept.len() > size;
        kept.truncate(size);
        let next = kept.last().filter(|_| more).map(|(place, _)| write_cursor(order.field, place));
        Ok(Page { shown: kept.into_iter().map(|(_, item)| item).collect(), next })
    }
}

fn write_cursor(field: &str, (key, id): &(Option<Key>, String)) -> String {
    let key = match key {
        Some(Key::Time(number)) => format!("t{number}"),
        Some(Key::Number(number)) => format!("n{number}"),
        Some(Key::Text(text)) => format!("s{text}"),
        Some(Key::Flag(flag)) => format!("f{flag}"),
        None => "-".to_owned(),
    };
    STANDARD.encode(format!("next::{field}::{id}::{key}"))
}

fn read_cursor(cursor: &str, field: &str) -> Option<(Option<Key>, String)> {
    let text = String::from_utf8(STANDARD.decode(cursor).ok()?).ok()?;
    let mut parts = text.splitn(4, "::");
    let (word, sort, id, key) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if word != "next" || sort != field {
        return None;
    }
    let rest = key.get(1..)?;
    let key = match key.chars().next()? {
        't' => Some(Key::Time(rest.parse().ok()?)),
        'n' => Some(Key::Number(rest.parse().ok()?)),
        's' => Some(Key::Text(rest.to_owned())),
        'f' => Some(Key::Flag(rest.parse().ok()?)),
        _ => None,
    };
    Some((key, id.to_owned()))
}

/// The address of a call with another cursor.
fn address(call: &Call, base: &str, cursor: Option<&str>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(call.query.iter().filter(|(name, _)| name != "page[cursor]"));
    if let Some(cursor) = cursor {
        query.append_pair("page[cursor]", cursor);
    }
    let query = query.finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{base}{}{mark}{query}", call.whole_path)
}

impl<T> Page<T> {
    /// The answer with the shown resources and their links; `base` is the face's own address.
    pub fn answer(&self, call: &Call, base: &str, data: Vec<Value>) -> Map<String, Value> {
        let own = address(call, base, call.param("page[cursor]"));
        let next = self.next.as_deref().map(|cursor| address(call, base, Some(cursor)));
        let links = json!({ "self": own, "next": next, "prev": null });
        Map::from_iter([("data".to_owned(), Value::Array(data)), ("links".to_owned(), links)])
    }
}

/// Leaves only the attributes that `fields[kind]` asks for; `a.b` keeps the member `b` of `a`.
pub fn sparse(call: &Call, kind: &str, resource: &mut Value) -> Result<(), ApiError> {
    let name = format!("fields[{kind}]");
    let wanted = call.list(&name);
    let Some(Value::Object(all)) = resource.get_mut("attributes").filter(|_| !wanted.is_empty()) else {
        return Ok(());
    };
    let mut kept = Map::new();
    for field in wanted.into_iter().filter(|field| *field != "id") {
        let (first, second) = field.split_once('.').map_or((field, None), |(a, b)| (a, Some(b)));
        let Some(value) = all.get(first) else {
            let detail = format!("'{field}' is not a valid field for the resource type '{kind}'.");
            return Err(ApiError::parameter(&name, detail));
        };
        match second.and_then(|member| Some((member, value.get(member.split('.').next()?)?))) {
            Some((member, inner)) => {
                let member = member.split('.').next().unwrap_or(member).to_owned();
                let entry = kept.entry(first.to_owned()).or_insert_with(|| json!({}));
                if let Value::Object(entry) = entry {
                    entry.insert(member, inner.clone());
                }
            }
            None => drop(kept.insert(first.to_owned(), value.clone())),
        }
    }
    *all = kept;
    Ok(())
}
